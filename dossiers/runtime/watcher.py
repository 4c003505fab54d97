"""Looks at the parts that must not stop, from outside: without cluster, queue or, if need be, database.

The supervisor of the worker has one at work beside it, and `manage.py watch` is one look, for a timer. Both
may run: a lock lets one look at a time, and what was told is kept where both find it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connections

from dossiers import faults
from dossiers.alerts import fault_mail, heartbeats, outage_mail, outages, pings
from dossiers.alerts.heartbeats import Standing
from dossiers.alerts.outage_mail import Reader
from dossiers.alerts.outages import SETTLES, Told, again_after
from dossiers.alerts.part_words import DATABASE
from dossiers.models import Outage
from dossiers.runtime import doorbell, processes
from dossiers.runtime.notebook import Away, Moment, Notebook

log = logging.getLogger("dossiers.watch")

EVERY = 30.0  # seconds between two looks of the supervisor's


@dataclass(frozen=True)
class Seen:
    """What one look found: `found` is empty where the database is away. `told`: what was to be told to
    `readers` people, of whom the mail server took the mails to `sent`."""

    found: tuple[Standing, ...]
    database: bool
    told: Told
    readers: int
    sent: int

    @property
    def well(self) -> bool:
        return self.database and not any(one.late for one in self.found)


class Watcher:
    """Looks, and remembers in `run_dir` what the database cannot."""

    def __init__(self, run_dir: Path) -> None:
        self._lock = run_dir / "watch.lock"
        self._notebook = Notebook(run_dir / "watch.json")

    def look(self) -> Seen | None:
        """Look once and tell what is to be told; None if another process is just looking."""
        try:
            held = processes.lock(self._lock)
        except processes.AlreadyRunning:
            return None
        except OSError as error:
            log.error("%s cannot be locked: %s", self._lock, error)
            return self._look()
        try:
            return self._look()
        finally:
            os.close(held)

    def _look(self) -> Seen:
        self._notebook.open()
        try:
            _try_the_queue()
            found, told = outages.look()
            people = outage_mail.readers()
        except DatabaseError as error:
            log.error("the database does not answer: %s", error)
            return self._without_database()
        back = self._back()
        if back:
            told.over.append(back)
        self._notebook.note(readers=tuple(people))
        sent = outage_mail.send(told, people) if told else 0
        if sent:
            outages.mark(told)
        if sent or not back:
            self._notebook.note(away=None)
        _tell_of_faults(people)
        _call_outside(found)
        return Seen(tuple(found), True, told, len(people), sent)

    def _back(self) -> Outage | None:
        """That the database answers again, if people were told that it does not."""
        away = self._notebook.page.away
        return _outage(away) if away and away.tellings else None

    def _without_database(self) -> Seen:
        """Nothing can be judged now. People are told of that, as of any part, by what the notebook holds."""
        away = self._notebook.page.away or Away(Moment.now())
        self._notebook.note(away=away)
        told = Told()
        if away.told is None:
            # Where nothing can be noted no look knows of another: better told too often than never.
            if away.noticed.age() >= SETTLES or not self._notebook.kept:
                told.begun.append(_outage(away))
        elif away.told.age() >= again_after():
            told.again.append(_outage(away))
        people = list(self._notebook.page.readers) or list(outage_mail.from_environment().values())
        kept_in = str(self._notebook.path) if self._notebook.kept else None
        sent = outage_mail.send(told, people, kept_in=kept_in) if told else 0
        if sent:
            self._notebook.note(away=Away(away.noticed, Moment.now(), away.tellings + 1))
        return Seen((), False, told, len(people), sent)


def _try_the_queue() -> None:
    """Write down that the Redis of all machines can be rung, where there is one; it says nothing itself."""
    if not settings.QUEUE_URL:
        return
    if found := doorbell.trouble():
        log.error("the queue does not answer: %s", found)
    else:
        heartbeats.beat(heartbeats.QUEUE)


def _outage(away: Away) -> Outage:
    """The outage in the manner of those that the database keeps; never saved."""
    at = away.noticed.at
    return Outage(name=DATABASE, reason="away", noticed_at=at, tellings=away.tellings)


def _tell_of_faults(people: Sequence[Reader]) -> None:
    new = faults.to_tell()
    if new and fault_mail.send(new, people):
        faults.mark(new)


def _call_outside(found: list[Standing]) -> None:
    try:
        pings.call(found)
    except Exception:
        log.exception("the outside watchers could not be called")


def start_beside(run_dir: Path, stop: threading.Event, every: float = EVERY) -> threading.Thread:
    """Look every so many seconds in a thread of its own until `stop`."""
    thread = threading.Thread(target=_keep_looking, args=(Watcher(run_dir), stop, every), daemon=True)
    thread.start()
    return thread


def _keep_looking(watcher: Watcher, stop: threading.Event, every: float) -> None:
    while not stop.wait(every):
        try:
            watcher.look()
        except Exception:
            log.exception("the watcher could not look")
        finally:
            connections.close_all()
