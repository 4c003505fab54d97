"""Which cases of a docket to ask today, and through which bucket.

A case is worth h x age²: the chance per day of an act not seen yet, times the square of the days since it was
last asked on which something new can have appeared. That is in proportion to the delay expected to be waiting
there. Beneath it lies a floor that rises with ((days since asked) / promise)⁴ and reaches the score of the
last case chosen before the promise falls due, so that a wrong chance can delay a case but never starve it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from .docket import FINISHED_STATES, HOT, NEVER, RESTING, Docket, Ints, News, laws_of
from .firstlook import FIRST_LOOK_DAYS, running_chance
from .hazards import DAYS_A_MONTH, MONTHS, NEXT_ACT, UNKNOWN_MONTH, Hazards
from .model import KINDS, LAWS, Budget, Policy, PromiseClass
from .states import STATES

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CLASSES: tuple[PromiseClass, ...] = ("live", "due", "new", "finished", "hot")
LIVE, DUE, NEW, DONE, WATCHED = range(len(CLASSES))
_DUE_STATES = np.isin(np.array(STATES), ["notice", "notice_overseas", "answered", "allowed"])
# States in which the examiner or the board is at work, so that a notice or a decision is what comes next.
_ACTS_COME = np.isin(np.array(STATES), [*NEXT_ACT, "unknown"])
# Months in a state after which the applicant's step can no longer come: three years for the request for
# examination, three months (four abroad, and extensions) for the appeal, one (and extensions) for the fee.
# A case asked later than that, and still there, is finished: deemed withdrawn, finally refused, fee not paid.
_LAST_STEP = {"unrequested": 42, "refused": 9, "allowed": 9}
_LAST_STEP_DAYS = np.array([_LAST_STEP.get(state, 100_000) * DAYS_A_MONTH for state in STATES])
# Something is due around a limit, not years before it; a registered case, too, moves then by what is paid.
DUE_BEFORE_LIMIT = 60  # days
LIMIT_STAYS_DUE = 30  # days after a limit during which its answer may still be on its way
EXPECTED_WITHIN = 45  # days around an act that a person expects
EXPECTED_CHANCE = 1 / 40
# The floor meets the cut-off at 70 to 100 % of the promise, spread by case, so that cases asked together once
# are not due together for ever.
_SPREAD_FROM, _SPREAD = 0.7, 0.3
_MEAN_SPREAD = _SPREAD_FROM + _SPREAD / 2
# What comes before any score: the promise, then what people watch, then what nobody has asked about yet.
_AT_ONCE, _HOT_TIER, _FORCED = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows to ask, best first: `bucket` as an index into the budgets; a higher `tier` goes before a score."""

    row: Ints
    bucket: Ints
    score: Floats
    klass: Ints
    tier: Ints
    promises: dict[tuple[str, PromiseClass], int] = field(default_factory=dict)
    left_out: int = 0
    sweep_days: float = 0.0
    classes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # of every row of the docket
    longest: dict[tuple[str, PromiseClass], int] = field(default_factory=dict)

    @property
    def forced(self) -> Flags:
        """Where the promise fell due."""
        due: Flags = self.tier == _FORCED
        return due


@dataclass(slots=True)
class _Pool:
    """The rows of laws that share buckets, and the buckets; rows and buckets as indices of the whole."""

    laws: frozenset[str]
    rows: Ints
    budgets: list[int]


@dataclass(slots=True)
class _Worth:
    """What each row of a pool is worth today."""

    index: Floats  # all kinds
    by_kind: Floats  # one column per kind
    news: Ints  # days with news since the case as a whole was asked
    waited: Ints  # calendar days since then, or since it was added
    klass: Ints


def choose(docket: Docket, budgets: Sequence[Budget], news: News, hazards: Hazards, policy: Policy) -> Chosen:
    """The cases to ask, each at most once, never more than a bucket has calls."""
    pools = list(_pools(docket, budgets))
    parts = [_choose_pool(docket, pool, budgets, news, hazards, policy) for pool in pools]
    classes = np.zeros(len(docket), np.int64)
    for pool, part in zip(pools, parts, strict=True):
        classes[pool.rows] = part.classes
    return _merged(parts, docket, classes)


def widest(promises: dict[tuple[str, PromiseClass], int]) -> dict[PromiseClass, int]:
    """The longest promise of each class over all laws."""
    longest: dict[PromiseClass, int] = {}
    for (_, klass), days in promises.items():
        longest[klass] = max(days, longest.get(klass, 0))
    return longest


def _merged(parts: Sequence[Chosen], docket: Docket, classes: Ints) -> Chosen:
    row = np.concatenate([np.zeros(0, np.int64), *(part.row for part in parts)])
    score = np.concatenate([np.zeros(0), *(part.score for part in parts)])
    tier = np.concatenate([np.zeros(0, np.int64), *(part.tier for part in parts)])
    order = np.lexsort((docket.key[row], -score, -tier))
    return Chosen(
        row=row[order],
        bucket=np.concatenate([np.zeros(0, np.int64), *(part.bucket for part in parts)])[order],
        score=score[order],
        klass=np.concatenate([np.zeros(0, np.int64), *(part.klass for part in parts)])[order],
        tier=tier[order],
        promises={key: days for part in parts for key, days in part.promises.items()},
        left_out=sum(part.left_out for part in parts),
        sweep_days=max((part.sweep_days for part in parts), default=0.0),
        classes=classes,
        longest={key: days for part in parts for key, days in part.longest.items()},
    )


def _pools(docket: Docket, budgets: Sequence[Budget]) -> Iterable[_Pool]:
    """Laws joined by buckets that serve several of them; a law without a bucket is a pool without one."""
    groups = [frozenset([law]) for law in LAWS]
    for budget in budgets:
        touched = [group for group in groups if group & budget.detector.laws]
        if touched:
            groups = [group for group in groups if group not in touched] + [frozenset().union(*touched)]
    for group in groups:
        rows = np.flatnonzero(np.isin(docket.law, laws_of(group)))
        if len(rows):
            served = [at for at, budget in enumerate(budgets) if budget.detector.laws & group]
            yield _Pool(group, rows, served)


def _choose_pool(
    docket: Docket, pool: _Pool, budgets: Sequence[Budget], news: News, hazards: Hazards, policy: Policy
) -> Chosen:
    part = docket if len(pool.rows) == len(docket) else docket.part(pool.rows)
    whole = [at for at in pool.budgets if budgets[at].detector.whole]
    a_day = sum(budgets[at].a_day for at in whole)
    registers = sum(budgets[at].a_day for at in pool.budgets if _for_finished(budgets[at]))
    worth = _worth(part, news, hazards)
    promise = promised(np.bincount(worth.klass, minlength=len(CLASSES)), a_day, registers, policy)
    calls = {at: max(0, budgets[at].calls) for at in pool.budgets}
    score, tier, able = _scores(part, worth, promise, sum(calls[at] for at in whole), policy, news.today)

    free = np.ones(len(part), np.bool_)
    picked: list[tuple[Ints, Ints, Floats]] = []

    def take(rows: Ints, bucket: Ints, points: Floats) -> None:
        free[rows] = False
        picked.append((rows, bucket, points))

    for at in pool.budgets:
        if _for_finished(budgets[at]):
            take(*_narrow(part, at, budgets[at], calls[at], free & (worth.klass == DONE) & able, score))
    order = np.flatnonzero(able & free)
    order = order[np.lexsort((part.key[order], -score[order], -tier[order]))]
    take(*_place(part, order, whole, budgets, calls, score))
    for at in sorted(pool.budgets, key=lambda at: -len(budgets[at].detector.sees)):
        detector = budgets[at].detector
        if not detector.whole and not _for_finished(budgets[at]):
            sees = [KINDS.index(kind) for kind in KINDS if kind in detector.sees]
            points = worth.by_kind[:, sees].sum(axis=1)
            candidates = free & (points > 0) & (worth.klass != DONE) & (part.asked != NEVER)
            candidates &= _ACTS_COME[part.state]
            take(*_narrow(part, at, budgets[at], calls[at], candidates, points))

    rows = np.concatenate([rows for rows, _, _ in picked])
    bucket = np.concatenate([bucket for _, bucket, _ in picked])
    live = worth.klass != DONE
    return Chosen(
        row=pool.rows[rows],
        bucket=bucket,
        score=np.concatenate([points for _, _, points in picked]),
        klass=worth.klass[rows],
        tier=np.where(np.isin(bucket, whole), tier[rows], 0),
        promises={
            (law, CLASSES[at]): days for law in sorted(pool.laws) for at, days in promise.items() if days > 0
        },
        left_out=int((live & able & free).sum()),
        sweep_days=float(live.sum() / a_day) if a_day else (float("inf") if live.any() else 0.0),
        classes=worth.klass,
        longest=_longest(part, worth),
    )


def _longest(docket: Docket, worth: _Worth) -> dict[tuple[str, PromiseClass], int]:
    found: dict[tuple[str, PromiseClass], int] = {}
    for law in np.unique(docket.law):
        for at, klass in enumerate(CLASSES):
            rows = (docket.law == law) & (worth.klass == at) & (docket.again == NEVER)
            if rows.any():
                found[LAWS[law], klass] = int(worth.waited[rows].max())
    return found


def _for_finished(budget: Budget) -> bool:
    """Whether a bucket serves finished cases alone, as the register does."""
    states = budget.detector.states
    return states is not None and all(
        FINISHED_STATES[STATES.index(name)] for name in states if name in STATES
    )


# --- what a case is worth ---------------------------------------------------------------------------------


def months_in_state(docket: Docket, today: int) -> Ints:
    """Whole months since the case came into its state, for the table of chances."""
    months = np.clip((today - docket.since) / DAYS_A_MONTH, 0, MONTHS - 1).astype(np.int64)
    return np.where(docket.since == NEVER, UNKNOWN_MONTH, months)


def _worth(docket: Docket, news: News, hazards: Hazards) -> _Worth:
    today = news.today
    months = months_in_state(docket, today)
    chance = hazards.rates[docket.law, docket.state, months]
    told = (docket.expected != NEVER) & (np.abs(docket.expected - today) <= EXPECTED_WITHIN)
    chance = np.where(told, np.maximum(chance, EXPECTED_CHANCE), chance)
    ages = news.since(docket.seen)
    by_kind = chance[:, None] * hazards.kinds[docket.law, docket.state] * ages.astype(np.float64) ** 2
    last = np.where(docket.asked == NEVER, docket.added, docket.asked)
    klass = _classes(docket, today)
    # A finished case is confirmed by its register as well.
    last = np.where(klass == DONE, np.maximum(last, docket.seen[:, KINDS.index("other")]), last)
    last = np.maximum(last, docket.tried)
    waited = np.where(last == NEVER, 0, today - last)
    return _Worth(by_kind.sum(axis=1), by_kind, news.since(docket.asked), waited, klass)


def finished(docket: Docket) -> Flags:
    """Cases that cannot move any more: registered, closed, or asked after the last day for the next step."""
    stayed = np.where(docket.since == NEVER, 0, docket.asked - docket.since)
    return FINISHED_STATES[docket.state] | (stayed > _LAST_STEP_DAYS[docket.state])


def _classes(docket: Docket, today: int) -> Ints:
    klass = np.full(len(docket), LIVE)
    limit = (docket.limit >= today - LIMIT_STAYS_DUE) & (docket.limit <= today + DUE_BEFORE_LIMIT)
    klass[_DUE_STATES[docket.state] | limit] = DUE
    klass[finished(docket) & ~limit] = DONE
    klass[docket.asked == NEVER] = NEW
    klass[docket.watch == RESTING] = DONE
    klass[docket.watch == HOT] = WATCHED
    return klass


def promised(count: Ints, a_day: int, registers: int, policy: Policy) -> dict[int, int]:
    """Days per class within which every case is asked again; classes without calls for them are left out.

    `count`: cases per class, in the order of CLASSES. `a_day`: calls a day that confirm whole cases;
    `registers`: those that confirm finished ones alone.
    """
    if a_day <= 0:
        return {DONE: max(policy.finished_days, ceil(count[DONE] / registers))} if registers else {}
    needed = (count[LIVE] / max(1, policy.live_days) + count[DUE] / max(1, policy.due_days)) / _MEAN_SPREAD
    stretch = max(policy.shortest, needed / (policy.guarantee_share * a_day))
    finished = policy.finished_share * a_day + registers
    hot = min(policy.hot_share, count[WATCHED] / a_day)
    new = max(0.05, min(policy.new_share, 1 - policy.guarantee_share - hot))
    return {
        LIVE: max(1, ceil(policy.live_days * stretch)),
        DUE: max(1, ceil(policy.due_days * stretch)),
        # A case asked for the first time leaves the class, so the docket's size and not the class's counts.
        NEW: max(2, ceil(count.sum() / (new * a_day))),
        DONE: max(policy.finished_days, ceil(count[DONE] / (_MEAN_SPREAD * max(finished, 1e-3)))),
        WATCHED: max(1, ceil(count[WATCHED] / max(1.0, policy.hot_share * a_day))),
    }


def _scores(
    docket: Docket, worth: _Worth, promise: dict[int, int], calls: int, policy: Policy, today: int
) -> tuple[Floats, Ints, Flags]:
    """(score, tier, whether there is any sense in asking) per row; a higher tier comes first."""
    score = worth.index.copy()
    new = docket.asked == NEVER
    score[new] = FIRST_LOOK_DAYS * running_chance(docket.law[new], docket.filed[new], today)
    done = worth.klass == DONE
    in_vain = docket.tried != NEVER
    # Asked as far as the promise for finished cases goes, whatever their age.
    score[done & (~new | in_vain)] = 0.0
    free = (docket.ordered == 0) & (docket.again <= today)
    able = new | (worth.news > 0)
    able[done] &= new[done] | (worth.waited[done] >= policy.finished_at_most_every)
    able |= (worth.klass == WATCHED) & (worth.waited >= 1)
    able &= free
    cut = _cut_off(score[able & ~done], calls)
    tier = np.zeros(len(score), np.int64)
    for at, days in promise.items():
        of = worth.klass == at
        spread = _SPREAD_FROM + _SPREAD * _unit(docket.key[of])
        floor = cut * (worth.waited[of] / (days * spread)) ** 4
        score[of] = np.maximum(score[of], floor)
        if at in (LIVE, DUE, WATCHED):
            due = days if at == WATCHED else max(1, days - 1)
            tier[of] = np.where(worth.waited[of] >= due, _FORCED, 0)
    late = done & free & ~in_vain & (worth.waited >= max(1, promise.get(DONE, 0) - 1)) & (DONE in promise)
    _lift(tier, _FORCED, late, worth.waited, ceil(policy.finished_share * calls))
    able |= (tier == _FORCED) & free  # even if nothing new can have appeared: what is promised is done
    watched = able & (worth.klass == WATCHED) & (tier == 0)
    _lift(tier, _HOT_TIER, watched, worth.waited, ceil(policy.hot_share * calls))
    _lift(tier, _AT_ONCE, able & new & (tier == 0) & ~done, score, ceil(policy.new_share * calls))
    return score, tier, able


def _cut_off(score: Floats, calls: int) -> float:
    """The score of the last case that `calls` reach; never 0, so that the floor rises above it."""
    if not len(score) or calls <= 0:
        return 1e-9
    if len(score) <= calls:
        return max(1e-9, float(score.min()))
    return max(1e-9, float(np.partition(score, len(score) - calls)[len(score) - calls]))


def _lift(tier: Ints, to: int, rows: Flags, first: Ints | Floats, at_most: int) -> None:
    """Put up to `at_most` of `rows` into a tier, those with the highest `first` before the others."""
    at = np.flatnonzero(rows)
    tier[at[np.argsort(-first[at], kind="stable")[:at_most]]] = to


def _unit(keys: Ints) -> Floats:
    """A number in [0, 1) that stays with a key and has nothing to do with its neighbours'."""
    mixed = (keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return mixed.astype(np.float64) / 2.0**24


# --- which bucket -----------------------------------------------------------------------------------------


def _narrow(
    docket: Docket, at: int, budget: Budget, calls: int, candidates: Flags, points: Floats
) -> tuple[Ints, Ints, Floats]:
    """The best candidates that one bucket may be asked about, as many as it has calls."""
    rows = np.flatnonzero(candidates & _allowed(docket, budget))
    rows = rows[np.lexsort((docket.key[rows], -points[rows]))][:calls]
    return rows, np.full(len(rows), at), points[rows]


def _allowed(docket: Docket, budget: Budget) -> Flags:
    allowed = np.isin(docket.law, laws_of(budget.detector.laws))
    if budget.detector.states is not None:
        named = [at for at, state in enumerate(STATES) if state in budget.detector.states]
        allowed &= np.isin(docket.state, named)
    return allowed


def _place(
    docket: Docket,
    order: Ints,
    buckets: Sequence[int],
    budgets: Sequence[Budget],
    calls: dict[int, int],
    score: Floats,
) -> tuple[Ints, Ints, Floats]:
    """Walk down `order` and give each case to the bucket with the most calls left that may serve it."""
    left = {at: calls[at] for at in buckets if calls[at]}
    serves = {at: _allowed(docket, budgets[at]) for at in left}
    rows, given = [], []
    for row in order:
        able = [at for at in left if serves[at][row]]
        if not able:
            continue
        at = max(able, key=lambda one: left[one])
        rows.append(row)
        given.append(at)
        left[at] -= 1
        if not left[at]:
            del left[at]
            if not left:
                break
    placed = np.array(rows, np.int64)
    return placed, np.array(given, np.int64), score[placed]
