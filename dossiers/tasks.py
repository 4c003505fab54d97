"""Background work: the doorbell, and the loops it rings for.

Only this module and `dossiers.runtime` know the queue. A task carries no data: the rows are the work
orders, so a message lost, doubled or late changes nothing. `sweep` runs each minute and finds what was lost.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.tasks import async_task
from redis import RedisError

from dossiers import classification, clock, faults, leases, log_lines, origin
from dossiers.alerts import calendar_reminder, digest, heartbeats, outbox, rounds
from dossiers.alerts.channels import webhooks
from dossiers.audit import chain
from dossiers.docketing import closures, coverage, life, recounting
from dossiers.intake import background, bulk, checking
from dossiers.models import Alert, Case, Heartbeat, News, Pump, RefreshJob
from dossiers.personal import retention
from dossiers.refresh import abroad, circuit, citing, jobs, old_archives, outlook, plan, standings
from dossiers.refresh.run import run
from dossiers.runtime.cluster import MOST_QUEUED

log = logging.getLogger(__name__)

PUMPS = {
    "plan": "dossiers.tasks.pump_plan",
    "refresh": "dossiers.tasks.pump_refresh",
    "alerts": "dossiers.tasks.pump_alerts",
    "digest": "dossiers.tasks.pump_digest",
    "prompts": "dossiers.tasks.pump_prompts",
    "webhooks": "dossiers.tasks.pump_webhooks",
    "intake": "dossiers.tasks.pump_intake",
    "bulk": "dossiers.tasks.pump_bulk",
    "classification": "dossiers.tasks.pump_classification",
    "docket": "dossiers.tasks.pump_docket",
    "outlook": "dossiers.tasks.pump_outlook",
    "sweep": "dossiers.tasks.sweep",
}
SCHEDULES = [
    {"name": "sweep", "func": "dossiers.tasks.sweep", "minutes": 1},
    {"name": "beat", "func": "dossiers.tasks.beat", "minutes": 1},
]
BUDGET = 80.0  # seconds one pump works before it lets others have the worker; below the queue's timeout
SEALING = 15.0  # seconds of one sweep
PUMP_LEASE = timedelta(seconds=150)  # above the queue's timeout
HOLD_FOR_THE_NOTICE = timedelta(minutes=3)


def ring(name: str) -> None:
    """Have the loop `name` look for work soon. Cheap, harmless to repeat, safe inside a transaction.

    A message in the database is seen when the transaction is; to a Redis it goes when that has ended.
    """
    if settings.QUEUE_URL:
        transaction.on_commit(partial(_ring_elsewhere, name))
    elif OrmQ.objects.count() < MOST_QUEUED:
        async_task(PUMPS[name])


def _ring_elsewhere(name: str) -> None:
    """Nobody fails or waits long because the Redis is away: the sweep after its return finds the work."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        broker = get_broker()
        if broker.queue_size() < MOST_QUEUED:
            async_task(PUMPS[name], q_options={"broker": broker})
    except RedisError as error:
        _silent_until = time.monotonic() + _NOT_TRIED_AGAIN_FOR
        log.error("the queue does not answer: %s", type(error).__name__)


_NOT_TRIED_AGAIN_FOR = 5.0  # seconds
_silent_until = 0.0


def beat() -> None:
    """A sign that tasks are carried out; the watchdog and the health page read it."""
    heartbeats.beat(heartbeats.WORKER)


def sweep() -> None:
    """Keep the day's figures and ring for every kind of work that may be due."""
    with (
        origin.coming_from(lambda: origin.Origin(origin.WORKER, "sweep")),
        log_lines.about(task="sweep"),
        _faults_kept("sweep"),
    ):
        _sweep()


def _sweep() -> None:
    beat()
    heartbeats.expect()
    for name in PUMPS:
        if name != "sweep":
            ring(name)
    for step in (
        seal_the_audit_trail,
        retention.clean,
        abroad.plan_family,
        recounting.keep_honest,
        coverage.keep_day,
        standings.keep_day,
        outlook.order_daily,
        citing.catch_up,
        old_archives.catch_up,
    ):
        _whatever_becomes_of_the_others(step)


def seal_the_audit_trail(now: datetime) -> None:
    """What is left of a long trail, as after an upgrade, is sealed in the minutes that follow."""
    chain.put_in_order(budget_seconds=SEALING)


def _whatever_becomes_of_the_others(step: Callable[[datetime], object]) -> None:
    """One step of the sweep: what fails in it is tried again a minute later, and keeps nothing else back."""
    try:
        step(clock.now())
    except Exception:
        log.exception("%s failed", step.__name__)
        connection.close_if_unusable_or_obsolete()


def pump_plan() -> None:
    """Plan the office day if that is due. One at a time: a large docket takes longer than a minute."""
    with _only_one("plan") as mine:
        if mine:
            if plan.plan_day(clock.now()):
                ring("refresh")
            Heartbeat.objects.update_or_create(name="plan", defaults={"at": clock.now()})
            heartbeats.beat("planning")


def pump_alerts() -> None:
    """Send what is due."""
    with _only_one("alerts") as mine:
        if mine:
            heartbeats.beat("alerts", outbox.pump(budget_seconds=BUDGET, clock=clock.now))


def pump_digest() -> None:
    """Send the daily digests that are due."""
    with _only_one("digest") as mine:
        if mine:
            heartbeats.beat("digest", digest.pump(budget_seconds=BUDGET, clock=clock.now))


def pump_webhooks() -> None:
    """Call the webhooks that are due."""
    with _only_one("webhooks") as mine:
        if mine:
            called = webhooks.pump(budget_seconds=BUDGET - webhooks.LONGEST_CALL, clock=clock.now)
            heartbeats.beat("webhooks", called)


def pump_prompts() -> None:
    """Remind of what comes due, and escalate what nobody has acknowledged."""
    with _only_one("prompts") as mine:
        if mine:
            heartbeats.beat("reminders", rounds.pump(budget_seconds=BUDGET, clock=clock.now))


def pump_intake() -> None:
    """Read, add and take back what people bring; ask the office about numbers that wait for their title."""
    with _only_one("intake") as mine:
        if not mine:
            return
        if background.pump(budget_seconds=BUDGET / 2):
            ring("intake")
        found = checking.pump(budget_seconds=BUDGET / 2)
        heartbeats.beat("intake")
        if found:
            ring("refresh")


def pump_bulk() -> None:
    """Do to thousands of cases what people have ordered, or take it back."""
    with _only_one("bulk") as mine:
        if mine:
            more = bulk.pump(budget_seconds=BUDGET / 2)
            heartbeats.beat("bulk")
            if more:
                ring("bulk")


def pump_docket() -> None:
    """See which limits and claims have passed a day, and compute again what other rules were used for."""
    with _only_one("docket") as mine:
        if not mine:
            return
        calendar_reminder.remind(clock.now())
        moved = closures.recompute(tell=tell, budget_seconds=BUDGET / 4)
        changed = life.look(now=clock.now(), tell=tell, budget_seconds=BUDGET * 3 / 4)
        heartbeats.beat("docket", moved + changed)
        if moved or changed:
            ring("alerts")


def pump_classification() -> None:
    """Have specifications classified for whoever asked."""
    with _only_one("classification") as mine:
        if mine:
            more = classification.pump(budget_seconds=BUDGET)
            heartbeats.beat("classification")
            if more:
                ring("classification")


def pump_outlook() -> None:
    """Work out how late acts of the office will be seen on this docket."""
    with _only_one("outlook") as mine:
        if mine:
            more = outlook.pump(budget_seconds=BUDGET / 2)
            heartbeats.beat("outlook")
            if more:
                ring("outlook")


def pump_refresh() -> None:
    """Work through due orders, the most urgent first, until none is left or others should have the worker.

    Two may be at it: one with whatever is due, and another with what people wait for meanwhile.
    """
    end = time.monotonic() + BUDGET
    with _only_one("refresh") as mine:
        if mine:
            more, done = _refresh_until(end)
            heartbeats.beat("refresh", done)
            if more:
                ring("refresh")
            return
    with _only_one("people") as mine:
        if mine:
            _refresh_until(end, people_only=True)


def _refresh_until(end: float, *, people_only: bool = False) -> tuple[bool, int]:
    """Whether there is more to do now, and how many orders were carried out.

    What nobody may be asked about stays where it is, untouched.
    """
    done = 0
    while time.monotonic() < end:
        job = jobs.claim(without=circuit.paused(clock.now()), people_only=people_only)
        if job is None:
            return False, done
        full_until = _carry_out(job)
        done += full_until is None
        if full_until and not _wait(full_until, end):
            return False, done
    return True, done


def _carry_out(job: RefreshJob) -> datetime | None:
    """As `run`; a failure of our own puts the order off, with a new connection if the database was away."""
    try:
        with log_lines.about(order=job.pk):
            return run(job, tell=tell, release=release)
    except Exception as error:
        log.exception("refresh order %s failed", job.key)
        connection.close_if_unusable_or_obsolete()
        until = clock.now() + timedelta(minutes=5)
        jobs.put_off(job, until, type(error).__name__, counts=True)
        return None


def _wait(until: datetime, end: float) -> bool:
    """Sleep until there is room in the minute; False where that is too long for this turn.

    Claiming on would only put off one order after the other.
    """
    seconds = max(0.05, (until - clock.now()).total_seconds() / settings.TIME_PASSES)
    if time.monotonic() + seconds >= end:
        return False
    time.sleep(seconds)
    return True


def tell(news: list[News]) -> None:
    """Make the messages that news causes, in the transaction that stores it; some wait for the notice."""
    now = clock.now()
    for_notices = [one for one in news if one.event and one.event.notice_state == "not_fetched"]
    others = [one for one in news if one not in for_notices]
    for fan_out in (outbox.fan_out, webhooks.fan_out):
        fan_out(for_notices, hold_until=now + HOLD_FOR_THE_NOTICE)
        fan_out(others)


def release(case: Case) -> None:
    """The substance is there, or will not come today: messages held for it may go."""
    if webhooks.release(case, now=clock.now()):
        transaction.on_commit(lambda: ring("webhooks"))
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
    free = Pump.objects.filter(leases.free(now, PUMP_LEASE), name=name)
    mine = bool(free.update(holder=holder, lease_until=now + PUMP_LEASE))
    try:
        with (
            origin.coming_from(lambda: origin.Origin(origin.WORKER, name)),
            log_lines.about(task=name),
            _faults_kept(name),
        ):
            yield mine
    finally:
        if mine:
            Pump.objects.filter(name=name, holder=holder).update(lease_until=None)


@contextmanager
def _faults_kept(name: str):
    """What fails within is written down. The queue logs what ends a task without saying what it was."""
    try:
        yield
    except Exception:
        log.exception("%s failed", name)
        raise
    finally:
        faults.keep()
