"""Everything can be taken away: whole, in the reader's words, and safe to open."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, datetime, timedelta

import pytest
from django.utils import translation
from openpyxl import load_workbook

from dossiers import clock
from dossiers.docketing import actions
from dossiers.intake.cases import edit_case
from dossiers.models import AuditEntry, Case, Event, FirmPolicy, TimeLimit
from dossiers.views import tables, workbook
from tests import make

from . import docket

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def refused(bob):
    """A refused case with a limit, and another case beside it."""
    case = docket.confirmed_case(own_reference="=A-1", owner=bob)
    docket.refused(case)
    docket.unknown(docket.confirmed_case("2022000777", own_reference="B-2"))
    Event.objects.update(first_seen_at=clock.now() - timedelta(hours=1))
    return case


def limit_of(case: Case) -> TimeLimit:
    """The limit to answer the notice."""
    return TimeLimit.objects.get(case=case, event__code="A131", duty="limit")


def streamed(answer) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def rows_of(client, address: str, **asked) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(streamed(client.get(address, asked)).decode("utf-8-sig"))))


def told(client, address: str, **asked) -> list[dict]:
    return json.loads(streamed(client.get(address, asked)))


def sheet_of(client, address: str, **asked):
    book = load_workbook(io.BytesIO(streamed(client.get(address, asked))))
    head, *rows = book.worksheets[0].iter_rows()
    return [dict(zip([cell.value for cell in head], row, strict=True)) for row in rows]


KINDS = ("cases", "limits", "documents", "history")


@pytest.mark.parametrize("kind", KINDS)
def test_the_three_forms_of_a_table_say_the_same(signed_in, refused, kind):
    lines, things = rows_of(signed_in, f"/exports/{kind}.csv"), told(signed_in, f"/exports/{kind}.json")
    cells = sheet_of(signed_in, f"/exports/{kind}.xlsx")
    assert len(lines) == len(things) == len(cells) > 0
    for line, row in zip(lines, cells, strict=True):
        assert line.keys() == row.keys()
        assert line["Own reference"].lstrip("'") == (row["Own reference"].value or "")
        assert row["Own reference"].data_type != "f"
    assert {line["Law"] for line in lines} <= {"Patent", ""}
    assert {one["law"] for one in things} <= {"patent", ""}


@pytest.mark.parametrize("kind", KINDS)
def test_one_case_alone(signed_in, refused, kind):
    address = docket.page_of(refused, f"export/{kind}.csv")
    lines = rows_of(signed_in, address)
    assert lines and {line["Application number"] for line in lines} == {refused.application_number}
    name = signed_in.get(address)["Content-Disposition"]
    assert f'"{kind}-patent-{refused.application_number}-{clock.office_today()}.csv"' in name


@pytest.mark.parametrize("kind", KINDS)
def test_of_the_cases_a_list_shows(signed_in, refused, kind):
    asked = {"cases": "1", "q": "B-2"}
    assert {line["Own reference"] for line in rows_of(signed_in, f"/exports/{kind}.csv", **asked)} == {"B-2"}
    assert rows_of(signed_in, f"/exports/{kind}.csv", cases="1", q="何もない") == []
    assert told(signed_in, f"/exports/{kind}.json", cases="1", q="何もない") == []


def test_a_table_there_is_none_of_is_not_found(signed_in, refused):
    for address in (
        "/exports/secrets.csv",
        "/exports/cases.exe",
        docket.page_of(refused, "export/cases.pdf"),
    ):
        assert signed_in.get(address).status_code == 404
    assert signed_in.get("/cases/patent/2000000000/export/cases.csv").status_code == 404


def test_limits_say_what_is_not_known_and_what_they_follow_from(signed_in, refused):
    TimeLimit.objects.exclude(pk=limit_of(refused).pk).delete()
    TimeLimit.objects.update(due=None, stands_until=None)
    (line,) = rows_of(signed_in, docket.page_of(refused, "export/limits.csv"))
    assert (line["Last day"], line["On the last day"]) == ("", "date not known: read the document")
    assert "(A131, " in line["Follows from"] and line["State"] == "Open"
    (one,) = told(signed_in, docket.page_of(refused, "export/limits.json"))
    assert (one["due"], one["state"], one["state_words"]) == (None, "open", "Open")
    assert one["due_note"] == "date not known: read the document"


DAYS = {
    "cases": ("Next time limit", "Filing date", "Confirmed by the office", "Added on"),
    "limits": ("Last day", "Counted from", "What can still be done, until", "Docketed on"),
    "documents": ("Date", "First seen"),
    "history": ("When",),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_spreadsheet_sorts_days_as_days(signed_in, refused, kind):
    """Each cell of a column of days is a day or empty: a word among them would be sorted as text."""
    cells = sheet_of(signed_in, f"/exports/{kind}.xlsx")
    lines, things = rows_of(signed_in, f"/exports/{kind}.csv"), told(signed_in, f"/exports/{kind}.json")
    for name in DAYS[kind]:
        of_column = [row[name] for row in cells]
        assert {cell.is_date for cell in of_column if cell.value is not None} == {True}, name
        assert all(datetime.fromisoformat(line[name]) for line in lines if line[name])
    assert len(things) == len(lines)


def test_the_last_day_is_the_same_day_in_each_form(signed_in, refused):
    TimeLimit.objects.exclude(pk=limit_of(refused).pk).delete()
    due = limit_of(refused).due
    (line,) = rows_of(signed_in, "/exports/limits.csv")
    (one,) = told(signed_in, "/exports/limits.json")
    (row,) = sheet_of(signed_in, "/exports/limits.xlsx")
    assert line["Last day"] == one["due"] == due.isoformat()
    assert row["Last day"].value == datetime.combine(due, datetime.min.time())
    assert not line["On the last day"] and row["On the last day"].value is None


def test_a_case_says_beside_its_next_day_that_another_one_is_not_known(signed_in, refused):
    def notes() -> dict[str, tuple[str, str]]:
        lines = rows_of(signed_in, "/exports/cases.csv")
        return {
            one["Own reference"]: (one["Next time limit"], one["On the next time limit"]) for one in lines
        }

    limit = limit_of(refused)
    Case.objects.update(next_due=None)
    Case.objects.filter(pk=refused.pk).update(next_due=limit.due)
    TimeLimit.objects.exclude(pk=limit.pk).delete()
    assert notes() == {"'=A-1": (limit.due.isoformat(), ""), "B-2": ("", "none known")}
    limit.pk, limit.key, limit.due = None, "another", None
    limit.save()
    said = "there is a time limit whose date is not known: read the document"
    assert notes()["'=A-1"] == (limit_of_day(refused).isoformat(), said)


def limit_of_day(case: Case) -> date:
    return TimeLimit.objects.get(case=case, due__isnull=False).due


def test_what_was_never_confirmed_says_so_beside_its_empty_day(signed_in, refused):
    Case.objects.update(confirmed_at=None)
    lines = rows_of(signed_in, "/exports/cases.csv")
    said = {(one["Confirmed by the office"], one["On the confirmation"]) for one in lines}
    assert said == {("", "never")}


FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "\u3000＝1",
    "＋1",
    "＠x",
    "\u200b=1",
    "−1",
    "|=1",
    "%0A=1",
)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_was_typed_or_sent_is_a_formula_in_any_form(signed_in, refused, kind):
    """Every text that people or the office can fill."""
    for text in FORMULAS:
        Case.objects.filter(pk=refused.pk).update(
            title=text, applicants_text=text, own_reference=text, client=text, note=text
        )
        Event.objects.filter(case=refused).update(description=text, document_number=text)
        TimeLimit.objects.filter(case=refused).update(title_en=text, state_reason_en=text)
        for line in rows_of(signed_in, f"/exports/{kind}.csv"):
            for cell in line.values():
                assert not cell or cell.strip("\u200b\ufeff \t\u3000")[:1] not in "=+-@＝＋－＠−", cell
        for row in sheet_of(signed_in, f"/exports/{kind}.xlsx"):
            assert "f" not in {cell.data_type for cell in row.values()}
        told(signed_in, f"/exports/{kind}.json")


def test_the_list_of_limits_is_exported_as_narrowed(signed_in, refused):
    actions.not_needed(limit_of(refused), by=refused.owner, reason="x")
    every = rows_of(signed_in, "/exports/limits.csv")
    closed = rows_of(signed_in, "/exports/limits.csv", list="1", state="closed")
    still = rows_of(signed_in, "/exports/limits.csv", list="1", state="open")
    assert "Not needed" in {line["State"] for line in closed}
    assert {line["State"] for line in still} == {"Open"}
    assert len(every) == len(still) + len(closed)


def test_a_date_to_be_found_blind_is_in_no_export(signed_in, refused):
    FirmPolicy.objects.create(pk=1, blind_check=True)
    limit = limit_of(refused)
    limit.changes.create(field="due", old="2026-01-01", new=limit.due.isoformat(), reason_en="x")
    Case.objects.filter(pk=refused.pk).update(next_due=limit.due)
    for kind in ("cases", "limits", "history"):
        for form in ("csv", "json"):
            body = streamed(signed_in.get(f"/exports/{kind}.{form}")).decode()
            assert "to be found blind" in body and limit.due.isoformat() not in body


def test_the_history_tells_documents_limits_and_acts_in_order(signed_in, refused, bob):
    edit_case(refused, by=bob, tell=lambda news: None, note="neu")
    limit = limit_of(refused)
    actions.confirm(limit, by=bob)
    lines = rows_of(signed_in, docket.page_of(refused, "export/history.csv"))
    assert [line["When"] for line in lines] == sorted(line["When"] for line in lines)
    said = {(line["Kind"], line["What"].partition(":")[0], line["Who"]) for line in lines}
    assert ("Act", "case edited", str(bob)) in said
    assert ("Document", "seen in the office's list", "") in said
    assert any(kind == "Time limit" and who == str(bob) for kind, _, who in said)


def test_the_history_of_some_days_alone(signed_in, refused):
    today = clock.office_today()
    every = rows_of(signed_in, "/exports/history.csv")
    assert (
        rows_of(signed_in, "/exports/history.csv", **{"from": today - timedelta(1), "until": today}) == every
    )
    assert rows_of(signed_in, "/exports/history.csv", **{"from": today + timedelta(1)}) == []
    assert rows_of(signed_in, "/exports/history.csv", until=today - timedelta(2)) == []
    assert rows_of(signed_in, "/exports/history.csv", **{"from": "gestern", "until": "9999-12-31"}) == every


def test_acts_about_no_case_are_for_administrators(signed_in, refused, bob):
    AuditEntry.objects.create(action="watchlist.create", actor=bob, detail={"name": "geheim"})
    assert "watchlist made" not in str(rows_of(signed_in, "/exports/history.csv"))
    bob.role = "administrator"
    bob.save()
    said = str(rows_of(signed_in, "/exports/history.csv"))
    assert "watchlist made" in said and "geheim" not in said


def test_the_words_are_the_readers_when_the_request_is_long_over(client, alice, refused):
    client.force_login(alice)
    answer = client.get("/exports/cases.csv")
    translation.activate("en")
    head, row, *_ = csv.reader(io.StringIO(streamed(answer).decode("utf-8-sig")))
    assert head[0] == "法域" and row[0] == "特許"
    assert translation.get_language() == "en"


def test_times_are_told_in_the_readers_zone(signed_in, bob, refused):
    bob.time_zone = "Europe/Berlin"
    bob.save()
    Case.objects.update(added_at=datetime.fromisoformat("2026-11-24T00:30:00+09:00"))
    assert {line["Added on"] for line in rows_of(signed_in, "/exports/cases.csv")} == {"2026-11-23 16:30:00"}
    (cell, _) = (row["Added on"] for row in sheet_of(signed_in, "/exports/cases.xlsx"))
    assert cell.value == datetime(2026, 11, 23, 16, 30)


def test_an_export_reads_some_rows_at_a_time_and_asks_the_same_whatever_the_number(
    signed_in, django_assert_max_num_queries, monkeypatch
):
    def asked(kind: str) -> int:
        with django_assert_max_num_queries(40) as queries:
            streamed(signed_in.get(f"/exports/{kind}.csv"))
        return len(queries)

    docket.refused(docket.confirmed_case("2023000001"))
    few = {kind: asked(kind) for kind in KINDS}
    for n in range(2, 8):
        docket.refused(docket.confirmed_case(f"20230000{n:02}"))
    assert {kind: asked(kind) for kind in KINDS} == few


# --- workbooks --------------------------------------------------------------------------------------------


def book_of(title: str, head, rows) -> bytes:
    return b"".join(workbook.written(title, head, rows))


def test_a_workbook_holds_what_was_put_in(monkeypatch):
    monkeypatch.setattr(workbook, "ROWS_OF_A_SHEET", 3)
    values = ["=1+1", "<b>&\"'\x0b", " 前後の空白 ", "二行\n目", "x" * 40_000, "", None, 7, 1.5, True]
    days = [date(2026, 11, 24), datetime(2026, 11, 24, 9, 5), date(1899, 1, 1)]
    made = book_of("期限 [a]/b" + "長" * 40, ["見出し", *"abcdefghijkl"], [[*values, *days]] * 7)
    book = load_workbook(io.BytesIO(made))
    assert [sheet.max_row for sheet in book.worksheets] == [4, 4, 2]
    cells = [cell.value for cell in book.worksheets[2][2]]
    assert cells[:10] == [
        "=1+1",
        "<b>&\"'",
        " 前後の空白 ",
        "二行\n目",
        "x" * 32_767,
        None,
        None,
        7,
        1.5,
        True,
    ]
    assert cells[10:] == [datetime(2026, 11, 24), datetime(2026, 11, 24, 9, 5), "1899-01-01"]
    assert book.worksheets[0]["A2"].data_type == "s" and zipfile.ZipFile(io.BytesIO(made)).testzip() is None


def test_a_workbook_without_rows_has_its_heading():
    book = load_workbook(io.BytesIO(book_of("x", ["a", "b"], [])))
    assert [[cell.value for cell in row] for row in book.active.iter_rows()] == [["a", "b"]]


def test_pieces_come_before_all_rows_were_read():
    read = []

    def rows():
        for n in range(200_000):
            read.append(n)
            yield [f"{n * 7919 % 100_003:x}" * 3]

    pieces = workbook.written("x", ["a"], rows())
    assert next(pieces) and len(read) < 100_000
    lines = tables._csv(tables.Table("x", "x", [tables.Column("a", "A", lambda row: row)], range(10**9)))
    assert next(lines) and len(next(lines)) < 10_000


# --- pages ------------------------------------------------------------------------------------------------


def test_the_page_links_to_tables_that_there_are(signed_in, refused):
    page = signed_in.get("/exports/").content.decode()
    for kind in ("cases", "limits", "documents"):
        for form in tables.FORMS:
            assert f'href="/exports/{kind}.{form}"' in page
    assert 'formaction="/exports/history.xlsx"' in page
    assert "/exports/docket.zip" not in page


def test_lists_and_cases_link_to_their_exports(signed_in, refused):
    assert (
        "/exports/limits.xlsx?cases=1&amp;law=patent" in signed_in.get("/cases/?law=patent").content.decode()
    )
    listed = signed_in.get("/limits/?state=closed&law=patent").content.decode()
    assert "/exports/limits.csv?list=1&amp;state=closed&amp;law=patent" in listed
    assert (
        docket.page_of(refused, "export/documents.xlsx")
        in signed_in.get(docket.page_of(refused)).content.decode()
    )


def test_the_whole_docket_is_for_administrators_and_recorded(signed_in, refused, bob):
    assert signed_in.post("/exports/docket.zip").status_code == 403
    bob.role = "administrator"
    bob.save()
    assert signed_in.get("/exports/docket.zip").status_code == 405
    assert 'action="/exports/docket.zip"' in signed_in.get("/exports/").content.decode()
    made = streamed(signed_in.post("/exports/docket.zip"))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.read("rows/dossiers.Case.jsonl").count(b"\n") == 2
        assert b"docket.export" in archive.read("rows/dossiers.AuditEntry.jsonl")
    assert AuditEntry.objects.filter(action="docket.export", actor=bob).count() == 1


def test_nobody_exports_without_signing_in(client, refused):
    for address in ("/exports/", "/exports/cases.csv", docket.page_of(refused, "export/limits.csv")):
        assert client.get(address).status_code == 302
    assert make.user("eve") and client.post("/exports/docket.zip").status_code == 302
