"""Following lists and cases, as a person or a team, and choosing how soon one is told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from lxml import html

from dossiers.alerts.follow import follow
from dossiers.models import AuditEntry, EventKind, Follow, Preference, User
from tests import make

pytestmark = pytest.mark.django_db

PAGE = "/settings/notifications/"


@pytest.fixture
def page(client, bob):
    User.objects.filter(pk=bob.pk).update(language="en")
    client.force_login(bob)
    return client


@pytest.fixture
def team(bob):
    made = Group.objects.create(name="Chemistry")
    made.user_set.add(bob)
    return made


def ticked(page) -> dict[str, str]:
    found = html.fromstring(page.get(PAGE).content).xpath("//input[@type='radio'][@checked]")
    return {one.get("name"): one.get("value") for one in found}


def chosen(**changed: str) -> dict[str, str]:
    usual = dict.fromkeys(EventKind.values, "daily")
    usual |= dict.fromkeys(
        ("office_action", "decision", "limit_due", "limit_overdue", "not_checked"), "at_once"
    )
    return usual | changed


# --- the settings -----------------------------------------------------------------------------------------


def test_the_usual_rhythms_stand_there_before_anybody_has_chosen(page):
    assert ticked(page) == chosen()


def test_what_is_chosen_is_kept_said_and_shown(page, bob):
    answer = page.post(PAGE, chosen(family="weekly", status="never"), follow=True)
    assert "It holds for what happens from now on" in answer.content.decode()
    assert ticked(page) == chosen(family="weekly", status="never")
    assert AuditEntry.objects.get(action="preferences.change").actor == bob


@pytest.mark.parametrize("bad", [{"family": "hourly"}, {"family": ""}, {"family": "\0"}])
def test_a_rhythm_that_there_is_not_changes_nothing_and_says_which(page, bad):
    answer = page.post(PAGE, chosen(status="never", **bad))
    assert answer.status_code == 422 and "errorlist" in answer.content.decode()
    assert not Preference.objects.exists()


def test_the_page_says_in_words_why_not_at_all_does_not_silence_ones_own_cases(page):
    assert "silence must not look like safety" in page.get(PAGE).content.decode()


def test_without_a_digest_it_says_what_becomes_of_the_daily_things(page, bob):
    User.objects.filter(pk=bob.pk).update(digest_on=False)
    assert "what would come with it is mailed at once" in page.get(PAGE).content.decode()


def test_it_names_what_one_follows_and_teaches_who_follows_nothing(page, bob, team):
    assert "You follow nothing yet" in page.get(PAGE).content.decode()
    follow(make.watchlist(bob, name="L1"), bob, by=bob)
    follow(make.case(title="架空の装置"), team, by=bob)
    shown = page.get(PAGE).content.decode()
    assert "L1" in shown and "架空の装置" in shown and "Chemistry" in shown


def test_each_radio_says_of_what_it_is(page):
    root = html.fromstring(page.get(PAGE).content)
    labels = [" ".join(one.text_content().split()) for one in root.xpath("//label[@class='pick']")]
    assert "Office action: At once" in labels and len(labels) == len(set(labels)) == 4 * len(EventKind)


# --- one list ---------------------------------------------------------------------------------------------


def test_a_follower_can_give_one_list_a_rhythm_of_its_own_and_take_it_back(page, bob, alice):
    one = make.watchlist(alice, followers=(bob,))
    page.post(f"/watchlists/{one.pk}/rhythms/", {"status": "at_once"})
    assert [(row.kind, row.rhythm) for row in Preference.objects.all()] == [("status", "at_once")]
    assert 'value="at_once" selected' in page.get(f"/watchlists/{one.pk}/").content.decode()
    page.post(f"/watchlists/{one.pk}/rhythms/", {})
    assert not Preference.objects.exists()


def test_who_does_not_follow_has_nothing_to_choose(page, alice):
    one = make.watchlist(alice, followers=(alice,))
    assert "How soon I am told of this list" not in page.get(f"/watchlists/{one.pk}/").content.decode()
    assert page.post(f"/watchlists/{one.pk}/rhythms/", {"status": "never"}).status_code == 404
    assert not Preference.objects.exists()


def test_a_member_has_their_team_follow_a_list_and_no_longer(page, team, alice):
    one = make.watchlist(alice, name="L1")
    page.post(f"/watchlists/{one.pk}/team/", {"team": team.pk, "follow": "1"})
    shown = page.get(f"/watchlists/{one.pk}/").content.decode()
    assert "Chemistry" in shown and "Stop mail to me" in shown
    page.post(f"/watchlists/{one.pk}/team/", {"team": team.pk, "follow": "0"})
    assert not Follow.objects.get().active
    assert AuditEntry.objects.get(action="follow.ended").detail["team"] == "Chemistry"


def test_nobody_speaks_for_a_team_of_others(page, alice):
    others = Group.objects.create(name="Others")
    one = make.watchlist(alice)
    for number in (others.pk, 999, "x", ""):
        answer = page.post(f"/watchlists/{one.pk}/team/", {"team": number, "follow": "1"})
        assert answer.status_code in (403, 404)
    assert not Follow.objects.exists()


def test_a_private_list_is_not_for_a_team(page, bob, team):
    one = make.watchlist(bob)
    type(one).objects.update(shared=False)
    page.post(f"/watchlists/{one.pk}/team/", {"team": team.pk, "follow": "1"})
    assert not Follow.objects.exists()


def test_a_list_that_a_team_follows_cannot_be_hidden_from_it(page, bob, team):
    one = make.watchlist(bob, name="L1")
    follow(one, team, by=bob)
    page.post(f"/watchlists/{one.pk}/change/", {"name": "L1"})
    one.refresh_from_db()
    assert one.shared


# --- one case ---------------------------------------------------------------------------------------------


def test_a_case_can_be_followed_and_left_on_its_page(page, bob):
    case = make.case()
    address = f"/cases/patent/{case.application_number}/"
    assert "Follow this case" in page.get(address).content.decode()
    page.post(f"{address}follow/", {"follow": "1"})
    assert Follow.objects.get(case=case, user=bob).active
    assert case.audit.get(action="follow.started").actor == bob
    assert "Unfollow this case" in page.get(address).content.decode()
    assert str(case.application_number)[4:] in page.get("/cases/?owner=mine").content.decode()
    page.post(f"{address}follow/", {"follow": "0"})
    assert not Follow.objects.get().active
