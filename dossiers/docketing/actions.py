"""What people may do to the docket: each action is one transaction with its history and audit line."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from django.db import transaction

from dossiers import clock
from dossiers.models import BY_HAND, Case, Event, ReviewTask, TimeLimit, TimeLimitChange, User, record

from .store import recount


class ActionRefused(Exception):
    """The action does not fit the present state. `code` says why; pages put it into words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def confirm(limit: TimeLimit, *, by: User) -> TimeLimit:
    """A person has checked the computed date and stands by it."""
    limit = _locked(limit)
    if limit.due is None:
        raise ActionRefused("no_date_to_confirm")
    if limit.state not in (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED):
        raise ActionRefused("state_does_not_allow")
    if limit.confirmed_by_id is not None:
        return limit  # the first confirmation stands, whoever presses again
    now = clock.now()
    limit.confirmed_by, limit.confirmed_at = by, now
    limit.save(update_fields=["confirmed_by", "confirmed_at"])
    _change(limit, by, "confirmed", "", limit.due.isoformat(), "")
    record("limit.confirm", by=by, case=limit.case, limit=limit.key, due=limit.due.isoformat())
    return limit


def claim_done(limit: TimeLimit, *, by: User, reason: str) -> TimeLimit:
    """A person says it was done; the limit still waits for the office's data to show it."""
    return _set_state(limit, TimeLimit.State.CLAIMED, by, reason, allowed=(TimeLimit.State.OPEN,))


def not_needed(limit: TimeLimit, *, by: User, reason: str) -> TimeLimit:
    """A named person decides that nothing will be filed, and says why."""
    if not reason.strip():
        raise ActionRefused("reason_required")
    allowed = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)
    return _set_state(limit, TimeLimit.State.NOT_NEEDED, by, reason, allowed=allowed)


def reopen(limit: TimeLimit, *, by: User, reason: str) -> TimeLimit:
    """Take back an earlier decision."""
    if not reason.strip():
        raise ActionRefused("reason_required")
    allowed = (TimeLimit.State.NOT_NEEDED, TimeLimit.State.CLAIMED)
    return _set_state(limit, TimeLimit.State.OPEN, by, reason, allowed=allowed)


@transaction.atomic
def enter_by_hand(
    case: Case, *, by: User, title: str, due: date, reason: str, event: Event | None = None
) -> TimeLimit:
    """A named person enters a limit that no rule gives: read in the document, or agreed upon.

    The document it follows from is accounted for by it, and the tasks about that document are closed.
    """
    if not (title.strip() and reason.strip()):
        raise ActionRefused("reason_required")
    if event is not None and event.case_id != case.pk:
        raise ActionRefused("not_of_this_case")
    now, words = clock.now(), title.strip()[:200]
    limit, made = TimeLimit.objects.get_or_create(
        case=case,
        key=_hand_key(words, due, event),
        defaults={
            "event": event,
            "rule_id": BY_HAND,
            "title_ja": words,
            "title_en": words,
            "base_date": event.legal_date if event else None,
            "raw_end": due,
            "due": due,
            "calculation": {},
            "confidence": "person",
            "state_by": by,
            "state_at": now,
            "created_at": now,
        },
    )
    if not made:
        return limit
    _change(limit, by, "entered", "", due.isoformat(), reason)
    if event is not None and event.account == Event.Account.OPEN:
        _account(event, by, words, now)
    recount(case)
    record("limit.enter", by=by, case=case, limit=limit.key, title=words, due=due.isoformat(), reason=reason)
    return limit


def _hand_key(title: str, due: date, event: Event | None) -> str:
    """The same entry sent twice is one limit."""
    told = f"{title}|{due}|{event.pk if event else ''}"
    return f"{BY_HAND}:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


@transaction.atomic
def close_review(task: ReviewTask, *, by: User, resolution: str) -> ReviewTask:
    """A named person has dealt with a task, and says how."""
    if not resolution.strip():
        raise ActionRefused("reason_required")
    task = ReviewTask.objects.select_for_update().get(pk=task.pk)
    if task.closed_at:
        raise ActionRefused("already_closed")
    task.closed_at, task.closed_by, task.resolution = clock.now(), by, resolution.strip()[:500]
    task.save(update_fields=["closed_at", "closed_by", "resolution"])
    recount(task.case)
    record("review.close", by=by, case=task.case, task=task.key, resolution=task.resolution)
    return task


@transaction.atomic
def account_for(event: Event, *, by: User, reason: str) -> Event:
    """A named person decides that a dispatched document needs no time limit, and says why."""
    if not reason.strip():
        raise ActionRefused("reason_required")
    event = Event.objects.select_for_update().get(pk=event.pk)
    if event.account != Event.Account.OPEN:
        raise ActionRefused("already_accounted")
    _account(event, by, reason.strip(), clock.now())
    recount(event.case)
    record("event.no_limit_needed", by=by, case=event.case, event=event.key, reason=reason.strip())
    return event


@transaction.atomic
def _set_state(limit: TimeLimit, state: str, by: User, reason: str, *, allowed: tuple[str, ...]) -> TimeLimit:
    limit = _locked(limit)
    if limit.state not in allowed:
        raise ActionRefused("state_does_not_allow")
    old = limit.state
    limit.state, limit.state_by, limit.state_at = state, by, clock.now()
    limit.state_reason_ja = limit.state_reason_en = reason.strip()[:300]
    limit.save(update_fields=["state", "state_by", "state_at", "state_reason_ja", "state_reason_en"])
    _change(limit, by, "state", old, state, reason)
    record(f"limit.{state}", by=by, case=limit.case, limit=limit.key, was=old, reason=reason.strip())
    recount(limit.case)
    return limit


def _account(event: Event, by: User, reason: str, now: datetime) -> None:
    """The document is placed by a person; what was asked about it is answered."""
    event.account, event.accounted_by, event.accounted_at = Event.Account.PERSON, by, now
    event.account_reason_ja = event.account_reason_en = reason[:300]
    event.save()
    event.reviews.filter(closed_at=None).update(closed_at=now, closed_by=by, resolution=reason[:500])


def _locked(limit: TimeLimit) -> TimeLimit:
    return TimeLimit.objects.select_for_update(of=("self",)).select_related("case").get(pk=limit.pk)


def _change(limit: TimeLimit, by: User, field: str, old: str, new: str, reason: str) -> None:
    words = reason.strip()[:300]
    TimeLimitChange.objects.create(
        limit=limit, at=clock.now(), by=by, field=field, old=old, new=new, reason_ja=words, reason_en=words
    )
