"""Confirming a date: by whoever has seen it, or, blind, by whoever finds the same one before seeing it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dossiers import clock
from dossiers.models import BlindCheck, Case, TimeLimit, TimeLimitChange, User, firm_policy, record

from . import actions, disagreements
from .actions import ActionRefused
from .store import RUNNING, recount

SEEN = "seen"  # the field of a change: somebody looked at the date before finding their own


@transaction.atomic
def confirm_seen(limit: TimeLimit, *, by: User, seen: date | None) -> TimeLimit:
    """Confirm the date that stood on the person's page, and no other.

    A second press of the same person is no second act. Refused: "date_moved", "state_does_not_allow" (also
    when somebody else has confirmed it), "settle_first" while somebody else's date differs,
    "blind_check_first" where the firm checks blind, and whatever `actions.confirm` refuses.
    """
    limit = _locked(limit)
    if limit.due is not None and limit.due != seen:
        raise ActionRefused("date_moved")
    if limit.confirmed_by_id == by.pk:
        return limit
    _must_be_open(limit)
    if disagreements.task_of(limit):
        raise ActionRefused("settle_first")
    if firm_policy().blind_check and not _agrees(limit, by):
        raise ActionRefused("blind_check_first")
    return _confirmed(limit, by)


@transaction.atomic
def check_blind(limit: TimeLimit, *, by: User, entered: date) -> BlindCheck:
    """Compare the date a person found with ours: the same confirms it, another one is a task.

    The same form sent twice is one check. Whoever has seen the computed date after a difference cannot check
    blind again ("blind_check_seen"): they settle it with a reason, or somebody else checks.
    """
    limit = _locked(limit)
    if limit.due is None:
        raise ActionRefused("no_date_to_confirm")
    earlier = _last_check(limit, by)
    if earlier is not None and earlier.entered == entered:
        if earlier.agrees and limit.confirmed_by_id is None and limit.state in RUNNING:
            _confirmed(limit, by)  # it was confirmed, and taken back since
        return earlier
    _must_be_open(limit)
    if by.pk in actions.entered_by(limit):
        raise ActionRefused("own_entry")
    if earlier is not None:
        raise ActionRefused("blind_check_seen")
    if limit.changes.filter(field=SEEN, by=by).exists():
        raise ActionRefused("blind_check_revealed")
    check = BlindCheck.objects.create(limit=limit, by=by, at=clock.now(), entered=entered, computed=limit.due)
    record(
        "limit.blind_check",
        by=by,
        case=limit.case,
        limit=limit.key,
        entered=entered.isoformat(),
        computed=limit.due.isoformat(),
    )
    if check.agrees:
        _confirmed(limit, by)
    else:
        disagreements.ask(limit, check)
        recount(limit.case)
    return check


def hidden_from(user: User) -> Q:
    """Of limits: those whose computed date this person should not see yet, where the firm checks blind.

    Whoever entered the day, found a date of their own, or looked at the computed one on record sees it.
    """
    checked = BlindCheck.objects.filter(limit=OuterRef("pk"), by=user, computed=OuterRef("due"))
    known = TimeLimitChange.objects.filter(limit=OuterRef("pk"), by=user, field__in=("entered", SEEN))
    unconfirmed = Q(state__in=RUNNING, confirmed_by=None, due__isnull=False)
    return unconfirmed & ~Q(Exists(checked)) & ~Q(Exists(known))


def hidden_among(user: User, keys: Collection[int]) -> set[int]:
    """Of these limits, by their keys, those that `hidden_from` hides; none where nobody checks blind."""
    if not keys or not firm_policy().blind_check:
        return set()
    return set(TimeLimit.objects.filter(hidden_from(user), pk__in=keys).values_list("pk", flat=True))


def hidden_next(user: User) -> QuerySet[TimeLimit]:
    """The limits that are the next of their case and hidden; none where nobody checks blind."""
    if not firm_policy().blind_check:
        return TimeLimit.objects.none()
    return TimeLimit.objects.filter(hidden_from(user), due=F("case__next_due"))


@transaction.atomic
def reveal(limit: TimeLimit, *, by: User) -> TimeLimit:
    """Show the computed date to a person who has not found their own; kept, and they cannot check blind."""
    limit = _locked(limit)
    if not TimeLimit.objects.filter(hidden_from(by), pk=limit.pk).exists():
        return limit
    due = limit.due.isoformat() if limit.due else ""
    TimeLimitChange.objects.create(
        limit=limit,
        at=clock.now(),
        by=by,
        field=SEEN,
        new=due,
        reason_ja="自分の日付を入力する前に計算結果を見た",
        reason_en="seen before entering a date of one's own",
    )
    record("limit.reveal", by=by, case=limit.case, limit=limit.key, due=due)
    return limit


@transaction.atomic
def settle(limit: TimeLimit, *, by: User, seen: date | None, reason: str) -> TimeLimit:
    """After a difference somebody stands by the date on the page, says why, and confirms it."""
    limit = _locked(limit)
    if not reason.strip():
        raise ActionRefused("reason_required")
    if limit.due is None or limit.due != seen:
        raise ActionRefused("date_moved")
    task = disagreements.task_of(limit)
    if task is None:
        raise ActionRefused("already_closed")
    _must_be_open(limit)
    confirmed = _confirmed(limit, by, task_stays=True)
    actions.close_review(task, by=by, resolution=reason)
    return confirmed


def _must_be_open(limit: TimeLimit) -> None:
    if limit.confirmed_by_id or limit.state not in RUNNING:
        raise ActionRefused("state_does_not_allow")


def _agrees(limit: TimeLimit, by: User) -> bool:
    check = _last_check(limit, by)
    return check is not None and check.agrees


def _last_check(limit: TimeLimit, by: User) -> BlindCheck | None:
    """The person's newest check of the date as it is now; one of an earlier date tells nothing."""
    return limit.blind_checks.filter(by=by, computed=limit.due).first() if limit.due else None


def _confirmed(limit: TimeLimit, by: User, *, task_stays: bool = False) -> TimeLimit:
    confirmed = actions.confirm(limit, by=by)
    if not task_stays:
        disagreements.close_settled(limit.case)
        recount(limit.case)
    return confirmed


def _locked(limit: TimeLimit) -> TimeLimit:
    """The limit as it is now, its case locked first as everywhere."""
    case = Case.objects.select_for_update().get(pk=limit.case_id)
    limit = TimeLimit.objects.select_for_update(of=("self",)).select_related("event").get(pk=limit.pk)
    limit.case = case
    return limit
