"""The first page: what needs somebody, each number a link."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.models import Case, Heartbeat

from . import selectors

_SHOWN = 12
WORKER_SILENT = timedelta(minutes=10)


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    scope = request.GET.get("scope")
    mine = scope == "mine" or (scope != "all" and selectors.has_own(request.user))
    beats = selectors.last_round()
    documents = list(selectors.newest_documents(request.user, mine=mine, most=_SHOWN + 1))
    return render(
        request,
        "pages/today.html",
        {
            "mine": mine,
            "scope": "mine" if mine else "all",
            "glance": selectors.glance(request.user, mine=mine),
            "documents": documents[:_SHOWN],
            "more_documents": len(documents) > _SHOWN,
            "limits": selectors.nearest_limits(request.user, mine=mine),
            "stale": _stale(request, mine),
            "any_case": mine or Case.objects.exists(),
            "worker": beats.get("worker"),
            "worker_silent": _silent(beats.get("worker")),
            "round": beats.get("plan"),
            "office": _trouble(beats.get("office")),
        },
    )


def _stale(request: HttpRequest, mine: bool) -> QuerySet[Case]:
    wanted = selectors.CaseFilter(freshness="stale", owner="mine" if mine else "", order="confirmed")
    return selectors.case_list(request.user, wanted)[:8]


def _silent(beat: Heartbeat | None) -> bool:
    """The worker beats each minute of the machine's own time, whatever the demo's clock says."""
    return beat is None or timezone.now() - beat.at > WORKER_SILENT


def _trouble(beat: Heartbeat | None) -> dict[str, object] | None:
    """Why the office cannot be asked now, and until when; None when it can."""
    if beat is None:
        return None
    until = parse_datetime(str(beat.detail.get("until", "")))
    if until is None or until <= clock.now():
        return None
    return {"outcome": beat.detail.get("outcome", ""), "until": until}
