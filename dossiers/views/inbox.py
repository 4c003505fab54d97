"""What a person was told, and how the telling went."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, reach
from dossiers.alerts import acknowledge
from dossiers.models import Alert, Delivery, User, Webhook

from . import acknowledging

_PER_PAGE = 50
_MOST_CONCERNS = 20

# A message's own HTML: no scripts, nothing loaded, no origin, only inside our own pages.
SEALED = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": True,
}


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    mine = Alert.objects.filter(reach.shown_to(request.user, "news__case__"), user=request.user)
    shown = mine.select_related("news__case", "news__event", "watchlist")
    chosen = request.GET.get("show", "")
    if chosen == "new":
        shown = shown.filter(read_at=None)
    elif chosen == "trouble":
        shown = shown.exclude(state=Alert.State.SENT)
    concerns = acknowledging.of_person(request.user)
    return render(
        request,
        "pages/inbox.html",
        {
            "concerns": list(concerns[:_MOST_CONCERNS]),
            "concerns_in_all": concerns.order_by().count(),
            "page": Paginator(shown, _PER_PAGE).get_page(request.GET.get("page")),
            "chosen": chosen,
            "unread": mine.filter(read_at=None).count(),
            "broken_webhooks": Webhook.objects.filter(
                owner=request.user, off__in=("gone", "failing", "refused")
            ),
        },
    )


@csp_update({"frame-src": [SELF]})
@require_safe
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert with the copy of what was sent; opening it marks it as read."""
    one = _mine(request, pk)
    own = Q(alert=one)
    rows = Delivery.objects.filter(own | Q(prompt=one.group_id) if one.group_id else own)
    if one.read_at is None:
        Alert.objects.filter(pk=one.pk, read_at=None).update(read_at=clock.now())
    about = acknowledging.shown(acknowledge.of_news(one.news))
    return render(
        request, "pages/inbox_alert.html", {"alert": one, "about": about, **attempts(rows, request.user)}
    )


def attempts(rows: QuerySet[Delivery], user: User) -> dict[str, Any]:
    """What was tried to send a mail, the newest first, with what came back; and the copy to show.

    A copy that speaks of a case restricted to others since is shown no more.
    """
    rows = rows.exclude(reach.tells_of_restricted(user))
    deliveries = list(rows.defer("html").select_related("again_by").prefetch_related("bounces"))
    copy = next((row for row in deliveries if row.accepted), next(iter(deliveries), None))
    return {"deliveries": deliveries, "copy": copy}


@xframe_options_sameorigin
@csp(SEALED)
@require_safe
def alert_copy(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    """The HTML that was sent, sealed off."""
    shown = Delivery.objects.filter(~reach.tells_of_restricted(request.user))
    one = get_object_or_404(shown, pk=delivery, alert__pk=pk, alert__user=request.user)
    return HttpResponse(one.html)


@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark an alert as read, or as new again."""
    one = _mine(request, pk)
    one.read_at = None if request.POST.get("read") == "0" else (one.read_at or clock.now())
    one.save(update_fields=["read_at"])
    return redirect("inbox")


@require_POST
def mark_all(request: HttpRequest) -> HttpResponse:
    count = Alert.objects.filter(user=request.user, read_at=None).update(read_at=clock.now())
    messages.success(
        request, ngettext("%d alert marked as read.", "%d alerts marked as read.", count) % count
    )
    return redirect("inbox")


def _mine(request: HttpRequest, pk: int) -> Alert:
    whole = Alert.objects.select_related(
        "news__case", "news__event", "watchlist", "instead_of", "group", "follow__team"
    )
    shown = whole.filter(reach.shown_to(request.user, "news__case__"))
    return get_object_or_404(shown, pk=pk, user=request.user)
