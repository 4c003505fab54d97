"""A made-up docket of any size, written with bulk inserts: for measuring only."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from dossiers.models import (
    Case,
    Document,
    Event,
    Follow,
    News,
    ReviewTask,
    TimeLimit,
    User,
    Watchlist,
    WatchlistEntry,
)

CHUNK = 2000
STAGES = ("awaiting_examination", "response_due", "awaiting_next_action", "allowed", "registered", "lapsed")
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
_HISTORY = (
    ("A63", "applicant", "own", "特許願"),
    ("A621", "applicant", "own", "出願審査請求書"),
    ("A971007", "office", "no_limit", "検索報告書"),
    ("A131", "office", "limit", "拒絶理由通知書"),
    ("A53", "applicant", "own", "意見書"),
    ("A523", "applicant", "own", "手続補正書"),
    ("A01", "office", "limit", "特許査定"),
    ("R100", "applicant", "own", "特許料納付書"),
)


def fill(cases: int, seed: int = 1) -> User:
    """Write `cases` cases with about eight acts each, a running limit on every third; returns the reader."""
    chance = random.Random(seed)  # noqa: S311
    reader = User.objects.create_user(
        "bench", "bench@example.com", "bench bench bench", display_name="計測係"
    )
    watchlist = Watchlist.objects.create(name="すべて", owner=reader)
    Follow.objects.create(watchlist=watchlist, user=reader)
    for chunk in _chunks(range(cases)):
        made = Case.objects.bulk_create(_case(n, reader, chance) for n in chunk)
        WatchlistEntry.objects.bulk_create(
            WatchlistEntry(watchlist=watchlist, case=case, added_by=reader) for case in made
        )
        _histories(made, chance)
    return reader


def _chunks(numbers: range) -> Iterator[list[int]]:
    iterator = iter(numbers)
    while chunk := list(itertools.islice(iterator, CHUNK)):
        yield chunk


def _case(n: int, owner: User, chance: random.Random) -> Case:
    year, serial = 2014 + n % 12, 1 + n // 12
    number = f"{year}{serial:06d}"
    title = f"架空の{chance.choice(('計測', '搬送', '表示', '通信', '蓄電'))}装置及び方法 {n}"
    return Case(
        law=("patent", "patent", "patent", "design", "trademark")[n % 5],
        application_number=number,
        title=title,
        applicants_text=f"架空第{n % 97}工業株式会社",
        filing_date=date(year, 1 + n % 12, 1 + n % 28),
        stage=STAGES[n % len(STAGES)],
        stage_basis_ja="計測用",
        stage_basis_en="for measuring",
        next_due=TODAY + timedelta(days=n % 90 - 5) if n % 3 == 0 else None,
        confirmed_at=NOW - timedelta(hours=n % 50),
        asked_at=NOW - timedelta(hours=n % 50),
        last_outcome="ok",
        own_reference=f"BEN-{n:06d}",
        owner=owner if n % 2 else None,
        search_text=f"{number}\n{title}\n架空第{n % 97}工業株式会社\nben-{n:06d}",
        added_by=owner,
    )


def _histories(cases: list[Case], chance: random.Random) -> None:
    events = Event.objects.bulk_create(
        (event for case in cases for event in _events(case, chance)), batch_size=CHUNK
    )
    Document.objects.bulk_create((_document(event) for event in events), batch_size=CHUNK)
    notices = [event for event in events if event.code == "A131"]
    running = [event for event in notices if event.case.next_due]
    TimeLimit.objects.bulk_create((_limit(event) for event in running), batch_size=CHUNK)
    News.objects.bulk_create(
        (
            News(case=event.case, event=event, kind="office_action", key=f"event:{event.key}", created_at=NOW)
            for event in running[::10]
        ),
        batch_size=CHUNK,
    )
    ReviewTask.objects.bulk_create(
        (
            ReviewTask(
                case=event.case,
                event=event,
                key=f"unknown:{event.key}",
                kind="unknown_document",
                detail_ja="計測用",
                detail_en="for measuring",
                opened_at=NOW,
            )
            for event in running[::50]
        ),
        batch_size=CHUNK,
    )


def _events(case: Case, chance: random.Random) -> Iterator[Event]:
    on = case.filing_date
    for position, (code, side, account, name) in enumerate(_HISTORY):
        number = f"0{position}{case.application_number[1:]}"[:11]
        yield Event(
            case=case,
            key=f"{code}:{number}",
            code=code,
            document_number=number,
            legal_date=on,
            description=name,
            side=side,
            account=account,
            first_seen_at=NOW - timedelta(days=chance.randrange(400)),
        )
        on += timedelta(days=chance.randrange(30, 200))


def _document(event: Event) -> Document:
    return Document(
        case=event.case,
        event=event,
        identity=f"01|{event.case.application_number}|{event.document_number}|{event.code}|K|",
        number_type="01",
        number=event.case.application_number,
        document_number=event.document_number,
        code=event.code,
        separator="K",
        legal_date=event.legal_date,
        description=event.description,
        available=True,
        first_seen_at=event.first_seen_at,
    )


def _limit(event: Event) -> TimeLimit:
    due = event.case.next_due
    return TimeLimit(
        case=event.case,
        event=event,
        key=f"pat.oa.response:{event.key}",
        rule_id="pat.oa.response",
        rule_version="bench",
        title_ja="拒絶理由通知に対する応答",
        title_en="Response to notice of reasons for refusal",
        base_date=event.legal_date,
        raw_end=due,
        due=due,
        calculation=_calculation(event),
        confidence="official",
        created_at=NOW,
        state_at=NOW,
    )


def _calculation(event: Event) -> dict[str, object]:
    from dossiers.docketing.results import Calculation
    from dossiers.docketing.serial import calculation_to_json

    return calculation_to_json(
        Calculation(
            rule_id="pat.oa.response",
            rule_version="bench",
            base_date=event.legal_date,
            residency="resident",
            period_text="60d",
            period_source="table",
            raw_end=event.case.next_due,
            due=event.case.next_due,
            rolled=False,
            steps=(),
            ladder=(),
            provisional=False,
            confidence="official",
        )
    )
