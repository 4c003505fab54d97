"""One work order, against an office that misbehaves as offices do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers import clock
from dossiers.models import Case, Event, News, OfficeCall, QuotaDay, RefreshJob
from dossiers.refresh import jobs, plan
from dossiers.refresh.run import OfficeUnavailable, run
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(examined, alice) -> Case:
    return make.case(examined.case.number, title="", filing_date=None)


def work(case: Case, by=None) -> RefreshJob:
    """Order, claim and run one refresh."""
    if by:
        jobs.request_refresh(case, by=by)
    else:
        RefreshJob.objects.create(
            case=case, key=f"daily:{clock.now().timestamp()}", purpose="daily", created_at=clock.now()
        )
    job = jobs.claim()
    run(job, tell=lambda news: None, release=lambda case: None)
    case.refresh_from_db()
    job.refresh_from_db()
    return job


def test_a_first_reading_brings_the_case_in(office, case):
    job = work(case)
    assert job.state == "done" and job.outcome == "ok"
    assert case.title and case.filing_date and case.events.exists()
    assert case.confirmed_at is not None


def test_a_notice_is_seen_the_day_after_its_dispatch_and_read_with_its_citations(office, case):
    work(case)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.reset_counters()
    work(case)
    assert not case.events.filter(code="A131", legal_date=office.today()).exists()
    office.advance(days=1)
    job = work(case)
    notice = case.events.get(code="A131", legal_date=office.today() - timedelta(days=1))
    assert notice.notice_state == Event.NoticeState.READ
    assert [step["endpoint"] for step in job.steps] == [
        "app_progress",
        "app_doc_cont_refusal_reason",
        "cite_doc_info",
    ]
    paper = notice.papers.get()
    assert paper.notice["period"]["n"] in (60, 3)
    assert paper.notice["articles"]
    limit = case.limits.get(event=notice, rule_id__startswith="pat.oa")
    assert limit.calculation["period_source"] == "notice"
    assert News.objects.filter(case=case, event=notice, kind="office_action").count() == 1


def test_a_case_the_office_does_not_know_is_asked_once_a_day(office, alice):
    unknown = make.case("2020999999")
    for _ in range(3):
        work(unknown, by=alice)
    assert OfficeCall.objects.filter(argument="2020999999").count() == 1
    assert unknown.last_outcome == "empty"
    office.advance(days=1)
    work(unknown, by=alice)
    assert OfficeCall.objects.filter(argument="2020999999").count() == 2


def test_a_spent_daily_counter_moves_to_the_other_status_api(office, case):
    office.fault("203", endpoint="patent/app_progress", times=None)
    job = work(case)
    assert job.state == "done"
    assert [step["endpoint"] for step in job.steps] == ["app_progress_simple"]
    assert QuotaDay.objects.get(bucket="patent/app_progress").exhausted
    assert not QuotaDay.objects.get(bucket="patent/app_progress_simple").exhausted


def test_with_all_counters_spent_the_order_waits_for_midnight_in_japan(office, case):
    office.fault("203", match="/api/", times=None)
    job = work(case)
    assert job.state == "waiting" and job.outcome == "daily_limit"
    job = jobs.claim()
    run(job, tell=lambda news: None, release=lambda case: None)
    job.refresh_from_db()
    local = job.not_before.astimezone(office.now().tzinfo)
    assert (local.hour, local.minute) == (0, 0) and local.date() > office.today()


@pytest.mark.parametrize("trouble", ["302", "999", "html", "garbage", "cut", "drop"])
def test_an_office_in_trouble_leaves_the_case_unconfirmed_and_the_order_open(office, case, trouble):
    office.fault(trouble, match="/api/", times=None)
    try:
        job = work(case)
    except OfficeUnavailable:
        job = RefreshJob.objects.get()
    case.refresh_from_db()
    assert case.confirmed_at is None
    assert case.last_outcome not in ("", "ok")
    assert job.state == "waiting" or case.reviews.filter(kind="answer_not_read").exists()
    office.clear_faults()
    office.advance(seconds=3700)
    RefreshJob.objects.update(state="done")
    assert work(case).state == "done"


def test_a_token_that_expires_on_the_way_is_renewed(office, case):
    work(case)
    office.advance(seconds=3 * 3600)
    assert work(case).state == "done"


def test_wrong_credentials_stop_the_round_with_a_word_and_lose_nothing(office, case, settings):
    settings.JPO_PASSWORD = "wrong"
    with pytest.raises(OfficeUnavailable) as trouble:
        work(case)
    assert trouble.value.outcome == "auth"
    job = RefreshJob.objects.get()
    assert job.state == "waiting" and job.attempts == 0


def test_without_credentials_nothing_is_sent(office, case, settings):
    settings.JPO_USERNAME = ""
    with pytest.raises(OfficeUnavailable) as trouble:
        work(case)
    assert trouble.value.outcome == "no_credentials"
    assert not OfficeCall.objects.exists()


def test_the_register_is_asked_for_registered_cases(office):
    registered = office.cases("patent", limit=1, stage="registered")[0]
    case = make.case(registered.case.number, filing_date=None)
    work(case)
    assert case.register.next_annuity_due
    assert case.limits.filter(rule_id__startswith="pat.annuity", state="open").exists()


@pytest.mark.parametrize("law", ["patent", "design", "trademark"])
def test_cases_of_each_law_come_in_with_every_document_accounted_for_or_in_the_red_queue(office, law):
    for sight in office.cases(law, limit=8):
        case = make.case(sight.case.number, law=law, title="", filing_date=None)
        assert work(case).state == "done"
        for event in case.events.filter(side__in=("office", "unknown")):
            placed = event.account in ("limit", "no_limit")
            assert placed or case.open_reviews > 0, event


# --- orders -----------------------------------------------------------------------------------------------


def test_a_person_goes_first(office, case, alice):
    other = make.case("2022000777")
    jobs.order_added([other], by=alice)
    asked_for = jobs.request_refresh(case, by=alice)
    assert jobs.claim().pk == asked_for.pk


def test_asking_twice_makes_one_order(case, alice):
    first = jobs.request_refresh(case, by=alice)
    assert jobs.request_refresh(case, by=alice).pk == first.pk


def test_a_claimed_order_is_nobody_elses_until_its_lease_ends(case, alice):
    job = jobs.request_refresh(case, by=alice)
    assert jobs.claim().pk == job.pk
    assert jobs.claim() is None
    RefreshJob.objects.update(lease_until=clock.now() - timedelta(days=400))
    assert jobs.claim().pk == job.pk


def test_an_order_that_kills_its_worker_each_time_is_given_up_and_shown(case, alice):
    job = jobs.request_refresh(case, by=alice)
    RefreshJob.objects.update(attempts=jobs.MOST_ATTEMPTS)
    assert jobs.claim() is None
    job.refresh_from_db()
    case.refresh_from_db()
    assert job.state == "failed" and case.last_outcome == "gave_up"


# --- the day's plan ---------------------------------------------------------------------------------------


def test_every_live_case_is_asked_once_each_office_day(office, case):
    assert plan.plan_day(clock.now()) == 1
    assert plan.plan_day(clock.now()) == 0
    job = jobs.claim()
    run(job, tell=lambda news: None, release=lambda case: None)
    assert plan.plan_day(clock.now()) == 0
    office.advance(days=1)
    assert plan.plan_day(clock.now()) == 1


def test_nothing_is_planned_before_the_office_has_its_new_data(office, case):
    office.advance(seconds=-8 * 3600)  # 01:00 in Japan
    assert plan.plan_day(clock.now()) == 0


def test_the_plan_never_orders_more_than_the_counters_allow(office, settings):
    settings.JPO_DAILY_LIMITS = {"patent/app_progress": 30, "patent/app_progress_simple": 10}
    for serial in range(60):
        make.case(f"2022{serial:06d}")
    assert plan.plan_day(clock.now()) == 30 + 10 - plan.LEFT_FOR_THE_DAY
