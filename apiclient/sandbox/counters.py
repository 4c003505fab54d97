"""Daily counters for each endpoint and law, and the limit a minute over all of a group."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date
from threading import Lock

from apiclient.jpo.catalogue import ENDPOINTS

OBSERVED_LIMITS: Mapping[str, int] = {row.bucket_name: row.observed_limit for row in ENDPOINTS}


class DayCounters:
    """Calls of one day in Japan by bucket; the next day starts from nothing."""

    def __init__(self, limits: Mapping[str, int] | None = None) -> None:
        unknown = set(limits or {}) - set(OBSERVED_LIMITS)
        if unknown:
            raise ValueError(f"limits for endpoints that do not exist: {', '.join(sorted(unknown))}")
        self.limits = {**OBSERVED_LIMITS, **(limits or {})}
        self._lock = Lock()
        self._day = date.min
        self._used: dict[str, int] = {}

    def take(self, bucket: str, day: date) -> int | None:
        """Count a call and return how many are left; None, uncounted, when there were none."""
        with self._lock:
            self._turn_to(day)
            used = self._used.get(bucket, 0)
            if used >= self.limits[bucket]:
                return None
            self._used[bucket] = used + 1
            return self.limits[bucket] - used - 1

    def used(self, day: date) -> dict[str, int]:
        with self._lock:
            self._turn_to(day)
            return dict(self._used)

    def restore(self, day: date, used: Mapping[str, int]) -> None:
        with self._lock:
            self._day, self._used = day, {bucket: used[bucket] for bucket in used if bucket in self.limits}

    def reset(self) -> None:
        with self._lock:
            self._used.clear()

    def _turn_to(self, day: date) -> None:
        if day != self._day:
            self._day, self._used = day, {}


class MinuteWindow:
    """At most `limit` calls in any 60 seconds of real time; None lets everything through."""

    def __init__(self, limit: int | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._monotonic = monotonic
        self._lock = Lock()
        self._calls: deque[float] = deque()

    def admit(self) -> bool:
        if self.limit is None:
            return True
        now = self._monotonic()
        with self._lock:
            while self._calls and self._calls[0] <= now - 60:
                self._calls.popleft()
            if len(self._calls) >= self.limit:
                return False
            self._calls.append(now)
            return True

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()
