"""Private addresses at which programs read a person's news or time limits.

The address holds a token nobody can guess and is the authority to read; whoever loses it makes a new one or
takes it back. Only the token's hash is kept. Conditional requests are answered from what was last read, so
that "not modified" is never said of a date that moved.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from dossiers import reach
from dossiers.alerts.follow import followed_by
from dossiers.models import Case, Feed, Scope, User, Watchlist, WatchlistEntry, record
from dossiers.roles import Right, can, having

from .manage import ChannelRefused, checked_scope

MOST_FEEDS = 20  # of one person
_NOTED_EACH = timedelta(minutes=1)
_ONE_SECOND = timedelta(seconds=1)  # as fine as HTTP tells times
PATHS = {Feed.Kind.LIMITS: "limits.ics", Feed.Kind.NEWS: "news.atom"}


def url_of(feed: Feed, token: str) -> str:
    return f"{settings.SITE_URL}/feeds/{token}/{PATHS[Feed.Kind(feed.kind)]}"


@transaction.atomic
def create(*, by: User, kind: str, scope: str, watchlist: Watchlist | None = None) -> tuple[Feed, str]:
    """A new feed and its token, which is told this once. Refused as in `manage.checked_scope`, and with
    "unknown_kind", "too_many"."""
    if kind not in Feed.Kind.values:
        raise ChannelRefused("unknown_kind")
    scope, watchlist = checked_scope(by, scope, watchlist)
    if Feed.objects.filter(owner=by).count() >= MOST_FEEDS:
        raise ChannelRefused("too_many")
    token = _new_token()
    feed = Feed.objects.create(owner=by, kind=kind, scope=scope, watchlist=watchlist, token_hash=_hash(token))
    record("feed.create", by=by, feed=feed.pk, kind=kind, scope=scope)
    return feed, token


@transaction.atomic
def rotate(feed: Feed, *, by: User, now: datetime) -> str:
    """Another token; the one before opens nothing from this moment on."""
    token = _new_token()
    Feed.objects.filter(pk=feed.pk).update(token_hash=_hash(token), rotated_at=now, last_read_at=None)
    record("feed.rotate", by=by, feed=feed.pk)
    return token


@transaction.atomic
def revoke(feed: Feed, *, by: User) -> None:
    """The address opens nothing from this moment on; the audit line stays."""
    record("feed.revoke", by=by, feed=feed.pk, kind=feed.kind, scope=feed.scope)
    feed.delete()


def feed_for(token: str, kind: str) -> Feed | None:
    """The feed that the token opens; None for any other token, for somebody who has left, and for a list that
    is hidden from its reader by now."""
    rows = Feed.objects.select_related("owner", "watchlist").filter(having(Right.EXPORT, "owner__"))
    feed = rows.filter(token_hash=_hash(token), kind=kind).first()
    if feed is None or not feed.watchlist:
        return feed
    return feed if feed.watchlist.shared or feed.watchlist.owner_id == feed.owner_id else None


def of_its_cases(feed: Feed) -> Q:
    """Of rows with a `case`: those of the cases that the feed is about and its owner sees."""
    shown = reach.shown_to(feed.owner, "case__")
    if feed.scope == Scope.ALL and can(feed.owner, Right.ADMINISTER):
        return shown
    if feed.scope == Scope.LIST:
        return shown & _among(WatchlistEntry.objects.filter(watchlist=feed.watchlist_id).values("case"))
    owned = Case.objects.filter(owner=feed.owner_id).order_by().values("pk")
    return shown & (_among(owned) | followed_by(feed.owner, "case"))


def _among(keys: QuerySet[Any, Any]) -> Q:
    return Q(case__in=keys)


def note_read(feed: Feed, body: bytes, *, read_at: datetime, machine_now: datetime) -> tuple[str, datetime]:
    """Keep that it was read; the validators of what is read now: its tag, and since when it has been so.

    What differs from the last time has a later second, even if it is read twice within one.
    """
    etag = hashlib.sha256(body).hexdigest()
    changed_at = feed.changed_at
    if changed_at is None or etag != feed.etag:
        changed_at = machine_now.replace(microsecond=0)
        if feed.changed_at and changed_at <= feed.changed_at:
            changed_at = feed.changed_at + _ONE_SECOND
    lately = feed.last_read_at is not None and feed.last_read_at <= read_at < feed.last_read_at + _NOTED_EACH
    if etag != feed.etag or not lately:
        seen = {"etag": etag, "changed_at": changed_at, "last_read_at": read_at}
        Feed.objects.filter(pk=feed.pk).update(**seen)
    return etag, changed_at


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
