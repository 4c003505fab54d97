"""What has happened, for programs that ask again and again: nothing twice, nothing left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from dossiers.docketing import confirming
from dossiers.models import ApiToken, News, NewsCounter

from . import access, cursors, shapes, words
from .rights import may

router = Router(tags=["Events"])
_AT_ONCE = 1000
_DATES = ("old", "new")


class EventQuery(shapes.Given):
    after: str = Field(
        "",
        max_length=400,
        description="The `next` of the last answer; empty: from the beginning; “now”: from now on",
    )
    kind: list[Literal[tuple(News.Kind.values)]] = Field([], description="Only of these kinds")
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


@router.get(
    "",
    auth=may("events:read"),
    response=shapes.Happenings,
    summary="What has happened since",
    operation_id="list_events",
)
def list_events(request: HttpRequest, wanted: Query[EventQuery]) -> shapes.Happenings:
    """Keep `next` and send it as `after` the next time. It is given also when nothing has happened."""
    put_in_order()
    if wanted.after == "now":
        return shapes.Happenings(items=[], next=cursors.write(_last()), more=False)
    after = cursors.read(wanted.after, int)[0] if wanted.after else 0
    upto = _last()
    rows = News.objects.filter(
        access.shown_by(request.auth, "case__"), position__gt=after, position__lte=upto
    )
    if wanted.kind:
        rows = rows.filter(kind__in=wanted.kind)
    found = list(rows.select_related("case").order_by("position")[: wanted.per_page + 1])
    shown, more = found[: wanted.per_page], len(found) > wanted.per_page
    last = shown[-1].position if more else max(after, upto)
    hidden = _hidden(request.auth, shown)
    return shapes.Happenings(
        items=[_happened(one, hidden) for one in shown], next=cursors.write(last), more=more
    )


def put_in_order() -> None:
    """Give a position to all news that have none, behind those that have.

    Whoever gives positions holds the counter to the end of the transaction, and sees by then all that others
    have given: so positions become visible in their order, and news that were written earlier but committed
    later come behind what has been read, not before it.
    """
    while News.objects.filter(position=None).exists():
        with transaction.atomic():
            NewsCounter.objects.get_or_create(pk=1)
            counter = NewsCounter.objects.select_for_update().get(pk=1)
            rows = list(News.objects.filter(position=None).order_by("pk").only("pk")[:_AT_ONCE])
            for place, one in enumerate(rows, start=counter.last + 1):
                one.position = place
            News.objects.bulk_update(rows, ["position"], batch_size=200)
            counter.last += len(rows)
            counter.save(update_fields=["last"])


def _last() -> int:
    return News.objects.aggregate(last=Max("position"))["last"] or 0


def _hidden(token: ApiToken, rows: Iterable[News]) -> set[int]:
    """Of the limits that the news are about those whose date the reader is to find first."""
    return confirming.hidden_among(token.owner, {key for one in rows if (key := _limit_of(one))})


def _limit_of(one: News) -> int | None:
    key = one.detail.get("limit") if isinstance(one.detail, dict) else None
    return key if isinstance(key, int) else None


def _happened(one: News, hidden: set[int]) -> shapes.Happened:
    detail: dict[str, Any] = dict(one.detail) if isinstance(one.detail, dict) else {}
    if _limit_of(one) in hidden:
        detail = {name: value for name, value in detail.items() if name not in _DATES}
    return shapes.Happened(
        id=one.position,
        kind=words.worded(one.kind, one.get_kind_display()),
        case=words.ref(one.case),
        document=one.event_id,
        limit=_limit_of(one),
        found_on_adding=one.found_on_adding,
        detail=detail,
        at=one.created_at,
    )
