"""The drawing of a case's life: where each act, time limit and year goes. No database, no clock.

Time runs to the right in proportion, except that a stretch in which nothing happened is shortened and
shows a break. The office's acts stand above the axis, all others below, time limits as bars from the day
they count from to their last day.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Look = Literal["done", "overdue", "soon", "later"]

_PX_PER_DAY = 0.75
_LONGEST_GAP = 96.0  # px; a longer silence is cut short
_LEFT, _RIGHT = 28, 150
_NARROWEST = 960
_LANE, _BAR = 19, 20  # px a line of words, px a bar
_MOST_LANES = 6
_LABEL_WIDTH = 26  # half-width columns


@dataclass(frozen=True)
class Act:
    """One event to draw. `above` is the office's side."""

    name: str
    on: date
    words: str
    above: bool
    unread: bool = False
    open: bool = False


@dataclass(frozen=True)
class Stretch:
    """One time limit to draw."""

    words: str
    start: date
    due: date
    look: Look


@dataclass(frozen=True)
class Dot:
    act: Act
    x: int
    y: int
    label_y: int  # 0 when there is no room for words; the tip and the list still have them
    label: str
    side: str


@dataclass(frozen=True)
class Bar:
    stretch: Stretch
    x: int
    y: int
    width: int
    label: str


@dataclass(frozen=True)
class Tick:
    x: int
    words: str


@dataclass(frozen=True)
class Timeline:
    width: int
    height: int
    axis: int
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    years: tuple[Tick, ...]
    breaks: tuple[int, ...]
    today_x: int
    today: date
    summary: str = ""


class Scale:
    """Days to pixels: proportional between knots, never more than the longest gap between two."""

    def __init__(self, knots: Iterable[date]) -> None:
        self.days = sorted(set(knots))
        gaps = [
            (later - earlier).days * _PX_PER_DAY
            for earlier, later in zip(self.days, self.days[1:], strict=False)
        ]
        stretched = sum(min(gap, _LONGEST_GAP) for gap in gaps)
        factor = max(1.0, min(3.0, (_NARROWEST - _LEFT - _RIGHT) / stretched)) if stretched else 1.0
        self.places, self.cut = [float(_LEFT)], []
        for gap in gaps:
            if gap > _LONGEST_GAP:
                self.cut.append(self.places[-1] + _LONGEST_GAP * factor / 2)
            self.places.append(self.places[-1] + min(gap, _LONGEST_GAP) * factor)
        self._at = dict(zip(self.days, self.places, strict=True))

    def x(self, day: date) -> int:
        return round(self._at[day])


def draw(acts: Sequence[Act], stretches: Sequence[Stretch], today: date) -> Timeline:
    """Places for everything; the same input always gives the same drawing."""
    ends = [day for stretch in stretches for day in (stretch.start, stretch.due)]
    known = [act.on for act in acts] + ends + [today]
    years = [date(year, 1, 1) for year in range(min(known).year + 1, max(known).year + 1)]
    scale = Scale(known + years)
    ordered = sorted(acts, key=lambda act: act.on)
    above = _lanes([(scale.x(act.on), _wide(_short(act.words))) for act in ordered if act.above])
    below = _lanes([(scale.x(act.on), _wide(_short(act.words))) for act in ordered if not act.above])
    bars = sorted(stretches, key=lambda stretch: (stretch.start, stretch.due))
    rows = _bar_rows(scale, bars)
    axis = 22 + _LANE * (_count(above) + 1)
    first_bar = axis + 22
    under = first_bar + _BAR * _count(rows)
    dots = tuple(_dots(scale, ordered, above, below, axis, under))
    width = max([scale.x(scale.days[-1]) + _RIGHT, _NARROWEST])
    return Timeline(
        width=width,
        height=under + _LANE * (_count(below) + 1) + 8,
        axis=axis,
        dots=dots,
        bars=tuple(_bar(scale, bar, row, first_bar) for bar, row in zip(bars, rows, strict=True)),
        years=tuple(_years(scale)),
        breaks=tuple(round(x) for x in scale.cut),
        today_x=scale.x(today),
        today=today,
    )


def _dots(
    scale: Scale, acts: list[Act], above: list[int], below: list[int], axis: int, under: int
) -> Iterable[Dot]:
    lanes = {True: iter(above), False: iter(below)}
    for act in acts:
        lane = next(lanes[act.above])
        y = axis - _LANE * (lane + 1) if act.above else under + _LANE * (lane + 1)
        yield Dot(
            act=act,
            x=scale.x(act.on),
            y=axis,
            label_y=y if lane >= 0 else 0,
            label=_short(act.words),
            side="office" if act.above else "other",
        )


def _lanes(labels: list[tuple[int, int]]) -> list[int]:
    """For each label (x, width), in order, the nearest lane where it touches no other; -1 without one."""
    ends: list[int] = []
    lanes = []
    for x, width in labels:
        free = next((lane for lane, end in enumerate(ends) if end < x), len(ends))
        if free >= _MOST_LANES:
            lanes.append(-1)
            continue
        if free == len(ends):
            ends.append(0)
        ends[free] = x + width + 10
        lanes.append(free)
    return lanes


def _bar_rows(scale: Scale, bars: list[Stretch]) -> list[int]:
    ends: list[int] = []
    rows = []
    for bar in bars:
        x = scale.x(bar.start)
        row = next((row for row, end in enumerate(ends) if end < x), len(ends))
        if row == len(ends):
            ends.append(0)
        ends[row] = max(scale.x(bar.due), x + 8 + _wide(_bar_words(bar))) + 8
        rows.append(row)
    return rows


def _bar(scale: Scale, bar: Stretch, row: int, first: int) -> Bar:
    x = scale.x(bar.start)
    width = max(4, scale.x(bar.due) - x)
    return Bar(bar, x, first + _BAR * row, width, _bar_words(bar))


def _bar_words(bar: Stretch) -> str:
    return f"{_short(bar.words)} {bar.due.isoformat()}"


def _years(scale: Scale) -> Iterable[Tick]:
    """The first day drawn and each 1 January, where there is room for the figures."""
    last_x = -100
    for day in scale.days:
        x = scale.x(day)
        if (day == scale.days[0] or (day.month, day.day) == (1, 1)) and x - last_x >= 34:
            yield Tick(x, str(day.year))
            last_x = x


def _count(lanes: list[int]) -> int:
    return max(lanes, default=-1) + 1


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def _short(text: str) -> str:
    """At most so many columns, with an ellipsis."""
    if _columns(text) <= _LABEL_WIDTH:
        return text
    kept = ""
    for character in text:
        if _columns(kept + character) > _LABEL_WIDTH - 2:
            break
        kept += character
    return kept + "…"


def _wide(text: str) -> int:
    """Roughly how wide a label is, in px at eleven px a full-width character."""
    return round(_columns(text) * 5.9)
