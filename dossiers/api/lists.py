"""Watchlists: what is on them, and cases put on and taken off."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from pydantic import Field

from dossiers.alerts.follow import follow, reaching
from dossiers.intake import watchlists as lists
from dossiers.models import ApiToken, Watchlist, WatchlistEntry

from . import access, cursors, shapes, words
from .rights import may

router = Router(tags=["Watchlists"])


_LISTS = {
    "made": cursors.Order("made", "created_at", datetime, key=uuid.UUID),
    "name": cursors.Order("name", "name", str, key=uuid.UUID),
}
_LISTED = {
    "added": cursors.Order("added", "added_at", datetime),
    "number": cursors.Order("number", "case__application_number", str, backwards=True),
}


class ListQuery(shapes.Given):
    order: Literal["made", "name"] = Field(
        "made", description="made: the oldest first, new ones at the end; name: by their names"
    )
    cursor: str = Field("", max_length=600)  # a name of 80 characters, as a cursor writes it
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


class ListedQuery(shapes.Given):
    order: Literal["added", "number"] = Field(
        "added",
        description="added: as they were put on the list, new ones at the end; number: the newest "
        "application first",
    )
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


@router.get(
    "", auth=may("lists:read"), response=shapes.ListPage, summary="Watchlists", operation_id="list_watchlists"
)
def list_watchlists(request: HttpRequest, wanted: Query[ListQuery]) -> shapes.ListPage:
    """The shared ones and the token owner's own."""
    rows = access.watchlists(request.auth)
    keys, following = _LISTS[wanted.order].page(rows, wanted.cursor, wanted.per_page)
    by_key = _counted(request.auth).in_bulk(keys)
    return shapes.ListPage(items=[_list(by_key[key]) for key in keys if key in by_key], next=following)


@router.post(
    "",
    auth=may("lists:write"),
    response={201: shapes.ListShown},
    summary="Make a watchlist",
    operation_id="make_watchlist",
)
def make_watchlist(request: HttpRequest, response: HttpResponse, entry: shapes.ListEntry) -> shapes.ListShown:
    """It belongs to the token's owner. Sent again without an Idempotency-Key, it is another list."""
    owner = request.auth.owner
    made = lists.create(by=owner, name=entry.name, shared=entry.shared)
    if entry.follow:
        follow(made, owner, by=owner)
    response["Location"] = words.address(f"lists/{made.pk}")
    return _list(_counted(request.auth, Watchlist.objects.all()).get(pk=made.pk))


@router.get(
    "/{list_id}",
    auth=may("lists:read"),
    response=shapes.ListShown,
    summary="Read a watchlist",
    operation_id="read_watchlist",
)
def read_watchlist(request: HttpRequest, list_id: uuid.UUID) -> shapes.ListShown:
    """Its cases have an address of their own."""
    return _list(get_object_or_404(_counted(request.auth), pk=list_id))


@router.get(
    "/{list_id}/cases",
    auth=may("lists:read"),
    response=shapes.ListedPage,
    summary="The cases of a watchlist",
    operation_id="list_watched_cases",
)
def list_watched_cases(
    request: HttpRequest, list_id: uuid.UUID, wanted: Query[ListedQuery]
) -> shapes.ListedPage:
    """Those of them that the token shows."""
    one = get_object_or_404(access.watchlists(request.auth), pk=list_id)
    rows = one.entries.filter(access.shown_by(request.auth, "case__"))
    keys, following = _LISTED[wanted.order].page(rows, wanted.cursor, wanted.per_page)
    by_key = one.entries.select_related("case", "added_by").in_bulk(keys)
    return shapes.ListedPage(items=[_listed(by_key[key]) for key in keys if key in by_key], next=following)


def _listed(entry: WatchlistEntry) -> shapes.ListedCase:
    return shapes.ListedCase(
        **dict(words.ref(entry.case)),
        title=entry.case.title,
        own_reference=entry.case.own_reference,
        added_at=entry.added_at,
        added_by=words.name_of(entry.added_by),
    )


@router.put(
    "/{list_id}/cases/{law}/{number}",
    auth=may("lists:write"),
    response={204: None},
    summary="Put a case on a watchlist",
    operation_id="watch_case",
)
def watch_case(request: HttpRequest, list_id: uuid.UUID, law: shapes.LawCode, number: shapes.Number):
    """Whoever follows the list is told of the case from now on. Twice changes nothing."""
    one = get_object_or_404(access.watchlists(request.auth), pk=list_id)
    lists.add_cases(one, [access.case(request.auth, law, number)], by=request.auth.owner)
    return Status(204, None)


@router.delete(
    "/{list_id}/cases/{law}/{number}",
    auth=may("lists:write"),
    response={204: None},
    summary="Take a case off a watchlist",
    operation_id="unwatch_case",
)
def unwatch_case(request: HttpRequest, list_id: uuid.UUID, law: shapes.LawCode, number: shapes.Number):
    """Only for the list's owner, for it may silence somebody. The case itself stays in the docket."""
    one = get_object_or_404(access.watchlists(request.auth), pk=list_id)
    lists.remove_case(one, access.case(request.auth, law, number), by=request.auth.owner)
    return Status(204, None)


# --- as shown ---------------------------------------------------------------------------------------------


def _counted(token: ApiToken, rows: QuerySet[Watchlist] | None = None) -> QuerySet[Watchlist]:
    shown = access.shown_by(token, "entries__case__")
    mine = reaching(token.owner).filter(watchlist=OuterRef("pk"))
    rows = access.watchlists(token) if rows is None else rows
    counted = Count("entries", filter=shown if shown else Q(), distinct=True)
    return rows.select_related("owner").annotate(case_count=counted, followed=Exists(mine))


def _list(one: Watchlist) -> shapes.ListShown:
    return shapes.ListShown(
        id=one.pk,
        name=one.name,
        owner=words.person(one.owner),
        shared=one.shared,
        cases=one.case_count,
        followed=one.followed,
        created_at=one.created_at,
        url=words.address(f"lists/{one.pk}"),
    )
