"""What is asked of the office today, why, how far that reaches, and why nothing is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apiclient.clock import JST
from dossiers import clock, tasks
from dossiers.models import Circuit, DayPlan, Heartbeat, OfficeCall, Outlook, QuotaDay, RefreshJob
from dossiers.refresh import outlook
from tests import make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=JST)
STATUS = "patent/app_progress"


@pytest.fixture
def noon(monkeypatch, settings):
    monkeypatch.setattr("dossiers.clock.now", lambda: NOON)
    settings.JPO_USERNAME, settings.JPO_PASSWORD = "id", "secret"
    Heartbeat.objects.create(name="worker", at=timezone.now())


@pytest.fixture
def page(client, bob, noon):
    client.force_login(bob)
    return client


def words(answer: Any) -> str:
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def calls(page) -> dict[str, Any]:
    groups = page.get("/quota/plan/").context["groups"]
    return {one.counter.name: one for group in groups for one in group.rows}


def planned(serial: int, **fields: Any) -> RefreshJob:
    case = make.case(f"2023{serial:06d}", law=fields.pop("law", "patent"))
    fields = {
        "purpose": "daily",
        "rank": 100 + serial,
        "bucket": STATUS,
        "reason_code": "notice",
        "reason_values": {"months": 3, "asked": "2026-11-20", "today": "2026-11-24"},
        "planned_for": clock.office_today(),
        "not_before": NOON,
        **fields,
    }
    return RefreshJob.objects.create(case=case, key=str(serial), **fields)


def day_plan(**fields: Any) -> DayPlan:
    values = {
        "day": clock.office_today(),
        "made_at": NOON - timedelta(hours=9),
        "budgets": [{"bucket": STATUS, "calls": 600, "daily": 650, "planned": 4}],
        "promises": [{"law": "patent", "class": "due", "days": 45}],
        "sweep_days": 2.13,
        "left_out": 1204,
        **fields,
    }
    return DayPlan.objects.create(**values)


# --- the plan ---------------------------------------------------------------------------------------------


def test_each_question_is_shown_in_its_order_with_its_reason_as_a_sentence(page):
    day_plan()
    planned(2, reason_code="new", reason_values={"added": "2026-11-23"})
    planned(1)
    answer = page.get("/quota/plan/")
    assert [line.order.key for line in answer.context["lines"]] == ["1", "2"]
    told = words(answer)
    assert "A notice of reasons for refusal 3 months old; the answer may have been filed" in told
    assert "Added on 2026-11-23 and never asked yet" in told


def test_a_japanese_reader_reads_the_reason_in_japanese(page, bob):
    bob.language = "ja"
    bob.save()
    day_plan()
    planned(1)
    assert "拒絶理由通知から3か月" in page.get("/quota/plan/").content.decode()


def test_what_became_of_each_question_is_counted_and_can_be_listed(page):
    day_plan()
    planned(2)
    planned(1, not_before=NOON + timedelta(hours=12), outcome="daily_limit")
    planned(3, state="done", finished_at=NOON, outcome="ok")
    planned(4, state="failed", finished_at=NOON, outcome="gave_up")
    answer = page.get("/quota/plan/")
    assert {name: n for name, _words, n in answer.context["states"]} == {
        "next": 1, "put_off": 1, "done": 1, "failed": 1
    }  # fmt: skip
    assert [line.stands for line in answer.context["lines"]] == ["next", "put_off", "done", "failed"]
    for name, key in (("next", "2"), ("put_off", "1"), ("done", "3"), ("failed", "4")):
        shown = page.get(f"/quota/plan/?state={name}").context["lines"]
        assert [line.order.key for line in shown] == [key]


def test_yesterdays_questions_that_are_over_are_not_todays(page):
    day_plan()
    yesterday = clock.office_today() - timedelta(days=1)
    planned(1, planned_for=yesterday, state="done", finished_at=NOON)
    assert page.get("/quota/plan/").context["lines"] == []


def test_what_people_ask_for_comes_first_though_no_plan_made_it(page):
    day_plan()
    planned(1)
    planned(2, rank=0, purpose="person", reason_code="person", reason_values={}, planned_for=None, bucket="")
    first = page.get("/quota/plan/").context["lines"][0]
    assert first.order.key == "2" and first.api is None
    assert "sked for by a person" in first.reason


def test_reasons_are_counted_by_law_and_lead_to_their_cases(page):
    day_plan()
    planned(1)
    planned(2, reason_code="new_undated", reason_values={})
    planned(3, reason_code="new", reason_values={"added": "2026-11-23"}, law="design")
    rows = {code: (of_law, n) for code, _w, of_law, n in page.get("/quota/plan/").context["reasons"]}
    assert rows["new"] == ({"patent": 1, "design": 1, "trademark": 0}, 2), "dated or not is one to a reader"
    shown = page.get("/quota/plan/?reason=new&law=design").context["lines"]
    assert [line.order.key for line in shown] == ["3"]


def test_a_reason_of_a_later_version_is_shown_as_it_is(page):
    day_plan()
    planned(1, reason_code="tides", reason_values=["odd"])
    planned(2, reason_code="", reason_values={})
    told = words(page.get("/quota/plan/"))
    assert "Tides." in told and "no reason on record" in told


def test_the_figures_of_the_plan_are_told(page):
    make.case()
    day_plan(revisions=2, revised_at=NOON, first_round={"waiting": 2, "done": 300, "until": "2026-12-03"})
    told = words(page.get("/quota/plan/"))
    assert "2.1 days" in told and "1,204 live cases that may have news" in told
    assert "changed 2 times" in told
    assert "1 case still to be asked for the first time, through by 2026-12-03" in told
    assert "Something is due: within 45 days" in told


def test_a_docket_without_calls_says_that_no_round_ever_ends(page):
    day_plan(sweep_days=None, promises=[{"law": "patent", "class": "live", "days": None}])
    told = words(page.get("/quota/plan/"))
    assert "never: there are no calls" in told and "no day can be promised" in told


# --- why there is none ------------------------------------------------------------------------------------


def test_an_empty_docket_is_told_where_cases_come_from(page):
    assert "There is nothing to plan yet." in words(page.get("/quota/plan/"))


def test_before_the_hour_of_planning_the_hour_is_named(page, settings):
    make.case()
    settings.REFRESH_FROM_HOUR = 13
    assert "planned from 13:00 Japan time on" in words(page.get("/quota/plan/"))
    settings.REFRESH_FROM_HOUR = 12
    assert "within a minute or two" in words(page.get("/quota/plan/"))


def test_what_keeps_questions_from_going_out_is_said_aloud(page, settings):
    calm = words(page.get("/quota/plan/"))
    assert "Nothing is asked" not in calm and "does not answer" not in calm
    settings.JPO_PASSWORD = ""
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=10))
    Circuit.objects.create(name="opd", outcome="timeout", opened_at=NOON, until=NOON + timedelta(minutes=5))
    Circuit.objects.create(name="domestic", outcome="down", opened_at=NOON, until=NOON)
    told = words(page.get("/quota/plan/"))
    assert "no user name and password for the office are set" in told
    assert "the worker shows no sign of life" in told
    assert "One Portal Dossier does not answer. No answer in time" in told
    assert "The office does not answer." not in told, "it may be tried again already"


# --- the calls --------------------------------------------------------------------------------------------


def test_calls_used_are_split_into_peoples_ours_and_those_made_elsewhere(page):
    QuotaDay.objects.create(credential="c", bucket=STATUS, day=clock.office_today(), used=100, elsewhere=30)
    call = {"endpoint": STATUS, "office_day": clock.office_today(), "argument": "1"}
    for n in range(25):
        OfficeCall.objects.create(purpose="person" if n < 20 else "background", started_at=NOON, **call)
    OfficeCall.objects.create(purpose="person", started_at=NOON - timedelta(days=1), **call)
    day_plan()
    planned(1)
    planned(2, state="done", finished_at=NOON)
    row = calls(page)[STATUS]
    assert (row.counter.used, row.people, row.counter.elsewhere, row.background) == (100, 20, 30, 50)
    assert row.total == 2 and row.planned["done"] == 1 and row.kept > 0


def test_only_apis_that_show_changes_or_are_planned_with_are_listed(page):
    names = calls(page)
    assert STATUS in names and "patent/cite_doc_info" not in names and "opd/global_doc_list" not in names
    planned(1, bucket="opd/global_doc_list")
    assert "opd/global_doc_list" in calls(page)


# --- the forecast -----------------------------------------------------------------------------------------


def test_the_forecast_is_worked_out_in_the_background_and_never_by_the_page(page, bob):
    make.case()
    assert "No forecast has been worked out yet" in words(page.get("/quota/plan/"))
    answer = page.post("/quota/plan/forecast/", {"more": "40"}, follow=True)
    assert "A forecast is being worked out" in words(answer)
    assert Outlook.objects.get().found == {}
    tasks.pump_outlook()
    told = words(page.get("/quota/plan/"))
    assert "With 40 cases more" in told and "As it is: 1 case" in told and "With doubled limits" in told
    assert "The plan was played forward from 2026-11-24" in told


@pytest.mark.parametrize("typed", ["", "0", "-3", "many", "1e9", "9" * 400, "1.5", "\0"])
def test_a_number_that_cannot_be_played_is_refused_with_what_to_do(page, typed):
    answer = page.post("/quota/plan/forecast/", {"more": typed}, follow=True)
    assert "Please give a number of cases from 1 to 100,000" in words(answer)
    assert not Outlook.objects.exists()


def test_digits_as_japanese_keyboards_write_them_are_a_number(page):
    page.post("/quota/plan/forecast/", {"more": "３００"})
    assert Outlook.objects.get().more == 300


def test_a_forecast_that_failed_is_not_passed_over_in_silence(page):
    Outlook.objects.create(key="1", day=clock.office_today(), more=1, state="failed", attempts=3)
    assert "The last forecast could not be worked out." in words(page.get("/quota/plan/"))


def test_an_old_forecast_stays_while_a_new_one_is_worked_out(page, bob):
    make.case()
    outlook.order_daily(NOON)
    tasks.pump_outlook()
    Outlook.objects.update(created_at=NOON - timedelta(hours=1))
    outlook.order(by=bob, more=7, now=NOON)
    told = words(page.get("/quota/plan/"))
    assert "With 500 cases more" in told and "A forecast is being worked out" in told


# --- what it costs ----------------------------------------------------------------------------------------


def test_the_page_costs_the_same_for_five_and_for_three_hundred_questions(page):
    day_plan()
    counts = []
    for start, stop in ((0, 5), (5, 300)):
        for serial in range(start, stop):
            planned(serial + 1, state="done" if serial % 3 else "waiting", finished_at=NOON)
        page.get("/quota/plan/")
        with CaptureQueriesContext(connection) as queries:
            assert page.get("/quota/plan/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
