"""How many calls the office allows, and the arithmetic that keeps us below.

The office counts per ID, endpoint and law and starts again at 00:00 Japan time; over all domestic endpoints
together it allows ten calls a minute, five for One Portal Dossier (handbook v1.4, access limits). All the
arithmetic is in pure functions here, and `BookLedger` puts them together, so that a ledger only has to store
and lock:

    daily     `may_reserve_today`, `reserve_today`, `settle_today` on a `DayCount`
    minute    `minute_retry_at` on the last `Call`s

What makes an overrun impossible, whatever the number of processes:

*   A call is counted before it is sent, and stays counted if its process dies.
*   The office counts a call somewhere between its start and its end. So it weighs on the minute until a
    minute after its end, and on every office day on which it may have been counted.
*   The office's counter may take calls away at any time. It gives calls only with the first counter of the
    day: one that shows n left proves a limit of n + 1 or more, for the call that brought it is counted too,
    however old the counter is. A later counter above the lowest is a stale one.
"""

from __future__ import annotations

import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType
from typing import Protocol

from apiclient.clock import JST, next_midnight, office_day
from apiclient.steady import Steady, no_clock

RESERVE_FADES_OVER = timedelta(hours=2)
# The rule says sixty seconds; the second more is for the clocks of the office and of ours.
MINUTE_WINDOW = timedelta(seconds=61)
# So far apart may be the clocks of two machines that share an ID; a call of the other weighs so much longer.
CLOCKS_APART = timedelta(seconds=20)
# A call never settled has ended after this: its process died, and the transport would have given up.
LONGEST_CALL = timedelta(seconds=130)
# Two clocks differ: in the last and the first minute of our day the office may have another day.
MIDNIGHT_GRACE = timedelta(minutes=1)
# A call further ahead than this was recorded by a clock since put back, not by one a little fast.
FURTHEST_AHEAD = timedelta(minutes=10)
# A counter beyond this is none of the office's.
_HIGHEST_COUNTER = 1_000_000

# Calls a minute that the office allows one ID: a limit of its own for the One Portal Dossier.
PER_MINUTE = MappingProxyType({"domestic": 10, "opd": 5})
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
    per_minute: Mapping[str, int] = field(default_factory=lambda: PER_MINUTE)
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
    """A call that may be sent, counted already; to be settled once, whatever becomes of it.

    `silent_before`: `DayCount.silent` of its day when it was reserved.
    """

    id: str
    bucket: Bucket
    purpose: Purpose
    at: datetime
    silent_before: int = 0


@dataclass(frozen=True)
class Usage:
    """Today's state of a bucket.

    `limit` is in force today, `configured` is the policy's; the office may have shown a higher one.
    `remaining_reported` is the lowest counter it has shown today. `elsewhere` are calls it counts that we did
    not make: another user of the ID, or a limit lower than the configured one.
    """

    used: int
    limit: int
    remaining_reported: int | None
    exhausted: bool = False
    configured: int | None = None
    elsewhere: int = 0

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
    `in_flight` are reservations not settled yet; `silent` are calls counted that ended without a counter.
    `limit_shown` is the highest limit the day's counters prove; for `elsewhere` see `Usage`.
    """

    used: int = 0
    in_flight: int = 0
    silent: int = 0
    remaining_reported: int | None = None
    limit_shown: int | None = None
    elsewhere: int = 0
    exhausted: bool = False


def reserve_at(rule: DayRule, now: datetime) -> int:
    """Calls background work must leave to people at `now`: the whole reserve, fading to 0 before midnight."""
    to_midnight = next_midnight(now) - now
    share = min(1.0, to_midnight / RESERVE_FADES_OVER)
    return ceil(rule.reserve_for_people * share)


def limit_today(count: DayCount, rule: DayRule) -> int:
    """The limit in force on the day of `count`: the configured one, or a higher one the office has shown.

    A lower one cannot be told from calls that somebody else makes with the same ID; either way fewer calls
    are left (`left_today`), and the difference is `DayCount.elsewhere`.
    """
    return max(rule.limit, count.limit_shown or 0)


def left_today(count: DayCount, rule: DayRule) -> int:
    """Calls left on the day of `count`, for whatever purpose."""
    return 0 if count.exhausted else max(0, limit_today(count, rule) - count.used)


def may_reserve_today(count: DayCount, rule: DayRule, purpose: Purpose, now: datetime) -> bool:
    """Whether one more call of `purpose` may go at `now` on the office day whose count is `count`."""
    kept = 0 if purpose is Purpose.PERSON else reserve_at(rule, now)
    return left_today(count, rule) > kept


def next_chance(count: DayCount, rule: DayRule, purpose: Purpose, now: datetime) -> datetime:
    """When a call refused for the office's day of `now` may next be tried.

    As the fading reserve frees it, else when that day is over by every clock.
    """
    over = over_at(office_day(now))
    left = left_today(count, rule)
    if purpose is Purpose.PERSON or left < 1 or rule.reserve_for_people < 1:
        return over
    free_at = next_midnight(now) - RESERVE_FADES_OVER * ((left - 1) / rule.reserve_for_people)
    # A moment later, so that rounding cannot send the caller round in circles.
    return min(over, max(now, free_at) + timedelta(seconds=1))


def reserve_today(count: DayCount) -> DayCount:
    """`count` after one reservation."""
    return replace(count, used=count.used + 1, in_flight=count.in_flight + 1)


def settle_today(
    count: DayCount,
    rule: DayRule,
    *,
    counted: bool,
    remaining: int | None,
    exhausted: bool,
    silent_before: int = 0,
) -> DayCount:
    """`count` after one of its reservations was settled (see `Ledger.settle`).

    A call that was not counted brings no counter either, for its answer comes from a cache.
    """
    in_flight = max(0, count.in_flight - 1)
    count = replace(count, in_flight=in_flight, exhausted=count.exhausted or exhausted)
    if not counted:
        return replace(count, used=max(0, count.used - 1))
    if remaining is None or remaining > _HIGHEST_COUNTER:
        return replace(count, silent=count.silent + 1)
    return _believe(count, rule, remaining, unheard=in_flight + count.silent - silent_before)


def _believe(count: DayCount, rule: DayRule, remaining: int, unheard: int) -> DayCount:
    """`count` after the office's counter.

    The office may have counted `unheard` calls after it showed the counter: those under way, and those that
    ended without one while this call was. They are taken off what it says is left. Every other call was
    counted before this one, or has brought a lower counter already.
    """
    lowest, before = count.remaining_reported, limit_today(count, rule)
    shown = max(remaining + 1, count.limit_shown or 0)
    limit = max(before, shown)
    # After the first counter of the day a higher limit gives no calls: that would be a counter that rises.
    used = count.used + (0 if lowest is None else limit - before)
    implied = limit - remaining
    return replace(
        count,
        used=max(used, implied + unheard),
        remaining_reported=remaining if lowest is None else min(lowest, remaining),
        limit_shown=shown,
        elsewhere=count.elsewhere + max(0, implied - used),
    )


def charged_days(reserved_at: datetime, settled_at: datetime | None = None) -> tuple[date, ...]:
    """The office days on which a call may be counted, in order.

    More than one if it starts or ends within a minute of midnight, or midnight passes while it is under way.
    """
    instants = (reserved_at, settled_at or reserved_at)
    return tuple(sorted({office_day(at + by) for at in instants for by in (-MIDNIGHT_GRACE, MIDNIGHT_GRACE)}))


def counter_is_of_the_day(reserved_at: datetime, settled_at: datetime) -> bool:
    """Whether what the office said of its day belongs to the day of the reservation, beyond doubt.

    Around midnight it does not: yesterday's last counter, believed today, would stop the bucket for a day.
    """
    return len(charged_days(reserved_at, settled_at)) == 1


def charge_late(count: DayCount) -> DayCount:
    """`count` of a day on which a call has ended that was reserved for another day."""
    return replace(count, used=count.used + 1)


def over_at(day: date) -> datetime:
    """The first instant that no clock takes for one of the office's `day`."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=JST) + MIDNIGHT_GRACE


# --- the minute --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """A call of the last minutes: its ends by the caller's clock, and by the steady one of its machine.

    `ended` is None for a call under way, and for one whose process died.
    """

    id: str
    begun: datetime
    begun_steady: Steady = field(default_factory=Steady)
    ended: datetime | None = None
    ended_steady: Steady = field(default_factory=Steady)

    def weighs_for(self, now: datetime, steady: Steady) -> timedelta:
        """How much longer the call counts; zero or less if it does not any more."""
        if self.ended is None:
            return LONGEST_CALL + MINUTE_WINDOW - _age(self.begun, self.begun_steady, now, steady)
        return MINUTE_WINDOW - _age(self.ended, self.ended_steady, now, steady)

    def put_right(self, now: datetime, steady: Steady) -> Call:
        """The call, brought near if a clock since put back has left it in the far future.

        It was made now at the latest and must not block for ever; but `now` may have been read a while ago.
        """
        latest = now + FURTHEST_AHEAD
        begun, ended = self.begun, self.ended
        if steady.since(self.begun_steady) is None and begun > latest:
            begun = latest
        if ended is not None and steady.since(self.ended_steady) is None and ended > latest:
            ended = latest
        return replace(self, begun=begun, ended=ended)

    def as_row(self) -> list[object]:
        """The call as JSON holds it: POSIX seconds first."""
        ended = self.ended.timestamp() if self.ended else None
        machine, begun_steady, ended_steady = self.begun_steady.machine, self.begun_steady, self.ended_steady
        return [self.begun.timestamp(), self.id, machine, begun_steady.seconds, ended, ended_steady.seconds]

    @classmethod
    def from_row(cls, row: Sequence[object]) -> Call:
        """The call of `as_row`; a shorter row has only the beginning."""
        whole: list[object] = [*row, *_ROW[len(row) :]]
        begun, name, machine, begun_steady, ended, ended_steady = whole
        return cls(
            id=str(name),
            begun=_instant(begun),
            begun_steady=_steady(machine, begun_steady),
            ended=None if ended is None else _instant(ended),
            ended_steady=_steady(machine, ended_steady),
        )


_ROW = (0.0, "", "", 0.0, None, 0.0)


def worth_keeping(calls: Sequence[Call], now: datetime, steady: Steady) -> list[Call]:
    """`calls` put right, without those that do not count any more even for a caller who was held up."""
    right = [call.put_right(now, steady) for call in calls]
    return [call for call in right if call.weighs_for(now, steady) > -MINUTE_WINDOW]


def minute_retry_at(
    calls: Sequence[Call], limit: int, now: datetime, steady: Steady | None = None
) -> datetime | None:
    """None if a call may go at `now` after `calls` (any order), else when there may be room.

    A call under way ends when it ends: it is hoped for that it ends now.
    """
    weights = [call.weighs_for(now, steady or Steady()) for call in calls]
    waits = sorted(min(MINUTE_WINDOW, weight) for weight in weights if weight > timedelta())
    if len(waits) < limit:
        return None
    return now + (waits[len(waits) - limit] if limit > 0 else MINUTE_WINDOW)


def _age(at: datetime, then: Steady, now: datetime, steady: Steady) -> timedelta:
    """How long ago `at` was at least, whichever of two machines has the faster clock."""
    seconds = steady.since(then)
    if seconds is not None:
        return timedelta(seconds=seconds)
    elsewhere = bool(steady.machine and then.machine)
    return now - at - (CLOCKS_APART if elsewhere else timedelta())


def _instant(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(str(seconds)), UTC)


def _steady(machine: object, seconds: object) -> Steady:
    return Steady(str(machine), float(str(seconds)))


# --- ledgers -----------------------------------------------------------------------------------------------


class Book(Protocol):
    """What is on record, seen and changed in one transaction of a `BookLedger`.

    The minute is asked for before any day, and days in order, so that callers cannot lock each other out.
    """

    def minute(self, bucket: Bucket) -> list[Call]:
        """The last calls of the bucket's credential and group, for this transaction alone."""
        ...

    def write_minute(self, bucket: Bucket, calls: list[Call]) -> None: ...

    def day(self, bucket: Bucket, day: date) -> DayCount:
        """The bucket's count on `day`, for this transaction alone."""
        ...

    def write_day(self, bucket: Bucket, day: date, count: DayCount) -> None: ...


class BookLedger(ABC):
    """A `Ledger` over a store of `Book`s.

    `steady` tells the distances within a minute where the clock behind `now` may be set; without it they go
    by `now` alone. `now` may be older than the transaction, as after a wait for it, but not younger.
    """

    def __init__(self, policy: Policy, steady: Callable[[], Steady] = no_clock) -> None:
        self._policy = policy
        self._steady = steady
        self._open: set[str] = set()

    @abstractmethod
    def _book(self) -> AbstractContextManager[Book]:
        """One transaction: alone with what it reads, kept as a whole at its end, or not at all."""

    @abstractmethod
    def _seen(self, bucket: Bucket, day: date) -> DayCount:
        """The bucket's count on `day`, only to be looked at."""

    def reserve(self, bucket: Bucket, purpose: Purpose, now: datetime) -> Reservation:
        with self._book() as book:
            reserved = self._enter(book, bucket, purpose, now)
        # Raised after the transaction, which keeps what was put right.
        if not isinstance(reserved, Reservation):
            raise reserved
        self._open.add(reserved.id)
        return reserved

    def _enter(
        self, book: Book, bucket: Bucket, purpose: Purpose, now: datetime
    ) -> Reservation | DailyLimitReached | MinuteLimitReached:
        rule, steady = self._policy.day_rule(bucket), self._steady()
        known = book.minute(bucket)
        calls = worth_keeping(known, now, steady)
        if calls != known:
            book.write_minute(bucket, calls)
        days = {day: book.day(bucket, day) for day in charged_days(now)}
        refused = [
            next_chance(count, rule, purpose, now) if day == office_day(now) else over_at(day)
            for day, count in days.items()
            if not may_reserve_today(count, rule, purpose, now)
        ]
        if refused:
            return DailyLimitReached(bucket, max(refused))
        retry_at = minute_retry_at(calls, self._policy.minute_limit(bucket, purpose), now, steady)
        if retry_at is not None:
            return MinuteLimitReached(bucket, retry_at)
        name = uuid.uuid4().hex
        book.write_minute(bucket, [*calls, Call(name, now, steady)])
        for day, count in days.items():
            book.write_day(bucket, day, reserve_today(count))
        return Reservation(name, bucket, purpose, now, days[office_day(now)].silent)

    def settle(
        self,
        reservation: Reservation,
        *,
        counted: bool,
        remaining: int | None,
        exhausted: bool,
        now: datetime,
    ) -> None:
        try:
            self._open.remove(reservation.id)
        except KeyError:
            raise ValueError("this reservation was settled before or belongs to another ledger") from None
        sure = counter_is_of_the_day(reservation.at, now)
        bucket, days = reservation.bucket, charged_days(reservation.at)
        try:
            with self._book() as book:
                self._end(book, reservation, now)
                for day in charged_days(reservation.at, now):
                    count = book.day(bucket, day)
                    if day in days:
                        count = settle_today(
                            count,
                            self._policy.day_rule(bucket),
                            counted=counted,
                            remaining=remaining if sure else None,
                            exhausted=exhausted and sure,
                            silent_before=reservation.silent_before,
                        )
                    elif counted:
                        count = charge_late(count)
                    book.write_day(bucket, day, count)
        except BaseException:
            self._open.add(reservation.id)
            raise

    def _end(self, book: Book, reservation: Reservation, now: datetime) -> None:
        """Let the call's minute begin; one answered by a cache has it too, for the cache may be counted."""
        steady = self._steady()
        ended = [
            replace(call, ended=now, ended_steady=steady) if call.id == reservation.id else call
            for call in book.minute(reservation.bucket)
        ]
        book.write_minute(reservation.bucket, ended)

    def usage(self, bucket: Bucket, now: datetime) -> Usage:
        rule = self._policy.day_rule(bucket)
        count = self._seen(bucket, office_day(now))
        return Usage(
            used=count.used,
            limit=limit_today(count, rule),
            remaining_reported=count.remaining_reported,
            exhausted=count.exhausted,
            configured=rule.limit,
            elsewhere=count.elsewhere,
        )


class MemoryLedger(BookLedger):
    """A `Ledger` for one process: safe between threads, forgotten at exit."""

    def __init__(self, policy: Policy, steady: Callable[[], Steady] = no_clock) -> None:
        super().__init__(policy, steady)
        self._lock = threading.Lock()
        self._pages = _Pages()

    @contextmanager
    def _book(self) -> Iterator[Book]:
        with self._lock:
            yield self._pages

    def _seen(self, bucket: Bucket, day: date) -> DayCount:
        with self._lock:
            return self._pages.day(bucket, day)


class _Pages:
    """A `Book` in memory."""

    def __init__(self) -> None:
        self._days: dict[tuple[Bucket, date], DayCount] = {}
        self._minutes: dict[tuple[str, str], list[Call]] = {}

    def minute(self, bucket: Bucket) -> list[Call]:
        return self._minutes.get((bucket.credential, bucket.group), [])

    def write_minute(self, bucket: Bucket, calls: list[Call]) -> None:
        self._minutes[bucket.credential, bucket.group] = calls

    def day(self, bucket: Bucket, day: date) -> DayCount:
        return self._days.get((bucket, day), DayCount())

    def write_day(self, bucket: Bucket, day: date, count: DayCount) -> None:
        self._days[bucket, day] = count
