"""What the watcher knows without the database: whom to tell, and that the database is away.

A small file beside the locks, written anew as a whole and only when something changed. Where it cannot be
written the process remembers by itself, for as long as it lives.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from apiclient.steady import Steady, machine_clock
from dossiers.alerts.outage_mail import Reader

log = logging.getLogger("dossiers.watch")


@dataclass(frozen=True)
class Moment:
    """An instant, by the calendar and by the clock that nobody sets."""

    at: datetime
    machine: str
    seconds: float

    @classmethod
    def now(cls) -> Moment:
        steady = machine_clock()
        return cls(timezone.now(), steady.machine, steady.seconds)

    def age(self) -> timedelta:
        """How long ago it was; after a restart of the machine by the calendar."""
        passed = machine_clock().since(Steady(self.machine, self.seconds))
        return timezone.now() - self.at if passed is None else timedelta(seconds=passed)


@dataclass(frozen=True)
class Away:
    """That the database does not answer: since when, and when and how often people were told."""

    noticed: Moment
    told: Moment | None = None
    tellings: int = 0


@dataclass(frozen=True)
class Page:
    readers: tuple[Reader, ...] = ()
    away: Away | None = None


class Notebook:
    """The file at `path`. `kept` says whether what was last noted is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.page = Page()
        self.kept = True

    def open(self) -> None:
        """Read what this or another process has noted; what was noted last where there is nothing to read."""
        try:
            self.page = _page(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s cannot be read: %s", self.path, error)

    def note(self, **changes: Any) -> None:
        """Change fields of the page and write it, if that changes anything."""
        page = replace(self.page, **changes)
        if page == self.page and self.kept:
            return
        self.page = page
        try:
            self._write()
            self.kept = True
        except OSError as error:
            self.kept = False
            log.error("%s cannot be written: %s", self.path, error)

    def _write(self) -> None:
        made = self.path.with_suffix(f".{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(json.dumps(asdict(self.page), default=str, ensure_ascii=False), encoding="utf-8")
        made.replace(self.path)


def _page(given: dict[str, Any]) -> Page:
    readers = tuple(Reader(str(row["address"]), str(row["language"])) for row in given["readers"])
    away = given["away"]
    if away is None:
        return Page(readers)
    told = _moment(away["told"]) if away["told"] else None
    return Page(readers, Away(_moment(away["noticed"]), told, int(away["tellings"])))


def _moment(given: dict[str, Any]) -> Moment:
    at = datetime.fromisoformat(given["at"])
    if timezone.is_naive(at):
        raise ValueError("an instant without its zone")
    return Moment(at, str(given["machine"]), float(given["seconds"]))
