"""How many status replies a second are taken in, against the floor of parsing and inserting the same rows."""

from __future__ import annotations

import hashlib
import statistics
import time
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from apiclient.clock import JST
from apiclient.outcomes import Answer
from apiclient.sandbox import Sandbox, wire
from dossiers.models import (
    Case,
    Document,
    Event,
    News,
    ReviewTask,
    Snapshot,
    TimeLimit,
    TimeLimitChange,
)
from dossiers.refresh.snapshots import read_again
from dossiers.refresh.take_in import take_in

WARM, IN_A_TURN = 30, 10
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
OF_A_CASE: tuple[type[models.Model], ...] = (Snapshot, Event, Document, TimeLimit, ReviewTask, News)
Rows = dict[type[models.Model], list[dict[str, Any]]]


def replies(count: int) -> list[tuple[str, bytes]]:
    """(application number, body) of `count` patents of the sandbox's world."""
    with Sandbox(seed=3, cases=count * 3, now=NOW) as office:
        return [
            (sight.case.number, wire.envelope("100", 700, wire.progress(sight, simple=False)))
            for sight in office.cases("patent", limit=count)
        ]


def measure(count: int = 150) -> dict[str, float]:
    """Replies per second: first reading, reading again unchanged, and the floor; and their queries.

    The floor puts the very rows back that the first reading wrote: nothing is decided, only parsed, packed
    and inserted, each table by one statement. Both take turns, a few cases at a time, so that whatever else
    the machine does weighs on both; `ratio_to_floor` is the median of these turns.
    """
    bodies = replies(count + WARM)
    for number, _ in bodies:
        Case.objects.create(law="patent", application_number=number)
    queries = [_queries(number, body) for number, body in bodies[:WARM]]
    turns = [_turn(bodies[n : n + IN_A_TURN]) for n in range(WARM, len(bodies), IN_A_TURN)]
    again = _seconds(bodies[WARM:], _take)
    return {
        "replies": count,
        "per_s": round(count / sum(first for first, _ in turns), 1),
        "queries": max(queries),
        "unchanged_per_s": round(count / again, 1),
        "unchanged_queries": max(_queries(number, body) for number, body in bodies[:WARM]),
        "floor_per_s": round(count / sum(floor for _, floor in turns), 1),
        "ratio_to_floor": round(statistics.median(first / floor for first, floor in turns), 2),
    }


def _turn(bodies: list[tuple[str, bytes]]) -> tuple[float, float]:
    """Seconds of taking these in, and of putting the same rows back by hand."""
    first = _seconds(bodies, _take)
    written = {number: _rows_of(number) for number, _ in bodies}
    Case.objects.filter(application_number__in=written).delete()
    return first, _seconds(bodies, lambda number, body: _by_hand(written[number], body))


def _seconds(bodies: list[tuple[str, bytes]], work: Callable[[str, bytes], None]) -> float:
    start = time.perf_counter()
    for number, body in bodies:
        work(number, body)
    return time.perf_counter() - start


def _queries(number: str, body: bytes) -> int:
    with CaptureQueriesContext(connection) as queries:
        _take(number, body)
    return len(queries)


def _answer(number: str, body: bytes) -> Answer:
    return read_again("patent", "app_progress", (number,), body, NOW)


def _take(number: str, body: bytes) -> None:
    case = Case.objects.get(law="patent", application_number=number)
    take_in(case, _answer(number, body), now=NOW, tell=lambda news: None)


def _rows_of(number: str) -> Rows:
    """Every row that the case consists of, with its primary key."""
    case = Case.objects.get(law="patent", application_number=number)
    rows: Rows = {Case: [_values(case)]}
    for model in OF_A_CASE:
        rows[model] = [_values(row) for row in model._default_manager.filter(case=case).order_by("pk")]
    changes = TimeLimitChange.objects.filter(limit__case=case).order_by("pk")
    rows[TimeLimitChange] = [_values(change) for change in changes]
    return rows


def _values(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _by_hand(rows: Rows, body: bytes) -> None:
    """The least any program could do: read the reply, hash and pack it, insert the rows."""
    _answer(rows[Case][0]["application_number"], body)
    hashlib.sha256(body).hexdigest()
    packed = zlib.compress(body, 6)
    with transaction.atomic():
        for model, values in rows.items():
            made = [model(**one) for one in values]
            if model is Snapshot:
                made[0].body = packed  # type: ignore[attr-defined]
            model._default_manager.bulk_create(made)
