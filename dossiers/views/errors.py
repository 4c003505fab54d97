"""Requests that cannot be served, in words that say what to do."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dossiers.models import User
from dossiers.roles import Right, can, having

from .authorising import Refused

_MOST_NAMED = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: too much at once, a name this site does not go by, or something no page of ours would send."""
    return _page(request, 400, _words(exception))


def not_permitted(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: what the person's role lacks, and who can change that. Says nothing of what was asked for."""
    missing = exception.right if isinstance(exception, Refused) else None
    context: dict[str, Any] = {"missing": missing.label if missing else ""}
    if missing and can(request.user, Right.FIRM):
        people = User.objects.filter(having(Right.ADMINISTER)).order_by("pk")
        context["administrators"] = list(people[:_MOST_NAMED])
    return render(request, "403.html", context, status=403)


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """405, with the methods that the address takes."""
    answer = _page(request, 405, _("This address only takes what a form sends. Nothing was changed."))
    answer["Allow"] = allowed
    return answer


def _words(exception: Exception) -> str:
    if isinstance(exception, RequestDataTooBig):
        return _("The text is too long. Split it and add the parts.")
    if isinstance(exception, DisallowedHost):
        return _("Check the address. A case has a page here once it has been added.")
    return _(
        "Nothing was changed. Go back, load the page again and send the form once more;"
        " cookies must be allowed."
    )


def _page(request: HttpRequest, code: int, words: str) -> HttpResponse:
    return render(request, "pages/error.html", {"code": code, "words": words}, status=code)
