"""Kinds of faults of the program's own that came up: written down, told to administrators, forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dossiers import fault_lines
from dossiers.models import Fault

KEPT = timedelta(days=90)  # after the last time
AGAIN = timedelta(hours=1)  # from one mail about a kind to the next
MOST_TOLD = 20  # kinds in one mail


def keep() -> None:
    """Write down what was gathered, outside of any transaction. Never fails: what cannot be written waits."""
    gathered = fault_lines.taken()
    if not gathered:
        return
    try:
        with transaction.atomic():
            for (where, what), times in gathered.items():
                _count(where, what, times)
    except DatabaseError:
        fault_lines.give_back(gathered)


def _count(where: str, what: str, times: int) -> None:
    row, _made = Fault.objects.get_or_create(where=where, what=what)
    Fault.objects.filter(pk=row.pk).update(times=F("times") + times, last_at=timezone.now())


def to_tell() -> list[Fault]:
    """Kinds that came up since administrators were last told of them, at least an hour ago."""
    waited = Q(told_at=None) | Q(told_at__lte=timezone.now() - AGAIN)
    return list(Fault.objects.filter(waited, times__gt=F("told_times"))[:MOST_TOLD])


def mark(told: list[Fault]) -> None:
    """Somebody has been told of these."""
    for row in told:
        Fault.objects.filter(pk=row.pk).update(told_at=timezone.now(), told_times=row.times)


def recent(days: int) -> QuerySet[Fault]:
    """Kinds that came up within so many days, the newest first."""
    return Fault.objects.filter(last_at__gte=timezone.now() - timedelta(days=days))


def past() -> QuerySet[Fault]:
    """Kinds that have not come up for so long that they are forgotten."""
    return Fault.objects.filter(last_at__lt=timezone.now() - KEPT)
