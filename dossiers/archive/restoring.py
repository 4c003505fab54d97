"""Filling an empty database from an archive: everything, as it was, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from dossiers.refresh import search_index

from .contents import LEFT_OUT_FIELDS, MADE_BY_MIGRATIONS, kept
from .reading import Archive, ArchiveRefused, Table
from .recomputing import Recomputed, recompute
from .values import value_of
from .writing import Tell, lines

_AT_ONCE = 500  # rows
_BYTES_AT_ONCE = 8 * 1024 * 1024


@dataclass(frozen=True)
class Restored:
    """What was put back: rows of each table, and how its time limits compare with those computed anew."""

    rows: dict[str, int] = field(default_factory=dict)
    docket: Recomputed = field(default_factory=lambda: Recomputed())


def restore(file: IO[bytes], tell: Tell = lambda name, rows: None) -> Restored:
    """Put everything back in one transaction, read it again, compare, and compute the docket anew.

    ArchiveRefused leaves the database as it was: "not_empty" where there are rows already, "damaged",
    "inconsistent" for rows that this database or the program does not take, "not_the_same" where what was
    stored reads differently from what the archive holds, and whatever `Archive` refuses.
    """
    archive = Archive(file)
    with transaction.atomic():
        _must_be_empty()
        try:
            with transaction.atomic():
                for table in archive.tables:
                    _fill(archive, table, tell)
                connection.check_constraints()
        except (DatabaseError, ValueError, TypeError, OverflowError) as error:
            raise ArchiveRefused("inconsistent", str(error)[:300]) from error
        for table in archive.tables:
            _must_be_the_same(table)
        _continue_keys([table.into.model for table in archive.tables])
        search_index.rebuild()
        return Restored({table.into.name: table.rows for table in archive.tables}, recompute())


def _must_be_empty() -> None:
    for one in kept():
        if one.name in MADE_BY_MIGRATIONS:
            one.model._default_manager.all().delete()
        elif one.model._default_manager.exists():
            raise ArchiveRefused("not_empty", one.name)


def _fill(archive: Archive, table: Table, tell: Tell) -> None:
    """Insert the rows, some at a time. The database checks references when all tables are there."""
    model = table.into.model
    columns = {one.attname: one for one in table.into.fields}
    instead = _instead(table.into.name)
    waiting: list[Model] = []
    size = done = 0
    for row, length in archive.rows(table):
        values = {name: value_of(columns[name], told) for name, told in row.items()}
        waiting.append(model(**values, **{name: made() for name, made in instead.items()}))
        size += length
        if len(waiting) >= _AT_ONCE or size >= _BYTES_AT_ONCE:
            model._default_manager.bulk_create(waiting)
            done += len(waiting)
            tell(table.into.name, done)
            waiting, size = [], 0
    model._default_manager.bulk_create(waiting)
    tell(table.into.name, done + len(waiting))


def _instead(table: str) -> dict[str, Callable[[], Any]]:
    made = {name.rpartition("."): one.instead for name, one in LEFT_OUT_FIELDS.items()}
    return {column: instead for (of, _, column), instead in made.items() if of == table}


def _must_be_the_same(table: Table) -> None:
    """What is in the database now, read and written as the archive writes it, has the archive's hash."""
    columns = {one.attname: one for one in table.into.fields}
    told = hashlib.sha256()
    for line in lines(table.into.model, [columns[name] for name in table.fields]):
        told.update(line)
    if told.hexdigest() != table.sha256:
        raise ArchiveRefused("not_the_same", table.into.name)


def _continue_keys(models: list[type[Model]]) -> None:
    """New rows get keys after those restored; PostgreSQL counts them apart from the rows."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
