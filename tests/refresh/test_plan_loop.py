"""Planning in the background: a loop of its own, so that no plan keeps anything else back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from apiclient.clock import JST
from dossiers import tasks
from dossiers.models import CoverageDay, DayPlan, Heartbeat, Pump
from tests import make

MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=JST)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def morning(monkeypatch) -> None:
    monkeypatch.setattr("dossiers.clock.now", lambda: MORNING)


def rung() -> set[str]:
    return {row.func() for row in OrmQ.objects.all()}


def test_the_sweep_rings_for_every_loop_and_the_day_is_planned_by_its_own():
    make.case()
    tasks.sweep()
    assert rung() == {task for name, task in tasks.PUMPS.items() if name != "sweep"}
    assert not DayPlan.objects.exists()
    tasks.pump_plan()
    assert DayPlan.objects.get().day == MORNING.date()
    assert Heartbeat.objects.get(name="plan").at == MORNING


def test_what_cannot_be_planned_keeps_no_mail_and_no_figure_back(settings, caplog):
    make.case()
    settings.JPO_DAILY_LIMITS = {"patent/no_such": 1}  # the limits cannot be read: no round and no plan
    tasks.sweep()
    assert tasks.PUMPS["alerts"] in rung() and tasks.PUMPS["digest"] in rung()
    assert CoverageDay.objects.exists()
    with pytest.raises(LookupError):
        tasks.pump_plan()
    assert Heartbeat.objects.get(name="planning").detail == {"awaited": True}, "it has not worked"
    assert not Heartbeat.objects.filter(name="plan").exists()
    assert Pump.objects.get(name="plan").lease_until is None


def test_while_one_plans_nobody_else_begins():
    make.case()
    Pump.objects.create(name="plan", holder="other", lease_until=timezone.now() + timedelta(minutes=1))
    tasks.pump_plan()
    assert not DayPlan.objects.exists()


@pytest.mark.parametrize(("minutes", "status"), [(1, 200), (20, 503)])
def test_a_monitor_is_told_when_nobody_has_looked_whom_to_ask(client, minutes, status):
    tasks.beat()
    Heartbeat.objects.create(name="planning", at=timezone.now() - timedelta(minutes=minutes))
    assert client.get("/healthz").status_code == status
