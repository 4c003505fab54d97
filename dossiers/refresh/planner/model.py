"""What the planner is told and what it answers: plain values, no clock, no database, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

Watch = Literal["hot", "normal", "resting"]
Kind = Literal["notice", "decision", "other"]
"""What an act is, as far as the APIs differ in showing it: a notice of reasons for refusal, a decision of the
examiner (grant, refusal, dismissal of an amendment), or anything else in a history."""
PromiseClass = Literal["hot", "due", "live", "new", "finished"]
Document = tuple[str, date | None]
"""(intermediate document code, its date if it has one)."""

LAWS = ("patent", "design", "trademark")
KINDS: tuple[Kind, ...] = ("notice", "decision", "other")
EVERYTHING: frozenset[Kind] = frozenset(KINDS)


@dataclass(frozen=True, slots=True)
class CaseView:
    """What is known about one case on the morning of a day. Only `key` and `law` are needed.

    `last_asked`: the last office day on which the office answered with the whole history (status, simplified
    status, document list); None if it never did. A call without an answer does not count, and its outcome is
    in `last_outcome` (the values of `apiclient.outcomes.Outcome`). `partly_asked`: for kinds of acts that a
    narrower API was asked for since, the day of its answer. `running_limit`: the earliest limit still open.
    `expected_on`: the day on which a person expects the next act, from an examiner's outlook for instance.
    `tried_on`: the last office day on which it was asked at all, answered or not. `in_vain_since`: the first
    day of those on which no question brought an answer that can be used. `ordered`: its question of
    today is put already, so that it counts for the promise and is not chosen again.
    """

    key: int
    law: str
    filed_on: date | None = None
    requested_on: date | None = None
    registered_on: date | None = None
    expire_on: date | None = None
    documents: tuple[Document, ...] = ()
    last_asked: date | None = None
    last_outcome: str = ""
    added_on: date | None = None
    residency: str = ""
    watch: Watch = "normal"
    running_limit: date | None = None
    expected_on: date | None = None
    accelerated: bool = False
    partly_asked: tuple[tuple[Kind, date], ...] = ()
    tried_on: date | None = None
    in_vain_since: date | None = None
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Detector:
    """One call shows: acts of the kinds `sees`, of cases under `laws` in `states` (None: any).

    One that sees everything confirms a case as a whole; a narrower one does not count for the promise.
    """

    sees: frozenset[Kind]
    laws: frozenset[str]
    states: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        """Whether its answer confirms the whole case, in whatever state it is."""
        return self.sees == EVERYTHING


@dataclass(frozen=True, slots=True)
class Budget:
    """`calls`: how many the plan may use of `bucket` ("patent/app_progress") now.

    `daily`: how many it has on a whole day, for the promise; `calls` if None.
    """

    bucket: str
    calls: int
    detector: Detector
    daily: int | None = None

    @property
    def a_day(self) -> int:
        """Calls of a whole day, never negative."""
        return max(0, self.calls if self.daily is None else self.daily)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a firm may set. Days are calendar days; shares are of the calls that confirm whole cases.

    `live_days`, `due_days` and `finished_days` are the promises wished for: cases that can still change,
    those with something due, and those that are done. A promise is stretched until the calls it needs fit
    into `guarantee_share` (live and due) or `finished_share`. Where the calls do more, the promise for live
    and due cases is shortened in the same way, to no less than `shortest` times what was wished for.
    """

    live_days: int = 60
    due_days: int = 45
    finished_days: int = 180
    guarantee_share: float = 0.3
    finished_share: float = 0.05
    hot_share: float = 0.5
    new_share: float = 0.5
    finished_at_most_every: int = 30
    shortest: float = 1.0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a case is asked: a code and the figures of its sentence (whole numbers, ISO dates; JSON-ready)."""

    code: str
    values: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Choice:
    """Ask `case` (its key) through `bucket`. `score`: expected delay waiting there, in days times chance."""

    case: int
    bucket: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """The choices, best first, and what can be promised.

    `promise`: days per class after which at the latest a case is asked again, over all laws; `promises` the
    same per law and class. `left_out`: live cases that may have news and are not among the choices.
    `sweep_days`: days that one round of all live cases takes (0.0 without any, infinite without calls).
    `classes`: the class of every case, by key. `longest`: per law and class, for how many days the case
    longest unasked has waited on this morning, without those that are asked in vain.
    """

    choices: list[Choice]
    promise: Mapping[PromiseClass, int]
    promises: Mapping[tuple[str, PromiseClass], int]
    left_out: int
    sweep_days: float
    classes: Mapping[int, PromiseClass] = field(default_factory=dict)
    longest: Mapping[tuple[str, PromiseClass], int] = field(default_factory=dict)
