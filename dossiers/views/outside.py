"""What people who are not of the firm get to read: clients, of their own cases.

The pages are made for them instead of leaving things out of the firm's: what is not written here cannot be
seen. That is what the office made known, and the days that the firm answers for: of a day that nobody of the
firm has confirmed they are told that there is one, and not which.
"""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dossiers import reach
from dossiers.docketing.store import RUNNING
from dossiers.models import Event, TimeLimit

from . import selectors
from .case import the_case
from .finding import LONGEST_QUERY

_SHOWN = 12
_NEWEST = (F("legal_date").desc(nulls_last=True), "-pk")


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    documents = Event.objects.filter(reach.shown_to(request.user, "case__"), vanished_at=None)
    latest = documents.select_related("case").order_by(*_NEWEST)
    context = {"limits": _limits(request)[:_SHOWN], "documents": latest[:_SHOWN]}
    return render(request, "pages/outside_today.html", {**context, "unconfirmed": _unconfirmed(request)})


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    rows = reach.cases(request.user).order_by("-filing_date", "-pk")
    if query:
        rows = rows.filter(Q(application_number__contains=query) | Q(title__icontains=query))
    return render(
        request, "pages/outside_cases.html", {"page": selectors.page_of(request, rows), "query": query}
    )


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    context = {"page": selectors.page_of(request, _limits(request)), "unconfirmed": _unconfirmed(request)}
    return render(request, "pages/outside_limits.html", context)


@require_safe
def case(request: HttpRequest, law: str, number: str) -> HttpResponse:
    shown = the_case(request.user, law, number)
    context = {
        "case": shown,
        "limits": _limits(request).filter(case=shown),
        "documents": shown.events.filter(vanished_at=None).order_by(*_NEWEST),
    }
    return render(request, "pages/outside_case.html", context)


@require_safe
def document(request: HttpRequest, law: str, number: str, event_pk: int) -> HttpResponse:
    shown = the_case(request.user, law, number)
    event = get_object_or_404(shown.events.filter(vanished_at=None), pk=event_pk)
    context = {
        "case": shown,
        "event": event,
        "papers": event.papers.defer("body", "notice").order_by("-received_at", "name", "pk"),
        "limits": _limits(request).filter(event=event),
    }
    return render(request, "pages/outside_document.html", context)


def _limits(request: HttpRequest) -> QuerySet[TimeLimit]:
    """What runs; without what had passed before the case was added, which is the firm's to clear up."""
    running = TimeLimit.objects.filter(
        reach.shown_to(request.user, "case__"), state__in=RUNNING, passed_on_adding=False
    )
    return running.select_related("case").defer("calculation").order_by("due", "pk")


def _unconfirmed(request: HttpRequest) -> int:
    """How many of their cases the office has not spoken of yet: an empty list says nothing of these."""
    return reach.cases(request.user).filter(confirmed_at=None).count()
