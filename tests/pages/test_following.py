"""Following lists and cases, as a person or a team, and choosing how soon one is told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from lxml import html

from dossiers.alerts.follow import follow
from dossiers.models import AuditEntry, EventKind, Follow, Preference, User, Webhook
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


def test_it_says_what_other_ways_tell_of_and_which_only_in_part(page, bob):
    assert "A chat or a program of yours" in page.get(PAGE).content.decode()
    kinds = ["decision", "office_action"]
    Webhook.objects.create(owner=bob, name="Our system", url="https://hook.example/", kinds=kinds)
    root = html.fromstring(page.get(PAGE).content)
    told = root.xpath("//li[.//bdi='Our system']//span")[0].text_content().split("·")
    assert [" ".join(one.split()) for one in told] == ["Office action (in part)", "Decision"]


# --- one list ---------------------------------------------------------------------------------------------


def rhythms_of(row: Follow) -> str:
    return f"{PAGE}{row.pk}/"


@pytest.fixture(params=["list", "case"])
def followed(request, bob, alice):
    """What Bob follows: a list that is Alice's, or a single case."""
    return follow(make.watchlist(alice) if request.param == "list" else make.case(), bob, by=bob)


def test_a_follower_can_give_one_follow_a_rhythm_of_its_own_and_take_it_back(page, bob, followed):
    assert rhythms_of(followed) in page.get(PAGE).content.decode()
    answer = page.post(rhythms_of(followed), {"whose": "me", "status": "at_once"}, follow=True)
    assert "It holds for what happens from now on" in answer.content.decode()
    assert [(row.user, row.kind, row.rhythm) for row in Preference.objects.all()] == [
        (bob, "status", "at_once")
    ]
    assert 'value="at_once" selected' in answer.content.decode()
    assert "own rhythms" in page.get(PAGE).content.decode()
    page.post(rhythms_of(followed), {"whose": "me"})
    assert not Preference.objects.exists()


def test_a_rhythm_that_there_is_not_is_refused_for_one_follow_too(page, followed):
    answer = page.post(rhythms_of(followed), {"whose": "me", "status": "hourly"})
    assert answer.status_code == 422 and "errorlist" in answer.content.decode()
    assert not Preference.objects.exists()


def test_who_is_not_reached_has_nothing_to_choose(page, alice, team):
    others = Group.objects.create(name="Others")
    for row in (
        follow(make.watchlist(alice), alice, by=alice),
        follow(make.watchlist(alice, name="L2"), others, by=alice),
        follow(make.case(), alice, by=alice),
    ):
        assert page.get(rhythms_of(row)).status_code == 404
        for whose in ("me", "team", ""):
            answer = page.post(rhythms_of(row), {"whose": whose, "status": "never"})
            assert answer.status_code == 404
    assert not Preference.objects.exists()


def test_of_a_list_that_was_hidden_meanwhile_nothing_is_shown(page, bob, alice):
    one = make.watchlist(alice, name="Secret", followers=(bob,))
    type(one).objects.update(shared=False)
    assert page.get(rhythms_of(one.follows.get())).status_code == 404


def test_a_member_chooses_for_the_team_and_otherwise_for_themselves(page, bob, team):
    row = follow(make.case(), team, by=bob)
    page.post(rhythms_of(row), {"whose": "team", "status": "weekly"})
    page.post(rhythms_of(row), {"whose": "me", "family": "never"})
    assert set(Preference.objects.values_list("user", "kind", "rhythm")) == {
        (None, "status", "weekly"),
        (bob.pk, "family", "never"),
    }
    shown = page.get(rhythms_of(row)).content.decode()
    assert "as the team: Weekly" in shown and "as for everything: At once" in shown
    entry = AuditEntry.objects.filter(action="preferences.change").get(detail__team="Chemistry")
    assert entry.actor == bob and entry.case == row.case


def test_nobody_chooses_for_a_team_on_a_follow_of_their_own(page, bob, followed):
    assert page.post(rhythms_of(followed), {"whose": "team", "status": "never"}).status_code == 403
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


def test_the_page_of_who_is_told_names_them_all_and_says_when_it_is_nobody(page, bob, alice, team):
    case = make.case()
    address = f"/cases/patent/{case.application_number}/follow/"
    assert "Nobody is told of this case" in page.get(address).content.decode()
    make.watchlist(alice, case, name="L1", followers=(alice,))
    hidden = make.watchlist(alice, case, name="Hers alone", followers=(alice,))
    type(hidden).objects.filter(pk=hidden.pk).update(shared=False)
    follow(case, team, by=bob)
    type(case).objects.update(owner=alice)
    shown = page.get(address).content.decode()
    assert "Nobody is told" not in shown and str(alice) in shown
    assert "L1" in shown and "Chemistry" in shown and "Hers alone" not in shown
    assert "by a private list, too" in shown


def test_a_team_follows_a_single_case_and_no_longer(page, bob, team):
    case = make.case()
    address = f"/cases/patent/{case.application_number}/follow/"
    page.post(address, {"team": team.pk, "follow": "1"})
    assert Follow.objects.get(case=case, team=team).active
    assert "The team gets no more mail" in (
        page.post(address, {"team": team.pk, "follow": "0"}, follow=True).content.decode()
    )
    assert not Follow.objects.get().active
    others = Group.objects.create(name="Others")
    assert page.post(address, {"team": others.pk, "follow": "1"}).status_code == 403
    assert Follow.objects.count() == 1
