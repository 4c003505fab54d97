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


EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 "
    "Safari/537.36 Edg/120.0"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.0 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("agent", "words"), [(EDGE, "Edge · Windows"), (IPHONE, "Safari · iPhone"), ("Telephone", "Telephone")]
)
def test_a_device_is_named_as_people_call_it(bob, boss, agent, words):
    here = begun_on(bob, agent)
    assert f"<bdi>{words}</bdi>" in here.get("/settings/sessions/").text.replace(' class="text"', "")
    assert words in signed_in(boss).get(f"/settings/people/{bob.pk}/").text


def test_ending_the_others_is_offered_only_where_there_are_others(bob):
    here = begun_on(bob, "desk")
    assert "End all others" not in here.get("/settings/sessions/").text
    begun_on(bob, "train")
    assert "End all others" in here.get("/settings/sessions/").text


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
