"""What must hold for every input: the readers name what is wrong, they never raise and lose nothing.

Each target takes arbitrary bytes. The first byte chooses among what the target can do with the rest.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable

from apiclient import links, numbers
from apiclient.documents import Notice, read_bundle, read_notice
from apiclient.documents.model import Member
from apiclient.jpo import envelope
from apiclient.jpo.catalogue import ENDPOINTS
from apiclient.outcomes import Outcome

LAWS = ("patent", "design", "trademark")
ENDINGS = ("-jpntce.xml", "P.HTM")
STATUSES = (200, 200, 200, 200, 401, 403, 429, 500, 504)
_ADDRESS = re.compile(r"https://[a-z.-]+/[A-Za-z0-9/?=%-]+")
_ARCHIVE = 255  # a first byte that says: the rest is a whole archive


class Broken(AssertionError):
    """A promise of a reader that an input has broken."""


def documents(data: bytes) -> None:
    """An archive, or one document in an archive."""
    if len(data) < 2:
        return
    choice, rest = data[0], data[1:]
    if choice == _ARCHIVE:
        bundle = read_bundle(rest)
    else:
        bundle = read_bundle(_packed(f"06199000001{ENDINGS[choice % 2]}", rest))
        _hold(len(bundle.members) == 1 and bundle.members[0].data == rest, "a document was lost")
    for member in bundle.members:
        _read(member, LAWS[choice // 2 % 3])


def _packed(name: str, data: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, data)
    return body.getvalue()


def _read(member: Member, law: str) -> None:
    notice = read_notice(member, law)
    _hold(notice.raw_text == (member.text or ""), "the document was not kept whole")
    _hold(bool(notice.readable or notice.problems), "an unreadable document does not say why")
    if not notice.readable:
        _hold(notice.period is None and not notice.articles, "something was read in an unreadable document")
    stored = json.loads(json.dumps(notice.to_json()))
    _hold(Notice.from_json(stored) == notice, "the notice does not survive storing")


def replies(data: bytes) -> None:
    """A body as the answer of one of the interfaces."""
    if len(data) < 2:
        return
    endpoint = ENDPOINTS[data[0] % len(ENDPOINTS)]
    status = STATUSES[data[1] % len(STATUSES)]
    arguments = tuple(parameter.example for parameter in endpoint.parameters)
    reading = envelope.read(endpoint, arguments, status, data[2:])
    _hold(isinstance(reading.outcome, Outcome), "an answer without an outcome")
    _hold(all(isinstance(problem, str) for problem in reading.problems), "a problem that is no sentence")


def number(data: bytes) -> None:
    """A text as a number, as a line and as its own refusal."""
    text = data.decode("utf-8", "replace")
    readings = numbers.parse(text)
    _hold(bool(readings) == (numbers.explain(text) is None), "refused without a reason, or read with one")
    for found in numbers.find(text):
        _hold(0 <= found.start < found.end <= len(text), "a place outside the line")
    for reading in readings:
        shown = numbers.display(reading.law, reading.kind, reading.canonical)
        again = [(other.kind, other.canonical) for other in numbers.parse(shown)]
        _hold((reading.kind, reading.canonical) in again, f"{shown!r} is not read as what it was made of")
    for reading in numbers.recognise(text).readings:
        for address in (links.espacenet_url, links.google_patents_url, links.jplatpat_url):
            url = address(reading)
            _hold(url is None or bool(_ADDRESS.fullmatch(url)), f"an address of more than a number: {url!r}")


def _hold(promise: bool, broken: str) -> None:
    if not promise:
        raise Broken(broken)


TARGETS: dict[str, Callable[[bytes], None]] = {"documents": documents, "replies": replies, "numbers": number}
