"""The red queue: what only a person can decide."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers import reach
from dossiers.docketing import actions, disagreements
from dossiers.models import Event, ReviewTask

from . import selectors
from .posting import attempt, back, typed


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    mine = request.GET.get("scope") == "mine"
    tasks, events, passed = selectors.open_reviews(), selectors.unplaced_events(), selectors.passed_before()
    of_case = selectors.whose(request.user, "mine" if mine else "all", "case__")
    tasks, events, passed = tasks.filter(of_case), events.filter(of_case), passed.filter(of_case)
    shown = selectors.page_of(request, tasks)
    for task in shown:
        task.limit_pk = disagreements.limit_pk(task.key) if task.kind == disagreements.KIND else None
    return render(
        request,
        "pages/reviews.html",
        {
            "mine": mine,
            "tasks": shown,
            "events": selectors.page_of(request, events, "events"),
            "passed_before": passed.count(),
        },
    )


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(ReviewTask, reach.shown_to(request.user, "case__"), pk=pk)
    words = typed(request, "resolution")
    done = _("The review is closed.")
    if task.kind == disagreements.KIND:
        done = _("The review is closed. The date itself is not confirmed: that is done on the limit's page.")
    attempt(request, lambda: actions.close_review(task, by=request.user, resolution=words), done)
    return redirect(back(request, reverse("reviews")))


@require_POST
def account(request: HttpRequest, event_pk: int) -> HttpResponse:
    event = get_object_or_404(Event, reach.shown_to(request.user, "case__"), pk=event_pk)
    words = typed(request, "reason")
    attempt(
        request,
        lambda: actions.account_for(event, by=request.user, reason=words),
        _("The document is accounted for: no time limit needed."),
    )
    return redirect(back(request, reverse("reviews")))
