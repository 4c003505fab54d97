"""From bytes to meaning: what kind of body came, what the office says of the call, and the typed reply.

The kind is told from the first bytes, not from the content type: a document endpoint answers with a file or
with the JSON envelope, the One Portal Dossier (OPD) with XML, and what stands before the office with a page
of HTML.

Of OPD's errors no recording could be had, so every endpoint's may come as JSON or as XML, with any HTTP
status; what they say inside decides. Sources disagree whether its document contents are a PDF or a ZIP, so
each of its two document endpoints may answer with either, and a problem says when it is not the usual one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from apiclient.jpo.catalogue import Endpoint
from apiclient.jpo.elements import Element
from apiclient.jpo.fields import Fields, Notes, Unusable, is_blank, quoted
from apiclient.jpo.keys import KEYS, missing
from apiclient.jpo.opd import OpdReply, check_dossier, read_opd
from apiclient.jpo.replies import (
    READERS,
    Citations,
    Divisionals,
    Download,
    FixedAddress,
    NumberReference,
    PriorityRights,
    Progress,
    Registration,
    Reply,
)
from apiclient.outcomes import Outcome, classify
from apiclient.xml import Unreadable, decoded, local_name, starts_like_xml, tree

_FILES = {"zip": (b"PK\x03\x04", b"PK\x05\x06"), "pdf": (b"%PDF-",)}
_OPENING = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?api-data[\s/>]")
_OPENING_WITHIN = 4000  # bytes
_END_OF_PDF_WITHIN = 2048  # bytes
_MOST_PROBLEMS = 200


@dataclass(frozen=True)
class Reading:
    """What one body says."""

    outcome: Outcome
    status_code: str = ""
    message: str = ""
    remaining: int | None = None
    reply: Reply | None = None
    problems: tuple[str, ...] = ()


def read(endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, body: bytes) -> Reading:
    """What `body`, answered to `arguments` with `http_status`, says; never raises on any body."""
    reading = _read(endpoint, arguments, http_status, body)
    more = len(reading.problems) - _MOST_PROBLEMS
    if more <= 0:
        return reading
    return replace(reading, problems=(*reading.problems[:_MOST_PROBLEMS], f"and {more} problems more"))


def _read(endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, body: bytes) -> Reading:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    for kind, first_bytes in _FILES.items():
        if body.startswith(first_bytes):
            return _file(endpoint, kind, http_status, body)
    if start.startswith(b"{"):
        try:
            return _json(endpoint, arguments, http_status, start)
        except (ValueError, RecursionError):
            return Reading(classify("", http_status), problems=("the JSON is broken",))
    if starts_like_xml(body):
        return _markup(endpoint, arguments, http_status, body)
    what = "nothing came" if not start else "what came is neither JSON nor XML nor a file"
    return Reading(classify("", http_status), problems=(what,))


def _file(endpoint: Endpoint, kind: str, http_status: int, body: bytes) -> Reading:
    problems = []
    if endpoint.answer != kind:
        problems.append(f"a {kind.upper()} came where none was expected")
    if kind == "pdf" and b"%%EOF" not in body[-_END_OF_PDF_WITHIN:]:
        problems.append("the PDF has no end, so it may be cut off")
    outcome = classify("", http_status)
    if http_status == 200 and (endpoint.answer == kind or (endpoint.scope == "opd" and endpoint.is_document)):
        outcome = Outcome.OK
    return Reading(outcome, problems=tuple(problems))


def _json(endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, text: bytes) -> Reading:
    notes = Notes()
    document = json.loads(text, object_pairs_hook=_first_of_each(notes))
    envelope = Fields(document, notes)
    result = envelope.raw("result")
    if not isinstance(result, dict):
        return Reading(classify("", http_status), problems=("the JSON has no result",))
    envelope.finish()
    return _result(endpoint, arguments, http_status, Fields(result, notes), notes)


def _result(
    endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, result: Fields, notes: Notes
) -> Reading:
    code = result.word("statusCode")
    reading = Reading(
        outcome=classify(code, http_status),
        status_code=code,
        message=result.text("errorMessage") or "",
        remaining=result.count("remainAccessCount"),
    )
    data = result.raw("data")
    result.finish()
    if reading.outcome is not Outcome.OK:
        if not is_blank(data):
            notes.problems.append(f"no success, yet it has data: {quoted(data)}")
        return replace(reading, problems=tuple(notes.problems))
    if endpoint.answer == "xml":
        notes.problems.append("JSON came that calls itself a success; this endpoint answers with XML")
        return replace(reading, outcome=Outcome.UNREADABLE, problems=tuple(notes.problems))
    if not isinstance(data, dict):
        notes.problems.append(f"the reply has no data: {quoted(data)}")
        return replace(reading, outcome=Outcome.UNREADABLE, problems=tuple(notes.problems))
    return _data(endpoint, arguments, reading, data, notes)


def _data(
    endpoint: Endpoint, arguments: tuple[str, ...], reading: Reading, data: dict[str, object], notes: Notes
) -> Reading:
    for place in missing(data, KEYS.get(endpoint.bucket_name, {})):
        notes.problems.append(f"{place}: the key is missing")
    try:
        reply = READERS[endpoint.reply or Download](Fields(data, notes), notes)
        if endpoint.group == "domestic":
            _check_case(arguments, reply)
    except Unusable as error:
        notes.problems.append(str(error))
        return replace(reading, outcome=Outcome.UNREADABLE, problems=tuple(notes.problems))
    problems = tuple(notes.problems)
    if endpoint.answer == "json":
        return replace(reading, reply=reply, problems=problems)
    # There is an address where the bundle lies for five minutes, but no document: this is no answer yet.
    problems += ("the documents are too large to be sent at once; they lie at an address of the office",)
    return replace(reading, outcome=Outcome.UNREADABLE, reply=reply, problems=problems)


def _markup(endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, body: bytes) -> Reading:
    """The office's XML, or a page from what stands before it."""
    try:
        text, misnamed = decoded(body)
        root = tree(text)
    except Unreadable as error:
        if _OPENING.search(body[:_OPENING_WITHIN].replace(b"\0", b"")):
            return Reading(classify("", http_status), problems=(str(error),))
        return _page(http_status)
    notes = Notes(problems=[misnamed] if misnamed else [])
    whole = Element(root, notes)
    if local_name(root) != "api-data" and not whole.has("statusCode") and not whole.has("result"):
        return _page(http_status)
    return _xml(endpoint, arguments, http_status, whole, notes)


def _page(http_status: int) -> Reading:
    outcome = classify("", http_status)
    transient = outcome in {Outcome.BUSY, Outcome.TIMEOUT, Outcome.AUTH}
    return Reading(outcome if transient else Outcome.DOWN, problems=("a page came, not an answer",))


def _xml(
    endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, whole: Element, notes: Notes
) -> Reading:
    # Clients find the head right under the root; wrapped as in the JSON it would mean the same.
    answer = whole.one("result") or whole
    code = answer.value("statusCode")
    if code is None:
        notes.problems.append("the XML has no statusCode")
    reading = Reading(
        outcome=classify(code or "", http_status),
        status_code=code or "",
        message=answer.value("errorMessage") or "",
        remaining=answer.count("remainAccessCount"),
    )
    try:
        is_success = reading.outcome is Outcome.OK
        reply = _dossier_reply(endpoint, arguments, answer, notes) if is_success else None
    except Unusable as error:
        notes.problems.append(str(error))
        reading, reply = replace(reading, outcome=Outcome.UNREADABLE), None
    whole.finish()
    if reply is not None:
        reply = replace(reply, extras=tuple(notes.extras))
    return replace(reading, reply=reply, problems=tuple(notes.problems))


def _dossier_reply(endpoint: Endpoint, arguments: tuple[str, ...], answer: Element, notes: Notes) -> OpdReply:
    if endpoint.answer != "xml" or endpoint.reply is None:
        raise Unusable("XML came that calls itself a success; this endpoint has none")
    reply = read_opd(endpoint.reply, answer)
    kind = arguments[0] if len(arguments) > 1 else "application"
    check_dossier(kind, arguments[-1], reply, notes)
    return reply


def _check_case(arguments: tuple[str, ...], reply: Reply) -> None:
    """Unusable if the reply speaks of another case than the one asked for."""
    told = _numbers_told(arguments[0], reply)
    if told and arguments[-1] not in told:
        names = ", ".join(number or "none" for number in told)
        raise Unusable(f"asked for {' '.join(arguments)}, told of {names}")


def _numbers_told(kind: str, reply: Reply) -> tuple[str | None, ...]:
    """The numbers, one of which must be the one asked for; none where an answer names no case.

    What is told of a person or of an international application does not repeat what was asked.
    """
    if isinstance(reply, NumberReference):
        if kind == "registration":
            return (reply.registration_number,)
        if kind == "publication":
            return reply.publication_number, reply.national_publication_number
        return (reply.application_number,)
    if isinstance(reply, FixedAddress | Download):
        return (reply.application_number,) if reply.application_number else ()
    if isinstance(reply, Progress | Citations | Registration | Divisionals | PriorityRights):
        return (reply.application_number,)
    return ()


def _first_of_each(notes: Notes) -> Callable[[list[tuple[str, object]]], dict[str, object]]:
    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                Fields({}, notes).keep(key, value, "given twice, the first kept")
            found.setdefault(key, value)
        return found

    return build
