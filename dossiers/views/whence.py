"""From where the acts of a request come: which page or token, and which address."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dossiers import origin

Next = Callable[[HttpRequest], HttpResponse]


def origin_of_acts(get_response: Next) -> Next:
    """Whatever is written while the request is answered says that it came from here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with origin.coming_from(lambda: origin_of(request)):
            return get_response(request)

    return middleware


def origin_of(request: HttpRequest) -> origin.Origin:
    """A page is told by its name and not by its address, which may hold a token."""
    if token := getattr(request, "token", None):
        return origin.Origin(origin.TOKEN, str(token.pk), address_of(request))
    match = request.resolver_match
    return origin.Origin(origin.PAGE, match.view_name if match else "", address_of(request))


def address_of(request: HttpRequest) -> str:
    """The caller's IP address, "" where it is not known.

    Behind proxies it is what the outermost of the trusted ones has seen (ALLAUTH_TRUSTED_PROXY_COUNT, which
    also counts failed sign-ins by address); whatever a caller puts before that is not looked at.
    """
    trusted = getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0)
    passed_on = request.headers.get("X-Forwarded-For", "").split(",")
    if trusted and len(passed_on) >= trusted and passed_on[-trusted].strip():
        told = passed_on[-trusted].strip()
    else:
        told = request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(told.strip("[]")))
    except ValueError:
        return ""
