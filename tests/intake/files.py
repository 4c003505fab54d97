"""Files as people have them, with invented cases: workbooks as Excel and other programs write them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import openpyxl

CASES = [
    ["出願番号", "整理番号", "顧客", "担当者", "タグ", "備考"],
    ["特願2020-008423", "ABC-0001", "架空電機株式会社", "alice", "重要、急ぎ", "請求項１に注意"],
    ["意願2021-001234", "ABC-0002", "架空電機株式会社", "bob", "", ""],
    ["ご確認ください", "ABC-0003", "", "", "", ""],
]


def csv_of(rows: Iterable[Iterable[str]] = CASES, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def excel(rows: Iterable[Iterable[Any]] = CASES, change: Callable[[Any], object] | None = None) -> bytes:
    """A workbook of one sheet; `change` does to the sheet what else a person did."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(sheet)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def rewritten(body: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts changed by hand."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return made.getvalue()


def with_part(body: bytes, name: str, content: bytes) -> bytes:
    made = io.BytesIO(body)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as new:
        new.writestr(name, content)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def without_size(body: bytes) -> bytes:
    """As programs other than Excel write it: the sheet does not say how large it is."""
    return rewritten(body, SHEET, lambda xml: re.sub(rb"<dimension[^>]*/>", b"", xml))


def with_wrong_size(body: bytes) -> bytes:
    return rewritten(body, SHEET, lambda xml: re.sub(rb"<dimension[^>]*/>", b'<dimension ref="A1:B2"/>', xml))
