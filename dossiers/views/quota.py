"""The office's limits and how much of them is used today. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from apiclient.clock import next_midnight
from apiclient.jpo import catalogue
from apiclient.quota import MINUTE_WINDOW
from dossiers import clock
from dossiers.models import OfficeCall, QuotaDay, QuotaMinute, RefreshJob

_LAST_CALLS = 50


@dataclass(frozen=True)
class Row:
    """One daily counter of the office. `left` is what is left as far as we know, `reported` what it said."""

    law: str
    title: str
    name: str
    limit: int
    used: int
    reported: int | None
    exhausted: bool

    @property
    def left(self) -> int:
        return 0 if self.exhausted else max(0, self.limit - self.used)

    @property
    def warn(self) -> int:
        """The use from which the counter is nearly exhausted."""
        return self.limit * 4 // 5


@require_safe
def quota(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    return render(
        request,
        "pages/quota.html",
        {
            "rows": _rows(),
            "minute": _calls_in_the_last_minute(now),
            "per_minute": settings.JPO_PER_MINUTE,
            "resets_at": next_midnight(now),
            "jobs": _jobs(now),
            "calls": OfficeCall.objects.all()[:_LAST_CALLS],
            "office": settings.JPO_BASE_URL,
        },
    )


def _rows() -> list[Row]:
    """Every counter of the office, those not used today as well."""
    policy = catalogue.policy(settings.JPO_DAILY_LIMITS)
    used = {row.bucket: row for row in QuotaDay.objects.filter(day=clock.office_today()).order_by("used")}
    japanese = get_language() == "ja"
    rows = []
    for endpoint in catalogue.ENDPOINTS:
        day = used.get(endpoint.bucket_name)
        rows.append(
            Row(
                law=endpoint.law,
                title=endpoint.title_ja if japanese else endpoint.title_en,
                name=endpoint.bucket_name,
                limit=policy.daily[endpoint.bucket_name].limit,
                used=day.used if day else 0,
                reported=day.remaining_reported if day else None,
                exhausted=day.exhausted if day else False,
            )
        )
    return rows


def _calls_in_the_last_minute(now: datetime) -> int:
    since = (now - MINUTE_WINDOW).timestamp()
    return sum(
        1 for row in QuotaMinute.objects.filter(group="domestic") for at, *_rest in row.calls if at > since
    )


def _jobs(now: datetime) -> dict[str, object]:
    waiting = Q(state=RefreshJob.State.WAITING)
    return RefreshJob.objects.aggregate(
        waiting=Count("pk", filter=waiting),
        due=Count("pk", filter=waiting & Q(not_before__lte=now)),
        oldest=Min("created_at", filter=waiting),
    )
