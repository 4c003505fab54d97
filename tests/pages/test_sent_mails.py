"""Copies of what was mailed, sending once more, and addresses that mail came back from."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers import clock
from dossiers.models import Alert, AuditEntry, Delivery, FirmPolicy, MailServer, Prompt, User
from tests.pages.test_inbox import HOSTILE, handed, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(bob) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def mailed(user, kind: str = "reminder", **fields) -> Prompt:
    fields.setdefault("state", Prompt.State.SENT)
    made = Prompt.objects.create(user=user, kind=kind, due_at=clock.now(), message_id="<x@x>", **fields)
    Delivery.objects.create(
        prompt=made, to=user.email, accepted=True, subject="Due soon", text="the text", html="<p>the text</p>"
    )
    return made


def off(user, **fields) -> None:
    User.objects.filter(pk=user.pk).update(
        address_off_at=clock.now(), address_off_why="550 5.1.1 no", **fields
    )


def body_of(answer) -> str:
    return answer.content.decode()


# --- copies -------------------------------------------------------------------------------------------------


def test_without_any_the_page_says_what_comes_there(page):
    assert "No such mail yet" in body_of(page.get("/alerts/mails/"))


def test_reminders_are_listed_with_their_copy(page, bob):
    one = mailed(bob)
    assert "Due soon" in body_of(page.get("/alerts/mails/"))
    body = body_of(page.get(f"/alerts/mails/{one.pk}/"))
    assert "the text" in body and "taken by the mail server" in body
    copy = page.get(f"/alerts/mails/{one.pk}/copy/{one.deliveries.get().pk}/")
    assert body_of(copy) == "<p>the text</p>" and "sandbox" in copy["Content-Security-Policy"]


def test_others_mails_do_not_exist(page, alice):
    one = mailed(alice)
    assert "Due soon" not in body_of(page.get("/alerts/mails/"))
    assert page.get(f"/alerts/mails/{one.pk}/").status_code == 404
    assert page.get(f"/alerts/mails/{one.pk}/copy/{one.deliveries.get().pk}/").status_code == 404
    assert page.post(f"/alerts/mails/{one.pk}/again/").status_code == 404
    assert page.post(f"/alerts/{told(alice).pk}/again/").status_code == 404
    one.refresh_from_db()
    assert one.state == "sent"


def test_an_alert_of_a_group_shows_the_mail_that_carried_it(page, bob):
    group = mailed(bob, "alerts")
    alert = told(bob, group=group)
    body = body_of(page.get(f"/alerts/{alert.pk}/"))
    assert "the text" in body and f"/alerts/mails/{group.pk}/" in body
    assert f"/alerts/{alert.pk}/" in body_of(page.get(f"/alerts/mails/{group.pk}/"))


def test_a_mail_that_came_back_is_not_shown_as_delivered(page, bob):
    delivery = handed(told(bob, state=Alert.State.FAILED))
    delivery.bounces.create(user=bob, address=bob.email, hard=True, words=HOSTILE, how="report", key="1")
    body = body_of(page.get(f"/alerts/{delivery.alert_id}/"))
    assert "taken, and came back" in body and HOSTILE not in body
    assert "taken by the mail server" not in body


def test_the_list_costs_the_same_for_few_and_many(page, bob):
    counts = []
    for size in (2, 30):
        for _ in range(size):
            mailed(bob)
        with CaptureQueriesContext(connection) as queries:
            page.get("/alerts/mails/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- once more ----------------------------------------------------------------------------------------------


def test_a_person_has_an_alert_sent_again_in_their_name(page, bob):
    alert = told(bob, sent_at=clock.now())
    answer = page.post(f"/alerts/{alert.pk}/again/", follow=True)
    assert "It is sent again within a minute" in body_of(answer)
    alert.refresh_from_db()
    assert (alert.state, alert.again_by) == ("waiting", bob)
    assert AuditEntry.objects.get(action="alert.again").actor == bob
    assert "It is on its way already" in body_of(page.post(f"/alerts/{alert.pk}/again/", follow=True))


def test_a_reminder_is_sent_again_too(page, bob):
    one = mailed(bob)
    page.post(f"/alerts/mails/{one.pk}/again/")
    one.refresh_from_db()
    assert one.state == "waiting" and one.again_by == bob


# --- addresses ----------------------------------------------------------------------------------------------


def test_whom_mail_does_not_reach_sees_it_on_every_page(page, bob):
    assert "Mail does not reach you" not in body_of(page.get("/"))
    off(bob)
    for address in ("/", "/cases/", "/alerts/"):
        assert "Mail does not reach you" in body_of(page.get(address))
    body = body_of(page.get("/settings/"))
    assert "550 5.1.1 no" in body and f"/settings/mail/{bob.pk}/" in body


def test_a_person_says_that_the_address_is_right_and_has_the_rest_sent(page, bob):
    off(bob)
    missed = told(bob, state=Alert.State.FAILED)
    answer = page.post(f"/settings/mail/{bob.pk}/", {"email": "Bob@example.com", "send": "on"}, follow=True)
    assert "1 alert that had not arrived is sent now" in body_of(answer)
    bob.refresh_from_db()
    missed.refresh_from_db()
    assert (bob.address_off_at, missed.state) == (None, "waiting")
    assert AuditEntry.objects.get(action="address.on").actor == bob


def test_another_address_of_ones_own_is_asked_for_where_it_is_confirmed(page, bob):
    off(bob)
    there = {"email": "bob@new.example", "send": "on"}
    answer = page.post(f"/settings/mail/{bob.pk}/", there)
    assert answer.headers["Location"] == "/settings/email/"
    bob.refresh_from_db()
    assert bob.email == "bob@example.com" and bob.address_off_at


@pytest.mark.parametrize("email", ["", "no address", "alice@example.com"])
def test_an_address_that_cannot_be_used_is_refused_with_a_word(page, bob, alice, email):
    off(bob)
    page.post(f"/settings/mail/{bob.pk}/", {"email": email}, follow=True)
    bob.refresh_from_db()
    assert bob.email == "bob@example.com" and bob.address_off_at


def test_nobody_changes_the_address_of_somebody_else_or_one_that_works(page, bob, alice):
    off(alice)
    assert page.post(f"/settings/mail/{alice.pk}/", {"email": "evil@x.example"}).status_code == 404
    page.post(f"/settings/mail/{bob.pk}/", {"email": "new@x.example"})
    assert set(User.objects.values_list("email", flat=True)) == {"alice@example.com", "bob@example.com"}


def test_an_administrator_sees_whose_address_is_off_and_puts_it_right(page, bob, alice):
    assert page.get("/settings/mail/").status_code == 403
    User.objects.filter(pk=bob.pk).update(role="administrator")
    assert "No mail was sent yet" in body_of(page.get("/settings/mail/"))
    off(alice)
    MailServer.objects.create(failures=3, words=HOSTILE)
    body = body_of(page.get("/settings/mail/"))
    assert "alice@example.com" in body and "3 failures in a row" in body and HOSTILE not in body
    page.post(f"/settings/mail/{alice.pk}/", {"email": "alice@new.example"})
    alice.refresh_from_db()
    assert alice.email == "alice@new.example" and alice.address_off_at is None


def test_administrators_say_how_many_alerts_come_singly(page, bob):
    User.objects.filter(pk=bob.pk).update(role="administrator")
    form = {"remind_limits": "7 1", "escalate_hours": 8, "opens_at": "09:00", "closes_at": "17:30"}
    page.post("/settings/firm/reminders/", {**form, "most_single_mails": 5})
    assert FirmPolicy.objects.get().most_single_mails == 5
