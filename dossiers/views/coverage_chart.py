"""The drawings of the daily figures: what was missing from them on each of the last days.

The shares are nearly always whole, so what is drawn is what is missing: documents not accounted for, cases
not confirmed as promised. A day without a figure is a gap, never a zero. No database, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dossiers.models import CoverageDay

from . import dates

DAYS = 90
_STEP, _BAR = 8, 6  # px a day, px of its bar
_LEFT, _TOP, _HIGH, _BELOW = 34, 10, 84, 20


@dataclass(frozen=True)
class Block:
    """A part of a day's bar, in a style's class."""

    style: str
    y: int
    height: int


@dataclass(frozen=True)
class Column:
    """One day's bar, from the bottom up; a day on which nothing was missing has a flat one."""

    row: CoverageDay
    x: int
    blocks: Sequence[Block]

    @property
    def height(self) -> int:
        return sum(block.height for block in self.blocks)


@dataclass(frozen=True)
class Tick:
    x: int
    words: str


@dataclass(frozen=True)
class Chart:
    columns: list[Column]  # oldest first
    ticks: list[Tick]  # the first day of each month
    most: int
    width: int
    height: int
    base: int
    top: int
    left: int
    bar: int


Missing = Sequence[tuple[str, int]]
"""Classes of style with what is missing on a day."""


def draw(
    rows: Iterable[CoverageDay],
    today: date,
    missing: Callable[[CoverageDay], Missing] = lambda row: (("open", row.open),),
) -> Chart | None:
    """The chart of the days up to today; None when there is no figure yet."""
    first = today - timedelta(DAYS - 1)
    shown = sorted((row for row in rows if first <= row.day <= today), key=lambda row: row.day)
    if not shown:
        return None
    counts = {row.day: missing(row) for row in shown}
    most = max(1, *(sum(n for _style, n in of_day) for of_day in counts.values()))
    base = _TOP + _HIGH
    days = [first + timedelta(n) for n in range(DAYS)]
    return Chart(
        columns=[Column(row, _x(row.day, first), _blocks(counts[row.day], base, most)) for row in shown],
        ticks=[Tick(_x(day, first), dates.month(day)) for day in days if day.day == 1],
        most=most,
        width=_LEFT + DAYS * _STEP + 6,
        height=base + _BELOW,
        base=base,
        top=_TOP,
        left=_LEFT,
        bar=_BAR,
    )


def _x(day: date, first: date) -> int:
    return _LEFT + (day - first).days * _STEP


def _blocks(missing: Missing, base: int, most: int) -> list[Block]:
    """One upon the other; a small number is still to be seen."""
    blocks, y = [], base
    for style, n in missing:
        if n:
            height = max(4, round(n / most * _HIGH))
            y -= height
            blocks.append(Block(style, y, height))
    return blocks or [Block("whole", base - 2, 2)]
