"""Scratch databases, and commands on them as an administrator types them."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.runtime.scratch import ROOT

SERVER = os.environ.get("POSTGRES_URL", "postgres://root@127.0.0.1:5432/ipportal").rpartition("/")[0]


@contextmanager
def empty_postgres(like: str = "") -> Iterator[str]:
    """The address of a new database, empty or like that one. Skips the test where there is no server."""
    name = f"deploy_{uuid.uuid4().hex[:12]}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL here")
    with server:
        template = like.rpartition("/")[2] or "template1"
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"{SERVER}/{name}"
        finally:
            for (left,) in server.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}%"]
            ).fetchall():
                server.execute(f'DROP DATABASE "{left}" WITH (FORCE)')


def environment(address: str, **more: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "ipportal.settings", **more}


def manage(address: str, *told: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *told]
    return subprocess.run(
        command, cwd=ROOT, env=environment(address, **env), capture_output=True, text=True, timeout=900
    )


def succeeds(address: str, *told: str, **env: str) -> str:
    done = manage(address, *told, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refuses(address: str, *told: str, **env: str) -> str:
    """What it says, having done nothing; no traceback is a word to anybody."""
    done = manage(address, *told, **env)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stderr


def python(address: str, code: str) -> str:
    """What a line of Python prints, with the models of the database at `address`."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django\ndjango.setup()\nfrom dossiers.models import *\n{code}"],
        cwd=ROOT,
        env=environment(address),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
