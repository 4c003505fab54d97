"""What somebody with the database's own password can do to the audit trail: everything, and be found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from dossiers.audit import triggers


@contextmanager
def unguarded() -> Iterator[None]:
    """The database refuses nothing meanwhile."""
    triggers.remove(connection)
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which makes no trigger on a table with checks pending
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    triggers.install(connection)
