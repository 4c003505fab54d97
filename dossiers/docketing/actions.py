"""What people may do to the docket: each action is one transaction with its history and audit line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from dossiers import clock
from dossiers.models import (
    BY_HAND,
    AuditEntry,
    Case,
    EnteredStart,
    Event,
    ExtensionClaim,
    News,
    OwnDate,
    Residency,
    ReviewTask,
    TimeLimit,
    TimeLimitChange,
    User,
    record,
)

from . import life, news
from .engine import UNCODED
from .news import Tell
from .rules import all_rules
from .store import RUNNING, calendar, end_claim, reconcile, recount

A_YEAR = timedelta(days=366)


class ActionRefused(Exception):
    """The action does not fit the present state. `code` says why; pages put it into words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def nobody(told: Sequence[News]) -> None:
    """Tells nobody: the news are written all the same and stand in the history of the case."""


# --- confirming -------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(limit: TimeLimit, *, by: User, seen: date | None = None) -> TimeLimit:
    """A person has checked the date and stands by it.

    With `seen` only that date is confirmed ("date_moved"). What a person entered somebody else confirms
    ("own_entry"). The first confirmation stands, whoever presses again.
    """
    limit = _locked(limit)
    if limit.due is None:
        raise ActionRefused("no_date_to_confirm")
    if seen is not None and seen != limit.due:
        raise ActionRefused("date_moved")
    if limit.state not in RUNNING:
        raise ActionRefused("state_does_not_allow")
    if limit.confirmed_by_id is not None:
        return limit
    if by.pk in entered_by(limit):
        raise ActionRefused("own_entry")
    now = clock.now()
    limit.confirmed_by, limit.confirmed_at = by, now
    limit.save(update_fields=["confirmed_by", "confirmed_at"])
    _change(limit, by, "confirmed", "", limit.due.isoformat(), "")
    record("limit.confirm", by=by, case=limit.case, limit=limit.key, due=limit.due.isoformat())
    return limit


@transaction.atomic
def take_back_confirmation(limit: TimeLimit, *, by: User, reason: str) -> TimeLimit:
    """Undo a confirmation; the date waits to be checked again."""
    _say_why(reason)
    limit = _locked(limit)
    if limit.confirmed_by_id is None:
        return limit
    was = limit.due.isoformat() if limit.due else ""
    limit.confirmed_by, limit.confirmed_at = None, None
    limit.save(update_fields=["confirmed_by", "confirmed_at"])
    _change(limit, by, "confirmed", was, "", reason)
    record("limit.unconfirm", by=by, case=limit.case, limit=limit.key, due=was, reason=reason.strip())
    return limit


def entered_by(limit: TimeLimit) -> set[int]:
    """Who gave the date, or the day it is counted from, by hand: they do not confirm it themselves."""
    if limit.rule_id == BY_HAND:
        found = limit.changes.filter(field="entered", by__isnull=False).values_list("by_id", flat=True)
        return {pk for pk in found if pk is not None}
    start = _start_of(limit)
    return {start.by_id} if start else set()


def _start_of(limit: TimeLimit) -> EnteredStart | None:
    """The start that a person entered for the limit, where its key names one."""
    _, named, pk = limit.key.partition(":entered:")
    if not (named and pk.isdecimal()):
        return None
    return EnteredStart.objects.filter(pk=int(pk), case=limit.case_id).first()


# --- what becomes of a limit ------------------------------------------------------------------------------


@transaction.atomic
def claim_done(limit: TimeLimit, *, by: User, reason: str, document: str = "") -> TimeLimit:
    """A person says it was done; the limit waits so many office days for the office's data to show it.

    `document` is the number or name of what was filed. Not shown by then, the limit opens again. Where the
    office's data never show it (entered by hand, a sister case) it waits until a person names the proof.
    """
    limit = _locked(limit)
    filed = f"[{document.strip()}]" if document.strip() else ""
    words = " ".join(part for part in (reason.strip(), filed) if part)
    if _pressed_again(limit, TimeLimit.State.CLAIMED, by, words):
        return limit
    until = life.claim_until(clock.office_today(), calendar()) if provable(limit) else None
    return _set_state(limit, TimeLimit.State.CLAIMED, by, words, allowed=(TimeLimit.State.OPEN,), until=until)


@transaction.atomic
def not_needed(limit: TimeLimit, *, by: User, reason: str) -> TimeLimit:
    """A named person decides that nothing will be filed, and says why."""
    _say_why(reason)
    limit = _locked(limit)
    if _pressed_again(limit, TimeLimit.State.NOT_NEEDED, by, reason):
        return limit
    return _set_state(limit, TimeLimit.State.NOT_NEEDED, by, reason, allowed=RUNNING)


MOST_TOGETHER = 500


@transaction.atomic
def not_needed_together(limits: Sequence[int], *, by: User, reason: str) -> AuditEntry:
    """Close several limits, given by their keys, for one reason: all of them or none.

    Only those that had passed before their case was added can be decided together; what can still be met, or
    was missed here, is decided one by one. The audit line returned names them, for `take_back_together`.
    """
    _say_why(reason)
    chosen = sorted(set(limits))
    if not 0 < len(chosen) <= MOST_TOGETHER:
        raise ActionRefused("none_chosen")
    rows = _locked_together(TimeLimit.objects.filter(pk__in=chosen))
    if len(rows) != len(chosen) or not all(row.passed_on_adding for row in rows):
        raise ActionRefused("only_passed_before")
    for limit in rows:
        _set_state(limit, TimeLimit.State.NOT_NEEDED, by, reason, allowed=RUNNING)
    return record("limits.not_needed", by=by, limits=chosen, reason=reason.strip()[:300])


@transaction.atomic
def take_back_together(decision: AuditEntry, *, by: User) -> int:
    """Open again what was closed by one decision; what somebody has changed since stays as it is.

    Returns how many were opened. "already_closed" where none is left to open.
    """
    chosen, reason = decision.detail["limits"], str(decision.detail["reason"])
    rows = _locked_together(TimeLimit.objects.filter(pk__in=chosen, state=TimeLimit.State.NOT_NEEDED))
    mine = [one for one in rows if (one.state_by_id, one.state_reason_en) == (decision.actor_id, reason)]
    if not mine:
        raise ActionRefused("already_closed")
    for limit in mine:
        _set_state(limit, TimeLimit.State.OPEN, by, f"↩ {reason}", allowed=(TimeLimit.State.NOT_NEEDED,))
    record("limits.take_back", by=by, limits=[one.pk for one in mine], reason=reason)
    return len(mine)


def _locked_together(rows: QuerySet[TimeLimit]) -> list[TimeLimit]:
    """Limits of several cases, the cases locked first and in one order."""
    list(Case.objects.select_for_update().filter(limits__in=rows).order_by("pk").values_list("pk"))
    return list(rows.select_for_update(of=("self",)).select_related("case").order_by("pk"))


@transaction.atomic
def reopen(limit: TimeLimit, *, by: User, reason: str) -> TimeLimit:
    """Take back an earlier decision: that nothing is needed, that it was done, or which document shows it."""
    _say_why(reason)
    limit = _locked(limit)
    if _pressed_again(limit, TimeLimit.State.OPEN, by, reason):
        return limit
    allowed = [TimeLimit.State.NOT_NEEDED, TimeLimit.State.CLAIMED]
    if limit.state == TimeLimit.State.DONE and limit.state_by_id:
        allowed.append(TimeLimit.State.DONE)
        limit.proof = None
        limit.save(update_fields=["proof"])
    return _set_state(limit, TimeLimit.State.OPEN, by, reason, allowed=tuple(allowed))


@transaction.atomic
def prove(limit: TimeLimit, *, by: User, event: Event, reason: str) -> TimeLimit:
    """A named person says which document of the case is what the limit asked for, and why it is.

    The limit is done, and that document its proof; when it leaves the office's data the limit opens again.
    """
    _say_why(reason)
    limit = _locked(limit)
    if event.case_id != limit.case_id:
        raise ActionRefused("not_of_this_case")
    event = Event.objects.get(pk=event.pk)
    if (limit.state, limit.proof_id, limit.state_by_id) == (TimeLimit.State.DONE, event.pk, by.pk):
        return limit
    early = limit.base_date and event.legal_date and event.legal_date < limit.base_date
    if event.vanished_at or event.pk == limit.event_id or early:
        raise ActionRefused("not_a_proof")
    if limit.state not in RUNNING:
        raise ActionRefused("state_does_not_allow")
    limit.proof = event
    limit.save(update_fields=["proof"])
    return _set_state(limit, TimeLimit.State.DONE, by, reason, allowed=RUNNING, proof=event.key)


def provable(limit: TimeLimit) -> bool:
    """Whether the office's data will show by themselves that the limit was met."""
    rule = all_rules().rules.get(limit.rule_id)
    if rule is None:
        return False
    return bool(rule.closed_by) or rule.follows_register


def _pressed_again(limit: TimeLimit, state: str, by: User, reason: str) -> bool:
    """The same person, the same decision, the same words: a double click is one act."""
    return (limit.state, limit.state_by_id, limit.state_reason_ja) == (state, by.pk, reason.strip()[:300])


@transaction.atomic
def claim_extension(
    limit: TimeLimit, *, by: User, code: str, filed_on: date, note: str = "", tell: Tell = nobody
) -> ExtensionClaim:
    """A person says that more time was requested by the document `code`; the due date moves at once.

    It counts, marked as claimed, until the office shows the document or should have shown it. Refused where
    the rule gives no more time for it on that day ("extension_not_possible"), or the office shows it already
    ("already_seen").
    """
    limit = _locked(limit)
    if limit.state not in RUNNING or limit.due is None:
        raise ActionRefused("state_does_not_allow")
    known = limit.extension_claims.filter(ended_at=None, code=code, filed_on=filed_on).first()
    if known is not None:
        return known
    _check_extension(limit, code, filed_on)
    now, was = clock.now(), limit.due
    claim = ExtensionClaim.objects.create(
        limit=limit,
        code=code,
        filed_on=filed_on,
        until=life.claim_until(clock.office_today(), calendar()),
        note=note.strip()[:300],
        by=by,
        at=now,
    )
    _change(limit, by, "extension", "", f"{code} {filed_on}", note)
    recompute(limit.case, now, tell)
    limit.refresh_from_db()
    if limit.due is None or limit.due <= was:
        raise ActionRefused("extension_not_possible")
    if code == UNCODED:  # the office's data show nothing of it but the payment, or the registration
        claim.until = limit.due
        claim.save(update_fields=["until"])
    record(
        "extension.claim",
        by=by,
        case=limit.case,
        limit=limit.key,
        code=code,
        filed_on=filed_on.isoformat(),
        old=was.isoformat(),
        new=limit.due.isoformat(),
        note=claim.note,
    )
    return claim


def _check_extension(limit: TimeLimit, code: str, filed_on: date) -> None:
    if filed_on > clock.office_today() or (limit.base_date and filed_on < limit.base_date):
        raise ActionRefused("implausible_date")
    if code not in requests_of(limit):
        raise ActionRefused("extension_not_possible")
    if limit.case.events.filter(code=code, legal_date=filed_on, vanished_at=None).exists():
        raise ActionRefused("already_seen")


def requests_of(limit: TimeLimit) -> tuple[str, ...]:
    """The codes of the documents that can extend this limit, by its rule.

    A request to extend the payment of a registration fee has no code in the office's data: `UNCODED`.
    """
    rule = all_rules().rules.get(limit.rule_id)
    if rule is None:
        return ()
    told = [rung.requested_by for rung in rule.ladder if rung.requested_by]
    extended = any(rung.kind == "extension" and not rung.requested_by for rung in rule.ladder)
    if rule.family == "fee" and extended:
        told.append(UNCODED)
    return tuple(dict.fromkeys(told))


@transaction.atomic
def withdraw_claim(claim: ExtensionClaim, *, by: User, reason: str, tell: Tell = nobody) -> ExtensionClaim:
    """Take back that an extension was requested; the date is again what the office's data give."""
    _say_why(reason)
    limit = _locked(claim.limit)
    claim = ExtensionClaim.objects.select_for_update(of=("self",)).select_related("limit").get(pk=claim.pk)
    if claim.ended_at:
        raise ActionRefused("already_closed")
    end_claim(
        claim, clock.now(), f"取消し（{by}）：{reason.strip()}", f"taken back by {by}: {reason.strip()}"
    )
    recompute(limit.case, clock.now(), tell)
    record(
        "extension.withdraw", by=by, case=limit.case, limit=limit.key, code=claim.code, reason=reason.strip()
    )
    return claim


# --- the firm's own dates ---------------------------------------------------------------------------------


@transaction.atomic
def set_own_date(
    limit: TimeLimit, *, by: User, kind: str, day: date | None, note: str = ""
) -> OwnDate | None:
    """Set the internal, target or instruction date of a limit by hand; without a day, take it back.

    Returns the row that holds, None when there was nothing to take back. A date after the legal one needs a
    word ("after_due"); one absurdly far away is refused ("implausible_date").
    """
    if kind not in OwnDate.Kind.values:
        raise ActionRefused("unknown_kind")
    limit = _locked(limit)
    if limit.state not in RUNNING:
        raise ActionRefused("state_does_not_allow")
    if day is not None:
        _check_own_date(limit, day, note)
    words = note.strip()[:300]
    last = limit.own_dates.filter(kind=kind).first()
    if last is None and day is None:
        return None
    if last and last.day == day and (day is None or last.note == words):
        return last
    row = OwnDate.objects.create(limit=limit, kind=kind, day=day, note=words, by=by, at=clock.now())
    was, new = str((last and last.day) or ""), str(day or "")
    _change(limit, by, f"own_{kind}", was, new, note)
    record("limit.own_date", by=by, case=limit.case, limit=limit.key, kind=kind, old=was, new=new, note=words)
    return row


def _check_own_date(limit: TimeLimit, day: date, note: str) -> None:
    today = clock.office_today()
    if not today - A_YEAR <= day <= max(today, limit.due or today) + A_YEAR:
        raise ActionRefused("implausible_date")
    if limit.due and day > limit.due and not note.strip():
        raise ActionRefused("after_due")


# --- limits that people start, and who the applicants are -------------------------------------------------


@transaction.atomic
def enter_start(
    case: Case, *, by: User, rule_id: str, base: date, note: str, tell: Tell = nobody
) -> EnteredStart:
    """A named person dockets a rule from a day that the office's data do not tell, and says where it is from.

    Refused where the rule is not one of the case's law ("unknown_rule"), the day is no plausible one
    ("implausible_date"), or nothing follows from it ("nothing_follows").
    """
    _say_why(note)
    case = _locked_case(case.pk)
    rule = all_rules().rules.get(rule_id)
    if rule is None or case.law not in rule.laws or rule.duty not in ("limit", "chance"):
        raise ActionRefused("unknown_rule")
    if not date(1900, 1, 1) <= base <= clock.office_today() + A_YEAR:
        raise ActionRefused("implausible_date")
    known = case.entered_starts.filter(withdrawn_at=None, rule_id=rule_id, base_date=base).first()
    if known is not None:
        return known
    now = clock.now()
    start = EnteredStart.objects.create(
        case=case, rule_id=rule_id, base_date=base, note=note.strip()[:300], by=by, at=now
    )
    recompute(case, now, tell)
    limit = limit_of(start)
    if limit is None:
        raise ActionRefused("nothing_follows")
    _change(limit, by, "entered", "", str(limit.due or ""), note)
    due = str(limit.due or "")
    record("start.enter", by=by, case=case, rule=rule_id, base=base.isoformat(), due=due, note=start.note)
    return start


def limit_of(start: EnteredStart) -> TimeLimit | None:
    """The limit that follows from a day a person entered."""
    return start.case.limits.filter(key=f"{start.rule_id}:entered:{start.pk}").first()


@transaction.atomic
def withdraw_start(start: EnteredStart, *, by: User, reason: str, tell: Tell = nobody) -> EnteredStart:
    """Take back an entered day: its limit ends, and both stay on record."""
    _say_why(reason)
    case = _locked_case(start.case_id)
    start = EnteredStart.objects.select_for_update().get(pk=start.pk)
    if start.withdrawn_at:
        raise ActionRefused("already_closed")
    start.withdrawn_at, start.withdrawn_by, start.withdrawn_reason = clock.now(), by, reason.strip()[:300]
    start.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    recompute(case, clock.now(), tell)
    record(
        "start.withdraw",
        by=by,
        case=case,
        rule=start.rule_id,
        base=start.base_date.isoformat(),
        reason=start.withdrawn_reason,
    )
    return start


@transaction.atomic
def set_residency(case: Case, *, by: User, value: str, reason: str = "", tell: Tell = nobody) -> Case:
    """Set who the applicants are; every limit that depends on it is computed again."""
    if value not in Residency.values:
        raise ActionRefused("unknown_kind")
    case = _locked_case(case.pk)
    if case.residency == value:
        return case
    was, case.residency = case.residency, value
    case.save(update_fields=["residency"])
    record("case.residency", by=by, case=case, old=was, new=value, reason=reason.strip()[:300])
    recompute(case, clock.now(), tell)
    return case


def recompute(case: Case, now: datetime, tell: Tell) -> None:
    """Compute the docket of a locked case again after a person changed a fact, and tell what moved."""
    changed = reconcile(case, now=now)
    tell([*news.of_changes(case, changed, now=now), *life.look_at(case, now=now)])


# --- entered by hand --------------------------------------------------------------------------------------


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
    _locked_case(case.pk)
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
            "stands_until": due,
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
    _say_why(resolution)
    _locked_case(task.case_id)
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
    _say_why(reason)
    _locked_case(event.case_id)
    event = Event.objects.select_for_update().get(pk=event.pk)
    if event.account != Event.Account.OPEN:
        raise ActionRefused("already_accounted")
    _account(event, by, reason.strip(), clock.now())
    recount(event.case)
    record("event.no_limit_needed", by=by, case=event.case, event=event.key, reason=reason.strip())
    return event


def _set_state(
    limit: TimeLimit,
    state: str,
    by: User,
    reason: str,
    *,
    allowed: tuple[str, ...],
    until: date | None = None,
    **more: str,
) -> TimeLimit:
    """Give a locked limit another state; `until` is how long a claim waits, `more` is for the audit line."""
    if limit.state not in allowed:
        raise ActionRefused("state_does_not_allow")
    old = limit.state
    limit.state, limit.state_by, limit.state_at, limit.claim_until = state, by, clock.now(), until
    limit.state_reason_ja = limit.state_reason_en = reason.strip()[:300]
    limit.save(
        update_fields=["state", "state_by", "state_at", "claim_until", "state_reason_ja", "state_reason_en"]
    )
    _change(limit, by, "state", old, state, reason)
    record(f"limit.{state}", by=by, case=limit.case, limit=limit.key, was=old, reason=reason.strip(), **more)
    recount(limit.case)
    return limit


def _account(event: Event, by: User, reason: str, now: datetime) -> None:
    """The document is placed by a person; what was asked about it is answered."""
    event.account, event.accounted_by, event.accounted_at = Event.Account.PERSON, by, now
    event.account_reason_ja = event.account_reason_en = reason[:300]
    event.save()
    event.reviews.filter(closed_at=None).update(closed_at=now, closed_by=by, resolution=reason[:500])


def _say_why(words: str) -> None:
    if not words.strip():
        raise ActionRefused("reason_required")


def _locked_case(pk: int) -> Case:
    """The case, locked before anything of it, as everybody does who changes its docket."""
    return Case.objects.select_for_update().get(pk=pk)


def _locked(limit: TimeLimit) -> TimeLimit:
    case = _locked_case(limit.case_id)
    limit = TimeLimit.objects.select_for_update(of=("self",)).get(pk=limit.pk)
    limit.case = case
    return limit


def _change(limit: TimeLimit, by: User, field: str, old: str, new: str, reason: str) -> None:
    words = reason.strip()[:300]
    TimeLimitChange.objects.create(
        limit=limit, at=clock.now(), by=by, field=field, old=old, new=new, reason_ja=words, reason_en=words
    )
