"""What a form sends, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from dossiers.docketing.actions import ActionRefused
from dossiers.docketing.differences import read_date

from .words import code_words


def typed(request: HttpRequest, name: str) -> str:
    """What a person typed, without the one character that databases refuse."""
    return request.POST.get(name, "").replace("\0", "")


def day_typed(request: HttpRequest, name: str) -> date | None:
    """The day a person typed, in any usual way of writing one; None when nothing was typed.

    ActionRefused("not_a_day") when it is no day: nothing is guessed.
    """
    return read_day(typed(request, name))


def read_day(text: str) -> date | None:
    """`day_typed` of a text."""
    day = read_date(text)
    if text.strip() and day is None:
        raise ActionRefused("not_a_day")
    return day


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
