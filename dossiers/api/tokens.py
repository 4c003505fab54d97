"""Tokens: made and taken back by their owner, shown once, kept as a hash.

A token is `ipportal_` and 43 letters and digits (256 bits), so that scanners for lost secrets can find it:
`ipportal_[A-Za-z0-9]{43}`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apiclient.clock import JST
from dossiers import clock
from dossiers.intake.watchlists import visible_to
from dossiers.models import ApiToken, Scope, User, Watchlist, record
from dossiers.roles import Right, having

from .scopes import NEEDS_ALL_CASES, SCOPES, open_to

PREFIX = "ipportal_"
MOST_TOKENS = 30  # of one person, that work
LONGEST_LIFE = timedelta(days=366 * 2)
_LETTERS = string.ascii_letters + string.digits
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9]{{43}}", re.ASCII)


class TokenRefused(Exception):
    """The token is not made; `code` says why: "no_name", "no_scopes", "not_allowed", "no_list",
    "needs_all_cases", "unusable_day", "too_many"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def create(
    *,
    by: User,
    name: str,
    scopes: Iterable[str],
    reach: str,
    watchlist: Watchlist | None = None,
    expires_on: date | None = None,
) -> tuple[ApiToken, str]:
    """A new token of `by` and its text, which is told this once.

    `expires_on` is the last day, in Japan, on which it works; none: until it is taken back.
    """
    User.objects.select_for_update().get(pk=by.pk)
    if working(by).count() >= MOST_TOKENS:
        raise TokenRefused("too_many")
    told = " ".join(name.split())[:60]
    if not told:
        raise TokenRefused("no_name")
    chosen = _checked(by, scopes, reach, watchlist)
    text = PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(43))
    made = ApiToken.objects.create(
        owner=by,
        name=told,
        token_hash=_hash(text),
        ending=text[-4:],
        scopes=chosen,
        reach=reach,
        watchlist=watchlist if reach == Scope.LIST else None,
        expires_at=_end_of(expires_on),
    )
    record("token.create", by=by, token=str(made.pk), name=told, scopes=chosen, reach=reach)
    return made, text


def _checked(by: User, scopes: Iterable[str], reach: str, watchlist: Watchlist | None) -> list[str]:
    given = set(scopes)
    chosen = [name for name in SCOPES if name in given]
    if not chosen or len(chosen) != len(given):
        raise TokenRefused("no_scopes")
    if given & SCOPES.keys() - open_to(by).keys():
        raise TokenRefused("not_allowed")
    unseen = watchlist is None or not visible_to(by).filter(pk=watchlist.pk).exists()
    if reach not in Scope.values or (reach == Scope.LIST and unseen):
        raise TokenRefused("no_list")
    if reach != Scope.ALL and NEEDS_ALL_CASES & given:
        raise TokenRefused("needs_all_cases")
    return chosen


def _end_of(day: date | None) -> datetime | None:
    if day is None:
        return None
    today = clock.office_today()
    if not today <= day <= today + LONGEST_LIFE:
        raise TokenRefused("unusable_day")
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=JST)


@transaction.atomic
def revoke(token: ApiToken, *, by: User) -> None:
    """The token opens nothing from this moment on; the row stays as the record. Twice changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now()):
        record("token.revoke", by=by, token=str(token.pk), name=token.name)


def working(owner: User) -> QuerySet[ApiToken]:
    """A person's tokens that are neither taken back nor over."""
    return owner.api_tokens.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()), revoked_at=None)


def presented(request: HttpRequest) -> ApiToken | None:
    """The working token in the request's header; None for any other, and for somebody who has left or whose
    role has no tokens."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _FORM.fullmatch(text.strip()):
        return None
    token = (
        ApiToken.objects.select_related("owner", "watchlist")
        .filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()), revoked_at=None)
        .filter(having(Right.EXPORT, "owner__"))
        .filter(token_hash=_hash(text.strip()))
        .first()
    )
    return token if token and _list_is_seen(token) else None


def _list_is_seen(token: ApiToken) -> bool:
    """A list that was hidden from its reader since is not read by their program either."""
    return token.watchlist is None or token.watchlist.shared or token.watchlist.owner_id == token.owner_id


def is_over(token: ApiToken) -> bool:
    return token.expires_at is not None and token.expires_at <= clock.now()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
