"""The board that proves nothing fell through, and the account of one case."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers import clock
from dossiers.docketing import recounting
from dossiers.docketing.store import recount
from dossiers.models import AuditEntry, Case, CoverageDay, Event
from dossiers.views.coverage_chart import draw
from tests import make

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def table_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def case(bob) -> Case:
    """One document with a limit, one that nobody can place."""
    case = docket.confirmed_case(owner=bob)
    docket.refused(case)
    docket.unknown(case)
    return case


# --- the board --------------------------------------------------------------------------------------------


def test_the_figure_counts_every_document_of_others_and_names_what_is_open(signed_in, case):
    make.event(case, "A523", side="applicant", account="own")
    answer = signed_in.get("/completeness/")
    assert "1 of 2 documents are accounted for" in text_of(answer)
    assert [event.code for event in answer.context["page"]] == ["Z999"]
    assert "dispatched 5 days ago" in text_of(answer)


def test_a_document_is_accounted_for_from_the_board_itself(signed_in, case, bob):
    event = case.events.get(code="Z999")
    form = {"reason": "通知のみ", "next": "/completeness/"}
    answer = signed_in.post(f"/reviews/documents/{event.pk}/account/", form, follow=True)
    assert answer.redirect_chain[-1][0] == "/completeness/"
    assert "2 of 2 documents are accounted for" in text_of(answer)
    assert "Nothing is open" in text_of(answer)


def test_the_longest_open_comes_first_and_one_without_a_date_before_all(signed_in, case):
    for on, number in ((docket.days_ago(400), "1"), (docket.days_ago(30), "2"), (None, "3")):
        make.event(case, "Z999", on=on, document_number=number)
    shown = [event.legal_date for event in signed_in.get("/completeness/").context["page"]]
    assert shown == [None, docket.days_ago(400), docket.days_ago(30), docket.days_ago(5)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"confirmed_at": None}, "1 case was never confirmed"),
        ({"last_outcome": "timeout"}, "1 of 1 cases could not be confirmed"),
        ({"last_outcome": "unreadable"}, "The last answer on 1 case could not be read"),
    ],
)
def test_a_full_figure_of_doubtful_cases_does_not_look_safe(signed_in, bob, fields, words):
    docket.refused(docket.confirmed_case(owner=bob))
    assert "1 of 1 documents" in text_of(signed_in.get("/completeness/"))
    Case.objects.update(**fields)
    answer = signed_in.get("/completeness/")
    assert words in text_of(answer)
    assert "2023-000123" in text_of(answer)


def test_texts_not_read_and_documents_gone_are_named_beside_the_figure(signed_in, case):
    Event.objects.filter(code="A131").update(notice_state="unreadable")
    Event.objects.filter(code="Z999").update(vanished_at=clock.now())
    recount(case)
    text = text_of(signed_in.get("/completeness/"))
    assert "1 of 1 documents" in text
    assert "The text of 1 document could not be read" in text
    assert "1 document is no longer in the office's list and not in the figure" in text


def test_mine_the_teams_and_everybodys_are_told_apart(signed_in, alice, bob):
    carol = make.user("carol")
    for n, owner in enumerate((alice, bob, carol)):
        docket.unknown(docket.confirmed_case(f"202300000{n}", owner=owner))
    team = Group.objects.create(name="特許一部")
    team.user_set.add(alice, bob)
    counts = {
        scope: signed_in.get("/completeness/", {"scope": scope}).context["total"].open
        for scope in ("mine", "team", "all")
    }
    assert counts == {"mine": 1, "team": 2, "all": 3}


def test_the_board_narrows_by_law_person_and_code(signed_in, alice, case):
    other = docket.confirmed_case("2024000001", "trademark", owner=alice)
    docket.unknown(other)
    make.event(docket.confirmed_case("2024000002", "design"), "Z998")

    def codes(**query: object) -> list[str]:
        return [event.code for event in signed_in.get("/completeness/", query).context["page"]]

    assert sorted(codes()) == ["Z998", "Z999", "Z999"]
    assert codes(law="design") == ["Z998"]
    assert codes(owner=alice.pk) == ["Z999"]
    assert codes(owner="none") == ["Z998"]
    assert codes(code="Z998") == ["Z998"]


def test_what_no_filter_means_narrows_nothing(signed_in, case):
    odd = {"scope": "theirs", "law": "utility", "owner": "²", "page": "x"}
    assert len(signed_in.get("/completeness/", odd).context["page"]) == 1


def test_the_board_costs_the_same_for_few_and_for_many(signed_in, bob):
    def cost() -> int:
        signed_in.get("/completeness/")
        with CaptureQueriesContext(connection) as queries:
            signed_in.get("/completeness/")
        return len(queries)

    def fill(start: int, stop: int) -> None:
        for n in range(start, stop):
            fields = {"last_outcome": "timeout"} if n % 2 else {}
            case = docket.confirmed_case(f"2023{n + 1:06d}", owner=bob if n % 3 else None, **fields)
            docket.refused(case, notice_state="unreadable", news=False)
            docket.unknown(case)
            day = docket.days_ago(n)
            CoverageDay.objects.create(day=day, dispatched=9, accounted=n % 9, cases=1, cases_not_confirmed=0)

    fill(0, 4)
    few = cost()
    fill(4, 40)
    assert cost() == few


# --- the figure of each day -------------------------------------------------------------------------------


@pytest.fixture
def days(db) -> list[CoverageDay]:
    today = clock.office_today()
    made = [
        CoverageDay(
            day=today - timedelta(n), dispatched=40, accounted=40 - (n % 3), cases=7, cases_not_confirmed=1
        )
        for n in range(100)
        if n != 5
    ]
    return CoverageDay.objects.bulk_create(made)


def test_ninety_days_are_drawn_with_their_numbers_beside(signed_in, days):
    answer = signed_in.get("/completeness/")
    assert answer.content.decode().count("<rect class=") == 89  # one day has no figure: a gap
    assert len(answer.context["days"]) == 89
    assert "38 / 40" in text_of(answer)


def test_every_day_ever_kept_is_in_the_file(signed_in, days):
    rows = table_of(signed_in.get("/completeness/days.csv"))
    assert len(rows) == 99
    assert rows[1] == {
        "Office day": str(clock.office_today() - timedelta(1)),
        "Documents": "40",
        "Accounted for": "39",
        "Open": "1",
        "Oldest open, dispatched": "",
        "Cases": "7",
        "Cases not confirmed": "1",
    }


def test_bars_grow_with_what_is_open_and_a_whole_day_is_flat(days):
    chart = draw(days, clock.office_today())
    heights = {column.row.open: column.height for column in chart.columns}
    assert heights[0] < heights[1] < heights[2]
    assert draw([], clock.office_today()) is None


# --- one case ---------------------------------------------------------------------------------------------


def test_a_case_accounts_for_each_document(signed_in, case):
    text = text_of(signed_in.get(docket.page_of(case, "account/")))
    limit = case.limits.exclude(event=None).get()
    assert "1 of 2 documents are accounted for" in text
    assert limit.title_en in text and limit.due.isoformat() in text
    assert "Not accounted for" in text


def test_who_decided_and_why_stands_in_the_account_and_its_file(signed_in, case, bob):
    event = case.events.get(code="Z999")
    signed_in.post(f"/reviews/documents/{event.pk}/account/", {"reason": "=通知のみ"})
    text = text_of(signed_in.get(docket.page_of(case, "account/")))
    assert "=通知のみ" in text and "Bob Attorney" in text
    rows = {row["Code"]: row for row in table_of(signed_in.get(docket.page_of(case, "account.csv")))}
    assert rows["Z999"]["Decided by"] == "Bob Attorney"
    assert rows["Z999"]["Which, or why"] == "'=通知のみ"  # no formula in a spreadsheet
    assert rows["A131"]["What became of it"] == "Time limit"


def test_a_document_that_left_the_list_stays_in_the_account(signed_in, case):
    case.events.filter(code="Z999").update(vanished_at=clock.now())
    text = text_of(signed_in.get(docket.page_of(case, "account/")))
    assert "no longer in the office's list" in text and "1 of 1 documents" in text


def test_an_unconfirmed_case_does_not_claim_that_there_is_nothing(signed_in, db):
    case = docket.confirmed_case(confirmed_at=None)
    text = text_of(signed_in.get(docket.page_of(case, "account/")))
    assert "the office has not confirmed this case yet" in text


def test_hostile_words_are_shown_as_words(signed_in, case):
    case.events.update(description=docket.HOSTILE[:200], account_reason_en="<script>alert(1)</script>")
    for page in ("/completeness/", docket.page_of(case, "account/")):
        assert "<script>alert" not in signed_in.get(page).content.decode()


def test_a_sum_that_went_wrong_is_put_right_within_a_day_and_told(signed_in, case):
    Case.objects.update(not_accounted=0, with_limit=7)
    assert recounting.keep_honest(clock.now()) == 1
    text = text_of(signed_in.get("/completeness/"))
    assert "1 of 2 documents" in text
    assert "1 case had wrong sums" in text
    assert AuditEntry.objects.filter(action="case.sums_corrected", case=case).count() == 1
    assert recounting.keep_honest(clock.now()) is None, "once a day"


def test_the_board_says_when_everything_was_counted_again(signed_in, case):
    assert recounting.keep_honest(clock.now()) == 0
    assert "counted again from every document" in text_of(signed_in.get("/completeness/"))
