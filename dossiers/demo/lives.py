"""Invented cases that were taken in as the office's own answers are: read, docketed, indexed.

Their lives come from the office in miniature. Their numbers do not: they begin where the office's own series
end, so that none of them is anybody's application.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, cycle, islice
from random import Random
from typing import Any

from apiclient.clock import office_day
from apiclient.jpo.catalogue import endpoint
from apiclient.outcomes import Answer
from apiclient.sandbox import papers, wire
from apiclient.sandbox.office import Office
from apiclient.sandbox.world import LAWS, Sight
from dossiers.models import Case, FamilyMember
from dossiers.refresh.abroad import number_of
from dossiers.refresh.family import take_in_documents, take_in_family
from dossiers.refresh.snapshots import read_again
from dossiers.refresh.take_in import take_in

FIRST_SERIAL = 900_001
SHARES = {"patent": 0.6, "design": 0.15, "trademark": 0.25}
RELATED = ("pct", "divisional", "national_priority")  # one patent in six comes from another application
DOCUMENTS = 30  # rows of a case's document list, about: marks have fewer
_WORLD = 20_000
_PARTS = "TGCNHLMZYK"  # of table 03050; what a filing has not, is added to it
_BEFORE = timedelta(days=45)  # the office is heard twice: what it said since is news
_TEXTS = {
    "app_doc_cont_refusal_reason": papers.NOTICES,
    "app_doc_cont_refusal_reason_decision": papers.DISPATCHED,
    "app_doc_cont_opinion_amendment": papers.FILED,
}


@dataclass(frozen=True)
class Invented:
    """A life with a number of its own; `born_as` is the number by which the office in miniature knows it."""

    sight: Sight
    born_as: str

    @property
    def number(self) -> str:
        return self.sight.case.number

    def on(self, at: datetime) -> Sight:
        """What is seen of it on the office's day of `at`."""
        return replace(self.sight, today=office_day(at))


def lives(size: int, seed: int, now: datetime) -> tuple[Office, list[Invented]]:
    """`size` lives at all stages, the laws mixed as in SHARES; the same for the same seed and day."""
    office = Office(seed, _WORLD, now=now)
    sights = {law: iter(_sights(office, law, size)) for law in LAWS}
    wanted = islice(cycle(_order()), size)
    serials = {law: count(FIRST_SERIAL) for law in LAWS}
    return office, [_renumbered(next(sights[law]), next(serials[law])) for law in wanted]


def _order() -> list[str]:
    """Laws in turns of twenty, as they are shared out."""
    each = {law: round(20 * share) for law, share in SHARES.items()}
    mixed = [law for law, n in each.items() for _ in range(n)]
    Random(0).shuffle(mixed)  # noqa: S311 (no secret)
    return mixed


def _sights(office: Office, law: str, size: int) -> list[Sight]:
    plain = list(office.cases(law, size))
    if law != "patent":
        return plain
    related = [sight for kind in RELATED for sight in office.cases(law, max(1, size // 30), kind=kind)]
    for place, sight in enumerate(related):
        plain.insert(6 * place, sight)
    return [office.with_family(sight) for sight in plain]


def _renumbered(sight: Sight, serial: int) -> Invented:
    number = f"{sight.case.number[:4]}{serial:06d}"
    case = replace(sight.case, number=number, publication_serial=serial)
    return Invented(replace(sight, case=case), sight.case.number)


# --- taking in --------------------------------------------------------------------------------------------


def take_in_life(office: Office, one: Invented, now: datetime, **entered: Any) -> Case:
    """The case with all that the office would have said of it until `now`; `entered` is what people said."""
    law = one.sight.case.law
    case = Case.objects.create(law=law, application_number=one.number, **entered)
    for at in (now - _BEFORE, now):
        sight = one.on(at)
        if sight.case.received_on < sight.today:
            _take(case, "app_progress", _progress(sight), at)
    for name, body in _parts(one.on(now), now):
        _take(case, name, body, now)
    if law == "patent":
        _family(office, one, case, now)
    return case


def _take(case: Case, name: str, body: bytes, at: datetime) -> None:
    take_in(case, _answer(case.law, name, (case.application_number,), body, at), now=at, tell=_nobody)


def _nobody(_news: object) -> None:
    """The news are written; mail about invented cases would be sent to real people."""


def _answer(law: str, name: str, arguments: tuple[str, ...], body: bytes, at: datetime) -> Answer:
    return read_again(law, name, arguments, body, at)


def _progress(sight: Sight) -> bytes:
    data = wire.progress(sight, simple=False)
    _fill(data["bibliographyInformation"], sight.case.number)
    return wire.envelope("100", 700, data)


def _fill(blocks: list[dict[str, Any]], number: str) -> None:
    """Give the filings more parts, until the list is as long as lists are."""
    wanted = Random(number).randrange(2 * DOCUMENTS // 3, 2 * DOCUMENTS)  # noqa: S311 (no secret)
    listed = blocks[0]["documentList"]
    had = {(row["documentNumber"], row["documentSeparator"]) for row in listed}
    filings = {row["documentNumber"]: row for row in listed if row["documentNumber"].isdigit()}
    more = [
        {**row, "documentSeparator": part, "sizeOfDocument": "0"}
        for part in _PARTS
        for filing, row in filings.items()
        if (filing, part) not in had
    ]
    listed.extend(more[: max(0, wanted - sum(len(block["documentList"]) for block in blocks))])


def _parts(sight: Sight, now: datetime) -> Iterator[tuple[str, bytes]]:
    """(endpoint, body) of everything beside the status: the register, citations and texts."""
    for name, data in (
        ("registration_info", wire.registration(sight)),
        ("cite_doc_info", wire.citations(sight) if sight.case.law == "patent" else None),
    ):
        if data is not None:
            yield name, wire.envelope("100", 700, data)
    for name, codes in _TEXTS.items():
        if body := papers.bundle(sight, codes, now):
            yield name, body


def _family(office: Office, one: Invented, case: Case, now: datetime) -> None:
    number = number_of(case)
    if number is None:
        return

    def asked(name: str, *arguments: str) -> bytes:
        born = tuple(word.replace(one.number, one.born_as) for word in arguments)
        said = office.opd.answer(endpoint("opd", name), born, 700, now).body
        return said.replace(one.born_as.encode(), one.number.encode())

    told = _answer(
        "opd", "family_list", ("application", number), asked("family_list", "application", number), now
    )
    take_in_family(case, told, now=now, tell=_nobody)
    for member in FamilyMember.objects.filter(case=case).exclude(application_number="").exclude(office="JP"):
        body = asked("global_doc_list", member.application_number)
        told = _answer("opd", "global_doc_list", (member.application_number,), body, now)
        take_in_documents(member, told, now=now, tell=_nobody)
