"""Answers that nobody should trust: none ends the run, each is kept to be seen, and each marks its case."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from apiclient.outcomes import Outcome
from dossiers import clock
from dossiers.checks import storage_hosts_are_names
from dossiers.models import Case, News, OfficeCall, RefreshJob, Sample
from dossiers.refresh import jobs, readings, samples, snapshots
from dossiers.refresh import office as asking
from dossiers.refresh.run import run
from dossiers.refresh.take_in import take_in
from tests import make
from tests.apiclient.scripted_office import Scripted, running_office, token
from tests.apiclient.scripted_office import envelope as scripted
from tests.make import SEEN
from tests.replies import answer, document, progress

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "2023000123"
NOTICE = document("A131", "20261120", "06126000321", "拒絶理由通知書")
SECRET = "nobody-may-see-this"


@pytest.fixture
def case(examined, alice) -> Case:
    return make.case(examined.case.number, title="", filing_date=None)


def work(case: Case, tell=lambda news: None) -> RefreshJob:
    RefreshJob.objects.create(
        case=case, key=f"daily:{clock.now().timestamp()}", purpose="daily", created_at=clock.now()
    )
    job = jobs.claim()
    run(job, tell=tell, release=lambda case: None)
    case.refresh_from_db()
    job.refresh_from_db()
    return job


def unread(case: Case) -> set[str]:
    return set(case.reviews.filter(closed_at=None).values_list("kind", flat=True)) & {
        "answer_not_read",
        "archive_damaged",
        "unlisted_paper",
    }


# --- every kind of bad input ------------------------------------------------------------------------------

HOSTILE_ARCHIVES = [
    *["zip_dotdot", "zip_absolute", "zip_symlink", "zip_bomb", "zip_duplicates", "zip_wrong_sizes"],
    *["zip_encrypted", "zip_cut", "xml_entities", "xml_deep", "htm_script", "garbage"],
]


@pytest.mark.parametrize("kind", HOSTILE_ARCHIVES)
def test_a_hostile_archive_is_kept_and_marks_its_case_and_the_next_good_one_is_read(office, case, kind):
    work(case)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    office.fault(kind, match="app_doc_cont_refusal_reason", times=None)
    job = work(case)
    assert job.state == "done" and case.last_outcome == "ok"
    sample = Sample.objects.filter(endpoint="patent/app_doc_cont_refusal_reason").first()
    assert sample and sample.problems and samples.body_of(sample)
    assert unread(case) or case.events.filter(code="A131", notice_state="unreadable").exists()
    office.clear_faults()
    office.advance(days=1)
    work(case)
    assert case.events.filter(code="A131", notice_state="read").exists()


@pytest.mark.parametrize("kind", ["garbage", "wrong_encoding", "json_types", "xml_deep", "html_200"])
def test_a_status_that_is_no_status_is_kept_and_shows_on_the_case_as_not_read(office, case, kind):
    office.fault(kind, match="/api/", times=None)
    job = work(case)
    kept = Sample.objects.filter(endpoint__startswith="patent/app_progress").first()
    assert kept and kept.outcome == "unreadable"
    assert case.confirmed_at is None and case.last_outcome == "unreadable"
    assert unread(case) or job.state == "waiting"  # a page may pass: it is asked for again
    office.clear_faults()
    office.advance(days=1)
    RefreshJob.objects.update(state="done")
    assert work(case).state == "done"
    assert case.last_outcome == "ok" and not unread(case)


def test_papers_are_read_before_the_database_is_held(office, case, monkeypatch):
    """Whoever makes an archive that is slow to read does not keep everybody else from writing."""
    work(case)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    held = []

    def watched(read):
        def watching(*arguments):
            held.append(connection.in_atomic_block)
            return read(*arguments)

        return watching

    monkeypatch.setattr(readings, "read_bundle", watched(readings.read_bundle))
    monkeypatch.setattr(readings, "read_notice", watched(readings.read_notice))
    work(case)
    assert case.events.filter(code="A131", notice_state="read").exists()
    assert len(held) >= 2 and not any(held)


# --- what fails in our own hands --------------------------------------------------------------------------


def failing_once(words: str):
    """A teller of news that breaks down the first time only."""
    calls = []

    def tell(news) -> None:
        calls.append(news)
        if len(calls) == 1:
            raise LookupError(words)

    return tell


def test_an_answer_that_cannot_be_taken_in_marks_the_case_and_does_not_end_the_run(office, case):
    job = work(case, failing_once(f"password={SECRET}"))
    assert (job.state, job.outcome, case.last_outcome) == ("failed", "unreadable", "unreadable")
    assert not case.events.exists()  # what was half done is undone
    assert unread(case) == {"answer_not_read"}
    assert News.objects.get(case=case).kind == "not_read"
    sample = Sample.objects.get()  # and what was kept is not
    assert sample.failure.startswith("LookupError") and "test_samples.py" in sample.failure
    assert SECRET not in sample.failure
    office.advance(days=1)
    assert work(case).outcome == "ok"
    assert case.events.exists() and not unread(case)


def test_where_not_even_the_mark_can_be_told_the_order_stays_and_the_case_still_shows_it(office, case):
    def broken(news) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        work(case, broken)
    case.refresh_from_db()
    assert case.last_outcome == "unreadable"
    assert RefreshJob.objects.get().state == "waiting"
    assert Sample.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes a number of any size")
def test_a_number_too_large_for_the_docket_is_an_answer_not_read(office, case, settings):
    with running_office() as scribe:
        settings.JPO_BASE_URL, scribe.tokens = scribe.url, [token()]
        status = progress(case.application_number, NOTICE, registrationNumber="7999001")
        register = {"applicationNumber": case.application_number, "numberOfClaims": "999999999999"}
        scribe.answers = [Scripted(200, status), scripted("107"), scripted("107"), scripted("100", register)]
        assert work(case).state == "done"
    assert "answer_not_read" in unread(case)
    kept = Sample.objects.filter(endpoint="patent/registration_info").exclude(failure="")
    assert "DataError" in kept.get().failure


def test_what_was_kept_unread_is_taken_in_once_the_program_can_read_it():
    case = make.case(NUMBER)
    good = answer(progress(NUMBER, NOTICE), NUMBER)
    not_yet = replace(good, outcome=Outcome.UNREADABLE, reply=None)
    take_in(case, not_yet, now=SEEN, tell=lambda news: None)
    assert case.snapshots.get().taken_in is False and not case.events.exists()
    for days in (1, 2):
        take_in(case, good, now=SEEN + timedelta(days=days), tell=lambda news: None)
        assert case.snapshots.get().taken_in is True
        assert case.events.filter(code="A131").count() == 1


# --- documents too large to be sent at once ---------------------------------------------------------------


def test_documents_too_large_to_be_sent_at_once_are_read_like_any_other(office, case):
    work(case)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    office.fault("large", match="/api/", times=None)
    work(case)
    assert case.events.filter(code="A131", notice_state="read").exists()
    kept = b"".join(snapshots.body_of(one) for one in case.snapshots.all())
    assert b"_storage" not in kept and not Sample.objects.exists()


@pytest.mark.parametrize("hosts", [["https://bucket.example/"], ["bucket.example", "a b"], [""], ["nodots"]])
def test_a_misprinted_storage_host_stops_the_start(settings, hosts):
    settings.JPO_STORAGE_HOSTS = hosts
    assert [one.id for one in storage_hosts_are_names(None)] == ["ipportal.E007"]
    settings.JPO_STORAGE_HOSTS = ["bucket.s3.amazonaws.com"]
    assert storage_hosts_are_names(None) == []


# --- what is kept -----------------------------------------------------------------------------------------


def odd(body: bytes, problem: str = "odd", outcome: Outcome = Outcome.UNREADABLE):
    good = answer(progress(NUMBER), NUMBER)
    return replace(good, body=body, problems=(problem,), outcome=outcome, reply=None)


def test_a_sample_holds_no_secret_and_says_what_was_received():
    body = json.dumps(
        {"access_token": SECRET, "n": NUMBER, "URL": f"https://s.example/x?sig={SECRET}"}
    ).encode()
    samples.keep(odd(body, f"odd: Bearer {SECRET}"))
    kept = Sample.objects.get()
    assert SECRET.encode() not in samples.body_of(kept) and NUMBER.encode() in samples.body_of(kept)
    assert SECRET not in str(kept.problems)
    assert (kept.size, kept.cut, kept.argument) == (len(body), False, NUMBER)


def test_a_secret_at_the_cut_is_not_cut_in_two_and_kept():
    body = b"x" * (samples.MOST_BYTES - 20) + b" password=" + SECRET.encode() + b" " + b"y" * 100
    samples.keep(odd(body))
    kept = Sample.objects.get()
    assert b"nobody" not in samples.body_of(kept)
    assert kept.cut and kept.size == len(body) and len(samples.body_of(kept)) <= samples.MOST_BYTES


def test_the_same_answer_is_one_sample_however_often_it_comes(monkeypatch):
    for _ in range(3):
        samples.keep(odd(b"the same"))
    samples.keep(odd(b"another"))
    assert sorted(Sample.objects.values_list("times", flat=True)) == [1, 3]


def test_a_changed_format_is_one_sample_whatever_the_cases():
    for serial in range(5):
        samples.keep(odd(b"%d" % serial, f"row {serial}: an unknown key", Outcome.OK))
    assert Sample.objects.get().times == 5


def test_a_good_answer_and_one_without_a_body_leave_no_sample():
    samples.keep(answer(progress(NUMBER), NUMBER))
    samples.keep(odd(b""))
    assert not Sample.objects.exists()


def test_the_oldest_make_room_and_are_counted():
    for serial in range(samples.MOST_PER_ENDPOINT + 3):
        samples.keep(odd(b"%d" % serial))
    kept = {samples.body_of(one) for one in Sample.objects.all()}
    assert kept == {b"%d" % serial for serial in range(3, samples.MOST_PER_ENDPOINT + 3)}
    assert samples.dropped() == 3


def test_text_that_no_database_holds_is_kept_all_the_same():
    samples.keep(odd(b"\x00\xff", "a NUL \x00 and half a pair \ud800"))
    assert Sample.objects.get().problems == ["a NUL \ufffd and half a pair \ufffd"]


def test_every_call_whose_answer_is_odd_leaves_a_sample_whoever_asked(office, case):
    office.fault("garbage", match="/api/", times=None)
    asking.ask("patent", "jpp_fixed_address", case.application_number, purpose=asking.Purpose.PERSON)
    assert Sample.objects.get().endpoint == "patent/jpp_fixed_address"
    assert OfficeCall.objects.get().outcome == "unreadable"
