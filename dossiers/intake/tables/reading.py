"""One way to look at a file and one way to read it, whether it is text or a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from . import text, workbook
from .model import FileRefused, Row, Shape


def shape_of(body: bytes, sheet: str = "") -> Shape:
    """What a file is, by what is in it and never by its name; FileRefused if it is no table."""
    if not body.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise FileRefused("empty")
    if workbook.is_workbook(body):
        return _of_workbook(body, sheet)
    encoding, sure = text.encoding_of(body)
    ends = body.count(b"\n") or body.count(b"\r")
    return Shape("text", ends + 1, encoding, sure, text.delimiter_of(body, encoding))


def _of_workbook(body: bytes, sheet: str) -> Shape:
    macros = workbook.check(body)
    sheets, _name, rows, said = workbook.look(body, sheet)
    remarks = tuple(code for code, true in {"macros": macros, **said}.items() if true)
    return Shape("excel", rows, sheets=sheets, remarks=remarks)


def rows(
    body: bytes, *, kind: str, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> Iterator[Row]:
    """The rows that are not blank, one at a time; FileRefused where the file cannot be read on."""
    if kind == "excel":
        return workbook.rows(body, sheet)
    return text.rows(body, encoding, delimiter)


def as_text(body: bytes) -> str:
    """The rows of a file as CSV, of a workbook its first sheet; FileRefused."""
    shape = shape_of(body)
    sheet = shape.sheets[0] if shape.sheets else ""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in rows(body, kind=shape.kind, encoding=shape.encoding, delimiter=shape.delimiter, sheet=sheet):
        writer.writerow(row.cells)
    return written.getvalue()
