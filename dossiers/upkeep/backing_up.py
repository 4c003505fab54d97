"""A backup of the database while people work: one state of it, as one file, or nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import IO

from django.conf import settings

from . import rotation
from .backup_file import MANIFEST, MEMBERS, PIECE, BackupFile, Manifest
from .canonical import Fingerprint, fingerprints
from .places import Place, PostgresPlace, Reading, Refused, SqlitePlace, open_sqlite, tool
from .tables import MIGRATIONS, Table, tables

Tell = Callable[[str, int], None]
_LEFT_BEHIND = 24 * 3600  # seconds after which an unfinished file is nobody's any more


@dataclass(frozen=True)
class Made:
    """A backup that is whole on the disk."""

    path: Path
    manifest: Manifest
    bytes: int
    seconds: float


def back_up(place: Place, folder: Path, tell: Tell = lambda name, rows: None) -> Made:
    """Write a backup of `place` into `folder` and read it again; the older ones stay as they are.

    Nobody waits for it. Until it is whole it has another name, so that a full disk or a power cut leaves the
    last good one. Refused, in words, where it cannot be done.
    """
    began, at = time.monotonic(), datetime.now(UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _clear(folder)
    except OSError as error:
        raise Refused(f"{folder} cannot be used for backups: {error}.") from error
    path = folder / rotation.name_of(at)
    part = folder / f".{path.name}.{os.getpid()}.part"
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            manifest = _write(place, file, folder, at, tell)
            file.flush()
            os.fsync(file.fileno())
        with closing(BackupFile(part)) as written:
            written.read_through()
        if path.exists():  # another one of the same second
            raise Refused(f"{path} is there already.")
        part.rename(path)
        _sync(folder)
    except (OSError, sqlite3.OperationalError) as error:
        raise Refused(f"The backup could not be written into {folder}: {error}.") from error
    finally:
        part.unlink(missing_ok=True)
    return Made(path, manifest, path.stat().st_size, time.monotonic() - began)


def _write(place: Place, file: IO[bytes], folder: Path, at: datetime, tell: Tell) -> Manifest:
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        if isinstance(place, SqlitePlace):
            manifest = _of_sqlite(place, archive, folder, at, tell)
        else:
            manifest = _of_postgres(place, archive, at, tell)
        archive.writestr(MANIFEST, dumps(manifest.told(), ensure_ascii=False, indent=1) + "\n")
    return manifest


def _of_sqlite(
    place: SqlitePlace, archive: zipfile.ZipFile, folder: Path, at: datetime, tell: Tell
) -> Manifest:
    """By SQLite's own backup: a copy of one state, which readers and writers do not wait for."""
    _must_fit(place.path, folder)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as scratch:
        copy = Path(scratch) / "copy.sqlite3"
        with closing(open_sqlite(place.path)) as live, closing(sqlite3.connect(copy)) as into:
            live.backup(into)
            into.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        with SqlitePlace(copy).reading() as reading:
            known, migrations = _fingerprints(reading, tell), migrations_of(reading)
        with copy.open("rb") as source:
            size, sha256 = _member(archive, "sqlite", iter(lambda: source.read(PIECE), b""), packed=True)
    return Manifest("sqlite", at.isoformat(), program(), migrations, size, sha256, known)


def _of_postgres(place: PostgresPlace, archive: zipfile.ZipFile, at: datetime, tell: Tell) -> Manifest:
    """By pg_dump, of the very state whose rows are counted here: both look at one exported snapshot."""
    with place.reading() as reading:
        (snapshot,) = reading.connection.execute("SELECT pg_export_snapshot()").fetchone()
        with _dump(place, snapshot) as pieces:
            size, sha256 = _member(archive, "postgresql", pieces, packed=False)
        known, migrations = _fingerprints(reading, tell), migrations_of(reading)
    return Manifest("postgresql", at.isoformat(), program(), migrations, size, sha256, known)


@contextmanager
def _dump(place: PostgresPlace, snapshot: str) -> Iterator[Iterator[bytes]]:
    told = ["--format=custom", "--no-password", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    with tempfile.TemporaryFile() as said:
        running = tool("pg_dump", *told, f"--dbname={place.address}", place=place, stdout=-1, stderr=said)
        try:
            yield iter(lambda: running.stdout.read(PIECE), b"")
            if running.wait() != 0:
                said.seek(0)
                raise Refused(f"pg_dump failed: {said.read(500).decode(errors='replace').strip()}")
        finally:
            running.stdout.close()
            if running.poll() is None:
                running.kill()
                running.wait()


def _member(
    archive: zipfile.ZipFile, engine: str, pieces: Iterator[bytes], *, packed: bool
) -> tuple[int, str]:
    member = zipfile.ZipInfo(MEMBERS[engine])
    member.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED  # pg_dump has packed it
    member.external_attr = 0o600 << 16
    hash_, size = hashlib.sha256(), 0
    with archive.open(member, "w", force_zip64=True) as into:
        for piece in pieces:
            into.write(piece)
            hash_.update(piece)
            size += len(piece)
    return size, hash_.hexdigest()


def _fingerprints(reading: Reading, tell: Tell) -> tuple[tuple[Table, int, str], ...]:
    """Of each table the database has. One the program has and the database has not is a missing migration."""
    there = reading.names()
    if MIGRATIONS not in there:
        raise Refused("The database holds no docket: nothing to back up.")
    missing = sorted(table.name for table in tables() if table.name not in there)
    if missing:
        raise Refused(f"The database has no table {missing[0]}: run manage.py migrate first.")
    known: list[tuple[Table, int, str]] = []
    for table, found in fingerprints(reading, tables()):
        tell(table.name, found.rows)
        known.append(_entry(table, found))
    return tuple(known)


def _entry(table: Table, found: Fingerprint) -> tuple[Table, int, str]:
    return table, found.rows, found.checksum


def migrations_of(reading: Reading) -> tuple[str, ...]:
    """Which migrations the database has had, as `app.name`."""
    (table,) = [one for one in tables() if one.name == MIGRATIONS]
    names = [one.name for one in table.columns]
    app, name = names.index("app"), names.index("name")
    return tuple(sorted(f"{row[app]}.{row[name]}" for row in reading.rows(table)))


def program() -> str:
    """The version of this program."""
    told = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    return str(told["project"]["version"])


def _must_fit(database: Path, folder: Path) -> None:
    """SQLite's copy lies beside the backup while that is written."""
    needed, free = int(database.stat().st_size * 1.5), shutil.disk_usage(folder).free
    if needed > free:
        raise Refused(
            f"{folder} has {free // 2**20:,} MB left, and a backup may need {needed // 2**20:,} MB."
            " Make room, or name a folder on another disk."
        )


def _clear(folder: Path) -> None:
    """Forget what a backup that was killed has left."""
    for left in (*folder.glob(".*.part"), *folder.glob(".backup-*")):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _sync(folder: Path) -> None:
    """The name is on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
