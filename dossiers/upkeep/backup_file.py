"""The file of a backup: the database and a manifest of what is in it, as one ZIP.

`database.sqlite3` or `database.dump` (pg_dump's custom format), and `manifest.json`, written last: a file
without one was cut off.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .places import Refused
from .tables import Table, from_told

FORMAT, VERSION = "ip-portal backup", 1
MANIFEST = "manifest.json"
MEMBERS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
PIECE = 1 << 20  # bytes
_MOST_OF_MANIFEST = 16 * 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself: when, by which program, and each table's rows and checksum."""

    engine: str
    at: str
    program: str
    migrations: tuple[str, ...]
    size: int
    sha256: str
    tables: tuple[tuple[Table, int, str], ...]

    def told(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "engine": self.engine,
            "at": self.at,
            "program": self.program,
            "migrations": list(self.migrations),
            "database": {"file": MEMBERS[self.engine], "bytes": self.size, "sha256": self.sha256},
            "tables": [{**table.told(), "rows": rows, "checksum": sum_} for table, rows, sum_ in self.tables],
        }

    @property
    def rows(self) -> int:
        return sum(rows for _, rows, _ in self.tables)


class BackupFile:
    """A backup whose manifest is in order; the database in it is checked as it is read."""

    def __init__(self, path: Path) -> None:
        """Refused for what is no backup, was cut off, or was made by a newer program."""
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            size = self._zip.getinfo(MANIFEST).file_size
            told = json.loads(self._zip.read(MANIFEST)) if size <= _MOST_OF_MANIFEST else None
            self.manifest = _manifest(told)
        except FileNotFoundError as error:
            raise Refused(f"{path} is not there.") from error
        except (*_BROKEN, KeyError, ValueError, TypeError, RecursionError) as error:
            raise Refused(f"{path} is no backup, or one that was cut off. Use another one.") from error
        if MEMBERS[self.manifest.engine] not in self._zip.namelist():
            raise Refused(f"{path} holds no database. Use another one.")

    def close(self) -> None:
        self._zip.close()

    def pieces(self) -> Iterator[bytes]:
        """The database's bytes. Refused at the end unless they are what the manifest says."""
        hash_, size = hashlib.sha256(), 0
        try:
            with self._zip.open(MEMBERS[self.manifest.engine]) as member:
                while piece := member.read(PIECE):
                    hash_.update(piece)
                    size += len(piece)
                    if size > self.manifest.size:
                        break
                    yield piece
        except _BROKEN as error:
            raise Refused(f"{self.path} is damaged. Use another one.") from error
        if (size, hash_.hexdigest()) != (self.manifest.size, self.manifest.sha256):
            raise Refused(f"{self.path} is damaged: it is not what its manifest says. Use another one.")

    def read_through(self) -> None:
        """Every byte once, as it lies on the disk."""
        for _ in self.pieces():
            pass


def _manifest(told: Any) -> Manifest:
    if told["format"] != FORMAT or told["version"] != VERSION or told["engine"] not in MEMBERS:
        raise ValueError("another format")
    rows = [(int(one["rows"]), str(one["checksum"])) for one in told["tables"]]
    named = from_told(told["tables"])
    return Manifest(
        engine=told["engine"],
        at=str(told["at"]),
        program=str(told["program"]),
        migrations=tuple(map(str, told["migrations"])),
        size=int(told["database"]["bytes"]),
        sha256=str(told["database"]["sha256"]),
        tables=tuple((table, n, sum_) for table, (n, sum_) in zip(named, rows, strict=True)),
    )
