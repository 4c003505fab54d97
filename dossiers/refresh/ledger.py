"""The account of calls to the office, shared by every process through the database.

Rows are locked and counted in transactions of their own, over before a call is sent: a call under way holds
nothing, and a worker killed in the middle of one leaves it counted. All arithmetic is `apiclient.quota`'s.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import UTC, date, datetime

from django.db import transaction

from apiclient.clock import office_day
from apiclient.quota import (
    MINUTE_WINDOW,
    Bucket,
    DailyLimitReached,
    DayCount,
    MinuteLimitReached,
    Policy,
    Purpose,
    Reservation,
    Usage,
    charge_late,
    charged_days,
    counter_is_of_the_day,
    may_reserve_today,
    minute_retry_at,
    next_chance,
    reserve_today,
    settle_today,
)
from dossiers.models import QuotaDay, QuotaMinute


class DatabaseLedger:
    """An `apiclient.quota.Ledger` over QuotaDay and QuotaMinute rows.

    RuntimeError when called inside a transaction: its count would be undone with it, or its locks held over
    the call. The minute's row is always locked before a day's, so that callers cannot lock each other out.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._open: set[str] = set()

    def reserve(self, bucket: Bucket, purpose: Purpose, now: datetime) -> Reservation:
        rule = self._policy.day_rule(bucket)
        with transaction.atomic(durable=True):
            minute = _locked_minute(bucket)
            row = _locked_day(bucket, office_day(now))
            count = _count(row)
            if not may_reserve_today(count, rule, purpose, now):
                raise DailyLimitReached(bucket, next_chance(count, rule, purpose, now))
            self._take_minute(minute, bucket, purpose, now)
            _store(row, reserve_today(count))
        reservation = Reservation(uuid.uuid4().hex, bucket, purpose, now)
        self._open.add(reservation.id)
        return reservation

    def _take_minute(self, row: QuotaMinute, bucket: Bucket, purpose: Purpose, now: datetime) -> None:
        calls = [call for call in row.calls if _near(_instant(call), now)]
        limit = self._policy.minute_limit(bucket, purpose)
        retry_at = minute_retry_at([_instant(call) for call in calls], limit, now)
        if retry_at is not None:
            raise MinuteLimitReached(bucket, retry_at)
        row.calls = [*calls, [now.timestamp(), purpose]]
        row.save(update_fields=["calls"])

    def settle(
        self,
        reservation: Reservation,
        *,
        counted: bool,
        remaining: int | None,
        exhausted: bool,
        now: datetime,
    ) -> None:
        if reservation.id not in self._open:
            raise ValueError("this reservation was settled before or belongs to another ledger")
        bucket = reservation.bucket
        sure = counter_is_of_the_day(reservation.at, now)
        first, *later = charged_days(reservation.at, now)
        with transaction.atomic(durable=True):
            row = _locked_day(bucket, first)
            settled = settle_today(
                _count(row),
                self._policy.day_rule(bucket),
                counted=counted,
                remaining=remaining if sure else None,
                exhausted=exhausted and sure,
            )
            _store(row, settled)
            for day in later if counted else ():
                row = _locked_day(bucket, day)
                _store(row, charge_late(_count(row)))
        self._open.discard(reservation.id)

    def usage(self, bucket: Bucket, now: datetime) -> Usage:
        rule = self._policy.day_rule(bucket)
        row = QuotaDay.objects.filter(**_key(bucket, office_day(now))).first()
        count = _count(row) if row else DayCount()
        return Usage(count.used, rule.limit, count.remaining_reported, count.exhausted)


def _key(bucket: Bucket, day: date) -> dict[str, object]:
    return {"credential": bucket.credential, "bucket": bucket.name, "day": day}


def _locked_day(bucket: Bucket, day: date) -> QuotaDay:
    key = _key(bucket, day)
    QuotaDay.objects.bulk_create([QuotaDay(**key)], ignore_conflicts=True)
    return QuotaDay.objects.select_for_update().get(**key)


def _locked_minute(bucket: Bucket) -> QuotaMinute:
    key = {"credential": bucket.credential, "group": bucket.group}
    QuotaMinute.objects.bulk_create([QuotaMinute(**key)], ignore_conflicts=True)
    return QuotaMinute.objects.select_for_update().get(**key)


def _count(row: QuotaDay) -> DayCount:
    return DayCount(row.used, row.in_flight, row.remaining_reported, row.exhausted)


def _store(row: QuotaDay, count: DayCount) -> None:
    for name, value in asdict(count).items():
        setattr(row, name, value)
    row.save(update_fields=list(asdict(count)))


def _instant(call: list[object]) -> datetime:
    return datetime.fromtimestamp(float(str(call[0])), UTC)


def _near(at: datetime, now: datetime) -> bool:
    """Whether a call still matters. One far in the future, of a clock since put right, must not block."""
    return abs(at - now) < 2 * MINUTE_WINDOW
