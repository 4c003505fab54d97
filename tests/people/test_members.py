"""People of the firm: what an administrator changes about them holds at once, and on record."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from dossiers.models import AuditEntry, Case, Role, User
from tests import make

from .conftest import set_up_app, sign_in, signed_in

pytestmark = pytest.mark.django_db


def test_whoever_is_switched_off_can_do_nothing_from_that_moment(boss, bob):
    theirs, admins = signed_in(bob), signed_in(boss)
    assert theirs.get("/settings/").status_code == 200
    admins.post(f"/settings/people/{bob.pk}/off/")
    assert theirs.get("/settings/").status_code == 302
    answer = sign_in(theirs, "bob")
    assert answer.headers["Location"] == "/login/off/"
    assert theirs.get("/settings/").status_code == 302
    admins.post(f"/settings/people/{bob.pk}/on/")
    assert theirs.get("/settings/").status_code == 302  # the old session does not live again
    assert sign_in(theirs, "bob").headers["Location"] == "/"
    entry = AuditEntry.objects.get(action="people.off")
    assert entry.actor == boss


def test_their_cases_are_named_and_can_be_handed_over(boss, bob, alice):
    mine, theirs = make.case("2023000001", owner=alice), make.case("2023000002", owner=bob)
    client = signed_in(boss)
    client.post(f"/settings/people/{bob.pk}/off/")
    page = client.get(f"/settings/people/{bob.pk}/").text
    assert "1 case is still in the charge of somebody who does not work here any more." in page
    answer = client.post(f"/settings/people/{bob.pk}/hand-over/", {"to": alice.pk})
    assert answer.status_code == 302
    assert set(Case.objects.filter(owner=alice)) == {mine, theirs}


def test_there_is_always_an_administrator(boss, bob):
    client = signed_in(boss)
    client.post(f"/settings/people/{boss.pk}/change/", {"role": "reader", "client": ""})
    client.post(f"/settings/people/{boss.pk}/off/")
    boss.refresh_from_db()
    assert boss.role == Role.ADMINISTRATOR and boss.is_active
    client.post(f"/settings/people/{bob.pk}/change/", {"role": "administrator", "client": ""})
    client.post(f"/settings/people/{boss.pk}/change/", {"role": "reader", "client": ""})
    boss.refresh_from_db()
    assert boss.role == Role.READER


def test_another_role_ends_the_sessions_and_is_kept_with_what_was(boss, bob):
    theirs = signed_in(bob)
    team = Group.objects.create(name="特許")
    changed = {"role": "reader", "client": "", "groups": [team.pk]}
    signed_in(boss).post(f"/settings/people/{bob.pk}/change/", changed)
    assert theirs.get("/settings/").status_code == 302
    bob.refresh_from_db()
    assert bob.role == Role.READER and list(bob.groups.all()) == [team]
    assert AuditEntry.objects.filter(action="people.change", actor=boss).count() == 1


def test_lost_factors_are_taken_off_by_an_administrator(boss, bob):
    theirs = signed_in(bob)
    set_up_app(theirs)
    assert sign_in(theirs.__class__(), "bob").headers["Location"] == "/login/factor/"
    signed_in(boss).post(f"/settings/people/{bob.pk}/factors/")
    assert theirs.get("/settings/").status_code == 302
    assert sign_in(theirs.__class__(), "bob").headers["Location"] == "/"


def test_the_list_says_who_is_here_who_is_off_and_who_lacks_a_factor(boss, bob, alice, settings):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    settings.SECOND_FACTOR = True
    client = signed_in(boss)
    set_up_app(client)
    client.post("/settings/people/factors/", {"roles": ["administrator", "docketer"]})
    page = client.get("/settings/people/").text
    assert "switched off" in page and "none yet, and needs one" in page and "app" in page


def test_only_administrators_touch_people(boss, bob):
    client = signed_in(bob)
    for path in ("", "change/", "off/", "on/", "sign-out/", "factors/", "hand-over/"):
        method = client.get if not path else client.post
        assert method(f"/settings/people/{boss.pk}/{path}").status_code == 403, path
