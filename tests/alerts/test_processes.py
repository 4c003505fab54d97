"""Sending processes that die or run side by side on one database."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from dossiers.alerts.outbox import fan_out
from dossiers.models import News
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

ROOT = Path(__file__).resolve().parents[2]
SENDER = """
import os, sys, django
django.setup()
from django.conf import settings
if name := os.environ.get("TEST_DATABASE_NAME"):
    settings.DATABASES["default"]["NAME"] = name
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
settings.MAILS_PER_MINUTE = 0
from dossiers.alerts import outbox
from dossiers.models import Alert
if sys.argv[2] == "die":
    outbox._note = lambda *rest: os._exit(9)
if sys.argv[2] == "lease over":
    Alert.objects.update(lease_until=None)
print(outbox.pump(budget_seconds=30), Alert.objects.filter(state="sent", attempts=1).count())
"""


@pytest.fixture
def sender(smtp, tmp_path) -> Callable[[str], subprocess.Popen[str]]:
    """Starts another process that sends what is due in this test's database.

    A test database on SQLite is in memory, so the first start copies it into a file.
    """
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ipportal.settings"}

    def start(how: str) -> subprocess.Popen[str]:
        if connection.vendor != "sqlite":
            environment["TEST_DATABASE_NAME"] = str(connection.settings_dict["NAME"])
        elif not (file := tmp_path / "shared.sqlite3").exists():
            connection.ensure_connection()
            copy = sqlite3.connect(file)
            connection.connection.backup(copy)
            copy.close()
            environment["DATABASE_URL"] = f"sqlite:///{file}"
        command = [sys.executable, "-c", SENDER, str(smtp.port), how]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    return start


def said(process: subprocess.Popen[str]) -> list[int]:
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return [int(word) for word in out.split()]


def test_a_process_killed_after_sending_leaves_the_message_to_the_next(case, refusal, alice, smtp, sender):
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal])
    dying = sender("die")
    dying.communicate(timeout=300)
    assert dying.returncode == 9
    assert said(sender("live")) == [0, 0]  # the lease still runs
    assert said(sender("lease over"))[0] == 1
    assert len(smtp.ids) == 2 and len(set(smtp.ids)) == 1


def test_processes_side_by_side_send_each_once(case, smtp, sender):
    readers = tuple(make.user(f"u{n}") for n in range(15))
    make.watchlist(make.user("head"), case, followers=readers)
    fan_out([News.objects.create(case=case, kind=News.Kind.OFFICE_ACTION, key=f"k{n}") for n in range(4)])
    processes = [sender("live") for _ in range(3)]
    results = [said(process) for process in processes]
    assert sum(sent for sent, _ in results) == 60
    assert len(smtp.ids) == len(set(smtp.ids)) == 60
    assert max(first_attempts for _, first_attempts in results) == 60
