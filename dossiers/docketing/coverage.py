"""The completeness promise as figures: of every document that somebody else put into a file, what became.

A document of the applicant's own side needs no account. Those that left the office's list are counted apart:
each has its own task for a person. Silence is never safety, so cases that the office has not confirmed
lately are always counted beside the figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum

from apiclient.clock import office_day
from dossiers import reach
from dossiers.models import Case, CoverageDay, Event, Law

STALE_DAYS = 3  # longer than a weekend and a holiday's Monday without a word is worth a look
Account = Event.Account
_Count = tuple[Any, ...]  # account, how many, the earliest dispatch among them


@dataclass(frozen=True)
class Tally:
    """How many documents stand in each account."""

    limit: int = 0
    no_limit: int = 0
    person: int = 0
    open: int = 0
    oldest_open_on: date | None = None  # by dispatch

    @property
    def accounted(self) -> int:
        return self.limit + self.no_limit + self.person

    @property
    def dispatched(self) -> int:
        return self.accounted + self.open


def dispatched() -> QuerySet[Event]:
    """Documents to account for: all in the office's lists but those of the applicant's own side."""
    accounts = [Account.LIMIT, Account.NO_LIMIT, Account.PERSON, Account.OPEN]
    return Event.objects.filter(account__in=accounts, vanished_at=None)


def not_confirmed(now: datetime) -> Q:
    """Cases that the office has not confirmed lately: never, too long ago, or the last question failed."""
    since = now - timedelta(days=STALE_DAYS)
    return Q(confirmed_at=None) | Q(confirmed_at__lt=since) | ~Q(last_outcome="ok")


def tally(events: QuerySet[Event]) -> Tally:
    """What became of `events`, in one query."""
    rows = events.order_by().values_list("account").annotate(Count("account"), Min("legal_date"))
    return _sum(rows)


def tally_by_law(events: QuerySet[Event]) -> dict[str, Tally]:
    """The same by law, in the laws' usual order, in one query; a law without documents is left out."""
    rows = events.order_by().values_list("case__law", "account").annotate(Count("account"), Min("legal_date"))
    by_law: dict[str, list[_Count]] = {}
    for law, *counted in rows:
        by_law.setdefault(law, []).append(tuple(counted))
    return {law: _sum(by_law[law]) for law in Law.values if law in by_law}


@dataclass(frozen=True)
class Standing:
    """Cases of one law and person in charge, and what became of their documents."""

    law: str
    owner: int | None
    cases: int
    stale: int  # not confirmed lately
    never: int  # never confirmed
    unread: int  # the last answer could not be read
    reviews: int  # what waits for a person
    tally: Tally


def standings(cases: QuerySet[Case], now: datetime) -> list[Standing]:
    """What the cases keep of themselves, added up in one query from an index of theirs: as quick for one
    document a case as for thirty."""
    rows: Any = cases.order_by().values_list("law", "owner")
    rows = rows.annotate(
        cases=Count("*"),
        stale=Count("law", filter=not_confirmed(now)),
        never=Count("law", filter=Q(confirmed_at=None)),
        unread=Count("law", filter=Q(last_outcome="unreadable")),
        tasks=Sum("open_reviews"),
        limit=Sum("with_limit"),
        no_limit=Sum("without_limit"),
        person=Sum("by_person"),
        open=Sum("not_accounted"),
        oldest=Min("oldest_open_on"),
    )
    return [
        Standing(law, owner, count, stale, never, unread, tasks, Tally(limit, none, person, waiting, oldest))
        for law, owner, count, stale, never, unread, tasks, limit, none, person, waiting, oldest in rows
    ]


def by_law(found: Iterable[Standing]) -> dict[str, Tally]:
    """Their tallies, in the laws' usual order; a law without documents is left out."""
    of_law: dict[str, list[Tally]] = {}
    for one in found:
        of_law.setdefault(one.law, []).append(one.tally)
    tallies = {law: together(of_law[law]) for law in Law.values if law in of_law}
    return {law: one for law, one in tallies.items() if one.dispatched}


def together(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    given = list(tallies)
    return Tally(
        limit=sum(one.limit for one in given),
        no_limit=sum(one.no_limit for one in given),
        person=sum(one.person for one in given),
        open=sum(one.open for one in given),
        oldest_open_on=min((one.oldest_open_on for one in given if one.oldest_open_on), default=None),
    )


def _sum(rows: Iterable[_Count]) -> Tally:
    found = {account: (n, oldest) for account, n, oldest in rows}
    counts = {account: n for account, (n, _oldest) in found.items()}
    return Tally(
        limit=counts.get(Account.LIMIT, 0),
        no_limit=counts.get(Account.NO_LIMIT, 0),
        person=counts.get(Account.PERSON, 0),
        open=counts.get(Account.OPEN, 0),
        oldest_open_on=found.get(Account.OPEN, (0, None))[1],
    )


def keep_day(now: datetime) -> bool:
    """Write the figure of the office day of `now` down, once, whoever comes first; whether this call did.

    Everybody reads it, so what is behind a wall is not in it. A docket without cases promises nothing, and
    has no figure.
    """
    day = office_day(now)
    if CoverageDay.objects.filter(day=day).exists():
        return False
    cases = Case.objects.filter(reach.everybodys()).aggregate(
        all=Count("law"), stale=Count("law", filter=not_confirmed(now))
    )
    if not cases["all"]:
        return False
    found = tally(dispatched().filter(reach.everybodys("case__")))
    row = CoverageDay(
        day=day,
        dispatched=found.dispatched,
        accounted=found.accounted,
        oldest_open_on=found.oldest_open_on,
        cases=cases["all"],
        cases_not_confirmed=cases["stale"],
    )
    CoverageDay.objects.bulk_create([row], ignore_conflicts=True)  # another worker may have been first
    return True
