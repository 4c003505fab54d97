"""A long text is read in portions, each a page of its own, so that a book does not come as one page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

PORTION = 40_000  # characters, at most


@dataclass(frozen=True)
class Portion:
    """`text[start:end]`, the `number`th of `count`, both from 1."""

    number: int
    count: int
    start: int
    end: int


def portions(text: str) -> tuple[Portion, ...]:
    """The text cut into portions, at the end of a line where there is one; an empty text is one portion."""
    ends: list[int] = []
    start = 0
    while len(text) - start > PORTION:
        start = text.rfind("\n", start + PORTION // 2, start + PORTION) + 1 or start + PORTION
        ends.append(start)
    bounds = [0, *ends, len(text)]
    return tuple(
        Portion(number, len(bounds) - 1, start, end)
        for number, (start, end) in enumerate(pairwise(bounds), 1)
    )


def holding(cut: tuple[Portion, ...], place: int) -> Portion:
    """The portion in which the character at this place stands."""
    return next((one for one in cut if place < one.end), cut[-1])
