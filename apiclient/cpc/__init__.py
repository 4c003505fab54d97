"""Symbols and titles of the Cooperative Patent Classification (CPC).

A symbol is kept as the scheme prints it: "H04W 72/04", subclass, blank, main group, slash, subgroup.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

_SUBCLASS = r"(?P<subclass>[A-HY][0-9]{2}[A-Z])"
_PRINTED = re.compile(
    rf"{_SUBCLASS}\s{{0,4}}0{{0,3}}(?P<group>[1-9][0-9]{{0,3}})\s?/\s?(?P<subgroup>[0-9]{{2,6}})"
)
# Data exchange (WIPO standard ST.8): four digits of main group, six of subgroup filled up with noughts.
_FILLED = re.compile(rf"{_SUBCLASS}(?P<group>[0-9]{{4}})(?P<subgroup>[0-9]{{6}})")
_LONGEST = 40


def normalised(text: str) -> str | None:
    """The subgroup that `text` names, as the scheme prints it; None if it surely names none.

    "H04W 72/04", "h04w72/04", "H04W0072040000" and their full-width forms are the same symbol.
    """
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    printed = _PRINTED.fullmatch(plain)
    if printed:
        return f"{printed['subclass']} {printed['group']}/{printed['subgroup']}"
    filled = _FILLED.fullmatch(plain)
    if filled is None or int(filled["group"]) == 0:
        return None
    subgroup = filled["subgroup"].rstrip("0").ljust(2, "0")
    return f"{filled['subclass']} {int(filled['group'])}/{subgroup}"


def section_title(symbol: str) -> str:
    """The official English title of the section of `symbol`; "" if it is not known."""
    return _titles().get(symbol[:1], "")


def class_title(symbol: str) -> str:
    """The official English title of the class of `symbol` ("H04"); "" if it is not known."""
    return _titles().get(symbol[:3], "") if len(symbol) >= 3 else ""


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    lines = files(__package__).joinpath("titles.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))
