"""Acknowledging on pages, who was told, leave and deputies, and the firm's ladders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from dossiers import clock
from dossiers.alerts import acknowledge
from dossiers.alerts.follow import follow
from dossiers.alerts.outbox import fan_out
from dossiers.models import AuditEntry, Concern, FirmPolicy, News, User
from tests import make

from . import docket

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def told(bob, alice) -> News:
    """An office action on Bob's case, which Alice follows."""
    case = docket.confirmed_case(owner=bob)
    news = docket.refused(case).news.get()
    make.watchlist(alice, case, followers=(alice,))
    fan_out([news])
    return news


def test_what_waits_is_acknowledged_from_the_inbox_the_case_and_the_alert(page, bob, told):
    alert = told.alerts.get(user=bob)
    button = f"/concerns/{told.concern.pk}/acknowledge/"
    for address in ("/alerts/", docket.page_of(told.case), f"/alerts/{alert.pk}/"):
        assert button in page.get(address).content.decode(), address
    answer = page.post(button, {"next": docket.page_of(told.case)})
    assert answer.headers["Location"] == docket.page_of(told.case)
    assert Concern.objects.get().acknowledged_by == bob
    assert AuditEntry.objects.get(action="concern.acknowledge").detail["how"] == "page"
    for address in ("/alerts/", docket.page_of(told.case), f"/alerts/{alert.pk}/"):
        assert button not in page.get(address).content.decode(), address
    assert "Acknowledged by Bob Attorney" in page.get(f"/alerts/{alert.pk}/").content.decode()


def test_the_alert_shows_everybody_who_was_told(page, bob, told):
    body = page.get(f"/alerts/{told.alerts.get(user=bob).pk}/").content.decode()
    assert "Who was told" in body and "有栖川 有紀" in body and "Bob Attorney" in body


def test_the_alert_says_why_one_gets_it(page, bob, alice):
    case = docket.confirmed_case()
    team = Group.objects.create(name="Chemistry")
    team.user_set.add(bob)
    User.objects.filter(pk=bob.pk).update(language="en")
    reasons = {
        "Your team Chemistry follows the case.": lambda: follow(case, team, by=bob),
        "You follow the case.": lambda: follow(case, bob, by=bob),
        "You are in charge of the case.": lambda: type(case).objects.update(owner=bob),
    }
    for n, (words, begin) in enumerate(reasons.items()):
        begin()
        news = News.objects.create(case=case, kind=News.Kind.DECISION, key=f"n{n}")
        fan_out([news])
        assert words in page.get(f"/alerts/{news.alerts.get(user=bob).pk}/").content.decode()


def test_the_pages_of_mails_do_not_keep_their_own_form_from_saying_where_it_comes_from(client, bob, told):
    """With "no-referrer" browsers send "Origin: null" with the form, which is refused as forged."""
    for address in (acknowledge.url_for(bob, told).split("/a/")[1], "x/"):
        assert client.get(f"/a/{address}").headers["Referrer-Policy"] == "same-origin"
    assert client.get("/w/x/").headers["Referrer-Policy"] == "same-origin"


def test_the_navigation_leads_to_the_status_page(page):
    assert '<a href="/status/" data-go="u"' in page.get("/").content.decode()


def test_a_limit_that_presses_is_acknowledged_on_its_page(page, bob, told):
    limit = told.case.limits.get(duty="limit", state="open")
    limit.due = docket.days_ago(-3)
    limit.save()
    acknowledge.open_for_limits(clock.office_today(), clock.now())
    concern = limit.concerns.get()
    assert f"/concerns/{concern.pk}/acknowledge/" in page.get(f"/limits/{limit.pk}/").content.decode()
    page.post(f"/concerns/{concern.pk}/acknowledge/")
    assert "Acknowledged by Bob Attorney" in page.get(f"/limits/{limit.pk}/").content.decode()


def test_leave_and_deputy_are_set_and_kept_on_record(page, bob, alice):
    first = clock.office_today()
    sent = {"away_from": first, "away_until": first + timedelta(7), "deputy": alice.pk}
    page.post("/settings/leave/", {**sent, "reminders_of_lists": "on"})
    bob.refresh_from_db()
    assert (bob.away_from, bob.deputy, bob.reminders_of_lists) == (first, alice, True)
    assert AuditEntry.objects.get(action="settings.leave").detail["new"]["deputy"] == alice.pk


@pytest.mark.parametrize(
    "bad",
    [
        {"away_from": "2026-12-02", "away_until": "2026-12-01"},
        {"away_until": "2026-12-01"},
        {"away_from": "soon"},
        {"deputy": "99999"},
        {"deputy": "self"},
    ],
)
def test_leave_that_cannot_be_changes_nothing(page, bob, bad):
    if bad.get("deputy") == "self":
        bad = {"deputy": bob.pk}
    answer = page.post("/settings/leave/", bad)
    assert answer.context["leave_form"].errors
    assert not User.objects.exclude(away_from=None, away_until=None, deputy=None).exists()


GOOD = {
    "remind_limits": "60, 30 7",
    "remind_fees": "",
    "remind_chances": "7",
    "remind_own_dates": "1",
    "escalate_hours": "4",
    "most_single_mails": "20",
    "opens_at": "08:30",
    "closes_at": "18:00",
}


def test_administrators_alone_set_ladders_and_hours(page, bob):
    assert page.post("/settings/firm/reminders/", GOOD).status_code == 403
    bob.role = "administrator"
    bob.save()
    page.post("/settings/firm/reminders/", GOOD)
    policy = FirmPolicy.objects.get()
    assert (policy.remind_limits, policy.remind_fees, policy.escalate_hours) == ("60 30 7", "", 4)
    assert policy.internal_days == 14
    assert AuditEntry.objects.get(action="firm.policy").detail["now"]["opens_at"] == "08:30:00"


@pytest.mark.parametrize(
    "bad",
    [{"remind_limits": "soon"}, {"remind_limits": "-1"}, {"escalate_hours": "0"}, {"closes_at": "08:00"}],
)
def test_ladders_and_hours_that_cannot_be_change_nothing(page, bob, bad):
    bob.role = "administrator"
    bob.save()
    answer = page.post("/settings/firm/reminders/", {**GOOD, **bad})
    assert answer.context["reminders_form"].errors and not FirmPolicy.objects.exists()
