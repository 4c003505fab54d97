"""Tables brought by hand: which column is what, then every line with what it would do, then the report."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.models import Batch, BatchLine, Case, ImportFile
from tests import make
from tests.intake import files

pytestmark = pytest.mark.django_db
State = BatchLine.State


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def uploaded(page, body, name="cases.xlsx", **fields):
    answer = page.post("/add/", {"upload": SimpleUploadedFile(name, body), "text": "", **fields})
    assert answer.status_code == 302, answer.context["form"].errors
    return answer["Location"]


def read(page, body, **choices):
    """The batch that a table becomes, its columns as recognised unless `choices` say otherwise."""
    address = uploaded(page, body)
    shown = page.get(address).context["columns"]
    chosen = {f"column-{column.at}": column.field for column in shown} | choices
    answer = page.post(address, chosen)
    assert answer.status_code == 302, answer.context["problem"]
    return Batch.objects.get(pk=answer["Location"].split("/")[2])


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    "body", [files.excel(), files.csv_of(encoding="cp932"), files.csv_of(encoding="euc_jp")]
)
def test_a_table_goes_from_its_columns_by_its_lines_to_cases_and_a_report(page, alice, body):
    batch = read(page, body)
    shown = text_of(page.get(f"/add/{batch.pk}/"))
    assert "ABC-0001" in shown and "架空電機株式会社" in shown and "ご確認ください" in shown
    assert not Case.objects.exists()
    page.post(f"/add/{batch.pk}/save/")
    case = Case.objects.get(law="patent")
    assert (case.own_reference, case.client, case.owner) == ("ABC-0001", "架空電機株式会社", alice)
    assert case.watchlists.get() == batch.watchlist
    report = page.get(f"/add/{batch.pk}/result.csv").getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(report)))
    assert [row["Line"] for row in rows] == ["2", "3", "4"]
    assert [row["Result"] for row in rows] == ["Added", "Added", "No number could be read"]
    assert "No number was recognised" in rows[2]["What to do"]
    assert rows[0]["Link"].endswith("/cases/patent/2020008423/")


def test_the_report_is_there_as_a_workbook_that_runs_nothing(page):
    batch = read(page, files.excel([["出願番号", "備考"], ["特願2020-008423", "+1"], ["+HYPERLINK(1)", ""]]))
    body = page.get(f"/add/{batch.pk}/result.xlsx").getvalue()
    sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
    assert sheet.max_row == 3
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_columns_are_preset_and_can_be_said_otherwise(page):
    address = uploaded(page, files.csv_of([["整理番号", "出願番号"], ["A", "特願2020-008423"]]), "x.csv")
    shown = page.get(address)
    assert [column.field for column in shown.context["columns"]] == ["own_reference", "number"]
    answer = page.post(address, {"column-0": "client", "column-1": "number"})
    line = BatchLine.objects.get(batch=answer["Location"].split("/")[2])
    assert line.values == {"client": "A"}


def test_columns_without_a_number_are_refused_and_what_was_chosen_is_kept(page):
    address = uploaded(page, files.csv_of(), "x.csv")
    answer = page.post(address, {"column-0": "client", "column-1": ""})
    assert answer.status_code == 422
    assert "Say which column holds the number" in text_of(answer)
    assert answer.context["columns"][0].field == "client"


def test_an_encoding_that_cannot_be_told_is_asked_and_another_one_can_be_tried(page):
    address = uploaded(page, "2020-008423,ｱｲｳ\n2020-008424,ｶｷ\n".encode("cp932"), "x.csv")
    assert "cannot be told for certain" in text_of(page.get(address))
    answer = page.post(
        address, {"look": "1", "encoding": "cp932", "delimiter": ",", "heading_row": "0"}, follow=True
    )
    assert "cannot be told for certain" not in text_of(answer)
    assert "ｱｲｳ" in text_of(answer)


def test_another_row_of_headings_and_another_sheet_can_be_chosen(page):
    def second(sheet):
        other = sheet.parent.create_sheet("二枚目")
        for row in (["件名", "番号"], ["架空の装置", "特願2020-000002"]):
            other.append(row)

    address = uploaded(page, files.excel(files.CASES, second))
    answer = page.post(address, {"look": "1", "sheet": "二枚目", "heading_row": "1"}, follow=True)
    assert [column.heading for column in answer.context["columns"]] == ["件名", "番号"]
    answer = page.post(address, {"look": "1", "heading_row": "0"}, follow=True)
    assert ImportFile.objects.get().heading_row == 0


def test_rows_pasted_with_their_headings_keep_their_columns(page):
    answer = page.post("/add/", {"text": "出願番号\t顧客\t整理番号\n特願2020-008423\t架空電機\tA-1"})
    shown = page.get(answer["Location"]).context["columns"]
    assert [column.field for column in shown] == ["number", "client", "own_reference"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        (files.with_part(files.excel(), "content.xml", b""), "OpenDocument"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(page, body, words):
    answer = page.post("/add/", {"upload": SimpleUploadedFile("x.xlsx", body), "text": ""})
    assert (answer.status_code, words in text_of(answer)) == (422, True)
    assert not ImportFile.objects.exists()


def test_what_a_workbook_has_besides_cells_is_said(page):
    body = files.with_part(
        files.excel([["番号", "式"], ["2020-008423", "=1"]], lambda sheet: sheet.merge_cells("B2:B3")),
        "xl/vbaProject.bin",
        b"x",
    )
    shown = text_of(page.get(uploaded(page, body, "x.xlsm")))
    for words in ("has macros", "merged downwards", "There are formulas"):
        assert words in shown


def test_known_cases_show_what_would_change_and_change_when_that_is_ticked(page):
    case = make.case("2020008423", own_reference="OLD", owner=None)
    batch = read(page, files.csv_of([["出願番号", "整理番号"], ["特願2020-008423", "NEW"]]))
    shown = text_of(page.get(f"/add/{batch.pk}/"))
    assert "<del" in shown and "OLD" in shown and "update_known" in shown
    page.post(f"/add/{batch.pk}/save/", {"update_known": "1"})
    case.refresh_from_db()
    assert case.own_reference == "NEW"
    rows = list(
        csv.DictReader(io.StringIO(page.get(f"/add/{batch.pk}/result.csv").getvalue().decode("utf-8-sig")))
    )
    assert rows[0]["Result"] == "Already in the docket, changed"
    assert rows[0]["Before the change"] == "Own reference: OLD"


def test_a_title_that_the_office_does_not_know_the_case_by_is_pointed_out(page):
    make.case("2020008423", title="架空の配線構造体")
    head, row = ["出願番号", "発明の名称"], ["特願2020-008423", "架空の冷却装置"]
    batch = read(page, files.csv_of([head, row, ["特願2020-008424", "別"]]))
    shown = text_of(page.get(f"/add/{batch.pk}/"))
    assert "perhaps a wrong number" in shown and "架空の冷却装置" in shown
    assert len(page.get(f"/add/{batch.pk}/?state=differs").context["page"]) == 1


def test_a_line_is_left_out_by_hand(page):
    batch = read(page, files.csv_of())
    page.post(f"/add/{batch.pk}/lines/1/leave/", {"out": "1"})
    page.post(f"/add/{batch.pk}/save/")
    assert not Case.objects.filter(law="patent").exists()
    assert "Left out by you" in text_of(page.get(f"/add/{batch.pk}/"))


def test_an_import_is_taken_back_from_its_page(page):
    batch = read(page, files.csv_of())
    page.post(f"/add/{batch.pk}/save/")
    assert "Take back what was added" in text_of(page.get(f"/add/{batch.pk}/"))
    shown = text_of(page.post(f"/add/{batch.pk}/undo/", follow=True))
    assert "2 lines were taken back." in shown
    assert not Case.objects.exists()


def test_progress_is_there_for_whoever_comes_back(page):
    batch = read(page, files.csv_of())
    for state, words in (
        ("reading", "rows read"),
        ("saving", "lines added"),
        ("undoing", "lines taken back"),
    ):
        Batch.objects.filter(pk=batch.pk).update(state=state)
        shown = text_of(page.get(f"/add/{batch.pk}/"))
        assert words in shown and "every 2s" in shown and "You may leave this page" in shown


def test_a_file_refused_half_way_says_where_and_what_to_do(page):
    address = uploaded(page, b'number,client\n2020-008423,A\n2020-008424,"open\n', "x.csv")
    assert "quotation mark" in text_of(page.get(address))
    answer = page.post(address, {"column-0": "number", "column-1": "client"}, follow=True)
    shown = text_of(answer)
    assert "nothing of it was taken" in shown and "Near row 3" in shown
    assert "The file was not taken" in shown and "Read it in another way" in shown
    for of_lines in ("Need attention", "No line of this kind", "Report as CSV"):
        assert of_lines not in shown
    assert not BatchLine.objects.exists()


def test_only_its_owner_sees_a_file_or_gives_it_up(page, client, alice):
    address = uploaded(page, files.csv_of())
    client.force_login(alice)
    assert client.get(address).status_code == 404
    assert client.post(f"{address}discard/").status_code == 404
    assert ImportFile.objects.exists()


def test_giving_a_file_up_leaves_nothing(page):
    address = uploaded(page, files.csv_of())
    page.post(f"{address}discard/")
    assert not ImportFile.objects.exists() and not Case.objects.exists()
    assert page.get(address).status_code == 404


def test_hostile_cells_are_shown_as_text(page):
    nasty = "<script>alert(1)</script>"
    address = uploaded(
        page, files.csv_of([["出願番号", nasty], ["特願2020-008423", nasty], [nasty, nasty]]), "x.csv"
    )
    assert "<script>alert" not in page.get(address).content.decode()
    answer = page.post(address, {"column-0": "number", "column-1": "note"})
    assert "<script>alert" not in page.get(answer["Location"]).content.decode()


def test_choices_that_no_page_offers_are_passed_over(page):
    address = uploaded(page, files.csv_of(), "x.csv")
    before = ImportFile.objects.values("encoding", "delimiter", "heading_row").get()
    page.post(address, {"look": "1", "encoding": "rot13", "delimiter": "x", "heading_row": "-1\0"})
    assert ImportFile.objects.values("encoding", "delimiter", "heading_row").get() == before
    assert page.post(address, {"column-0": "\0"}).status_code == 422


def test_a_file_with_too_many_rows_is_pointed_out_before_it_is_read(page, monkeypatch):
    body = files.csv_of()  # three rows beneath its headings
    monkeypatch.setattr("dossiers.intake.importing.MOST_ROWS", 3)
    assert "takes at most" not in text_of(page.get(uploaded(page, body, "cases.csv")))
    monkeypatch.setattr("dossiers.intake.importing.MOST_ROWS", 2)
    assert "one import takes at most 2" in text_of(page.get(uploaded(page, body, "cases.csv")))


def test_a_page_that_was_open_while_the_file_was_read_becomes_the_page_to_check(page):
    batch = read(page, files.csv_of())
    address, was = f"/add/{batch.pk}/", {"Was": "reading"}
    Batch.objects.filter(pk=batch.pk).update(state="reading")
    reading = text_of(page.get(address))
    assert (
        "Check before adding" in reading and "Result of adding" not in reading and "Add more" not in reading
    )
    assert "To add" in reading and "Still asked for" not in reading  # nobody is asked before it is read
    assert "HX-Refresh" not in page.get(f"{address}lines/", headers=was)
    Batch.objects.filter(pk=batch.pk).update(state="preview")
    assert page.get(f"{address}lines/", headers=was)["HX-Refresh"] == "true"
    assert "HX-Refresh" not in page.get(f"{address}lines/", headers={"Was": "preview"})
