"""Watchlists: what is on them, and cases put on and taken off."""

from __future__ import annotations

import uuid

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from pydantic import Field

from dossiers.alerts.follow import follow, reaching
from dossiers.intake import watchlists as lists
from dossiers.models import ApiToken, Watchlist

from . import access, cursors, shapes, words
from .rights import may

router = Router(tags=["Watchlists"])


class ListQuery(shapes.Given):
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


@router.get(
    "", auth=may("lists:read"), response=shapes.ListPage, summary="Watchlists", operation_id="list_watchlists"
)
def list_watchlists(request: HttpRequest, wanted: Query[ListQuery]) -> shapes.ListPage:
    """The shared ones and the token owner's own."""
    rows = _counted(request.auth).order_by("pk")
    if wanted.cursor:
        (after,) = cursors.read(wanted.cursor, str)
        rows = rows.filter(pk__gt=cursors.as_uuid(after))
    found = list(rows[: wanted.per_page + 1])
    shown = found[: wanted.per_page]
    return shapes.ListPage(
        items=[_list(one) for one in shown],
        next=cursors.write(str(shown[-1].pk)) if len(found) > len(shown) else None,
    )


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
    request: HttpRequest, list_id: uuid.UUID, wanted: Query[ListQuery]
) -> shapes.ListedPage:
    """In the order in which they were put on it."""
    one = get_object_or_404(access.watchlists(request.auth), pk=list_id)
    rows = one.entries.filter(access.shown_by(request.auth, "case__")).order_by("pk")
    if wanted.cursor:
        (after,) = cursors.read(wanted.cursor, int)
        rows = rows.filter(pk__gt=after)
    found = list(rows.select_related("case", "added_by")[: wanted.per_page + 1])
    shown = found[: wanted.per_page]
    return shapes.ListedPage(
        items=[
            shapes.ListedCase(
                **dict(words.ref(entry.case)),
                title=entry.case.title,
                own_reference=entry.case.own_reference,
                added_at=entry.added_at,
                added_by=words.name_of(entry.added_by),
            )
            for entry in shown
        ],
        next=cursors.write(shown[-1].pk) if len(found) > len(shown) else None,
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
