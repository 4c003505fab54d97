"""Addresses of public registers where a person may look a number up, built only from validated numbers.

Every function takes a `Reading` of `apiclient.numbers` and gives None where the address would be a guess.
Nothing typed or printed goes into an address: only digits, country and kind codes of the reading.

J-PlatPat has fixed addresses without a random part since February 2024, seen in public use and said in its
notices: PU/DE/TR for patents, designs and trademarks; 10, 30, 40 for applications, 11 for publications, 15
for patents (20, 21, 25 for utility models). Designs and trademarks are addressed by their application.
"""

from __future__ import annotations

import re

from apiclient.numbers.docdb import body_of, code_of
from apiclient.numbers.model import Reading, era_of

JPLATPAT_SEARCH = "https://www.j-platpat.inpit.go.jp/p0000"
_SHORTEST = 10_000  # JP12 without a kind code may be anything
_SAFE = re.compile(r"[A-Z]{2}[A-Z0-9]{1,20}")
_PAGES = {
    ("patent", "application"): "PU/JP-{}/10",
    ("patent", "publication"): "PU/JP-{}/11",
    ("patent", "national_publication"): "PU/JP-{}/11",
    ("patent", "registration"): "PU/JP-{}/15",
    ("utility_model", "application"): "PU/JP-{}/20",
    ("utility_model", "registration"): "PU/JP-{}/25",
    ("design", "application"): "DE/JP-{}/30",
    ("trademark", "application"): "TR/JP-{}/40",
}


def compact(reading: Reading) -> str | None:
    """As databases abroad write it: JP2002433033A, JPH0412345A, US2015378098A1, WO2019011858.

    Without a kind code where the number alone does not settle it.
    """
    if reading.kind in ("application", "pct_application"):
        return None
    body, code = body_of(reading), code_of(reading)
    if body is None or not (code or _is_plain(reading)):
        return None
    text = f"{reading.office}{body}{code}"
    return text if _SAFE.fullmatch(text) else None


def _is_plain(reading: Reading) -> bool:
    """Whether the number is understood without a kind code: in Japan only a patent's that is not short."""
    if reading.office != "JP":
        return True
    patent = reading.law == "patent" and reading.kind == "registration"
    return patent and reading.serial >= _SHORTEST


def espacenet_url(reading: Reading) -> str | None:
    """Espacenet's search for a published number."""
    number = compact(reading)
    return f"https://worldwide.espacenet.com/patent/search?q=pn%3D{number}" if number else None


def google_patents_url(reading: Reading) -> str | None:
    """Google's page of a published number, or its search where the kind code is not known."""
    number = compact(reading)
    if number is None:
        return None
    if reading.office == "US" and reading.kind == "publication":
        number = f"US{reading.year}{reading.serial:07d}{reading.code}"
    return f"https://patents.google.com/{'patent/' if code_of(reading) else '?q='}{number}"


def jplatpat_url(reading: Reading) -> str | None:
    """J-PlatPat's own page of a Japanese number (in Japanese); None where there is no such address."""
    page = _PAGES.get((reading.law or "", reading.kind))
    if page is None or reading.office != "JP" or reading.branch:
        return None
    number = _jplatpat_number(reading)
    return f"https://www.j-platpat.inpit.go.jp/c1801/{page.format(number)}/ja" if number else None


def _jplatpat_number(reading: Reading) -> str | None:
    """2020-123456, H04-015611 for publications before 2000, 7243802 for a registration."""
    if reading.year is None:
        return str(reading.serial)
    if reading.year >= 2000 or reading.kind == "application":
        return f"{reading.year}-{reading.serial:06d}"
    era = era_of(reading)
    return f"{era.letter}{reading.year - era.before:02d}-{reading.serial:06d}" if era else None
