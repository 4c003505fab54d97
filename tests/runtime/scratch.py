"""A database of its own for tests that start processes, on whichever engine the run uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of an empty database: a SQLite file in `folder`, or a new one on the run's PostgreSQL."""
    given = settings.DATABASES["default"]
    if given["ENGINE"] == "django.db.backends.sqlite3":
        yield f"sqlite:///{folder / 'scratch.sqlite3'}"
        return
    name = f"scratch_{uuid.uuid4().hex[:12]}"
    server = _server(given)
    _on_server(server, f'CREATE DATABASE "{name}"')
    try:
        yield _address(given, name)
    finally:
        _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _server(given: dict[str, Any]) -> dict[str, Any]:
    keys = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    return {"dbname": "postgres"} | {new: given[old] for old, new in keys.items() if given.get(old)}


def _on_server(server: dict[str, Any], statement: str) -> None:
    import psycopg

    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute(statement)


def _address(given: dict[str, Any], name: str) -> str:
    from urllib.parse import quote

    user, password = quote(given.get("USER") or ""), quote(given.get("PASSWORD") or "")
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    port = f":{given['PORT']}" if given.get("PORT") else ""
    return f"postgres://{login}{given.get('HOST') or ''}{port}/{name}"


def environment(address: str, **more: str) -> dict[str, str]:
    """The environment of a process that works on the database at `address`."""
    return {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tests.runtime.cluster_settings",
        "PYTHONPATH": str(ROOT),
        **more,
    }


def manage(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Talk:
    """A Python process on the scratch database that evaluates expressions, so that asking is quick."""

    _LOOP = """
import json, sys, django
django.setup()
from dossiers.models import *
from tests.runtime import work
from django_q.models import OrmQ, Schedule
for line in sys.stdin:
    try:
        answer = {"value": eval(line)}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
"""

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._LOOP],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, expression: str) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(expression.replace("\n", " ") + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(120)
        self._process.stdout.close()
