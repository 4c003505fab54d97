"""The docket as the planner is told it: what is known of a case, by which evidence, and what may be asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apiclient.clock import JST
from dossiers import clock
from dossiers.models import Case, OfficeCall, QuotaDay, RefreshJob, Snapshot
from dossiers.refresh import run
from dossiers.refresh.case_views import budgets, case_views
from tests import make

NIGHT = datetime(2026, 11, 24, 0, 30, tzinfo=JST)  # of a day on which it is still the 23rd in UTC
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
TODAY = MORNING.date()


@pytest.fixture(autouse=True)
def _morning(monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: MORNING)


def view(case: Case):
    return next(one for one in case_views() if one.key == case.pk)


def answered(case: Case, name: str, at: datetime, *, taken_in: bool = True) -> None:
    Snapshot.objects.create(
        case=case, endpoint=f"{case.law}/{name}", sha256="0" * 64, body=b"", size=0,
        first_received_at=at, last_received_at=at, taken_in=taken_in,
    )  # fmt: skip


def called(case: Case, name: str, at: datetime, outcome: str) -> None:
    OfficeCall.objects.create(
        endpoint=f"{case.law}/{name}", argument=case.application_number, purpose="background",
        office_day=at.astimezone(JST).date(), started_at=at, ended_at=at, outcome=outcome,
    )  # fmt: skip


# --- what is known of a case ------------------------------------------------------------------------------


def test_a_case_is_told_with_its_dates_documents_and_nearest_limit(db):
    case = make.case(
        confirmed_at=NIGHT,
        added_at=NIGHT,
        last_outcome="ok",
        residency="overseas",
        next_due=date(2027, 2, 22),
    )
    make.event(case, "A63", date(2023, 1, 10), side="applicant")
    make.event(case, "A131", date(2026, 11, 20))
    make.event(case, "A621", None)
    found = view(case)
    assert (found.law, found.filed_on, found.residency) == ("patent", date(2023, 1, 10), "overseas")
    assert sorted(found.documents, key=str) == [
        ("A131", date(2026, 11, 20)), ("A621", None), ("A63", date(2023, 1, 10)),
    ]  # fmt: skip
    assert found.last_asked == found.added_on == date(2026, 11, 24)  # the office's day
    assert found.running_limit == date(2027, 2, 22)
    assert (found.watch, found.last_outcome) == ("normal", "ok")


def test_a_case_of_which_nothing_is_known_is_told_all_the_same(db):
    found = view(make.case(filing_date=None, added_at=MORNING))
    assert (found.filed_on, found.last_asked, found.documents) == (None, None, ())
    assert found.added_on == date(2026, 11, 24)


def test_each_case_has_its_own_documents_and_none_of_a_neighbours(db):
    first, bare, last = (make.case(f"202300000{n}") for n in range(3))
    for case, code in ((last, "A02"), (first, "A131"), (last, "A131")):
        make.event(case, code)
    codes = {one.key: [code for code, _ in one.documents] for one in case_views()}
    assert codes == {first.pk: ["A131"], bare.pk: [], last.pk: ["A02", "A131"]}


def test_some_cases_alone_are_told_with_all_that_is_theirs(db):
    others, wanted = make.case("2023000001"), make.case("2023000002", "design")
    make.event(others)
    make.event(wanted, "A01")
    answered(wanted, "app_doc_cont_refusal_reason", MORNING)
    (found,) = case_views(Case.objects.filter(law="design"))
    assert (found.key, found.documents[0][0]) == (wanted.pk, "A01")
    assert found.partly_asked == (("notice", date(2026, 11, 24)),)


def test_an_act_that_left_the_offices_list_is_not_told(db):
    case = make.case()
    make.event(case, vanished_at=MORNING)
    assert view(case).documents == ()


def test_the_earlier_end_of_a_right_is_its_end(db):
    case = make.case(expire_date=date(2043, 1, 10), disappearance_date=date(2026, 3, 1))
    assert view(case).expire_on == date(2026, 3, 1)


@pytest.mark.parametrize("stage", ["lapsed", "withdrawn", "dismissed"])
def test_a_finished_case_rests_unless_a_limit_still_runs_in_it(db, stage):
    assert view(make.case(stage=stage)).watch == "resting"
    assert view(make.case("2023000002", stage=stage, next_due=TODAY)).watch == "normal"


@pytest.mark.parametrize(
    ("days", "stage", "watch"),
    [
        (0, "response_due", "hot"),
        (7, "response_due", "hot"),
        (7, "refused", "hot"),
        (8, "response_due", "normal"),
        (-1, "response_due", "normal"),
        (3, "registered", "normal"),
    ],
)
def test_a_pending_case_is_watched_in_the_last_week_of_its_limit(db, days, stage, watch):
    due = clock.office_today() + timedelta(days)
    assert view(make.case(stage=stage, next_due=due)).watch == watch


@pytest.mark.parametrize("stage", ["examined", "lapsed"])
@pytest.mark.parametrize(("days", "watch"), [(0, True), (30, True), (-1, False)])
def test_a_case_that_a_person_wants_asked_every_day_is_until_that_day(db, stage, days, watch):
    until = clock.office_today() + timedelta(days)
    assert (view(make.case(stage=stage, daily_until=until)).watch == "hot") is watch


def test_when_a_case_was_last_asked_is_told_though_nothing_came_of_it(db):
    assert view(make.case(asked_at=NIGHT, last_outcome="empty")).tried_on == TODAY


def test_cases_whose_question_is_put_are_told_so(db):
    first, second = make.case("2023000001"), make.case("2023000002")
    found = {one.key: one.ordered for one in case_views(ordered={first.pk})}
    assert found == {first.pk: True, second.pk: False}


def test_documents_that_say_nothing_of_where_a_case_stands_are_not_read(db):
    case = make.case()
    for code in ("A63", "A631", "A7424", "Z999", "A131"):
        make.event(case, code)
    assert {code for code, _ in view(case).documents} == {"A63", "A631", "A131"}


# --- by which evidence ------------------------------------------------------------------------------------


def test_a_question_without_an_answer_leaves_the_day_of_the_last_answer(db):
    case = make.case(confirmed_at=MORNING - timedelta(9), asked_at=MORNING, last_outcome="timeout")
    found = view(case)
    assert (found.last_asked, found.last_outcome) == (date(2026, 11, 15), "timeout")


def test_documents_that_came_count_for_the_kinds_of_acts_they_show(db):
    case = make.case(confirmed_at=MORNING - timedelta(9))
    answered(case, "app_doc_cont_refusal_reason", MORNING)
    answered(case, "app_doc_cont_refusal_reason_decision", MORNING - timedelta(2))
    assert view(case).partly_asked == (("decision", date(2026, 11, 22)), ("notice", date(2026, 11, 24)))


def test_that_the_office_has_no_such_document_counts_as_an_answer(db):
    case, other = make.case(), make.case(law="design")  # the same number under another law
    called(case, "app_doc_cont_refusal_reason", MORNING, "no_body")
    assert view(case).partly_asked == (("notice", date(2026, 11, 24)),)
    assert view(other).partly_asked == ()


def test_that_there_was_no_such_document_half_a_year_ago_says_nothing_of_today(db):
    case = make.case()
    called(case, "app_doc_cont_refusal_reason", MORNING - timedelta(181), "no_body")
    assert view(case).partly_asked == ()


@pytest.mark.parametrize("outcome", ["ok", "empty", "timeout", "down", "daily_limit", "unreadable", ""])
def test_a_call_alone_proves_nothing(db, outcome):
    case = make.case()
    called(case, "app_doc_cont_refusal_reason", MORNING, outcome)
    answered(case, "app_doc_cont_refusal_reason", MORNING, taken_in=False)
    assert view(case).partly_asked == ()


def test_what_the_whole_history_has_confirmed_since_is_not_told_twice(db):
    case = make.case(confirmed_at=MORNING)
    answered(case, "app_doc_cont_refusal_reason", MORNING - timedelta(hours=1))
    assert view(case).partly_asked == ()


def test_what_the_office_says_arrives_in_the_view(examined, office, db):
    case = make.case(examined.case.number, filing_date=None)
    order = RefreshJob.objects.create(case=case, key="k", purpose="daily")
    run.run(order, tell=lambda news: None, release=lambda case: None)
    found = view(case)
    assert found.last_asked == office.now().astimezone(JST).date()
    assert found.filed_on and found.documents


# --- at any size ------------------------------------------------------------------------------------------


def test_the_docket_is_told_in_as_many_queries_whatever_its_size(db):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(case_views())
        return len(queries)

    def fill(start: int, stop: int) -> None:
        for n in range(start, stop):
            make.event(make.case(f"2023{n:06d}"))

    fill(0, 2)
    few = cost()
    fill(2, 40)
    assert cost() == few == 4


# --- the calls there are ----------------------------------------------------------------------------------


def calls(at: datetime = MORNING) -> dict[str, int]:
    return {one.bucket: one.calls for one in budgets(at)}


def test_every_law_has_its_own_buckets_with_what_each_can_see(db):
    found = {one.bucket: one.detector for one in budgets(MORNING)}
    assert len(found) == 15
    assert found["patent/app_progress"].whole and found["design/app_progress_simple"].whole
    assert found["trademark/app_doc_cont_refusal_reason"].sees == {"notice"}
    assert found["patent/app_doc_cont_refusal_reason_decision"].sees == {"notice", "decision"}
    assert found["design/registration_info"].states == {"registered"}
    assert all(one.laws == {bucket.partition("/")[0]} for bucket, one in found.items())


@pytest.fixture
def day(db):
    """An office day in the ledger: what is used of the full status of patents."""

    def used(**counts) -> None:
        QuotaDay.objects.create(credential="c", bucket="patent/app_progress", day=MORNING.date(), **counts)

    return used


def test_what_is_used_and_what_is_peoples_is_not_the_plans(day, settings):
    untouched = calls()["patent/app_progress"]
    day(used=100)
    assert calls()["patent/app_progress"] == untouched - 100
    assert calls()["patent/app_progress_simple"] == untouched
    assert untouched < 800 and settings.JPO_DAILY_LIMITS == {}


def test_what_is_kept_for_people_is_let_go_before_midnight(day):
    late = datetime(2026, 11, 24, 23, 59, tzinfo=JST)
    assert calls(late)["patent/app_progress"] > calls()["patent/app_progress"]


def test_a_limit_reached_leaves_the_other_buckets(day):
    day(used=300, exhausted=True)
    assert calls()["patent/app_progress"] == 0
    assert calls()["patent/app_progress_simple"] > 0


def test_a_limit_that_drops_in_the_middle_of_the_day_leaves_no_calls_and_never_fewer_than_none(day):
    whole = a_day()
    day(used=10_000, elsewhere=300)
    assert calls()["patent/app_progress"] == 0
    assert a_day() == whole - 300  # nor is more promised for tomorrow than has been left today


def test_what_others_with_the_same_id_have_used_lately_is_not_promised_either(db):
    whole = a_day()
    for n in (1, 2, 3, 30):
        QuotaDay.objects.create(
            credential="c", bucket="patent/app_progress", day=TODAY - timedelta(n), used=70, elsewhere=70
        )
    assert calls()["patent/app_progress"] == whole and a_day() == whole - 30


def test_a_counter_that_jumps_beyond_every_limit_leaves_nothing_and_breaks_nothing(day):
    day(used=900_000, elsewhere=899_000)
    assert calls()["patent/app_progress"] == a_day() == 0


def a_day(bucket: str = "patent/app_progress") -> int:
    return next(one.a_day for one in budgets(MORNING) if one.bucket == bucket)


def test_half_of_the_calls_for_documents_stay_for_those_known_and_not_read(db):
    assert calls()["patent/app_doc_cont_refusal_reason"] <= 100
