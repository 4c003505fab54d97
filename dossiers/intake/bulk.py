"""One act on many cases, some at a time, each with its audit line; it can be taken back for a while.

The act is an order: a row for each case says whether it is still waiting. A few cases are done at once, more
in the background (`pump`). What stops half-way leaves whole chunks done and the rest waiting: it is carried
on where it stopped, and undoing takes back exactly what was done.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet

from dossiers import clock, leases, reach, walls
from dossiers.models import (
    AuditEntry,
    BulkChange,
    BulkItem,
    Case,
    RefreshJob,
    Tag,
    User,
    Wall,
    Watchlist,
    WatchlistEntry,
)
from dossiers.refresh import jobs, search_index
from dossiers.roles import Right, having

from . import watchlists
from .tags import MOST_OF_A_CASE

log = logging.getLogger(__name__)

MOST, MOST_CALLS = 50_000, 200  # cases in one act; of those the office is to be asked about
UNDO_FOR = timedelta(minutes=30)
LEASE = timedelta(seconds=150)
AGAIN_AFTER, MOST_ATTEMPTS = timedelta(minutes=1), 5  # failures in a row, then a person has to say "go on"
AT_ONCE = 200  # cases in one transaction, and before a page is there

Act, State, Item = BulkChange.Act, BulkChange.State, BulkItem.State
UNFINISHED = (State.DOING, State.UNDOING)


class BulkRefused(Exception):
    """Not begun; `code` says why: "nothing_chosen", "too_many", "too_many_calls", "no_such_value",
    "not_yours", "too_late"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- orders -----------------------------------------------------------------------------------------------


def change_cases(act: str, value: str, keys: Sequence[int], *, by: User) -> BulkChange:
    """Do `act` with `value` (the key of a person, tag or watchlist; "" for none) on these cases.

    A few are done when this returns; of more the order is made, and `pump` carries it out.
    """
    target = target_of(act, value, by=by)
    if not keys:
        raise BulkRefused("nothing_chosen")
    if len(keys) > MOST:
        raise BulkRefused("too_many")
    if act == Act.REFRESH and len(keys) > MOST_CALLS:
        raise BulkRefused("too_many_calls")
    made = _order(act, value, str(target or "")[:120], keys, by)
    return _at_once(made)


@transaction.atomic
def _order(act: str, value: str, words: str, keys: Sequence[int], by: User) -> BulkChange:
    made = BulkChange.objects.create(
        act=act, value=value, words=words, by=by, at=clock.now(), found=len(keys), state=State.DOING
    )
    items = (BulkItem(change=made, case_id=key, state=Item.WAITING) for key in keys)
    BulkItem.objects.bulk_create(items, batch_size=5_000)
    return made


def target_of(act: str, value: str, *, by: User) -> User | Tag | Wall | Watchlist | None:
    """Whom or what the act is about; BulkRefused("no_such_value") or ("not_yours")."""
    found: Any = None
    if act in _PEOPLE:
        found = User.objects.filter(having(Right.FIRM), pk=_key(value)).first() if value else None
    elif act in (Act.TAG, Act.UNTAG):
        found = Tag.objects.filter(pk=_key(value)).first()
    elif act == Act.WALL:
        found = walls.of_person(by).filter(pk=_key(value)).first() if value else None
    elif act in (Act.WATCH, Act.UNWATCH):
        found = watchlists.visible_to(by).filter(pk=_uuid(value)).first()
    if found is None and not (act == Act.REFRESH or (act in (*_PEOPLE, Act.WALL) and not value)):
        raise BulkRefused("no_such_value")
    if act == Act.UNWATCH and not watchlists.may_manage(found, by):
        raise BulkRefused("not_yours")
    return found


def may_undo(change: BulkChange) -> bool:
    """Whether it is under way or still young enough, and is not being taken back already."""
    if change.state == State.DOING:
        return True
    young = change.undone_at is None and change.state == State.DONE
    return young and (change.ended_at or change.at) > clock.now() - UNDO_FOR


def undo(change: BulkChange, *, by: User) -> BulkChange:
    """Put back what it changed, except where somebody has changed it again since; what waits is not done."""
    if change.by_id != by.pk:
        raise BulkRefused("not_yours")
    with transaction.atomic():
        change = BulkChange.objects.select_for_update().get(pk=change.pk)
        if not may_undo(change):
            raise BulkRefused("too_late")
        change.items.filter(state=Item.WAITING).update(state=Item.SAME)
        change.state, change.undone_at, change.undone_by = State.UNDOING, clock.now(), by
        change.attempts, change.not_before, change.ended_at = 0, clock.now(), None
        change.save()
    return _at_once(change)


def go_on(change: BulkChange, *, by: User) -> None:
    """Try again what has failed too often to be tried by itself."""
    if change.by_id != by.pk:
        raise BulkRefused("not_yours")
    BulkChange.objects.filter(pk=change.pk, state__in=UNFINISHED).update(attempts=0, not_before=clock.now())


def stopped(change: BulkChange) -> bool:
    """Whether it is unfinished and nobody will go on by himself."""
    return change.state in UNFINISHED and change.attempts >= MOST_ATTEMPTS


def done_of(change: BulkChange) -> int:
    """How many of its cases the act, or its undoing, is through with; the whole is `goal_of`."""
    waiting = Item.WAITING if change.state == State.DOING else Item.CHANGED
    left = change.items.filter(state=waiting).count() if change.state in UNFINISHED else 0
    return max(goal_of(change) - left, 0)


def goal_of(change: BulkChange) -> int:
    return change.changed if change.state in (State.UNDOING, State.UNDONE) else change.found


# --- carrying out -----------------------------------------------------------------------------------------


def pump(*, budget_seconds: float) -> bool:
    """Carry out what was ordered, the oldest first; whether anything is left that could be done now."""
    end = time.monotonic() + budget_seconds
    while change := _claim(_due()):
        _try(change, end)
        if time.monotonic() >= end:
            return _due().exists()
    return False


def _at_once(change: BulkChange) -> BulkChange:
    """Carried out before the request is over, if it is a matter of a moment and nobody else is at it."""
    if change.found <= AT_ONCE and (mine := _claim(BulkChange.objects.filter(pk=change.pk))):
        _try(mine, time.monotonic() + LEASE.total_seconds())
    change.refresh_from_db()
    return change


def _due() -> QuerySet[BulkChange]:
    due = BulkChange.objects.filter(state__in=UNFINISHED, attempts__lt=MOST_ATTEMPTS)
    return due.filter(leases.free(clock.now(), LEASE), not_before__lte=clock.now())


def _claim(rows: QuerySet[BulkChange]) -> BulkChange | None:
    now = clock.now()
    for found in rows.order_by("at", "pk")[:5]:
        free = BulkChange.objects.filter(leases.free(now, LEASE), pk=found.pk, state__in=UNFINISHED)
        if free.update(lease_until=now + LEASE):
            return found
    return None


def _try(change: BulkChange, end: float) -> None:
    """Chunk after chunk until none is left or the time is up; a failure is tried again a little later."""
    mine = BulkChange.objects.filter(pk=change.pk)
    try:
        while _chunk(change.pk) and time.monotonic() < end:
            pass
    except Exception:
        log.exception("bulk change %s failed", change.pk)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        mine.update(attempts=F("attempts") + 1, not_before=clock.now() + AGAIN_AFTER, lease_until=None)
    else:
        mine.update(lease_until=None)


@transaction.atomic
def _chunk(pk: uuid.UUID) -> bool:
    """The next cases, in the direction that the order has by now; False when that was the last of it."""
    change = BulkChange.objects.select_for_update(of=("self",)).select_related("by").get(pk=pk)
    step = {State.DOING: _forward, State.UNDOING: _backward}.get(State(change.state))
    if step is None:
        return False
    more = step(change)
    change.attempts, change.lease_until = 0, clock.now() + LEASE
    if not more:
        change.state = State.DONE if change.state == State.DOING else State.UNDONE
        change.ended_at = clock.now()
    change.save()
    return more


def _forward(change: BulkChange) -> bool:
    items = list(change.items.filter(state=Item.WAITING).order_by("pk")[:AT_ONCE])
    try:
        target = target_of(change.act, change.value, by=change.by)
    except BulkRefused:  # the person, tag or list is gone meanwhile
        change.items.filter(state=Item.WAITING).update(state=Item.SAME)
        return False
    cases = _locked(items, change.by)
    before = dict(_DO[change.act](change, target, cases)) if cases else {}
    for item in items:
        item.state = Item.CHANGED if item.case_id in before else Item.SAME
        item.old = before.get(item.case_id, "")
    BulkItem.objects.bulk_update(items, ["state", "old"])
    change.changed += len(before)
    return len(items) == AT_ONCE


def _backward(change: BulkChange) -> bool:
    items = list(change.items.filter(state=Item.CHANGED).order_by("pk")[:AT_ONCE])
    before = {item.case_id: item.old for item in items}
    by = change.undone_by or change.by
    back = _UNDO[change.act](change, _locked(items, by), before, by)
    here = change.items.filter(pk__in=[item.pk for item in items])
    here.filter(case__in=back).update(state=Item.BACK)
    here.filter(state=Item.CHANGED).update(state=Item.KEPT)
    change.back += len(back)
    return len(items) == AT_ONCE


def _locked(items: Collection[BulkItem], by: User) -> list[Case]:
    """Their cases, as far as they are within the person's reach by now."""
    keys = [item.case_id for item in items]
    return list(reach.cases(by).select_for_update().filter(pk__in=keys).order_by("pk"))


def _audit(action: str, cases: Sequence[Case], change: BulkChange, by: User, **detail: Any) -> None:
    told = {"change": str(change.pk), **detail}
    AuditEntry.objects.bulk_create(
        [AuditEntry(action=action, actor=by, case=case, at=clock.now(), detail=told) for case in cases]
    )


# --- person in charge, deputy -----------------------------------------------------------------------------

Changed = list[tuple[int, str]]  # keys of cases, and what each was before

_PEOPLE = {Act.OWNER: "owner", Act.DEPUTY: "deputy"}


def _assign(change: BulkChange, person: User | None, cases: list[Case]) -> Changed:
    """Nobody is deputy of himself: such a case stays as it is."""
    column = f"{_PEOPLE[Act(change.act)]}_id"
    key = person.pk if person else None
    others = [case for case in cases if getattr(case, column) != key]
    if person and change.act == Act.DEPUTY:
        others = [case for case in others if case.owner_id != key]
    others = [case for case in others if not walls.outsiders(case, {column: person})]
    return _give(others, {case.pk: person for case in others}, change, change.by)


def _assign_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> set[int]:
    column = f"{_PEOPLE[Act(change.act)]}_id"
    still = [case for case in cases if str(getattr(case, column) or "") == change.value]
    people = User.objects.in_bulk({int(old) for old in before.values() if old})
    given = {case.pk: people.get(_key(before[case.pk])) for case in still}
    still = [case for case in still if not walls.outsiders(case, {column: given[case.pk]})]
    back = _give(still, given, change, by)
    return {key for key, _old in back}


def _give(cases: list[Case], new: dict[int, User | None], change: BulkChange, by: User) -> Changed:
    """Each of the cases to its new owner or deputy; with whom each was before."""
    field = _PEOPLE[Act(change.act)]
    old = {case.pk: getattr(case, f"{field}_id") for case in cases}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=set(old.values()) - {None})}
    AuditEntry.objects.bulk_create(
        AuditEntry(
            action="case.edit",
            actor=by,
            case=case,
            at=clock.now(),
            detail={
                "old": {field: names.get(old[case.pk], "")},
                "new": {field: str(new[case.pk] or "")},
                "change": str(change.pk),
            },
        )
        for case in cases
    )
    for case in cases:
        setattr(case, field, new[case.pk])
    Case.objects.bulk_update(cases, [field])
    return [(key, str(was or "")) for key, was in old.items()]


# --- walls ------------------------------------------------------------------------------------------------


def _restrict(change: BulkChange, wall: Wall | None, cases: list[Case]) -> Changed:
    """A case in the charge of somebody outside stays as it is."""
    before = {case.pk: str(case.wall_id or "") for case in cases}
    return [(case.pk, before[case.pk]) for case in cases if _put(case, wall, change.by)]


def _restrict_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> set[int]:
    named = Wall.objects.in_bulk({int(old) for old in before.values() if old})
    still = [case for case in cases if str(case.wall_id or "") == change.value]
    return {case.pk for case in still if _put(case, named.get(_key(before[case.pk])), by)}


def _put(case: Case, wall: Wall | None, by: User) -> bool:
    try:
        return walls.put_behind(case, wall, by=by)
    except walls.WallRefused:
        return False


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
    return [(case.pk, "") for case in cases]


def _tag_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> set[int]:
    tag = Tag.objects.filter(pk=change.value).first()
    if tag is None:
        return set()
    opposite = _untag if change.act == Act.TAG else _tag
    return {key for key, _old in opposite(BulkChange(pk=change.pk, by=by), tag, cases)}


# --- watchlists -------------------------------------------------------------------------------------------


def _watch(change: BulkChange, watchlist: Watchlist, cases: list[Case]) -> Changed:
    have = set(watchlist.entries.filter(case__in=cases).values_list("case", flat=True))
    watchlists.add_cases(watchlist, cases, by=change.by)
    return [(case.pk, "") for case in cases if case.pk not in have]


def _unwatch(change: BulkChange, watchlist: Watchlist, cases: list[Case]) -> Changed:
    rows = WatchlistEntry.objects.filter(watchlist=watchlist, case__in=cases)
    have = set(rows.values_list("case", flat=True))
    rows.delete()
    off = [case for case in cases if case.pk in have]
    told = {"watchlist": str(watchlist.pk), "name": watchlist.name}
    _audit("watchlist.remove_case", off, change, change.by, **told)
    return [(case.pk, "") for case in off]


def _watch_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> set[int]:
    watchlist = watchlists.visible_to(by).filter(pk=change.value).first()
    if watchlist is None:
        return set()
    opposite = _unwatch if change.act == Act.WATCH else _watch
    return {key for key, _old in opposite(BulkChange(pk=change.pk, by=by), watchlist, cases)}


# --- the office -------------------------------------------------------------------------------------------


def _ask(change: BulkChange, _target: None, cases: list[Case]) -> Changed:
    """Orders behind those of people who wait for a single case; those waiting already are moved forward."""
    waiting = RefreshJob.objects.filter(case__in=cases, state=RefreshJob.State.WAITING)
    have = set(waiting.exclude(jobs.BESIDE).values_list("case", flat=True))
    ordered = [jobs.request_refresh(case, by=change.by) for case in cases]
    RefreshJob.objects.filter(pk__in=[job.pk for job in ordered]).update(rank=jobs.RANK_HOT)
    return [(job.case_id, "" if job.case_id in have else str(job.pk)) for job in ordered]


def _ask_back(change: BulkChange, cases: list[Case], before: dict[int, str], by: User) -> set[int]:
    """Orders made by it on which nobody has begun are withdrawn; calls made are made."""
    made = {int(old): case for case, old in before.items() if old}
    idle = RefreshJob.objects.select_for_update().filter(
        pk__in=made, state=RefreshJob.State.WAITING, attempts=0, lease_until=None
    )
    withdrawn = list(idle.values_list("pk", flat=True))
    RefreshJob.objects.filter(pk__in=withdrawn).delete()
    return {made[pk] for pk in withdrawn}


_DO: dict[str, Callable[[BulkChange, Any, list[Case]], Changed]] = {
    Act.OWNER: _assign,
    Act.DEPUTY: _assign,
    Act.TAG: _tag,
    Act.UNTAG: _untag,
    Act.WATCH: _watch,
    Act.UNWATCH: _unwatch,
    Act.WALL: _restrict,
    Act.REFRESH: _ask,
}
_UNDO: dict[str, Callable[[BulkChange, list[Case], dict[int, str], User], set[int]]] = {
    Act.OWNER: _assign_back,
    Act.DEPUTY: _assign_back,
    Act.TAG: _tag_back,
    Act.UNTAG: _tag_back,
    Act.WATCH: _watch_back,
    Act.UNWATCH: _watch_back,
    Act.WALL: _restrict_back,
    Act.REFRESH: _ask_back,
}


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
