"""People of the firm: what an administrator changes about them holds at once, and on record."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from dossiers import walls
from dossiers.alerts import prompts
from dossiers.intake import bulk
from dossiers.models import AuditEntry, Case, Role, User
from dossiers.views import selectors
from dossiers.views.portfolio.facets import facets
from dossiers.views.portfolio.filters import CaseFilter
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


# --- cases behind walls -----------------------------------------------------------------------------------


def behind_a_wall(number, owner, *inside):
    case = make.case(number, owner=owner, title="ゼブラ封印装置")
    wall = walls.make(by=owner, name="Aster", reason="", first=owner)
    for one in inside:
        walls.let_in(wall, one, by=owner)
    walls.put_behind(case, wall, by=owner)
    return case


def hand_over(client, person, to):
    answer = client.post(f"/settings/people/{person.pk}/hand-over/", {"to": to.pk}, follow=True)
    return answer, [str(one) for one in answer.context["messages"]]


def test_cases_behind_a_wall_stay_and_everybody_concerned_is_told(boss, bob, alice):
    open_one, hidden = make.case("2023000001", owner=bob), behind_a_wall("2023000002", bob, alice)
    client = signed_in(boss)
    assert (
        "Cases behind the wall “Aster” are in this person" in client.get(f"/settings/people/{bob.pk}/").text
    )
    answer, told = hand_over(client, bob, alice)
    open_one.refresh_from_db(), hidden.refresh_from_db()
    assert (open_one.owner, hidden.owner) == (alice, bob)
    assert len(told) == 1 and "“Aster” stay with Bob" in told[0] and "Those inside are told" in told[0]
    assert "ゼブラ" not in answer.text and "2023-000002" not in answer.text
    entry = AuditEntry.objects.get(action="people.cases_left")
    assert entry.actor == boss and entry.detail["walls"] == ["Aster"] and entry.case is None
    prompts.send_due(budget_seconds=20)
    [sent] = mail.outbox
    assert sent.to == [alice.email] and f"/cases/?owner={bob.pk}" in sent.body
    # handed over once more on the same day nobody is told twice; by somebody inside nothing is left
    hand_over(client, bob, alice)
    prompts.send_due(budget_seconds=20)
    assert len(mail.outbox) == 1
    change = bulk.change_cases("owner", str(alice.pk), [hidden.pk], by=alice)
    assert change.changed == 1
    assert hand_over(client, bob, alice)[1] == ["This person is in charge of no case."]


def test_where_nobody_inside_can_be_told_the_administrator_is(boss, bob, alice):
    behind_a_wall("2023000002", bob)
    _answer, told = hand_over(signed_in(boss), bob, alice)
    assert len(told) == 1 and "nobody else inside can be told" in told[0]


def test_a_case_is_not_handed_to_somebody_outside_and_that_is_told(boss, bob, alice):
    hidden = behind_a_wall("2023000002", bob, boss)
    _answer, told = hand_over(signed_in(boss), bob, alice)
    hidden.refresh_from_db()
    assert hidden.owner == bob and len(told) == 1 and "“Aster” stay with Bob" in told[0]
    walls.let_in(hidden.wall, alice, by=boss)
    assert hand_over(signed_in(boss), bob, alice)[1] == []
    hidden.refresh_from_db()
    assert hidden.owner == alice


def test_whoever_is_switched_off_leaves_no_case_unsaid(boss, bob, alice):
    behind_a_wall("2023000002", bob, alice)
    make.case("2023000001", owner=bob)
    client, inside = signed_in(boss), signed_in(alice)
    assert inside.get("/", {"scope": "all"}).context["glance"].unowned == 0
    client.post(f"/settings/people/{bob.pk}/off/")
    prompts.send_due(budget_seconds=20)
    assert [one.to for one in mail.outbox] == [[alice.email]]
    assert selectors.glance(alice, mine=False).unowned == 2
    assert selectors.glance(boss, mine=False).unowned == 1  # those who are outside count what they see
    listed = inside.get("/cases/", {"owner": "none"})
    assert {one.application_number for one in listed.context["page"]} == {"2023000001", "2023000002"}
    assert facets(alice, CaseFilter(owner="none")).owner["none"] == 2
    assert facets(alice, CaseFilter(owner="none")).law["patent"] == 2


def test_a_mail_about_cases_left_is_not_sent_when_nothing_is_left(boss, bob, alice):
    hidden = behind_a_wall("2023000002", bob, alice)
    signed_in(boss).post(f"/settings/people/{bob.pk}/off/")
    Case.objects.filter(pk=hidden.pk).update(owner=alice)
    prompts.send_due(budget_seconds=20)
    assert mail.outbox == []


def test_erasing_somebody_says_that_cases_are_left_behind_walls_and_not_how_many(boss, bob):
    behind_a_wall("2023000002", bob, boss)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    page = signed_in(boss).get(f"/settings/people/{bob.pk}/erase/").text
    assert "They are in charge of cases behind walls" in page
