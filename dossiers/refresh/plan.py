"""The plan of an office day: which cases are asked, by which counter, in which order and why.

`planner` decides; this reads what it needs and writes what it says: orders, their reasons, a row for the day
and each case's class. The plan is made once a day, after the office has put its new data in place, and made
anew when what it rests on has changed: calls that went or were let go, cases added in large numbers.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil, isfinite
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from apiclient.clock import JST, office_day
from dossiers.docketing.store import calendar
from dossiers.models import Case, DayPlan, Law, RefreshJob

from . import planner
from .case_views import POLICY, budgets, calls_left, case_views
from .case_views import STATUS_ENDPOINTS as STATUS_ENDPOINTS
from .jobs import BESIDE, RANK_PLAN, unstarted
from .planner import Budget, CaseView, Hazards, Plan, PromiseClass, detector

REVISED_AT_MOST_EVERY = timedelta(minutes=10)
_FEWEST = 5  # calls gone or let go below which a plan stands
_PART = 20  # of a day's calls, below which it stands too
_ROWS = 500

_Promises = dict[tuple[str, PromiseClass], int]


@dataclass(frozen=True)
class _Kept:
    """An order that a plan of today leaves as it is: it was begun, carried out, or is not the plan's."""

    case: int
    law: str
    bucket: str
    purpose: str
    waits: bool


def plan_day(now: datetime) -> int:
    """Plan the office day of `now` if that is due, or anew if it must be; returns how many orders were made.

    Cheap when there is nothing to do. Several may do it at once: one plan stands.
    """
    today = office_day(now)
    _drop_those_of_days_past(today)
    if now.astimezone(JST).hour < settings.REFRESH_FROM_HOUR:
        return 0
    standing = DayPlan.objects.filter(day=today).first()
    if standing and not _to_be_revised(standing, now):
        return 0
    with _nothing_sought_in_circles():
        return _plan(now, today, standing)


def _drop_those_of_days_past(today: date) -> None:
    """What was not begun on its day is planned anew by what it is worth then; that day tells how many."""
    past = unstarted().filter(planned_for__lt=today)
    for day, n in past.order_by().values_list("planned_for").annotate(Count("pk")):
        with transaction.atomic():
            gone, _ = past.filter(planned_for=day).delete()
            plan = DayPlan.objects.select_for_update().filter(day=day).first()
            if plan:
                plan.basis = {**plan.basis, "not_reached": plan.basis.get("not_reached", 0) + min(gone, n)}
                plan.save(update_fields=["basis"])


# --- whether the plan still stands ------------------------------------------------------------------------


def _to_be_revised(plan: DayPlan, now: datetime) -> bool:
    if abs(now - plan.revised_at) < REVISED_AT_MOST_EVERY:
        return False
    before, enough = plan.basis.get("slack", {}), _material(plan)
    for group, slack in _slack(now).items():
        was = before.get(group, 0)
        fell = slack < 0 and was - slack >= enough[group]
        rose = slack > 0 and slack - was >= enough[group] and plan.left_out > 0
        if fell or rose:
            return True
    unplanned = Case.objects.filter(law__in=Law.values, plan_class="", asked_at=None)
    return unplanned.exclude(refresh_jobs__state=RefreshJob.State.WAITING).exists()


def _material(plan: DayPlan) -> Counter[str]:
    """Per group of counters the change in calls from which a plan is made anew."""
    daily = Counter[str]()
    for row in plan.budgets:
        daily[_group(row["bucket"])] += row["daily"]
    return Counter({group: max(_FEWEST, calls // _PART) for group, calls in daily.items()})


def _slack(now: datetime) -> Counter[str]:
    """What a plan rests on: per law (its counters of whole histories together) or narrow counter, the calls
    left to work in the background beyond those of orders that wait; negative: so many find none."""
    slack = Counter[str]()
    for bucket, calls in calls_left(now).items():
        slack[_group(bucket)] += calls
    for group, waiting in _waiting(_in_the_background()).items():
        slack[group] -= waiting
    return slack


def _in_the_background() -> QuerySet[RefreshJob]:
    """Waiting orders that use the calls a plan counts on: neither people's nor the family's abroad."""
    return RefreshJob.objects.filter(
        state=RefreshJob.State.WAITING, purpose__in=(RefreshJob.Purpose.ADDED, RefreshJob.Purpose.DAILY)
    )


def _waiting(orders: QuerySet[RefreshJob]) -> Counter[str]:
    """How many of `orders` there are for each group of counters."""
    found = Counter[str]()
    rows = orders.order_by().values_list("case__law", "bucket").annotate(Count("pk"))
    for law, bucket, n in rows:
        found[_group(bucket) if bucket else law] += n
    return found


def _group(bucket: str) -> str:
    """Counters that stand in for each other count together: all that confirm a whole case of one law."""
    sees = detector(bucket)
    return bucket.partition("/")[0] if sees and sees.whole else bucket


# --- making it --------------------------------------------------------------------------------------------


@contextmanager
def _nothing_sought_in_circles() -> Iterator[None]:
    """Without the search for values that refer to each other: a plan makes hundreds of thousands of values,
    none of which does, and each of its searches looks through all of them, a fifth of the plan's time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _plan(now: datetime, today: date, standing: DayPlan | None) -> int:
    """Everything slow is done before the transaction, which then only writes."""
    kept = _kept(today)
    views = list(case_views(ordered={one.case for one in kept}))
    given = _left_by(kept, budgets(now))
    closed = calendar()
    planned = planner.plan(
        views,
        given,
        today,
        open_day=lambda day: closed.why_closed(day) is None,
        hazards=Hazards.learned(views),
        policy=POLICY,
    )
    promises = _promises(planned, given, _before(today, standing))
    _write_classes(planned.classes, promises, _waited(views, today))
    row = DayPlan(
        day=today,
        budgets=_budgets_told(given, planned, kept),
        promises=[{"law": law, "class": klass, "days": days} for (law, klass), days in promises.items()],
        left_out=planned.left_out,
        sweep_days=planned.sweep_days if isfinite(planned.sweep_days) else None,
        first_round=_first_round(views, given, today),
    )
    return _write(row, planned, now, standing)


def _kept(today: date) -> list[_Kept]:
    orders = RefreshJob.objects.exclude(BESIDE).exclude(pk__in=unstarted())
    rows = orders.filter(Q(state=RefreshJob.State.WAITING) | Q(planned_for=today)).values_list(
        "case_id", "case__law", "bucket", "purpose", "state"
    )
    return [
        _Kept(case, law, bucket, purpose, state == RefreshJob.State.WAITING)
        for case, law, bucket, purpose, state in rows
    ]


def _left_by(kept: Iterable[_Kept], given: Sequence[Budget]) -> list[Budget]:
    """`given` without the calls of orders that wait already; one bound to no bucket takes of the fullest."""
    calls = {one.bucket: one.calls for one in given}
    for order in kept:
        if order.waits and order.purpose != RefreshJob.Purpose.PERSON:
            of_law = [name for name in calls if _group(name) == order.law]
            bucket = order.bucket or max(of_law, key=lambda name: calls[name])
            calls[bucket] = max(0, calls.get(bucket, 0) - 1)
    return [replace(one, calls=calls[one.bucket]) for one in given]


def _write(row: DayPlan, planned: Plan, now: datetime, standing: DayPlan | None) -> int:
    """Put `row` and its orders in place of `standing`, unless somebody else's plan stands there by now."""
    with transaction.atomic():
        stands, made = DayPlan.objects.get_or_create(
            day=row.day, defaults={"made_at": now, "revised_at": now}
        )
        stands = DayPlan.objects.select_for_update().get(pk=stands.pk)
        if not made and (standing is None or stands.revisions != standing.revisions):
            return 0
        unstarted().delete()
        orders = _write_orders(planned, row.day, now)
        stands.budgets, stands.promises, stands.first_round = row.budgets, row.promises, row.first_round
        stands.left_out, stands.sweep_days = row.left_out, row.sweep_days
        stands.revised_at, stands.revisions = now, stands.revisions + (not made)
        stands.basis = {**stands.basis, "slack": dict(_slack(now))}
        stands.save()
        return orders


def _write_orders(planned: Plan, day: date, now: datetime) -> int:
    """Orders for what was chosen, in that order; a case whose order came meanwhile keeps that one."""
    waiting = set(
        RefreshJob.objects.filter(state=RefreshJob.State.WAITING)
        .exclude(BESIDE)
        .values_list("case_id", flat=True)
    )
    chosen = [one.case for one in planned.choices]
    alive = set(Case.objects.filter(pk__in=chosen).values_list("pk", flat=True))
    orders = [
        RefreshJob(
            case_id=one.case,
            key=f"daily:{day}:{one.case}",
            purpose=RefreshJob.Purpose.DAILY,
            rank=RANK_PLAN + at,
            bucket=one.bucket,
            reason_code=one.reason.code,
            reason_values=dict(one.reason.values),
            planned_for=day,
            created_at=now,
            not_before=now,
        )
        for at, one in enumerate(planned.choices)
        if one.case in alive and one.case not in waiting
    ]
    RefreshJob.objects.bulk_create(orders, ignore_conflicts=True, batch_size=_ROWS)
    return len(orders)


def _write_classes(
    classes: Mapping[int, PromiseClass], promises: _Promises, waited: Mapping[int, int]
) -> None:
    """Keep the class of each case that is in another one now; before the plan, so that none lacks it.

    A case that time alone brought into a class with a shorter promise, as in the last week of its limit, is
    asked today and counted there from tomorrow: nobody is late by having come into another class.
    """
    moved: dict[PromiseClass, list[int]] = {}
    standing = Case.objects.order_by().values_list("pk", "law", "plan_class")  # from an index, in its order
    for pk, law, klass in standing:
        to, was = classes.get(pk), cast(PromiseClass, klass)
        if to is None or to == was:
            continue
        late = promises.get((law, to), 0) < waited.get(pk, 0) <= promises.get((law, was), 0)
        if not late:
            moved.setdefault(to, []).append(pk)
    for to, found in moved.items():
        pks = sorted(found)
        for start in range(0, len(pks), _ROWS):
            Case.objects.filter(pk__in=pks[start : start + _ROWS]).update(plan_class=to)


def _waited(views: Iterable[CaseView], today: date) -> dict[int, int]:
    """Days since each case was confirmed, or added."""
    since = {one.key: one.last_asked or one.added_on for one in views}
    return {key: (today - day).days for key, day in since.items() if day}


# --- what it promises and tells ---------------------------------------------------------------------------


def _before(today: date, standing: DayPlan | None) -> _Promises:
    """What the plan before this one has promised."""
    last = standing or DayPlan.objects.filter(day__lt=today).order_by("-day").first()
    return {(row["law"], row["class"]): row["days"] for row in last.promises} if last else {}


def _promises(planned: Plan, given: Sequence[Budget], before: _Promises) -> _Promises:
    """Days by law and class, of laws without cases as well.

    A promise gets shorter only as far as it is kept already: nobody is late by a sentence that changed.
    """
    found: _Promises = {}
    for law in Law.values:
        own = [one for one in given if law in one.detector.laws]
        for klass, days in planner.promises({}, own, POLICY).items():
            found[law, klass] = planned.promises.get((law, klass), days)
    for key, days in found.items():
        if days < before.get(key, days):
            found[key] = max(days, min(before[key], planned.longest.get(key, 0) + 1))
    return found


def _budgets_told(given: Sequence[Budget], planned: Plan, kept: Iterable[_Kept]) -> list[dict[str, Any]]:
    """Per bucket the calls for this plan, those of a whole day, and the questions planned today so far."""
    now = Counter(one.bucket for one in planned.choices)
    before = Counter(one.bucket for one in kept if not one.waits)
    return [
        {
            "bucket": one.bucket,
            "calls": one.calls,
            "daily": one.a_day,
            "planned": now[one.bucket] + before[one.bucket],
        }
        for one in given
    ]


def _first_round(views: Sequence[CaseView], given: Sequence[Budget], today: date) -> dict[str, Any]:
    """Of cases never asked: how many wait, how many of those that came with or after them were asked, and by
    which day the rest will have been, as half of the calls go to them before all others; None: no calls."""
    new = [one for one in views if one.last_asked is None and one.tried_on is None]
    if not new:
        return {"waiting": 0, "done": 0, "until": None}
    since = min((one.added_on for one in new if one.added_on), default=today)
    asked = sum(1 for one in views if one.tried_on and one.added_on and one.added_on >= since)
    last: date | None = today
    for law, n in Counter(one.law for one in new).items():
        a_day = sum(one.a_day for one in given if one.detector.whole and law in one.detector.laws)
        share = POLICY.new_share * a_day
        last = max(last, today + timedelta(ceil(n / share))) if last and share else None
    return {"waiting": len(new), "done": asked, "until": last.isoformat() if last else None}
