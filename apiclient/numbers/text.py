"""Widths, hyphens, spaces and kanji figures: one plain form for the grammar.

Folding keeps for each plain character the place it came from, so that what is found can be shown as it was
written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from apiclient.numbers.model import Refused

LONGEST = 200  # one number with its label, or an address, never needs more; keeps hostile input cheap

# Marks people type or print for a hyphen beside those Unicode counts as dashes. The soft hyphen is here
# because a number copied from a document may have no other.
_HYPHENS = "\u00ad˗־⁃−─━➖ーｰㅡ"
_NO_HYPHENS = "〜〰゠"  # wave dashes say "from … to"
_SLASHES = "／⁄∕╱⧸"
_INVISIBLE = {"Cf", "Cc", "Mn"}


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """One character in its plain form; several for a ligature (㍻), none for an invisible mark."""
    if character == "\t" or " " <= character <= "~":
        return character
    if character.isspace():
        return " "
    if character in _HYPHENS:
        return "-"
    category = unicodedata.category(character)
    if category == "Pd" and character not in _NO_HYPHENS:
        return "-"
    if character in _SLASHES:
        return "/"
    if category in _INVISIBLE:
        return ""
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain == character else "".join(_fold(part) for part in plain)


def fold_keeping_places(line: str) -> tuple[str, list[int]]:
    """The folded line, and for each of its characters the place it came from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(line):
        for plain in _fold(character):
            folded.append(plain)
            places.append(place)
    return _with_figures("".join(folded), places)


def plain(text: str) -> str:
    """The folded text in capitals, without spaces and without the marks around it. Raises Refused."""
    if len(text) > LONGEST * 4:
        raise Refused("not_a_number")
    folded, _ = fold_keeping_places(text)
    bare = _AROUND.sub("", re.sub(r"\s+", "", folded).upper())
    if not bare:
        raise Refused("empty")
    if len(bare) > LONGEST:
        raise Refused("not_a_number")
    return bare


_MARKS = r"\"'`“”‘’«»「」『』〔〕《》〈〉<>{}。、,;:!?・*#※●○■□◆◇→"
_AROUND = re.compile(rf"^[{_MARKS}]+|[{_MARKS}.]+$")


# --- kanji figures ----------------------------------------------------------------------------------------

_FIGURES = {figure: str(value) for value, figure in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_ANY = "".join(_FIGURES)
_WRITTEN = (
    # 平成三十年, 令和二-
    re.compile(rf"(?<=[治正和成明大昭平令])[{_ANY}十]{{1,3}}(?=年|[-/第])"),
    # 二〇二〇
    re.compile(rf"[{_ANY}]{{4,}}"),
    # 第一二三号, 2020-八四二
    re.compile(rf"(?<=第)[{_ANY}]{{1,7}}(?=号)|(?<=[0-9年]-)[{_ANY}]{{1,6}}"),
)


def _with_figures(folded: str, places: list[int]) -> tuple[str, list[int]]:
    """Figures in kanji as digits, where they can only be a year or a number."""
    if not any(figure in folded for figure in "〇一二三四五六七八九零十"):
        return folded, places
    for written in _WRITTEN:
        digits: list[str] = []
        kept: list[int] = []
        end = 0
        for match in written.finditer(folded):
            digits.append(folded[end : match.start()])
            kept += places[end : match.start()]
            for offset, piece in enumerate(_digits(match.group())):
                digits.append(piece)
                kept += [places[match.start() + offset]] * len(piece)
            end = match.end()
        digits.append(folded[end:])
        kept += places[end:]
        folded, places = "".join(digits), kept
    return folded, places


def _digits(figures: str) -> list[str]:
    """The digits each figure stands for: 三十一 is "3", "", "1", and 十 alone "10"."""
    pieces = []
    for place, figure in enumerate(figures):
        if figure != "十":
            pieces.append(_FIGURES[figure])
            continue
        tens = "" if place else "1"
        ones = "" if place + 1 < len(figures) else "0"
        pieces.append(tens + ones)
    return pieces
