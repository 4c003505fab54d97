"""What a number is: whose, of what law and kind, and why the office's interface may not take it.

A `Reading` is made by the functions here alone, so that each one is possible: a serial number is never zero,
a canonical form always has the office's own length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

Law = Literal["patent", "utility_model", "design", "trademark"]
Appeal = Literal[
    "appeal_refusal",
    "appeal_amendment",
    "invalidation",
    "opposition",
    "cancellation",
    "correction",
    "advisory_opinion",
    "retrial",
    "trial",
]
Kind = Literal[
    "application",
    "publication",
    "national_publication",
    "examined_publication",
    "republication",
    "registration",
    "pct_application",
    "pct_publication",
    "international_registration",
    "applicant_code",
    "document_number",
    Appeal,
]
Refusal = Literal[
    "empty",
    "not_a_number",
    "year_out_of_range",
    "no_such_era_year",
    "era_not_said",
    "serial_zero",
    "too_many_digits",
    "too_few_digits",
    "may_be_date",
    "own_reference",
    "range",
    "showa_publication",
    "examined_publication",
    "republication",
    "utility_model",
    "branch_number",
    "international_registration",
    "appeal_number",
    "applicant_code",
    "document_number",
    "foreign_number",
]
Ambiguity = Literal["law_not_said", "several_kinds", "era_not_said"]

FIRST_YEAR = 1885  # the Patent Monopoly Act; no Japanese number is older
FIRST_TREATY_YEAR = 1978
ANY_YEAR = 2100
FIRST_TRANSLATION = 500_001  # serials from here on are kept for translations of international applications
HEISEI = 1989
APPEALS: frozenset[str] = frozenset(get_args(Appeal))


class Refused(Exception):
    """A text that is no number, with why. `readings` are what it may have meant all the same."""

    def __init__(self, why: Refusal, readings: tuple[Reading, ...] = ()) -> None:
        super().__init__(why)
        self.why: Refusal = why
        self.readings = readings


@dataclass(frozen=True)
class Reading:
    """One way to read a text.

    `office` is two letters ("WO" for numbers of the treaty); `law` is None when the text does not say it.
    `canonical` is the form the office's interface takes, or for numbers it does not take digits of a fixed
    length without marks; abroad the number of the DOCDB form. `year` is Gregorian and None where the number
    has none; `serial` is the number without its year. `branch` is what follows a divided registration ("2"
    of 第1234567号の2, "類似1", "防護1"). Two readings are equal whatever `code` (kind code: A, B2, …) and
    `era` (M T S H R) the text spelt out, for these are no part of the number's identity.
    """

    office: str
    law: Law | None
    kind: Kind
    canonical: str
    year: int | None
    serial: int
    branch: str = ""
    code: str = field(default="", compare=False)
    era: str = field(default="", compare=False)

    @property
    def refusal(self) -> Refusal | None:
        """Why the office's interface does not take the number; None when it does."""
        if self.kind == "applicant_code" or self.kind == "document_number":
            return self.kind
        if self.office not in ("JP", "WO"):
            return "foreign_number"
        if self.law == "utility_model":
            return "utility_model"
        if self.kind in APPEALS:
            return "appeal_number"
        if self.kind in ("examined_publication", "republication", "international_registration"):
            return self.kind
        if self.kind in ("publication", "national_publication") and (self.year or 0) < HEISEI:
            return "showa_publication"
        return "branch_number" if self.branch else None


@dataclass(frozen=True)
class Recognition:
    """Everything a text may be, served by the office or not.

    `refusal` says why none of it can be asked for. `ambiguity` says why there is more than one meaning:
    the law is not said, it may be several kinds of number, or its two-figure year may be of several eras.
    """

    readings: tuple[Reading, ...]
    refusal: Refusal | None = None
    ambiguity: Ambiguity | None = None


@dataclass(frozen=True)
class Found:
    """A number in a line: `line[start:end]` is its text.

    `readings` is empty when the text names a number outright (特開昭60-…) yet cannot be one the
    interface takes; `explain(line[start:end])` says why.
    """

    start: int
    end: int
    readings: tuple[Reading, ...]


# --- eras -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Era:
    """An era: year 1 is `before` + 1; `last` is the number of its last year."""

    letter: str
    name: str
    before: int
    last: int


ERAS = (
    Era("M", "明治", 1867, 45),
    Era("T", "大正", 1911, 15),
    Era("S", "昭和", 1925, 64),
    Era("H", "平成", 1988, 31),
    Era("R", "令和", 2018, 99),
)
ERA_BY_LETTER = {era.letter: era for era in ERAS}
# The interface's nine-digit publication numbers begin with a figure for the era.
ERA_BY_FIGURE = {"3": ERA_BY_LETTER["S"], "4": ERA_BY_LETTER["H"], "5": ERA_BY_LETTER["R"]}
FIRST_GREGORIAN = 2000  # applications and publications before bear era years, later ones Gregorian years


def eras_of(year: int) -> tuple[Era, ...]:
    """The eras a Gregorian year belongs to; two in a year of change (1989 is both 昭64 and 平1)."""
    return tuple(era for era in ERAS if 1 <= year - era.before <= era.last)


def gregorian(era: Era, year: int) -> int:
    """1999 for Heisei 11. Refused when the era has no such year."""
    if not 1 <= year <= era.last:
        raise Refused("no_such_era_year")
    return era.before + year


def era_of(reading: Reading) -> Era | None:
    """The era whose year the number bears; None from 2000 on, and where a year of change leaves it open."""
    if reading.year is None or reading.year >= FIRST_GREGORIAN:
        return None
    eras = eras_of(reading.year)
    said = [era for era in eras if era.letter == reading.era]
    return said[0] if said else (eras[0] if len(eras) == 1 else None)


# --- making readings --------------------------------------------------------------------------------------


def check_year(year: int, max_year: int, first: int = FIRST_YEAR) -> int:
    if not first <= year <= max_year:
        raise Refused("year_out_of_range")
    return year


def number_of(digits: str, longest: int) -> int:
    """A serial number of at most `longest` digits, never zero."""
    if len(digits) > longest:
        raise Refused("too_many_digits")
    if not digits.strip("0"):
        raise Refused("serial_zero")
    return int(digits)


def with_year(
    law: Law | None, kind: Kind, year: int, serial: str, *, max_year: int, code: str = "", era: str = ""
) -> Reading:
    """A Japanese number that bears a year: application, publication, appeal."""
    check_year(year, max_year)
    number = number_of(serial, 6)
    return Reading("JP", law, kind, f"{year:04d}{number:06d}", year, number, code=code, era=era)


def registered(law: Law | None, digits: str, branch: str = "", code: str = "") -> Reading:
    number = number_of(digits, 7)
    return Reading("JP", law, "registration", f"{number:07d}", None, number, branch=branch, code=code)


def of_treaty(country: str, kind: Kind, year: str, serial: str, *, max_year: int, code: str = "") -> Reading:
    """PCT/JP2019/011858, WO2019/011858. Two-figure years ended in 2003, and the treaty began in 1978."""
    full = int(year)
    if len(year) == 2:
        full += 1900 if full >= 78 else 2000
    check_year(full, max_year, FIRST_TREATY_YEAR)
    number = number_of(serial, 6)
    office = "JP" if kind == "republication" else "WO"
    return Reading(office, "patent", kind, f"{country}{full:04d}{number:06d}", full, number, code=code)


def era_coded(law: Law, digits: str, *, max_year: int, code: str = "") -> tuple[Reading, ...]:
    """Readings of the interface's nine-digit publication number: 503090037 is 特開2021-090037."""
    era = ERA_BY_FIGURE.get(digits[0])
    if era is None or len(digits) != 9:
        raise Refused("not_a_number")
    year = gregorian(era, int(digits[1:3]))
    return publications(law, year, digits[3:], max_year=max_year, code=code, era=era.letter)


def publications(
    law: Law, year: int, serial: str, *, max_year: int, code: str = "", era: str = ""
) -> tuple[Reading, ...]:
    """A publication whose text does not say whether it is a translation (特表); high serials may be one."""
    plain = with_year(law, "publication", year, serial, max_year=max_year, code=code, era=era)
    if plain.serial < FIRST_TRANSLATION:
        return (plain,)
    translation = with_year(law, "national_publication", year, serial, max_year=max_year, code=code, era=era)
    return (translation, plain)


_YEARLY: dict[str, Kind] = {
    "application": "application",
    "publication": "publication",
    "national_publication": "national_publication",
}
_OF_TREATY: dict[str, Kind] = {"pct_application": "pct_application", "pct_publication": "pct_publication"}


def from_canonical(law: Law | None, kind: str, canonical: str) -> Reading | None:
    """The reading of a number the interface gave or took; None for a form it never has.

    For `application`, `publication`, `national_publication`, `registration`, `pct_application`,
    `pct_publication`: what the database keeps.
    """
    try:
        if kind in _YEARLY and re.fullmatch(r"[0-9]{10}", canonical):
            return with_year(law, _YEARLY[kind], int(canonical[:4]), canonical[4:], max_year=ANY_YEAR)
        if kind == "registration" and re.fullmatch(r"[0-9]{7}", canonical):
            return registered(law, canonical)
        if kind in _OF_TREATY and re.fullmatch(r"[A-Z]{2}[0-9]{10}", canonical):
            country, year, serial = canonical[:2], canonical[2:6], canonical[6:]
            return of_treaty(country, _OF_TREATY[kind], year, serial, max_year=ANY_YEAR)
    except Refused:
        return None
    return None
