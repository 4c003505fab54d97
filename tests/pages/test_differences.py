"""Own records against the office's data, on their page, on the case's, and as a table of many."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dossiers.docketing import differences
from dossiers.docketing.differences import enter
from dossiers.models import AuditEntry, Difference, OwnRecord

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def row(bob) -> Difference:
    case = docket.confirmed_case(owner=bob)
    enter(case, by=bob, values={"filing_date": "2023/1/11"})
    return Difference.objects.get()


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def decide(client, row, action, **form):
    sent = {"seen": row.seen_at.isoformat(), **form}
    return client.post(f"/differences/{row.pk}/{action}/", sent, follow=True)


def test_both_values_stand_side_by_side(signed_in, row):
    text = text_of(signed_in.get("/differences/"))
    assert "Filing date" in text and "2023-01-11" in text and "2023-01-10" in text


def test_taking_the_offices_value_over_keeps_ours_in_the_history(signed_in, row, bob):
    answer = decide(signed_in, row, "accept")
    assert "Your record now has the office" in text_of(answer)
    assert list(OwnRecord.objects.values_list("value", flat=True)) == ["2023-01-10", "2023-01-11"]
    assert AuditEntry.objects.filter(action="difference.accept", actor=bob).exists()


def test_a_decision_is_undone_with_one_press(signed_in, row):
    for action in ("accept", "ignore"):
        answer = decide(signed_in, row, action)
        assert f"/differences/{row.pk}/undo/" in answer.content.decode()
        decide(signed_in, row, "undo")
        row.refresh_from_db()
        assert (row.state, differences.own_values(row.case)) == ("open", {"filing_date": "2023-01-11"})


def test_an_ignored_one_leaves_the_list_with_its_reason_kept(signed_in, row):
    decide(signed_in, row, "ignore", note="原簿の誤記 <b>")
    assert signed_in.get("/differences/").context["page"].paginator.count == 0
    assert "原簿の誤記 &lt;b&gt;" in signed_in.get("/differences/?state=ignored").content.decode()


def test_what_moved_since_it_was_seen_is_not_decided(signed_in, row):
    answer = decide(signed_in, row, "accept", seen="2020-01-01T00:00:00+00:00")
    assert "has changed since you saw it" in text_of(answer)
    row.refresh_from_db()
    assert row.state == "open"


def test_an_unknown_decision_does_not_exist(signed_in, row):
    assert decide(signed_in, row, "delete").status_code == 404


def test_the_first_page_counts_what_is_open(signed_in, row):
    text = signed_in.get("/?scope=all").content.decode()
    assert "<b>1</b><span>differences from our records</span>" in text
    decide(signed_in, row, "ignore")
    assert "differences from our records" not in signed_in.get("/?scope=all").content.decode()


def test_mine_shows_only_my_cases(signed_in, row, alice):
    row.case.owner = alice
    row.case.save()
    assert signed_in.get("/differences/?scope=mine").context["page"].paginator.count == 0
    assert signed_in.get("/differences/?scope=all").context["page"].paginator.count == 1


def test_the_list_costs_the_same_for_few_and_for_many(signed_in, bob):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            signed_in.get("/differences/")
        return len(queries)

    def fill(start: int, stop: int) -> None:
        for n in range(start, stop):
            enter(docket.confirmed_case(f"2023{n + 1:06d}", owner=bob), by=bob, values={"title": "別"})

    fill(0, 3)
    cost()
    few = cost()
    fill(3, 30)
    assert cost() == few


# --- on the case's page -----------------------------------------------------------------------------------


def test_own_records_are_entered_on_the_case_and_compared_at_once(signed_in, bob):
    case = docket.confirmed_case()
    form = {"title": "別の名称", "filing_date": "令和5年1月10日"}
    answer = signed_in.post(docket.page_of(case, "records/"), form, follow=True)
    assert "1 difference" in text_of(answer)
    assert differences.own_values(case) == {"title": "別の名称", "filing_date": "2023-01-10"}
    assert 'value="別の名称"' in answer.content.decode()


def test_a_date_that_cannot_be_read_comes_back_as_it_was_typed(signed_in, db):
    case = docket.confirmed_case()
    answer = signed_in.post(docket.page_of(case, "records/"), {"title": "別", "filing_date": "来年"})
    assert answer.status_code == 422
    assert 'value="来年"' in answer.content.decode() and "Please write the date as" in text_of(answer)
    assert not OwnRecord.objects.exists()


def test_saving_without_a_change_adds_nothing(signed_in, row):
    page = docket.page_of(row.case, "records/")
    assert "Nothing was changed." in text_of(signed_in.post(page, {"filing_date": "2023-01-11"}, follow=True))
    assert OwnRecord.objects.count() == 1


def test_emptying_a_field_takes_the_value_back_and_keeps_it_in_the_history(signed_in, row):
    answer = signed_in.post(docket.page_of(row.case, "records/"), {"filing_date": ""}, follow=True)
    assert "taken back" in text_of(answer)
    row.refresh_from_db()
    assert row.state == "settled"


# --- a table of many --------------------------------------------------------------------------------------

TABLE = "番号,出願日,名称\n特願2023-000123,令和5年1月11日,\nREF-2,2023/1/10,別の名称\n"


@pytest.fixture
def two(db):
    return docket.confirmed_case(), docket.confirmed_case("2023000124", own_reference="REF-2")


def test_a_table_is_shown_line_by_line_before_anything_is_written(signed_in, two):
    answer = signed_in.post("/differences/records/", {"text": TABLE})
    assert len(answer.context["table"].good) == 2
    assert "2023-01-11" in text_of(answer) and not OwnRecord.objects.exists()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_column_may_be_called_as_the_page_calls_it(signed_in, two, language):
    with translation.override(language):
        called = [str(field.label) for field in OwnRecord.Field]
    head = "\t".join(["number", *called])
    answer = signed_in.post("/differences/records/", {"text": f"{head}\n{two[0].application_number}\tx"})
    assert not answer.context["form"].errors


def test_writing_a_table_enters_each_line(signed_in, two):
    signed_in.post("/differences/records/", {"text": TABLE, "save": "1"})
    assert [differences.own_values(case) for case in two] == [
        {"filing_date": "2023-01-11"},
        {"filing_date": "2023-01-10", "title": "別の名称"},
    ]
    assert Difference.objects.count() == 2


def test_lines_that_cannot_be_taken_come_back_and_the_others_are_written(signed_in, two):
    bad = TABLE + '特願2099-000001,2023/1/1,"a, ""b"""\nREF-2,2023/1/9,\n特願2023-000123,,\n,2023/1/1,\n'
    answer = signed_in.post("/differences/records/", {"text": bad, "save": "1"})
    assert OwnRecord.objects.count() == 3
    text = answer.context["form"]["text"].value()
    assert text.splitlines()[0] == "番号,出願日,名称" and '"a, ""b"""' in text
    words = [line.word for line in answer.context["table"].lines]
    assert words == ["特願2099-000001", "REF-2", "特願2023-000123", ""]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("特願2023-000999,2023/1/1", "no_case"),
        ("2023-000123,2023/1/1", "several_cases"),
        ("REF-2,2023/13/1", "not_a_date"),
        ("REF-2,", "no_value"),
        ("REF-2,2023/1/1,more", "too_many_cells"),
    ],
)
def test_each_line_says_what_is_wrong_with_it(signed_in, two, line, problem):
    docket.confirmed_case("2023000123", "design")
    answer = signed_in.post("/differences/records/", {"text": f"number,filing date\n{line}\n"})
    (found,) = answer.context["table"].lines
    assert found.problem == problem
    assert answer.context["lines"][0]["problem"] in text_of(answer)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no line in it."),
        ("number,colour\nREF-2,red", "This column is not known: colour"),
        ("title,filing date\nx,y", "No column names the case."),
        ("number\nREF-2", "there is no column to read"),
        ("number,title,名称\nREF-2,a,b", "This field has two columns: 名称"),
        ("number,title\n" + "REF-2,x\n" * 2001, "2001 lines are too many at once"),
    ],
)
def test_a_table_that_is_none_is_refused_with_the_reason_and_kept(signed_in, two, text, words):
    answer = signed_in.post("/differences/records/", {"text": text})
    assert answer.status_code == 422 and words in text_of(answer)
    assert answer.context["form"]["text"].value() == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_file_of_a_japanese_spreadsheet_is_read(signed_in, two, encoding):
    upload = SimpleUploadedFile("records.csv", TABLE.replace(",", ";").encode(encoding))
    answer = signed_in.post("/differences/records/", {"upload": upload})
    assert len(answer.context["table"].good) == 2


def test_a_file_that_is_no_text_is_refused(signed_in, two):
    upload = SimpleUploadedFile("records.csv", b"\x00\x01\x02")
    assert signed_in.post("/differences/records/", {"upload": upload}).status_code == 422
