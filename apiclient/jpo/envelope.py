"""From bytes to meaning: what kind of body came, what the office says of the call, and the typed reply.

The kind is told from the first bytes, not from the content type: a document endpoint answers with a ZIP or
with the JSON envelope, and what stands before the office answers with a page of HTML.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from apiclient.jpo.catalogue import Endpoint
from apiclient.jpo.fields import Fields, Notes, quoted
from apiclient.jpo.replies import READERS, FixedAddress, Reply, Unusable
from apiclient.outcomes import Outcome, classify


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
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith(b"PK"):
        return _zip(endpoint, http_status)
    if start.startswith(b"{"):
        try:
            return _json(endpoint, arguments, http_status, start)
        except (ValueError, RecursionError):
            return Reading(classify("", http_status), problems=("the JSON is broken",))
    outcome = classify("", http_status)
    if start.startswith(b"<"):
        transient = outcome in {Outcome.BUSY, Outcome.TIMEOUT, Outcome.AUTH}
        return Reading(outcome if transient else Outcome.DOWN, problems=("a page came, not an answer",))
    what = "nothing came" if not start else "what came is neither JSON nor a ZIP"
    return Reading(outcome, problems=(what,))


def _zip(endpoint: Endpoint, http_status: int) -> Reading:
    outcome = classify("", http_status)
    if http_status == 200 and endpoint.answer == "zip":
        return Reading(Outcome.OK)
    return Reading(outcome, problems=("a ZIP came where none was expected",))


def _json(endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, text: bytes) -> Reading:
    notes = Notes()
    document = json.loads(text, object_pairs_hook=_first_of_each(notes))
    result = document.get("result") if isinstance(document, dict) else None
    if not isinstance(result, dict):
        return Reading(classify("", http_status), problems=("the JSON has no result",))
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
        return replace(reading, problems=tuple(notes.problems))
    if not isinstance(data, dict):
        notes.problems.append(f"the reply has no data: {quoted(data)}")
        return replace(reading, outcome=Outcome.UNREADABLE, problems=tuple(notes.problems))
    return _data(endpoint, arguments, reading, Fields(data, notes), notes)


def _data(
    endpoint: Endpoint, arguments: tuple[str, ...], reading: Reading, data: Fields, notes: Notes
) -> Reading:
    try:
        reply = READERS[endpoint.reply or FixedAddress](data, notes)
        _check_case(endpoint, arguments, reply)
    except Unusable as error:
        notes.problems.append(str(error))
        return replace(reading, outcome=Outcome.UNREADABLE, problems=tuple(notes.problems))
    problems = tuple(notes.problems)
    if endpoint.answer == "json":
        return replace(reading, reply=reply, problems=problems)
    # There is an address where the bundle lies for five minutes, but no document: this is no answer.
    problems += ("the documents are too large to be sent at once; a person must fetch them",)
    return replace(reading, outcome=Outcome.UNREADABLE, problems=problems)


def _check_case(endpoint: Endpoint, arguments: tuple[str, ...], reply: Reply) -> None:
    """Unusable if the reply speaks of another case than the one asked for."""
    kind = arguments[0] if len(arguments) > 1 else endpoint.parameters[0].name.split()[0]
    if kind not in {"application", "registration"}:
        return
    told = getattr(reply, f"{kind}_number", None)
    if told is not None and told != arguments[-1]:
        raise Unusable(f"asked for {kind} {arguments[-1]}, told of {told!r}")


def _first_of_each(notes: Notes) -> Callable[[list[tuple[str, object]]], dict[str, object]]:
    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                notes.problems.append(f"{key} is given twice, also as {quoted(value)}")
            found.setdefault(key, value)
        return found

    return build
