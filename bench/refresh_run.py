"""A policy at work on a docket, day by day: what it asks, what the API would show it, how late it learns.

A policy sees what the API would have shown: documents with their dates, from the day after each, once it has
asked. It never sees the lives themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bench.refresh_world import ACTS, CODE_AT, CODES, LAW_NAMES, LIFE, World, calendar_of
from dossiers.refresh.planner.docket import FINISHED_STATES, NEVER, OLDEST, Docket, News
from dossiers.refresh.planner.hazards import UNKNOWN_MONTH, Hazards
from dossiers.refresh.planner.model import KINDS, Budget, CaseView, Policy
from dossiers.refresh.planner.ranking import CLASSES, choose, finished
from dossiers.refresh.planner.states import STATES, state_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_OTHER = KINDS.index("other")
_KIND_OF_CODE = np.array(
    [0 if code == "A131" else 1 if code in ("A01", "A02", "A191") else 2 for code in CODES]
)
_IS_ACT = np.array([code in ACTS for code in CODES])


class Known:
    """What has been learned by asking, as columns and as documents per case."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.docket = Docket.empty(len(world.filed))
        self.docket.key[:] = np.arange(len(world.filed))
        self.docket.law[:] = world.law
        self.docket.filed[:] = world.filed
        self.docket.added[:] = world.filed
        self.seen = np.full(len(world.case), NEVER)
        self._dates = [
            date.fromordinal(day) for day in range(int(world.filed[0]) - 1, int(world.day.max()) + 2)
        ]
        self._first_date = int(world.filed[0]) - 1

    def day(self, ordinal: int) -> date:
        """The same date object for every use, which saves most of the time."""
        at = ordinal - self._first_date
        return self._dates[at] if at < len(self._dates) else date.fromordinal(ordinal)

    def view(self, row: int, today: int) -> CaseView:
        """The case as the planner is told of it."""
        world = self.world
        documents = [
            (CODES[world.code[at]], self.day(int(world.day[at])))
            for at in range(world.first[row], world.first[row + 1])
            if self.seen[at] != NEVER
        ]
        return CaseView(
            key=row,
            law=LAW_NAMES[world.law[row]],
            filed_on=self.day(int(world.filed[row])),
            documents=tuple(documents),
            last_asked=self.day(today),
            added_on=self.day(int(world.filed[row])),
            residency="overseas" if world.overseas[row] else "resident",
        )

    def answer(self, rows: Ints, kinds: list[int], today: int, fresh: Flags) -> None:
        """The office has answered about `rows`; `fresh` rows have documents not seen yet."""
        for kind in kinds:
            self.docket.seen[rows, kind] = today
        unread = fresh[rows] | (self.docket.asked[rows] == NEVER)
        if len(kinds) == len(KINDS):
            self.docket.asked[rows] = today
        for row in rows[unread]:
            self._read(int(row), kinds, today)

    def _read(self, row: int, kinds: list[int], today: int) -> None:
        span = slice(int(self.world.first[row]), int(self.world.first[row + 1]))
        shown = np.isin(_KIND_OF_CODE[self.world.code[span]], kinds)
        shown &= (self.world.visible[span] <= today) & (self.seen[span] == NEVER)
        if shown.any():
            self.seen[span][shown] = today
        state = state_of(self.view(row, today), self.day(today))
        self.docket.state[row] = STATES.index(state.name)
        self.docket.since[row] = NEVER if state.since is None else state.since.toordinal()

    def know_all(self, asked: Ints) -> None:
        """Every case was asked on its day of `asked` and has been read."""
        for kind in range(len(KINDS)):
            self.docket.seen[:, kind] = asked
        self.docket.asked[:] = asked
        shown = self.world.visible <= asked[self.world.case]
        self.seen[shown] = asked[self.world.case][shown]
        for row in np.flatnonzero(asked != NEVER):
            self._read(int(row), [], int(asked[row]))

    def copy(self) -> Known:
        """The same knowledge, to go on from independently."""
        other = Known.__new__(Known)
        other.__dict__.update(self.__dict__)
        other.seen = self.seen.copy()
        other.docket = self.docket.part(np.arange(len(self.docket)))
        return other


@dataclass(slots=True)
class Today:
    """What a policy may look at: a window of the docket (rows `low` on), the calls, the days with news."""

    docket: Docket
    calls: int
    news: News
    chance: np.random.Generator
    pending: Flags  # for the clairvoyant alone: which cases have documents not seen


Asks = list[tuple[Ints, list[int]]]
"""Rows of the window, and the kinds of acts that the API asked would show."""
Strategy = Callable[[Today], Asks]
_ALL_KINDS = list(range(len(KINDS)))


@dataclass(slots=True)
class Result:
    """Delays in days of every act that became visible in the window, and what asking took."""

    delays: Floats
    calls: int
    worst_staleness: int
    beyond_promise: int = 0

    def figures(self) -> dict[str, float]:
        """The figures of the published table."""
        delays = self.delays if len(self.delays) else np.zeros(1)
        return {
            "mean": round(float(delays.mean()), 4),
            "p95": float(np.percentile(delays, 95)),
            "p99": float(np.percentile(delays, 99)),
            "within_1": round(float((delays <= 1).mean()), 4),
            "within_3": round(float((delays <= 3).mean()), 4),
            "within_7": round(float((delays <= 7).mean()), 4),
            "worst_staleness": self.worst_staleness,
            "calls": self.calls,
        }


# --- policies ---------------------------------------------------------------------------------------------


def _top(score: Floats, calls: int) -> Ints:
    """The rows with the highest scores above 0, at most `calls` of them."""
    rows = np.flatnonzero(score > 0)
    if len(rows) > calls:
        rows = rows[np.argpartition(-score[rows], calls)[:calls]]
    return rows


def round_robin(today: Today) -> Asks:
    """Every case in turn."""
    return [(_top((today.news.today + 1 - today.docket.asked).astype(np.float64), today.calls), _ALL_KINDS)]


def active_round_robin(today: Today) -> Asks:
    """Every case that is not known to be finished in turn."""
    age = (today.news.today + 1 - today.docket.asked).astype(np.float64)
    return [(_top(np.where(finished(today.docket), 0, age), today.calls), _ALL_KINDS)]


_TIER_DAYS = np.array(
    [
        {
            "requested": 14,
            "accelerated": 3,
            "answered": 4,
            "appeal": 7,
            "notice": 14,
            "notice_overseas": 14,
        }.get(state, 0 if FINISHED_STATES[at] else 45)
        for at, state in enumerate(STATES)
    ]
)


def tiers(today: Today) -> Asks:
    """Fixed tiers by state: every four days what is due, every two weeks what waits, the rest in turn."""
    docket, now = today.docket, today.news.today
    due = _TIER_DAYS[docket.state].copy()
    due[(docket.state == STATES.index("requested")) & (now - docket.since > 180)] = 4
    overdue = np.where((due > 0) & ~finished(docket), (now - docket.asked) / np.maximum(1, due), 0.0)
    return [(_top(overdue, today.calls), _ALL_KINDS)]


def poisson(hazards: Hazards) -> Strategy:
    """The optimum if every state had one constant rate: visits in a square-root proportion to it."""

    def strategy(today: Today) -> Asks:
        docket = today.docket
        rate = hazards.rates[docket.law, docket.state, UNKNOWN_MONTH]
        age = (today.news.today - docket.asked).astype(np.float64)
        return [(_top(np.where(finished(docket), 0, rate * age**2), today.calls), _ALL_KINDS)]

    return strategy


def clairvoyant(today: Today) -> Asks:
    """Asks exactly the cases that have something new, those waiting longest first."""
    age = (today.news.today + 1 - today.docket.asked).astype(np.float64)
    return [(_top(np.where(today.pending, age, 0), today.calls), _ALL_KINDS)]


class Ours:
    """The planner of this product, with its promise watched."""

    def __init__(self, budgets: list[Budget], hazards: Hazards, policy: Policy | None = None) -> None:
        self.budgets = budgets
        self.hazards = hazards
        self.policy = policy or Policy()
        self.promises: dict[str, int] = {}

    def __call__(self, today: Today) -> Asks:
        chosen = choose(today.docket, self.budgets, today.news, self.hazards, self.policy)
        self.promises = {klass: days for (_, klass), days in chosen.promises.items()}
        asks = []
        for at, budget in enumerate(self.budgets):
            kinds = [KINDS.index(kind) for kind in KINDS if kind in budget.detector.sees]
            asks.append((chosen.row[chosen.bucket == at], kinds))
        return asks


# --- the run ----------------------------------------------------------------------------------------------


def settled(world: World, start: int, calls: int, seed: int) -> Known:
    """A docket that somebody has kept for years: each case asked some time within the last round."""
    chance = np.random.default_rng([seed, 7])
    known = Known(world)
    there = (world.filed < start) & (world.filed > start - LIFE)
    round_days = max(1, round(0.18 * there.sum() / max(1, calls)))
    asked = np.where(
        there, np.maximum(start - 1 - chance.integers(0, round_days, len(there)), world.filed), NEVER
    )
    known.know_all(asked)
    return known


def run(
    known: Known,
    strategy: Strategy,
    calls: int,
    start: int,
    measured: tuple[int, int],
    seed: int,
    *,
    at_most_after: int = 200,
) -> Result:
    """Ask from `start` on until every act visible in the days [measured) has been seen."""
    world, docket = known.world, known.docket
    chance = np.random.default_rng([seed, 11])
    end = measured[1] + at_most_after
    first_news = start - OLDEST
    news_days = np.concatenate([[0], np.cumsum(calendar_of(first_news, end + 1))])
    counted = (world.visible >= measured[0]) & (world.visible < measured[1]) & _IS_ACT[world.code]
    shows = [np.zeros(0, np.int64)] * (end - start)
    order = np.argsort(world.visible, kind="stable")
    bounds = np.searchsorted(world.visible[order], np.arange(start, end + 1))
    for at in range(end - start):
        shows[at] = world.case[order[bounds[at] : bounds[at + 1]]]
    fresh = np.zeros(len(docket), np.bool_)
    fresh[world.case[(world.visible < start) & (known.seen == NEVER)]] = True
    made, worst, beyond = 0, 0, 0
    for today in range(start, end):
        fresh[shows[today - start]] = True
        low, high = np.searchsorted(world.filed, [today - LIFE, today])
        window = docket.part(np.s_[low:high])  # type: ignore[arg-type]
        news = News.counted(today, first_news, news_days)
        asks = strategy(Today(window, calls, news, chance, fresh[low:high]))
        for rows, kinds in asks:
            known.answer(rows + low, kinds, today, fresh)
            made += len(rows) if measured[0] <= today < measured[1] else 0
        asked_whole = [rows for rows, kinds in asks if len(kinds) == len(KINDS)]
        for rows in asked_whole:
            fresh[rows + low] = False
        if measured[0] <= today < measured[1]:
            stale, late = _staleness(window, today, strategy)
            worst, beyond = max(worst, stale), beyond + late
        elif today >= measured[1] and not (known.seen[counted] == NEVER).any():
            break
    seen = np.where(known.seen[counted] == NEVER, end, known.seen[counted])
    return Result((seen - world.visible[counted]).astype(np.float64), made, worst, beyond)


def _staleness(window: Docket, today: int, strategy: Strategy) -> tuple[int, int]:
    """(days since the live case asked longest ago was asked, live cases beyond the promise made)."""
    last = np.where(window.asked == NEVER, window.added, window.asked)
    waited = np.where(finished(window), 0, today - last)
    if not isinstance(strategy, Ours) or not len(waited):
        return int(waited.max(initial=0)), 0
    promise = max(days for klass, days in strategy.promises.items() if klass in ("live", "due"))
    return int(waited.max()), int((waited > promise).sum())


__all__ = ["CLASSES", "CODE_AT", "Known", "Ours", "Result", "run", "settled"]
