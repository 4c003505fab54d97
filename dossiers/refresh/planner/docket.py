"""A whole docket as columns, so that fifty thousand cases are ranked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .model import KINDS, LAWS, CaseView
from .states import FINISHED, STATES, State, state_of

Ints = NDArray[np.int64]
NEVER = 0  # in a column of days: no such day
NORMAL, HOT, RESTING = 0, 1, 2
OLDEST = 800  # days back beyond which nothing is counted any more

_STATE_AT = {name: at for at, name in enumerate(STATES)}
_WATCH = {"normal": NORMAL, "hot": HOT, "resting": RESTING}
# The office has said that it will not answer about this number.
_HOPELESS = {"out_of_range", "bad_input", "wrong_path"}
# The question was carried through and brought nothing that can be used, and tomorrow's will not as a rule.
_VAIN = {*_HOPELESS, "empty", "unreadable", "gave_up"}
LONGEST_PAUSE = 30  # days between two questions asked in vain
FINISHED_STATES = np.isin(np.arange(len(STATES)), [_STATE_AT[name] for name in FINISHED])


@dataclass(slots=True)
class Docket:
    """One row per case; days are ordinals, NEVER where there is none.

    `seen` has a column per kind of act: the day of the last answer that would have shown one. `tried` is the
    day of the last question where it was in vain, `again` the day from which the next one makes sense.
    """

    key: Ints
    law: Ints
    state: Ints
    since: Ints
    filed: Ints
    asked: Ints
    seen: Ints
    added: Ints
    limit: Ints
    expected: Ints
    watch: Ints
    tried: Ints
    again: Ints
    ordered: Ints

    @classmethod
    def empty(cls, rows: int) -> Docket:
        """`rows` cases of which nothing is known."""
        columns = {one.name: np.zeros(rows, np.int64) for one in fields(cls)}
        columns["seen"] = np.zeros((rows, len(KINDS)), np.int64)
        return cls(**columns)

    @classmethod
    def of(cls, cases: Iterable[CaseView], day: date) -> Docket:
        """The cases that some API can be asked about, each key once (its first row counts)."""
        views = list({case.key: case for case in reversed(list(cases)) if case.law in LAWS}.values())[::-1]
        today = day.toordinal()
        rows = [
            _row(case, state_of(case, day), today) for case in views
        ]  # one array for all: ten times as fast
        if not rows:
            return cls.empty(0)
        table = np.array(rows, np.int64)
        key, law, state, since, filed, asked, added, limit, expected, watch, tried, again, ordered = table[
            :, :_SINGLE
        ].T.copy()
        return cls(
            key=key,
            law=law,
            state=state,
            since=since,
            filed=filed,
            asked=asked,
            seen=table[:, _SINGLE:].copy(),
            added=added,
            limit=limit,
            expected=expected,
            watch=watch,
            tried=tried,
            again=again,
            ordered=ordered,
        )

    def __len__(self) -> int:
        return len(self.key)

    def part(self, rows: NDArray[np.bool_] | Ints) -> Docket:
        """The rows chosen, as a docket of their own."""
        return Docket(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


_SINGLE = 13  # columns of a row before those of `seen`


def _row(case: CaseView, state: State, today: int) -> list[int]:
    """What is known about a case, as `Docket.of` takes it apart; days of asking ahead are not believed."""
    asked = _past(case.last_asked, today)
    seen = [asked] * len(KINDS)
    for kind, day in case.partly_asked:
        at = KINDS.index(kind)
        seen[at] = max(seen[at], _past(day, today))
    watch, tried, again = _WATCH[case.watch], NEVER, NEVER
    if case.last_outcome in _VAIN and case.watch != "hot":
        if asked == NEVER or case.last_outcome in _HOPELESS:
            watch = RESTING
        tried, again = _in_vain(case, today)
    return [
        *(case.key, LAWS.index(case.law), _STATE_AT[state.name], _past(state.since, today)),
        *(_past(case.filed_on, today), asked, _past(case.added_on, today), _ordinal(case.running_limit)),
        *(_ordinal(case.expected_on), watch, tried, again, case.ordered),
        *seen,
    ]


def _in_vain(case: CaseView, today: int) -> tuple[int, int]:
    """(`tried`, `again`): the pause doubles with every question, for it is as long as they have gone on."""
    tried, since = _past(case.tried_on, today), _past(case.in_vain_since, today)
    if tried == NEVER:
        return NEVER, NEVER
    gone_on = tried - since if since != NEVER else 0
    return tried, tried + min(LONGEST_PAUSE, max(1, gone_on))


def _ordinal(day: date | None) -> int:
    return NEVER if day is None else day.toordinal()


def _past(day: date | None, today: int) -> int:
    ordinal = _ordinal(day)
    return ordinal if ordinal <= today else NEVER


class News:
    """Counts days on which something new can have become visible: those after a day the office worked."""

    def __init__(self, today: date, open_day: Callable[[date], bool]) -> None:
        self.today = today.toordinal()
        first = max(2, self.today - OLDEST)
        news = [open_day(date.fromordinal(day - 1)) for day in range(first + 1, self.today + 1)]
        self._first = first
        self._count = (
            np.concatenate([[0], np.cumsum(np.array(news, np.int64))]) if news else np.zeros(1, np.int64)
        )

    @classmethod
    def counted(cls, today: int, first: int, count: Ints) -> News:
        """From days counted before: `count[n]` such days in (first, first + n]."""
        made = cls.__new__(cls)
        made.today, made._first, made._count = today, first, count
        return made

    def since(self, days: Ints) -> Ints:
        """How many such days lie after each of `days`, up to today and with today."""
        at = np.clip(days - self._first, 0, self.today - self._first)
        counted: Ints = self._count[self.today - self._first] - self._count[at]
        return counted


def laws_of(names: Sequence[str] | frozenset[str]) -> Ints:
    """Indices of the laws named, unknown ones left out."""
    return np.array([at for at, law in enumerate(LAWS) if law in names], np.int64)
