"""Words in a drawing: how wide they are, and what of them may be drawn."""

from __future__ import annotations

import unicodedata

PX_A_COLUMN = 5.9  # at eleven px a full-width character


def clean(text: str) -> str:
    """One line without characters that cannot be seen: some of them turn what follows around."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return " ".join("".join(character for character in spaced if character.isprintable()).split())


def short(text: str, most: int) -> str:
    """At most so many columns, a full-width character taking two, with an ellipsis where it is cut."""
    if columns(text) <= most:
        return text
    kept, taken = [], 0
    for character in text:
        taken += columns(character)
        if taken > most - 2:
            break
        kept.append(character)
    return "".join(kept) + "…"


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def wide(text: str) -> int:
    """Roughly how wide a label is, px."""
    return round(columns(text) * PX_A_COLUMN)


def fitting(width: int) -> int:
    """How many columns a label may have so that it is no wider, in px."""
    return max(0, int(width / PX_A_COLUMN))
