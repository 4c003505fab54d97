"""The chance of an act of the office on a day, by law, state and months in that state.

All chances are per day on which something new can become visible (the day after an office day), for a case
in which no act has been seen since it came into the state. Steps of the applicant may have happened unseen:
a notice long open has probably been answered, so its chance rises without anything having been shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import erf, isfinite, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import KINDS, LAWS, CaseView
from .states import STATES, start, steps

MONTHS = 60
UNKNOWN_MONTH = MONTHS  # the column for a case of which nobody knows since when it is in its state
DAYS_A_MONTH = 365.25 / 12
NEWS_DAYS_A_MONTH = 245 / 12  # about 245 office days a year
LEAST, MOST = 1e-6, 1.0
PRIOR_EVENTS = 5.0

NEXT_ACT = {
    "requested",
    "accelerated",
    "notice",
    "notice_overseas",
    "answered",
    "refused",
    "appeal",
    "board",
}
_ACTS = {"notice": 0, "refuse": 1, "allow": 1}

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Wait:
    """Months until an act: `mean` and coefficient of `variation`; `share`: how often it comes at all."""

    mean: float
    variation: float
    share: float = 1.0


@dataclass(frozen=True)
class Hazards:
    """`rates[law, state, month]`, the last column for an unknown month; shares `kinds[law, state, kind]`."""

    rates: Table
    kinds: Table

    @classmethod
    def published(cls) -> Hazards:
        """From the office's published pendencies and outcomes; what none says is set wide."""
        rates = np.empty((len(LAWS), len(STATES), MONTHS + 1))
        kinds = np.zeros((len(LAWS), len(STATES), len(KINDS)))
        for law_at, law in enumerate(LAWS):
            for state_at, state in enumerate(STATES):
                rates[law_at, state_at] = _curve(_published(law, state))
                kinds[law_at, state_at] = _published_kinds(law, state)
        return cls(rates, kinds)

    @classmethod
    def learned(
        cls, history: Iterable[CaseView], prior_events: float = PRIOR_EVENTS, *, prior: Hazards | None = None
    ) -> Hazards:
        """`prior` (published if None), moved by what `history` shows until each case was last asked.

        Each cell is a gamma-Poisson estimate in which the prior weighs as much as `prior_events` acts, less
        in months in which an act is thought unlikely: else no docket could ever show the contrary.
        """
        before = prior or cls.published()
        seen = _Observed()
        for case in history:
            seen.take(case)
        weight = max(prior_events, 1e-3)
        rates = before.rates.copy()
        cells, mean = rates[:, :, :MONTHS], rates[:, :, UNKNOWN_MONTH:]
        prior_days = weight / np.maximum(np.maximum(cells, mean / 4), LEAST)
        seen_acts, exposure = seen.acts, seen.days * (NEWS_DAYS_A_MONTH / DAYS_A_MONTH)
        rates[:, :, :MONTHS] = (cells * prior_days + seen_acts) / (prior_days + exposure)
        acts, days = seen_acts.sum(axis=2), exposure.sum(axis=2)
        prior_days = weight / np.maximum(before.rates[:, :, UNKNOWN_MONTH], LEAST)
        rates[:, :, UNKNOWN_MONTH] = (weight + acts) / (prior_days + days)
        kinds = before.kinds * weight + seen.kinds
        return cls(np.clip(rates, LEAST, MOST), kinds / kinds.sum(axis=2, keepdims=True))

    def usual(self, law: str, state: str) -> tuple[int, int] | None:
        """The months in the state between which half of the acts come, a quarter before and a quarter after.

        None if acts are too rare in this state for that to say anything.
        """
        curve = self.rates[LAWS.index(law), STATES.index(state), :MONTHS] * NEWS_DAYS_A_MONTH
        still = np.concatenate([[1.0], np.exp(-np.cumsum(curve))])
        acted = 1 - still
        if acted[-1] < 0.2:
            return None
        first, last = (int(np.searchsorted(acted, acted[-1] * part)) for part in (0.25, 0.75))
        return max(0, first - 1), max(first, last)

    def times(self, factor: float) -> Hazards:
        """The same with every chance `factor` times as high."""
        return Hazards(np.clip(self.rates * factor, LEAST, MOST), self.kinds)

    def to_json(self) -> str:
        """One object: law → state → {"months": [...], "unknown": rate, "kinds": [...]}."""
        return json.dumps(
            {
                law: {
                    state: {
                        "months": [float(f"{rate:.4g}") for rate in self.rates[law_at, state_at, :MONTHS]],
                        "unknown": float(f"{self.rates[law_at, state_at, UNKNOWN_MONTH]:.4g}"),
                        "kinds": [round(float(share), 4) for share in self.kinds[law_at, state_at]],
                    }
                    for state_at, state in enumerate(STATES)
                }
                for law_at, law in enumerate(LAWS)
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Hazards:
        """What `to_json` wrote. A cell that is missing or no chance keeps the published one; ValueError if it
        is no JSON object at all."""
        stored = json.loads(text)
        if not isinstance(stored, dict):
            raise ValueError("hazards are one JSON object")
        hazards = cls.published()
        for law_at, law in enumerate(LAWS):
            for state_at, state in enumerate(STATES):
                cell = _mapping(_mapping(stored.get(law)).get(state))
                _store(hazards.rates[law_at, state_at, :MONTHS], cell.get("months"))
                _store(hazards.rates[law_at, state_at, MONTHS:], [cell.get("unknown")])
                _store(hazards.kinds[law_at, state_at], cell.get("kinds"))
        return hazards


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _store(target: Table, values: Any) -> None:
    """Overwrite `target` where `values` holds as many sound chances."""
    if not isinstance(values, list) or len(values) != len(target):
        return
    for at, value in enumerate(values):
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and isfinite(value)
            and 0 <= value <= 1
        ):
            target[at] = value


# --- what is published ------------------------------------------------------------------------------------


def _published(law: str, state: str) -> tuple[Wait, ...] | float:
    """Waits that compete for a case in this state, or one rate per day where acts are rare.

    First actions: the office's annual reports. A notice is answered near the end of its period (two months,
    three abroad) and the answer waits as long as any. A third of the refusals is appealed; the pre-appeal
    examiner takes about three months more and the board a year.
    """
    first = {"patent": Wait(9.4, 0.3), "design": Wait(6.0, 0.3), "trademark": Wait(6.1, 0.3)}
    fast = {"patent": Wait(2.3, 0.5), "design": Wait(2.1, 0.5), "trademark": Wait(1.7, 0.5)}
    rates: dict[str, tuple[Wait, ...] | float] = {
        "unknown": 0.004,
        "unrequested": 0.00001,
        "requested": (first[law],),
        "accelerated": (fast[law],),
        "notice": (Wait(5.2, 0.4),),
        "notice_overseas": (Wait(6.2, 0.4),),
        "answered": (Wait(3.1, 0.55),),
        "allowed": 0.0003,
        "refused": (Wait(6.3, 0.35, share=0.3 if law == "patent" else 0.1),),
        "appeal": (Wait(3.3, 0.4, share=0.6), Wait(15.0, 0.4, share=0.4)),
        "board": (Wait(12.0, 0.4),),
        "registered": 0.00002,
        "closed": 0.000005,
    }
    return rates[state]


def _published_kinds(law: str, state: str) -> tuple[float, float, float]:
    """Shares of notice, decision and other among the next acts."""
    if state in ("requested", "accelerated", "unrequested"):
        notice = {"patent": 0.86, "design": 0.22, "trademark": 0.28}[law]
        return notice, 1 - notice, 0.0
    if state in ("answered", "notice", "notice_overseas"):
        return 0.24, 0.76, 0.0
    if state in ("appeal", "board", "refused"):
        return 0.05, 0.6, 0.35
    if state == "unknown":
        return 0.4, 0.5, 0.1
    return 0.05, 0.05, 0.9


def _curve(wait: tuple[Wait, ...] | float) -> Table:
    """Chances per day by month: f/S of the waits; flat once nearly every act has come."""
    if isinstance(wait, float):
        return np.full(MONTHS + 1, wait)
    cumulative = [sum(one.share * _lognormal(month, one) for one in wait) for month in range(MONTHS + 1)]
    curve = np.empty(MONTHS + 1)
    for month in range(MONTHS):
        still = 1 - cumulative[month]
        if still > 0.02:
            curve[month] = -log(max(1e-9, 1 - (cumulative[month + 1] - cumulative[month]) / still))
        else:
            curve[month] = curve[month - 1]
    curve /= NEWS_DAYS_A_MONTH
    mean = sum(one.share * one.mean for one in wait) / sum(one.share for one in wait)
    curve[UNKNOWN_MONTH] = 1 / (mean * NEWS_DAYS_A_MONTH)
    return np.clip(curve, 1e-5, MOST)


def _lognormal(month: float, wait: Wait) -> float:
    """The share of waits that have ended after `month` months."""
    if month <= 0:
        return 0.0
    spread = sqrt(log(1 + wait.variation**2))
    middle = log(wait.mean) - spread**2 / 2
    return 0.5 * (1 + erf((log(month) - middle) / (spread * sqrt(2))))


# --- what the docket shows --------------------------------------------------------------------------------


class _Observed:
    """Acts and days at risk per cell, as the documents of cases date them.

    Whole months are noted by the last of them alone and added up at the end; lists are counted in, for an
    array takes ten times as long for one number.
    """

    def __init__(self) -> None:
        cells = range(len(LAWS) * len(STATES))
        self._acts = [[0] * MONTHS for _ in cells]
        self._whole = [[0] * (MONTHS + 1) for _ in cells]  # stays of so many whole months
        self._rest = [[0.0] * MONTHS for _ in cells]  # the days beyond them
        self._kinds = [[0] * len(KINDS) for _ in cells]

    @property
    def acts(self) -> Table:
        return self._table(self._acts)

    @property
    def kinds(self) -> Table:
        return self._table(self._kinds)

    @property
    def days(self) -> Table:
        longer = np.cumsum(self._table(self._whole)[:, :, ::-1], axis=2)[:, :, ::-1]
        return longer[:, :, 1:] * DAYS_A_MONTH + self._table(self._rest)

    @staticmethod
    def _table(cells: Sequence[Sequence[float]]) -> Table:
        return np.array(cells, np.float64).reshape(len(LAWS), len(STATES), -1)

    def take(self, case: CaseView) -> None:
        """Every stay of the case in a state that can end with an act of the office."""
        if case.law not in LAWS or case.last_asked is None:
            return
        law, until = LAWS.index(case.law), case.last_asked
        walk = start(case, until)
        waiting: dict[str, date] = {}
        if walk.name in NEXT_ACT and walk.since is not None:
            waiting[walk.name] = walk.since
        for day, _, step, _ in steps(case, until):
            walk.take(step, day)
            act = _ACTS.get(step)
            if act is not None or step in ("register", "close"):
                self._end(law, waiting, day, act)
                waiting = {}
            elif step == "accelerate":
                waiting.pop("requested", None)
            if walk.since == day and walk.name in NEXT_ACT:
                # What the applicant does leaves the earlier wait running: seen from there it may be unseen.
                waiting[walk.name] = day
        if waiting:
            ended = [day for day in (case.registered_on, case.expire_on) if day is not None]
            self._end(law, waiting, min([until, *ended]), None)

    def _end(self, law: int, waiting: Mapping[str, date], day: date, act: int | None) -> None:
        for name, since in waiting.items():
            length = (day - since).days
            if length < 0:
                continue
            cell = law * len(STATES) + STATES.index(name)
            full = min(MONTHS, int(length / DAYS_A_MONTH))
            self._whole[cell][full] += 1
            if full < MONTHS:
                self._rest[cell][full] += length - full * DAYS_A_MONTH
                if act is not None:
                    self._acts[cell][full] += 1
            if act is not None:
                self._kinds[cell][act] += 1
