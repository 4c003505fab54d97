"""Following: of which lists and cases the token's owner is told, and how soon."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from pydantic import Field

from dossiers.alerts import preferences, watch_ends
from dossiers.alerts.follow import follow, reaching, unfollow
from dossiers.models import ApiToken, Follow, Preference

from . import access, cursors, shapes, words
from .rights import may

router = Router(tags=["Following"])
of_case = Router(tags=["Following"])
of_list = Router(tags=["Following"])
Id = shapes.Annotated[int, Field(ge=1, lt=2**63)]


class FollowQuery(shapes.Given):
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


@router.get(
    "/follows",
    auth=may("follows:read"),
    response=shapes.FollowPage,
    summary="What is followed",
    operation_id="list_follows",
)
def list_follows(request: HttpRequest, wanted: Query[FollowQuery]) -> shapes.FollowPage:
    """The lists and cases of which the token's owner is told, by themselves or as one of a team."""
    rows = _follows(request.auth).order_by("pk")
    if wanted.cursor:
        (after,) = cursors.read(wanted.cursor, int)
        rows = rows.filter(pk__gt=after)
    found = list(rows[: wanted.per_page + 1])
    shown = found[: wanted.per_page]
    return shapes.FollowPage(
        items=_shown(request.auth, shown),
        next=cursors.write(shown[-1].pk) if len(found) > len(shown) else None,
    )


@router.get(
    "/follows/{follow_id}",
    auth=may("follows:read"),
    response=shapes.FollowShown,
    summary="Read a follow",
    operation_id="read_follow",
)
def read_follow(request: HttpRequest, follow_id: Id) -> shapes.FollowShown:
    """One list or case that is followed, and how soon its owner is told of what happens there."""
    return _one(request.auth, get_object_or_404(_follows(request.auth), pk=follow_id))


@router.patch(
    "/follows/{follow_id}/rhythms",
    auth=may("follows:write"),
    response=shapes.FollowShown,
    summary="Choose how soon, for one follow",
    operation_id="choose_follow_rhythms",
)
def choose_follow_rhythms(
    request: HttpRequest, follow_id: Id, change: shapes.RhythmsChange
) -> shapes.FollowShown:
    """For the token's owner alone, never for a team. What is left out stays; null is as for everything. Of
    what may cost a right whoever is in charge of the case is told in any case."""
    owner = request.auth.owner
    found = get_object_or_404(_follows(request.auth), pk=follow_id)
    chosen = {**preferences.chosen_for(found, owner), **change.rhythms}
    preferences.choose_for(found, owner, {kind: rhythm or "" for kind, rhythm in chosen.items()}, by=owner)
    return _one(request.auth, found)


@router.get(
    "/rhythms",
    auth=may("follows:read"),
    response=shapes.Rhythms,
    summary="How soon the owner is told",
    operation_id="read_rhythms",
)
def read_rhythms(request: HttpRequest) -> shapes.Rhythms:
    """For each kind of event, where nothing else is chosen for a follow."""
    return shapes.Rhythms(rhythms=preferences.own(request.auth.owner))


@router.patch(
    "/rhythms",
    auth=may("follows:write"),
    response=shapes.Rhythms,
    summary="Choose how soon the owner is told",
    operation_id="choose_rhythms",
)
def choose_rhythms(request: HttpRequest, change: shapes.RhythmsChange) -> shapes.Rhythms:
    """What is left out stays; null is the usual. It holds for what happens from now on."""
    owner = request.auth.owner
    usual = {kind: rhythm or preferences.USUAL[kind] for kind, rhythm in change.rhythms.items()}
    preferences.choose(owner, usual, by=owner)
    return shapes.Rhythms(rhythms=preferences.own(owner))


@of_list.put(
    "/{list_id}/follow",
    auth=may("follows:write"),
    response=shapes.FollowShown,
    summary="Follow a watchlist",
    operation_id="follow_watchlist",
)
def follow_watchlist(request: HttpRequest, list_id: uuid.UUID) -> shapes.FollowShown:
    """Its owner is told of what happens on the list's cases from now on. Twice changes nothing."""
    token = request.auth
    one = get_object_or_404(access.watchlists(token), pk=list_id)
    return _one(token, follow(one, token.owner, by=token.owner))


@of_list.delete(
    "/{list_id}/follow",
    auth=may("follows:write"),
    response={204: None},
    summary="Follow a watchlist no longer",
    operation_id="unfollow_watchlist",
)
def unfollow_watchlist(request: HttpRequest, list_id: uuid.UUID):
    """Nor as one of a team that follows it. Twice changes nothing; cases that are told of for another reason
    still are."""
    token = request.auth
    unfollow(get_object_or_404(access.watchlists(token), pk=list_id), token.owner, by=token.owner, how="api")
    return Status(204, None)


@of_case.put(
    "/{law}/{number}/follow",
    auth=may("follows:write"),
    response=shapes.FollowShown,
    summary="Follow a case",
    operation_id="follow_case",
)
def follow_case(request: HttpRequest, law: shapes.LawCode, number: shapes.Number) -> shapes.FollowShown:
    """Its owner is told of what happens in the case from now on, whatever lists it is on. Twice changes
    nothing."""
    token = request.auth
    one = access.case(token, law, number)
    made = follow(one, token.owner, by=token.owner)
    watch_ends.keep(watch_ends.told_of(one), by=token.owner, how="follow")
    return _one(token, made)


@of_case.delete(
    "/{law}/{number}/follow",
    auth=may("follows:write"),
    response={204: None},
    summary="Follow a case no longer",
    operation_id="unfollow_case",
)
def unfollow_case(request: HttpRequest, law: shapes.LawCode, number: shapes.Number):
    """The case by itself: lists that it is on are followed as before. Whoever is in charge of it is still
    told."""
    token = request.auth
    unfollow(access.case(token, law, number), token.owner, by=token.owner, how="api")
    return Status(204, None)


# --- as shown ---------------------------------------------------------------------------------------------


def _follows(token: ApiToken) -> QuerySet[Follow]:
    """Those that reach the token's owner, of lists and cases that the token shows."""
    lists = Q(watchlist__in=access.watchlists(token).order_by().values("pk"))
    singly = Q(case__in=access.cases(token).order_by().values("pk"))
    return reaching(token.owner).filter(lists | singly).select_related("watchlist", "case", "team")


def _one(token: ApiToken, row: Follow) -> shapes.FollowShown:
    return _shown(token, [row])[0]


def _shown(token: ApiToken, rows: Collection[Follow]) -> list[shapes.FollowShown]:
    """Follows with what the owner chose for each; one query for all."""
    chosen: dict[int, dict[str, str]] = {row.pk: {} for row in rows}
    own = Preference.objects.filter(follow__in=list(chosen), user=token.owner)
    for pk, kind, rhythm in own.values_list("follow", "kind", "rhythm"):
        chosen[pk][kind] = rhythm
    return [
        shapes.FollowShown(
            id=row.pk,
            watchlist=shapes.ListRef(
                id=row.watchlist.pk,
                name=row.watchlist.name,
                url=words.address(f"lists/{row.watchlist.pk}"),
            )
            if row.watchlist
            else None,
            case=words.ref(row.case) if row.case else None,
            team=row.team.name if row.team else None,
            rhythms=chosen[row.pk],
            since=row.changed_at,
            url=words.address(f"follows/{row.pk}"),
        )
        for row in rows
    ]
