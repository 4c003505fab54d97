"""Pages that only take what a form sends."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from dossiers.docketing.actions import ActionRefused

from .words import code_words


def post_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Any other method gets a page that says so, and changes nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        words = _("This address only takes what a form sends. Nothing was changed.")
        answer = render(request, "pages/error.html", {"code": 405, "words": words}, status=405)
        answer["Allow"] = "POST"
        return answer

    return guarded


def attempt(request: HttpRequest, action: Callable[[], object], done: str) -> None:
    """Run an action and leave a message of what came of it."""
    try:
        action()
    except ActionRefused as refused:
        messages.error(request, code_words(refused.code))
    else:
        messages.success(request, done)


def back(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that the form was on, as it says itself."""
    given = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given if safe else otherwise
