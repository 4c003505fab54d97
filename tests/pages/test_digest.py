"""The digest in a person's settings: switched on and off, moved, previewed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers import clock
from dossiers.alerts import digest
from dossiers.models import AuditEntry, Delivery, Digest, News, User
from tests import make

from . import docket

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def test_it_is_on_at_eight_and_the_settings_say_so(page):
    body = page.get("/settings/").content.decode()
    assert 'name="digest_on"' in body and "checked" in body.split('name="digest_on"')[1].split(">")[0]
    assert '<option value="8" selected>08:00</option>' in body


def test_the_hour_is_moved_and_that_is_recorded(page, bob):
    before = bob.digest_from
    page.post("/settings/digest/save/", {"digest_on": "on", "digest_hour": "17"})
    bob.refresh_from_db()
    assert (bob.digest_on, bob.digest_hour, bob.digest_from) == (True, 17, before)
    entry = AuditEntry.objects.get(action="settings.digest")
    assert entry.actor == bob and entry.detail == {
        "fields": ["digest_hour"],
        "old": {"digest_hour": 8},
        "new": {"digest_hour": 17},
    }


@pytest.mark.parametrize("hour", ["24", "-1", "", "8.5", "x" * 500, "８", "\0"])
def test_an_hour_that_is_none_changes_nothing(page, bob, hour):
    answer = page.post("/settings/digest/save/", {"digest_hour": hour}, follow=True)
    assert "Choose one of the hours." in answer.content.decode() or hour == "８"
    bob.refresh_from_db()
    assert bob.digest_hour == 8 and (bob.digest_on or hour == "８")


def test_switched_off_it_warns_and_leaves_the_alerts_alone(page, bob):
    answer = page.post("/settings/digest/save/", {"digest_hour": "8"}, follow=True)
    assert "its absence no longer warns you" in answer.content.decode()
    bob.refresh_from_db()
    assert not bob.digest_on and bob.mail_on


def test_switched_on_again_it_begins_with_the_next_hour_that_comes(page, bob):
    User.objects.update(digest_on=False, digest_from=datetime(2026, 1, 1, tzinfo=UTC))
    page.post("/settings/digest/save/", {"digest_on": "on", "digest_hour": "0"})
    bob.refresh_from_db()
    assert clock.now() - bob.digest_from < timedelta(minutes=5)
    assert digest.prepare(clock.now()) == 0


def test_the_preview_is_what_would_be_sent_and_sends_nothing(page, bob, mailoutbox):
    case = docket.confirmed_case(owner=bob, own_reference="ABC-0123")
    docket.unknown(case)
    body = page.get("/settings/digest/").content.decode()
    assert "1 not accounted for" in body
    mail = page.get("/settings/digest/mail/")
    assert "ABC-0123" in mail.content.decode() and "sandbox" in mail["Content-Security-Policy"]
    assert not Digest.objects.exists() and mailoutbox == []


def test_the_preview_tells_of_no_case_of_others(page):
    docket.unknown(docket.confirmed_case(own_reference="THEIRS-1"))
    assert "THEIRS-1" not in page.get("/settings/digest/mail/").content.decode()


def test_what_was_sent_can_be_read_again_by_its_reader_alone(page, client, bob, alice):
    one = Digest.objects.create(user=bob, day=docket.days_ago(1), due_at=clock.now(), state="sent")
    Delivery.objects.create(digest=one, to=bob.email, accepted=True, html="<p>as sent</p>")
    assert page.get(f"/settings/digest/mail/?of={one.pk}").content == b"<p>as sent</p>"
    assert f"/settings/digest/{one.pk}/" in page.get("/settings/digest/").content.decode()
    assert f"?of={one.pk}" in page.get(f"/settings/digest/{one.pk}/").content.decode()
    client.force_login(alice)
    assert client.get(f"/settings/digest/mail/?of={one.pk}").status_code == 404
    assert f"/settings/digest/{one.pk}/" not in client.get("/settings/digest/").content.decode()
    assert client.get(f"/settings/digest/{one.pk}/").status_code == 404


@pytest.mark.parametrize("of", ["x", "9" * 400, "%00", "-1", "0"])
def test_a_digest_that_is_not_there_is_said_so(page, of):
    assert page.get(f"/settings/digest/mail/?of={of}").status_code == 404


def test_only_forms_save_and_only_signed_in(client, page):
    assert page.get("/settings/digest/save/").status_code == 405
    page.logout()
    for address in ("/settings/digest/", "/settings/digest/mail/"):
        assert client.get(address)["Location"].startswith("/login/")


def test_the_preview_costs_the_same_for_five_cases_and_for_sixty(page, bob):
    counts = []
    for start, stop in ((0, 5), (5, 60)):
        for n in range(start, stop):
            case = docket.confirmed_case(f"2023{n + 1:06d}", owner=bob)
            docket.refused(case, dispatched=60)
            docket.unknown(case)
            News.objects.create(case=case, kind="dispatch", key="k")
        with CaptureQueriesContext(connection) as queries:
            page.get("/settings/digest/")
        counts.append(len(queries))
    assert counts[0] == counts[1] < 60


def test_hostile_words_stay_words(page, bob):
    case = docket.confirmed_case(owner=bob, own_reference="<script>alert(1)</script>")
    make.event(case, "Z999", description=docket.HOSTILE[:200], account="open")
    for address in ("/settings/digest/", "/settings/digest/mail/"):
        assert "<script>alert(" not in page.get(address).content.decode()
