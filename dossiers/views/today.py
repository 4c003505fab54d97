"""The first page: what needs somebody, each number a link."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dossiers import clock, reach
from dossiers.alerts import heartbeats
from dossiers.docketing.closures import years_to_confirm
from dossiers.models import Case
from dossiers.refresh import circuit
from dossiers.roles import Right, can

from . import acknowledging, selectors, status
from .portfolio.filters import ORDERS, CaseFilter, found

_SHOWN, _CONCERNS = 12, 5


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    scope = request.GET.get("scope")
    mine = scope == "mine" or (scope != "all" and selectors.has_own(request.user))
    beats, late = selectors.last_round(), status.banner()
    documents = list(selectors.newest_documents(request.user, mine=mine, most=_SHOWN + 1))
    limits = list(selectors.nearest_limits(request.user, mine=mine))
    selectors.mark_hidden(request.user, [*limits, *(one for event in documents for one in event.running)])
    rows = acknowledging.of_person(request.user)
    concerns = list(rows[: _CONCERNS + 1])
    return render(
        request,
        "pages/today.html",
        {
            "mine": mine,
            "scope": "mine" if mine else "all",
            "glance": selectors.glance(request.user, mine=mine),
            "documents": documents[:_SHOWN],
            "more_documents": len(documents) > _SHOWN,
            "limits": limits,
            "stale": _stale(request, mine),
            "concerns": concerns[:_CONCERNS],
            "concerns_in_all": rows.order_by().count() if len(concerns) > _CONCERNS else len(concerns),
            "any_case": mine or reach.cases(request.user).exists(),
            "worker": beats.get("worker"),
            "worker_silent": any(one["part"] == heartbeats.WORKER for one in late),
            "late": late,
            "round": beats.get("plan"),
            "office": next(iter(circuit.paused(clock.now()).values()), None),
            "years_due": years_to_confirm(clock.office_today())
            if can(request.user, Right.ADMINISTER)
            else (),
        },
    )


def _stale(request: HttpRequest, mine: bool) -> QuerySet[Case]:
    wanted = CaseFilter(freshness="stale", owner="mine" if mine else "", order="confirmed")
    rows = found(request.user, wanted)
    # Found by an index alone; whole rows are read of these few.
    few = Case.objects.filter(pk__in=rows.values("pk")[:8]).order_by(*ORDERS["confirmed"])
    return few.select_related("owner").defer("note", "parties")
