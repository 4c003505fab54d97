"""The request for more calls: measured figures, blanks for what the applicant knows, nothing invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from apiclient.clock import JST
from dossiers import tasks
from dossiers.models import DayPlan, QuotaDay
from dossiers.refresh import outlook
from dossiers.refresh.demand import demand
from dossiers.views.limit_request import BLANK, MISSING
from tests import make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=JST)
STATUS, SIMPLE = "patent/app_progress", "patent/app_progress_simple"


@pytest.fixture
def page(client, bob, monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: NOON)
    client.force_login(bob)
    return client


def used(days_ago: int, used: int, bucket: str = STATUS, **fields) -> None:
    day = NOON.date() - timedelta(days_ago)
    QuotaDay.objects.create(credential="c", bucket=bucket, day=day, used=used, **fields)


def text(page, query: str = "") -> str:
    return page.get(f"/quota/request/{query}").context["text"]


def test_the_use_of_each_api_is_measured_on_whole_days_of_the_last_thirty(page):
    for days_ago, calls in ((31, 999), (30, 100), (2, 800), (1, 600), (0, 5)):
        used(days_ago, calls)
    found = demand(NOON)
    assert found.since == date(2026, 10, 25) and found.until == date(2026, 11, 23)
    [use] = found.uses
    assert (use.days, round(use.mean), use.most, use.reached) == (3, 500, 800, 1)
    assert "平均 500回／日、最大 800回／日、上限に達した日 1日" in text(page)


def test_a_day_on_which_the_office_said_so_counts_as_reached_whatever_was_counted(page):
    used(1, 10, exhausted=True)
    used(2, 900, limit_shown=1600)
    assert demand(NOON).uses[0].reached == 1, "a limit that the office has shown to be higher was not reached"


def test_two_ids_on_one_day_are_one_day(page):
    used(1, 10)
    QuotaDay.objects.create(credential="new", bucket=STATUS, day=NOON.date() - timedelta(1), used=40)
    assert [(use.days, use.most) for use in demand(NOON).uses] == [(1, 40)]


def test_days_on_which_cases_were_left_out_are_counted(page):
    used(1, 10)
    for days_ago, left_out in ((1, 40), (2, 0), (3, 7), (0, 9)):
        DayPlan.objects.create(day=NOON.date() - timedelta(days_ago), left_out=left_out)
    found = demand(NOON)
    assert (found.plans, found.short) == (3, 2)
    assert "照会を計画した3日のうち" in text(page) and "回した日：2日" in text(page)


def test_cases_are_counted_by_law_with_those_filed_within_a_year(page):
    make.case("2026000001", filing_date=date(2026, 5, 1))
    make.case("2020000001", filing_date=date(2020, 5, 1))
    make.case("2020000002", law="trademark", filing_date=None)
    told = text(page)
    assert "特許2件、商標1件、計3件" in told and "過去1年間の出願：特許1件、商標0件、計1件" in told
    assert "300件以上" not in told, "not said unless it holds"


def test_the_apis_are_named_with_their_numbers_and_twice_their_limits(page):
    make.case()
    told = text(page)
    assert "特許API 番号1「特許経過情報」：現在 800回／日 → 希望 1,600回／日" in told
    assert "特許API 番号2「シンプル版特許経過情報」" in told


def test_figures_that_are_missing_are_said_to_be_missing(page):
    told = text(page)
    assert told.count(MISSING) == 3
    assert "回／日" not in told and "0件" not in told
    body = page.get("/quota/request/").content.decode()
    assert "No whole day has been measured yet" in body and "No forecast has been worked out yet" in body
    assert "No further limit can be named" in body


def test_what_only_the_applicant_knows_is_blank(page, settings):
    settings.JPO_USERNAME = "our-id-1"
    told = text(page)
    for field in ("法人名称", "担当者氏名", "電話番号", "利用者ID"):
        line = next(line for line in told.splitlines() if line.startswith(field))
        assert line.endswith(BLANK)
    assert "our-id-1" not in page.get("/quota/request/").content.decode()


def test_the_forecast_with_and_without_the_raise_is_in_it(page):
    make.case()
    outlook.order_daily(NOON)
    tasks.pump_outlook()
    told = text(page)
    assert "現在の上限：平均の遅れ" in told and "2倍とした場合：平均の遅れ" in told


def test_a_forecast_of_other_doubled_limits_is_not_passed_off_as_this_one(page):
    make.case()
    outlook.order_daily(NOON)
    tasks.pump_outlook()
    done = outlook.latest()
    done.assumed["doubled"] = ["design/app_progress"]
    done.save()
    assert f"2倍とした場合：{MISSING}" in text(page)


def test_an_id_with_three_doubled_limits_may_ask_for_none(page, settings):
    make.case()
    settings.JPO_DOUBLED = [STATUS, SIMPLE, "design/app_progress"]
    answer = page.get("/quota/request/")
    assert answer.context["demand"].doubled == []
    assert "three are doubled already" in answer.content.decode()


def test_the_part_of_information_providers_comes_only_when_asked_for(page):
    assert "情報提供事業者" not in text(page)
    assert "バルクデータダウンロードサービスのID" in text(page, "?provider=1")


def test_the_file_is_the_text_of_the_page(page):
    make.case()
    used(1, 10)
    answer = page.get("/quota/request.txt?provider=1")
    assert answer.content.decode("utf-8-sig") == text(page, "?provider=1")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="jpo-limits.txt"'
