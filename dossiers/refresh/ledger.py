"""The account of calls to the office, shared by every process through the database.

Rows are locked and counted in transactions of their own, over before a call is sent: a call under way holds
nothing, and a worker killed in the middle of one leaves it counted. All arithmetic is `apiclient.quota`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import TypeVar

from django.db import transaction

from apiclient.quota import Book, BookLedger, Bucket, Call, DayCount
from dossiers.models import QuotaDay, QuotaMinute

_Row = TypeVar("_Row", QuotaDay, QuotaMinute)


class DatabaseLedger(BookLedger):
    """An `apiclient.quota.Ledger` over QuotaDay and QuotaMinute rows.

    RuntimeError when called inside a transaction: its count would be undone with it, or its locks held over
    the call.
    """

    @contextmanager
    def _book(self) -> Iterator[Book]:
        with transaction.atomic(durable=True):
            yield _Rows()

    def _seen(self, bucket: Bucket, day: date) -> DayCount:
        row = QuotaDay.objects.filter(**_day_key(bucket, day)).first()
        return count_of(row) if row else DayCount()


class _Rows:
    """A `Book` of rows locked until the end of the transaction."""

    def __init__(self) -> None:
        self._minute: QuotaMinute | None = None
        self._days: dict[date, QuotaDay] = {}

    def minute(self, bucket: Bucket) -> list[Call]:
        return [Call.from_row(call) for call in self._minute_row(bucket).calls]

    def write_minute(self, bucket: Bucket, calls: list[Call]) -> None:
        row = self._minute_row(bucket)
        row.calls = [call.as_row() for call in calls]
        row.save(update_fields=["calls"])

    def _minute_row(self, bucket: Bucket) -> QuotaMinute:
        if self._minute is None:
            self._minute = _locked(QuotaMinute, {"credential": bucket.credential, "group": bucket.group})
        return self._minute

    def day(self, bucket: Bucket, day: date) -> DayCount:
        if day not in self._days:
            self._days[day] = _locked(QuotaDay, _day_key(bucket, day))
        return count_of(self._days[day])

    def write_day(self, bucket: Bucket, day: date, count: DayCount) -> None:
        values = asdict(count)
        for name, value in values.items():
            setattr(self._days[day], name, value)
        self._days[day].save(update_fields=list(values))


def _day_key(bucket: Bucket, day: date) -> dict[str, object]:
    return {"credential": bucket.credential, "bucket": bucket.name, "day": day}


def _locked(model: type[_Row], key: dict[str, object]) -> _Row:
    """The row of `key`, made if there is none, and nobody else's until the transaction ends."""
    row = model.objects.select_for_update().filter(**key).first()
    if row is None:
        model.objects.bulk_create([model(**key)], ignore_conflicts=True)
        row = model.objects.select_for_update().get(**key)
    return row


def count_of(row: QuotaDay) -> DayCount:
    """The row's count, as the arithmetic takes it."""
    return DayCount(**{name: getattr(row, name) for name in _COUNTED})


_COUNTED = tuple(asdict(DayCount()))
