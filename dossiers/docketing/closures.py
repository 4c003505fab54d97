"""Changing the office's calendar: a closure entered or taken back, a year confirmed or not any more.

A change is first shown with every running limit it moves, then applied as it was shown, or shown anew. What
it touches is marked on the cases themselves and computed again one case at a time, so that a program that
dies halfway goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from dossiers import clock
from dossiers.models import (
    BY_HAND,
    AuditEntry,
    CalendarYear,
    Case,
    News,
    OfficeClosure,
    Pump,
    TimeLimit,
    User,
    record,
)
from dossiers.roles import Right, can

from .actions import ActionRefused
from .calendar import FIRST_YEAR, LAST_YEAR, OfficeCalendar
from .docket import docket
from .life import look_at
from .news import Tell, of_changes, write
from .results import Calculation
from .rules import all_rules
from .serial import calculation_from_json
from .store import CALENDAR_MARK as MARK
from .store import RUNNING, beside_of, calendar, facts_of, reconcile

log = logging.getLogger(__name__)

REMINDED_FROM = 11  # November
YEARS_AHEAD = 2


@dataclass(frozen=True)
class Close:
    """The office does not open on `day`. `source` is where that was announced."""

    day: date
    reason_ja: str
    reason_en: str
    source: str


@dataclass(frozen=True)
class Open:
    """A holiday that came with the program is a working day. `source` is where that was announced."""

    day: date
    reason_ja: str
    reason_en: str
    source: str


@dataclass(frozen=True)
class Reopen:
    """What a person entered for a day, a closure or an opening, was a mistake."""

    day: date


@dataclass(frozen=True)
class Confirm:
    """The holidays of `year` were compared with the announcement, which `source` names."""

    year: int
    source: str


@dataclass(frozen=True)
class Withdraw:
    """The confirmation of `year` was a mistake."""

    year: int


Change = Close | Open | Reopen | Confirm | Withdraw
OF_A_DAY = Close | Open | Reopen


@dataclass(frozen=True)
class Move:
    """A running limit and the days the change moves: its last day, or rungs as (kind, old, new)."""

    limit: TimeLimit
    old: date | None
    new: date | None
    rungs: tuple[tuple[str, date | None, date | None], ...] = ()


@dataclass(frozen=True)
class Preview:
    """What a change would do. `by_hand` are limits entered by hand that end on the day: they do not move.

    `settles` are the limits of a year that is confirmed, or is not any more; no date moves by that. `token`
    stands for all of it: whoever applies the change names it.
    """

    change: Change
    moves: tuple[Move, ...]
    by_hand: tuple[TimeLimit, ...]
    settles: QuerySet[TimeLimit]
    token: str


# --- what is due ------------------------------------------------------------------------------------------


def years_to_confirm(today: date, through: date | None = None) -> tuple[int, ...]:
    """The coming years whose holidays nobody has confirmed; asked for from November until it is done."""
    season = today.year if today.month >= REMINDED_FROM else today.year - 1
    known = (through or calendar().confirmed_through).year
    wanted = range(season + 1, season + 1 + YEARS_AHEAD)
    return tuple(year for year in wanted if known < year <= LAST_YEAR)


def waiting() -> int:
    """How many cases are still to be computed again after a change."""
    return Case.objects.filter(docketed_with__startswith=MARK).count()


# --- what a change would do -------------------------------------------------------------------------------


def preview(change: Change) -> Preview:
    """Every running limit that the change moves. ActionRefused when the change itself cannot be.

    The number of queries does not depend on the number of cases or limits.
    """
    before = calendar()
    _check(change, before)
    moves: tuple[Move, ...] = ()
    by_hand: tuple[TimeLimit, ...] = ()
    settles = TimeLimit.objects.none()
    if isinstance(change, OF_A_DAY):
        after = _after(change, before)
        moves = tuple(_moves(_touched(change.day, before, after), after))
        by_hand = tuple(_running().filter(rule_id=BY_HAND, due=change.day))
    else:
        year = change.year
        settles = _running().filter(due__gte=date(year, 1, 1), due__lte=date(year, 12, 31))
    token = _token(change, before, moves, by_hand, settles.count())
    return Preview(change, moves, by_hand, settles, token)


def _check(change: Change, known: OfficeCalendar) -> None:
    match change:
        case Close(day=day):
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise ActionRefused("day_out_of_calendar")
            if known.why_closed(day):
                raise ActionRefused("day_closed_already")
            if not (change.reason_ja and change.reason_en and change.source):
                raise ActionRefused("source_required")
        case Open(day=day):
            holiday = day in known.closures and day not in known.added | known.opened
            if not holiday or replace(known, opened=known.opened | {day}).why_closed(day):
                raise ActionRefused("day_no_holiday")
            if not (change.reason_ja and change.reason_en and change.source):
                raise ActionRefused("source_required")
        case Reopen(day=day):
            if day not in known.added | known.opened:
                raise ActionRefused("day_not_entered")
        case Confirm(year=year):
            if not change.source:
                raise ActionRefused("source_required")
            if year != known.confirmed_through.year + 1 or year > LAST_YEAR:
                raise ActionRefused("year_not_next")
        case Withdraw(year=year):
            if year != known.confirmed_through.year or not CalendarYear.objects.filter(year=year).exists():
                raise ActionRefused("year_not_last")


def _after(change: Close | Open | Reopen, before: OfficeCalendar) -> OfficeCalendar:
    """The calendar as it would be. What a closure hid cannot come back: closed days are never entered."""
    closures = dict(before.closures)
    if isinstance(change, Open) or change.day in before.opened:
        return replace(before, opened=before.opened ^ {change.day})
    if isinstance(change, Reopen):
        del closures[change.day]
        return replace(before, closures=closures, added=before.added - {change.day})
    closures[change.day] = change.reason_ja
    english = {**before.english, change.reason_ja: change.reason_en}
    return replace(before, closures=closures, english=english, added=before.added | {change.day})


def _running() -> QuerySet[TimeLimit]:
    return (
        TimeLimit.objects.filter(state__in=RUNNING)
        .select_related("case", "case__owner")
        .order_by("due", "pk")
    )


def _touched(day: date, before: OfficeCalendar, after: OfficeCalendar) -> QuerySet[TimeLimit]:
    """The running limits in whose computation the day, or the open day after it, occurs at all.

    An end that is moved over `day`, or onto it, comes to rest on the first open day from there on, with it
    closed or not, and every such day stands in the stored computation.
    """
    told = {day, before.roll(day)[0], after.roll(day)[0]}
    mentioned = Q(raw_end__lte=day, due__gte=day)
    for one in told:
        mentioned |= Q(told__contains=one.isoformat())
    rows = TimeLimit.objects.filter(state__in=RUNNING).exclude(rule_id=BY_HAND)
    return rows.annotate(told=Cast("calculation", TextField())).filter(mentioned).order_by()


def _moves(touched: QuerySet[TimeLimit], after: OfficeCalendar) -> list[Move]:
    rows = Case.objects.filter(pk__in=set(touched.values_list("case_id", flat=True)))
    cases = list(rows.select_related("register").prefetch_related("events"))
    beside = beside_of(cases)
    stored: dict[int, list[TimeLimit]] = {}
    for limit in _running().exclude(rule_id=BY_HAND).filter(case__in=cases):
        stored.setdefault(limit.case_id, []).append(limit)
    found: list[Move] = []
    for case in cases:
        known = facts_of(case, list(case.events.all()), beside[case.pk])
        planned = docket(known, all_rules(), after).limits
        new = {plan.key: plan.calculation for plan in planned}
        found += [
            move
            for limit in stored.get(case.pk, ())
            if limit.key in new and (move := _move(limit, new[limit.key]))
        ]
    return sorted(found, key=lambda move: (move.old == move.new, move.old or date.max, move.limit.pk))


def _move(limit: TimeLimit, new: Calculation) -> Move | None:
    try:
        old = calculation_from_json(limit.calculation).ladder
    except (KeyError, TypeError, ValueError):
        old = ()
    rungs = tuple(
        (now.kind, was.due, now.due) for was, now in zip(old, new.ladder, strict=False) if was.due != now.due
    )
    return Move(limit, limit.due, new.due, rungs) if rungs or limit.due != new.due else None


def _token(
    change: Change,
    before: OfficeCalendar,
    moves: Sequence[Move],
    by_hand: Sequence[TimeLimit],
    settled: int,
) -> str:
    told = [
        [type(change).__name__, asdict(change), before.confirmed_through, _entered(before), settled],
        [[move.limit.pk, move.old, move.new, move.rungs] for move in moves],
        [limit.pk for limit in by_hand],
    ]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:32]


def _entered(known: OfficeCalendar) -> list[list[date]]:
    return [sorted(known.added), sorted(known.opened)]


# --- applying it ------------------------------------------------------------------------------------------


def apply(change: Change, *, by: User, token: str) -> AuditEntry:
    """Make the change shown under `token`; the cases it touches are marked, `recompute` does the rest.

    ActionRefused: "not_allowed" for whoever is no administrator, "preview_changed" when it would not do any
    more what was shown.
    """
    if not can(by, Right.ADMINISTER):
        raise ActionRefused("not_allowed")
    entry, touched = _apply(change, by, token)
    # What was being computed with the old calendar while the change was written is stored by now.
    _mark(touched, entry)
    return entry


@transaction.atomic
def _apply(change: Change, by: User, token: str) -> tuple[AuditEntry, QuerySet[TimeLimit]]:
    Pump.objects.get_or_create(name="calendar")
    Pump.objects.select_for_update().get(name="calendar")  # one change of the calendar at a time
    if preview(change).token != token:
        raise ActionRefused("preview_changed")
    before = calendar()
    entry = _write(change, by)
    if isinstance(change, OF_A_DAY):
        touched = _touched(change.day, before, calendar())
    else:
        through = min(before.confirmed_through, calendar().confirmed_through)
        touched = TimeLimit.objects.filter(state__in=RUNNING, due__gt=through).exclude(rule_id=BY_HAND)
    _mark(touched, entry)
    return entry, touched


def _write(change: Change, by: User) -> AuditEntry:
    match change:
        case Close() | Open():
            opens = isinstance(change, Open)
            OfficeClosure.objects.create(added_by=by, opens=opens, **asdict(change))
            told = {**asdict(change), "day": change.day.isoformat()}
            return record("calendar.open" if opens else "calendar.close", by=by, **told)
        case Reopen(day=day):
            closure = OfficeClosure.objects.select_related("added_by").get(day=day)
            told = {"day": day.isoformat(), "reason_ja": closure.reason_ja, "reason_en": closure.reason_en}
            told |= {"source": closure.source, "added_by": str(closure.added_by or "")}
            closure.delete()  # the audit keeps all of it
            return record("calendar.close_again" if closure.opens else "calendar.reopen", by=by, **told)
        case Confirm(year=year, source=source):
            at = clock.now()
            CalendarYear.objects.update_or_create(
                year=year, defaults={"source": source, "confirmed_by": by, "confirmed_at": at}
            )
            return record("calendar.confirm", by=by, year=year, source=source)
        case Withdraw(year=year):
            confirmed = CalendarYear.objects.select_related("confirmed_by").get(year=year)
            source, who = confirmed.source, str(confirmed.confirmed_by)
            confirmed.delete()
            return record("calendar.withdraw", by=by, year=year, source=source, confirmed_by=who)


def _mark(touched: QuerySet[TimeLimit], entry: AuditEntry) -> None:
    cases = Case.objects.filter(pk__in=touched.order_by().values("case_id"))
    cases.exclude(docketed_with=f"{MARK}{entry.pk}").update(docketed_with=f"{MARK}{entry.pk}")


def recompute(*, tell: Tell, budget_seconds: float) -> int:
    """Compute marked cases again until none is left or the time is used up; returns how many were.

    Any number may run at once. A case that cannot be computed keeps its mark and keeps back no other.
    """
    until, failed, done = time.monotonic() + budget_seconds, set[int](), 0
    while time.monotonic() < until:
        marked = Case.objects.filter(docketed_with__startswith=MARK).exclude(pk__in=failed)
        pk = marked.order_by("next_due", "pk").values_list("pk", flat=True).first()
        if pk is None:
            break
        try:
            done += _recompute(pk, tell)
        except Exception:
            log.exception("case %s could not be computed with the new calendar", pk)
            failed.add(pk)
    return done


@transaction.atomic
def _recompute(pk: int, tell: Tell) -> bool:
    case = Case.objects.select_for_update().get(pk=pk)
    mark = case.docketed_with
    if not mark.startswith(MARK):
        return False  # somebody else was quicker
    now, cause = clock.now(), mark.removeprefix(MARK)
    changes = reconcile(case, now=now)
    Case.objects.filter(pk=pk, docketed_with=mark).update(docketed_with="")
    news: list[News] = []
    for limit, old in changes.moved:
        if limit.state in RUNNING:  # a date that moves back to an earlier one is news again
            detail = {"limit": limit.pk, "old": str(old or ""), "new": str(limit.due or "")}
            key = f"calendar:{cause}:{limit.pk}"
            news += write(case, News.Kind.LIMIT_MOVED, key, now=now, event=limit.event, detail=detail)
    moved = frozenset(limit.pk for limit, _ in changes.moved)
    tell([*news, *of_changes(case, changes, now=now, told=moved), *look_at(case, now=now)])
    return True
