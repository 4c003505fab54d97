"""The account of calls in a SQLite file, for scripts that share an ID without the rest of the portal."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path

from apiclient.quota import Book, BookLedger, Bucket, Call, DayCount, Policy
from apiclient.steady import Steady, machine_clock

_WAIT = 30.0  # seconds to wait for another process's transaction
_COUNTED = tuple(asdict(DayCount()))
_TABLES = f"""
CREATE TABLE IF NOT EXISTS quota_day (
    credential TEXT, bucket TEXT, day TEXT, {", ".join(_COUNTED)},
    PRIMARY KEY (credential, bucket, day)
);
CREATE TABLE IF NOT EXISTS quota_minute (
    credential TEXT, "group" TEXT, calls TEXT, PRIMARY KEY (credential, "group")
);
"""


class SqliteLedger(BookLedger):
    """A `Ledger` in the file at `path`, made if there is none: safe between threads and processes.

    All of one machine: SQLite's locks do not hold on network drives. The file holds the office's ID, no
    password and no token. sqlite3.Error if the file cannot be used. `close` lets go of it.
    """

    def __init__(
        self, path: Path | str, policy: Policy, steady: Callable[[], Steady] = machine_clock
    ) -> None:
        super().__init__(policy, steady)
        self._path = str(path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        with self._lock:
            self._connected().executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _book(self) -> Iterator[Book]:
        with self._lock:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _Tables(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _seen(self, bucket: Bucket, day: date) -> DayCount:
        with self._lock:
            return _Tables(self._connected()).day(bucket, day)

    def _connected(self) -> sqlite3.Connection:
        """This process's connection: one made before a fork must not be used after it."""
        if self._connection is None or self._process != os.getpid():
            self._process = os.getpid()
            self._connection = sqlite3.connect(
                self._path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            _write_ahead(self._connection)
            # What a power cut may take are the last moments' counts; a killed process loses nothing.
            self._connection.execute("PRAGMA synchronous=NORMAL")
        return self._connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to write-ahead logging, waiting for others who use it just now.

    SQLite waits by itself for a transaction, not for this: the first of several processes that
    make a new file, or one that is just recovering a killed one's log, has it refused at once.
    """
    until = time.monotonic() + _WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as problem:
            locked = problem.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not locked or time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 (spreads the waiting processes)


class _Tables:
    """A `Book` in the tables of one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def minute(self, bucket: Bucket) -> list[Call]:
        found = self._connection.execute(
            'SELECT calls FROM quota_minute WHERE credential = ? AND "group" = ?',
            (bucket.credential, bucket.group),
        ).fetchone()
        return [Call.from_row(row) for row in json.loads(found[0])] if found else []

    def write_minute(self, bucket: Bucket, calls: list[Call]) -> None:
        rows = json.dumps([call.as_row() for call in calls])
        self._connection.execute(
            "INSERT OR REPLACE INTO quota_minute VALUES (?, ?, ?)", (bucket.credential, bucket.group, rows)
        )

    def day(self, bucket: Bucket, day: date) -> DayCount:
        found = self._connection.execute(
            f"SELECT {', '.join(_COUNTED)} FROM quota_day"  # noqa: S608 (names of our own fields)
            " WHERE credential = ? AND bucket = ? AND day = ?",
            (bucket.credential, bucket.name, day.isoformat()),
        ).fetchone()
        if found is None:
            return DayCount()
        values = dict(zip(_COUNTED, found, strict=True))
        return DayCount(**{**values, "exhausted": bool(values["exhausted"])})

    def write_day(self, bucket: Bucket, day: date, count: DayCount) -> None:
        values = (bucket.credential, bucket.name, day.isoformat(), *asdict(count).values())
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"INSERT OR REPLACE INTO quota_day VALUES ({marks})", values)  # noqa: S608
