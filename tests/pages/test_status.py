"""The status page: which part works, since when, what it means when one does not, and what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dossiers.alerts import heartbeats
from dossiers.models import Fault, Heartbeat, MailServer, Outage, Ping

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def working(db):
    for part in heartbeats.parts():
        heartbeats.beat(part.name, 3)
    MailServer.objects.get_or_create(pk=1)


def silent(name: str, ago: timedelta) -> None:
    Heartbeat.objects.filter(name=name).update(at=timezone.now() - ago, machine="")


def text_of(client, path: str) -> str:
    return client.get(path).content.decode()


def test_it_is_for_people_who_are_signed_in(client):
    assert client.get("/status/")["Location"].startswith("/login/")


def test_while_all_works_it_says_so_and_shows_when_each_part_last_did(page, working):
    text = text_of(page, "/status/")
    assert "Every part that is known works." in text
    assert text.count('class="tag sure"') == len(heartbeats.parts())
    assert "Last mails: 3" in text


def test_what_is_late_stands_first_with_what_it_means_and_what_to_do(page, working):
    silent("refresh", 20 * MINUTE)
    text = text_of(page, "/status/")
    assert "1 part does not work as it should." in text
    assert "No sign of life for 20 min." in text
    assert "new documents and their time limits are not seen" in text
    assert "Look into the worker&#x27;s log" in text


def test_an_installation_on_which_nothing_ever_ran_is_not_called_well(page):
    text = text_of(page, "/status/")
    assert "It has never worked here." in text
    assert "Every part that is known works." not in text


def test_a_backup_that_nobody_reports_is_not_known(page, working):
    Heartbeat.objects.filter(name="backup").delete()
    text = text_of(page, "/status/")
    assert "Nothing is known of it: it has not reported yet." in text
    assert "manage.py beat backup" in text


def test_it_says_when_nobody_would_be_told(page, working, bob):
    assert "Nobody would be told if a part stopped" in text_of(page, "/status/")
    bob.role = "administrator"
    bob.save()
    assert "Nobody would be told if a part stopped" not in text_of(page, "/status/")


def test_past_outages_are_listed_with_what_people_were_told(page, working):
    now = timezone.now()
    Outage.objects.create(
        name="digest", reason="silent", noticed_at=now - 90 * MINUTE, over_at=now, told_at=now, tellings=2
    )
    Outage.objects.create(name="alerts", reason="behind", noticed_at=now - MINUTE)
    text = text_of(page, "/status/")
    assert "1 h 30 min" in text and "2 times" in text
    assert "not over" in text and "messages that are due have not gone out" in text


def test_faults_of_the_last_week_are_listed_with_their_place_and_count(page, working):
    assert "None in the last 7 days." in text_of(page, "/status/")
    Fault.objects.create(where="case", what="KeyError dossiers/views/x.py:7", times=1234)
    Fault.objects.create(where="old", what="x", times=1, last_at=timezone.now() - timedelta(days=8))
    text = text_of(page, "/status/")
    assert "KeyError dossiers/views/x.py:7" in text and "1,234" in text
    assert "1 kind of failure that nobody expected" in text and ">old<" not in text


def test_the_key_in_an_outside_watchers_address_is_never_shown(page, working, settings):
    settings.PING_URLS = {"alerts": "https://hc.example/secret-key"}
    Ping.objects.create(name="alerts", said="success", problem="unreachable")
    text = text_of(page, "/status/")
    assert "hc.example" in text and "could not be reached" in text
    assert "secret-key" not in text


def test_today_shows_a_banner_while_any_part_is_late(page, working):
    assert "What it means and what to do" not in text_of(page, "/")
    silent("digest", 20 * MINUTE)
    text = text_of(page, "/")
    assert 'role="alert"' in text and "Daily digests: No sign of life for 20 min." in text
    assert 'href="/status/"' in text


def test_today_says_that_digests_are_missing(page, working, bob, monkeypatch):
    """The loop works, and yet the mail of this morning has not gone."""
    monkeypatch.setattr("dossiers.clock.now", lambda: timezone.now() + timedelta(days=5))
    bob.digest_from = timezone.now() - timedelta(days=1)
    bob.save()
    assert "Daily digests: It works, but 1 message that is due has not gone out." in text_of(page, "/")
    assert '<dd class="is-danger">1</dd>' in text_of(page, "/status/")


def test_without_the_worker_today_speaks_of_the_worker_alone(page, working):
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1), machine="")
    text = text_of(page, "/")
    assert "The background work has stopped" in text and "Daily digests:" not in text


def test_the_page_costs_the_same_however_many_outages_there_were(page, working):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page.get("/status/")
        return len(queries)

    now = timezone.now()
    Outage.objects.create(name="alerts", reason="silent", noticed_at=now, over_at=now)
    cost()
    few = cost()
    rows = [Outage(name="alerts", reason="silent", noticed_at=now, over_at=now) for _ in range(60)]
    Outage.objects.bulk_create(rows)
    assert cost() == few
