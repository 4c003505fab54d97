"""Where a database is, and reading it through its driver: every row of a table, some at a time."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import conninfo, sql

from .tables import Table

_AT_ONCE = 200  # rows
_SQLITE, _POSTGRES = "django.db.backends.sqlite3", "django.db.backends.postgresql"
_LIBPQ = {
    *("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"),
    *("connect_timeout", "service", "passfile", "gssencmode"),
}


class Refused(Exception):
    """Something cannot be done as things are. The text says why, and what to do."""


class Reading(Protocol):
    """An open database whose rows all stand as they did at one instant."""

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]: ...

    def names(self) -> set[str]: ...


@dataclass(frozen=True)
class SqlitePlace:
    path: Path

    engine = "sqlite"

    @property
    def name(self) -> str:
        return self.path.name

    @contextmanager
    def reading(self) -> Iterator[SqliteReading]:
        with closing(open_sqlite(self.path)) as connection:
            connection.execute("BEGIN")
            yield SqliteReading(connection)


@dataclass(frozen=True)
class PostgresPlace:
    """A database of PostgreSQL. The password is handed to tools by their environment alone."""

    settings: Mapping[str, Any]

    engine = "postgresql"

    @property
    def name(self) -> str:
        return str(self.settings["NAME"])

    def other(self, name: str) -> PostgresPlace:
        """Another database of the same server."""
        return PostgresPlace({**self.settings, "NAME": name})

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        password = {"password": self.settings["PASSWORD"]} if self.settings.get("PASSWORD") else {}
        return psycopg.connect(self.address, autocommit=autocommit, **password)

    @property
    def address(self) -> str:
        """As libpq reads it, without the password."""
        keys = {"HOST": "host", "PORT": "port", "USER": "user", "NAME": "dbname"}
        told = {new: str(self.settings[old]) for old, new in keys.items() if self.settings.get(old)}
        more = {key: value for key, value in self.settings.get("OPTIONS", {}).items() if key in _LIBPQ}
        return conninfo.make_conninfo(**told, **more)

    def environment(self) -> dict[str, str]:
        password = self.settings.get("PASSWORD")
        return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}

    @contextmanager
    def reading(self) -> Iterator[PostgresReading]:
        with self.connect() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield PostgresReading(connection)

    @contextmanager
    def scratch(self) -> Iterator[PostgresPlace]:
        """An empty database beside this one, dropped at the end whatever happened."""
        made = self.other(f"ipportal_scratch_{uuid.uuid4().hex[:12]}")
        create_database(self, made.name)
        try:
            yield made
        finally:
            drop_database(self, made.name)


Place = SqlitePlace | PostgresPlace


def place_of(settings: Mapping[str, Any]) -> Place:
    """The place that one of Django's DATABASES means. Refused for other engines."""
    if settings["ENGINE"] == _SQLITE:
        return SqlitePlace(Path(settings["NAME"]))
    if settings["ENGINE"] == _POSTGRES:
        return PostgresPlace(settings)
    raise Refused(f"Only SQLite and PostgreSQL are known here, not {settings['ENGINE']}.")


def open_sqlite(path: Path) -> sqlite3.Connection:
    """A connection that begins transactions only when told to. Refused where the file is missing."""
    if not path.exists():
        raise Refused(f"{path} is not there.")
    return sqlite3.connect(path, isolation_level=None, timeout=20)


class SqliteReading:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        columns = ", ".join(f'"{one.name}"' for one in table.columns)
        yield from self.connection.execute(f'SELECT {columns} FROM "{table.name}"')  # noqa: S608 (of our models)

    def names(self) -> set[str]:
        found = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in found if not name.startswith("sqlite_")}


class PostgresReading:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """By a cursor of the server, so that it hands over some rows at a time. Needs a transaction."""
        columns = [
            sql.SQL("{}::text" if one.kind == "json" else "{}").format(sql.Identifier(one.name))
            for one in table.columns
        ]
        asked = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(columns), sql.Identifier(table.name))
        with self.connection.cursor(name="upkeep") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(asked)
            yield from cursor

    def names(self) -> set[str]:
        asked = "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
        return {name for (name,) in self.connection.execute(asked)}


# --- the server and its tools -----------------------------------------------------------------------------


def create_database(server: PostgresPlace, name: str) -> None:
    try:
        _on_server(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"), name)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Refused(
            f"The user {server.settings.get('USER') or ''} may not make databases. As the administrator of"
            f' the server: ALTER ROLE "{server.settings.get("USER") or ""}" CREATEDB;'
        ) from error


def drop_database(server: PostgresPlace, name: str) -> None:
    _on_server(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)


def _on_server(server: PostgresPlace, statement: sql.SQL, name: str) -> None:
    with server.other("postgres").connect(autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name)))


def tool(name: str, *arguments: str, place: PostgresPlace, **pipes: Any) -> subprocess.Popen[bytes]:
    """One of PostgreSQL's own programs, started. Refused where it is not installed."""
    try:
        return subprocess.Popen([name, *arguments], env=place.environment(), **pipes)
    except FileNotFoundError as error:
        raise Refused(f"{name} is not installed here: apt install postgresql-client.") from error
