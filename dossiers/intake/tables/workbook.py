"""Workbooks of Excel, read a row at a time: values alone, no macro, no link, no formula is ever followed."""

from __future__ import annotations

import io
import logging
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet._reader import (
    FORMULA_TAG,
    MERGE_TAG,
    ROW_TAG,
    VALIDATION_TAG,
    VALUE_TAG,
    WorkSheetParser,
    iterparse,
)

from .model import MOST_COLUMNS, MOST_ROWS_LOOKED_AT, FileRefused, Row, tidy

log = logging.getLogger(__name__)

_MOST_UNPACKED = 300 * 1024 * 1024  # bytes of all parts together
_MOST_STRINGS = 80 * 1024 * 1024  # bytes of the shared texts, the one part that is held in memory whole
_MOST_PARTS = 2_000
_MOST_MERGED = 20_000
_PROLOG = 64 * 1024
_AT_ONCE = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb'mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb"<(?:\w{1,8}:)?row[\s>/]")
_FORMULA = re.compile(rb"<(?:\w{1,8}:)?f[\s>/]")
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"})

Merged = dict[int, dict[int, int]]  # by their first row: last row of each column, counted from 0


def is_workbook(body: bytes) -> bool:
    """Whether the file is a packed one or an old one of Excel, readable or not."""
    return body.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE))


def check(body: bytes) -> bool:
    """Whether the workbook has macros; FileRefused if it cannot, or must not, be unpacked."""
    if body.startswith(_OLE):
        raise FileRefused("encrypted" if _ENCRYPTED in body else "old_excel")
    with _damage(), zipfile.ZipFile(io.BytesIO(body)) as packed:
        parts = packed.infolist()
        names = {part.filename.lower() for part in parts}
        if "xl/workbook.bin" in names:
            raise FileRefused("binary_excel")
        if "content.xml" in names:
            raise FileRefused("open_document")
        if "xl/workbook.xml" not in names:
            raise FileRefused("damaged")
        _refuse_bombs(packed, parts)
        return "xl/vbaproject.bin" in names


def _refuse_bombs(packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """No part unpacks to more than its entry says; so these sums hold. Excel declares no entities."""
    strings = sum(one.file_size for one in parts if "sharedstrings" in one.filename.lower())
    total = sum(one.file_size for one in parts)
    if total > _MOST_UNPACKED or strings > _MOST_STRINGS or len(parts) > _MOST_PARTS:
        raise FileRefused("unpacks_too_large")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            with packed.open(part) as file:
                start = file.read(_PROLOG)
            if b"<!" in start.replace(b"<!--", b"") or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise FileRefused("damaged")


class _Book(ExcelReader):
    """A workbook opened without looking into its sheets: openpyxl's own way parses each of them to its end
    when it does not state its size, and trusts the size that one states."""

    def __init__(self, body: bytes) -> None:
        super().__init__(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        self.read_manifest()
        self.read_workbook()

    def sheets(self) -> dict[str, str]:
        """The part of each sheet by its name, those that are shown first."""
        found = [
            (sheet.state != "visible", sheet.name, rel.target)
            for sheet, rel in self.parser.find_sheets()
            if rel.target in self.valid_files and "chartsheet" not in rel.Type
        ]
        self.hidden = any(hidden for hidden, _name, _part in found)
        return {name: part for _hidden, name, part in sorted(found, key=lambda one: one[0])}

    def rows(self, part: str) -> Iterator[tuple[int, list[dict[str, Any]], set[int]]]:
        """(number, cells, columns of formulas without a value) of each row that the sheet has."""
        self.read_strings()
        apply_stylesheet(self.archive, self.wb)
        with self.archive.open(part) as file:
            book = self.wb
            parser = WorkSheetParser(
                file, self.shared_strings, True, book.epoch, book._date_formats, book._timedelta_formats
            )
            for _event, element in iterparse(file):
                if element.tag == ROW_TAG:
                    bare = _bare_formulas(element)
                    number, cells = parser.parse_row(element)
                    yield number, cells, bare
                if element.tag in (ROW_TAG, MERGE_TAG, VALIDATION_TAG):
                    element.clear()


def _bare_formulas(row: Any) -> set[int]:
    """The columns, from 1, of formulas whose value nobody has kept; a column that is not said is left out."""
    bare = (
        cell.get("r") for cell in row if cell.find(FORMULA_TAG) is not None and not cell.findtext(VALUE_TAG)
    )
    return {coordinate_to_tuple(place)[1] for place in bare if place}


def look(body: bytes, sheet: str = "") -> tuple[tuple[str, ...], str, int, dict[str, bool]]:
    """The sheets, the one looked at (the first unless said), about how many rows it has, and what is to be
    said of it: "hidden_sheets", "merged" (downwards), "formulas"."""
    with _reading(body) as book:
        parts = book.sheets()
        if not parts:
            raise FileRefused("damaged")
        name = sheet or next(iter(parts))
        rows, merged, formulas = _scan(book, _part(parts, name))
        said = {"hidden_sheets": book.hidden, "merged": bool(merged), "formulas": formulas}
        return tuple(parts), name, rows, said


def _part(parts: dict[str, str], sheet: str) -> str:
    if sheet not in parts:
        raise FileRefused("no_such_sheet")
    return parts[sheet]


def _scan(book: _Book, part: str) -> tuple[int, Merged, bool]:
    """How many rows there are, what is merged downwards, whether there are formulas: by the bytes alone."""
    merged: Merged = {}
    count, formulas, kept = 0, False, b""
    with book.archive.open(part) as file:
        while more := file.read(_AT_ONCE):
            text = kept + more
            whole = text.rfind(b">") + 1
            text, kept = text[:whole], text[whole:]
            count += len(_ROW.findall(text))
            formulas = formulas or bool(_FORMULA.search(text))
            _take_merged(merged, text)
            if len(kept) > _AT_ONCE:
                raise FileRefused("damaged")
    return count, merged, formulas


def _take_merged(merged: Merged, text: bytes) -> None:
    for first, top, _last, bottom in _MERGED.findall(text):
        if int(bottom) > int(top) and len(merged) < _MOST_MERGED:
            column = column_index_from_string(first.decode()) - 1
            merged.setdefault(int(top), {})[column] = int(bottom)


def rows(body: bytes, sheet: str) -> Iterator[Row]:
    """The rows that are not blank, formulas by the value that was kept with them.

    A cell that is merged downwards holds for all its rows. FileRefused("too_many_columns", "too_many_rows").
    """
    with _reading(body) as book:
        part = _part(book.sheets(), sheet)
        _count, merged, _formulas = _scan(book, part)
        reach: dict[int, tuple[int, str]] = {}
        for number, cells, bare in book.rows(part):
            if number > MOST_ROWS_LOOKED_AT:
                raise FileRefused("too_many_rows", number)
            row = _row(number, cells, bare)
            texts = _fill(row.cells, number, merged, reach) if merged else row.cells
            if any(texts[MOST_COLUMNS:]):
                raise FileRefused("too_many_columns", number)
            if any(texts) or row.remarks:
                yield Row(number, texts[:MOST_COLUMNS], row.remarks)


def _fill(
    cells: tuple[str, ...], number: int, merged: Merged, reach: dict[int, tuple[int, str]]
) -> tuple[str, ...]:
    for column, last in merged.get(number, {}).items():
        reach[column] = (last, cells[column] if column < len(cells) else "")
    filled = list(cells)
    for column, (last, text) in reach.items():
        if number <= last and column <= MOST_COLUMNS:
            filled.extend([""] * (column + 1 - len(filled)))
            filled[column] = filled[column] or text
    return tuple(filled)


def _row(number: int, cells: list[dict[str, Any]], bare: set[int]) -> Row:
    """What stands in each column, up to one more than may be used."""
    texts = [""] * min(max((cell["column"] for cell in cells), default=0), MOST_COLUMNS + 1)
    remarks = [(column - 1, "no_value") for column in sorted(bare) if column <= MOST_COLUMNS]
    for cell in cells:
        text = _text(cell["value"])
        if text and cell["column"] > MOST_COLUMNS:
            raise FileRefused("too_many_columns", number)
        if cell["data_type"] == "e" or text in _ERRORS:
            text = ""
            remarks.append((cell["column"] - 1, "error_value"))
        if text:
            texts[cell["column"] - 1] = text
    return Row(number, tuple(texts), tuple(remarks))


def _text(value: Any) -> str:
    """A value as it reads in the sheet; whole numbers without a point, days as 2026-11-22."""
    if value is None:
        return ""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return tidy(str(value))


@contextmanager
def _reading(body: bytes) -> Iterator[_Book]:
    """A workbook while it is read. What openpyxl warns of, the rows themselves say."""
    with _damage(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = _Book(body)
        try:
            yield book
        finally:
            book.archive.close()


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever a library says of a file it cannot read, the file is at fault."""
    try:
        yield
    except FileRefused:
        raise
    except Exception as error:
        log.info("a workbook could not be read: %s: %s", type(error).__name__, str(error)[:200])
        raise FileRefused("damaged") from error
