"""An archive that somebody brings: looked at before it is believed, and never unpacked to disk."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from .contents import Kept, kept
from .writing import FORMAT, MANIFEST, VERSION

MOST_OF_MANIFEST = 4 * 1024 * 1024  # bytes
MOST_OF_A_ROW = 400 * 1024 * 1024  # bytes; the largest answer of an office, as text
_MOST_PACKED, _NOT_SUSPICIOUS = 400, 16 * 1024 * 1024  # times as large unpacked; bytes
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


class ArchiveRefused(Exception):
    """The archive cannot be restored. `code` says why, `about` names the part."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(f"{code}: {about}" if about else code)
        self.code, self.about = code, about


@dataclass(frozen=True)
class Table:
    """One table as the manifest tells it, and the table here that it goes into."""

    into: Kept
    fields: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str


class Archive:
    """An archive whose directory and manifest are in order; its rows are checked as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        """Refused: "no_archive", "damaged", "foreign_member", "too_large", "other_format", "newer"."""
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise ArchiveRefused("no_archive") from error
        members = self._zip.infolist()
        names = [member.filename for member in members]
        if MANIFEST not in names:
            raise ArchiveRefused("other_format")
        if len(set(names)) != len(names):
            raise ArchiveRefused("foreign_member", "twice the same")
        for member in members:
            _check(member)
        self.tables = _tables(self._manifest())
        foreign = set(names) - {MANIFEST} - {table.into.file for table in self.tables}
        if foreign:
            raise ArchiveRefused("foreign_member", min(foreign)[:80])
        missing = {table.into.file for table in self.tables} - set(names)
        if missing:
            raise ArchiveRefused("damaged", min(missing))

    def _manifest(self) -> Any:
        if self._zip.getinfo(MANIFEST).file_size > MOST_OF_MANIFEST:
            raise ArchiveRefused("too_large", MANIFEST)
        try:
            with self._zip.open(MANIFEST) as member:
                return json.loads(member.read(MOST_OF_MANIFEST + 1))
        except (*_BROKEN, ValueError, RecursionError) as error:
            raise ArchiveRefused("damaged", MANIFEST) from error

    def rows(self, table: Table) -> Iterator[tuple[dict[str, Any], int]]:
        """Each row with the bytes of its line. Refused at the end, "damaged", unless all are as promised."""
        hash_, rows, size = hashlib.sha256(), 0, 0
        for line in self._lines(table):
            hash_.update(line)
            rows, size = rows + 1, size + len(line)
            if size > table.bytes or rows > table.rows:
                raise ArchiveRefused("damaged", table.into.name)
            yield _row(line, table), len(line)
        if (rows, size, hash_.hexdigest()) != (table.rows, table.bytes, table.sha256):
            raise ArchiveRefused("damaged", table.into.name)

    def _lines(self, table: Table) -> Iterator[bytes]:
        try:
            with self._zip.open(table.into.file) as member, io.BufferedReader(member, 1 << 20) as buffered:
                while line := buffered.readline(MOST_OF_A_ROW + 1):
                    if len(line) > MOST_OF_A_ROW:
                        raise ArchiveRefused("too_large", table.into.name)
                    yield line
        except _BROKEN as error:
            raise ArchiveRefused("damaged", table.into.name) from error


def _check(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1 or member.compress_type not in _METHODS:
        raise ArchiveRefused("foreign_member", member.filename[:80])
    if member.file_size > _NOT_SUSPICIOUS + _MOST_PACKED * member.compress_size:
        raise ArchiveRefused("too_large", member.filename[:80])


def _row(line: bytes, table: Table) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ArchiveRefused("damaged", table.into.name) from error
    if not isinstance(row, dict) or tuple(row) != table.fields:
        raise ArchiveRefused("damaged", table.into.name)
    return row


def _tables(manifest: Any) -> list[Table]:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArchiveRefused("other_format")
    if manifest.get("version") != VERSION:
        raise ArchiveRefused("newer", f"version {str(manifest.get('version'))[:20]}")
    here = {one.name: one for one in kept()}
    told = manifest.get("tables")
    if not isinstance(told, list):
        raise ArchiveRefused("damaged", MANIFEST)
    tables = [_table(one, here) for one in told]
    if len({table.into.name for table in tables}) != len(tables):
        raise ArchiveRefused("damaged", MANIFEST)
    return tables


def _table(told: Any, here: dict[str, Kept]) -> Table:
    """A table or column that this program does not know is refused: dropped, it would be lost."""
    try:
        name, fields = str(told["name"]), tuple(map(str, told["fields"]))
        rows, size, sha256 = int(told["rows"]), int(told["bytes"]), str(told["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveRefused("damaged", MANIFEST) from error
    if name not in here:
        raise ArchiveRefused("newer", name[:80])
    known = {field.attname for field in here[name].fields}
    if unknown := sorted(set(fields) - known):
        raise ArchiveRefused("newer", f"{name}.{unknown[0]}"[:80])
    if told.get("file") != here[name].file or len(set(fields)) != len(fields):
        raise ArchiveRefused("damaged", MANIFEST)
    return Table(here[name], fields, rows, size, sha256)
