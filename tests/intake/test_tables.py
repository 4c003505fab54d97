"""Tables are read whatever wrote them; what cannot be read is refused with the reason, within bounds."""

from __future__ import annotations

import datetime
import re
import zipfile

import pytest

from dossiers.intake.tables import FileRefused, as_text, rows, shape_of
from tests.intake import files


def cells(body: bytes, **otherwise) -> list[tuple[str, ...]]:
    return [row.cells for row in read(body, **otherwise)]


def read(body: bytes, **otherwise):
    shape = shape_of(body)
    told = {"kind": shape.kind, "encoding": shape.encoding, "delimiter": shape.delimiter}
    told["sheet"] = shape.sheets[0] if shape.sheets else ""
    return list(rows(body, **(told | otherwise)))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_is_read_in_every_encoding_that_japanese_programs_write(encoding, delimiter):
    body = files.csv_of(encoding=encoding, delimiter=delimiter)
    shape = shape_of(body)
    assert shape.encoding_sure
    assert shape.delimiter == delimiter
    assert cells(body) == [tuple(row) for row in files.CASES]


@pytest.mark.parametrize("encoding", ["cp932", "euc_jis_2004"])
def test_marks_that_only_some_machines_have_are_read_too(encoding):
    assert cells("特願2020-008423,整理①㈱\n".encode(encoding)) == [("特願2020-008423", "整理①㈱")]


def test_an_encoding_that_cannot_be_told_is_said_to_be_uncertain():
    assert not shape_of("2020-008423,ｱｲｳ\n".encode("cp932")).encoding_sure
    broken = "特願2020-008423,顧客\n".encode("cp932") * 3 + b"\x81"
    assert not shape_of(broken).encoding_sure


def test_a_character_that_is_none_in_the_encoding_is_remarked_and_loses_no_row():
    body = "特願2020-008423,架空電機\n特願2020-008424,".encode("cp932") + b"\x81\x20x\n"
    found = read(body, encoding="cp932")
    assert [row.number for row in found] == [1, 2]
    assert found[1].remarks == ((1, "unreadable_characters"),)


def test_rows_are_numbered_as_a_spreadsheet_numbers_them():
    body = '番号,備考\n\n"2020-008423","二\n行"\n,\n2020-008424,\n'.encode()
    assert [row.number for row in read(body)] == [1, 3, 5]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing_silently():
    with pytest.raises(FileRefused) as refused:
        read('番号,備考\n2020-008423,"offen\n2020-008424,x\n'.encode())
    assert refused.value.code == "open_quote"


def test_zeros_and_control_characters_are_no_part_of_a_cell():
    body = b"2020-008423,A\x00B\x07C\n" + b"2020-008424,plain text of some length\n" * 40
    assert cells(body)[0] == ("2020-008423", "ABC")


def test_a_workbook_gives_values_days_and_whole_numbers_as_they_read():
    row = [2026012345.0, 2020008423, datetime.date(2026, 11, 22), 1.5, True, None, " x "]
    assert cells(files.excel([row])) == [("2026012345", "2020008423", "2026-11-22", "1.5", "TRUE", "", "x")]


def test_cells_merged_downwards_hold_for_all_their_rows_and_titles_for_none_else():
    table = [
        ["案件一覧", None, None],
        ["番号", "顧客", "備考"],
        ["1", "架空", "a"],
        ["2", None, None],
        ["3", None, "c"],
    ]

    def merge(sheet):
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("B3:B4")

    assert cells(files.excel(table, merge)) == [
        ("案件一覧",),
        ("番号", "顧客", "備考"),
        ("1", "架空", "a"),
        ("2", "架空"),
        ("3", "", "c"),
    ]


def test_a_formula_counts_by_the_value_that_was_kept_and_is_remarked_where_there_is_none():
    body = files.excel([["番号", "式"], ["2020-008423", "=1+1"], ["2020-008424", "=1+2"]])
    kept = files.rewritten(
        body, files.SHEET, lambda xml: re.sub(rb"<f>1\+1</f><v ?/?>(</v>)?", b"<f>1+1</f><v>2</v>", xml)
    )
    assert "formulas" in shape_of(kept).remarks
    found = read(kept)
    assert (found[1].cells, found[1].remarks) == (("2020-008423", "2"), ())
    assert (found[2].cells, found[2].remarks) == (("2020-008424", ""), ((1, "no_value"),))


def test_an_error_of_the_spreadsheet_is_no_text():
    (row,) = read(files.excel([["2020-008423", "#REF!"]]))
    assert (row.cells, row.remarks) == (("2020-008423", ""), ((1, "error_value"),))


@pytest.mark.parametrize("change", [files.without_size, files.with_wrong_size])
def test_no_row_is_lost_where_a_sheet_says_nothing_or_nonsense_of_its_size(change):
    body = change(files.excel([[f"2020-{n:06d}", "a", "b"] for n in range(1, 60)]))
    assert len(cells(body)) == 59
    assert cells(body)[58] == ("2020-000059", "a", "b")


def test_macros_are_said_and_the_values_read_without_them():
    body = files.with_part(files.excel(), "xl/vbaProject.bin", b"\x00macro")
    assert "macros" in shape_of(body).remarks
    assert cells(body)[1][0] == "特願2020-008423"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x02", "not_text"),
        (b"PK\x03\x04 broken", "damaged"),
        (OLE + b"Workbook", "old_excel"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (files.with_part(files.excel(), "xl/workbook.bin", b""), "binary_excel"),
        (files.with_part(files.excel(), "content.xml", b""), "open_document"),
        (files.excel()[:3000], "damaged"),
        (files.rewritten(files.excel(), "xl/workbook.xml", lambda xml: b"<!DOCTYPE a>" + xml), "damaged"),
        (files.rewritten(files.excel(), "xl/workbook.xml", lambda xml: xml[:200]), "damaged"),
        (files.with_part(files.excel(), "xl/x.xml", b"0" * (301 * 1024 * 1024)), "unpacks_too_large"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_no_table_is_refused_with_the_reason(body, code):
    with pytest.raises(FileRefused) as refused:
        shape_of(body)
    assert refused.value.code == code


def test_a_sheet_that_breaks_off_is_refused_and_not_taken_for_a_short_one():
    body = files.rewritten(files.excel(), files.SHEET, lambda xml: xml[: xml.index(b"ABC-0003") - 200])
    with pytest.raises(FileRefused, match="damaged"):
        read(body)


def test_more_columns_than_can_be_shown_are_refused_and_none_is_dropped():
    with pytest.raises(FileRefused, match="too_many_columns"):
        read(",".join(["x"] * 201).encode())
    with pytest.raises(FileRefused, match="too_many_columns"):
        read(files.excel([["x"] * 201]))
    assert len(cells(files.excel([["x"] * 200]))[0]) == 200


def test_a_row_far_beyond_the_last_is_refused():
    body = files.rewritten(
        files.excel(), files.SHEET, lambda xml: xml.replace(b'<row r="4"', b'<row r="900000"')
    )
    with pytest.raises(FileRefused, match="too_many_rows"):
        read(body)


def test_a_long_cell_is_kept_whole():
    assert len(cells(files.excel([["2020-008423", "長" * 10_000]]))[0][1]) == 10_000
    assert len(cells(("2020-008423," + "長" * 10_000).encode())[0][1]) == 10_000


def test_a_table_of_any_kind_becomes_the_same_text():
    assert as_text(files.excel()) == as_text(files.csv_of(encoding="cp932"))


def test_a_file_of_another_kind_of_archive_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "x")
    with pytest.raises(FileRefused, match="damaged"):
        shape_of(path.read_bytes())
