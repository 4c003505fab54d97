"""How many calls the office allows, and the arithmetic that keeps us below.

The office counts per ID, endpoint and law and starts again at 00:00 Japan time; over all domestic endpoints
together it allows ten calls a minute, five for One Portal Dossier (handbook v1.4, access limits). All the
arithmetic is in pure functions here, so that a ledger only has to store and lock:

    daily     `may_reserve_today`, `reserve_today`, `settle_today` on a `DayCount`
    minute    `minute_retry_at` on the instants of the last calls
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType
from typing import Protocol

from apiclient.clock import next_midnight, office_day

RESERVE_FADES_OVER = timedelta(hours=2)
# The rule says sixty seconds; the second more pays for calls that travel faster than the one before them.
MINUTE_WINDOW = timedelta(seconds=61)
# Two clocks differ: what the office says in the first minute of our day may still be of its yesterday.
MIDNIGHT_GRACE = timedelta(minutes=1)

_PER_MINUTE = MappingProxyType({"domestic": 10, "opd": 5})
_PEOPLE_PER_MINUTE = MappingProxyType({"domestic": 2, "opd": 1})


class Purpose(StrEnum):
    """Who waits for the answer: a person at a screen, or nobody."""

    PERSON = "person"
    BACKGROUND = "background"


@dataclass(frozen=True)
class Bucket:
    """One of the office's daily counters: an ID's calls to one endpoint under one law.

    `name` is law and endpoint, as in "patent/app_progress"; `group` is whose per-minute limit it shares.
    """

    credential: str
    name: str
    group: str = "domestic"


@dataclass(frozen=True)
class DayRule:
    """Calls a day, and how many of them background work leaves to people."""

    limit: int
    reserve_for_people: int = 0


@dataclass(frozen=True)
class Policy:
    """The limits in force: per bucket name and day, and per group of endpoints and minute."""

    daily: Mapping[str, DayRule]
    per_minute: Mapping[str, int] = field(default_factory=lambda: _PER_MINUTE)
    people_per_minute: Mapping[str, int] = field(default_factory=lambda: _PEOPLE_PER_MINUTE)

    def day_rule(self, bucket: Bucket) -> DayRule:
        """The rule of `bucket`; LookupError if none was set, for a guessed limit could cost the ID."""
        try:
            return self.daily[bucket.name]
        except KeyError:
            raise LookupError(f"no daily limit is known for {bucket.name}") from None

    def minute_limit(self, bucket: Bucket, purpose: Purpose) -> int:
        """Calls in the running minute, of whatever purpose, below which one more of `purpose` may go."""
        limit = self.per_minute[bucket.group]
        return limit if purpose is Purpose.PERSON else limit - self.people_per_minute.get(bucket.group, 0)


class DailyLimitReached(Exception):
    """No call of this bucket and purpose may go before `until`; other buckets are not affected."""

    def __init__(self, bucket: Bucket, until: datetime) -> None:
        super().__init__(f"no call left for {bucket.name} before {until.isoformat()}")
        self.bucket = bucket
        self.until = until


class MinuteLimitReached(Exception):
    """The running minute is full for this purpose; at `retry_at` a call may find room."""

    def __init__(self, bucket: Bucket, retry_at: datetime) -> None:
        super().__init__(f"the minute of {bucket.group} calls is full until {retry_at.isoformat()}")
        self.bucket = bucket
        self.retry_at = retry_at


@dataclass(frozen=True)
class Reservation:
    """A call that may be sent, counted already; to be settled once, whatever becomes of it."""

    id: str
    bucket: Bucket
    purpose: Purpose
    at: datetime


@dataclass(frozen=True)
class Usage:
    """Today's state of a bucket; `remaining_reported` is the lowest counter the office has shown today."""

    used: int
    limit: int
    remaining_reported: int | None
    exhausted: bool = False

    @property
    def left(self) -> int:
        """Calls left to people today, as far as is known; never more than the office said."""
        return 0 if self.exhausted else max(0, self.limit - self.used)


class Ledger(Protocol):
    """The account of calls, shared by everything that calls with the same credentials."""

    def reserve(self, bucket: Bucket, purpose: Purpose, now: datetime) -> Reservation:
        """Count one call and allow it; DailyLimitReached or MinuteLimitReached if it may not go."""
        ...

    def settle(
        self,
        reservation: Reservation,
        *,
        counted: bool,
        remaining: int | None,
        exhausted: bool,
        now: datetime,
    ) -> None:
        """Say what became of a reserved call.

        `counted`: the office has (or may have) counted it. `remaining`: its counter in the answer, if any.
        `exhausted`: it said that the day's limit is reached. A reservation never settled stays counted.
        """
        ...

    def usage(self, bucket: Bucket, now: datetime) -> Usage:
        """The bucket's state on the office's day of `now`."""
        ...


# --- the day -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayCount:
    """What a ledger stores per bucket and office day.

    `used` counts every reservation not given back, and rises to whatever the office's counter implies;
    `in_flight` are reservations not settled yet.
    """

    used: int = 0
    in_flight: int = 0
    remaining_reported: int | None = None
    exhausted: bool = False


def reserve_at(rule: DayRule, now: datetime) -> int:
    """Calls background work must leave to people at `now`: the whole reserve, fading to 0 before midnight."""
    to_midnight = next_midnight(now) - now
    share = min(1.0, to_midnight / RESERVE_FADES_OVER)
    return ceil(rule.reserve_for_people * share)


def left_today(count: DayCount, rule: DayRule) -> int:
    """Calls left on the day of `count`, for whatever purpose."""
    return 0 if count.exhausted else max(0, rule.limit - count.used)


def may_reserve_today(count: DayCount, rule: DayRule, purpose: Purpose, now: datetime) -> bool:
    """Whether one more call of `purpose` may go on the office's day of `now`, whose count is `count`."""
    kept = 0 if purpose is Purpose.PERSON else reserve_at(rule, now)
    return left_today(count, rule) > kept


def next_chance(count: DayCount, rule: DayRule, purpose: Purpose, now: datetime) -> datetime:
    """When a call refused at `now` may next be tried: as the fading reserve frees it, else at midnight."""
    midnight = next_midnight(now)
    left = left_today(count, rule)
    if purpose is Purpose.PERSON or left < 1 or rule.reserve_for_people < 1:
        return midnight
    free_at = midnight - RESERVE_FADES_OVER * ((left - 1) / rule.reserve_for_people)
    # A moment later, so that rounding cannot send the caller round in circles.
    return min(midnight, max(now, free_at) + timedelta(seconds=1))


def reserve_today(count: DayCount) -> DayCount:
    """`count` after one reservation."""
    return replace(count, used=count.used + 1, in_flight=count.in_flight + 1)


def settle_today(
    count: DayCount, rule: DayRule, *, counted: bool, remaining: int | None, exhausted: bool
) -> DayCount:
    """`count` after one of its reservations was settled (see `Ledger.settle`).

    The office's counter may only lower what we think is left: a stale counter must not give calls back. It
    cannot know of our calls still under way, so they are taken off what it says is left. A call that was not
    counted brings no counter either, for it comes from a cache.
    """
    in_flight = max(0, count.in_flight - 1)
    used = count.used if counted else max(0, count.used - 1)
    lowest = count.remaining_reported
    if counted and remaining is not None:
        used = max(used, rule.limit - remaining + in_flight)
        lowest = remaining if lowest is None else min(lowest, remaining)
    return DayCount(used, in_flight, lowest, count.exhausted or exhausted)


def counter_is_of_the_day(reserved_at: datetime, settled_at: datetime) -> bool:
    """Whether what the office said of its day belongs to the day of the reservation, beyond doubt.

    Around midnight it does not: yesterday's last counter, believed today, would stop the bucket for a day.
    """
    same_day = office_day(reserved_at) == office_day(settled_at)
    return same_day and office_day(reserved_at - MIDNIGHT_GRACE) == office_day(reserved_at)


def charged_days(reserved_at: datetime, settled_at: datetime) -> tuple[date, ...]:
    """The office days a counted call weighs on: both, if midnight passed while it was under way."""
    first, last = office_day(reserved_at), office_day(settled_at)
    return (first,) if first >= last else (first, last)


def charge_late(count: DayCount) -> DayCount:
    """`count` of the new day after a call reserved the day before has ended in it."""
    return replace(count, used=count.used + 1)


# --- the minute --------------------------------------------------------------------------------------------


def minute_retry_at(calls: Sequence[datetime], limit: int, now: datetime) -> datetime | None:
    """None if a call may go at `now` after those at `calls` (any order), else when there will be room."""
    recent = sorted(at for at in calls if at > now - MINUTE_WINDOW)
    if len(recent) < limit:
        return None
    return recent[len(recent) - limit] + MINUTE_WINDOW


# --- a ledger in memory ------------------------------------------------------------------------------------


class MemoryLedger:
    """A `Ledger` for one process: safe between threads, forgotten at exit."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._lock = threading.Lock()
        self._days: dict[tuple[Bucket, date], DayCount] = {}
        self._calls: dict[tuple[str, str], list[datetime]] = {}
        self._open: set[str] = set()

    def reserve(self, bucket: Bucket, purpose: Purpose, now: datetime) -> Reservation:
        rule = self._policy.day_rule(bucket)
        with self._lock:
            count = self._count(bucket, office_day(now))
            if not may_reserve_today(count, rule, purpose, now):
                raise DailyLimitReached(bucket, next_chance(count, rule, purpose, now))
            self._take_minute(bucket, purpose, now)
            self._days[bucket, office_day(now)] = reserve_today(count)
            reservation = Reservation(uuid.uuid4().hex, bucket, purpose, now)
            self._open.add(reservation.id)
            return reservation

    def _take_minute(self, bucket: Bucket, purpose: Purpose, now: datetime) -> None:
        calls = self._calls.get((bucket.credential, bucket.group), [])
        retry_at = minute_retry_at(calls, self._policy.minute_limit(bucket, purpose), now)
        if retry_at is not None:
            raise MinuteLimitReached(bucket, retry_at)
        recent = [at for at in calls if at > now - 2 * MINUTE_WINDOW]
        self._calls[bucket.credential, bucket.group] = [*recent, now]

    def settle(
        self,
        reservation: Reservation,
        *,
        counted: bool,
        remaining: int | None,
        exhausted: bool,
        now: datetime,
    ) -> None:
        bucket = reservation.bucket
        rule = self._policy.day_rule(bucket)
        sure = counter_is_of_the_day(reservation.at, now)
        with self._lock:
            if reservation.id not in self._open:
                raise ValueError("this reservation was settled before or belongs to another ledger")
            self._open.remove(reservation.id)
            first, *later = charged_days(reservation.at, now)
            self._days[bucket, first] = settle_today(
                self._count(bucket, first),
                rule,
                counted=counted,
                remaining=remaining if sure else None,
                exhausted=exhausted and sure,
            )
            for day in later if counted else ():
                self._days[bucket, day] = charge_late(self._count(bucket, day))

    def usage(self, bucket: Bucket, now: datetime) -> Usage:
        rule = self._policy.day_rule(bucket)
        with self._lock:
            count = self._count(bucket, office_day(now))
        return Usage(count.used, rule.limit, count.remaining_reported, count.exhausted)

    def _count(self, bucket: Bucket, day: date) -> DayCount:
        return self._days.get((bucket, day), DayCount())
