"""Sessions: seen, ended by their owner and by administrators, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from .conftest import sign_in, signed_in

pytestmark = pytest.mark.django_db


def begun_on(user, agent, address="127.0.0.1"):
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    sign_in(client, user.username)
    return client


def later(monkeypatch, **time):
    at = timezone.now() + timedelta(**time)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


def test_one_sees_where_one_is_signed_in(bob, alice):
    here = begun_on(bob, "Browser at the desk")
    begun_on(bob, "Telephone", "192.0.2.7")
    begun_on(alice, "Somebody else's")
    page = here.get("/settings/sessions/").text
    assert "Browser at the desk" in page and "Telephone" in page and "192.0.2.7" in page
    assert "Somebody else" not in page


def test_one_session_or_all_others_are_ended_at_once(bob):
    here, there, third = (begun_on(bob, name) for name in ("desk", "train", "home"))
    row = UserSession.objects.get(user_agent="train")
    here.post("/settings/sessions/end/", {"session": row.pk})
    assert there.get("/settings/").status_code == 302
    assert third.get("/settings/").status_code == 200
    here.post("/settings/sessions/end/")
    assert third.get("/settings/").status_code == 302
    assert here.get("/settings/").status_code == 200


def test_nobody_ends_somebody_elses_session_but_an_administrator(bob, alice, boss):
    theirs = signed_in(alice)
    row = UserSession.objects.get(user=alice)
    assert signed_in(bob).post("/settings/sessions/end/", {"session": row.pk}).status_code == 404
    assert theirs.get("/settings/").status_code == 200
    signed_in(boss).post(f"/settings/people/{alice.pk}/sign-out/")
    assert theirs.get("/settings/").status_code == 302


@pytest.mark.parametrize("nonsense", ["x", "9" * 400, "-1", "1\0"])
def test_nonsense_ends_nothing(bob, nonsense):
    client = signed_in(bob)
    assert client.post("/settings/sessions/end/", {"session": nonsense}).status_code < 500
    assert client.get("/settings/").status_code == 200


def test_a_session_left_alone_ends(bob, monkeypatch, settings):
    client = signed_in(bob)
    later(monkeypatch, seconds=settings.SESSION_COOKIE_AGE + 60)
    assert client.get("/settings/").status_code == 302


def test_a_session_in_use_lives_on_but_not_for_ever(bob, monkeypatch, settings):
    settings.SESSION_LONGEST = 3 * 3600
    settings.SESSION_COOKIE_AGE = 3600 * 2
    client = signed_in(bob)
    later(monkeypatch, hours=1, minutes=30)
    assert client.get("/settings/").status_code == 200
    later(monkeypatch, hours=1, minutes=20)  # after the time before: nearly three hours in all
    assert client.get("/settings/").status_code == 200
    later(monkeypatch, minutes=20)
    assert client.get("/settings/").status_code == 302


def test_reading_pages_writes_nothing_but_that_one_is_there_every_few_minutes(bob, monkeypatch):
    client = signed_in(bob)
    before = UserSession.objects.get().last_seen_at
    client.get("/settings/")
    assert UserSession.objects.get().last_seen_at == before
    later(monkeypatch, minutes=6)
    client.get("/settings/")
    assert UserSession.objects.get().last_seen_at > before
