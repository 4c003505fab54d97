"""A small storm of `bench.storm`: workers killed at random, a mail server with faults, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from urllib.parse import urlunsplit

import pytest
from django.conf import settings

pytestmark = pytest.mark.processes


def test_workers_killed_at_random_tell_everybody_of_everything_under_one_name():
    given = settings.DATABASES["default"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment.pop("POSTGRES_URL", None)
    if given["ENGINE"] != "django.db.backends.sqlite3":
        at = f"{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
        environment["POSTGRES_URL"] = urlunsplit(("postgres", at, f"/{given['NAME']}", "", ""))
    command = [sys.executable, "-m", "bench.storm", "--alerts", "300", "--kills", "5", "--minutes", "8"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=900
    )
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(said[-1])
    assert told.pop("repeated_same_id") >= 0
    assert told == {"alerts": 300, "accepted": 300, "repeated_new_id": 0, "lost": 0}
    assert any("5 killed" in line for line in said)
