"""A monitor must hear of silence: dead workers, dead databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dossiers.models import Alert, Heartbeat, News, RefreshJob
from tests import make

pytestmark = pytest.mark.django_db


def beat(seconds_ago: float) -> None:
    Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(seconds=seconds_ago))


def test_a_living_installation_is_well_without_a_login(client):
    beat(20)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert 20 <= answer.json()["worker"] < 60


def test_a_worker_silent_for_more_than_five_minutes_is_a_failure(client):
    beat(301)
    assert client.get("/healthz").status_code == 503


def test_a_worker_that_never_showed_life_is_a_failure_not_safety(client):
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["worker"] is None


def test_a_day_passed_in_the_demo_does_not_make_the_worker_look_dead(client, settings, tmp_path):
    (tmp_path / "clock.json").write_text('{"offset_seconds": 86400}')
    settings.DEMO_CLOCK_FILE = str(tmp_path / "clock.json")
    beat(5)
    assert client.get("/healthz").status_code == 200


def test_it_counts_what_waits_and_what_failed(client, alice):
    beat(1)
    case = make.case()
    for key in ("a", "b"):
        news = News.objects.create(case=case, kind=News.Kind.DISPATCH, key=key)
        state = Alert.State.FAILED if key == "a" else Alert.State.WAITING
        Alert.objects.create(
            news=news, user=alice, state=state, created_at=timezone.now() - timedelta(minutes=10)
        )
    RefreshJob.objects.create(case=case, key="k", purpose=RefreshJob.Purpose.DAILY)
    state = client.get("/healthz").json()
    assert state["alerts"]["waiting"] == 1
    assert state["alerts"]["failed"] == 1
    assert state["alerts"]["oldest_seconds"] >= 600
    assert state["refresh"] == {"waiting": 1, "last_done": None}


@pytest.mark.django_db(transaction=True)
def test_a_broken_database_is_said_in_both_places(client):
    real = Heartbeat._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {real} RENAME TO gone")
    try:
        answer = client.get("/healthz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE gone RENAME TO {real}")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "database": False}


def test_pages_can_be_served_before_any_worker_runs(client):
    assert client.get("/readyz").json() == {"status": "ok", "database": True}


@pytest.mark.parametrize("name", ["refresh", "alerts", "digest", "reminders", "docket", "backup", "watch"])
def test_any_part_that_has_stopped_is_a_failure_with_its_name(client, name):
    beat(1)
    Heartbeat.objects.create(name=name, at=timezone.now() - timedelta(days=2))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["late"] == [name]


def test_nothing_but_reading_is_taken(client):
    assert client.post("/healthz").status_code == 405
