"""The DOCDB form of numbers: country, number and kind code with dots between (JP.2020123456.A).

The One Portal Dossier takes and gives numbers in this form. It says little: JP.2015500001.A may be an
application or a publication, so `from_docdb` gives both unless the caller knows which it is. A form whose
kind code would have to be guessed (B1 or B2?) is not written.

What is known of foreign forms: the US year is the filing year, its published serial loses one zero
(2015/0378098 is US.2015378098.A1); European applications have eight digits without the check digit, Chinese
ones eight or twelve; Korean applications and publications have the year and seven digits, Korean grants keep
their 10- for patents.
"""

from __future__ import annotations

import re
from typing import Literal

from apiclient.numbers.model import (
    ANY_YEAR,
    ERA_BY_LETTER,
    Kind,
    Law,
    Reading,
    Refused,
    check_year,
    era_of,
    gregorian,
    number_of,
    of_treaty,
    publications,
    registered,
    with_year,
)

FirstPage = Literal["application", "publication"]  # OPD's two kinds; its "publication" includes grants

DOTTED = re.compile(r"([A-Z]{2})\.([A-Z0-9/]{1,20})\.([A-Z][0-9]?)")
_GRANTS = re.compile(r"[BCYE][0-9]?")
_UTILITY = re.compile(r"[UYZ][0-9]?")


# --- writing ----------------------------------------------------------------------------------------------


def docdb(reading: Reading, code: str = "") -> str | None:
    """JP.2020123456.A; None where the form is not certain. `code` is the kind code if the caller knows it."""
    body, kind_code = body_of(reading), code or code_of(reading)
    if body is None or not kind_code:
        return None
    country = reading.canonical[:2] if reading.kind == "pct_application" else reading.office
    return f"{country}.{body}.{kind_code}"


def body_of(reading: Reading) -> str | None:
    """The number between the dots; None where it is not certain."""
    if reading.branch or reading.law not in ("patent", "utility_model"):
        return None
    if reading.office not in ("JP", "WO"):
        return None if _without_year(reading) else reading.canonical
    if reading.kind == "application":
        return reading.canonical if (reading.year or 0) >= 2000 else None
    if reading.kind in ("publication", "national_publication", "examined_publication"):
        return _japanese_publication(reading)
    if reading.kind == "registration":
        return str(reading.serial)
    if reading.kind == "republication":
        return reading.canonical
    if reading.kind == "pct_application":
        return reading.canonical[2:] if (reading.year or 0) >= 2004 else None
    return _world(reading) if reading.kind == "pct_publication" else None


def _japanese_publication(reading: Reading) -> str | None:
    """2020123456, and H11123456 before 2000: there the era's year has two figures, the serial no padding."""
    if reading.year is not None and reading.year >= 2000:
        return reading.canonical
    era = era_of(reading)
    if era is None or reading.year is None:
        return None
    return f"{era.letter}{reading.year - era.before:02d}{reading.serial}"


def _world(reading: Reading) -> str | None:
    """2019011858; two figures of the year before 2004, and in mid-2002 the serials grew from five to six."""
    year, serial = reading.year or 0, reading.serial
    if year >= 2004:
        return reading.canonical[2:]
    if year == 2003 or (year == 2002 and serial > 99_999):
        return f"{year % 100:02d}{serial:06d}"
    return f"{year % 100:02d}{serial:05d}" if year < 2002 and serial <= 99_999 else None


def code_of(reading: Reading) -> str:
    """The kind code as spelt out, or where the kind of number alone settles it; "" where it does not."""
    if reading.code:
        return reading.code
    if reading.office not in ("JP", "WO"):
        return "A" if reading.kind == "application" else ""
    if reading.law == "utility_model":
        return "U" if reading.kind in ("application", "publication") else ""
    codes = {
        "application": "A",
        "publication": "A",
        "national_publication": "A",
        "republication": "A1",
        "pct_application": "W",
    }
    return codes.get(reading.kind, "")


def _without_year(reading: Reading) -> bool:
    """US 14/768,239: DOCDB wants the filing year, which the number does not tell."""
    return reading.office == "US" and reading.kind == "application" and reading.year is None


# --- reading ----------------------------------------------------------------------------------------------


def from_docdb(text: str, kind: FirstPage | None = None, *, max_year: int = ANY_YEAR) -> tuple[Reading, ...]:
    """Readings of a dotted form; () when it is none. `kind` is what the caller knows it to be.

    As OPD speaks: its "publication" includes grants.
    """
    match = DOTTED.fullmatch(text.strip().upper())
    if not match:
        return ()
    try:
        readings = of_parts(match[1], match[2], match[3], max_year=max_year)
    except Refused:
        return ()
    if kind is None:
        return readings
    return tuple(one for one in readings if (one.kind in _APPLICATIONS) == (kind == "application"))


_APPLICATIONS = ("application", "pct_application")


def of_parts(country: str, body: str, code: str, *, max_year: int = ANY_YEAR) -> tuple[Reading, ...]:
    """Readings of country, number and kind code. Raises Refused when they cannot be."""
    if country == "JP":
        return _of_japan(body, code, max_year)
    if country == "WO":
        return (_of_world(body, code, max_year),)
    return abroad(country, body, code, max_year=max_year)


def _of_japan(body: str, code: str, max_year: int) -> tuple[Reading, ...]:
    law: Law = "utility_model" if _UTILITY.fullmatch(code) else "patent"
    world = re.fullmatch(r"WO([0-9]{4})/?([0-9]{6})", body)
    if world:
        return (of_treaty("WO", "republication", world[1], world[2], max_year=max_year, code=code),)
    era = re.fullmatch(r"([MTSHR])([0-9]{2})([0-9]{1,6})", body)
    if era:
        year = gregorian(ERA_BY_LETTER[era[1]], int(era[2]))
        if _GRANTS.fullmatch(code):
            named = with_year(
                law, "examined_publication", year, era[3], max_year=max_year, code=code, era=era[1]
            )
            return (named,)
        return publications(law, year, era[3], max_year=max_year, code=code, era=era[1])
    if not re.fullmatch(r"[0-9]{1,10}", body):
        raise Refused("not_a_number")
    if code == "W":
        return (of_treaty("JP", "pct_application", body[:4], body[4:] or "0", max_year=max_year, code=code),)
    if len(body) <= 7:
        return (registered("design" if code.startswith("S") else law, body, code=code),)
    if len(body) != 10:
        raise Refused("too_few_digits")
    if _GRANTS.fullmatch(code):
        raise Refused("not_a_number")  # grants have no year, examined publications of eras do
    application = with_year(law, "application", int(body[:4]), body[4:], max_year=max_year, code=code)
    return (application, *publications(law, int(body[:4]), body[4:], max_year=max_year, code=code))


def _of_world(body: str, code: str, max_year: int) -> Reading:
    """Four figures of the year and six digits; two figures and five or six digits until 2003."""
    match = re.fullmatch(r"([0-9]{4})/?([0-9]{6})|([0-9]{2})([0-9]{5,6})", body)
    if not match:
        raise Refused("not_a_number")
    if match[3] and 4 <= int(match[3]) < 78:
        raise Refused("year_out_of_range")
    year, serial = match[1] or match[3], match[2] or match[4]
    return of_treaty("WO", "pct_publication", year, serial, max_year=max_year, code=code)


# --- numbers of other offices -----------------------------------------------------------------------------

# Digits of an application, a publication and a grant; a length in two columns gives two readings.
_LENGTHS: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "US": ((12,), (10, 11), (4, 5, 6, 7, 8)),
    "EP": ((8,), (7,), (7,)),
    "CN": ((8, 12), (7, 9), (7, 9)),
    "KR": ((11,), (11,), (6, 7, 9)),
}
_ELSEWHERE = (tuple(range(4, 14)), tuple(range(4, 14)), tuple(range(4, 14)))
_PLACES: dict[str, int] = {"application": 0, "publication": 1, "registration": 2}


def abroad(country: str, digits: str, code: str, *, max_year: int = ANY_YEAR) -> tuple[Reading, ...]:
    """Readings of a foreign number; its kind code and its length say of which kind.

    Of the offices of OPD (US, EP, CN, KR) each length is known; elsewhere an application cannot be told from
    a publication, and what has a kind code is taken for a publication or a grant.
    """
    if _GRANTS.fullmatch(code):
        kinds: tuple[Kind, ...] = ("registration",)
    elif code == "A" and country in _LENGTHS:
        kinds = ("application", "publication")
    elif code == "W":
        if len(digits) != 10:
            raise Refused("not_a_number")
        treaty = of_treaty(country, "pct_application", digits[:4], digits[4:], max_year=max_year, code=code)
        return (treaty,)
    else:
        kinds = ("publication",)
    readings = [foreign(country, kind, digits, code, max_year=max_year) for kind in kinds]
    found = tuple(reading for reading in readings if reading)
    if not found:
        raise Refused("not_a_number")
    return found


def foreign(
    country: str, kind: Kind, digits: str, code: str = "", *, max_year: int = ANY_YEAR
) -> Reading | None:
    """A foreign number of a known kind; None when no number of that office and kind looks so."""
    lengths = _LENGTHS.get(country, _ELSEWHERE)[_PLACES[kind]]
    if not digits.isdecimal() or not digits.isascii() or len(digits) not in lengths or not digits.strip("0"):
        return None
    if country == "US" and kind == "registration" and digits.startswith("0"):
        return None
    law: Law = "utility_model" if _UTILITY.fullmatch(code) else "patent"
    year = None
    if _bears_year(country, kind, digits):
        try:
            year = check_year(int(digits[:4]), max_year)
            serial = number_of(digits[4:], 8)
        except Refused:
            return None
        if country == "US" and kind == "publication":
            if serial > 999_999:
                return None
            digits = f"{year}{serial:06d}"
        return Reading(country, law, kind, digits, year, serial, code=code)
    return Reading(country, law, kind, digits, None, int(digits), code=code)


def _bears_year(country: str, kind: Kind, digits: str) -> bool:
    if country == "US":
        return kind in ("application", "publication")
    if country == "KR":
        return len(digits) == 11
    return country == "CN" and len(digits) == 12


def us_application(digits: str) -> Reading | None:
    """US 14/768,239 as printed, without the filing year that DOCDB would want."""
    if not re.fullmatch(r"[0-9]{8}", digits) or not digits[2:].strip("0"):
        return None
    return Reading("US", "patent", "application", digits, None, int(digits))
