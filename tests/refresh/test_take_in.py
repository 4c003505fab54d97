"""Taking in replies: evidence kept, nothing lost, nothing twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossiers.docketing.store import reconcile
from dossiers.models import Case, Event, Heartbeat, News, ReviewTask, Snapshot, TimeLimit
from dossiers.refresh.readings import read_answer
from dossiers.refresh.snapshots import body_of
from dossiers.refresh.take_in import take_in
from tests import make
from tests.make import SEEN
from tests.replies import answer, document, envelope, progress

pytestmark = pytest.mark.django_db
NUMBER = "2023000123"
FILED = (
    document("A63", "20230110", "52300000001", "特許願", "S"),
    document("A63", "20230110", "52300000001", "請求の範囲", "L"),
    document("A63", "20230110", "52300000001", "明細書", "M"),
    document("A63", "20230110", "52300000001", "図面", "Z"),
    document("A63", "20230110", "52300000001", "要約書", "Y"),
)
REQUESTED = document("A621", "20230201", "52300000900", "出願審査請求書", "S")
NOTICE = document("A131", "20261120", "06126000321", "拒絶理由通知書")


def read(case: Case, body: bytes, at=SEEN, told: list | None = None):
    return take_in(case, answer(body, case.application_number, at=at), now=at, tell=(told or []).extend)


def test_one_filing_of_five_parts_is_one_event():
    case = make.case(NUMBER)
    read(case, progress(NUMBER, *FILED))
    assert case.documents.count() == 5
    assert case.events.get().description == "特許願"


def test_a_grant_listed_under_application_and_registration_counts_once():
    case = make.case(NUMBER)
    grant = document("A01", "20260601", "06126000777", "特許査定")
    twin = document("A01", "20260601", "99999999999", "特許査定", " ", "0")
    fee = document("R100", "20260620", "99999999999", "特許料納付書", " ", "0")
    read(case, progress(NUMBER, *FILED, grant, register_documents=(twin, fee), registrationNumber="7999001"))
    assert case.events.filter(code="A01").count() == 1
    assert case.events.filter(code="R100").count() == 1
    assert case.documents.filter(code="A01").count() == 2


def test_a_grant_first_seen_without_its_number_is_recognised_when_the_number_comes():
    case = make.case(NUMBER)
    twin = document("A01", "20260601", "99999999999", "特許査定", " ", "0")
    read(case, progress(NUMBER, *FILED, register_documents=(twin,)))
    numbered = document("A01", "20260601", "06126000777", "特許査定")
    read(case, progress(NUMBER, *FILED, numbered, register_documents=(twin,)), at=SEEN + timedelta(days=1))
    assert case.events.get(code="A01").document_number == "06126000777"


def test_two_notices_dispatched_on_one_day_are_two_events():
    case = make.case(NUMBER)
    second = document("A131", "20261120", "06126000322", "拒絶理由通知書")
    read(case, progress(NUMBER, *FILED, REQUESTED, NOTICE, second))
    assert case.events.filter(code="A131").count() == 2
    assert case.limits.filter(rule_id="pat.oa.response", state="open").count() == 2


def test_a_new_notice_becomes_an_event_a_limit_and_news_in_one_step():
    case, told = make.case(NUMBER), []
    read(case, progress(NUMBER, *FILED, REQUESTED))
    taken = take_in(
        case,
        answer(progress(NUMBER, *FILED, REQUESTED, NOTICE), NUMBER),
        now=SEEN + timedelta(days=1),
        tell=told.extend,
    )
    limit = case.limits.get(rule_id="pat.oa.response")
    assert (limit.base_date, limit.due) == (date(2026, 11, 20), date(2027, 1, 19))
    assert [news.kind for news in told] == [News.Kind.OFFICE_ACTION]
    assert [event.code for event in taken.new_events] == ["A131"]
    assert case.next_due == date(2027, 1, 19)
    assert case.events.get(code="A131").notice_state == Event.NoticeState.NOT_FETCHED


def test_reading_the_same_reply_twice_changes_nothing_but_its_freshness():
    case = make.case(NUMBER)
    body = progress(NUMBER, *FILED, REQUESTED, NOTICE)
    read(case, body)
    before = _everything(case)
    later = SEEN + timedelta(days=1)
    told = []
    taken = take_in(
        case, answer(body.replace(b'"799"', b'"750"'), NUMBER, at=later), now=later, tell=told.extend
    )
    assert not taken.changed and told == []
    assert _everything(case) == before
    assert case.confirmed_at == later
    assert case.snapshots.get().last_received_at == later


def _everything(case: Case):
    return (
        list(case.events.order_by("pk").values()),
        list(case.documents.order_by("pk").values()),
        list(case.limits.order_by("pk").values()),
        list(case.reviews.order_by("pk").values()),
        News.objects.count(),
    )


def test_the_history_of_a_case_just_added_is_no_news_but_a_running_limit_is():
    case, told = make.case(NUMBER), []
    answered = document("A131", "20240401", "06124000111", "拒絶理由通知書")
    opinion = document("A53", "20240520", "52400000222", "意見書", "S")
    read_all = progress(NUMBER, *FILED, REQUESTED, answered, opinion, NOTICE)
    take_in(case, answer(read_all, NUMBER), now=SEEN, tell=told.extend)
    assert [news.event.legal_date for news in told] == [date(2026, 11, 20)]
    assert told[0].found_on_adding


def test_a_refusal_long_final_is_a_red_limit_but_no_news_when_its_case_is_added():
    case, told = make.case(NUMBER), []
    refusal = document("A02", "20150702", "06115000111", "拒絶査定")
    take_in(case, answer(progress(NUMBER, *FILED, REQUESTED, refusal), NUMBER), now=SEEN, tell=told.extend)
    assert case.limits.get(rule_id="pat.appeal").state == TimeLimit.State.OPEN
    assert told == []


def test_a_refusal_whose_case_can_still_be_restored_is_news_when_its_case_is_added():
    case, told = make.case(NUMBER), []
    refusal = document("A02", "20260702", "06126000111", "拒絶査定")
    take_in(case, answer(progress(NUMBER, *FILED, REQUESTED, refusal), NUMBER), now=SEEN, tell=told.extend)
    assert case.limits.get(rule_id="pat.appeal").due < SEEN.date()
    assert [news.kind for news in told] == [News.Kind.DECISION]


def test_an_answered_notice_is_closed_by_the_document_that_answers_it():
    case = make.case(NUMBER)
    read(case, progress(NUMBER, *FILED, REQUESTED, NOTICE))
    opinion = document("A53", "20270110", "52700000222", "意見書", "S")
    read(case, progress(NUMBER, *FILED, REQUESTED, NOTICE, opinion), at=SEEN + timedelta(days=60))
    limit = case.limits.get(rule_id="pat.oa.response")
    assert limit.state == TimeLimit.State.DONE
    assert limit.proof.document_number == "52700000222"
    assert limit.changes.filter(field="state", old="open", new="done").exists()


def test_a_limit_whose_proof_leaves_the_office_data_is_open_again():
    case = make.case(NUMBER)
    opinion = document("A53", "20261210", "52700000222", "意見書", "S")
    read(case, progress(NUMBER, *FILED, REQUESTED, NOTICE, opinion))
    assert case.limits.get(rule_id="pat.oa.response").state == TimeLimit.State.DONE
    read(case, progress(NUMBER, *FILED, REQUESTED, NOTICE), at=SEEN + timedelta(days=1))
    limit = case.limits.get(rule_id="pat.oa.response")
    assert limit.state == TimeLimit.State.OPEN and limit.proof is None
    assert case.reviews.filter(kind="vanished", closed_at=None).exists()


def test_an_unknown_document_is_never_passed_over():
    case, told = make.case(NUMBER), []
    read(case, progress(NUMBER, *FILED))
    strange = document("A9Q7", "20261120", "06126000999", "新設通知書")
    take_in(
        case,
        answer(progress(NUMBER, *FILED, strange), NUMBER),
        now=SEEN + timedelta(days=1),
        tell=told.extend,
    )
    assert case.events.get(code="A9Q7").account == Event.Account.OPEN
    assert case.reviews.filter(event__code="A9Q7", closed_at=None).exists()
    assert case.open_reviews >= 1
    assert [news.kind for news in told] == [News.Kind.NOT_ACCOUNTED]


def test_a_limit_already_past_is_created_all_the_same():
    case = make.case(NUMBER)
    old = document("A131", "20250106", "06125000001", "拒絶理由通知書")
    read(case, progress(NUMBER, *FILED, REQUESTED, old))
    limit = case.limits.get(rule_id="pat.oa.response")
    assert limit.state == TimeLimit.State.OPEN and limit.due < SEEN.date()


def test_a_case_the_office_does_not_know_becomes_a_task_and_a_good_answer_settles_it():
    case, told = make.case(NUMBER), []
    take_in(case, answer(envelope({}, "107"), NUMBER), now=SEEN, tell=told.extend)
    assert case.confirmed_at is None and case.last_outcome == "empty"
    assert case.reviews.get(kind="not_found").closed_at is None
    assert [news.kind for news in told] == [News.Kind.NOT_FOUND]
    read(case, progress(NUMBER, *FILED), at=SEEN + timedelta(days=1))
    assert case.reviews.get(kind="not_found").closed_at is not None
    assert case.last_outcome == "ok"


def test_a_case_asked_but_not_answered_is_not_confirmed():
    case = make.case(NUMBER)
    read(case, progress(NUMBER, *FILED))
    confirmed = case.confirmed_at
    later = SEEN + timedelta(days=1)
    read(
        case, b'{"result":{"statusCode":"999","errorMessage":"x","remainAccessCount":"","data":{}}}', at=later
    )
    assert case.confirmed_at == confirmed
    assert case.asked_at == later and case.last_outcome == "down"


def test_an_answer_that_cannot_be_read_is_kept_and_put_before_a_person():
    case, told = make.case(NUMBER), []
    body = envelope({"somethingElse": "1"})
    take_in(case, answer(body, NUMBER), now=SEEN, tell=told.extend)
    assert body_of(Snapshot.objects.get()) == body
    assert case.reviews.get(kind="answer_not_read").closed_at is None
    assert [news.kind for news in told] == [News.Kind.NOT_READ]
    assert case.confirmed_at is None and case.in_vain_since == SEEN
    read(case, progress(NUMBER, *FILED))
    assert case.confirmed_at and case.in_vain_since is None


def test_a_task_that_a_person_closed_stays_closed_when_the_case_is_read_again(alice):
    case = make.case(NUMBER)
    strange = document("A9Q7", "20261120", "06126000999", "新設通知書")
    read(case, progress(NUMBER, *FILED, strange))
    task = case.reviews.get(event__code="A9Q7")
    ReviewTask.objects.filter(pk=task.pk).update(closed_at=SEEN, closed_by=alice, resolution="見た")
    reconcile(case, now=SEEN)
    task.refresh_from_db()
    assert task.closed_by == alice


def test_zip_time_stamps_do_not_make_a_reply_new():
    import io
    import zipfile

    def archive(year: int) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr(zipfile.ZipInfo("06126000321-jpntce.xml", (year, 1, 1, 0, 0, 0)), b"<a/>")
        return out.getvalue()

    one, other = (answer(archive(year), NUMBER, name="app_doc_cont_refusal_reason") for year in (2025, 2026))
    assert one.body != other.body
    assert read_answer(one, "patent").fingerprint == read_answer(other, "patent").fingerprint


def test_the_recorded_case_is_docketed_as_the_law_says(recordings):
    """A real history, from filing to grant: answered notice, paid fee, annuity by the register."""
    number = "2020123456"
    case = make.case(number, filing_date=None, title="")
    for name in ("app_progress", "registration_info", "app_doc_cont_refusal_reason", "cite_doc_info"):
        file = next((recordings / "live").glob(f"patent.{name}.{number}.*"))
        take_in(case, answer(file.read_bytes(), number, name=name), now=SEEN, tell=lambda news: None)
    response = case.limits.get(rule_id="pat.oa.response")
    assert (response.raw_end, response.due) == (date(2024, 4, 27), date(2024, 4, 30))
    assert response.state == TimeLimit.State.DONE and response.proof.code in ("A53", "A523")
    fee = case.limits.get(rule_id="pat.reg.fee")
    assert fee.due == date(2024, 8, 8) and fee.state == TimeLimit.State.DONE
    annuity = case.limits.get(rule_id="pat.annuity")
    assert annuity.due == date(2027, 8, 5) and annuity.state == TimeLimit.State.OPEN
    assert case.events.get(code="A131").notice_state == Event.NoticeState.READ
    assert case.citations.filter(patent=True).count() == 13
    assert not case.events.filter(account=Event.Account.OPEN).exists()
    assert case.stage == "registered"


def test_every_recorded_status_is_taken_in(recordings):
    for law, number in (("trademark", "2024123456"), ("design", "2020015234")):
        case = make.case(number, law=law, filing_date=None)
        body = (recordings / "live" / f"{law}.app_progress.{number}.json").read_bytes()
        taken = take_in(case, answer(body, number, law=law), now=SEEN, tell=lambda news: None)
        assert taken.changed and case.events.exists()
        assert case.events.filter(side=Event.Side.UNKNOWN).count() == 0


@pytest.mark.parametrize("bad", ["20261399", "", "tomorrow"])
def test_a_notice_whose_date_cannot_be_read_goes_to_a_person(bad):
    case = make.case(NUMBER)
    read(case, progress(NUMBER, *FILED, REQUESTED, document("A131", bad, "06126000321", "拒絶理由通知書")))
    event = case.events.get(code="A131")
    assert event.legal_date is None
    assert event.account == Event.Account.OPEN
    assert case.reviews.filter(event=event, closed_at=None).exists()


def test_a_new_field_in_the_office_format_is_noted_and_nothing_is_lost():
    case = make.case(NUMBER)
    read(case, progress(NUMBER, *FILED, REQUESTED, NOTICE, examinationForecast="20270401"))
    assert case.limits.filter(rule_id="pat.oa.response").exists()
    assert "examinationForecast" in str(Heartbeat.objects.get(name="office_format").detail)


def _a_long_history(documents: int) -> bytes:
    """A notice that runs, and as many papers of the applicant before it."""
    papers = [
        document("A53", f"2025{1 + n // 28:02d}{1 + n % 28:02d}", f"525000{n:05d}", "意見書", "S")
        for n in range(documents)
    ]
    return progress(NUMBER, *FILED, REQUESTED, *papers, NOTICE)


@pytest.mark.parametrize("documents", [3, 60])  # SQLite takes no more rows of acts in one statement
def test_a_first_reading_asks_the_database_as_often_for_a_short_case_as_for_a_long_one(
    documents, django_assert_max_num_queries
):
    case = make.case(NUMBER)
    with django_assert_max_num_queries(25):
        read(case, _a_long_history(documents))
    assert case.events.count() == documents + 3


@pytest.mark.parametrize("documents", [3, 90])
def test_an_unchanged_reply_asks_the_database_eight_times_at_most(documents, django_assert_max_num_queries):
    case = make.case(NUMBER)
    read(case, _a_long_history(documents))
    with django_assert_max_num_queries(8):
        read(case, _a_long_history(documents), at=SEEN + timedelta(hours=1))


def test_a_reply_of_several_acts_leaves_the_case_as_reading_it_anew_would():
    """What is held in memory during a reply, and what the database says afterwards, are the same."""
    case = make.case(NUMBER)
    strange = document("A9Q7", "20261120", "06126000999", "新設通知書")
    read(case, progress(NUMBER, *FILED, REQUESTED, NOTICE, strange))
    kept = Case.objects.get(pk=case.pk)
    assert (kept.next_due, kept.open_reviews, kept.stage) == (case.next_due, case.open_reviews, case.stage)
    before = _everything(kept)
    changed = reconcile(kept, now=SEEN)
    assert not (changed.created or changed.moved or changed.reviews)
    assert _everything(kept) == before
    assert (kept.next_due, kept.open_reviews) == (case.next_due, case.open_reviews)
