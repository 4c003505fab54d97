"""What the office takes back, corrects or delivers out of turn: no date stays wrong, no text stays unread."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest

from dossiers.docketing import actions
from dossiers.models import Case, Event, News, TimeLimit
from dossiers.refresh.events import acts_of
from dossiers.refresh.take_in import take_in
from tests import make
from tests.make import SEEN
from tests.replies import answer, document, progress

pytestmark = pytest.mark.django_db
NUMBER = "2023000123"
REQUESTED = document("A621", "20230201", "52300000900", "出願審査請求書", "S")
NOTICE = document("A131", "20261120", "06126000321", "拒絶理由通知書")


def read(case: Case, *rows: dict[str, str], day: int = 0, name: str = "app_progress", **more) -> list[News]:
    told: list[News] = []
    at = SEEN + timedelta(days=day)
    body = progress(NUMBER, *rows, **more)
    take_in(case, answer(body, NUMBER, name=name, at=at), now=at, tell=told.extend)
    return told


def response(case: Case) -> TimeLimit:
    return case.limits.get(rule_id="pat.oa.response")


def test_a_dispatch_date_that_the_office_corrects_moves_the_limit_and_asks_for_a_new_check(alice):
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    actions.confirm(response(case), by=alice)
    told = read(case, REQUESTED, {**NOTICE, "legalDate": "20261113"}, day=1)
    limit = response(case)
    assert (limit.base_date, limit.due) == (date(2026, 11, 13), date(2027, 1, 12))
    assert limit.confirmed_at is None
    assert [news.kind for news in told] == [News.Kind.LIMIT_MOVED]
    assert case.events.filter(code="A131").count() == 1


def test_two_dates_for_one_notice_are_counted_from_the_earlier_and_put_before_a_person():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE, {**NOTICE, "legalDate": "20261113", "documentSeparator": "S"})
    assert response(case).base_date == date(2026, 11, 13)
    assert case.reviews.get(kind="dates_differ").closed_at is None


def test_a_notice_missing_from_a_simplified_reply_is_back_with_the_same_full_one():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    read(case, REQUESTED, day=1, name="app_progress_simple")
    assert response(case).state == TimeLimit.State.GONE
    read(case, REQUESTED, NOTICE, day=2)
    assert response(case).state == TimeLimit.State.OPEN
    assert not case.reviews.filter(kind="vanished", closed_at=None).exists()


def test_a_document_that_vanishes_again_is_put_before_a_person_again(alice):
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    read(case, REQUESTED, day=1)
    actions.close_review(case.reviews.get(kind="vanished"), by=alice, resolution="庁に確認済み")
    read(case, REQUESTED, NOTICE, day=2)
    read(case, REQUESTED, day=3)
    assert case.reviews.get(kind="vanished").closed_at is None


def test_a_text_the_office_comes_to_hold_later_is_to_be_fetched():
    case = make.case(NUMBER)
    read(case, REQUESTED, {**NOTICE, "availabilityFlag": "0"})
    assert case.events.get(code="A131").notice_state == Event.NoticeState.NONE
    read(case, REQUESTED, NOTICE, day=1)
    assert case.events.get(code="A131").notice_state == Event.NoticeState.NOT_FETCHED


def archive() -> bytes:
    out = io.BytesIO()
    text = "この通知書の発送の日から６０日以内に意見書を提出してください。"
    page = f"<HTML><BODY><PRE>拒絶理由通知書\n{text}</PRE></BODY></HTML>"
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("06126000321-jpntce.htm", page.encode("cp932"))
    return out.getvalue()


def test_a_text_delivered_before_its_act_is_listed_is_read_when_the_list_names_it():
    """The archive does not change any more, so that it is never taken in again."""
    case = make.case(NUMBER)
    read(case, REQUESTED)
    early = answer(archive(), NUMBER, name="app_doc_cont_refusal_reason")
    take_in(case, early, now=SEEN, tell=lambda news: None)
    assert case.reviews.get(kind="unlisted_paper").closed_at is None
    read(case, REQUESTED, NOTICE, day=1)
    assert case.papers.get().event == case.events.get(code="A131")
    assert case.events.get(code="A131").notice_state != Event.NoticeState.NOT_FETCHED
    assert case.reviews.get(kind="unlisted_paper").closed_at is not None


def test_a_limit_still_answered_by_another_paper_names_that_one():
    case = make.case(NUMBER)
    opinion = document("A53", "20261210", "52600000222", "意見書", "S")
    amendment = document("A523", "20261210", "52600000223", "手続補正書", "S")
    read(case, REQUESTED, NOTICE, opinion, amendment)
    assert response(case).proof.code == "A53"
    read(case, REQUESTED, NOTICE, amendment, day=1)
    limit = response(case)
    assert limit.state == TimeLimit.State.DONE and limit.proof.code == "A523"


def test_the_order_of_the_list_does_not_matter():
    twin = document("A01", "20260601", "99999999999", "特許査定", " ", "0")
    rows = [NOTICE, {**NOTICE, "documentSeparator": "S"}, document("A01", "20260601", "06126000777"), twin]
    reply = [
        answer(progress(NUMBER, *some), NUMBER).reply.bibliography
        for some in (rows, rows[::-1], [*rows[2:], *rows[:2]])
    ]
    told = [[(act.code, act.number, act.on, len(act.rows)) for act in acts_of(blocks)] for blocks in reply]
    assert told[0] == told[1] == told[2] and len(told[0]) == 2


@pytest.mark.parametrize(("generation", "due"), [("1", date(2025, 4, 11)), ("2", date(2025, 2, 6))])
def test_a_divisional_is_counted_from_its_original_even_after_a_simplified_reply(generation, due):
    """A grandchild's parent is itself a divisional: its filing date is not the one that counts."""
    case = make.case(NUMBER)
    filed = document("A63", "20250107", "52500000001", "特許願", "S")
    family = {
        "filingDate": "20250107",
        "parentApplicationInformation": {
            "parentApplicationNumber": "2022000111",
            "filingDate": "20220411",
        },
        "divisionalApplicationInformation": [
            {"applicationNumber": NUMBER, "divisionalGeneration": generation}
        ],
    }
    read(case, filed, **family)
    read(case, filed, day=1, name="app_progress_simple", filingDate="20250107")
    limit = case.limits.get(rule_id="pat.exam.request")
    assert limit.due == due
    assert case.reviews.filter(kind="original_filing_unknown").exists() == (generation == "2")


def test_a_running_limit_that_leaves_the_data_and_one_that_runs_again_are_news():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    gone = read(case, REQUESTED, day=1)
    assert [(news.kind, news.detail["old"], news.detail["new"]) for news in gone] == [
        (News.Kind.LIMIT_MOVED, "2027-01-19", "")
    ]
    again = read(case, REQUESTED, NOTICE, day=2)
    assert [(news.kind, news.detail["new"]) for news in again] == [(News.Kind.LIMIT_MOVED, "2027-01-19")]


def test_an_answer_that_leaves_the_data_is_news_for_its_limit_runs_again():
    case = make.case(NUMBER)
    opinion = document("A53", "20261210", "52600000222", "意見書", "S")
    read(case, REQUESTED, NOTICE, opinion)
    told = read(case, REQUESTED, NOTICE, day=1)
    assert [(news.kind, news.event.code) for news in told] == [(News.Kind.LIMIT_MOVED, "A131")]


def test_a_limit_said_to_be_done_tells_when_its_date_moves(alice):
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    actions.claim_done(response(case), by=alice, reason="提出済み")
    told = read(case, REQUESTED, {**NOTICE, "legalDate": "20261113"}, day=1)
    assert [news.kind for news in told] == [News.Kind.LIMIT_MOVED]
