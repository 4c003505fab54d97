"""Leaving a list from a mail: the page asks, the button does, and a mail program's one click does too."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dossiers import clock
from dossiers.alerts.unsubscribe import BadToken, Subscription, subscription_for
from dossiers.alerts.unsubscribe import unsubscribe as end


@login_not_required
@csrf_exempt  # the signed token is the authority, and a mail program has no cookie to show (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET only asks: programs that open every link of a mail must not end anything."""
    try:
        found = end(token, now=clock.now()) if request.method == "POST" else subscription_for(token)
    except BadToken:
        return _page(request, None, status=404)
    with translation.override(found.user.language):
        return _page(request, found)


def _page(request: HttpRequest, found: Subscription | None, status: int = 200) -> HttpResponse:
    response = render(request, "pages/unsubscribe.html", {"subscription": found}, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response
