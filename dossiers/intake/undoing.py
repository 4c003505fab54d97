"""Taking an import back: cases that are there through it alone and that nobody has touched since.

Everything else stays and says why. What the office has meanwhile answered of a case goes with it; a case of
which somebody was told, or which somebody worked on, is kept.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from dossiers import clock
from dossiers.models import (
    Alert,
    AuditEntry,
    Batch,
    BatchLine,
    Case,
    Follow,
    OwnRecord,
    StandingInstruction,
    Tag,
    User,
    WatchlistEntry,
    record,
)
from dossiers.refresh import search_index
from dossiers.refresh.search import fold

from . import tags
from .batches import AT_ONCE, MOST_NOW, IntakeRefused
from .bringing import changes
from .cases import edit_case

UNDO_FOR = timedelta(days=30)
State, Stage = BatchLine.State, Batch.State
_BACK = Q(made=True, state=State.SAVED) | Q(state__in=(State.KNOWN, State.UPDATED), old__done=True)


def may_undo(batch: Batch) -> bool:
    """Whether there is something to take back and it is not too old."""
    young = batch.saved_at is not None and batch.saved_at > clock.now() - UNDO_FOR
    return young and batch.state == Stage.SAVED


def undo(batch: Batch, *, by: User) -> None:
    """Take it back, some lines at once and many in the background (`undo_on`); IntakeRefused."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch.pk)
        if batch.owner_id != by.pk or not may_undo(batch):
            raise IntakeRefused("not_possible")
        batch.state = Stage.UNDOING
        batch.save(update_fields=["state"])
        record("batch.undo", by=by, batch=str(batch.pk))
    if batch.lines.filter(_BACK).count() <= MOST_NOW:
        while undo_on(batch):
            pass


def undo_on(batch: Batch) -> bool:
    """Take back the next lines of a batch; whether there may be more."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",)).select_related("owner").get(pk=batch.pk)
        if batch.state != Stage.UNDOING:
            return False
        lines = list(batch.lines.filter(_BACK).defer("body").order_by("position")[:AT_ONCE])
        if not lines:
            batch.state = Stage.UNDONE
            batch.save(update_fields=["state"])
            # What was never added needs no further question.
            batch.lines.filter(state=State.TO_RESOLVE).update(state=State.LEFT_OUT)
            return False
        made, known = [line for line in lines if line.made], [line for line in lines if not line.made]
        _remove(batch, made)
        for line in known:
            _put_back(line, by=batch.owner)
        BatchLine.objects.bulk_update(lines, ["state", "case", "old", "remarks", "made"], batch_size=100)
        return True


def _remove(batch: Batch, lines: list[BatchLine]) -> None:
    cases = {
        case.pk: case
        for case in Case.objects.select_for_update().filter(pk__in=[line.case_id for line in lines])
    }
    touched = touched_since(batch, [line for line in lines if line.case_id in cases])
    gone = []
    for line in lines:
        if line.case_id in cases and line.case_id not in touched:
            gone.append(cases[line.case_id])
            line.state, line.case = State.UNDONE, None
        else:
            line.made = False
            line.remarks = [*line.remarks, ["kept", ""]]
    if gone:
        search_index.forget(gone)
        removed = [[case.law, case.application_number, case.own_reference] for case in gone]
        Case.objects.filter(pk__in=[case.pk for case in gone]).delete()
        record("batch.cases_removed", by=batch.owner, batch=str(batch.pk), cases=removed)


def touched_since(batch: Batch, lines: list[BatchLine]) -> set[int]:
    """Of the cases that these lines added, those that somebody has worked on, been told of or relies on."""
    keys = [line.case_id for line in lines]
    lists = {str(batch.watchlist_id)} | {line.values.get("list") for line in lines}
    elsewhere = BatchLine.objects.filter(batch__state__in=(Stage.SAVED, Stage.SAVING)).exclude(batch=batch)
    found: set[Any] = {
        case
        for case, watchlist in WatchlistEntry.objects.filter(case__in=keys).values_list("case", "watchlist")
        if str(watchlist) not in lists
    }
    for rows, name in (
        (AuditEntry.objects.all(), "case"),
        (Alert.objects.all(), "news__case"),
        (Follow.objects.all(), "case"),
        (OwnRecord.objects.all(), "case"),
        (StandingInstruction.objects.all(), "case"),
        (elsewhere, "case"),
    ):
        found.update(rows.filter(**{f"{name}__in": keys}).values_list(name, flat=True))
    return found


def _put_back(line: BatchLine, *, by: User) -> None:
    """A case that was there before says again what it said, where it still says what the line brought."""
    case = line.case
    if case is not None:
        fields, kept = _fields_back(line, case)
        if fields:
            edit_case(case, by=by, **fields)
        if brought := {fold(name) for name in line.old.get("tags", ())}:
            names = Tag.objects.filter(cases=case).exclude(folded__in=brought).values_list("name", flat=True)
            tags.set_tags(case, list(names), by=by)
        _off_lists(line, case)
        if kept:
            line.remarks = [*line.remarks, ["kept_values", ""]]
    line.old = {**line.old, "done": False}
    line.state = State.UNDONE if line.state == State.UPDATED else State.KNOWN


def _fields_back(line: BatchLine, case: Case) -> tuple[dict[str, Any], bool]:
    """The fields to write, and whether somebody has changed others since."""
    old = line.old.get("fields", {})
    named = [value for name, value in old.items() if name in ("owner", "deputy") and value]
    people = User.objects.in_bulk(named)
    again = changes(line)  # what the line would change now: nothing, where it still stands
    fields = {
        name: people.get(value) if name in ("owner", "deputy") else value
        for name, value in old.items()
        if name not in again
    }
    return fields, len(fields) < len(old)


def _off_lists(line: BatchLine, case: Case) -> None:
    for entry in WatchlistEntry.objects.filter(watchlist__in=line.old.get("lists", ()), case=case):
        record("watchlist.remove_case", by=line.batch.owner, case=case, watchlist=str(entry.watchlist_id))
        entry.delete()
