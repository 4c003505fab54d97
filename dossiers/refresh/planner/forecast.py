"""How late acts of the office will be seen on this docket, with these calls: the plan played forward.

Every case carries the chance that something is waiting there, which grows by its hazard on days with news and
is nought once it was asked; only what an answer shows is drawn by lot (always the same one), for it moves the
case on. By Little's law the mean delay is what waits at the end of each day over what arrives. What an
applicant does is not played, so a forecast is good for a month or two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .docket import Docket, Ints, News
from .hazards import Hazards
from .model import KINDS, Budget, CaseView, Policy, PromiseClass
from .ranking import Floats, choose, finished, months_in_state, widest
from .states import STATES

_GRANTED = 0.75  # of all decisions, as published
# By kind of act: the state after it, as a rule and else.
_AFTER = [
    [STATES.index(name) for name in pair]
    for pair in (("notice", "notice"), ("allowed", "refused"), ("registered", "registered"))
]
SETTLING = 30
DAYS = 30


@dataclass(frozen=True, slots=True)
class Forecast:
    """`mean_delay`: days from the day an act can be seen to the day it is (0.0: the same day); None if no act
    is to be expected. `acts_a_day`: acts expected, over all days. `calls_a_day`: calls that would be made.
    `sweep_days` and `promise` as in a plan, on the last day."""

    mean_delay: float | None
    acts_a_day: float
    calls_a_day: float
    sweep_days: float
    promise: dict[PromiseClass, int]


def forecast(
    cases: Iterable[CaseView],
    budgets: Sequence[Budget],
    day: date,
    *,
    open_day: Callable[[date], bool],
    hazards: Hazards | None = None,
    policy: Policy | None = None,
    more: int = 0,
    settling: int = SETTLING,
    days: int = DAYS,
) -> Forecast:
    """Plan every day from `day` on, with the whole day's calls, and measure the `days` after `settling` ones.

    `more`: how many cases like those of the docket are to come on top.
    """
    hazards, policy = hazards or Hazards.published(), policy or Policy()
    docket = _with_more(Docket.of(cases, day), more)
    daily = [Budget(one.bucket, one.a_day, one.detector) for one in budgets]
    waiting = np.zeros((len(docket), len(KINDS)))
    waited = arrived = calls = 0.0
    chance = np.random.default_rng(1)
    sweep, promise = 0.0, dict[PromiseClass, int]()
    for step in range(settling + days):
        today = day + timedelta(days=step)
        come = (
            _arrivals(docket, waiting, today, hazards)
            if open_day(today - timedelta(days=1))
            else 0.0 * waiting
        )
        waiting += come
        chosen = choose(docket, daily, News(today, open_day), hazards, policy)
        for at, budget in enumerate(daily):
            rows = chosen.row[chosen.bucket == at]
            sees = [at for at, kind in enumerate(KINDS) if kind in budget.detector.sees]
            _move_on(docket, rows, waiting[np.ix_(rows, sees)], sees, today.toordinal(), chance)
            waiting[np.ix_(rows, sees)] = 0.0
            docket.seen[np.ix_(rows, sees)] = today.toordinal()
            if budget.detector.whole:
                docket.asked[rows] = today.toordinal()
        sweep, promise = chosen.sweep_days, widest(chosen.promises)
        if step >= settling:
            waited, arrived, calls = waited + waiting.sum(), arrived + come.sum(), calls + len(chosen.row)
    return Forecast(
        mean_delay=float(waited / arrived) if arrived > 0 else None,
        acts_a_day=float(arrived / days),
        calls_a_day=calls / days,
        sweep_days=sweep,
        promise=promise,
    )


def _arrivals(docket: Docket, waiting: Floats, today: date, hazards: Hazards) -> Floats:
    """The chance per case and kind that an act becomes visible today where none is waiting yet."""
    months = months_in_state(docket, today.toordinal())
    chance = hazards.rates[docket.law, docket.state, months]
    chance = np.where(finished(docket), 0.0, chance) * (1 - waiting.sum(axis=1)).clip(0.0)
    found: Floats = chance[:, None] * hazards.kinds[docket.law, docket.state]
    return found


def _move_on(
    docket: Docket, rows: Ints, found: Floats, sees: list[int], today: int, chance: np.random.Generator
) -> None:
    """Put the cases in which an act is found by lot into the state it leads to."""
    drawn = chance.random(len(rows))
    bounds = found.cumsum(axis=1)
    for at, kind in enumerate(sees):
        hit = (drawn < bounds[:, at]) & (drawn >= (bounds[:, at - 1] if at else 0.0))
        outcome = np.where(chance.random(len(rows)) < _GRANTED, _AFTER[kind][0], _AFTER[kind][1])
        docket.state[rows[hit]] = outcome[hit]
        docket.since[rows[hit]] = today


def _with_more(docket: Docket, more: int) -> Docket:
    if more <= 0 or not len(docket):
        return docket
    rows = np.concatenate([np.arange(len(docket)), np.linspace(0, len(docket) - 1, more).astype(np.int64)])
    grown = docket.part(rows)
    grown.key[len(docket) :] = docket.key.max() + 1 + np.arange(more)
    return grown
