"""Outages of parts that must not stop: noticed, told to administrators once, again while they last, and over.

A part is told of only after it was found late twice, some time apart, with the very same last sign of life: a
clock that jumps makes a part look late for a moment, but a part that works gives another sign within it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from dossiers.alerts import heartbeats
from dossiers.alerts.heartbeats import BACKUP, MAIL, QUEUE, WATCH, WORKER, Standing
from dossiers.models import Outage

SETTLES = timedelta(seconds=150)  # more than two rounds of any loop
CLOCKS_DIFFER = timedelta(minutes=2)
_OVER_FOR = timedelta(days=2)  # who could not be told within these days that it is over need not hear of it


@dataclass
class Told:
    """What administrators are to hear now: what has stopped, what still stands still, what works again."""

    begun: list[Outage] = field(default_factory=list)
    again: list[Outage] = field(default_factory=list)
    over: list[Outage] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.begun or self.again or self.over)


def again_after() -> timedelta:
    """How long after one mail about an outage the next one goes."""
    return timedelta(hours=max(settings.WATCH_AGAIN_HOURS, 0.25))


def note(found: Sequence[Standing]) -> Told:
    """Keep what has stopped and what works again; returns what is to be told, until `mark` says it was.

    For one caller at a time on a machine; callers on several machines keep one row between them.
    """
    now = timezone.now()
    late = {one.part.name: one for one in found if one.late}
    causes = _causes(late)
    known = {row.name: row for row in Outage.objects.filter(over_at=None)}
    for name, row in known.items():
        if name not in late:
            Outage.objects.filter(pk=row.pk, over_at=None).update(over_at=now)
    fresh = [
        Outage(name=name, reason=one.reason, since=one.at, noticed_at=now) for name, one in causes.items()
    ]
    Outage.objects.bulk_create([row for row in fresh if row.name not in known], ignore_conflicts=True)
    for name in known.keys() & causes.keys():
        _carry_on(known[name], causes[name], now)
    return _to_tell(causes, now)


def _causes(late: dict[str, Standing]) -> dict[str, Standing]:
    """The parts at fault. Without the worker no loop works: that is one outage, not one for each."""
    if WORKER not in late:
        return late
    return {name: one for name, one in late.items() if name in (WORKER, BACKUP, MAIL, QUEUE)}


def _carry_on(row: Outage, found: Standing, now: datetime) -> None:
    """Late by the clock and alive all the same: a clock is wrong, not the part, and it is watched anew."""
    moved = found.reason in ("silent", "ahead") and row.since != found.at
    if row.told_at is None and moved:
        row.noticed_at = now
    if moved or row.reason != found.reason:
        row.since, row.reason = found.at, found.reason
        row.save(update_fields=["since", "reason", "noticed_at"])


def _to_tell(causes: dict[str, Standing], now: datetime) -> Told:
    told = Told()
    for row in Outage.objects.filter(over_at=None, name__in=causes).order_by("pk"):
        if row.told_at is None:
            if _past(row.noticed_at, SETTLES, now):
                told.begun.append(row)
        elif _past(row.told_at, again_after(), now):
            told.again.append(row)
    over = Outage.objects.filter(over_at__gt=now - _OVER_FOR, over_told_at=None, tellings__gt=0)
    told.over = list(over.order_by("pk"))
    return told


def _past(then: datetime, wait: timedelta, now: datetime) -> bool:
    """Whether so long has passed. An instant far ahead is of a clock that has since been set back; one a
    little ahead is of another watcher, who was told of it a moment ago."""
    return now - then >= wait or then > now + CLOCKS_DIFFER


def mark(told: Told) -> None:
    """Somebody has been told."""
    now = timezone.now()
    for row in (*told.begun, *told.again):
        Outage.objects.filter(pk=row.pk, tellings=row.tellings).update(told_at=now, tellings=row.tellings + 1)
    Outage.objects.filter(pk__in=[row.pk for row in told.over]).update(over_told_at=now)


def look() -> tuple[list[Standing], Told]:
    """How all parts stand, with the outages kept; DatabaseError while the database is away."""
    found = [one for one in heartbeats.standings() if one.part.name != WATCH]  # whoever looks, watches
    told = note(found)
    heartbeats.beat(WATCH)
    return found, told
