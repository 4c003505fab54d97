"""An empty database that is gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def database(folder: Path, server: str, name: str) -> Iterator[str]:
    """The address of a new database on the PostgreSQL at `server`, or of a SQLite file where that is ""."""
    if not server:
        yield f"sqlite:///{folder / f'{name}.sqlite3'}"
        return
    import psycopg
    from psycopg import sql

    at, made = urlsplit(server), f"{name}_{os.getpid()}"
    with psycopg.connect(urlunsplit(at._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made)))
        try:
            yield urlunsplit(at._replace(path=f"/{made}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(made)))
