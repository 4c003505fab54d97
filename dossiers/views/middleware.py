"""What every page needs to know of its reader, and what every answer says of itself."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from . import dates
from .authorising import authoriser_of
from .errors import wrong_method

Next = Callable[[HttpRequest], HttpResponse]

_UNUSED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
PERMISSIONS = ", ".join(f"{feature}=()" for feature in _UNUSED)


def said_by_every_answer(get_response: Next) -> Next:
    """No answer is kept by anybody, unless it says so itself as static files do; none uses a device.

    Fragments are other words at the address of a page, so caches that keep them anyway must tell them apart.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


def language_of_the_reader(get_response: Next) -> Next:
    """A signed-in person's own language, time zone and manner of dates win over the browser's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return get_response(request)
        with (
            translation.override(user.language),
            timezone.override(_zone(user.time_zone)),
            dates.as_wanted(user.era_dates),
        ):
            request.LANGUAGE_CODE = user.language
            response = get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        return response

    return middleware


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of that name; None, which is the site's own, for a name that this machine does not know."""
    with suppress(zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo(name)
    return None


class SignedIn(LoginRequiredMiddleware):
    """Signing in leads back to a page: never into a part of one, nor to an address that only takes forms.

    What an address asks of whoever is signed in, it says itself (`authorising`); one that says nothing is
    refused to everybody.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        to_sign_in = super().process_view(request, view_func, args, kwargs)
        if to_sign_in is None and authoriser_of(view_func) is None:
            raise PermissionDenied("this address names nobody who may open it")
        return to_sign_in

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., HttpResponse]):
        to_sign_in = redirect_to_login(
            _page_of(request), self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )
        if request.htmx:
            return HttpResponseClientRedirect(to_sign_in.url)
        return to_sign_in


def _page_of(request: HttpRequest) -> str:
    """The page that the reader has before them, or asks for."""
    if request.htmx:
        return request.htmx.current_url_abs_path or "/"
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure()):
        return "/"
    page = urlsplit(came_from)
    return f"{page.path}?{page.query}" if page.query else page.path


def refusals_in_words(get_response: Next) -> Next:
    """Whoever opens an address that only takes forms gets a page that says so, not an empty one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            return wrong_method(request, response.headers["Allow"])
        return response

    return middleware
