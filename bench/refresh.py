"""The planner against other ways of asking, on invented lives: how late is an act of the office seen?

`manage.py bench_refresh` is its command; `docs/planner.md` says what the figures mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from bench.refresh_run import (
    Known,
    Ours,
    Result,
    Strategy,
    active_round_robin,
    clairvoyant,
    poisson,
    round_robin,
    run,
    settled,
    tiers,
)
from bench.refresh_world import CODE_AT, LIFE, Ints, World, make_world
from dossiers.refresh.planner import DISPATCHED, DOSSIER_LIST, NOTICES, REGISTER, STATUS, Budget, Hazards
from dossiers.refresh.planner.docket import NEVER

START = date(2026, 4, 1)
SETTLING = 120  # days before the first measured one, in which a policy's own habits take over
OTHERS = 100, 100, 200, 300  # a day: notices, dispatched documents, register, dossier lists
# Two-sided 95 % points of Student's t, by degrees of freedom.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
COLUMNS = ("mean", "p95", "p99", "within_1", "within_3", "within_7", "worst_staleness", "calls")
POLICIES = ("round_robin", "active_round_robin", "fixed_tiers", "poisson_optimal", "ours", "clairvoyant")
WRONG = ("half", "double", "five_times", "mixed_two", "mixed_five", "shuffled")


@dataclass(frozen=True)
class Trial:
    """What is simulated. `buckets`: status alone, or also simplified status and the document APIs, or the
    dossier's lists too; `doubled`: all the office's daily limits twice."""

    cases: int = 50_000
    budget: int = 400
    days: int = 365
    buckets: str = "status"
    doubled: bool = False
    wrong: str = ""
    burst: float = 0.0

    def budgets(self) -> list[Budget]:
        """The counters that the planner may use."""
        factor = 2 if self.doubled else 1
        found = [Budget("status", self.budget * factor, STATUS)]
        if self.buckets != "status":
            notices, dispatched, register, lists = OTHERS
            found += [
                Budget("simplified", self.budget * factor, STATUS),
                Budget("dispatched", dispatched * factor, DISPATCHED),
                Budget("notices", notices * factor, NOTICES),
                Budget("register", register * factor, REGISTER),
            ]
            if self.buckets == "dossier":
                found.append(Budget("dossier", lists, DOSSIER_LIST))
        return found

    def whole_calls(self) -> int:
        """Calls a day that show a whole history: what the other policies have."""
        return sum(one.calls for one in self.budgets() if one.detector.whole)


def compare(trial: Trial, seed: int, names: Sequence[str] = POLICIES) -> dict[str, Result]:
    """The policies on one docket of one seed."""
    calls = trial.whole_calls()
    world = make_world(trial.cases, START, SETTLING + trial.days + 250, seed, burst=trial.burst)
    known = settled(world, START.toordinal(), calls, seed)
    hazards = learned(known)
    measured = START.toordinal() + SETTLING, START.toordinal() + SETTLING + trial.days
    policies: dict[str, Callable[[], Strategy]] = {
        "round_robin": lambda: round_robin,
        "active_round_robin": lambda: active_round_robin,
        "fixed_tiers": lambda: tiers,
        "poisson_optimal": lambda: poisson(hazards),
        "ours": lambda: Ours(trial.budgets(), wronged(hazards, trial.wrong, seed)),
        "clairvoyant": lambda: clairvoyant,
    }
    return {
        name: run(known.copy(), policies[name](), calls, START.toordinal(), measured, seed) for name in names
    }


def learned(known: Known) -> Hazards:
    """The published chances, moved by the documents that this docket has seen."""
    rows = np.flatnonzero(known.docket.asked != NEVER)
    return Hazards.learned(known.view(int(row), int(known.docket.asked[row])) for row in rows)


def wronged(hazards: Hazards, how: str, seed: int) -> Hazards:
    """The same spoilt: all chances times a factor, each state's by that factor or its inverse, or each state
    with the chances of another."""
    chance = np.random.default_rng([seed, 13])
    factors = {"half": 0.5, "double": 2.0, "five_times": 5.0}
    if not how:
        return hazards
    if how in factors:
        return hazards.times(factors[how])
    rates = hazards.rates.copy()
    if how == "shuffled":
        moving = np.flatnonzero(hazards.rates[0, :, -1] > 0.001)
        rates[:, moving] = rates[:, chance.permutation(moving)]
    else:
        factor = {"mixed_two": 2.0, "mixed_five": 5.0}[how]
        rates *= np.where(chance.random(rates.shape[:2]) < 0.5, factor, 1 / factor)[:, :, None]
    return replace(hazards, rates=np.clip(rates, 0, 1))


# --- the first import -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """Days after which cases with a running response period were found, and until every case was asked."""

    mean: float
    p95: float
    sweep: int


def first_import(trial: Trial, seed: int) -> dict[str, Import]:
    """A docket of which only filing dates are known, asked for the first time."""
    start = START.toordinal()
    calls = trial.whole_calls()
    longest = 2 * trial.cases // max(1, calls) + 60
    world = make_world(trial.cases, START, longest + 10, seed)
    running = _running(world, start)
    found = {}
    orders: dict[str, Strategy] = {
        "ours": Ours(trial.budgets(), Hazards.published()),
        "random": _in_order(np.random.default_rng([seed, 17]).random(len(world.filed))),
        "oldest_first": _in_order(-world.filed.astype(np.float64)),
        "newest_first": _in_order(world.filed.astype(np.float64)),
    }
    for name, strategy in orders.items():
        known = Known(world)
        known.docket.added[world.filed < start] = start
        first = np.full(len(world.filed), NEVER)
        run(known, _noting(strategy, first), calls, start, (start, start + longest), seed, at_most_after=1)
        there = (world.filed < start) & (world.filed > start - LIFE + longest)
        days = first[there & running] - start
        found[name] = Import(
            float(days.mean()), float(np.percentile(days, 95)), int(first[there].max() - start)
        )
    return found


def _running(world: World, today: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Cases whose last visible document is a notice not yet two months old, three abroad."""
    running = np.zeros(len(world.filed), np.bool_)
    shown = world.visible <= today
    last = np.full(len(world.filed), -1)
    np.maximum.at(last, world.case[shown], np.flatnonzero(shown))
    rows = np.flatnonzero(last >= 0)
    at = last[rows]
    age = today - world.day[at]
    running[rows] = (world.code[at] == CODE_AT["A131"]) & (age <= np.where(world.overseas[rows], 90, 60))
    return running


def _in_order(score: Any) -> Strategy:
    def strategy(today: Any) -> list[tuple[Ints, list[int]]]:
        rows = np.flatnonzero(today.docket.asked == NEVER)
        keys = today.docket.key[rows]
        return [(rows[np.argsort(-score[keys], kind="stable")[: today.calls]], [0, 1, 2])]

    return strategy


def _noting(strategy: Strategy, first: Ints) -> Strategy:
    """The same strategy; `first` gets the day on which each case was first asked as a whole."""

    def noting(today: Any) -> list[tuple[Ints, list[int]]]:
        asks = strategy(today)
        for rows, kinds in asks:
            keys = today.docket.key[rows] if len(kinds) == 3 else np.zeros(0, np.int64)
            first[keys] = np.where(first[keys] == NEVER, today.news.today, first[keys])
        return asks

    return noting


# --- figures ----------------------------------------------------------------------------------------------


def interval(values: Sequence[float]) -> float:
    """Half the 95 % interval of the mean of `values`; nothing can be said of one value (0.0)."""
    if len(values) < 2:
        return 0.0
    point = _STUDENT[min(len(values) - 2, len(_STUDENT) - 1)]
    return float(point * np.std(values, ddof=1) / np.sqrt(len(values)))


def table(results: Sequence[dict[str, Result]]) -> str:
    """Lines for people: each figure with its 95 % interval over the seeds."""
    heads = ["policy", "mean", "p95", "p99", "≤1 d", "≤3 d", "≤7 d", "stalest", "calls", "beyond promise"]
    lines = ["".join(f"{head:>16}" for head in heads)]
    for name in results[0]:
        cells = [f"{name:>16}"]
        for column in COLUMNS:
            values = [float(one[name].figures()[column]) for one in results]
            digits = 3 if column == "mean" else 1
            if column.startswith("within"):
                values, digits = [100 * value for value in values], 1
            spread = f" ±{interval(values):.{digits}f}" if len(values) > 1 and column != "calls" else ""
            cells.append(f"{np.mean(values):.{digits if column != 'calls' else 0}f}{spread}".rjust(16))
        beyond = [one[name].beyond_promise for one in results]
        cells.append(f"{max(beyond) if name == 'ours' else '-'}".rjust(16))
        lines.append("".join(cells))
    return "\n".join(lines)


def as_json(trial: Trial, results: Sequence[dict[str, Result]]) -> dict[str, Any]:
    """The object that machines read: every figure the mean over the seeds."""
    policies = {
        name: {
            column: round(float(np.mean([one[name].figures()[column] for one in results])), 4)
            for column in COLUMNS
        }
        for name in results[0]
    }
    return {"cases": trial.cases, "budget": trial.budget, "policies": policies}
