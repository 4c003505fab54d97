"""Keeping the watch on a finished case: on a page, or from a mail without signing in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers import reach
from dossiers.alerts import watch_ends
from dossiers.models import WatchEnd

from . import selectors
from .posting import back


@require_safe
def endings(request: HttpRequest) -> HttpResponse:
    """Watches that end or have ended, of the cases the person follows."""
    page = selectors.page_of(request, watch_ends.of_person(request.user))
    return render(request, "pages/watch_ends.html", {"page": page})


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a watch, take one up again, or take that back; keeping only tells more: all may."""
    rows = WatchEnd.objects.filter(reach.shown_to(request.user, "case__"), told_at__isnull=False)
    ending = get_object_or_404(rows.select_related("case"), pk=pk)
    if request.POST.get("keep") == "1":
        if watch_ends.keep([ending], by=request.user, how="page"):
            messages.success(request, _("Kept: the followers of the case go on being told."))
        else:
            messages.info(request, _("Somebody has kept it already."))
    elif not watch_ends.of_person(request.user).filter(pk=pk).exists():
        messages.error(request, _("Only who follows the case can let its watch end."))
    elif watch_ends.let_end(ending, by=request.user):
        messages.success(request, _("The watch ends as it was told."))
    return redirect(back(request, reverse("watch_ends")))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def from_mail(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows what is asked: programs that open every link of a mail must not keep anything."""
    try:
        asked = watch_ends.asked_by(token)
    except watch_ends.BadToken:
        return _page(request, None, status=404)
    with translation.override(asked.user.language):
        if request.method == "POST":
            chosen = set(request.POST.getlist("ending"))
            wanted = [one for one in asked.endings if str(one.pk) in chosen]
            watch_ends.keep(wanted, by=asked.user, how="mail")
            asked = watch_ends.asked_by(token)
        return _page(request, asked)


def _page(request: HttpRequest, asked: watch_ends.Asked | None, status: int = 200) -> HttpResponse:
    return render(request, "pages/watch_end_mail.html", {"asked": asked}, status=status)
