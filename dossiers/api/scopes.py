"""What a token may be used for. Reading and writing are apart; writing a thing includes reading it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dossiers.models import User
from dossiers.roles import Right, can

SCOPES: dict[str, Promise | str] = {
    "cases:read": _("Read cases"),
    "cases:write": _("Change the firm's own fields of cases"),
    "documents:read": _("Read documents and download them"),
    "limits:read": _("Read time limits"),
    "limits:write": _("Enter time limits and own dates; note them as done or not needed"),
    "events:read": _("Read what has happened"),
    "lists:read": _("Read watchlists"),
    "lists:write": _("Make watchlists, and put cases on them and take them off"),
    "follows:read": _("Read what its owner follows"),
    "follows:write": _("Follow lists and cases for its owner, and choose how soon they are told"),
    "imports:write": _("Add cases to the docket"),
}
NEEDS_ALL_CASES = frozenset({"imports:write"})
"""What is of use, and safe, only to a token that shows all cases: adding a case to a list that a token shows
would otherwise be a way to read any case."""


_RIGHTS = {
    "cases:write": Right.DOCKET,
    "limits:write": Right.DOCKET,
    "lists:write": Right.DOCKET,
    "imports:write": Right.ADD,
    "follows:read": Right.FIRM,
    "follows:write": Right.FIRM,
}


def allowed(user: User, scope: str) -> bool:
    """Whether the person's role lets a token of theirs be used for this, on each call anew: to give anything
    to a program is to take it out of the portal, and what is the firm's own stays so."""
    return can(user, Right.EXPORT) and can(user, _RIGHTS.get(scope, Right.READ))


def open_to(user: User) -> dict[str, Promise | str]:
    """Of `SCOPES` those that a token of this person can have."""
    return {scope: words for scope, words in SCOPES.items() if allowed(user, scope)}


def covers(held: Iterable[str], needed: str) -> bool:
    """Whether a token with these scopes may do what needs `needed`."""
    thing, _colon, way = needed.partition(":")
    return needed in held or (way == "read" and f"{thing}:write" in held)
