"""A docket of any size: invented cases whose limits are copies of ones that the rules computed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models

from dossiers import clock
from dossiers.docketing.store import reconcile
from dossiers.models import (
    Case,
    Difference,
    Event,
    News,
    ReviewTask,
    TimeLimit,
    User,
    Watchlist,
    WatchlistEntry,
)
from dossiers.refresh import search_index

LAWS = ("patent", "patent", "design", "trademark")
DISPATCHED_DAYS_AGO = 20
NEWS_EACH, DIFFERS_EACH = 20, 25  # one case in so many


def grow_to(size: int, owner: User, watchlist: Watchlist) -> None:
    """Add cases until there are `size`, each with a notice, an answer's paper and its time limits."""
    models_of = {law: _prototype(law) for law in set(LAWS)}
    have = Case.objects.count()
    for start in range(have, size, 2000):
        _add(range(start, min(size, start + 2000)), models_of, owner, watchlist)


def _prototype(law: str) -> Case:
    """One case docketed by the real rules, to copy from."""
    number = "2000000001"
    found = Case.objects.filter(law=law, application_number=number).first()
    if found:
        return found
    case = Case.objects.create(law=law, application_number=number, residency="resident", title="手本")
    _event(case, "A63", 400, "願書", Event.Side.APPLICANT).save()
    _event(case, "A131", DISPATCHED_DAYS_AGO, "拒絶理由通知書", Event.Side.OFFICE).save()
    reconcile(case, now=clock.now())
    case.refresh_from_db()
    return case


def _event(case: Case, code: str, days_ago: int, words: str, side: str) -> Event:
    day = clock.office_today() - timedelta(days_ago)
    return Event(
        case=case,
        key=f"{code}:1",
        code=code,
        document_number="06126000001",
        legal_date=day,
        description=words,
        side=side,
        first_seen_at=clock.now() - timedelta(hours=days_ago),
    )


def _add(numbers: range, prototypes: dict[str, Case], owner: User, watchlist: Watchlist) -> None:
    cases = Case.objects.bulk_create([_case(n, prototypes[LAWS[n % 4]], owner) for n in numbers], 500)
    search_index.write_cases(cases)
    by_law = {law: [case for case in cases if case.law == law] for law in prototypes}
    for law, prototype in prototypes.items():
        events = _copied(prototype.events.all(), by_law[law])
        for event in events:
            if event.case_id % NEWS_EACH:  # what came lately is a small part of any docket
                event.first_seen_at -= timedelta(days=300)
        Event.objects.bulk_create(events, batch_size=500)
        of_case: dict[tuple[int, str], Event] = {(event.case_id, event.key): event for event in events}
        limits = _copied(prototype.limits.select_related("event"), by_law[law])
        for limit in limits:
            if limit.event:
                limit.event = of_case[limit.case_id, limit.event.key]
            limit.due = limit.due and limit.due + timedelta(limit.case_id % 240 - 20)
        TimeLimit.objects.bulk_create(limits, batch_size=500)
        ReviewTask.objects.bulk_create(
            _copied(prototype.reviews.filter(event=None), by_law[law]), batch_size=500
        )
        notices = [event for event in events if event.code == "A131" and event.case_id % NEWS_EACH == 0]
        News.objects.bulk_create((_news(event) for event in notices), batch_size=500)
    differing = [case for case in cases if case.pk % DIFFERS_EACH == 0]
    Difference.objects.bulk_create(
        (Difference(case=case, field="title", own="別の名称", office=case.title) for case in differing),
        batch_size=500,
    )
    entries = [WatchlistEntry(watchlist=watchlist, case=case, added_by=owner) for case in cases]
    WatchlistEntry.objects.bulk_create(entries, batch_size=500)


def _news(event: Event) -> News:
    return News(case_id=event.case_id, event=event, kind=News.Kind.OFFICE_ACTION, key=f"event:{event.key}")


def _case(n: int, prototype: Case, owner: User) -> Case:
    now = clock.now()
    return Case(
        law=prototype.law,
        application_number=f"{2008 + n % 18}{n:06d}",
        title=f"架空の装置 第{n}号",
        applicants_text=f"架空{n % 97}株式会社",
        own_reference=f"BENCH-{n}",
        owner=owner if n % 3 == 0 else None,
        stage=prototype.stage,
        next_due=prototype.next_due and prototype.next_due + timedelta(n % 240 - 20),
        confirmed_at=now - timedelta(hours=n % 60),
        asked_at=now - timedelta(hours=n % 60),
        last_outcome="ok",
    )


def _copied(rows: models.QuerySet[Any], cases: list[Case]) -> list[Any]:
    """A copy of each row for each case."""
    copies, originals = [], list(rows)
    for case in cases:
        for row in originals:
            values = {
                field.attname: getattr(row, field.attname)
                for field in row._meta.concrete_fields
                if not field.primary_key
            }
            copy = row.__class__(**values)
            if getattr(row, "event_id", None):
                copy.event = row.event
            copy.case = case
            copies.append(copy)
    return copies
