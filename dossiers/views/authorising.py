"""Who may open an address: each one in `dossiers.urls` says so, and one that says nothing is refused.

The answer depends on the person's role alone, and is given before anything is looked up: a refusal is the
same whether what was asked for exists or not. Which rows somebody sees is decided by `dossiers.reach`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver

from dossiers.roles import Right, can, rights_of

View = Callable[..., HttpResponseBase]
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Authoriser:
    """What an address asks for: a right for reading and one for anything else, or why it is open to all.

    `outside`: whoever lacks the right to read but may `READ` gets another page here, made for people who are
    not of the firm.
    """

    reading: Right | None = None
    writing: Right | None = None
    open_because: str = ""
    outside: bool = False

    def needed(self, method: str | None) -> Right | None:
        return self.reading if method in READING else self.writing


class Refused(PermissionDenied):
    """The person's role lacks `right`."""

    def __init__(self, right: Right) -> None:
        super().__init__(right.value)
        self.right = right


def may(right: Right, view: View, *, post: Right | None = None, outside: View | None = None) -> View:
    """The view, for people with `right`; sending a form to it takes `post`, where that is another one.

    `outside` is what people without `right` get to read, if they may `READ`: clients.
    """
    needs = Authoriser(right, post or right, outside=outside is not None)

    @wraps(view)
    def authorised(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        needed = needs.needed(request.method)
        if needed is None or can(request.user, needed):
            return view(request, *args, **kwargs)
        if outside is not None and request.method in READING and can(request.user, Right.READ):
            return outside(request, *args, **kwargs)
        raise Refused(needed)

    authorised.authoriser = needs
    return authorised


def open_to_all(why: str, view: View) -> View:
    """The view, for everybody, signed in or not; `why` says what stands in for a person's rights."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    opened.authoriser = Authoriser(open_because=why)
    return login_not_required(opened)


def all_of(authorise: Callable[[View], View], patterns: list[Any]) -> list[Any]:
    """Addresses of a library, each under the same authoriser, for `path("…", include(all_of(…)))`.

    As `all_of(lambda view: open_to_all("signing in", view), urlpatterns)`, or with `may(Right.OWN, view)`.
    """
    return [_one_of(authorise, one) for one in patterns]


def _one_of(authorise: Callable[[View], View], one: Any) -> Any:
    if isinstance(one, URLPattern):
        return URLPattern(one.pattern, authorise(one.callback), one.default_args, one.name)
    return URLResolver(
        copy.copy(one.pattern),
        all_of(authorise, one.url_patterns),
        one.default_kwargs,
        one.app_name,
        one.namespace,
    )


def authoriser_of(view: Any) -> Authoriser | None:
    return getattr(view, "authoriser", None)


def without_authoriser(patterns: list[Any]) -> Iterator[str]:
    """The addresses that name none, as they are written in their lists."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from without_authoriser(one.url_patterns)
        elif authoriser_of(one.callback) is None:
            yield str(one.pattern)


def shown(user: Any) -> dict[str, bool]:
    """`rights` of the templates: each right by its name, and whether the reader has it."""
    held = rights_of(user)
    return {right.value: right in held for right in Right}
