"""A database from a backup: compared table by table before anybody uses it, or not there at all."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from .backing_up import Tell
from .backup_file import BackupFile
from .canonical import fingerprint
from .places import (
    Place,
    PostgresPlace,
    Reading,
    Refused,
    SqlitePlace,
    create_database,
    drop_database,
    open_sqlite,
    tool,
)
from .tables import BESIDE


@dataclass(frozen=True)
class Compared:
    """One table: its rows and checksum as the backup says, and as they were found."""

    table: str
    promised: tuple[int, str]
    found: tuple[int, str]

    @property
    def equal(self) -> bool:
        return self.promised == self.found


@dataclass(frozen=True)
class Verified:
    """What restoring gave. `behind` are migrations of this program that the backup has not had."""

    tables: tuple[Compared, ...]
    behind: tuple[str, ...]
    aside: str = ""  # what the database that was there is called now
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        return sum(one.found[0] for one in self.tables)


def verify(path: Path, place: Place, tell: Tell = lambda name, rows: None) -> Verified:
    """Restore the backup beside `place`, compare it table by table, and forget the copy.

    Refused where anything is not as the backup says.
    """
    began = time.monotonic()
    with closing(BackupFile(path)) as backup, _trial(backup, place) as trial:
        compared = _compared(backup, trial, tell)
        return Verified(compared, _behind(backup), seconds=time.monotonic() - began)


def restore(path: Path, place: Place, *, over: str = "", tell: Tell = lambda name, rows: None) -> Verified:
    """Make `place` the database of the backup, once that is restored and compared.

    A database that holds tables is not touched unless `over` is its name: then it is put aside under another
    one, and must be in nobody's hands. Refused otherwise, with everything as it was.
    """
    began = time.monotonic()
    with closing(BackupFile(path)) as backup:
        behind = _behind(backup)
        _must_be_of(backup, place)
        if isinstance(place, SqlitePlace):
            compared, aside = _into_file(backup, place, over, tell)
        else:
            compared, aside = _into_server(backup, place, over, tell)
    return Verified(compared, behind, aside, time.monotonic() - began)


def _behind(backup: BackupFile) -> tuple[str, ...]:
    """Migrations the backup lacks. Refused where it has had some that this program does not know."""
    loader = MigrationLoader(None)
    ours = {f"{app}.{name}" for app, name in loader.disk_migrations}
    ours |= {f"{app}.{name}" for one in loader.disk_migrations.values() for app, name in one.replaces}
    had = set(backup.manifest.migrations)
    apps_here = {name.partition(".")[0] for name in ours}
    if newer := sorted(one for one in had - ours if one.partition(".")[0] in apps_here):
        raise Refused(
            f"This backup was made by a newer program (it has had {newer[0]}). Restore it with that one."
        )
    return tuple(sorted({f"{app}.{name}" for app, name in loader.disk_migrations} - had))


def _must_be_of(backup: BackupFile, place: Place) -> None:
    if backup.manifest.engine != place.engine:
        raise Refused(
            f"This is a backup of {_ENGINES[backup.manifest.engine]}, and DATABASE_URL names"
            f" {_ENGINES[place.engine]}. Restore it there; manage.py move_to_postgres then moves it."
        )


_ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@contextmanager
def _trial(backup: BackupFile, place: Place) -> Iterator[Place]:
    """The backup's database in a place of its own, for as long as this lasts."""
    if backup.manifest.engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix=".verify-", dir=backup.path.parent) as folder:
            trial = SqlitePlace(Path(folder) / "trial.sqlite3")
            _unpack(backup, trial.path)
            yield trial
        return
    if not isinstance(place, PostgresPlace):
        raise Refused("This is a backup of PostgreSQL: DATABASE_URL must name a server to try it on.")
    with place.scratch() as scratch:
        _fill(backup, scratch)
        yield scratch


def _compared(backup: BackupFile, place: Place, tell: Tell) -> tuple[Compared, ...]:
    """Every table. Refused where one differs, is missing, or is there without being promised."""
    found: list[Compared] = []
    with place.reading() as reading:
        promised = backup.manifest.tables
        there = reading.names()
        for table, rows, checksum in promised:
            if table.name not in there:
                raise Refused(f"The table {table.name} is missing from what was restored.")
            said = fingerprint(reading, table)
            tell(table.name, said.rows)
            found.append(Compared(table.name, (rows, checksum), (said.rows, said.checksum)))
        _nothing_else(reading, there - {table.name for table, _, _ in promised})
    if wrong := [one for one in found if not one.equal]:
        one = wrong[0]
        raise Refused(
            f"{one.table} is not what the backup says: {one.promised[0]:,} rows were promised and"
            f" {one.found[0]:,} are there, with other contents; {len(wrong)} table(s) differ."
        )
    return tuple(found)


def _nothing_else(reading: Reading, others: set[str]) -> None:
    strange = {name for name in others if not name.startswith(BESIDE)}
    if strange:
        raise Refused(f"The table {min(strange)} is there, of which the backup says nothing.")


# --- SQLite -----------------------------------------------------------------------------------------------


def _unpack(backup: BackupFile, path: Path) -> None:
    """The database as a file on the disk, sound by SQLite's own judgement."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in backup.pieces():
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        with closing(open_sqlite(path)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            loose = connection.execute("PRAGMA foreign_key_check").fetchone()
    except (OSError, sqlite3.Error) as error:
        raise Refused(f"{backup.path} could not be unpacked: {error}.") from error
    if said != "ok":
        raise Refused(f"The database in {backup.path} is damaged: {said[:200]}")
    if loose:
        raise Refused(f"A reference in {loose[0]} leads nowhere.")


def _into_file(
    backup: BackupFile, place: SqlitePlace, over: str, tell: Tell
) -> tuple[tuple[Compared, ...], str]:
    place.path.parent.mkdir(parents=True, exist_ok=True)
    used = _used(place, over)
    part = place.path.with_name(f".{place.path.name}.{os.getpid()}.restored")
    aside = place.path.with_name(f"{place.path.name}.{_stamp()}.before-restore") if used else None
    try:
        _unpack(backup, part)
        compared = _compared(backup, SqlitePlace(part), tell)
        if place.path.exists():
            _in_nobodys_hands(place.path)
        if aside:
            place.path.rename(aside)
        # A log of the old file would be applied to the new one.
        for beside in ("-wal", "-shm", "-journal"):
            place.path.with_name(place.path.name + beside).unlink(missing_ok=True)
        part.rename(place.path)
    finally:
        for left in (part, *(part.with_name(part.name + beside) for beside in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)
    return compared, str(aside or "")


def _used(place: SqlitePlace, over: str) -> bool:
    """Whether tables are there. Refused unless the database is empty or was named."""
    if not place.path.exists() or not place.path.stat().st_size:
        return False
    try:
        with place.reading() as reading:
            names = reading.names()
    except sqlite3.DatabaseError as error:
        names = {str(error)}  # broken, and still somebody's
    return _allowed(place, names, over)


def _allowed(place: Place, names: set[str], over: str) -> bool:
    if names and over != place.name:
        raise Refused(
            f"The database {place.name} is not empty. Name a new one in DATABASE_URL, or, to put this one"
            f" aside under another name: --over {place.name}"
        )
    return bool(names)


def _in_nobodys_hands(path: Path) -> None:
    """Nobody has it open, and its log is part of it. A file that is no database any more is nobody's."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=2)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        raise Refused(f"{path} is in use: stop the pages and the worker first ({error}).") from error
    except sqlite3.DatabaseError:
        return


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}"


# --- PostgreSQL -------------------------------------------------------------------------------------------


def _fill(backup: BackupFile, place: PostgresPlace) -> None:
    """Everything into an empty database in one transaction; pg_restore reads as the file is read."""
    told = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]
    with tempfile.TemporaryFile() as said:
        running = tool("pg_restore", *told, f"--dbname={place.address}", place=place, stdin=-1, stderr=said)
        try:
            with suppress(BrokenPipeError):  # it has given up: its words follow
                for piece in backup.pieces():
                    running.stdin.write(piece)
                running.stdin.close()
            if running.wait() != 0:
                said.seek(0)
                raise Refused(f"pg_restore failed: {said.read(500).decode(errors='replace').strip()}")
        finally:
            if running.poll() is None:  # the file is damaged: nothing of it may be committed
                running.kill()
                running.wait()
            with suppress(BrokenPipeError):
                running.stdin.close()


def _into_server(
    backup: BackupFile, place: PostgresPlace, over: str, tell: Tell
) -> tuple[tuple[Compared, ...], str]:
    """Into a new database, which gets the name when it has been compared."""
    there = _there(place)
    if there:
        with place.reading() as reading:
            used = _allowed(place, reading.names(), over)
    made = place.other(f"{place.name[:40]}_{_stamp().lower()}_new")
    aside = f"{place.name[:40]}_{_stamp().lower()}_before" if there and used else ""
    create_database(place, made.name)
    try:
        _fill(backup, made)
        compared = _compared(backup, made, tell)
        _rename(place, made, aside, there=there)
    except BaseException:
        drop_database(place, made.name)
        raise
    return compared, aside


def _there(place: PostgresPlace) -> bool:
    with place.other("postgres").connect() as connection:
        asked = "SELECT 1 FROM pg_database WHERE datname = %s"
        return connection.execute(asked, [place.name]).fetchone() is not None


def _rename(place: PostgresPlace, made: PostgresPlace, aside: str, *, there: bool) -> None:
    """Both names change in one transaction."""
    change: Callable[[str], sql.SQL] = sql.SQL
    rename = change("ALTER DATABASE {} RENAME TO {}")
    empty = f"{place.name[:40]}_{_stamp().lower()}_empty"
    try:
        with place.other("postgres").connect() as connection:
            if there:
                old, new = sql.Identifier(place.name), sql.Identifier(aside or empty)
                connection.execute(rename.format(old, new))
            connection.execute(rename.format(sql.Identifier(made.name), sql.Identifier(place.name)))
    except psycopg.errors.ObjectInUse as error:
        raise Refused(f"{place.name} is in use: stop the pages and the worker first.") from error
    if there and not aside:
        drop_database(place, empty)
