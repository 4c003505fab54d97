"""Numbers of applications, publications, registrations and what else offices number, as people write them.

The office's interface wants ten digits (Gregorian year, serial padded to six) for an application or a
publication, seven digits for a registration, "JP2019011858" for an international application and
"WO2019011858" for an international publication. People write 特願2020-8423, 特開平11-123456,
特許第6789012号, PCT/JP2019/011858, JP7650560B1, in either width and with any hyphen, or paste an address of
J-PlatPat. The same words name things the interface does not serve (実願, 特公, 不服2020-12345, US 9,459,406);
these are recognised and said to be so.

`parse` reads one number that can be asked for, `recognise` everything a text may be, `explain` says why a
text cannot be asked for, `find` looks for numbers in a pasted line, `display` and `write` write a number,
`docdb` and `from_docdb` the form of the One Portal Dossier. Nothing is guessed: a text with several meanings
has several readings. Nothing here knows today's date: the caller says which year is the last plausible one.
"""

from __future__ import annotations

from apiclient.numbers.docdb import docdb, from_docdb
from apiclient.numbers.grammar import read
from apiclient.numbers.line import spans
from apiclient.numbers.model import (
    ANY_YEAR,
    FIRST_YEAR,
    Ambiguity,
    Found,
    Kind,
    Law,
    Reading,
    Recognition,
    Refusal,
    Refused,
    from_canonical,
)
from apiclient.numbers.text import fold_keeping_places, plain
from apiclient.numbers.writing import Style, display, write

__all__ = [
    "FIRST_YEAR",
    "Ambiguity",
    "Found",
    "Kind",
    "Law",
    "Reading",
    "Recognition",
    "Refusal",
    "Style",
    "display",
    "docdb",
    "explain",
    "find",
    "from_canonical",
    "from_docdb",
    "parse",
    "recognise",
    "write",
]


def recognise(text: str, *, max_year: int = ANY_YEAR) -> Recognition:
    """Everything a text may be, whether the office's interface serves it or not. Never raises."""
    try:
        readings = read(plain(text), max_year)
    except Refused as refused:
        unsaid = refused.why == "era_not_said" and len(refused.readings) > 1
        several: Ambiguity | None = "several_kinds" if len(refused.readings) > 1 else None
        return Recognition(refused.readings, refused.why, "era_not_said" if unsaid else several)
    served = any(reading.refusal is None for reading in readings)
    return Recognition(readings, None if served else readings[0].refusal, _ambiguity(readings))


def _ambiguity(readings: tuple[Reading, ...]) -> Ambiguity | None:
    if len(readings) > 1:
        return "several_kinds"
    one = readings[0]
    return "law_not_said" if one.law is None and one.kind in ("application", "registration") else None


def parse(text: str, *, max_year: int = ANY_YEAR) -> tuple[Reading, ...]:
    """Every reading of one number that the office's interface takes; () when there is none (see `explain`).

    Never raises.
    """
    seen = recognise(text, max_year=max_year)
    if seen.refusal:
        return ()
    return tuple(reading for reading in seen.readings if reading.refusal is None)


def explain(text: str, *, max_year: int = ANY_YEAR) -> Refusal | None:
    """Why `parse` refused the text, or None when it did not."""
    return recognise(text, max_year=max_year).refusal


def find(line: str, *, max_year: int = ANY_YEAR) -> tuple[Found, ...]:
    """Numbers in a line of mail or of a spreadsheet, or in several lines, in order, not overlapping.

    A bare number counts when it looks like an application (2020-008423, 2020008423); dates, telephone
    numbers, a firm's own references and bare seven-digit numbers do not.
    """
    folded, places = fold_keeping_places(line)
    found = []
    for start, end, named in spans(folded):
        readings = parse(folded[start:end], max_year=max_year)
        if readings or named:
            found.append(Found(places[start], places[end - 1] + 1, readings))
    return tuple(found)
