"""The office's limits and how much of them is used today. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apiclient.clock import next_midnight
from dossiers import clock, reach
from dossiers.models import OfficeCall, RefreshJob, User
from dossiers.refresh import usage
from dossiers.roles import Right, can

from . import samples

_LAST_CALLS = 50


@dataclass(frozen=True)
class Group:
    """The counters of one law, or of the One Portal Dossier."""

    scope: str
    rows: Sequence[usage.Counter]

    @property
    def used(self) -> int:
        return sum(row.used for row in self.rows)

    @property
    def reached(self) -> bool:
        return any(row.exhausted for row in self.rows)


@require_safe
def quota(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    rows = usage.counters()
    return render(
        request,
        "pages/quota.html",
        {
            "rows": rows,
            "groups": [Group(scope, list(of)) for scope, of in groupby(rows, lambda row: row.endpoint.scope)],
            "minutes": usage.minutes(now),
            "resets_at": next_midnight(now),
            "jobs": _jobs(now, request.user),
            "calls": _calls(request.user)[:_LAST_CALLS],
            "samples": _samples(request.user),
            "office": settings.JPO_BASE_URL,
        },
    )


def _samples(user: User) -> int | None:
    """None for whoever does not read them."""
    return samples.within_reach(user).count() if can(user, Right.ADMINISTER) else None


def _calls(user: User) -> QuerySet[OfficeCall]:
    """But for those that name a case out of the reader's reach."""
    return OfficeCall.objects.exclude(reach.mentions_restricted(user, "argument"))


def _jobs(now: datetime, user: User) -> dict[str, object]:
    waiting = Q(state=RefreshJob.State.WAITING)
    return RefreshJob.objects.filter(reach.shown_to(user, "case__")).aggregate(
        waiting=Count("pk", filter=waiting),
        due=Count("pk", filter=waiting & Q(not_before__lte=now)),
        oldest=Min("created_at", filter=waiting),
    )
