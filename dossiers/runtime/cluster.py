"""What the watchdog asks of the task queue, and the schedules it keeps.

Known faults of the queue (django-q2 1.11): a worker or monitor killed at the wrong moment holds a lock for
ever, and all its processes look healthy; one bad schedule row stops every schedule. So progress is judged by
the one thing only a whole cluster does: messages leave the queue, for which pusher, worker and monitor must
all work.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.brokers import get_broker
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

RUN_DIR = "IPPORTAL_WORKER_DIR"  # in the environment of a supervisor and its cluster
MOST_QUEUED = 50  # messages in the queue; more doorbells would only be noise
_ANSWERED = "answered"
# More than any healthy queue holds; a look must stay cheap when something floods it.
_LOOKED_AT = 2000
# The queue's scheduler passes every 30 s; a schedule this late means that it no longer does.
SCHEDULE_LATE = timedelta(minutes=3)


@dataclass(frozen=True)
class Look:
    """The messages last seen in the queue, and when (monotonic seconds) one was last seen to leave it."""

    messages: frozenset[int]
    moved_at: float

    def next(self, messages: Collection[int], now: float) -> Look:
        """The look at `now`: an empty queue, or one that a message has left, has moved."""
        moved = not messages or bool(self.messages - set(messages))
        return Look(frozenset(messages), now if moved else self.moved_at)

    def stuck(self, now: float, patience: float) -> bool:
        """Whether messages lie there and none has left for longer than `patience` seconds."""
        return bool(self.messages) and now - self.moved_at > patience


def messages(*, shared: bool = False) -> list[int]:
    """What must change while a cluster works: the queue's message numbers.

    A Redis (`shared`) forgets a message as soon as one machine has taken it, so there it is the time at which
    a worker of this machine last answered a probe.
    """
    if shared:
        return [_answered_at()]
    mine = OrmQ.objects.filter(key=Conf.CLUSTER_NAME).order_by("pk")
    return list(mine.values_list("pk", flat=True)[:_LOOKED_AT])


class _Remembering(ORM):
    """The queue's own broker, which also remembers the number of the message it put."""

    sent: int = 0

    def enqueue(self, task: str) -> int:
        self.sent = super().enqueue(task)
        return self.sent


def probe(*, shared: bool = False) -> int:
    """Put an empty task in the queue, so that there is always something to judge progress by; its number.

    0 where the queue is a Redis: any machine's workers may answer, so each machine asks again and again.
    """
    if shared:
        if get_broker().queue_size() < MOST_QUEUED:
            async_task("dossiers.runtime.cluster.answer", q_options={"task_name": "probe"})
        return 0
    broker = _Remembering(list_key=Conf.CLUSTER_NAME)
    async_task("dossiers.runtime.cluster.answer", q_options={"broker": broker, "task_name": "probe"})
    return broker.sent


def answer() -> None:
    """Do nothing but leave the time of it to the supervisor of this machine."""
    if directory := os.environ.get(RUN_DIR):
        (Path(directory) / _ANSWERED).touch()


def _answered_at() -> int:
    """When a worker of this machine last answered (ns), -1 if none ever did."""
    try:
        return (Path(os.environ[RUN_DIR]) / _ANSWERED).stat().st_mtime_ns
    except FileNotFoundError:
        return -1


def reconcile(schedules: Sequence[Mapping[str, Any]]) -> None:
    """Make the queue's schedules be `schedules` (name, func, minutes) and nothing else.

    ImportError if a function cannot be imported: the queue would lose a worker to it each time, wordlessly.
    """
    for wanted in schedules:
        import_string(wanted["func"])
    with transaction.atomic():
        kept = [_row(wanted["name"], wanted["func"], wanted["minutes"]) for wanted in schedules]
        Schedule.objects.exclude(pk__in=kept).delete()


def _row(name: str, func: str, minutes: int) -> int:
    row = Schedule.objects.filter(name=name).order_by("pk").first() or Schedule(name=name)
    if row.func != func or row.minutes != minutes or row.next_run is None or _late(row):
        row.next_run = timezone.now()
    row.func, row.minutes, row.schedule_type, row.repeats = func, minutes, Schedule.MINUTES, -1
    row.args = row.kwargs = row.hook = row.cluster = row.cron = None
    row.save()
    return row.pk


def _late(row: Schedule) -> bool:
    return row.next_run < timezone.now() - SCHEDULE_LATE


def forget_another_clock() -> None:
    """Bring back what waits for an instant that only a clock since set back has called near.

    A schedule is never further ahead than its interval, a message never locked for longer than `retry`;
    left alone they would keep every loop still until that clock's hour comes again.
    """
    now = timezone.now()
    for row in Schedule.objects.filter(next_run__gt=now + SCHEDULE_LATE, minutes__isnull=False):
        if row.next_run > now + timedelta(minutes=row.minutes) + SCHEDULE_LATE:
            Schedule.objects.filter(pk=row.pk, next_run=row.next_run).update(next_run=now)
    locked = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__gt=now + timedelta(seconds=2 * Conf.RETRY))
    locked.update(lock=now)


def schedules_are_late() -> bool:
    """Whether a schedule is later than a working scheduler lets it be."""
    return Schedule.objects.filter(next_run__lt=timezone.now() - SCHEDULE_LATE).exists()
