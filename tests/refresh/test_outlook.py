"""The forecast on this docket: ordered once a day or by a person, worked out in the background, kept."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apiclient.clock import JST
from dossiers import clock, tasks
from dossiers.models import Outlook
from dossiers.refresh import outlook
from dossiers.refresh.case_views import budgets
from tests import make
from tests.pages import docket

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=JST)


@pytest.fixture
def morning(monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: MORNING)
    return MORNING


@pytest.fixture
def tight(settings):
    """Limits that a docket of sixty does not fit into."""
    names = ("app_progress", "app_progress_simple")
    settings.JPO_DAILY_LIMITS = {f"patent/{name}": 30 for name in names}


def waiting_cases(count: int, law: str = "patent") -> None:
    """Cases answered a while ago, in which the next act is near."""
    for n in range(count):
        one = docket.confirmed_case(f"2022{n + 1:06d}", law, filing_date=docket.days_ago(900))
        make.event(one, code="A63", on=docket.days_ago(900), side="applicant")
        make.event(one, code="A621", on=docket.days_ago(280 + n), side="applicant")


def test_a_forecast_is_ordered_once_each_office_day_and_not_before_its_plan(morning):
    make.case()
    assert not outlook.order_daily(MORNING.replace(hour=2))
    assert outlook.order_daily(MORNING)
    assert not outlook.order_daily(MORNING)
    assert outlook.order_daily(MORNING + timedelta(days=1))
    assert Outlook.objects.count() == 2


def test_an_empty_docket_needs_no_forecast(morning):
    assert not outlook.order_daily(MORNING)


def test_more_cases_are_seen_later_and_doubled_limits_earlier(morning, tight):
    waiting_cases(60)
    assumed, found = outlook.play(MORNING, 300)
    assert found["as_is"]["mean_delay"] > 0
    assert found["more"]["mean_delay"] > found["as_is"]["mean_delay"]
    assert found["doubled"]["mean_delay"] < found["as_is"]["mean_delay"]
    assert found["more"]["sweep_days"] > found["as_is"]["sweep_days"] > found["doubled"]["sweep_days"]
    assert assumed["cases"] == 60 and assumed["by_law"] == {"patent": 60}
    assert set(assumed["doubled"]) == {"patent/app_progress", "patent/app_progress_simple"}


def test_without_a_call_a_day_no_round_ever_ends_and_that_can_be_stored(morning, settings):
    settings.JPO_DAILY_LIMITS = {budget.bucket: 0 for budget in budgets(MORNING)}
    waiting_cases(2)
    made = outlook.order(by=make.user(), more=1, now=MORNING)
    outlook.pump(budget_seconds=60)
    made.refresh_from_db()
    assert made.state == "done" and made.found["as_is"]["sweep_days"] is None


def test_an_order_is_worked_out_in_the_background_and_kept(morning):
    waiting_cases(3)
    tasks.sweep()
    tasks.pump_outlook()
    done = Outlook.objects.get()
    assert (done.state, done.day, done.lease_until) == ("done", MORNING.date(), None)
    assert set(done.found) == set(outlook.FORECASTS)
    assert outlook.latest() == done and outlook.under_way() is None


def test_an_order_of_a_dead_worker_is_taken_up_and_given_up_after_three(morning):
    waiting_cases(1)
    outlook.order_daily(MORNING)
    for _ in range(3):
        assert outlook._claim() is not None
        assert outlook._claim() is None, "two never work on one order"
        Outlook.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert outlook._claim() is None
    assert Outlook.objects.get().state == "failed"
    assert outlook.under_way().state == "failed", "a page can say so"


def test_a_forecast_that_fails_is_tried_again_later_and_says_why(morning, settings):
    waiting_cases(1)
    outlook.order_daily(MORNING)
    settings.JPO_DOUBLED = ["patent/no_such"]
    outlook.pump(budget_seconds=60)
    tried = Outlook.objects.get()
    assert tried.state == "waiting" and tried.not_before > MORNING and "no_such" in tried.detail


def test_a_person_who_asks_twice_has_one_order_with_the_newer_number(morning, alice, bob):
    outlook.order(by=alice, more=100, now=MORNING)
    outlook.order(by=alice, more=200, now=MORNING)
    outlook.order(by=bob, more=300, now=MORNING)
    assert sorted(Outlook.objects.values_list("more", flat=True)) == [200, 300]


@pytest.mark.parametrize("more", [0, -1, outlook.MOST_MORE + 1])
def test_a_number_that_cannot_be_played_is_refused(morning, alice, more):
    with pytest.raises(ValueError):
        outlook.order(by=alice, more=more, now=MORNING)
    assert not Outlook.objects.exists()


def test_the_law_with_the_most_cases_per_call_is_doubled_first(db):
    chosen = outlook.worth_doubling(Counter(patent=9000, trademark=6000), budgets(clock.now()))
    assert [name.partition("/")[0] for name in chosen] == ["patent", "trademark", "patent"]
    assert all("app_progress" in name for name in chosen)


def test_no_more_is_doubled_than_the_office_grants_and_nothing_twice(settings):
    settings.JPO_DOUBLED = ["patent/app_progress", "design/app_progress"]
    chosen = outlook.worth_doubling(Counter(patent=9000), budgets(clock.now()))
    assert chosen == ["patent/app_progress_simple"]
    settings.JPO_DOUBLED = [*settings.JPO_DOUBLED, "patent/app_progress_simple"]
    assert outlook.worth_doubling(Counter(patent=9000), budgets(clock.now())) == []


def test_of_doubled_limits_people_keep_their_share(db):
    given = budgets(clock.now())
    twice = {one.bucket: one.a_day for one in outlook.double(given, ["patent/app_progress"])}
    once = {one.bucket: one.a_day for one in given}
    gained = twice["patent/app_progress"] - once["patent/app_progress"]
    assert 0 < gained < 800
    assert {name for name in once if twice[name] != once[name]} == {"patent/app_progress"}
