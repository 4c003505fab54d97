"""The red queue: what only a person can decide."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers.docketing import actions
from dossiers.models import Event, ReviewTask

from . import selectors
from .posting import attempt, back, typed


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    mine = request.GET.get("scope") == "mine"
    tasks, events = selectors.open_reviews(), selectors.unplaced_events()
    if mine:
        of_case = selectors.is_mine(request.user, "case__")
        tasks, events = tasks.filter(of_case), events.filter(of_case)
    return render(
        request,
        "pages/reviews.html",
        {
            "mine": mine,
            "tasks": selectors.page_of(request, tasks),
            "events": selectors.page_of(request, events, "events"),
        },
    )


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(ReviewTask, pk=pk)
    words = typed(request, "resolution")
    attempt(
        request,
        lambda: actions.close_review(task, by=request.user, resolution=words),
        _("The review is closed."),
    )
    return redirect(back(request, reverse("reviews")))


@require_POST
def account(request: HttpRequest, event_pk: int) -> HttpResponse:
    event = get_object_or_404(Event, pk=event_pk)
    words = typed(request, "reason")
    attempt(
        request,
        lambda: actions.account_for(event, by=request.user, reason=words),
        _("The document is accounted for: no time limit needed."),
    )
    return redirect(back(request, reverse("reviews")))
