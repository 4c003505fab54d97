"""How much of the office's limits is used, as far as is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apiclient.jpo.catalogue import ENDPOINTS
from dossiers import clock
from dossiers.models import OfficeCall, QuotaDay, QuotaMinute, RefreshJob
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def row_of(page, name):
    return next(row for row in page.get("/quota/").context["rows"] if row.name == name)


def test_every_counter_of_the_office_is_shown_even_unused(page):
    assert len(page.get("/quota/").context["rows"]) == len(ENDPOINTS)
    row = row_of(page, "patent/app_progress")
    assert (row.used, row.left, row.reported) == (0, row.limit, None)


def test_todays_use_counts_and_yesterdays_does_not(page):
    today = clock.office_today()
    for day, used in ((today, 12), (today - timedelta(days=1), 300)):
        QuotaDay.objects.create(
            credential="c", bucket="patent/app_progress", day=day, used=used, remaining_reported=788
        )
    row = row_of(page, "patent/app_progress")
    assert (row.used, row.left, row.reported) == (12, row.limit - 12, 788)


def test_a_limit_the_office_has_called_reached_leaves_nothing(page):
    QuotaDay.objects.create(
        credential="c", bucket="design/app_progress", day=clock.office_today(), used=1, exhausted=True
    )
    assert row_of(page, "design/app_progress").left == 0
    assert "the limit is reached" in page.get("/quota/").content.decode()


def test_a_limit_granted_to_this_firm_is_the_one_shown(page, settings):
    settings.JPO_DAILY_LIMITS = {"patent/app_progress": 1600}
    assert row_of(page, "patent/app_progress").limit == 1600


def test_the_running_minute_counts_only_recent_calls(page):
    now = clock.now().timestamp()
    QuotaMinute.objects.create(
        credential="c", group="domestic", calls=[[now - 200, "person"], [now - 5, "person"]]
    )
    QuotaMinute.objects.create(credential="c", group="opd", calls=[[now - 5, "person"]] * 3)
    told = page.get("/quota/").context["minutes"]
    assert [(one.group, one.used, one.limit) for one in told] == [("domestic", 1, 10), ("opd", 3, 5)]


def test_counters_stand_under_what_they_belong_to(page):
    shown = page.get("/quota/")
    assert {group.scope: len(group.rows) for group in shown.context["groups"]} == {
        "patent": 14, "design": 11, "trademark": 11, "opd": 6
    }  # fmt: skip
    assert shown.content.decode().count(' counters" aria-labelledby') == 4


def test_a_group_says_folded_what_matters_of_it_and_is_not_folded_when_a_limit_is_reached(page):
    used = {"credential": "c", "day": clock.office_today()}
    for name in ("patent/app_progress", "patent/cite_doc_info"):
        QuotaDay.objects.create(bucket=name, used=600, **used)
    QuotaDay.objects.create(bucket="design/app_progress", used=1, exhausted=True, **used)
    body = " ".join(page.get("/quota/").content.decode().split())
    patents, designs = (
        body[body.index(f'id="of-{scope}"') - 90 : body.index(f'id="of-{scope}"') + 200]
        for scope in ("patent", "design")
    )
    assert "1,200 used" in patents and "data-fold" in patents and "a limit is reached" not in patents
    assert "1 used" in designs and "data-fold" not in designs and "a limit is reached" in designs


def test_a_limit_higher_than_configured_is_the_offices_word(page):
    QuotaDay.objects.create(
        credential="c", bucket="patent/app_progress", day=clock.office_today(), used=10, limit_shown=1600,
        elsewhere=3,
    )  # fmt: skip
    row = row_of(page, "patent/app_progress")
    assert (row.configured, row.limit, row.left, row.elsewhere) == (800, 1600, 1590, 3)
    assert "configured: 800" in page.get("/quota/").content.decode()


def test_only_an_administrator_is_led_to_the_kept_answers(page, bob):
    assert "/quota/samples/" not in page.get("/quota/").content.decode()
    bob.role = "administrator"
    bob.save()
    assert "/quota/samples/" in page.get("/quota/").content.decode()


def test_calls_are_told_in_words_and_a_lost_one_is_not_hidden(page):
    common = {"endpoint": "patent/app_progress", "purpose": "person", "office_day": clock.office_today()}
    OfficeCall.objects.create(
        argument="2020008423", started_at=make.SEEN, ended_at=make.SEEN, outcome="timeout", **common
    )
    OfficeCall.objects.create(argument="<script>x</script>", started_at=make.SEEN, **common)
    body = page.get("/quota/").content.decode()
    assert "2020008423" in body
    assert "no answer came back" in body
    assert "<script>x" not in body
    assert ">timeout<" not in body


def test_work_orders_waiting_are_counted(page):
    case = make.case()
    RefreshJob.objects.create(case=case, key="a", purpose="daily")
    RefreshJob.objects.create(
        case=case, key="b", purpose="daily", not_before=clock.now() + timedelta(hours=1)
    )
    RefreshJob.objects.create(case=case, key="c", purpose="daily", state="done")
    jobs = page.get("/quota/").context["jobs"]
    assert (jobs["waiting"], jobs["due"]) == (2, 1)


def test_it_only_reads(page):
    assert page.post("/quota/").status_code == 405


def test_it_costs_the_same_for_few_calls_and_many(page):
    counts = []
    for size in (5, 50):
        for n in range(size):
            OfficeCall.objects.create(
                endpoint="patent/app_progress",
                argument=str(n),
                purpose="person",
                office_day=clock.office_today(),
                started_at=make.SEEN,
            )
        with CaptureQueriesContext(connection) as queries:
            page.get("/quota/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
