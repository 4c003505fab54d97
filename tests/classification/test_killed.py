"""A worker killed while the predictor thinks leaves the order for the next one, which asks nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apiclient.sandbox import ipaustralia
from dossiers import classification
from dossiers.models import CpcSuggestion, OfficeCall
from tests import make
from tests.runtime import scratch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

WORKER = """
import django
django.setup()
from dossiers import classification
classification.pump(budget_seconds=60)
"""


def worker(office) -> subprocess.Popen:
    """A process of its own on this test's database and office."""
    base = connection.settings_dict
    if connection.vendor == "sqlite":
        address = f"sqlite:///{base['NAME']}"
    else:
        address = f"postgres://{base['USER']}@{base['HOST']}:{base['PORT']}/{base['NAME']}"
    env = scratch.environment(
        address,
        DJANGO_SETTINGS_MODULE="ipportal.settings",
        JPO_BASE_URL=office.url,
        JPO_USERNAME=office.username,
        JPO_PASSWORD=office.password,
        **{name: getattr(settings, name) for name in dir(settings) if name.startswith("IPAU_")},
    )
    return subprocess.Popen([sys.executable, "-c", WORKER], env=env, cwd=scratch.ROOT)


def test_killed_while_the_predictor_thinks(office, alice, stand_in):
    case = make.case(office.cases("patent", limit=1, stage="registered")[0].case.number)
    order = classification.order_from_dossier(case, by=alice)
    CpcSuggestion.objects.update(not_before=timezone.now() - timedelta(days=400))  # by any clock
    office.fault("slow", ipaustralia.PREDICT_PATH, seconds=600)
    killed = worker(office)
    give_up = time.monotonic() + 300
    while office.office.faults.listed():  # struck: the question is there
        assert killed.poll() is None and time.monotonic() < give_up
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    order.refresh_from_db()
    assert order.state == "waiting" and order.text_length and order.symbols == []
    assert classification.pump(budget_seconds=1) is False  # its lease still holds
    CpcSuggestion.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    classification.pump(budget_seconds=30)
    order.refresh_from_db()
    assert order.state == "done" and order.attempts == 2 and order.symbols
    assert OfficeCall.objects.count() == 3
