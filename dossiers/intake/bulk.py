"""One act on many cases, some at a time, each with its audit line; it can be taken back for a while.

What fails half-way leaves whole chunks done and the rest untouched: the row says how many, and undoing takes
back exactly those.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F

from dossiers import clock
from dossiers.models import (
    AuditEntry,
    BulkChange,
    BulkItem,
    Case,
    RefreshJob,
    Tag,
    User,
    Watchlist,
    WatchlistEntry,
)
from dossiers.refresh import jobs, search_index

from . import watchlists
from .tags import MOST_OF_A_CASE

MOST, MOST_CALLS = 5_000, 200  # cases at once; of those the office is to be asked about
UNDO_FOR = timedelta(minutes=30)
_AT_ONCE = 200

Act = BulkChange.Act


class BulkRefused(Exception):
    """Not begun; `code` says why: "nothing_chosen", "too_many", "too_many_calls", "no_such_value",
    "not_yours", "too_late"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Undone:
    back: int  # cases as they were before
    kept: int  # changed since by somebody, or no longer to be taken back: left as they are


def change_cases(act: str, value: str, keys: Sequence[int], *, by: User) -> BulkChange:
    """Do `act` with `value` (the key of a person, tag or watchlist; "" for none) on these cases."""
    target = target_of(act, value, by=by)
    if not keys:
        raise BulkRefused("nothing_chosen")
    if len(keys) > MOST:
        raise BulkRefused("too_many")
    if act == Act.REFRESH and len(keys) > MOST_CALLS:
        raise BulkRefused("too_many_calls")
    made = BulkChange.objects.create(
        act=act, value=value, words=str(target or "")[:120], by=by, at=clock.now(), found=len(keys)
    )
    for start in range(0, len(keys), _AT_ONCE):
        _chunk(made, target, keys[start : start + _AT_ONCE])
    made.refresh_from_db()
    return made


def target_of(act: str, value: str, *, by: User) -> User | Tag | Watchlist | None:
    """Whom or what the act is about; BulkRefused("no_such_value") or ("not_yours")."""
    found: Any = None
    if act == Act.OWNER:
        found = User.objects.filter(pk=_key(value), is_active=True).first() if value else None
    elif act in (Act.TAG, Act.UNTAG):
        found = Tag.objects.filter(pk=_key(value)).first()
    elif act in (Act.WATCH, Act.UNWATCH):
        found = watchlists.visible_to(by).filter(pk=_uuid(value)).first()
    if found is None and not (act == Act.REFRESH or (act == Act.OWNER and not value)):
        raise BulkRefused("no_such_value")
    if act == Act.UNWATCH and not watchlists.may_manage(found, by):
        raise BulkRefused("not_yours")
    return found


def may_undo(change: BulkChange) -> bool:
    """Whether it is still young enough, and not taken back already."""
    return change.undone_at is None and change.at > clock.now() - UNDO_FOR


def undo(change: BulkChange, *, by: User) -> Undone:
    """Put back what it changed, except where somebody has changed it again since."""
    if not may_undo(change):
        raise BulkRefused("too_late")
    if change.by_id != by.pk:
        raise BulkRefused("not_yours")
    back = total = 0
    while items := _undo_chunk(change, by):
        back, total = back + items[0], total + items[1]
    BulkChange.objects.filter(pk=change.pk).update(undone_at=clock.now(), undone_by=by)
    return Undone(back, total - back)


@transaction.atomic
def _chunk(change: BulkChange, target: Any, keys: Sequence[int]) -> None:
    cases = list(Case.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    changed = _DO[change.act](change, target, cases)
    BulkItem.objects.bulk_create([BulkItem(change=change, case=case, old=old) for case, old in changed])
    BulkChange.objects.filter(pk=change.pk).update(changed=F("changed") + len(changed))


@transaction.atomic
def _undo_chunk(change: BulkChange, by: User) -> tuple[int, int] | None:
    """How many of the next items went back, and how many there were; None when there are none."""
    BulkChange.objects.select_for_update().get(pk=change.pk)
    items = list(change.items.order_by("pk")[:_AT_ONCE])
    if not items:
        return None
    before = {item.case_id: item.old for item in items}
    cases = list(Case.objects.select_for_update().filter(pk__in=before).order_by("pk"))
    back = _UNDO[change.act](change, cases, before, by)
    BulkItem.objects.filter(pk__in=[item.pk for item in items]).delete()
    return back, len(items)


def _audit(action: str, cases: Sequence[Case], change: BulkChange, by: User, **detail: Any) -> None:
    told = {"change": str(change.pk), **detail}
    AuditEntry.objects.bulk_create(
        [AuditEntry(action=action, actor=by, case=case, at=clock.now(), detail=told) for case in cases]
    )


# --- person in charge ---------------------------------------------------------------------------------------

Changed = list[tuple[Case, str]]


def _assign(change: BulkChange, owner: User | None, cases: list[Case]) -> Changed:
    others = [case for case in cases if case.owner_id != (owner.pk if owner else None)]
    return _give(others, {case.pk: owner for case in others}, change, change.by)


def _assign_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> int:
    still = [case for case in cases if str(case.owner_id or "") == change.value]
    people = User.objects.in_bulk({int(old) for old in before.values() if old})
    return len(_give(still, {case.pk: people.get(_key(before[case.pk])) for case in still}, change, by))


def _give(cases: list[Case], owners: dict[int, User | None], change: BulkChange, by: User) -> Changed:
    """Each of the cases to its new owner; with whom each was before."""
    names = {user.pk: str(user) for user in User.objects.filter(pk__in={case.owner_id for case in cases})}
    changed = [(case, str(case.owner_id or "")) for case in cases]
    AuditEntry.objects.bulk_create(
        AuditEntry(
            action="case.edit",
            actor=by,
            case=case,
            at=clock.now(),
            detail={
                "old": {"owner": names.get(case.owner_id, "")},
                "new": {"owner": str(owners[case.pk] or "")},
                "change": str(change.pk),
            },
        )
        for case in cases
    )
    for case in cases:
        case.owner = owners[case.pk]
    Case.objects.bulk_update(cases, ["owner"])
    return changed


# --- tags -------------------------------------------------------------------------------------------------


def _tag(change: BulkChange, tag: Tag, cases: list[Case]) -> Changed:
    through = Tag.cases.through
    full = set(
        Case.objects.filter(pk__in=[case.pk for case in cases])
        .annotate(n=Count("tags"))
        .filter(n__gte=MOST_OF_A_CASE)
        .values_list("pk", flat=True)
    )
    have = set(through.objects.filter(tag=tag, case__in=cases).values_list("case", flat=True))
    new = [case for case in cases if case.pk not in have | full]
    through.objects.bulk_create([through(tag=tag, case=case) for case in new], ignore_conflicts=True)
    return _tagged(new, "case.tag", change, change.by, tag)


def _untag(change: BulkChange, tag: Tag, cases: list[Case]) -> Changed:
    rows = Tag.cases.through.objects.filter(tag=tag, case__in=cases)
    have = set(rows.values_list("case", flat=True))
    rows.delete()
    return _tagged([case for case in cases if case.pk in have], "case.untag", change, change.by, tag)


def _tagged(cases: list[Case], action: str, change: BulkChange, by: User, tag: Tag) -> Changed:
    search_index.write_cases(cases)
    _audit(action, cases, change, by, tag=tag.name)
    return [(case, "") for case in cases]


def _tag_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> int:
    tag = Tag.objects.get(pk=change.value)
    opposite = _untag if change.act == Act.TAG else _tag
    return len(opposite(BulkChange(pk=change.pk, by=by), tag, cases))


# --- watchlists -------------------------------------------------------------------------------------------


def _watch(change: BulkChange, watchlist: Watchlist, cases: list[Case]) -> Changed:
    have = set(watchlist.entries.filter(case__in=cases).values_list("case", flat=True))
    watchlists.add_cases(watchlist, cases, by=change.by)
    return [(case, "") for case in cases if case.pk not in have]


def _unwatch(change: BulkChange, watchlist: Watchlist, cases: list[Case]) -> Changed:
    rows = WatchlistEntry.objects.filter(watchlist=watchlist, case__in=cases)
    have = set(rows.values_list("case", flat=True))
    rows.delete()
    off = [case for case in cases if case.pk in have]
    told = {"watchlist": str(watchlist.pk), "name": watchlist.name}
    _audit("watchlist.remove_case", off, change, change.by, **told)
    return [(case, "") for case in off]


def _watch_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> int:
    watchlist = Watchlist.objects.filter(pk=change.value).first()
    if watchlist is None:
        return 0
    opposite = _unwatch if change.act == Act.WATCH else _watch
    return len(opposite(BulkChange(pk=change.pk, by=by), watchlist, cases))


# --- the office -------------------------------------------------------------------------------------------


def _ask(change: BulkChange, _target: None, cases: list[Case]) -> Changed:
    """Orders behind those of people who wait for a single case; those waiting already are moved forward."""
    waiting = RefreshJob.objects.filter(case__in=cases, state=RefreshJob.State.WAITING)
    have = set(waiting.exclude(jobs.BESIDE).values_list("case", flat=True))
    ordered = [jobs.request_refresh(case, by=change.by) for case in cases]
    RefreshJob.objects.filter(pk__in=[job.pk for job in ordered]).update(rank=jobs.RANK_HOT)
    return [(job.case, "" if job.case_id in have else str(job.pk)) for job in ordered]


def _ask_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> int:
    """Orders made by it on which nobody has begun are withdrawn; calls made are made."""
    made = [int(old) for old in before.values() if old]
    idle = RefreshJob.objects.filter(
        pk__in=made, state=RefreshJob.State.WAITING, attempts=0, lease_until=None
    )
    withdrawn, _ = idle.delete()
    return withdrawn


_DO: dict[str, Callable[[BulkChange, Any, list[Case]], Changed]] = {
    Act.OWNER: _assign,
    Act.TAG: _tag,
    Act.UNTAG: _untag,
    Act.WATCH: _watch,
    Act.UNWATCH: _unwatch,
    Act.REFRESH: _ask,
}
_UNDO: dict[str, Callable[[BulkChange, list[Case], dict[int, str], User], int]] = {
    Act.OWNER: _assign_back,
    Act.TAG: _tag_back,
    Act.UNTAG: _tag_back,
    Act.WATCH: _watch_back,
    Act.UNWATCH: _watch_back,
    Act.REFRESH: _ask_back,
}


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
