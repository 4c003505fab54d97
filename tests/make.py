"""Things to test with, made by plain functions. All names are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dossiers.docketing.codes import lookup
from dossiers.models import Case, Event, EventKind, Follow, Preference, User, Watchlist, WatchlistEntry

SEEN = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def user(username: str = "carol", **fields: Any) -> User:
    fields.setdefault("email", f"{username}@example.com")
    return User.objects.create_user(username=username, password=PASSWORD, **fields)


def case(number: str = "2023000123", law: str = "patent", **fields: Any) -> Case:
    fields.setdefault("title", "架空の配線構造体")
    fields.setdefault("applicants_text", "架空電機株式会社")
    fields.setdefault("filing_date", date(2023, 1, 10))
    return Case.objects.create(law=law, application_number=number, **fields)


def event(case: Case, code: str = "A131", on: date = date(2026, 11, 20), **fields: Any) -> Event:
    number = fields.setdefault("document_number", f"061260{Event.objects.count():05d}")
    fields.setdefault("key", f"{code}:{number}")
    known = lookup(code, case.law)
    fields.setdefault("description", known.ja if known.treatment in ("own", "none") else "拒絶理由通知書")
    fields.setdefault("side", Event.Side.OFFICE)
    fields.setdefault("first_seen_at", SEEN)
    return Event.objects.create(case=case, code=code, legal_date=on, **fields)


def at_once(*users: User) -> None:
    """Have these people told of everything by a mail of its own."""
    rows = [Preference(user=user, kind=kind, rhythm="at_once") for user in users for kind in EventKind]
    Preference.objects.bulk_create(rows)


def watchlist(
    owner: User, *cases: Case, name: str = "特許 第一担当", followers: tuple[User, ...] = ()
) -> Watchlist:
    made = Watchlist.objects.create(name=name, owner=owner)
    for one in cases:
        WatchlistEntry.objects.create(watchlist=made, case=one, added_by=owner)
    for follower in followers:
        Follow.objects.create(watchlist=made, user=follower)
    return made
