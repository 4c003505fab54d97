"""By when each case is confirmed again, and how far that promise is kept. Only reads.

What is promised is what the day's plan promises, by law and by the class that the plan counted each case in
(`Case.plan_class`): the class needs the whole history of a case, so it is stored with each plan instead of
being guessed anew by every page. A case asked without an answer is not confirmed, whatever was known before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Count, Q, QuerySet, Value, When

from apiclient.clock import JST, office_day
from apiclient.outcomes import Outcome
from dossiers.models import Case, DayPlan, Law

from .case_views import POLICY, budgets
from .planner import PromiseClass, promises

CLASSES: tuple[PromiseClass, ...] = ("hot", "due", "live", "new", "finished")
"""As the planner counts cases: watched daily; something is due; live; never answered about; done."""

STANDINGS = ("today", "promised", "late", "not_answered", "not_found", "not_read", "never")
"""Where a case stands on an office day, each in one: confirmed today; confirmed within the promise; later
than promised; the last question was not answered; the office knows no such case; its answer could not be
read or the question was given up; never asked."""
KEPT = ("today", "promised")

_NOT_READ = (Outcome.UNREADABLE, "gave_up")


@dataclass(frozen=True)
class Promise:
    """`days` by law and class: a case confirmed on an office day is confirmed again within so many.

    None: there are no calls for these cases, so no day can be promised.
    """

    days: Mapping[tuple[str, PromiseClass], int | None]

    def again_by(self, case: Case) -> date | None:
        """The office's day by whose end the case is confirmed again; counted from its addition until it was
        once. A day in the past is one that was not kept."""
        days = self.days[case.law, class_of(case)]
        return None if days is None else office_day(case.confirmed_at or case.added_at) + timedelta(days)

    def broken(self, today: date) -> Q:
        """Cases whose day has passed; where none can be promised, all that are not confirmed today."""
        late = Q(pk__in=())
        for (law, klass), days in self.days.items():
            since = _start_of(today - timedelta(days or 0))
            long_ago = Q(confirmed_at__lt=since) | Q(confirmed_at=None, added_at__lt=since)
            late |= Q(law=law) & _IN_CLASS[klass] & long_ago
        return late


def promise(now: datetime) -> Promise:
    """What the newest plan promises; one query. Before there is one, what it would; four."""
    newest = DayPlan.objects.exclude(promises=[]).order_by("-day").first()
    found = _as_planned(newest) if newest else _to_be_planned(now)
    return Promise({(law, klass): found.get((law, klass)) for law in Law.values for klass in CLASSES})


def _as_planned(plan: DayPlan) -> dict[tuple[str, PromiseClass], int]:
    return {(row["law"], row["class"]): row["days"] for row in plan.promises}


def _to_be_planned(now: datetime) -> dict[tuple[str, PromiseClass], int]:
    """Of a docket that was never planned: what its plan would promise, by what is stored of its cases."""
    given, cases = budgets(now), dict.fromkeys(((law, klass) for law in Law.values for klass in CLASSES), 0)
    in_class = models.Case(
        *(When(of, then=Value(klass)) for klass, of in _IN_CLASS.items()), output_field=models.CharField()
    )
    rows = Case.objects.order_by().annotate(counted_in=in_class).values_list("law", "counted_in")
    for law, klass, n in rows.annotate(Count("law")):
        cases[law, klass] = n
    found: dict[tuple[str, PromiseClass], int] = {}
    for law in Law.values:
        own = [one for one in given if law in one.detector.laws]
        planned = promises({klass: cases[law, klass] for klass in CLASSES}, own, POLICY)
        found.update({(law, klass): days for klass, days in planned.items()})
    return found


def class_of(case: Case) -> PromiseClass:
    """The class that the last plan counted the case in. One that was confirmed since it was new, or confirmed
    and never planned, has the shortest promise until the next plan."""
    if case.plan_class in ("", "new"):
        return "due" if case.confirmed_at else "new"
    return next((klass for klass in CLASSES if klass == case.plan_class), "due")


_NEW = Q(plan_class__in=("", "new"), confirmed_at=None)
_IN_CLASS: Mapping[PromiseClass, Q] = {
    "hot": Q(plan_class="hot"),
    "due": ~Q(plan_class__in=("hot", "live", "finished")) & ~_NEW,
    "live": Q(plan_class="live"),
    "new": _NEW,
    "finished": Q(plan_class="finished"),
}


@dataclass(frozen=True)
class FirstRound:
    """Of cases never asked: how many still wait, how many of those that came with or after them were asked as
    planned last, and the day by which the others will have been (None: there are no calls for them)."""

    waiting: int
    done: int
    until: date | None

    @property
    def of(self) -> int:
        """All cases of the round."""
        return self.waiting + self.done


def first_round(now: datetime) -> FirstRound | None:
    """How far the asking of cases never asked is; None if none waits. Two queries."""
    waiting = Case.objects.filter(asked_at=None, confirmed_at=None).count()
    newest = DayPlan.objects.filter(day__lte=office_day(now)).order_by("-day").first()
    if not waiting or newest is None:
        return None
    planned = newest.first_round
    until = planned.get("until")
    done = planned.get("done", 0) + max(0, planned.get("waiting", 0) - waiting)
    return FirstRound(waiting, done, date.fromisoformat(until) if until else None)


def with_standing(cases: QuerySet[Case], given: Promise, now: datetime) -> QuerySet[Case]:
    """`cases` with `standing`, one of STANDINGS, on the office day of `now`."""
    today = office_day(now)
    since = _start_of(today)
    return cases.annotate(
        standing=models.Case(
            When(last_outcome=Outcome.OK, confirmed_at__gte=since, then=Value("today")),  # most, and no other
            When(asked_at=None, confirmed_at=None, then=Value("never")),
            When(last_outcome=Outcome.EMPTY, then=Value("not_found")),
            When(last_outcome__in=_NOT_READ, then=Value("not_read")),
            When(given.broken(today), then=Value("late")),
            When(~Q(last_outcome=Outcome.OK) | Q(confirmed_at=None), then=Value("not_answered")),
            default=Value("promised"),
            output_field=models.CharField(),
        )
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=JST)
