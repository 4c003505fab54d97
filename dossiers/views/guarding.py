"""What every page asks of a session before it is shown: that it has not ended, and is safe enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from dossiers.people import factors, sessions, sso
from dossiers.views.authorising import authoriser_of

Next = Callable[[HttpRequest], HttpResponse]

SAFE = "factor_checked_at"  # in the session: when its person was last found to lack no second factor
CHECKED_EVERY = 300.0  # seconds
# What whoever lacks a second factor may still do: set one up, and leave.
BEFORE_IT = {
    "logout",
    "language",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "account_set_password",
}


def sessions_end(get_response: Next) -> Next:
    """A session that lasted long enough, or was left alone, is over; one that is used is noted."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if sessions.is_over(request):
                logout(request)
            else:
                sessions.note(request)
        return get_response(request)

    return middleware


class FactorFirst:
    """Whoever needs a second factor and has none is led to set one up, and can do nothing else."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not settings.SECOND_FACTOR or not request.user.is_authenticated:
            return None
        authoriser = authoriser_of(view)
        name = request.resolver_match.url_name if request.resolver_match else ""
        if (authoriser is not None and authoriser.open_because) or name in BEFORE_IT or _safe(request):
            return None
        there = redirect("mfa_index")
        return HttpResponseClientRedirect(there.url) if request.htmx else there


def _safe(request: HttpRequest) -> bool:
    """Whether they lack nothing; asked of the database when signing in and every few minutes after."""
    now = timezone.now().timestamp()
    if abs(now - request.session.get(SAFE, 0)) < CHECKED_EVERY:
        return True
    if factors.lacking(request.user) and not sso.vouched_for(request):
        return False
    request.session[SAFE] = now
    return True
