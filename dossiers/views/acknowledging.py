"""Acknowledging: from a mail, without signing in, or on a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dossiers import clock, reach
from dossiers.alerts import acknowledge
from dossiers.alerts.escalation_log import Link, chain
from dossiers.models import Case, Concern, TimeLimit, User

from . import selectors
from .posting import back


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def from_mail(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows what is asked: programs that open every link of a mail must not acknowledge anything."""
    try:
        asked = acknowledge.asked_by(token)
    except acknowledge.BadToken:
        return _page(request, None, status=404)
    with translation.override(asked.user.language):
        if request.method == "POST":
            acknowledge.acknowledge(_chosen(request, asked.concerns), by=asked.user, how="mail")
            asked = acknowledge.asked_by(token)
        return _page(request, asked)


def _chosen(request: HttpRequest, concerns: Iterable[Concern]) -> list[Concern]:
    chosen = set(request.POST.getlist("concern"))
    return [one for one in concerns if str(one.pk) in chosen]


def _page(request: HttpRequest, asked: acknowledge.Asked | None, status: int = 200) -> HttpResponse:
    concerns = asked.concerns if asked else ()
    live = acknowledge.still_live(concerns, clock.now())
    context = {
        "asked": asked,
        "waiting": [one for one in concerns if one.pk in live],
        "settled": [one for one in concerns if one.pk not in live],
    }
    return render(request, "pages/acknowledge.html", context, status=status)


@require_POST
def on_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The person who is signed in has taken note of it."""
    rows = Concern.objects.filter(reach.shown_to(request.user, "case__")).select_related("case", "limit")
    concern = get_object_or_404(rows, pk=pk)
    if acknowledge.acknowledge([concern], by=request.user, how="page"):
        messages.success(request, _("Acknowledged. It is not escalated any further."))
    else:
        messages.info(request, _("Somebody has acknowledged it already."))
    return redirect(back(request, reverse("inbox")))


# --- on other pages -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A concern on a page, whether it still waits, and who was told of it."""

    concern: Concern
    waiting: bool
    chain: tuple[Link, ...] = ()


def shown(concern: Concern | None) -> Shown | None:
    """With the chain; three queries beside the concern's own."""
    if concern is None:
        return None
    waiting = acknowledge.waiting(clock.office_today()).filter(pk=concern.pk).exists()
    return Shown(concern, waiting, tuple(chain(concern)))


def of_limit(limit: TimeLimit) -> Shown | None:
    """The newest concern of the limit's present date."""
    rows = limit.concerns.filter(due=limit.due).select_related("acknowledged_by", "case", "limit")
    return shown(rows.order_by("-opened_at", "-pk").first())


def of_case(case: Case) -> list[Concern]:
    """What of the case waits to be acknowledged, oldest first."""
    rows = acknowledge.waiting(clock.office_today()).filter(case=case)
    return list(rows.select_related("news__event", "limit")[:_MOST])


def of_person(user: User) -> QuerySet[Concern]:
    """What waits on the person's own cases, or was escalated to them."""
    own = acknowledge.waiting(clock.office_today()).filter(selectors.is_mine(user, "case__"))
    raised = acknowledge.waiting(clock.office_today()).filter(
        reach.shown_to(user, "case__"), pk__in=user.escalations.values("concern")
    )
    rows = (own | raised).select_related("case", "news__event", "limit")
    return rows.defer("limit__calculation", "case__note", "case__parties")


_MOST = 50
