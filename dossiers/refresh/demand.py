"""What this installation uses of the office and would need, measured from its own records. Only reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q

from apiclient.clock import office_day
from apiclient.jpo.catalogue import ENDPOINTS, Endpoint, endpoint_named
from dossiers.models import Case, DayPlan, Law, QuotaDay

from . import office
from .case_views import budgets
from .outlook import worth_doubling

MEASURED = timedelta(days=30)
A_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Use:
    """The calls of one API on the whole office days measured; `limit` is today's.

    `mean` is over the days with a call, `most` the highest of a day, `reached` the days on which no call was
    left, or the office said so.
    """

    endpoint: Endpoint
    limit: int
    days: int
    mean: float
    most: int
    reached: int


@dataclass(frozen=True)
class Demand:
    """`since` to `until`: the office days measured, the running one left out; None while there is none.

    `cases` and `filed` (within a year) by law, laws without a case left out. `plans`: the days planned among
    those measured; `short`: those of them on which cases that may have news were left out.
    """

    since: date | None
    until: date
    cases: dict[str, int]
    filed: dict[str, int]
    uses: list[Use]
    plans: int
    short: int
    doubled: list[Use]


def demand(now: datetime) -> Demand:
    """Measured on the last thirty whole office days; as many queries for any docket.

    `doubled` are the APIs whose doubling helps most, with what is known of their use.
    """
    today = office_day(now)
    first = today - MEASURED
    found = _uses(first, today)
    days = (
        QuotaDay.objects.filter(day__gte=first, day__lt=today).order_by("day").values_list("day", flat=True)
    )
    cases, filed = _cases(today)
    plans = DayPlan.objects.filter(day__gte=first, day__lt=today)
    planned = plans.order_by().aggregate(all=Count("pk"), short=Count("pk", filter=Q(left_out__gt=0)))
    return Demand(
        since=days.first(),
        until=today - timedelta(days=1),
        cases=cases,
        filed=filed,
        uses=sorted(found.values(), key=_by_number),
        plans=planned["all"],
        short=planned["short"],
        doubled=sorted(
            (found.get(name) or _unused(name) for name in worth_doubling(cases, budgets(now))),
            key=_by_number,
        ),
    )


def _by_number(one: Use) -> int:
    return ENDPOINTS.index(one.endpoint)


def _uses(first: date, today: date) -> dict[str, Use]:
    """The use of each API that was asked at all."""
    rules = office.limits().daily
    rows = QuotaDay.objects.filter(day__gte=first, day__lt=today, bucket__in=rules, used__gt=0)
    by_bucket: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    # With several credentials, as after a change of the ID, the fullest counter of a day stands for it.
    counted = rows.order_by("bucket", "day").values_list("bucket", "day")
    for bucket, _day, used, shown, said in counted.annotate(
        Max("used"), Max("limit_shown"), said=Count("pk", filter=Q(exhausted=True))
    ):
        by_bucket[bucket].append((used, bool(said) or used >= max(rules[bucket].limit, shown or 0)))
    return {bucket: _use(bucket, rules[bucket].limit, days) for bucket, days in by_bucket.items()}


def _use(bucket: str, limit: int, days: list[tuple[int, bool]]) -> Use:
    return Use(
        endpoint=endpoint_named(bucket),
        limit=limit,
        days=len(days),
        mean=sum(used for used, _ in days) / len(days),
        most=max(used for used, _ in days),
        reached=sum(reached for _, reached in days),
    )


def _unused(bucket: str) -> Use:
    return Use(endpoint_named(bucket), office.limits().daily[bucket].limit, 0, 0.0, 0, 0)


def _cases(today: date) -> tuple[dict[str, int], dict[str, int]]:
    """Cases by law, and those filed within a year; in the laws' usual order."""
    lately = Q(filing_date__gt=today - A_YEAR, filing_date__lte=today)
    rows = Case.objects.order_by().values_list("law").annotate(Count("pk"), new=Count("pk", filter=lately))
    found = {law: (n, filed) for law, n, filed in rows}
    laws = [law for law in Law.values if law in found]
    return {law: found[law][0] for law in laws}, {law: found[law][1] for law in laws}
