"""Work for a test cluster: units claimed and ended the way the application's own work orders are."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task
from redis import RedisError

from dossiers.models import OfficeCall, Pump

SCHEDULES = [{"name": "sweep", "func": "tests.runtime.work.sweep", "minutes": 1}]
LEASE = timedelta(seconds=4)


def ring(name: str, *about: str) -> None:
    """As the application's own doorbell: nobody fails because the queue is away."""
    with suppress(RedisError):
        async_task(f"tests.runtime.work.{name}", *about)


def order(units: list[str]) -> None:
    """Put units of work in the database and ring for each."""
    Pump.objects.bulk_create(Pump(name=unit) for unit in units)
    for unit in units:
        ring("do", unit)


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def sweep() -> None:
    for unit in Pump.objects.filter(_free()).values_list("name", flat=True):
        ring("do", unit)


def do(unit: str) -> None:
    """Claim the unit; work, for a second if it is slow; leave one row as its effect and end it."""
    if not Pump.objects.filter(_free(), name=unit).update(lease_until=timezone.now() + LEASE):
        return
    if unit.startswith("slow"):
        time.sleep(1)
    with transaction.atomic():
        now = timezone.now()
        OfficeCall.objects.create(endpoint="test", argument=unit, office_day=now.date(), started_at=now)
        Pump.objects.filter(name=unit).delete()
