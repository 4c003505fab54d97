"""One row of a table as one line of a batch: the case it names, and what it says of it beside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from apiclient.numbers import Reading, explain, find, parse
from dossiers import clock
from dossiers.models import Batch, BatchLine, Case, Law, User
from dossiers.refresh.search import fold
from dossiers.roles import Right, having

from . import tags, watchlists
from .columns import NUMBERS, Field
from .tables import Row

State = BatchLine.State
MOST_OF_A_NOTE = 10_000
_LONGEST = {name: Case._meta.get_field(name).max_length or 0 for name in ("own_reference", "client")}
_ROUNDED = re.compile(r"\d+(\.\d+)?([eE]\+?\d+)?")
_LAWS = {
    **dict.fromkeys(("特許", "特", "patent", "patents", "p", "発明"), Law.PATENT.value),
    **dict.fromkeys(("意匠", "意", "design", "designs", "d"), Law.DESIGN.value),
    **dict.fromkeys(("商標", "商", "trademark", "trademarks", "trade mark", "tm", "t"), Law.TRADEMARK.value),
    **dict.fromkeys(("実用新案", "実用", "実", "utility model", "utility models", "u"), "utility_model"),
}
_LAW_OF = {fold(name): law for name, law in _LAWS.items()}


@dataclass(frozen=True)
class Names:
    """Whom and what cells may name, by their folded names; a name of several is there with None."""

    people: dict[str, int | None]
    lists: dict[str, str | None]


@dataclass
class _Said:
    """What a row says, while it is read."""

    values: dict[str, object] = field(default_factory=dict)
    remarks: list[list[str]] = field(default_factory=list)

    def remark(self, code: str, detail: str = "") -> None:
        if [code, detail[:80]] not in self.remarks:
            self.remarks.append([code, detail[:80]])


def names_for(user: User) -> Names:
    """The people of the firm by account, name and address, and the lists that `user` may put cases on."""
    people: dict[str, int | None] = {}
    for one in User.objects.filter(having(Right.FIRM)):
        full = one.get_full_name()
        for name in {fold(name) for name in (one.username, one.display_name, one.email, full) if name}:
            people[name] = one.pk if name not in people else None
    lists: dict[str, str | None] = {}
    for seen in watchlists.visible_to(user):
        name = fold(seen.name)
        lists[name] = str(seen.pk) if name not in lists else None
    return Names(people, lists)


def line_of(batch: Batch, position: int, row: Row, columns: list[str], names: Names) -> BatchLine:
    """The line that a row becomes; nothing of the row is lost without a remark."""
    cells = {name: _cells(row, columns, name) for name in {*columns} - {""}}
    said = _Said()
    for column, code in row.remarks:
        if column < len(columns) and columns[column]:
            said.remark(code, columns[column])
    _take_values(cells, names, said)
    line = BatchLine(batch=batch, position=position, row=row.number)
    name, text = _number(cells)
    line.text = (text or " · ".join(filter(None, row.cells)))[:300]
    _take_number(line, name, text, " ".join(cells.get(Field.LAW, ())), batch.default_law)
    line.own_reference = str(said.values.pop(Field.OWN_REFERENCE.value, ""))
    line.values, line.remarks = said.values, said.remarks
    return line


def _cells(row: Row, columns: list[str], name: str) -> list[str]:
    found = (row.cells[at] for at, field in enumerate(columns) if field == name and at < len(row.cells))
    return [text for text in found if text]


# --- the number -------------------------------------------------------------------------------------------


def _number(cells: dict[str, list[str]]) -> tuple[str, str]:
    """The column that names the case, and what stands there."""
    for name in NUMBERS:
        if texts := cells.get(name):
            return name, texts[0]
    return "", ""


def _take_number(line: BatchLine, name: str, text: str, law: str, default_law: str) -> None:
    readings, why = _readings(name, text)
    said = _LAW_OF.get(fold(law), "") if law else ""
    if not readings:
        line.state, line.message = State.UNREADABLE, why
    elif said == "utility_model":
        line.state, line.message = State.UNREADABLE, "utility_model"
    elif len(readings) > 1:
        line.state, line.message = State.AMBIGUOUS, "several_numbers"
        line.kind, line.number = readings[0].kind, readings[0].canonical
    elif said and readings[0].law and said != readings[0].law:
        line.state, line.message = State.UNREADABLE, "law_contradicts"
    else:
        understood(line, readings[0], said or default_law)


def understood(line: BatchLine, reading: Reading, default_law: str) -> None:
    """The line names what was read; of the default law where the number does not say its own."""
    line.law = reading.law or default_law
    line.kind, line.number = reading.kind, reading.canonical
    if not line.law:
        line.state, line.message = State.AMBIGUOUS, "law_not_said"
    elif reading.kind == "application":
        line.state, line.application_number = State.READY, reading.canonical
    else:
        line.state = State.TO_RESOLVE


def _readings(name: str, text: str) -> tuple[tuple[Reading, ...], str]:
    """What a cell may name, and why it names nothing."""
    max_year = clock.office_today().year + 1
    if not text:
        return (), "no_number"
    whole = _whole_number(text)
    if whole is None:
        return (), "rounded"
    if name == Field.PUBLICATION and (as_publication := parse(f"特開{whole}", max_year=max_year)):
        return as_publication, ""  # bare, it would read as an application's
    if readings := parse(whole, max_year=max_year):
        return readings, ""
    found = find(whole, max_year=max_year)
    if len(found) == 1 and found[0].readings:
        return found[0].readings, ""
    if len(found) > 1:
        return (), "several_in_a_cell"
    return (), explain(whole, max_year=max_year) or "not_a_number"


def _whole_number(text: str) -> str | None:
    """2026012345.0 and 2.026012345E+09 as the figures they stand for; None where figures were lost."""
    if not _ROUNDED.fullmatch(text) or text.isdecimal():
        return text
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if value != value.to_integral_value() or value.adjusted() > 20:
        return text
    lost = value.as_tuple().exponent
    return None if isinstance(lost, int) and lost > 0 else str(int(value))


# --- what else it says ------------------------------------------------------------------------------------


def _take_values(cells: dict[str, list[str]], names: Names, said: _Said) -> None:
    for name in ("own_reference", "client"):
        text = " ".join(" ".join(cells.get(name, ())).split())
        if len(text) > _LONGEST[name]:
            said.remark(f"{name}_too_long", text)
        elif text:
            said.values[name] = text
    for name in ("owner", "deputy"):
        if text := " ".join(cells.get(name, ())):
            _take_named(name, text, names.people, said)
    if text := " ".join(cells.get("list", ())):
        _take_named("list", text, names.lists, said)
    _take_tags(cells.get("tags", ()), said)
    note = "\n".join(cells.get("note", ()))
    if len(note) > MOST_OF_A_NOTE:
        said.remark("note_too_long", str(len(note)))
    elif note:
        said.values["note"] = note
    for name in ("title", "applicant"):
        if text := " ".join(cells.get(name, ())):
            said.values[name] = text[:1000]
    if (law := " ".join(cells.get("law", ()))) and fold(law) not in _LAW_OF:
        said.remark("law_unknown", law)


def _take_named(name: str, text: str, known: dict, said: _Said) -> None:
    folded = fold(text)
    if found := known.get(folded):
        said.values[name] = found
    else:
        said.remark(f"{name}_ambiguous" if folded in known else f"{name}_unknown", text)


def _take_tags(texts: Iterable[str], said: _Said) -> None:
    try:
        if found := tags.checked(name for text in texts for name in tags.names_in(text)):
            said.values["tags"] = found
    except tags.TagRefused as refused:
        said.remark(f"tags_{refused.code}", "、".join(texts))
