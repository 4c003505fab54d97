"""Mails with several lines that a person got: reminders, repetitions, groups of alerts, with their copies."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from dossiers import reach
from dossiers.alerts import again
from dossiers.models import Alert, Delivery, Digest, Prompt

from . import selectors
from .inbox import SEALED, attempts

_MOST_LINES = 100


@require_safe
def sent_mails(request: HttpRequest) -> HttpResponse:
    told = Delivery.objects.exclude(reach.tells_of_restricted(request.user))
    newest = told.filter(prompt=OuterRef("pk")).order_by("-at", "-pk")
    rows = Prompt.objects.filter(user=request.user)
    rows = rows.annotate(subject=Subquery(newest.exclude(subject="").values("subject")[:1]))
    return render(request, "pages/sent_mails.html", {"page": selectors.page_of(request, rows)})


@csp_update({"frame-src": [SELF]})
@require_safe
def sent_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail with the copy of what was sent, and the alerts it carries."""
    one = _mine(request, pk)
    carried = one.alerts.filter(reach.shown_to(request.user, "news__case__"))
    carried = carried.select_related("news__case", "news__event").order_by("act_by", "pk")
    context = {
        "mail": one,
        "carried": list(carried[:_MOST_LINES]),
        "carried_in_all": carried.count(),
        **attempts(one.deliveries.all(), request.user),
    }
    return render(request, "pages/sent_mail.html", context)


@xframe_options_sameorigin
@csp(SEALED)
@require_safe
def sent_mail_copy(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    """The HTML that was sent, sealed off."""
    shown = Delivery.objects.exclude(reach.tells_of_restricted(request.user))
    one = get_object_or_404(shown, pk=delivery, prompt__pk=pk, prompt__user=request.user)
    return HttpResponse(one.html)


@require_POST
def sent_mail_again(request: HttpRequest, pk: int) -> HttpResponse:
    order_again(request, _mine(request, pk))
    return redirect("prompt", pk)


@require_POST
def alert_again(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Alert.objects.filter(reach.shown_to(request.user, "news__case__"), user=request.user)
    order_again(request, get_object_or_404(mine, pk=pk))
    return redirect("alert", pk)


def order_again(request: HttpRequest, of: Alert | Digest | Prompt) -> None:
    """Order it for the reader, and say what becomes of that."""
    try:
        again.send_again(of, by=request.user)
    except again.OnItsWay:
        messages.info(request, _("It is on its way already."))
    except again.AddressOff:
        messages.error(request, _("Nothing is sent to your address before you have put it right."))
    else:
        messages.success(request, _("It is sent again within a minute, in your name."))


def _mine(request: HttpRequest, pk: int) -> Prompt:
    return get_object_or_404(Prompt.objects.select_related("again_by"), pk=pk, user=request.user)
