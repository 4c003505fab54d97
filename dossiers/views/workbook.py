"""Excel workbooks, sent as they are read.

A library can hand over a workbook only when it is whole: minutes of silence at a million rows, which
browsers and proxies take for a failure. What is needed of the format (ECMA-376) is one table of texts,
numbers and days.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dossiers.archive.sink import Sink

ROWS_OF_A_SHEET = 1_000_000  # a sheet can hold 1,048,576
_LONGEST = 32_767  # characters of a cell
_PIECE = 64 * 1024
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel would read "_x0041_" as "A"
_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_DAY_ZERO, _FIRST_DAY = date(1899, 12, 30), date(1900, 3, 1)  # Excel believes in 29 February 1900
_DAY, _INSTANT = 1, 2  # styles

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def written(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The workbook in pieces. Each sheet has the heading; a second one begins when the first is full.

    Cells are texts, which are never formulas whatever they begin with, days, naive instants, numbers, None.
    """
    sink, sheets, left = Sink(), 0, iter(rows)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        more = True
        while more:
            sheets += 1
            with package.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as part:
                part.write(f"{_XML}{_sheet_head()}{_row(head)}".encode())
                count = 0
                while (row := next(left, None)) is not None:
                    part.write(_row(row).encode())
                    count += 1
                    if sink.size >= _PIECE:
                        yield sink.taken()
                    if count == ROWS_OF_A_SHEET:
                        break
                more = count == ROWS_OF_A_SHEET
                part.write(b"</sheetData></worksheet>")
        for name, body in _around(title, sheets):
            package.writestr(name, body)
    yield sink.taken()


def _sheet_head() -> str:
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    view = f'<sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
    return f'<worksheet xmlns="{_MAIN}">{view}<sheetData>'


def _row(cells: Sequence[Any]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    day = value.date() if isinstance(value, datetime) else value
    if isinstance(day, date) and day >= _FIRST_DAY:
        return _day(value, day)
    text = escape(_LIKE_AN_ESCAPE.sub("_x005F_", _UNWRITABLE.sub("", str(value))[:_LONGEST]))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _day(value: Any, day: date) -> str:
    number = (day - _DAY_ZERO).days
    if isinstance(value, datetime):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return f'<c s="{_INSTANT}"><v>{number + seconds / 86_400:.10f}</v></c>'
    return f'<c s="{_DAY}"><v>{number}</v></c>'


def _around(title: str, sheets: int) -> Iterator[tuple[str, str]]:
    """The parts that say what the package holds."""
    places = range(1, sheets + 1)
    name = _IN_NAMES.sub(" ", _UNWRITABLE.sub("", title))[:25]
    named = [name if n == 1 else f"{name} ({n})" for n in places]
    listed = "".join(
        f'<sheet name={quoteattr(one)} sheetId="{n}" r:id="rId{n}"/>'
        for n, one in zip(places, named, strict=True)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATED}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in places
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KINDS}.worksheet+xml"/>'
        for n in places
    )
    yield "xl/styles.xml", _STYLES
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>{listed}</sheets></workbook>',
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="styles" Type="{_RELATED}/styles" Target="styles.xml"/></Relationships>',
    )
    yield (
        "_rels/.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KINDS}.styles+xml"/>{kinds}</Types>',
    )
