"""What a figure is: lines of numbers, how they are drawn, and what was left out of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from dossiers.views.drawing.charts import Entry, Picture, bars, columns

LOOK_BACK = 3  # years of first actions and answers


@dataclass(frozen=True)
class Line:
    """One line of a figure's table; `link` leads to what was counted, "" where no list shows it.

    `tick` is what stands beneath its column, `told` are words of the table that are not drawn.
    """

    words: str
    numbers: tuple[int, ...]
    tick: str = ""
    link: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """`head` names the first column, each series and each of `Line.told`; `styles` are of the series.

    `notes` say what is counted and, above all, what is not. `lying` draws bars with their words beside them.
    """

    name: str
    title: str
    head: tuple[str, ...]
    styles: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    lying: bool = False

    @cached_property
    def picture(self) -> Picture | None:
        entries = [Entry(line.words, line.numbers, line.tick) for line in self.lines]
        return bars(entries, self.styles) if self.lying else columns(entries, self.styles)

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Styles with their words; none of a single series, which the title names."""
        pairs = list(zip(self.styles, self.head[1:], strict=False))
        return pairs if len(pairs) > 1 else []

    def rows(self) -> Iterable[tuple[object, ...]]:
        """The numbers behind it, as a table."""
        return ((line.words, *line.numbers, *line.told) for line in self.lines)


def since(today: date) -> date:
    """The first day of what is looked back on: a first of the month, years ago."""
    return date(today.year - LOOK_BACK, today.month, 1)
