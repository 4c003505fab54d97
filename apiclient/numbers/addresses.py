"""Addresses of public registers that people paste in place of a number.

J-PlatPat's fixed addresses (with the long random part of before 2024 or without), Espacenet and Google
Patents. Only the number in the address is read; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from apiclient.numbers.model import (
    ERA_BY_LETTER,
    Kind,
    Law,
    Reading,
    Refused,
    gregorian,
    number_of,
    publications,
    registered,
    with_year,
)

# The two figures at the end of J-PlatPat's address: the law, and which number of the case it is.
_JPLATPAT_PAGES: dict[str, tuple[Law, Kind]] = {
    "10": ("patent", "application"),
    "11": ("patent", "publication"),
    "15": ("patent", "registration"),
    "20": ("utility_model", "application"),
    "21": ("utility_model", "publication"),
    "25": ("utility_model", "registration"),
    "30": ("design", "application"),
    "40": ("trademark", "application"),
    "49": ("trademark", "international_registration"),
}
JPLATPAT = (
    r"(?:WWW\.)?J-PLATPAT\.INPIT\.GO\.JP/C180[01]/(?:PU|DE|TR)/JP-"
    r"(?:(?P<year>[0-9]{4})-(?P<serial>[0-9]{6})|(?P<letter>[MTSHR])(?P<of_era>[0-9]{2})-(?P<of_serial>[0-9]{6})"
    r"|(?P<digits>[0-9]{1,7})(?:-[0-9]{8})?)/(?:[0-9A-F]{1,64}/)?(?P<page>[0-9]{2})(?:/(?:JA|EN))?"
)
GOOGLE = (
    r"PATENTS\.GOOGLE\.COM/(?:PATENT/|\?Q=)(?P<google>[A-Z]{2}[A-Z]{0,2}[0-9][0-9A-Z]{0,19})(?:/[A-Z]{2})?"
)
ESPACENET = (
    r"WORLDWIDE\.ESPACENET\.COM/(?:PATENT/SEARCH(?:/FAMILY/[0-9]{1,12})?(?:/PUBLICATION/|\?Q=(?:PN(?:=|%3D))?)"
    r"(?P<espacenet>[A-Z]{2}[A-Z]{0,2}[0-9][0-9A-Z]{0,19})"
    r"|PUBLICATIONDETAILS/[A-Z]{1,20}\?(?:[A-Z]{1,12}=[^&\s]{0,40}&){0,6}?CC=(?P<cc>[A-Z]{2})&NR=(?P<nr>[A-Z]{0,2}[0-9][0-9A-Z]{0,19}))"
)
_JPLATPAT_ADDRESS = re.compile(rf"(?:HTTPS?://)?{JPLATPAT}/?")
_OTHER = re.compile(rf"(?:HTTPS?://)?(?:WWW\.)?(?:{GOOGLE}|{ESPACENET})(?:[/?&#].{{0,200}})?")


def of_address(
    text: str, read_number: Callable[[str], tuple[Reading, ...]], max_year: int
) -> tuple[Reading, ...]:
    """The number an address leads to. Raises Refused for any other address."""
    match = _JPLATPAT_ADDRESS.fullmatch(text)
    if match:
        return _of_jplatpat(match, max_year)
    other = _OTHER.fullmatch(text)
    if other is None:
        raise Refused("not_a_number")
    if other["cc"]:
        kind = re.search(r"[?&]KC=([A-Z][0-9]?)(?:&|$)", text)
        number = (
            other["nr"]
            if re.search(r"[A-Z][0-9]?$", other["nr"])
            else other["nr"] + (kind[1] if kind else "")
        )
        return read_number(other["cc"] + number)
    return read_number(other["google"] or other["espacenet"])


def _of_jplatpat(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    page = _JPLATPAT_PAGES.get(match["page"])
    if page is None:
        raise Refused("not_a_number")
    law, kind = page
    if kind == "registration" and match["digits"]:
        return (registered(law, match["digits"]),)
    if kind == "international_registration" and match["digits"]:
        serial = number_of(match["digits"], 7)
        return (Reading("JP", law, kind, f"{serial:07d}", None, serial),)
    if match["digits"] or kind in ("registration", "international_registration"):
        raise Refused("not_a_number")
    era = match["letter"] or ""
    year = gregorian(ERA_BY_LETTER[era], int(match["of_era"])) if era else int(match["year"])
    serial_text = match["serial"] or match["of_serial"]
    if kind == "publication":
        return publications(law, year, serial_text, max_year=max_year, era=era)
    return (with_year(law, kind, year, serial_text, max_year=max_year, era=era),)
