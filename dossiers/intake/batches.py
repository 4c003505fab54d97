"""From pasted lines to a preview, and from the preview to cases.

No line is dropped: each gets a row with what was understood, and later with what became of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from apiclient.numbers import Reading, explain, find, parse
from dossiers import clock
from dossiers.models import Batch, BatchLine, Case, Law, User, Watchlist, WatchlistEntry, record
from dossiers.refresh import search_index
from dossiers.refresh.jobs import order_added

MOST_LINES = 10_000
MOST_CHARACTERS = 2_000_000
_SPLIT = re.compile(r"[,、，;；|]")
State = BatchLine.State
# What a person may add: also what the office could not be asked about, for it will be asked later.
ADDABLE = (State.READY, State.FOUND, State.NOT_CHECKED)
# Kinds of number that name an application only by way of the office's cross-references.
_BY_REFERENCE = ("publication", "national_publication", "registration", "pct_application", "pct_publication")


class IntakeRefused(Exception):
    """The whole paste or file cannot be taken. `code` says why; pages put it into words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Saved:
    """What saving a batch did: cases added now, cases that were there already, lines left out."""

    added: int
    known: int
    left_out: int


@transaction.atomic
def start_batch(
    *, text: str, by: User, default_law: str = "", watchlist: Watchlist | None = None, source: str = "paste"
) -> Batch:
    """A preview of `text`, a number or more a line. IntakeRefused: "empty", "too_long", "too_many_lines"."""
    lines = _lines_of(text)
    batch = Batch.objects.create(
        owner=by, watchlist=watchlist, default_law=default_law, source=source[:200] or "paste"
    )
    rows = list(_rows(batch, lines))
    if len(rows) > MOST_LINES:
        raise IntakeRefused("too_many_lines")
    _mark_known(rows)
    _mark_repeated(rows)
    BatchLine.objects.bulk_create(rows, batch_size=500)
    return batch


def _lines_of(text: str) -> list[str]:
    if len(text) > MOST_CHARACTERS:
        raise IntakeRefused("too_long")
    lines = [line.strip() for line in text.replace("\x00", "").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise IntakeRefused("empty")
    if len(lines) > MOST_LINES:
        raise IntakeRefused("too_many_lines")
    return lines


def _rows(batch: Batch, lines: Iterable[str]) -> Iterable[BatchLine]:
    position = 0
    for line in lines:
        for text, readings, reference, why in _read_line(line):
            position += 1
            yield _row(batch, position, text, readings, reference, why)


def _read_line(line: str) -> Iterable[tuple[str, tuple[Reading, ...], str, str]]:
    """(text, readings, own reference, why unreadable) of each number in a line.

    "number, own reference" is the usual form; else every number found in the line counts.
    """
    max_year = clock.office_today().year + 1
    # A spreadsheet's tab ends the cell for good: what follows may have commas of its own.
    first, *rest = (part.strip() for part in (line.split("\t") if "\t" in line else _SPLIT.split(line)))
    readings = parse(first, max_year=max_year)
    found = find(line, max_year=max_year)
    # 特許第6,789,012号: the comma belongs to the number, so its first piece is another number altogether.
    torn = any(one.start < len(first) < one.end for one in found)
    if readings and len(found) <= 1 and not torn:
        yield line, readings, (rest[0] if rest else "")[:60], ""
    elif len(found) == 1:
        yield (
            line,
            found[0].readings,
            "",
            "" if found[0].readings else _why(line[found[0].start : found[0].end]),
        )
    elif found:
        for one in found:
            part = line[one.start : one.end]
            yield part, one.readings, "", "" if one.readings else _why(part)
    else:
        yield line, (), "", _why(first)


def _why(text: str) -> str:
    return explain(text, max_year=clock.office_today().year + 1) or "not_a_number"


def _row(
    batch: Batch, position: int, text: str, readings: tuple[Reading, ...], reference: str, why: str
) -> BatchLine:
    row = BatchLine(batch=batch, position=position, text=text[:300], own_reference=reference)
    if not readings:
        row.state, row.message = State.UNREADABLE, why
    elif len(readings) > 1:
        row.state, row.message = State.AMBIGUOUS, "several_numbers"
        row.kind, row.number = readings[0].kind, readings[0].canonical
    else:
        _understood(row, readings[0], batch.default_law)
    return row


def _understood(row: BatchLine, reading: Reading, default_law: str) -> None:
    row.law = reading.law or default_law
    row.kind, row.number = reading.kind, reading.canonical
    if not row.law:
        row.state, row.message = State.AMBIGUOUS, "law_not_said"
    elif reading.kind == "application":
        row.state, row.application_number = State.READY, reading.canonical
    else:
        row.state = State.TO_RESOLVE


def _mark_known(rows: list[BatchLine]) -> None:
    numbers = {row.application_number for row in rows if row.application_number}
    known: dict[tuple[str, str], Case] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        for case in Case.objects.filter(application_number__in=wanted[start : start + 500]):
            known[case.law, case.application_number] = case
    for row in rows:
        case = known.get((row.law, row.application_number))
        if case and row.state == State.READY:
            row.state, row.case = State.KNOWN, case
            row.title, row.applicants = case.title, case.applicants_text[:500]


def _mark_repeated(rows: list[BatchLine]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        name = (row.law, row.kind, row.number)
        if row.state in (State.READY, State.TO_RESOLVE, State.KNOWN):
            if name in seen:
                row.state, row.message = State.REPEATED, "repeated"
            seen.add(name)


# --- deciding ---------------------------------------------------------------------------------------------


@transaction.atomic
def choose_law(line: BatchLine, law: str, *, by: User) -> BatchLine:
    """A person says which law an ambiguous number belongs to."""
    if law not in Law.values or line.batch.owner_id != by.pk or line.batch.state != Batch.State.PREVIEW:
        raise IntakeRefused("not_possible")
    if line.state != State.AMBIGUOUS or not line.number:
        raise IntakeRefused("not_possible")
    line.law, line.message = law, ""
    if line.kind == "application":
        line.state, line.application_number = State.READY, line.number
    else:
        line.state = State.TO_RESOLVE
    _mark_known([line])
    same = line.batch.lines.filter(law=law, kind=line.kind, number=line.number).exclude(pk=line.pk)
    if same.exists():
        line.state, line.message = State.REPEATED, "repeated"
    line.save()
    return line


@transaction.atomic
def save_batch(batch: Batch, *, by: User) -> Saved:
    """Add the cases of a preview. Doing it twice adds nothing twice."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.owner_id != by.pk or batch.state == Batch.State.DISCARDED:
        raise IntakeRefused("not_possible")
    if batch.state == Batch.State.SAVED:
        done = batch.lines.filter(state=State.SAVED).count()
        return Saved(0, done, 0)
    named = Q(state__in=ADDABLE) & ~Q(application_number="")
    lines = list(batch.lines.filter(named | Q(state=State.KNOWN)))
    left_out = batch.lines.count() - len(lines)
    added = add_lines(batch, lines, by=by)
    batch.state, batch.saved_at = Batch.State.SAVED, clock.now()
    batch.save(update_fields=["state", "saved_at"])
    record("batch.save", by=by, batch=str(batch.pk), added=added, lines=len(lines))
    return Saved(added, len(lines) - added, left_out)


def add_lines(batch: Batch, lines: list[BatchLine], *, by: User) -> int:
    """Cases, list entries and work orders for lines whose application number is known; returns cases new."""
    fresh = [line for line in lines if line.case_id is None and line.application_number]
    before = _cases_by_number(fresh)
    Case.objects.bulk_create(
        [
            Case(
                law=line.law,
                application_number=line.application_number,
                title=line.title,
                applicants_text=line.applicants,
                own_reference=line.own_reference,
                added_by=by,
                added_at=clock.now(),
            )
            for line in fresh
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    cases = _cases_by_number(fresh)
    for line in fresh:
        line.case = cases.get((line.law, line.application_number))
        line.state = State.SAVED
    _store_cases(fresh)
    new = [case for name, case in cases.items() if name not in before]
    search_index.write_cases(new)
    order_added(new, by=by)
    _put_on_list(batch, [line.case for line in lines if line.case], by)
    return len(new)


def _store_cases(lines: list[BatchLine]) -> None:
    """Write each line's case in one statement: found again by the number both bear."""
    its_case = Case.objects.filter(law=OuterRef("law"), application_number=OuterRef("application_number"))
    pks = [line.pk for line in lines]
    for start in range(0, len(pks), 500):
        BatchLine.objects.filter(pk__in=pks[start : start + 500]).update(
            state=State.SAVED, case=Subquery(its_case.values("pk")[:1])
        )


def _cases_by_number(lines: list[BatchLine]) -> dict[tuple[str, str], Case]:
    numbers = sorted({line.application_number for line in lines})
    found: dict[tuple[str, str], Case] = {}
    for start in range(0, len(numbers), 500):
        for case in Case.objects.filter(application_number__in=numbers[start : start + 500]):
            found[case.law, case.application_number] = case
    wanted = {(line.law, line.application_number) for line in lines}
    return {name: case for name, case in found.items() if name in wanted}


def _put_on_list(batch: Batch, cases: list[Case], by: User) -> None:
    if batch.watchlist is None:
        return
    WatchlistEntry.objects.bulk_create(
        [WatchlistEntry(watchlist=batch.watchlist, case=case, added_by=by) for case in cases],
        ignore_conflicts=True,
        batch_size=500,
    )


@transaction.atomic
def discard_batch(batch: Batch, *, by: User) -> None:
    """Throw a preview away; nothing of it was added."""
    if batch.owner_id != by.pk:
        raise IntakeRefused("not_possible")
    Batch.objects.filter(pk=batch.pk, state=Batch.State.PREVIEW).update(state=Batch.State.DISCARDED)


def check_again(batch: Batch, *, by: User) -> int:
    """Have lines that could not be checked asked again; returns how many."""
    batch.refresh_from_db()
    if batch.owner_id != by.pk or batch.state == Batch.State.DISCARDED:
        raise IntakeRefused("not_possible")
    lines = batch.lines.filter(state__in=(State.NOT_CHECKED, State.NOT_FOUND))
    by_reference = lines.filter(kind__in=_BY_REFERENCE, application_number="").update(
        state=State.TO_RESOLVE, message="", attempts=0, not_before=clock.now()
    )
    return by_reference + lines.update(state=State.READY, message="", attempts=0, not_before=clock.now())
