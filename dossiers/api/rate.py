"""How often a token may call: so many times in a minute, counted in its row for all processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from dossiers import clock
from dossiers.models import ApiToken

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Rate:
    """Where a token stands: calls allowed in a minute, calls left in this one, seconds until the next."""

    limit: int
    left: int
    seconds: int
    allowed: bool = True

    @property
    def headers(self) -> dict[str, str]:
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.seconds),
            "RateLimit-Policy": f"{self.limit};w=60",
        }
        return told if self.allowed else {**told, "Retry-After": str(self.seconds)}


def count(token: ApiToken) -> Rate:
    """Count one call of the token; not `allowed` when the minute's calls are used up.

    One statement counts within the running minute, another begins the next one. Processes whose clocks differ
    a little count in the same row, whose minute may be one that a slower clock has not reached; a minute far
    ahead was begun under a clock that has been set back since.
    """
    limit, now = settings.API_PER_MINUTE, timezone.now()
    minute = now.replace(second=0, microsecond=0)
    row = ApiToken.objects.filter(pk=token.pk)
    running = {"minute_from__gte": minute, "minute_from__lte": minute + _MINUTE}
    if row.filter(**running, minute_calls__lt=limit).update(
        minute_calls=F("minute_calls") + 1, last_used_at=clock.now()
    ):
        before = token.minute_calls if minute <= token.minute_from <= minute + _MINUTE else 0
        return Rate(limit, max(0, limit - before - 1), _seconds_left(now, minute))
    if row.exclude(**running).update(minute_from=minute, minute_calls=1, last_used_at=clock.now()):
        return Rate(limit, limit - 1, _seconds_left(now, minute))
    return Rate(limit, 0, _seconds_left(now, minute), allowed=False)


def _seconds_left(now: datetime, minute: datetime) -> int:
    return int((minute + _MINUTE - now).total_seconds()) + 1
