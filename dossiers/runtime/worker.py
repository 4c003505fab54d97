"""Keep a task cluster working: start it, watch that it moves, start it again, stop it whole.

A restart may always kill: every task's effect is claimed by a row with a lease, so what was cut is done
again.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection
from redis import RedisError

from dossiers.runtime import cluster, doorbell, processes, watcher
from dossiers.runtime.restarts import Restarts

T = TypeVar("T")

log = logging.getLogger("dossiers.worker")

LOOK_EVERY = 3.0
PROBE_EVERY = 15.0
AWAY_FOR, BACK_FOR = 30.0, 120.0
# A machine that slept wakes with late schedules; a living scheduler puts them right within this time.
_SCHEDULER_WAKES_WITHIN = 90.0


@dataclass(frozen=True)
class Manner:
    """How the watchdog behaves; all in seconds.

    `patience`: how long messages may lie in the queue with none leaving it. A task may run for the queue's
    `timeout`, so anything well above that is a queue that has stopped. `grace`: what a stop may take.
    `away_for`: how long the Redis of all machines must be away before the database rings instead; `back_for`:
    how long it must be there again before it rings as before.
    """

    patience: float
    grace: float
    look_every: float = LOOK_EVERY
    probe_every: float = PROBE_EVERY
    watch_every: float = watcher.EVERY
    away_for: float = AWAY_FOR
    back_for: float = BACK_FOR


def usual_manner() -> Manner:
    """A manner that suits the queue's settings."""
    timeout = settings.Q_CLUSTER["timeout"]
    often = PROBE_EVERY / 3 if settings.QUEUE_URL else PROBE_EVERY  # another machine's workers answer, too
    return Manner(patience=timeout + 30, grace=timeout + 10, probe_every=often)


class Watch:
    """Judges one run of the cluster by whether messages leave the queue; `shared`: it is a Redis."""

    def __init__(self, manner: Manner, now: float, *, shared: bool = False) -> None:
        self._manner = manner
        self._shared = shared
        self._look = cluster.Look(frozenset(), now)
        self._probe = 0
        self._probed_at = float("-inf")
        self._schedules_ran_at = now

    def stuck(self, now: float) -> bool:
        """Look at the queue at `now` (monotonic seconds); keeps a probe in it to look at."""
        messages = cluster.messages(shared=self._shared)
        if self._probe not in messages and now - self._probed_at >= self._manner.probe_every:
            self._probe = cluster.probe(shared=self._shared)
            self._probed_at = now
            messages += [self._probe] if self._probe else []
        self._look = self._look.next(messages, now)
        return self._look.stuck(now, self._manner.patience)

    def schedules_stopped(self, now: float) -> bool:
        """Whether the schedules have been late at every look for longer than a living scheduler needs."""
        if not cluster.schedules_are_late():
            self._schedules_ran_at = now
        return now - self._schedules_ran_at > _SCHEDULER_WAKES_WITHIN

    def reason_to_restart(self, now: float) -> str:
        """What is wrong at `now`, "" if nothing is. What a clock set back has left is put right at once."""
        cluster.forget_another_clock()
        if self.stuck(now):
            return f"no message has left the queue for {self._manner.patience:.0f} s"
        return "its schedules have stopped" if self.schedules_stopped(now) else ""

    def forgive(self, now: float) -> None:
        """Start judging anew: nothing could be seen, or the cluster could not work either."""
        self._look = cluster.Look(self._look.messages, now)
        self._schedules_ran_at = now


class Worker:
    """One supervised cluster. `tasks` is a module with SCHEDULES and `ring(name)`."""

    def __init__(self, tasks: ModuleType, run_dir: Path, manner: Manner) -> None:
        self._tasks = tasks
        self._run_dir = run_dir
        self._manner = manner
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`; processes.AlreadyRunning if another worker of this directory is at work."""
        os.environ[cluster.RUN_DIR] = str(self._run_dir)
        processes.lock(self._run_dir / "supervisor.lock")  # never closed: freed when we die, however that is
        watcher.start_beside(self._run_dir, self._stop, self._manner.watch_every)
        restarts = Restarts(time.monotonic())
        while not self._stop.is_set():
            restarts = restarts.began(time.monotonic())
            reason = self._one_run()
            restarts = restarts.ended(time.monotonic())
            if reason:
                log.critical("the cluster is started again in %.0f s: %s", restarts.pause, reason)
                self._stop.wait(restarts.pause)

    def _one_run(self) -> str:
        """Start the cluster and watch it; why it must be started again, or "" when told to stop."""
        prepared = self._prepare()
        if not prepared:
            return "the database does not answer"
        choice = doorbell.Choice(away_for=self._manner.away_for, back_for=self._manner.back_for)
        running = processes.start(
            "cluster",
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
            run_dir=self._run_dir,
            grace=self._manner.grace,
            env={**os.environ, **choice.environment},
        )
        try:
            return self._watch(running, choice)
        finally:
            running.kill()

    def _prepare(self) -> bool:
        """Put schedules right and ring once for whatever an earlier run left undone."""

        def prepare() -> bool:
            cluster.reconcile(self._tasks.SCHEDULES)
            self._tasks.ring("sweep")
            return True

        return _asked(prepare) or False

    def _watch(self, running: processes.Running, choice: doorbell.Choice) -> str:
        """As `_one_run`. Where nothing is wrong with the cluster it ends what it is at."""
        watch = Watch(self._manner, time.monotonic(), shared=choice.shared)
        while not self._stop.wait(self._manner.look_every):
            if not running.alive():
                return "its main process has ended"
            now = time.monotonic()
            if reason := choice.reason_to_change(now):
                running.stop()
                return reason
            reason = _asked(partial(watch.reason_to_restart, now))
            if reason is None:
                watch.forgive(now)
            elif reason:
                return reason
        running.stop()
        return ""


def _asked(question: Callable[[], T]) -> T | None:
    """The answer, None if the database or the queue does not answer; a broken connection is not kept."""
    try:
        close_old_connections()
        return question()
    except RedisError as error:
        log.error("the queue does not answer: %s", type(error).__name__)  # its words may hold the address
        return None
    except DatabaseError as error:
        log.error("the database does not answer: %s", error)
        connection.close()
        return None
