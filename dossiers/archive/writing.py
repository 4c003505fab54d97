"""The archive, written as it is read: one state of the database, in pieces as they come."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Field, Model

from dossiers.docketing.store import rules_mark

from .contents import Kept, kept, left_out
from .sink import Sink
from .values import line_of

FORMAT, VERSION = "ip-portal docket", 1
MANIFEST = "manifest.json"
_AT_ONCE = 200  # rows; a row may hold an archive of the office
_PIECE = 256 * 1024  # bytes
Tell = Callable[[str, int], None]


def write(tell: Tell = lambda name, rows: None) -> Iterator[bytes]:
    """The archive of everything there is, in pieces; `tell` is called with each table and its rows so far.

    The same rows give the same bytes. Rows come as they stood when the first piece was asked for; writers do
    not wait. A reader that stops early leaves a file that `restore` refuses.
    """
    sink = Sink()
    tables = []
    with _one_state(), zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in kept():
            entry = _Entry(one)
            with archive.open(_member(one.file), "w", force_zip64=True) as member:
                for line in lines(one.model, one.fields):
                    entry.add(line)
                    member.write(line)
                    if sink.size >= _PIECE:
                        tell(one.name, entry.rows)
                        yield sink.taken()
            tell(one.name, entry.rows)
            tables.append(entry.told())
        archive.writestr(_member(MANIFEST), _manifest(tables))
    yield sink.taken()


def lines(model: type[Model], fields: Sequence[Field[Any, Any]]) -> Iterator[bytes]:
    """The rows of a table by their key, each as a line of JSON."""
    names = [field.attname for field in fields]
    rows = model._default_manager.order_by("pk").values_list(*names)
    for row in rows.iterator(_AT_ONCE):
        yield line_of(names, row)


class _Entry:
    """What the manifest says of one table."""

    def __init__(self, of: Kept) -> None:
        self.of, self.rows, self.bytes, self.hash = of, 0, 0, hashlib.sha256()

    def add(self, line: bytes) -> None:
        self.rows += 1
        self.bytes += len(line)
        self.hash.update(line)

    def told(self) -> dict[str, Any]:
        return {
            "name": self.of.name,
            "file": self.of.file,
            "fields": [field.attname for field in self.of.fields],
            "rows": self.rows,
            "bytes": self.bytes,
            "sha256": self.hash.hexdigest(),
        }


def _manifest(tables: list[dict[str, Any]]) -> str:
    told = {
        "format": FORMAT,
        "version": VERSION,
        "rules": rules_mark(),
        "tables": tables,
        "left_out": left_out(),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _member(name: str) -> zipfile.ZipInfo:
    """Without the time of writing, so that the same docket is the same file."""
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    return member


@contextmanager
def _one_state() -> Iterator[None]:
    """Every query within sees the rows of one instant, and keeps nobody from writing."""
    if connection.in_atomic_block:  # the caller's transaction says what is seen
        yield
    elif connection.vendor == "sqlite":
        # Django would begin one that writes. In the write-ahead log a reader sees the state it began with.
        connection.ensure_connection()
        connection.connection.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            connection.connection.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
