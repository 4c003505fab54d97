"""From pasted lines to a preview, and from the preview to cases.

No line is dropped: each gets a row with what was understood, and later with what became of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from apiclient.numbers import Reading, explain, find, parse
from dossiers import clock, reach
from dossiers.models import Batch, BatchLine, Case, Law, User, Watchlist, record
from dossiers.refresh import search_index
from dossiers.refresh.jobs import order_added

from .bringing import active_people, bring_known, compare, put_on_lists, tag_new
from .lines import understood
from .passing_on import pass_on

MOST_LINES = 10_000
MOST_CHARACTERS = 2_000_000
_SPLIT = re.compile(r"[,、，;；|]")
State, Stage = BatchLine.State, Batch.State
# What a person may add: also what the office could not be asked about, for it will be asked later.
ADDABLE = (State.READY, State.FOUND, State.NOT_CHECKED)
NAMING = (State.READY, State.TO_RESOLVE, State.KNOWN)  # what a line may be when it is first read
DONE = (State.SAVED, State.UPDATED, State.UNDONE)  # what no later answer of the office changes
AT_ONCE = 200  # lines added in one transaction
MOST_NOW = 500  # lines added while somebody waits; more are added in the background
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
    mark_known(rows, by)
    mark_repeated(rows, set())
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
        understood(row, readings[0], batch.default_law)
    return row


def mark_known(rows: list[BatchLine], by: User) -> None:
    """Say of each line that is ready whether its case is in the docket already, as far as `by` may know."""
    wanted = sorted({row.application_number for row in rows if row.application_number})
    known: dict[tuple[str, str], Case] = {}
    for start in range(0, len(wanted), 500):
        for case in reach.cases(by).filter(application_number__in=wanted[start : start + 500]):
            known[case.law, case.application_number] = case
    for row in rows:
        case = known.get((row.law, row.application_number))
        if case and row.state == State.READY:
            row.state, row.case = State.KNOWN, case
            row.title, row.applicants = case.title, case.applicants_text[:500]
            compare(row)


def mark_repeated(rows: list[BatchLine], seen: set[tuple[str, str, str]]) -> None:
    """Say of each line whether an earlier one, or one in `seen`, names the same; `seen` gets the others."""
    for row in rows:
        name = (row.law, row.kind, row.number)
        if row.state in NAMING:
            if name in seen:
                row.state, row.message = State.REPEATED, "repeated"
            seen.add(name)


# --- deciding ---------------------------------------------------------------------------------------------


@transaction.atomic
def choose_law(line: BatchLine, law: str, *, by: User) -> BatchLine:
    """A person says which law an ambiguous number belongs to."""
    if law not in Law.values or line.batch.owner_id != by.pk or line.batch.state != Stage.PREVIEW:
        raise IntakeRefused("not_possible")
    if line.state != State.AMBIGUOUS or not line.number:
        raise IntakeRefused("not_possible")
    line.law, line.message = law, ""
    if line.kind == "application":
        line.state, line.application_number = State.READY, line.number
    else:
        line.state = State.TO_RESOLVE
    mark_known([line], by)
    same = line.batch.lines.filter(law=law, kind=line.kind, number=line.number).exclude(pk=line.pk)
    if same.exists():
        line.state, line.message = State.REPEATED, "repeated"
    line.save()
    return line


def save_batch(batch: Batch, *, by: User, update_known: bool = False) -> Saved:
    """Add the cases of a preview: a few at once, many in the background (`save_on`).

    Doing it twice adds nothing twice. With `update_known` cases that were there already take what their lines
    say of them; else they stay as they are. IntakeRefused("not_possible").
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch.pk)
        if batch.owner_id != by.pk or batch.state not in (Stage.PREVIEW, Stage.SAVING, Stage.SAVED):
            raise IntakeRefused("not_possible")
        if batch.state != Stage.PREVIEW:
            return Saved(0, batch.lines.filter(state=State.SAVED).count(), 0)
        batch.state, batch.update_known, batch.saved_at = Stage.SAVING, update_known, clock.now()
        batch.save(update_fields=["state", "update_known", "saved_at"])
    before = set(batch.lines.filter(made=True).values_list("pk", flat=True))
    if _to_save(batch).count() <= MOST_NOW:
        while save_on(batch):
            pass
    made = batch.lines.filter(made=True).count() - len(before)
    named = batch.lines.filter(state__in=(State.SAVED, State.KNOWN, State.UPDATED)).count()
    return Saved(made, named - made, batch.lines.count() - named)


def _to_save(batch: Batch) -> QuerySet[BatchLine]:
    """Lines of a batch being saved whose turn has not come."""
    named = Q(state__in=ADDABLE) & ~Q(application_number="")
    return batch.lines.filter(named | Q(state=State.KNOWN, old={}))


def save_on(batch: Batch) -> bool:
    """Add the next cases of a batch that is being saved; whether there may be more."""
    with transaction.atomic():
        batch = (
            Batch.objects.select_for_update(of=("self",))
            .select_related("watchlist", "owner")
            .get(pk=batch.pk)
        )
        if batch.state != Stage.SAVING:
            return False
        lines = list(_to_save(batch).defer("body").order_by("position")[:AT_ONCE])
        if lines:
            add_lines(batch, lines, by=batch.owner)
            return True
        batch.state, file = Stage.SAVED, batch.file
        batch.file = None
        batch.save(update_fields=["state", "file"])
        if file and not file.batches.exists():
            file.delete()
        added = batch.lines.filter(made=True).count()
        record("batch.save", by=batch.owner, batch=str(batch.pk), added=added, lines=batch.lines.count())
        return False


def add_lines(batch: Batch, lines: list[BatchLine], *, by: User) -> int:
    """Cases, list entries and work orders for lines whose application number is known; returns cases new.

    Lines about cases that `by` is not to know of are passed on.
    """
    lines = pass_on(lines, by=by)
    fresh = [line for line in lines if line.case_id is None and line.application_number]
    before = _cases_by_number(fresh)
    people = active_people(lines)
    first = {(line.law, line.application_number): line for line in reversed(fresh)}
    Case.objects.bulk_create(
        [
            Case(
                law=line.law,
                application_number=line.application_number,
                title=line.title,
                applicants_text=line.applicants,
                own_reference=line.own_reference,
                client=line.values.get("client", ""),
                owner_id=people.get(line.values.get("owner")),
                deputy_id=people.get(line.values.get("deputy")),
                note=line.values.get("note", ""),
                added_by=by,
                added_at=clock.now(),
            )
            for line in first.values()
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    cases = _cases_by_number(fresh)
    for line in fresh:
        name = (line.law, line.application_number)
        line.case, line.made = cases.get(name), name not in before and first[name] is line
        line.state = State.SAVED if line.made else State.KNOWN
    _store_cases(fresh)
    new = [case for name, case in cases.items() if name not in before]
    tag_new([line for line in fresh if line.made], by=by)
    search_index.write_cases(new)
    order_added(new, by=by)
    put_on_lists(batch, lines, by=by)
    bring_known([line for line in lines if not line.made], update=batch.update_known, by=by)
    return len(new)


def _store_cases(lines: list[BatchLine]) -> None:
    """Write each line's case in one statement: found again by the number both bear."""
    its_case = Case.objects.filter(law=OuterRef("law"), application_number=OuterRef("application_number"))
    for made, state in ((True, State.SAVED), (False, State.KNOWN)):
        pks = [line.pk for line in lines if line.made is made]
        for start in range(0, len(pks), 500):
            BatchLine.objects.filter(pk__in=pks[start : start + 500]).update(
                state=state, made=made, case=Subquery(its_case.values("pk")[:1])
            )


def _cases_by_number(lines: list[BatchLine]) -> dict[tuple[str, str], Case]:
    numbers = sorted({line.application_number for line in lines})
    found: dict[tuple[str, str], Case] = {}
    for start in range(0, len(numbers), 500):
        for case in Case.objects.filter(application_number__in=numbers[start : start + 500]):
            found[case.law, case.application_number] = case
    wanted = {(line.law, line.application_number) for line in lines}
    return {name: case for name, case in found.items() if name in wanted}


@transaction.atomic
def leave_out(line: BatchLine, *, by: User, out: bool) -> BatchLine:
    """A person decides that a line of a preview is not added, or is after all."""
    batch = Batch.objects.select_for_update().get(pk=line.batch_id)
    line.refresh_from_db(fields=["state"])
    before = (State.LEFT_OUT,) if not out else (*ADDABLE, State.TO_RESOLVE, State.KNOWN)
    if batch.owner_id != by.pk or batch.state != Stage.PREVIEW or line.state not in before:
        raise IntakeRefused("not_possible")
    if out:
        line.state = State.LEFT_OUT
    elif line.case_id:
        line.state = State.KNOWN
    elif line.checked_at:
        line.state = State.FOUND
    else:
        line.state = State.READY if line.application_number else State.TO_RESOLVE
    line.save(update_fields=["state"])
    return line


@transaction.atomic
def discard_batch(batch: Batch, *, by: User) -> None:
    """Throw a preview away; nothing of it was added."""
    if batch.owner_id != by.pk:
        raise IntakeRefused("not_possible")
    unsaved = (Stage.READING, Stage.REFUSED, Stage.PREVIEW)
    Batch.objects.filter(pk=batch.pk, state__in=unsaved).update(state=Stage.DISCARDED)


def check_again(batch: Batch, *, by: User) -> int:
    """Have lines that could not be checked asked again; returns how many."""
    batch.refresh_from_db()
    if batch.owner_id != by.pk or batch.state == Stage.DISCARDED:
        raise IntakeRefused("not_possible")
    lines = batch.lines.filter(state__in=(State.NOT_CHECKED, State.NOT_FOUND, State.PASSED_ON))
    by_reference = lines.filter(kind__in=_BY_REFERENCE, application_number="").update(
        state=State.TO_RESOLVE, message="", attempts=0, not_before=clock.now()
    )
    return by_reference + lines.update(state=State.READY, message="", attempts=0, not_before=clock.now())
