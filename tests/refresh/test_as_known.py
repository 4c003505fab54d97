"""The past is what was known then: read again from kept answers, never filled in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from apiclient.clock import JST, office_day
from dossiers import clock
from dossiers.docketing import actions
from dossiers.models import Case, RefreshJob, TimeLimit
from dossiers.refresh import jobs
from dossiers.refresh.as_known import between, days_of_change, known_on
from dossiers.refresh.run import run
from dossiers.refresh.take_in import take_in
from tests import make, replies

pytestmark = pytest.mark.django_db

NUMBER = "2023000123"
FILED = replies.document("A63", "20230110", "52300000001", "特許願")
REQUEST = replies.document("A621", "20250110", "52500000001", "出願審査請求書")
NOTICE = replies.document("A131", "20261105", "06126000321", "拒絶理由通知書")


@pytest.fixture
def at(monkeypatch):
    """Sets the clock to a day of November 2026, nine in the morning in Japan."""

    def set_to(day: int) -> datetime:
        moment = datetime(2026, 11, day, 9, 0, tzinfo=JST)
        monkeypatch.setattr("dossiers.clock.now", lambda: moment)
        return moment

    return set_to


def on(day: int) -> date:
    return date(2026, 11, day)


def told(case: Case, now: datetime, *documents, name: str = "app_progress", **fields) -> None:
    body = replies.progress(NUMBER, *documents, **fields)
    take_in(case, replies.answer(body, NUMBER, name=name, at=now), now=now, tell=lambda news: None)


@pytest.fixture
def case(at) -> Case:
    """Added on the 2nd, first read on the 4th; a notice is listed on the 10th, answered on the 20th."""
    made = make.case(NUMBER, title="", filing_date=None, residency="resident", added_at=at(2))
    told(made, at(4), FILED, REQUEST)
    told(made, at(6), FILED, REQUEST)
    told(made, at(10), FILED, REQUEST, NOTICE)
    answer = replies.document("A53", "20261118", "52600000009", "意見書")
    told(made, at(20), FILED, REQUEST, NOTICE, answer, inventionTitle="架空の計測装置及び方法")
    at(25)
    return made


def codes(known) -> set[str]:
    return {one.code for one in known.documents}


def test_before_the_case_was_added_and_before_its_first_answer_nothing_is_known(case):
    before, unread = known_on(case, on(1)), known_on(case, on(3))
    assert not before.in_docket and before.status is None
    assert unread.in_docket and unread.status is None and unread.stage is None
    assert not unread.values and not unread.documents and not unread.limits


def test_each_day_has_the_list_the_stage_and_the_limits_of_that_day(case):
    first, noticed, answered = (known_on(case, on(day)) for day in (5, 12, 24))
    assert codes(first) == {"A63", "A621"} and first.stage.code == "awaiting_examination"
    assert codes(noticed) == {"A63", "A621", "A131"} and noticed.stage.code == "response_due"
    assert (
        noticed.values["title"] == "架空の計測装置" and answered.values["title"] == "架空の計測装置及び方法"
    )
    of_notice = TimeLimit.objects.get(case=case, event__code="A131", duty="limit")
    assert of_notice.state == "done"
    states = {
        day: {one.pk: one.state for one in known_on(case, on(day)).limits} for day in (5, 9, 10, 19, 20)
    }
    assert [states[day].get(of_notice.pk) for day in (5, 9, 10, 19, 20)] == [
        None,
        None,
        "open",
        "open",
        "done",
    ]


def test_today_is_what_the_docket_says_today(case):
    known = known_on(case, clock.office_today())
    case.refresh_from_db()
    assert known.stage.code == case.stage and known.values["title"] == case.title
    stored = {(one.pk, one.due, one.state) for one in case.limits.all()}
    assert {(one.pk, one.due, one.state) for one in known.limits} == stored
    assert {one.key for one in known.documents} == set(case.events.values_list("key", flat=True))
    assert known.other_now == ()


def test_how_well_it_was_known_is_said(case):
    known = known_on(case, on(8))
    assert (office_day(known.status.first), office_day(known.status.last)) == (on(4), on(6))
    noticed = known_on(case, on(12))
    assert noticed.register is None and noticed.texts_missing == 1


def test_an_answer_that_came_unchanged_after_the_day_is_known_from_its_first_time(case):
    """Between the first and the last time of a kept answer nobody can say when it came."""
    known = known_on(case, on(5))
    assert office_day(known.status.last) == on(4)


def test_a_corrected_day_and_a_moved_limit_are_those_of_the_day(case, at):
    later = {**NOTICE, "legalDate": "20261109"}
    told(case, at(26), FILED, REQUEST, later)
    at(27)
    (before,) = [one for one in known_on(case, on(15)).documents if one.code == "A131"]
    (after,) = [one for one in known_on(case, on(26)).documents if one.code == "A131"]
    assert (before.day, after.day) == (on(5), on(9)) and before.key == after.key
    limit = TimeLimit.objects.get(case=case, event__code="A131", duty="limit")
    dues = [next(x.due for x in known_on(case, on(day)).limits if x.pk == limit.pk) for day in (15, 26)]
    assert dues[0] < dues[1] == limit.due


def test_what_vanished_from_the_list_is_there_on_the_days_before(case, at):
    told(case, at(26), FILED, REQUEST)
    assert "A131" in codes(known_on(case, on(25))) and "A131" not in codes(known_on(case, on(26)))


def test_an_answer_of_the_other_kind_since_then_counts(case, at):
    told(case, at(26), FILED, REQUEST, name="app_progress_simple")
    told(case, at(28), FILED, REQUEST, NOTICE)
    assert not known_on(case, on(26)).status.full and codes(known_on(case, on(26))) == {"A63", "A621"}
    assert known_on(case, on(28)).status.full


def test_an_answer_that_could_not_be_read_is_named_and_changes_nothing(case, at):
    now = at(26)
    broken = replies.answer(b'{"result": 7}', NUMBER, at=now)
    take_in(case, broken, now=now, tell=lambda news: None)
    known = known_on(case, on(26))
    assert [name for name, _ in known.not_read] == ["patent/app_progress"]
    assert known.documents == known_on(case, on(24)).documents
    assert known_on(case, on(25)).not_read == ()


def test_a_residency_set_later_is_not_known_before(case, at, bob):
    at(26)
    actions.set_residency(case, by=bob, value="overseas", reason="x", tell=lambda news: None)
    case.refresh_from_db()
    assert (known_on(case, on(25)).residency, known_on(case, on(26)).residency) == ("resident", "overseas")


def test_where_todays_rules_give_another_date_it_is_said(case):
    limit = TimeLimit.objects.get(case=case, event__code="A131", duty="limit")
    stood = limit.due - timedelta(days=1)
    limit.changes.create(at=datetime(2026, 11, 22, tzinfo=JST), field="due", old=stood.isoformat(), new="x")
    (other,) = known_on(case, on(12)).other_now
    assert (other.stood, other.given, other.pk) == (stood, limit.due, limit.pk)


def test_between_two_days_fields_documents_and_limits_differ(case):
    changes = between(known_on(case, on(5)), known_on(case, on(24)))
    assert ("title", "架空の計測装置", "架空の計測装置及び方法") in changes.values
    assert {new.code for old, new in changes.documents if old is None} == {"A131", "A53"}
    assert any(old is None and new.state == "done" for old, new in changes.limits)
    assert not between(known_on(case, on(13)), known_on(case, on(14))).any
    first = between(known_on(case, on(3)), known_on(case, on(5)))
    assert ("filing_date", None, date(2023, 1, 10)) in first.values


def test_every_day_on_which_something_changed_is_found_and_no_other(case):
    days = days_of_change(case)
    assert days == [on(2), on(4), on(10), on(20)]
    for earlier, later in pairwise(days):
        assert between(known_on(case, earlier), known_on(case, later)).any
        assert not between(known_on(case, earlier), known_on(case, later - timedelta(1))).any


def test_a_text_is_known_from_the_day_it_came(office):
    """Real answers: a notice dispatched today is listed tomorrow, and its text comes with it."""
    seen = office.cases("patent", limit=1, stage="examination")[0]
    case = make.case(seen.case.number, title="", filing_date=None)

    def refresh() -> date:
        RefreshJob.objects.create(case=case, key=f"daily:{clock.now().timestamp()}", purpose="daily")
        run(jobs.claim(), tell=lambda news: None, release=lambda case: None)
        case.refresh_from_db()
        return clock.office_today()

    before = refresh()
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    after = refresh()
    notice = case.events.get(code="A131", legal_date=before)
    assert notice.key not in {one.key for one in known_on(case, before).documents}
    (known,) = [one for one in known_on(case, after).documents if one.key == notice.key]
    assert (known.text, known.event) == ("read", notice.pk)
    assert known_on(case, after).other_now == () and known_on(case, after).stage.code == case.stage
