"""How much of the office's limits is used, as far as is known. Only reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apiclient.jpo.catalogue import ENDPOINTS, Endpoint
from apiclient.quota import Call
from dossiers import clock
from dossiers.models import QuotaDay, QuotaMinute

from . import office


@dataclass(frozen=True)
class Counter:
    """One daily counter of the office.

    `limit` is in force today: the `configured` one, or a higher one that the office's counters have shown.
    `used` holds the calls made `elsewhere` with the same ID, as far as they show. `reported` is the lowest
    that the office has said is left.
    """

    endpoint: Endpoint
    configured: int
    limit: int
    used: int = 0
    elsewhere: int = 0
    reported: int | None = None
    exhausted: bool = False

    @property
    def name(self) -> str:
        return self.endpoint.bucket_name

    @property
    def left(self) -> int:
        """Calls left today as far as we know."""
        return 0 if self.exhausted else max(0, self.limit - self.used)

    @property
    def warn(self) -> int:
        """The use from which the counter is nearly exhausted."""
        return self.limit * 4 // 5


@dataclass(frozen=True)
class Minute:
    """The running minute of the endpoints of one group."""

    group: str
    used: int
    limit: int


def counters(endpoints: Iterable[Endpoint] = ENDPOINTS) -> list[Counter]:
    """Today's counter of each of `endpoints`, those not used as well; one query."""
    rules = office.limits().daily
    today = QuotaDay.objects.filter(day=clock.office_today()).order_by("used")
    used = {row.bucket: row for row in today}
    return [_counter(row, rules[row.bucket_name].limit, used.get(row.bucket_name)) for row in endpoints]


def _counter(endpoint: Endpoint, configured: int, day: QuotaDay | None) -> Counter:
    if day is None:
        return Counter(endpoint, configured, configured)
    return Counter(
        endpoint,
        configured,
        limit=max(configured, day.limit_shown or 0),
        used=day.used,
        elsewhere=day.elsewhere,
        reported=day.remaining_reported,
        exhausted=day.exhausted,
    )


def minutes(now: datetime) -> list[Minute]:
    """Calls that weigh on the running minute of each group of endpoints, as the ledger counts; one query."""
    steady = office.steady()
    used: dict[str, int] = {}
    for row in QuotaMinute.objects.all():
        weights = (Call.from_row(call).weighs_for(now, steady) for call in row.calls)
        used[row.group] = used.get(row.group, 0) + sum(weight > timedelta() for weight in weights)
    return [Minute(group, used.get(group, 0), limit) for group, limit in office.limits().per_minute.items()]
