"""The drawing of a case's life: where each act, date and time limit goes.

The office's acts stand above the axis, everybody else's and the dates of the case below it, time limits
beneath as bars from the day they count from to their last day, with what can be had after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .clusters import Act, Cluster, gather, within
from .scale import Scale
from .text import columns, fitting, short, wide

WriteDay = Callable[[date], str]
Look = Literal["done", "claimed", "overdue", "soon", "later"]
PartKind = Literal["extension", "late_extension", "grace", "restoration"]

MOST_BARS = 16
_LANE, _BAR, _STACK = 18, 32, 16  # px: a line of words, a time limit, a mark beside another one
_BESIDE = 14  # px between the words of one line
_SINGLE = 7  # px of a single mark that no other may cover
_MOST_LANES, _MOST_STACKED = 5, 6
_LABEL, _BAR_LABEL, _SAID = 26, 52, 96  # columns; a label takes what room there is beside it
_LONGEST_LABEL = 120  # columns
_TOP = 32  # px for the years and for today


@dataclass(frozen=True)
class Milestone:
    """A date of the case that no document need show. `expected`: it lies ahead and nobody need act."""

    on: date
    words: str
    expected: bool = False


@dataclass(frozen=True)
class Part:
    """A later way to act, until its last day; it begins where what came before it ends."""

    kind: PartKind
    until: date
    words: str


@dataclass(frozen=True)
class Stretch:
    """One time limit. `first_end` is where it would have ended had nobody asked for more time."""

    words: str
    link: str
    start: date
    due: date
    look: Look
    first_end: date | None = None
    note: str = ""
    provisional: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def ended(self) -> bool:
        return self.look == "done"


@dataclass(frozen=True)
class Mark:
    """A document, several, or a date. `label` is "" where there is no room: title and list still have it."""

    kind: str  # office, own, other, date
    what: Act | Cluster | Milestone
    x: int
    y: int
    width: int  # of a cluster's box; 0 for a single mark
    label: str
    label_y: int
    said: str
    say_end: bool  # what it says on focus ends at it, and does not begin there


@dataclass(frozen=True)
class Piece:
    kind: str  # main, extended, or the kind of a part
    x: int
    width: int


@dataclass(frozen=True)
class Bar:
    stretch: Stretch
    x: int
    y: int
    due_x: int
    pieces: tuple[Piece, ...]
    label: str
    said: str
    say_end: bool


@dataclass(frozen=True)
class Tick:
    x: int
    words: str


@dataclass(frozen=True)
class Timeline:
    width: int
    height: int
    axis: int
    marks: tuple[Mark, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    breaks: tuple[int, ...]
    today_x: int | None  # None where today lies outside of the stretch that is shown
    limits_left_out: int


def draw(
    acts: Sequence[Act],
    stretches: Sequence[Stretch],
    today: date,
    milestones: Sequence[Milestone] = (),
    *,
    span: str = "",
    say: Callable[[Cluster], str] = lambda cluster: f"{cluster.span}: {cluster.count}",
    day: WriteDay = date.isoformat,
) -> Timeline:
    """Places for everything.

    `span` is the stretch of time shown, `say` words what a cluster is, `day` writes a day.
    """
    whats: list[Act | Cluster | Milestone] = [*gather(acts, span), *milestones]
    shown = _chosen(stretches)
    now = [today] if within(today, span) or not (whats or shown) else []
    days = [*_days(whats, shown), *now]
    scale = Scale([*days, *_new_years(days)])
    marks, axis, under = _marks(scale, sorted(whats, key=lambda what: what.on), say, day)
    bars, bottom = _bars(scale, shown, under, day)
    return Timeline(
        width=scale.width,
        height=bottom + 24,
        axis=axis,
        marks=tuple(marks),
        bars=tuple(bars),
        ticks=tuple(_ticks(scale, span)),
        breaks=tuple(scale.cut),
        today_x=scale.x(today) if now else None,
        limits_left_out=len(stretches) - len(shown),
    )


def _chosen(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The running ones, the nearest first, then the latest of those that ended; as many as can be seen."""
    running = sorted((one for one in stretches if not one.ended), key=lambda one: one.due)
    ended = sorted((one for one in stretches if one.ended), key=lambda one: one.due, reverse=True)
    return sorted([*running, *ended][:MOST_BARS], key=lambda one: (one.start, one.due))


def _days(whats: Iterable[Act | Cluster | Milestone], bars: Iterable[Stretch]) -> list[date]:
    ends = [
        day
        for bar in bars
        for day in (bar.start, bar.first_end or bar.due, bar.due, *(part.until for part in bar.parts))
    ]
    return [*(what.on for what in whats), *ends]


def _new_years(days: Sequence[date]) -> list[date]:
    return [date(year, 1, 1) for year in range(min(days).year + 1, max(days).year + 1)]


# --- marks ------------------------------------------------------------------------------------------------


def _marks(
    scale: Scale, whats: list[Act | Cluster | Milestone], say: Callable[[Cluster], str], day: WriteDay
) -> tuple[list[Mark], int, int]:
    """The marks, the height of the axis, and how far down they reach."""
    sides: dict[bool, list[Act | Cluster | Milestone]] = {True: [], False: []}
    for what in whats:
        sides[_above(what)].append(what)
    lanes = {above: _lanes([_extent(scale, what) for what in side]) for above, side in sides.items()}
    stacks = {above: _stacks([_room(scale, what) for what in side]) for above, side in sides.items()}
    deep = {above: _STACK * (max(places, default=-1) + 1) + 4 for above, places in stacks.items()}
    high = {above: _LANE * (max(side, default=-1) + 1) for above, side in lanes.items()}
    axis = _TOP + high[True] + deep[True]
    marks = [
        _mark(scale, what, above, (axis, stack, deep[above], lane, room), say, day)
        for above, side in sides.items()
        for what, lane, stack, room in zip(
            side, lanes[above], stacks[above], _free(scale, side, lanes[above]), strict=True
        )
    ]
    return sorted(marks, key=lambda mark: (mark.what.on, mark.x)), axis, axis + deep[False] + high[False]


def _mark(
    scale: Scale,
    what: Act | Cluster | Milestone,
    above: bool,
    place: tuple[int, int, int, int, int],
    say: Callable[[Cluster], str],
    day: WriteDay,
) -> Mark:
    axis, stack, deep, lane, room = place
    away = -1 if above else 1
    x = scale.x(what.on)
    words = say(what) if isinstance(what, Cluster) else f"{day(what.on)} {what.words}"
    return Mark(
        kind=what.kind if isinstance(what, Act | Cluster) else "date",
        what=what,
        x=x,
        y=axis + away * (8 + _STACK * stack),
        width=_box(what),
        label=_label(what, fitting(room)) if lane >= 0 else "",
        label_y=axis + away * (deep + _LANE * lane + _LANE // 2) if lane >= 0 else 0,
        said=short(words, _SAID),
        say_end=x > scale.width // 2,
    )


def _above(what: Act | Cluster | Milestone) -> bool:
    return isinstance(what, Act | Cluster) and what.kind == "office"


def _label(what: Act | Cluster | Milestone, room: int = 0) -> str:
    """Its words within the columns that each label has, or within the room if that is more."""
    return "" if isinstance(what, Cluster) else short(what.words, min(max(_LABEL, room), _LONGEST_LABEL))


def _box(what: Act | Cluster | Milestone) -> int:
    return 8 + 7 * len(str(what.count)) if isinstance(what, Cluster) else 0


def _extent(scale: Scale, what: Act | Cluster | Milestone) -> tuple[int, int]:
    return scale.x(what.on), wide(_label(what)) + 6


def _lanes(labels: list[tuple[int, int]]) -> list[int]:
    """For each label (x, width), in order, the nearest lane where it touches no other; -1 without one."""
    ends: list[int] = []
    lanes = []
    for x, width in labels:
        free = next((lane for lane, end in enumerate(ends) if end < x), len(ends))
        if free >= _MOST_LANES or width <= 6:
            lanes.append(-1)
            continue
        if free == len(ends):
            ends.append(0)
        ends[free] = x + width + 8
        lanes.append(free)
    return lanes


def _free(scale: Scale, whats: Sequence[Act | Cluster | Milestone], lanes: list[int]) -> list[int]:
    """For each label of a side, in order, the px up to the next one of its lane, or to the edge."""
    free, next_at = [], dict.fromkeys(lanes, scale.width)
    for what, lane in zip(reversed(whats), reversed(lanes), strict=True):
        x = scale.x(what.on)
        free.append(next_at[lane] - x - _BESIDE)
        next_at[lane] = x
    return free[::-1]


def _room(scale: Scale, what: Act | Cluster | Milestone) -> tuple[int, int]:
    """From where to where a mark reaches; marks of single documents may touch, as they do on busy days."""
    x = scale.x(what.on)
    return x, x + (_box(what) or _SINGLE)


def _stacks(extents: list[tuple[int, int]]) -> list[int]:
    """For each mark (from, to), in order, how far from the axis it stands so that it covers no other."""
    ends: list[int] = []
    stacks = []
    for x, until in extents:
        free = next((place for place, end in enumerate(ends) if end <= x), len(ends))
        if free == len(ends):
            ends.append(0)
        if free >= _MOST_STACKED:
            free = min(range(_MOST_STACKED), key=ends.__getitem__)
        ends[free] = until
        stacks.append(free)
    return stacks


# --- time limits ------------------------------------------------------------------------------------------


def _bars(scale: Scale, stretches: list[Stretch], top: int, day: WriteDay) -> tuple[list[Bar], int]:
    """The bars, each in the first row with room for it and its words, and how far down they reach."""
    ends: list[int] = []
    rows = []
    for stretch in stretches:
        x = scale.x(stretch.start)
        row = next((row for row, end in enumerate(ends) if end < x), len(ends))
        if row == len(ends):
            ends.append(0)
        *_, last = _pieces(scale, stretch)
        ends[row] = max(last.x + last.width, x + wide(_bar_label(stretch, day))) + 12
        rows.append(row)
    found, next_at = [], dict.fromkeys(rows, scale.width)
    for stretch, row in zip(reversed(stretches), reversed(rows), strict=True):
        x = scale.x(stretch.start)
        found.append(_bar(scale, stretch, top + 8 + _BAR * row, next_at[row] - x - _BESIDE, day))
        next_at[row] = x
    return found[::-1], top + 8 + _BAR * len(ends)


def _bar(scale: Scale, stretch: Stretch, y: int, room: int, day: WriteDay) -> Bar:
    x = scale.x(stretch.start)
    return Bar(
        stretch=stretch,
        x=x,
        y=y,
        due_x=max(scale.x(stretch.due), x + 3),
        pieces=tuple(_pieces(scale, stretch)),
        label=_bar_label(stretch, day, fitting(room)),
        said=short(_all_words(stretch, day), _SAID * 2),
        say_end=x > scale.width // 2,
    )


def _bar_label(stretch: Stretch, day: WriteDay, room: int = 0) -> str:
    """Its last day and words, the words cut before the note; all of it where there is room."""
    note = f" ({stretch.note})" if stretch.note else ""
    whole = f"{day(stretch.due)} {stretch.words}{note}"
    if columns(whole) <= min(room, _LONGEST_LABEL):
        return whole
    beside = columns(whole) - columns(stretch.words)
    words = short(stretch.words, max(_LABEL, min(room, _LONGEST_LABEL) - beside))
    return short(f"{day(stretch.due)} {words}{note}", max(_BAR_LABEL, min(room, _LONGEST_LABEL)))


def _all_words(stretch: Stretch, day: WriteDay) -> str:
    """All that is drawn of a time limit; dates first, so that no script can turn them around."""
    first = f"{day(stretch.start)} – {day(stretch.due)} {stretch.words}"
    noted = f"{first} ({stretch.note})" if stretch.note else first
    return "; ".join([noted, *(f"– {day(part.until)} {part.words}" for part in stretch.parts)])


def _pieces(scale: Scale, stretch: Stretch) -> Iterable[Piece]:
    """The period, the time it was extended by, and the later ways, each from where the last one ends."""
    ends: list[tuple[str, date]] = [("main", stretch.first_end or stretch.due)]
    if stretch.first_end:
        ends.append(("extended", stretch.due))
    x = scale.x(stretch.start)
    for kind, until in [*ends, *((part.kind, part.until) for part in stretch.parts)]:
        end = max(scale.x(until), x + 3 if kind == "main" else x)
        if end > x:
            yield Piece(kind, x, end - x)
        x = end


# --- the axis ---------------------------------------------------------------------------------------------


def _ticks(scale: Scale, span: str) -> Iterable[Tick]:
    """The first day drawn and each 1 January; in a year each month, in a month each day with something.

    Each where there is room for its figures.
    """
    style, room = {0: ("%Y", 34), 4: ("%Y-%m", 52)}.get(len(span), ("%m-%d", 40))
    last_x, last = -100, ""
    for day in scale.days:
        x, words = scale.x(day), day.strftime(style)
        begins = span or day == scale.days[0] or (day.month, day.day) == (1, 1)
        if begins and words != last and x - last_x >= room:
            yield Tick(x, words)
            last_x, last = x, words
