"""Which cases to ask about today.

Every live case once each office day as far as the daily counters reach: cases with a running time limit or an
act expected first, then those asked longest ago; finished ones once a week.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet

from apiclient.clock import JST, office_day
from apiclient.jpo.catalogue import endpoint
from apiclient.quota import Bucket
from dossiers.models import Case, Law, RefreshJob

from .jobs import RANK_DAILY, RANK_FINISHED, RANK_HOT
from .ledger import DatabaseLedger
from .office import limits

STATUS_ENDPOINTS = ("app_progress", "app_progress_simple")
FINISHED_STAGES = ("lapsed", "withdrawn", "dismissed", "expired")
HOT_STAGES = ("response_due", "awaiting_next_action", "awaiting_examination", "allowed", "refused", "appeal")
FINISHED_EVERY = timedelta(days=7)
LEFT_FOR_THE_DAY = 20  # calls of each law not planned: for people, and for cases added today


def plan_day(now: datetime) -> int:
    """Make the orders of the office's day of `now` that are still missing; returns how many were made."""
    if now.astimezone(JST).hour < settings.REFRESH_FROM_HOUR:
        return 0
    return sum(_plan_law(law, now) for law in Law.values)


def _plan_law(law: str, now: datetime) -> int:
    today = office_day(now)
    room = _calls_left(law, now) - RefreshJob.objects.filter(state="waiting", case__law=law).count()
    if room <= 0:
        return 0
    orders = [
        RefreshJob(
            case_id=pk,
            key=f"daily:{today}:{pk}",
            purpose=RefreshJob.Purpose.DAILY,
            rank=rank,
            reason=reason,
            created_at=now,
        )
        for pk, rank, reason in _due(law, now, today)[:room]
    ]
    RefreshJob.objects.bulk_create(orders, ignore_conflicts=True, batch_size=500)
    return len(orders)


def _calls_left(law: str, now: datetime) -> int:
    ledger = DatabaseLedger(limits())
    rows = [endpoint(law, name) for name in STATUS_ENDPOINTS]
    left = sum(
        ledger.usage(Bucket(settings.JPO_USERNAME, row.bucket_name, row.group), now).left for row in rows
    )
    return left - LEFT_FOR_THE_DAY


def _due(law: str, now: datetime, today: date) -> list[tuple[int, int, str]]:
    """(case, rank, reason) of the cases not confirmed on this office day, in the order to ask."""
    midnight = datetime.combine(today, datetime.min.time(), tzinfo=JST)
    cases = (
        Case.objects.filter(law=law).exclude(asked_at__gte=midnight).exclude(refresh_jobs__state="waiting")
    )
    live = cases.exclude(stage__in=FINISHED_STAGES)
    finished = cases.filter(stage__in=FINISHED_STAGES, asked_at__lt=now - FINISHED_EVERY)
    hot = live.filter(stage__in=HOT_STAGES)
    rest = live.exclude(stage__in=HOT_STAGES)
    return [
        *((pk, RANK_HOT, "an act of the office is expected") for pk in _oldest_first(hot)),
        *((pk, RANK_DAILY, "live case, asked once a day") for pk in _oldest_first(rest)),
        *((pk, RANK_FINISHED, "finished case, asked once a week") for pk in _oldest_first(finished)),
    ]


def _oldest_first(cases: QuerySet[Case]) -> list[int]:
    return list(cases.order_by(F("asked_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:5000])
