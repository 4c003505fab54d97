"""How well the portal itself serves: each figure with the number behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from dossiers import clock, reach
from dossiers.docketing.store import RUNNING
from dossiers.models import Bounce, Concern, CoverageDay, Delivery, TimeLimit, User
from dossiers.refresh import freshness, usage

PERIODS = (7, 30)  # days


@dataclass(frozen=True)
class Mails:
    """Of the last `days`: mails that the server took and refused, those that came back, and how much of what
    had to be acknowledged was."""

    days: int
    taken: int
    refused: int
    bounced: int
    demanded: int
    acknowledged: int


@dataclass(frozen=True)
class Figures:
    """`median` is the age of what the office last confirmed, of `confirmed` of `cases`; `kept` of `standing`
    cases were confirmed in time on `day`. None where nothing can be said yet."""

    cases: int
    confirmed: int
    median: timedelta | None
    day: CoverageDay | None
    kept: int
    standing: int
    limits: int
    unconfirmed: int
    used: int
    calls: int
    mails: tuple[Mails, ...]

    @property
    def share(self) -> float | None:
        return 100 * self.kept / self.standing if self.standing else None


def figures(user: User) -> Figures:
    """A fixed number of queries, each answered by counting; cases and limits are those the reader may see."""
    now = clock.now()
    cases = reach.cases(user).order_by()
    counted = cases.aggregate(n=Count("pk"), confirmed=Count("confirmed_at"))
    day = CoverageDay.objects.exclude(standings={}).order_by("-day").first()
    standings = day.standings if day else {}
    running = TimeLimit.objects.filter(reach.shown_to(user, "case"), state__in=RUNNING, due__isnull=False)
    limits = running.order_by().aggregate(n=Count("pk"), open=Count("pk", filter=Q(confirmed_by=None)))
    counters = usage.counters()
    return Figures(
        cases=counted["n"],
        confirmed=counted["confirmed"],
        median=_median(cases, counted["confirmed"], now),
        day=day,
        kept=sum(standings.get(name, 0) for name in freshness.KEPT),
        standing=sum(standings.values()),
        limits=limits["n"],
        unconfirmed=limits["open"],
        used=sum(one.used for one in counters),
        calls=sum(one.limit for one in counters),
        mails=tuple(_mails(days, now) for days in PERIODS),
    )


def _median(cases, confirmed: int, now: datetime) -> timedelta | None:
    if not confirmed:
        return None
    by_age = cases.filter(confirmed_at__isnull=False).order_by("-confirmed_at")
    return max(timedelta(), now - by_age.values_list("confirmed_at", flat=True)[(confirmed - 1) // 2])


def _mails(days: int, now: datetime) -> Mails:
    since = now - timedelta(days=days)
    sent = Delivery.objects.filter(at__gte=since).order_by()
    told = sent.aggregate(
        taken=Count("pk", filter=Q(accepted=True)), refused=Count("pk", filter=Q(accepted=False))
    )
    asked = Concern.objects.filter(opened_at__gte=since).order_by()
    demanded = asked.aggregate(n=Count("pk"), done=Count("acknowledged_at"))
    bounced = Bounce.objects.filter(at__gte=since).count()
    return Mails(days, told["taken"], told["refused"], bounced, demanded["n"], demanded["done"])
