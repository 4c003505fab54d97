"""Background work: the doorbell, and the loops it rings for.

Only this module and `dossiers.runtime` know the queue. A task carries no data: the rows are the work
orders, so a message lost, doubled or late changes nothing. `sweep` runs each minute and finds what was lost.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from dossiers import clock
from dossiers.alerts import outbox
from dossiers.intake import checking
from dossiers.models import Alert, Case, Heartbeat, News, Pump
from dossiers.refresh import jobs, plan
from dossiers.refresh.run import OfficeUnavailable, run

log = logging.getLogger(__name__)

PUMPS = {
    "refresh": "dossiers.tasks.pump_refresh",
    "alerts": "dossiers.tasks.pump_alerts",
    "intake": "dossiers.tasks.pump_intake",
    "sweep": "dossiers.tasks.sweep",
}
SCHEDULES = [
    {"name": "sweep", "func": "dossiers.tasks.sweep", "minutes": 1},
    {"name": "beat", "func": "dossiers.tasks.beat", "minutes": 1},
]
BUDGET = 80.0  # seconds one pump works before it lets others have the worker; below the queue's timeout
PUMP_LEASE = timedelta(seconds=150)  # above the queue's timeout
HOLD_FOR_THE_NOTICE = timedelta(minutes=3)
MOST_QUEUED = 50  # doorbells in the queue; more would only be noise


def ring(name: str) -> None:
    """Have the loop `name` look for work soon. Cheap, harmless to repeat, safe inside a transaction."""
    if OrmQ.objects.count() < MOST_QUEUED:
        async_task(PUMPS[name])


def beat() -> None:
    """A sign that tasks are carried out; the watchdog and the health page read it."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})


def sweep() -> None:
    """Plan the office day and ring for every kind of work that is due."""
    beat()
    plan.plan_day(clock.now())
    Heartbeat.objects.update_or_create(name="plan", defaults={"at": clock.now()})
    for name in ("alerts", "intake", "refresh"):
        ring(name)


def pump_alerts() -> None:
    """Send what is due."""
    with _only_one("alerts") as mine:
        if mine:
            outbox.pump(budget_seconds=BUDGET, clock=clock.now)


def pump_intake() -> None:
    """Ask the office about pasted numbers that wait for their title."""
    with _only_one("intake") as mine:
        if mine and checking.pump(budget_seconds=BUDGET):
            ring("refresh")


def pump_refresh() -> None:
    """Work through due orders, the most urgent first, until none is left or others should have the worker."""
    with _only_one("refresh") as mine:
        if mine and _refresh_until(time.monotonic() + BUDGET):
            ring("refresh")


def _refresh_until(end: float) -> bool:
    """Whether there is more to do now."""
    while time.monotonic() < end:
        job = jobs.claim()
        if job is None:
            return False
        try:
            run(job, tell=tell, release=release)
        except OfficeUnavailable as trouble:
            Heartbeat.objects.update_or_create(
                name="office",
                defaults={
                    "at": clock.now(),
                    "detail": {"outcome": trouble.outcome, "until": str(trouble.until)},
                },
            )
            return False
        except Exception as error:
            log.exception("refresh order %s failed", job.key)
            until = clock.now() + timedelta(minutes=5)
            jobs.put_off(job, until, type(error).__name__, counts=True)
    return True


def tell(news: list[News]) -> None:
    """Make the messages that news causes, in the transaction that stores it; some wait for the notice."""
    now = clock.now()
    for_notices = [one for one in news if one.event and one.event.notice_state == "not_fetched"]
    others = [one for one in news if one not in for_notices]
    outbox.fan_out(for_notices, hold_until=now + HOLD_FOR_THE_NOTICE)
    outbox.fan_out(others)


def release(case: Case) -> None:
    """The substance is there, or will not come today: messages held for it may go."""
    if (
        outbox.release(case, now=clock.now())
        or Alert.objects.filter(news__case=case, state="waiting").exists()
    ):
        transaction.on_commit(lambda: ring("alerts"))


@contextmanager
def _only_one(name: str):
    """A lease on the loop `name`: True for the one holder, False for everybody else."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{time.monotonic_ns()}"
    Pump.objects.get_or_create(name=name)
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    mine = bool(Pump.objects.filter(free, name=name).update(holder=holder, lease_until=now + PUMP_LEASE))
    try:
        yield mine
    finally:
        if mine:
            Pump.objects.filter(name=name, holder=holder).update(lease_until=None)
