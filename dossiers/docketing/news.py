"""News about time limits, written once with the change itself; whoever is told is not decided here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from apiclient.clock import office_day
from dossiers.models import Case, Difference, Event, News, TimeLimit

from .duty import standing_of
from .store import Reconciled

Tell = Callable[[Sequence[News]], None]


def write(
    case: Case,
    kind: str,
    key: str,
    *,
    now: datetime,
    first: bool = False,
    event: Event | None = None,
    detail: Mapping[str, Any] | None = None,
) -> list[News]:
    """The piece of news if it is new. ``first``: it was found when the case was added."""
    return write_all(case, [draft(case, kind, key, now=now, first=first, event=event, detail=detail)])


def draft(
    case: Case,
    kind: str,
    key: str,
    *,
    now: datetime,
    first: bool = False,
    event: Event | None = None,
    detail: Mapping[str, Any] | None = None,
) -> News:
    """A piece of news that is not written yet."""
    return News(
        case=case,
        key=key[:120],
        kind=kind,
        event=event,
        found_on_adding=first,
        detail=dict(detail or {}),
        created_at=now,
    )


def write_all(case: Case, drafts: Sequence[News]) -> list[News]:
    """Those of `drafts` that are new, written. The case is locked by the caller, so that nobody else is."""
    if not drafts:
        return []
    told = set(
        News.objects.filter(case=case, key__in=[one.key for one in drafts]).values_list("key", flat=True)
    )
    fresh: dict[str, News] = {}
    for one in drafts:
        if one.key not in told:
            fresh.setdefault(one.key, one)
    return News.objects.bulk_create(fresh.values())


def of_differences(case: Case, opened: Sequence[Difference], *, now: datetime, first: bool) -> list[News]:
    """The news that the office's data and the firm's records differ in what they did not differ in before."""
    drafts = [
        draft(
            case,
            News.Kind.DIFFERENCE,
            f"difference:{row.field}:{row.seen_at.isoformat()}",
            now=now,
            first=first,
            detail={"field": row.field, "own": row.own, "office": row.office},
        )
        for row in opened
    ]
    return write_all(case, drafts)


ITS_DOCUMENT_IS_NEWS = timedelta(minutes=10)
"""So long after a document was first seen its limit is told with it, and not by itself."""


def of_changes(
    case: Case,
    changes: Reconciled,
    *,
    now: datetime,
    first: bool = False,
    told: frozenset[int] = frozenset(),
    renewed: bool = False,
) -> list[News]:
    """The news of limits that moved, run again, were lost, or appeared without a new document.

    Those in ``told`` are left out. ``renewed``: other rules than before were computed with, so that duties
    may appear that no document or date of the case brought.
    """
    today, found = office_day(now), []

    def about(key: str, limit: TimeLimit, old: date | None, new: date | None, **why: str) -> None:
        detail = {"limit": limit.pk, "old": str(old or ""), "new": str(new or ""), **why}
        kind = News.Kind.LIMIT_MOVED
        found.extend(write(case, kind, key, now=now, first=first, event=limit.event, detail=detail))

    for limit, old in changes.moved:
        if limit.pk in told:
            continue
        times = limit.changes.filter(field="due").count()  # a date it had before is news again
        key = f"moved:{times}:{limit.due}:{limit.key}"
        if limit.state in (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED):
            about(key, limit, old, limit.due)
        elif limit.state == TimeLimit.State.NOT_NEEDED and limit.due and limit.due >= today:
            about(key, limit, old, limit.due, change="decided")  # the decision was about another day
    for limit in changes.created:
        if not first and _unannounced(limit, now, renewed):
            # Nothing moved: there was no such limit before, and a mail that says from when would be wrong.
            why = {"rules": limit.rule_version} if renewed else {}
            about(f"new:{limit.key}", limit, None, limit.due, change="new", **why)
    for limit in changes.reopened:
        about(f"again:{limit.key}:{today}", limit, None, limit.due, change="again")
    for limit in changes.lost:
        if ":entered:" not in limit.key:  # whoever took the day back knows
            about(f"lost:{limit.key}:{today}", limit, limit.due, None, change="lost")
    return found


def _unannounced(limit: TimeLimit, now: datetime, renewed: bool) -> bool:
    """Whether a new limit is a duty that can still be met, and nothing else tells of it."""
    if limit.state != TimeLimit.State.OPEN or limit.duty != "limit" or ":entered:" in limit.key:
        return False
    today = office_day(now)
    if limit.due and limit.due < today and standing_of(limit, today).until is None:
        return False
    event = limit.event
    return renewed or (event is not None and event.first_seen_at < now - ITS_DOCUMENT_IS_NEWS)
