"""From where the acts of a request come: which page or token, and which address."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dossiers import origin
from dossiers.models import Case, record

Next = Callable[[HttpRequest], HttpResponse]


def origin_of_acts(get_response: Next) -> Next:
    """Whatever is written while the request is answered says that it came from here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with origin.coming_from(lambda: origin_of(request)):
            return get_response(request)

    return middleware


def on_record(action: str, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, with an audit line for each file it hands over: taking data out is an act, though it changes
    nothing.

    Which filters narrowed it is kept, and not what was typed into them: that may name a case behind a wall.
    """

    @wraps(view)
    def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        if answer.status_code == 200 and request.method == "GET":
            told = {name: str(value)[:100] for name, value in kwargs.items() if name not in _OF_CASE}
            by = request.user if request.user.is_authenticated else None
            record(action, by=by, case=_case(kwargs), asked=_filters(request), **told)
        return answer

    return recorded


def _filters(request: HttpRequest) -> list[str]:
    """Names of filters are words; anything else that an address may hold is not kept."""
    return sorted(name for name in request.GET if name.isidentifier() and len(name) <= 40)[:20]


def changes_of(form: ModelForm) -> dict[str, Any]:
    """What a form that was saved changed, as an audit line keeps it: `fields`, `old` and `new` by field."""
    now = {name: _plain(form.cleaned_data.get(name)) for name in form.changed_data}
    was = {name: _plain(form.initial.get(name)) for name in form.changed_data}
    return {"fields": form.changed_data, "old": was, "new": now}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.pk if isinstance(value, Model) else str(value)


_OF_CASE = ("law", "number")


def _case(kwargs: dict[str, Any]) -> Case | None:
    if not all(name in kwargs for name in _OF_CASE):
        return None
    return Case.objects.filter(law=kwargs["law"], application_number=kwargs["number"]).first()


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
