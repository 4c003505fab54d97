"""A table of the firm's own records, for many cases at once: read, shown, and only then written.

The first column names the case by a number of any style or by the own reference; each other column is a
field. An empty cell says nothing. A line that cannot be taken is given back as it came, with the reason.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dossiers.docketing import differences
from dossiers.docketing.differences import UnreadableValue
from dossiers.models import Case, OwnRecord, User

from .watchlists import cases_by_word

MOST_LINES = 2000
_AT_ONCE = 500  # numbers looked up in one query
_NUMBER = ("number", "application number", "case", "番号", "出願番号", "案件", "案件番号", "整理番号")
_FIELDS = {
    OwnRecord.Field.TITLE: ("title", "名称", "発明の名称", "発明等の名称", "商標"),
    OwnRecord.Field.APPLICANT: ("applicant", "applicants", "出願人"),
    OwnRecord.Field.FILING_DATE: ("filing date", "filed", "出願日"),
    OwnRecord.Field.REGISTRATION_NUMBER: ("registration number", "登録番号"),
    OwnRecord.Field.REGISTRATION_DATE: ("registration date", "登録日"),
    OwnRecord.Field.EXPIRE_DATE: (
        *("end of term", "expire date", "expiry"),
        *("満了日", "存続期間満了日", "存続期間の満了日"),
    ),
    OwnRecord.Field.NEXT_ANNUITY: (
        *("next annuity due", "next annuity"),
        *("次回納付期限", "次回の納付期限", "次期納付期限", "次期年金納付期限"),
    ),
}
_COLUMNS = {name: str(field) for field, names in _FIELDS.items() for name in names}


class TableRefused(Exception):
    """No line of the table can be read. `code`: "empty", "no_number_column", "no_field_column",
    "unknown_column", "repeated_column", "too_many_lines", "damaged"; `detail` names the place."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Line:
    """One line: its case and what it says, or the problem why it cannot be taken.

    `problem`: "", "no_case", "several_cases", "repeated", "not_a_date", "too_long", "no_value" or
    "too_many_cells"; `where` is the field it is about.
    """

    position: int
    cells: tuple[str, ...]
    word: str
    case: Case | None
    values: dict[str, str]
    problem: str = ""
    where: str = ""


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def good(self) -> list[Line]:
        return [line for line in self.lines if not line.problem]

    @property
    def bad(self) -> list[Line]:
        return [line for line in self.lines if line.problem]

    def rest(self) -> str:
        """The lines that could not be taken, as the table they came from."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(self.head)
        writer.writerows(line.cells for line in self.bad)
        return written.getvalue() if self.bad else ""


def read_table(text: str, *, by: User) -> Table:
    """What `text` says of cases within reach of `by`, line by line; nothing is written. TableRefused if it
    is no such table."""
    rows = _rows(text)
    if not rows:
        raise TableRefused("empty")
    head, body = rows[0], rows[1:]
    fields = _fields_of(head)
    if len(body) > MOST_LINES:
        raise TableRefused("too_many_lines", str(len(body)))
    number = fields.index("")
    words = [_cell(row, number).strip() for row in body]
    cases = _look_up(words, by)
    seen: set[int] = set()
    lines = [
        _line(position, row, word, cases.get(word, []), fields, seen)
        for position, (row, word) in enumerate(zip(body, words, strict=True), start=2)
    ]
    return Table(tuple(head), tuple(lines))


def save_table(table: Table, *, by: User) -> int:
    """Write the good lines, each with its history; how many changed anything."""
    return sum(
        bool(differences.enter(line.case, by=by, values=line.values)) for line in table.good if line.case
    )


def _rows(text: str) -> list[list[str]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max("\t;,", key=lambda mark: (first.count(mark), mark == ","))
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise TableRefused("damaged") from error
    return [row for row in rows if any(cell.strip() for cell in row)]


def _fields_of(head: Sequence[str]) -> list[str]:
    """The field of each column; "" is the one that names the case."""
    fields = []
    for name in head:
        plain = " ".join(unicodedata.normalize("NFKC", name).replace("_", " ").casefold().split())
        field = "" if plain in _NUMBER else _COLUMNS.get(plain)
        if field is None:
            raise TableRefused("unknown_column", name[:60])
        if field in fields:
            raise TableRefused("repeated_column", name[:60])
        fields.append(field)
    if "" not in fields:
        raise TableRefused("no_number_column")
    if len(fields) < 2:
        raise TableRefused("no_field_column")
    return fields


def _look_up(words: Iterable[str], by: User) -> dict[str, list[Case]]:
    distinct = list(dict.fromkeys(word for word in words if word))
    found: dict[str, list[Case]] = {}
    for start in range(0, len(distinct), _AT_ONCE):
        found |= cases_by_word(distinct[start : start + _AT_ONCE], by=by)
    return found


def _line(
    position: int, row: list[str], word: str, cases: list[Case], fields: list[str], seen: set[int]
) -> Line:
    cells = tuple(row)
    if len(cases) != 1:
        return Line(position, cells, word, None, {}, "several_cases" if cases else "no_case")
    case = cases[0]
    if len(row) > len(fields) and any(cell.strip() for cell in row[len(fields) :]):
        return Line(position, cells, word, case, {}, "too_many_cells")
    if case.pk in seen:
        return Line(position, cells, word, case, {}, "repeated")
    values: dict[str, str] = {}
    for column, field in enumerate(fields):
        text = _cell(row, column)
        if not field or not text.strip():
            continue
        try:
            values[field] = differences.read_value(field, text)
        except UnreadableValue as unreadable:
            return Line(position, cells, word, case, values, unreadable.code, field)
    if not values:
        return Line(position, cells, word, case, {}, "no_value")
    seen.add(case.pk)
    return Line(position, cells, word, case, values)


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].replace("\0", "") if column < len(row) else ""
