"""One work order, against an office that misbehaves as offices do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers import clock
from dossiers.docketing import actions
from dossiers.models import Case, Event, News, OfficeCall, QuotaDay, RefreshJob
from dossiers.refresh import circuit, jobs, plan
from dossiers.refresh.case_views import LEFT_FOR_THE_DAY, budgets
from dossiers.refresh.run import run
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
    assert (local.hour, local.minute) == (0, 1) and local.date() > office.today()


@pytest.mark.parametrize("trouble", ["302", "999", "html", "garbage", "cut", "drop"])
def test_an_office_in_trouble_leaves_the_case_unconfirmed_and_the_order_open(office, case, trouble):
    office.fault(trouble, match="/api/", times=None)
    job = work(case)
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


def test_wrong_credentials_stop_every_question_and_lose_nothing(office, case, alice, settings):
    settings.JPO_PASSWORD = "wrong"
    job = work(case)
    assert (job.state, job.outcome, job.attempts) == ("waiting", "auth", 0)
    office.advance(seconds=300)
    jobs.request_refresh(case, by=alice)
    assert jobs.claim(without=circuit.paused(clock.now())) is None
    assert OfficeCall.objects.count() == 1


def test_without_credentials_nothing_is_sent(office, case, settings):
    settings.JPO_USERNAME = ""
    job = work(case)
    assert (job.state, job.outcome, job.attempts) == ("waiting", "no_credentials", 0)
    assert not OfficeCall.objects.exists()


def test_the_register_is_asked_for_registered_cases(office):
    registered = office.cases("patent", limit=1, stage="registered")[0]
    case = make.case(registered.case.number, filing_date=None)
    work(case)
    assert case.register.next_annuity_due
    assert case.limits.filter(rule_id__startswith="pat.annuity", state="open").exists()


def test_the_register_is_asked_again_while_a_payment_is_waited_for(office, alice):
    registered = office.cases("patent", limit=1, stage="registered")[0]
    case = make.case(registered.case.number, filing_date=None)
    work(case)
    annuity = case.limits.get(rule_id="pat.annuity", state="open")

    def asked() -> list[str]:
        return [step["endpoint"] for step in work(case).steps if step["endpoint"] == "registration_info"]

    office.advance(days=1)
    work(case)
    office.advance(days=3)
    assert not asked(), "nothing has changed and nothing is waited for"
    actions.claim_done(annuity, by=alice, reason="納付済み")
    assert asked() and not asked()
    actions.reopen(annuity, by=alice, reason="誤り")
    office.advance(days=3)
    assert not asked()


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
    calls = sum(one.calls for one in budgets(clock.now()) if one.bucket.startswith("patent/app_progress"))
    assert plan.plan_day(clock.now()) == calls
    assert 0 < calls <= 30 + 10 - LEFT_FOR_THE_DAY


# --- orders bound to a counter ----------------------------------------------------------------------------


NOTICES = "patent/app_doc_cont_refusal_reason"
REGISTER = "patent/registration_info"


def asked(case: Case, bucket: str, *, tell=lambda news: None) -> RefreshJob:
    """Order, claim and run one question to `bucket`."""
    RefreshJob.objects.create(
        case=case,
        key=f"daily:{bucket}:{clock.now().timestamp()}",
        purpose="daily",
        bucket=bucket,
        created_at=clock.now(),
        not_before=clock.now(),
    )
    job = jobs.claim()
    run(job, tell=tell, release=lambda case: None)
    case.refresh_from_db()
    job.refresh_from_db()
    return job


def steps(job: RefreshJob) -> list[str]:
    return [step["endpoint"] for step in job.steps]


@pytest.mark.parametrize("name", ["app_progress", "app_progress_simple"])
def test_an_order_for_one_status_asks_that_one(office, case, name):
    assert steps(asked(case, f"patent/{name}"))[0] == name


@pytest.mark.parametrize("law", ["patent", "design", "trademark"])
@pytest.mark.parametrize("name", ["app_progress", "app_progress_simple"])
def test_a_spent_status_counter_falls_over_to_the_other_in_each_law(office, law, name):
    """203 stops one counter of one law alone, until midnight in Japan."""
    sight = office.cases(law, limit=1)[0]
    case = make.case(sight.case.number, law=law, title="", filing_date=None)
    office.fault("203", endpoint=f"{law}/{name}", times=1)
    other = {"app_progress": "app_progress_simple", "app_progress_simple": "app_progress"}[name]
    assert steps(asked(case, f"{law}/{name}"))[0] == other
    office.advance(seconds=60)
    assert steps(asked(case, f"{law}/{name}"))[0] == other, "it is not even tried again today"
    assert list(QuotaDay.objects.filter(exhausted=True).values_list("bucket", flat=True)) == [f"{law}/{name}"]
    office.advance(days=1)
    assert steps(asked(case, f"{law}/{name}"))[0] == name


def test_a_notice_not_there_costs_one_call_and_confirms_nothing(office, case):
    work(case)
    confirmed = case.confirmed_at
    office.advance(days=1)
    job = asked(case, NOTICES)
    assert (job.state, job.outcome, steps(job)) == ("done", "no_body", ["app_doc_cont_refusal_reason"])
    assert case.confirmed_at == confirmed


def test_a_notice_seen_before_the_status_brings_its_act_its_date_and_its_limit(office, case):
    work(case)
    dispatched = office.today()
    office.add_document("patent", case.application_number, "A131", dispatched)
    office.advance(days=1)
    told: list[News] = []
    job = asked(case, NOTICES, tell=told.extend)
    assert steps(job)[:2] == ["app_doc_cont_refusal_reason", "app_progress"]
    assert job.state == "done"
    notice = case.events.get(code="A131", legal_date=dispatched)
    assert notice.notice_state == Event.NoticeState.READ and notice.papers.exists()
    assert (
        case.limits.get(event=notice, rule_id__startswith="pat.oa").calculation["period_source"] == "notice"
    )
    assert [news.kind for news in told].count("office_action") == 1
    assert not case.reviews.filter(kind="unlisted_paper", closed_at=None).exists()
    office.advance(days=1)
    assert steps(asked(case, NOTICES)) == ["app_doc_cont_refusal_reason"], "nothing new, nothing more asked"


def test_a_worker_that_died_between_notice_and_status_is_made_good(office, case):
    work(case)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    office.fault("302", endpoint="patent/app_progress", times=None)
    office.fault("302", endpoint="patent/app_progress_simple", times=None)
    job = asked(case, NOTICES)
    assert job.state == "waiting" and not case.events.filter(code="A131", limits__state="open").exists()
    office.clear_faults()
    office.advance(seconds=3600)
    RefreshJob.objects.update(state="done")
    asked(case, NOTICES)
    assert case.events.get(code="A131").notice_state == Event.NoticeState.READ


def test_a_text_whose_act_the_list_does_not_show_is_told_once_and_looked_for_again(office, case):
    """The office's list may lag behind its documents."""
    work(case)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    case.papers.create(
        name="ahead.xml",
        sha256="0" * 64,
        media_type="xml",
        body=b"",
        notice={"document_number": "06126099999"},
        received_at=clock.now(),
    )
    told: list[News] = []
    job = asked(case, NOTICES, tell=told.extend)
    assert (job.state, job.outcome) == ("waiting", "unlisted")
    assert job.not_before > clock.now() + timedelta(hours=1)
    tries = 1
    while job.state == "waiting" and tries < 10:
        office.advance(seconds=3 * 3600)
        run(jobs.claim(), tell=told.extend, release=lambda case: None)
        job.refresh_from_db()
        tries += 1
    assert job.state == "done" and tries <= 4
    assert [news.kind for news in told].count("not_accounted") == 1


def test_a_changed_register_calls_for_the_status_and_an_unchanged_one_does_not(office):
    registered = office.cases("patent", limit=1, stage="registered")[0]
    case = make.case(registered.case.number, filing_date=None)
    work(case)
    office.advance(days=1)
    asked(case, REGISTER)
    office.advance(days=1)
    assert steps(asked(case, REGISTER)) == ["registration_info"]
    office.add_document("patent", case.application_number, "R250")
    office.advance(days=1)
    assert steps(asked(case, REGISTER))[:2] == ["registration_info", "app_progress"]


def test_a_person_who_moves_a_planned_order_to_the_front_learns_of_the_whole_case(office, case, alice):
    RefreshJob.objects.create(
        case=case, key="daily:1", purpose="daily", bucket=NOTICES, created_at=clock.now()
    )
    jobs.request_refresh(case, by=alice)
    job = jobs.claim()
    run(job, tell=lambda news: None, release=lambda case: None)
    assert steps(job)[0] == "app_progress"


# --- what cannot be had today -----------------------------------------------------------------------------


def test_a_notice_whose_calls_are_spent_is_ordered_for_tomorrow(office, case):
    work(case)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    office.fault("203", endpoint=NOTICES, times=None)
    assert work(case).state == "done"
    again = RefreshJob.objects.get(state="waiting")
    assert again.not_before.astimezone(office.now().tzinfo).date() == office.today() + timedelta(days=1)
    office.clear_faults()
    assert jobs.claim() is None
    office.advance(days=1)
    run(jobs.claim(), tell=lambda news: None, release=lambda case: None)
    assert case.events.get(code="A131").notice_state == Event.NoticeState.READ


# --- given up ---------------------------------------------------------------------------------------------


def test_a_question_given_up_is_red_on_the_case_until_an_answer_comes(office, case, alice):
    jobs.request_refresh(case, by=alice)
    RefreshJob.objects.update(attempts=jobs.MOST_ATTEMPTS)
    assert jobs.claim() is None
    case.refresh_from_db()
    task = case.reviews.get(kind="gave_up", closed_at=None)
    assert case.open_reviews and "J-PlatPat" in task.detail_en and "J-PlatPat" in task.detail_ja
    work(case)
    task.refresh_from_db()
    assert task.closed_at and not case.reviews.filter(kind="gave_up", closed_at=None).exists()
    task.closed_by = alice
    task.save()
    jobs.request_refresh(case, by=alice)
    RefreshJob.objects.filter(state="waiting").update(attempts=jobs.MOST_ATTEMPTS)
    jobs.claim()
    task.refresh_from_db()
    assert task.closed_at is None, "it has happened again"


def test_a_wait_ordered_by_a_clock_since_put_back_is_over(office, case, alice):
    job = jobs.request_refresh(case, by=alice)
    RefreshJob.objects.update(
        not_before=clock.now() + timedelta(days=30), lease_until=clock.now() + timedelta(days=400)
    )
    assert jobs.claim().pk == job.pk


def test_orders_that_failed_together_do_not_come_back_together(office, case):
    from dossiers.refresh.run import _pause

    job = RefreshJob(attempts=1)
    pauses = {_pause(job) for _ in range(20)}
    assert len(pauses) > 10
    assert all(timedelta(minutes=1) <= pause <= timedelta(minutes=2) for pause in pauses)
