"""A docket moves from one kind of database to the other and is the same there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from dossiers import archive

from .docket import lived_in

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("POSTGRES_URL", "postgres://root@127.0.0.1:5432/ipportal").rpartition("/")[0]
NAME = f"ipportal_moved_{os.getpid()}"
MOVE = """
import django, sys
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("restore_docket", sys.argv[1])
call_command("export_docket", sys.argv[2])
"""


@pytest.fixture
def other(tmp_path) -> Iterator[str]:
    """The address of an empty database of the kind that this run does not use."""
    if connection.vendor == "postgresql":
        yield f"sqlite:///{tmp_path / 'moved.sqlite3'}"
        return
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL to move to")
    with server:
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            yield f"{SERVER}/{NAME}"
        finally:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def tables_of(path: Path) -> dict[str, tuple[int, str]]:
    with zipfile.ZipFile(path) as opened:
        told = json.loads(opened.read("manifest.json"))
    return {table["name"]: (table["rows"], table["sha256"]) for table in told["tables"]}


def test_a_docket_is_the_same_in_the_other_kind_of_database(office, alice, bob, other, tmp_path):
    lived_in(office, alice, bob)
    here, there = tmp_path / "here.zip", tmp_path / "there.zip"
    here.write_bytes(b"".join(archive.write()))
    env = {**os.environ, "DATABASE_URL": other, "DJANGO_SETTINGS_MODULE": "ipportal.settings"}
    moved = subprocess.run(
        [sys.executable, "-c", MOVE, str(here), str(there)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert moved.returncode == 0, moved.stderr
    assert "2 equal, 0 of other rules" in moved.stdout and "0 differ" in moved.stdout
    before, after = tables_of(here), tables_of(there)
    assert before.pop("dossiers.AuditEntry")[0] + 2 == after.pop("dossiers.AuditEntry")[0]
    # Both commands leave a line in the record of acts, and export seals the record before it takes it along.
    assert (before.pop("dossiers.AuditChain")[0], after.pop("dossiers.AuditChain")[0]) == (0, 1)
    assert after == before
