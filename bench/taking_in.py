"""How many status replies a second are taken in, against the floor of parsing and inserting the same rows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apiclient.clock import JST
from apiclient.outcomes import Answer
from apiclient.sandbox import Sandbox, wire
from dossiers.models import Case, Document, Event
from dossiers.refresh.snapshots import read_again
from dossiers.refresh.take_in import take_in

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=JST)


def replies(count: int) -> list[tuple[str, bytes]]:
    """(application number, body) of `count` patents of the sandbox's world."""
    with Sandbox(seed=3, cases=count * 3, now=NOW) as office:
        return [
            (sight.case.number, wire.envelope("100", 700, wire.progress(sight, simple=False)))
            for sight in office.cases("patent", limit=count)
        ]


def measure(count: int = 150) -> dict[str, float]:
    """Replies per second: first reading, reading again unchanged, and the floor."""
    bodies = replies(count)
    floor = _rate(bodies, _by_hand)
    for number, _ in bodies:
        Case.objects.create(law="patent", application_number=number)
    first = _rate(bodies, _take)
    again = _rate(bodies, _take)
    return {
        "replies": count,
        "per_s": round(first, 1),
        "unchanged_per_s": round(again, 1),
        "floor_per_s": round(floor, 1),
        "ratio_to_floor": round(floor / first, 2),
    }


def _rate(bodies: list[tuple[str, bytes]], work: Callable[[str, bytes], None]) -> float:
    start = time.perf_counter()
    for number, body in bodies:
        work(number, body)
    return len(bodies) / (time.perf_counter() - start)


def _answer(number: str, body: bytes) -> Answer:
    return read_again("patent", "app_progress", (number,), body, NOW)


def _take(number: str, body: bytes) -> None:
    case = Case.objects.get(law="patent", application_number=number)
    take_in(case, _answer(number, body), now=NOW, tell=lambda news: None)


def _by_hand(number: str, body: bytes) -> None:
    """The least any program could do: read the JSON, insert a case, its acts and its documents."""
    rows = [
        row
        for block in json.loads(body)["result"]["data"]["bibliographyInformation"]
        for row in block["documentList"]
    ]
    with transaction.atomic():
        case = Case.objects.create(law="trademark", application_number=number)
        events = Event.objects.bulk_create(
            Event(
                case=case,
                key=f"{n}",
                code=row["documentCode"],
                description=row["documentDescription"],
                first_seen_at=NOW,
            )
            for n, row in enumerate(rows)
        )
        Document.objects.bulk_create(
            Document(
                case=case,
                event=event,
                identity=str(n),
                code=row["documentCode"],
                number_type="01",
                first_seen_at=NOW,
            )
            for n, (event, row) in enumerate(zip(events, rows, strict=True))
        )
