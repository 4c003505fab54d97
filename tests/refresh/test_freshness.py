"""By when a case is confirmed again, and how far that was kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from apiclient.clock import JST
from dossiers.models import Case, RefreshJob
from dossiers.refresh import freshness
from dossiers.refresh.case_views import IN_PART, budgets
from dossiers.refresh.plan import plan_day
from tests import make

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
TODAY = MORNING.date()


@pytest.fixture(autouse=True)
def _morning(db, monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: MORNING)


@pytest.fixture
def twenty_a_day(settings):
    """Limits that leave the daily plan twenty patents a day, and no call for a part of a case."""
    settings.JPO_DAILY_LIMITS = {
        "patent/app_progress": 25,
        "patent/app_progress_simple": 25,
        **{f"patent/{name}": 0 for name in IN_PART},
    }
    assert sum(one.a_day for one in budgets(MORNING) if "patent" in one.detector.laws) == 20
    return 20


def case(n: int = 0, days: int = 0, **fields) -> Case:
    """A case here for long, confirmed so many days ago."""
    at = MORNING - timedelta(days)
    fields = {"added_at": MORNING - timedelta(400), "stage": "filed", **fields}
    fields = {"confirmed_at": at, "asked_at": at, "last_outcome": "ok", **fields}
    return make.case(f"2023{n:06d}", **fields)


def fill(n: int, code: str, start: int = 0) -> None:
    """Cases confirmed today that a document of `code` has brought to where they are."""
    for one in range(start, start + n):
        make.event(case(one), code, on=TODAY - timedelta(30))


def standing(one: Case) -> str:
    given = freshness.promise(MORNING)
    return freshness.with_standing(Case.objects.filter(pk=one.pk), given, MORNING).get().standing


def again_by(one: Case) -> date | None:
    return freshness.promise(MORNING).again_by(one)


# --- the promise ------------------------------------------------------------------------------------------


def test_a_small_docket_is_confirmed_every_day_and_finished_cases_once_a_month():
    live, due, over = case(1), case(2), case(3, stage="lapsed")
    make.event(live, "A621", on=TODAY - timedelta(30))
    make.event(due, "A131", on=TODAY - timedelta(3))
    plan_day(MORNING)
    for one in (live, due, over):
        one.refresh_from_db()
    assert [one.plan_class for one in (live, due, over)] == ["live", "due", "finished"]
    assert again_by(live) == again_by(due) == date(2026, 11, 25)
    assert again_by(over) == date(2026, 12, 24)


def test_a_case_not_planned_yet_has_the_shortest_promise():
    assert again_by(case(1)) == date(2026, 11, 25)
    assert again_by(case(2, plan_class="older")) == date(2026, 11, 25)


def test_more_cases_than_calls_are_promised_in_what_a_third_of_the_calls_reaches(twenty_a_day):
    fill(60, "A621")
    plan_day(MORNING)
    days = freshness.promise(MORNING).days
    assert days["patent", "live"] == 12  # sixty by six calls a day, and a sixth more so that none is late
    assert days["patent", "due"] == 9
    assert days["design", "live"] == 1  # another law's calls are its own


def test_what_is_promised_before_the_first_plan_is_what_it_will_promise(twenty_a_day):
    fill(60, "A131")
    before = freshness.promise(MORNING).days
    plan_day(MORNING)
    assert freshness.promise(MORNING).days == before


def test_what_was_promised_holds_until_the_next_plan(twenty_a_day, settings):
    fill(5, "A621")
    plan_day(MORNING)
    fill(60, "A621", start=100)
    settings.JPO_DAILY_LIMITS = {}
    assert freshness.promise(MORNING).days["patent", "live"] == 1


def test_a_case_never_confirmed_is_promised_from_its_addition():
    one = case(confirmed_at=None, asked_at=None, last_outcome="", added_at=MORNING - timedelta(3))
    assert again_by(one) == date(2026, 11, 23)


def test_a_day_is_the_offices_day():
    night = datetime(2026, 11, 23, 23, 59, tzinfo=JST)
    assert again_by(case(confirmed_at=night)) == date(2026, 11, 24)
    assert again_by(case(1, confirmed_at=night + timedelta(minutes=2))) == date(2026, 11, 25)


@pytest.mark.parametrize("cases", [{"A621": 90}, {"A621": 60, "A131": 30}, {"A131": 19, "R150": 100}])
def test_what_is_promised_is_what_the_plan_holds_day_after_day(twenty_a_day, cases):
    """Each morning nobody's day has passed, though only so many orders are carried out as may be."""
    for n, (code, many) in enumerate(cases.items()):
        fill(many, code, start=200 * n)
    for n in range(30):
        now = MORNING + timedelta(n)
        plan_day(now)
        given = freshness.promise(now)
        assert not Case.objects.filter(given.broken(now.date())).exists(), n
        orders = RefreshJob.objects.filter(state="waiting").order_by("rank", "created_at", "pk")
        done = list(orders.values_list("pk", "case"))
        assert len(done) <= twenty_a_day
        Case.objects.filter(pk__in=[one for _, one in done]).update(confirmed_at=now, asked_at=now)
        RefreshJob.objects.filter(pk__in=[pk for pk, _ in done]).update(state="done")
    assert given.days["patent", "live"] < 30


def test_a_promise_gets_shorter_only_as_far_as_it_is_kept(twenty_a_day, settings):
    """Limits that are doubled make nobody late overnight."""
    fill(60, "A621")
    Case.objects.update(confirmed_at=MORNING - timedelta(9))
    plan_day(MORNING)
    assert freshness.promise(MORNING).days["patent", "live"] == 12
    settings.JPO_DAILY_LIMITS = {}
    tomorrow = MORNING + timedelta(1)
    plan_day(tomorrow)
    given = freshness.promise(tomorrow)
    assert given.days["patent", "live"] == 11
    assert not Case.objects.filter(given.broken(tomorrow.date())).exists()
    Case.objects.update(confirmed_at=tomorrow)
    plan_day(MORNING + timedelta(2))
    assert freshness.promise(MORNING).days["patent", "live"] == 2
    plan_day(MORNING + timedelta(3))


# --- where a case stands ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "stands"),
    [
        ({}, "today"),
        ({"days": 1}, "promised"),
        ({"days": 2}, "late"),
        ({"days": 30, "plan_class": "finished"}, "promised"),
        ({"days": 31, "plan_class": "finished"}, "late"),
        ({"days": -1}, "today"),  # by a clock that was set back since
        ({"days": 1, "last_outcome": "timeout"}, "not_answered"),
        ({"days": 0, "last_outcome": "daily_limit"}, "not_answered"),
        ({"days": 5, "last_outcome": "timeout"}, "late"),
        ({"last_outcome": "empty"}, "not_found"),
        ({"days": 5, "last_outcome": "empty", "confirmed_at": None}, "not_found"),
        ({"last_outcome": "unreadable"}, "not_read"),
        ({"last_outcome": "gave_up"}, "not_read"),
        ({"confirmed_at": None, "last_outcome": "down", "added_at": MORNING}, "not_answered"),
        ({"confirmed_at": None, "last_outcome": "ok", "added_at": MORNING}, "not_answered"),
        ({"confirmed_at": None, "asked_at": None, "last_outcome": "", "added_at": MORNING}, "never"),
    ],
)
def test_a_case_stands_in_one_place(fields, stands):
    one = case(**fields)
    assert standing(one) == stands


def test_late_is_the_case_whose_day_has_passed_and_no_other():
    """What the database says of all cases at once is what each case's own day says."""
    classes = ("", "new", "hot", "due", "live", "finished", "unheard")
    for n in range(98):
        confirmed = {} if n % 5 else {"confirmed_at": None, "added_at": MORNING - timedelta(n // 7)}
        case(n, days=3 * (n // 7), plan_class=classes[n % 7], law=("patent", "design")[n % 2], **confirmed)
    given = freshness.promise(MORNING)
    late = set(Case.objects.filter(given.broken(TODAY)).values_list("pk", flat=True))
    assert late == {one.pk for one in Case.objects.all() if given.again_by(one) < TODAY}
    assert 0 < len(late) < 98


def test_where_no_day_is_promised_only_today_is_in_time(settings):
    settings.JPO_DAILY_LIMITS = {"patent/app_progress": 0, "patent/app_progress_simple": 0}
    assert standing(case(100)) == "today"
    assert standing(case(101, days=1)) == "late"


# --- the first round --------------------------------------------------------------------------------------


def never_asked(n: int, start: int = 0) -> None:
    for one in range(start, start + n):
        case(one, confirmed_at=None, asked_at=None, last_outcome="", added_at=MORNING)


def test_the_first_round_says_how_far_it_is_and_when_it_ends(twenty_a_day):
    assert freshness.first_round(MORNING) is None
    fill(3, "A621", start=500)
    never_asked(55)
    plan_day(MORNING)
    told = freshness.first_round(MORNING)
    assert (told.waiting, told.until) == (55, date(2026, 11, 30))  # ten a day
    some = Case.objects.filter(asked_at=None).values_list("pk", flat=True)[:17]
    Case.objects.filter(pk__in=list(some)).update(asked_at=MORNING, confirmed_at=MORNING)
    told = freshness.first_round(MORNING)
    assert (told.waiting, told.done) == (38, 17)  # not those that were there before
    Case.objects.update(asked_at=MORNING, confirmed_at=MORNING)
    assert freshness.first_round(MORNING) is None


def test_a_first_round_without_calls_promises_no_end(settings):
    settings.JPO_DAILY_LIMITS = {"patent/app_progress": 0, "patent/app_progress_simple": 0}
    never_asked(2)
    plan_day(MORNING)
    assert freshness.first_round(MORNING).until is None
