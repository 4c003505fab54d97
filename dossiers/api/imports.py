"""Adding cases: numbers in, what the office says of each, then added, with a report for each line."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Status
from pydantic import Field

from dossiers import intake, reach, tasks
from dossiers.alerts.follow import follow
from dossiers.intake import watchlists as lists
from dossiers.intake.batches import MOST_NOW
from dossiers.models import ApiToken, Batch, BatchLine, User, Watchlist
from dossiers.views.add import shown_number
from dossiers.views.line_words import line_message, remark_words

from . import access, cursors, shapes, words
from .problems import of_field
from .rights import may

router = Router(tags=["Imports"])
_COLUMNS = tuple(shapes.ImportRow.model_fields)
_WAITING = {
    Batch.State.PREVIEW: (BatchLine.State.READY, BatchLine.State.TO_RESOLVE),
    Batch.State.SAVED: (BatchLine.State.TO_RESOLVE,),
}
_WORKING = (Batch.State.READING, Batch.State.SAVING, Batch.State.UNDOING)


_ORDERS = {
    "made": cursors.Order("made", "created_at", datetime, key=uuid.UUID),
    "newest": cursors.Order("newest", "created_at", datetime, backwards=True, key=uuid.UUID),
}


class ImportQuery(shapes.Given):
    order: Literal["made", "newest"] = Field(
        "made", description="made: the oldest first, new ones at the end; newest: the other way round"
    )
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


class LineQuery(shapes.Given):
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


class SaveQuery(shapes.Given):
    update_known: bool = Field(
        False, description="Cases that are there already take what the rows say of them"
    )


@router.post(
    "",
    auth=may("imports:write"),
    response={201: shapes.ImportShown},
    summary="Bring cases in",
    operation_id="start_import",
)
def start_import(
    request: HttpRequest, response: HttpResponse, entry: shapes.ImportEntry
) -> shapes.ImportShown:
    """No row is dropped without a word: each has a line in the report, also what is in the docket already."""
    token = request.auth
    if entry.save and len(entry.rows) > MOST_NOW:
        raise of_field("body.save", _("At most 500 rows can be added at once. Send “save” when it is read."))
    file = intake.keep_file(
        name=f"API: {token.name}",
        body=_table(entry.rows),
        by=token.owner,
        default_law=entry.law or "",
        watchlist=_list_for(token, entry.watchlist),
    )
    intake.read_as(file, by=token.owner, encoding="utf-8", delimiter=",", heading_row=1)
    made = intake.start_import(file, _COLUMNS, by=token.owner)
    if entry.save:
        intake.save_batch(made, by=token.owner, update_known=entry.update_known)
        tasks.ring("refresh")
    tasks.ring("intake")
    response["Location"] = words.address(f"imports/{made.pk}")
    return _shown([access.batches(token).get(pk=made.pk)])[0]


def _table(rows: Iterable[shapes.ImportRow]) -> bytes:
    """The rows as a file that somebody could have uploaded: they are read and remarked as its rows are."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(_COLUMNS)
    for row in rows:
        cells = row.dict()
        table.writerow([", ".join(row.tags) if name == "tags" else cells[name] for name in _COLUMNS])
    return written.getvalue().encode()


def _list_for(token: ApiToken, chosen: uuid.UUID | None) -> Watchlist:
    if chosen is None:
        return _own_list(token.owner)
    found = access.watchlists(token).filter(pk=chosen).first()
    if found is None:
        raise of_field("body.watchlist", _("There is no such list. “lists” shows those that can be used."))
    return found


def _own_list(user: User) -> Watchlist:
    """The person's own first list; made when there is none, and then they follow it."""
    first = lists.first_own(user)
    if first is None:
        first = lists.create(by=user, name=_("Cases of %s") % user)
        follow(first, user, by=user)
    return first


@router.get(
    "", auth=may("imports:write"), response=shapes.ImportPage, summary="Imports", operation_id="list_imports"
)
def list_imports(request: HttpRequest, wanted: Query[ImportQuery]) -> shapes.ImportPage:
    """Those of the token's owner, from the pages, too."""
    keys, following = _ORDERS[wanted.order].page(access.batches(request.auth), wanted.cursor, wanted.per_page)
    by_key = access.batches(request.auth).in_bulk(keys)
    return shapes.ImportPage(items=_shown([by_key[key] for key in keys if key in by_key]), next=following)


@router.get(
    "/{import_id}",
    auth=may("imports:write"),
    response=shapes.ImportShown,
    summary="How far an import is",
    operation_id="read_import",
)
def read_import(request: HttpRequest, import_id: uuid.UUID) -> shapes.ImportShown:
    """Ask again while `waiting` is not 0; every few seconds is enough."""
    return _shown([get_object_or_404(access.batches(request.auth), pk=import_id)])[0]


@router.get(
    "/{import_id}/lines",
    auth=may("imports:write"),
    response=shapes.ImportLines,
    summary="The report of an import, line by line",
    operation_id="list_import_lines",
)
def list_import_lines(
    request: HttpRequest, import_id: uuid.UUID, wanted: Query[LineQuery]
) -> shapes.ImportLines:
    """What was understood, what the office says of it, and what to do."""
    one = get_object_or_404(access.batches(request.auth), pk=import_id)
    rows = access.lines(one).select_related("case").defer("body").order_by("position")
    if wanted.cursor:
        (after,) = cursors.read(wanted.cursor, int)
        rows = rows.filter(position__gt=after)
    found = list(rows[: wanted.per_page + 1])
    shown = found[: wanted.per_page]
    return shapes.ImportLines(
        items=[_report(line) for line in shown],
        next=cursors.write(shown[-1].position) if len(found) > len(shown) else None,
    )


@router.post(
    "/{import_id}/save",
    auth=may("imports:write"),
    response=shapes.ImportShown,
    summary="Add the cases of an import",
    operation_id="save_import",
)
def save_import(request: HttpRequest, import_id: uuid.UUID, wanted: Query[SaveQuery]) -> shapes.ImportShown:
    """Adds what can be added, many in the background; the rest stays in the report. Twice is once."""
    one = get_object_or_404(access.batches(request.auth), pk=import_id)
    intake.save_batch(one, by=request.auth.owner, update_known=wanted.update_known)
    tasks.ring("intake")
    tasks.ring("refresh")
    return _shown([access.batches(request.auth).get(pk=one.pk)])[0]


@router.delete(
    "/{import_id}",
    auth=may("imports:write"),
    response={204: None},
    summary="Give an import up",
    operation_id="discard_import",
)
def discard_import(request: HttpRequest, import_id: uuid.UUID):
    """Before it was saved: nothing of it is added. What was saved stays, and this is refused."""
    one = get_object_or_404(access.batches(request.auth), pk=import_id)
    intake.discard_batch(one, by=request.auth.owner)
    one.refresh_from_db(fields=["state"])
    if one.state != Batch.State.DISCARDED:
        raise intake.IntakeRefused("not_possible")
    return Status(204, None)


# --- as shown ---------------------------------------------------------------------------------------------


def _shown(batches: list[Batch]) -> list[shapes.ImportShown]:
    """Imports with how many of their lines are in which state, counted in one query for all."""
    shown = reach.shown_to(batches[0].owner, "case__") if batches else Q()  # all are one person's
    rows = BatchLine.objects.filter(shown, batch__in=batches).order_by().values_list("batch", "state")
    counts: dict[uuid.UUID, dict[str, int]] = {one.pk: {} for one in batches}
    for batch, state, number in rows.annotate(Count("pk")):
        counts[batch][state] = number
    return [_import(one, counts[one.pk]) for one in batches]


def _import(one: Batch, counts: dict[str, int]) -> shapes.ImportShown:
    return shapes.ImportShown(
        id=one.pk,
        state=words.worded(one.state, one.get_state_display()),
        working=one.state in _WORKING,
        lines=sum(counts.values()),
        waiting=sum(counts.get(state, 0) for state in _WAITING.get(Batch.State(one.state), ())),
        counts=counts,
        watchlist=one.watchlist_id,
        created_at=one.created_at,
        saved_at=one.saved_at,
        url=words.address(f"imports/{one.pk}"),
        page=words.page(f"add/{one.pk}/"),
    )


def _report(line: BatchLine) -> shapes.ImportLine:
    return shapes.ImportLine(
        position=line.position,
        text=line.text,
        state=words.worded(line.state, line.get_state_display()),
        what_to_do=line_message(line.message),
        remarks=[remark_words(code, detail) for code, detail in line.remarks],
        law=line.law,
        number=shown_number(line),
        own_reference=line.own_reference,
        title=line.title,
        applicants=line.applicants,
        case=words.ref(line.case) if line.case else None,
        checked_at=line.checked_at,
    )
