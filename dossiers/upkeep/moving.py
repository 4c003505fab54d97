"""From SQLite to an empty PostgreSQL: every row as it is, in one transaction, compared before it counts."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from psycopg import sql

from dossiers.refresh import search_index

from .backing_up import Tell, migrations_of
from .canonical import Fingerprint, fingerprint
from .places import PostgresPlace, PostgresReading, Refused, SqlitePlace, SqliteReading, open_sqlite
from .tables import BESIDE, MADE_BY_MIGRATIONS, MIGRATIONS, Column, Table, tables

_TEXTS, _AT_ONCE = "dossiers_searchtext", 500


@dataclass(frozen=True)
class Moved:
    """One table on both sides, read independently and said in the same form."""

    table: str
    here: Fingerprint
    there: Fingerprint

    @property
    def equal(self) -> bool:
        return self.here == self.there


class _Undo(Exception):
    """A rehearsal is over."""


def move(
    here: SqlitePlace,
    there: PostgresPlace,
    *,
    rehearse: bool = False,
    tell: Tell = lambda name, rows: None,
) -> list[Moved]:
    """Fill `there` from `here`; both sides of each table.

    Nobody may have `here` open meanwhile, unless it is a rehearsal, which leaves nothing but empty tables.
    Whatever goes wrong, and whenever this is killed, nothing is there and it can be begun again. Refused in
    words otherwise.
    """
    with _held(here, alone=not rehearse) as source:
        _must_be_of_this_program(source)
        _make_tables(there)
        with suppress(_Undo), there.connect() as target:
            _must_be_empty(target, there.name)
            found = _copy(source, target, tell)
            _continue_keys(source, target)
            _index(target)
            target.execute("SET CONSTRAINTS ALL IMMEDIATE")
            compared = _compare(found, PostgresReading(target))
            if rehearse:
                raise _Undo
    return compared


@contextmanager
def _held(place: SqlitePlace, *, alone: bool) -> Iterator[SqliteReading]:
    """The source in one state; with `alone`, in nobody else's hands until the end."""
    with closing(open_sqlite(place.path)) as connection:
        if not alone:
            connection.execute("BEGIN")
            yield SqliteReading(connection)
            return
        connection.execute("PRAGMA busy_timeout=3000")
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        try:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            raise Refused(
                f"{place.path} is in use: stop the pages and the worker first, or rehearse (--rehearse)."
            ) from error
        yield SqliteReading(connection)


def _must_be_of_this_program(source: SqliteReading) -> None:
    there = source.names()
    if MIGRATIONS not in there:
        raise Refused("The database holds no docket: nothing to move.")
    known = tables()
    if missing := sorted({one.name for one in known} - there):
        raise Refused(f"The database has no table {missing[0]}: run manage.py migrate first.")
    strange = {name for name in there - {one.name for one in known} if not name.startswith(BESIDE)}
    held = [name for name in sorted(strange) if _any(source, name)]
    if held:
        raise Refused(f"The table {held[0]} has rows, and this program does not know it: nothing is moved.")


def _any(source: SqliteReading, name: str) -> bool:
    quoted = name.replace('"', '""')
    return source.connection.execute(f'SELECT 1 FROM "{quoted}" LIMIT 1').fetchone() is not None  # noqa: S608


def _make_tables(there: PostgresPlace) -> None:
    """By the migrations, in a process whose only database is the new one."""
    env = {**os.environ, "DATABASE_URL": _url(there), "DJANGO_SETTINGS_MODULE": "ipportal.settings"}
    done = subprocess.run(
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "migrate", "--verbosity", "0"],
        env={name: value for name, value in env.items() if name != "DATABASE_URL_FILE"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
        raise Refused(f"{there.name} could not be prepared: {last[0]}")


def _url(place: PostgresPlace) -> str:
    told: Mapping[str, Any] = place.settings
    who = quote(str(told.get("USER") or ""), safe="")
    if told.get("PASSWORD"):
        who += f":{quote(str(told['PASSWORD']), safe='')}"
    host, port = quote(str(told.get("HOST") or ""), safe="[]:"), told.get("PORT")
    options = "&".join(f"{key}={quote(str(one), safe='')}" for key, one in told.get("OPTIONS", {}).items())
    at = f"{who}@{host}{f':{port}' if port else ''}" if who or host else ""
    return f"postgres://{at}/{quote(place.name, safe='')}" + (f"?{options}" if options else "")


def _must_be_empty(target: psycopg.Connection[Any], name: str) -> None:
    """What migrations made is all there is; it gives way."""
    for table in tables():
        if table.name in MADE_BY_MIGRATIONS:
            continue
        asked = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table.name))
        if target.execute(asked).fetchone():
            raise Refused(f"The database {name} is not empty: {table.name} has rows. Make a new one.")


def _copy(source: SqliteReading, target: psycopg.Connection[Any], tell: Tell) -> dict[str, Fingerprint]:
    """Each table, some rows at a time; references are looked at when all are there."""
    had, has = migrations_of(source), migrations_of(PostgresReading(target))
    if had != has:
        (one, *_) = sorted(set(had) ^ set(has))
        raise Refused(f"The migration {one} has been on one side only: run manage.py migrate first.")
    target.execute("SET CONSTRAINTS ALL DEFERRED")
    for name in sorted(MADE_BY_MIGRATIONS - {MIGRATIONS}):
        target.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
    return {
        table.name: _copy_table(source, target, table, tell)
        for table in tables()
        if table.name != MIGRATIONS  # its rows say when; those of the new database are its own
    }


def _copy_table(
    source: SqliteReading, target: psycopg.Connection[Any], table: Table, tell: Tell
) -> Fingerprint:
    found = Fingerprint()
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(sql.Identifier(one.name) for one in table.columns)
    )
    row: Sequence[Any] = ()
    try:
        with target.cursor() as cursor, cursor.copy(into) as copy:
            for row in source.rows(table):
                found.add(table.columns, row)
                copy.write_row(_values(table.columns, row))
                if found.rows % _AT_ONCE == 0:
                    tell(table.name, found.rows)
    except (psycopg.DataError, psycopg.IntegrityError, ValueError) as error:
        key = row[0] if row else ""
        why = str(error).strip().splitlines()[0][:200]
        raise Refused(
            f"PostgreSQL does not take a row of {table.name}, at or shortly before the one with the key {key}"
            f" ({why}). Nothing was moved."
        ) from error
    tell(table.name, found.rows)
    return found


def _values(columns: Sequence[Column], row: Sequence[Any]) -> list[Any]:
    return [_VALUE.get(one.kind, _as_it_is)(value) for one, value in zip(columns, row, strict=True)]


def _as_it_is(value: Any) -> Any:
    return value


def _instant(value: str | None) -> datetime | None:
    """SQLite keeps instants in UTC, without saying so."""
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _json(value: str | None) -> str | None:
    """Python writes numbers that JSON does not have, and PostgreSQL refuses in words of its own."""
    if value is not None:
        json.loads(value, parse_constant=_no_number)
    return value


def _no_number(value: str) -> None:
    raise ValueError(f"{value} is no number of JSON")


_VALUE: dict[str, Callable[[Any], Any]] = {
    "boolean": lambda value: None if value is None else bool(value),
    "instant": _instant,
    "json": _json,
}


def _continue_keys(source: SqliteReading, target: psycopg.Connection[Any]) -> None:
    """New keys follow all that were ever given, those of deleted rows among them."""
    given = dict(source.connection.execute("SELECT name, seq FROM sqlite_sequence"))
    for table in tables():
        if not table.counted or table.name == MIGRATIONS:
            continue
        name, column = sql.Identifier(table.name), sql.Identifier(table.counted)
        asked = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(column, name)
        (most,) = target.execute(asked).fetchone() or (0,)
        last = max(int(most), int(given.get(table.name) or 0))
        target.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
            [f'"{table.name}"', table.counted, max(last, 1), last > 0],
        )


def _index(target: psycopg.Connection[Any]) -> None:
    """PostgreSQL's index of search, which is a column there, from the texts that came along."""
    with target.cursor(name="texts") as texts, target.cursor() as writing:
        texts.execute(sql.SQL("SELECT id, text FROM {}").format(sql.Identifier(_TEXTS)))
        while rows := list(islice(texts, _AT_ONCE)):
            writing.executemany(
                search_index.POSTGRES_SET, [(search_index.grams(text).split(), pk) for pk, text in rows]
            )


def _compare(found: Mapping[str, Fingerprint], there: PostgresReading) -> list[Moved]:
    by_name = {table.name: table for table in tables()}
    compared = [Moved(name, here, fingerprint(there, by_name[name])) for name, here in found.items()]
    if wrong := [one for one in compared if not one.equal]:
        one = wrong[0]
        raise Refused(
            f"{one.table} reads differently on the two sides ({one.here.rows:,} rows here, {one.there.rows:,}"
            f" there); {len(wrong)} table(s) differ. Nothing was moved."
        )
    return compared
