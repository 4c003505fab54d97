"""Tables to take away: CSV, Excel or JSON, sent as they are read, in the words of whoever asked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone, translation

from .spreadsheet import guard
from .workbook import written

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_AT_ONCE = 200  # rows of one piece


@dataclass(frozen=True)
class Column:
    """One column. `name` is its key in JSON, the same in every language; `words` its heading.

    `value` is what it holds of a row: a date, an aware instant, a number, text, a list of texts, or None for
    what is not known or not there. For a code, `said` gives its words: people get those, JSON gets both.
    A column of days holds days and nothing else, so that a spreadsheet sorts and filters it as days; where
    the absence of one means something, the words stand in a column of their own behind it.
    """

    name: str
    words: str
    value: Callable[[Any], Any]
    said: Callable[[Any], str] | None = None

    def cell(self, row: Any) -> Any:
        """For people: words for codes, times in the reader's zone."""
        if self.said is not None:
            return str(self.said(row))
        value = self.value(row)
        if value is None:
            return ""
        if isinstance(value, datetime):
            return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
        return "、".join(map(str, value)) if isinstance(value, list) else value


@dataclass(frozen=True)
class Table:
    """`name` is that of the file, without its ending; `rows` is read once, while the answer is sent."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Any]

    @property
    def head(self) -> list[str]:
        return [column.words for column in self.columns]


def answer(table: Table, form: str) -> StreamingHttpResponse:
    """The table as a download; 404 for a form there is none of."""
    if form not in FORMS:
        raise Http404
    pieces = {"csv": _csv, "xlsx": _workbook, "json": _json}[form](table)
    headers = {"Content-Disposition": f'attachment; filename="{table.name}.{form}"'}
    return StreamingHttpResponse(in_the_readers_words(pieces), content_type=FORMS[form], headers=headers)


def in_the_readers_words(pieces: Iterator[Any]) -> Iterator[Any]:
    """The pieces, each made in today's reader's language and zone: what is sent later is sent afterwards."""
    return _spoken(pieces, translation.get_language(), timezone.get_current_timezone())


def _spoken(pieces: Iterator[Any], language: str | None, zone: Any) -> Iterator[Any]:
    while True:
        with translation.override(language), timezone.override(zone):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _joined(lines: Iterator[str]) -> Iterator[str]:
    """Some lines at a time: a piece for each would cost more than its text."""
    waiting = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == _AT_ONCE:
            yield "".join(waiting)
            waiting = []
    yield "".join(waiting)


def _csv(table: Table) -> Iterator[str]:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    rows = (_line(map(_as_text, (column.cell(row) for column in table.columns))) for row in table.rows)
    yield "\ufeff" + _line(table.head)
    yield from _joined(rows)


def _as_text(cell: Any) -> str:
    return guard(cell) if isinstance(cell, str) else str(cell)


def _line(cells: Iterable[str]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow(cells)
    return made.getvalue()


def _json(table: Table) -> Iterator[str]:
    """One array; keys and codes are the same in every language, times in UTC."""
    yield "["
    yield from _joined(_objects(table))
    yield "]\n"


def _objects(table: Table) -> Iterator[str]:
    before = "\n"
    for row in table.rows:
        told: dict[str, Any] = {}
        for column in table.columns:
            told[column.name] = column.value(row)
            if column.said is not None:
                told[f"{column.name}_words"] = str(column.said(row))
        yield before + json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False)
        before = ",\n"


def _workbook(table: Table) -> Iterator[bytes]:
    cells = ([column.cell(row) for column in table.columns] for row in table.rows)
    return written(table.title, table.head, cells)


def day_or_none(text: str | None) -> date | None:
    """A day as addresses and forms give it; None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
