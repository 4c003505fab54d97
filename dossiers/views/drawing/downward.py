"""The same drawing for a narrow page: one axis from top to bottom, in words that wrap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .timeline import Bar, Mark, Timeline


@dataclass(frozen=True)
class Place:
    """One line of the axis: a mark, a limit at its last day, or today (neither). `year` heads a new year."""

    on: date
    year: int | None
    mark: Mark | None = None
    bar: Bar | None = None


def downward(timeline: Timeline, today: date) -> tuple[Place, ...]:
    """Everything drawn, by day, the earliest first; today among it where the drawing shows today."""
    places: list[tuple[date, Mark | None, Bar | None]] = [
        *((mark.what.on, mark, None) for mark in timeline.marks),
        *((bar.stretch.due, None, bar) for bar in timeline.bars),
    ]
    if timeline.today_x is not None:
        places.append((today, None, None))
    return tuple(_with_years(sorted(places, key=lambda place: place[0])))


def _with_years(places: Iterable[tuple[date, Mark | None, Bar | None]]) -> Iterable[Place]:
    before = None
    for on, mark, bar in places:
        yield Place(on, on.year if on.year != before else None, mark, bar)
        before = on.year
