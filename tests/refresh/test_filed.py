"""Opinions and amendments: fetched when a person wants to read one, and by nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apiclient.clock import office_day
from dossiers import clock
from dossiers.models import Case, OfficeCall, RefreshJob
from dossiers.refresh import jobs, plan
from dossiers.refresh.run import run
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(office, examined, alice) -> Case:
    """A case with a notice and the opinion and amendment that answered it."""
    case = make.case(examined.case.number, title="", filing_date=None)
    for code in ("A131", "A53", "A523"):
        office.add_document("patent", case.application_number, code, office.today())
    office.advance(days=1)
    jobs.request_refresh(case, by=alice)
    finished(jobs.claim())
    return case


def finished(job: RefreshJob) -> RefreshJob:
    run(job, tell=lambda news: None, release=lambda case: None)
    job.refresh_from_db()
    return job


def test_no_round_fetches_what_the_firm_filed(case):
    assert case.events.filter(code="A53").exists()
    assert not OfficeCall.objects.filter(endpoint__endswith=jobs.FILED_BY).exists()


def test_a_person_who_wants_to_read_it_has_it_fetched(case, alice):
    jobs.request_filed(case, by=alice)
    job = finished(jobs.claim())
    assert (job.state, job.steps[0]["endpoint"]) == ("done", jobs.FILED_BY)
    assert not case.reviews.filter(closed_at=None, kind="unlisted_paper").exists()
    for code in ("A53", "A523"):
        event = case.events.get(code=code)
        assert event.notice_state == "read"
        assert event.papers.get().notice["filing"]["document_code"] == code


def test_the_cited_documents_are_not_asked_for_again_because_of_it(case, alice):
    cited = OfficeCall.objects.filter(endpoint="patent/cite_doc_info")
    before = cited.count()
    jobs.request_filed(case, by=alice)
    finished(jobs.claim())
    jobs.request_refresh(case, by=alice)
    finished(jobs.claim())
    assert cited.count() == before


def test_asking_twice_makes_one_order_and_refreshing_leaves_it(case, alice):
    first = jobs.request_filed(case, by=alice)
    assert jobs.request_filed(case, by=alice) == first
    other = jobs.request_refresh(case, by=alice)
    assert other != first
    first.refresh_from_db()
    assert first.bucket == f"patent/{jobs.FILED_BY}"
    assert case.audit.filter(action="case.fetch_filed").count() == 1


def test_while_its_counter_is_used_up_the_case_itself_is_planned_all_the_same(office, case, alice):
    office.fault("203", endpoint=f"patent/{jobs.FILED_BY}", times=None)
    jobs.request_filed(case, by=alice)
    put_off = finished(jobs.claim())
    assert (put_off.state, put_off.outcome) == ("waiting", "daily_limit")
    office.advance(days=1)
    office.advance(seconds=9 * 3600)
    plan.plan_day(clock.now())
    assert case.refresh_jobs.filter(planned_for=office_day(clock.now())).exists()


def test_one_that_is_given_up_says_nothing_of_the_case(case, alice):
    job = jobs.request_filed(case, by=alice)
    RefreshJob.objects.filter(pk=job.pk).update(attempts=jobs.MOST_ATTEMPTS)
    assert jobs.claim() is None
    job.refresh_from_db()
    case.refresh_from_db()
    assert (job.state, job.outcome) == ("failed", "gave_up")
    assert case.last_outcome == "ok"
    assert not case.reviews.filter(key=jobs.GAVE_UP).exists()
    assert case.confirmed_at > clock.now() - timedelta(days=2)
