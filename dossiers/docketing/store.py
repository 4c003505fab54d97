"""Makes the docket's rows agree with what the pure core says of a case.

`reconcile` may be run any number of times: it writes only what differs, keeps what people decided, and never
deletes a limit or a task.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import cast

from django.db import transaction
from django.db.models import Exists, Min, OuterRef
from django.utils.translation import gettext_noop

from apiclient.jpo.catalogue import endpoint
from apiclient.jpo.envelope import read
from apiclient.jpo.replies import Parent, Progress
from dossiers.models import BY_HAND, Case, Event, OfficeClosure, Paper, ReviewTask, TimeLimit, TimeLimitChange

from . import facts as f
from .calendar import OfficeCalendar, office_calendar
from .codes import lookup
from .docket import docket
from .results import Account, PlannedLimit, PlannedReview
from .rules import jpo_rules
from .serial import calculation_to_json
from .stage import EXAMINATION_REQUESTS, derive_stage

FELL_AWAY = gettext_noop("no longer follows from the office's data")


@dataclass
class Reconciled:
    """What a reconciliation changed, for those who tell people."""

    created: list[TimeLimit] = field(default_factory=list)
    moved: list[tuple[TimeLimit, date | None]] = field(default_factory=list)  # (limit, old due date)
    reopened: list[TimeLimit] = field(default_factory=list)
    lost: list[TimeLimit] = field(default_factory=list)  # ran, and no longer follow from the office's data
    reviews: list[ReviewTask] = field(default_factory=list)  # newly opened


def calendar() -> OfficeCalendar:
    """The office's closed days, with the one-off closures an administrator entered."""
    rows = OfficeClosure.objects.values_list("day", "reason_ja", "reason_en")
    return office_calendar({day: (ja, en) for day, ja, en in rows})


@transaction.atomic
def reconcile(case: Case, *, now: datetime) -> Reconciled:
    """Compute the docket of `case` from its stored facts and bring its rows into agreement."""
    events = {event.key: event for event in case.events.select_for_update()}
    known = facts_of(case, list(events.values()))
    result = docket(known, jpo_rules(), calendar())
    changed = Reconciled()
    _keep_limits(case, events, result.limits, changed, now)
    _keep_reviews(case, events, result.reviews, changed, now)
    _keep_accounts(case, events, result.accounts)
    _summarise(case, known)
    return changed


# --- facts ----------------------------------------------------------------------------------------------


def facts_of(case: Case, events: list[Event]) -> f.CaseFacts:
    """The stored case as the plain values that docketing reads; vanished events are left out."""
    register = getattr(case, "register", None)
    papers = _notices(case)
    parent = _parent(case, events)
    return f.CaseFacts(
        law=cast(f.Law, case.law),
        application_number=case.application_number,
        residency=cast(f.Residency, case.residency),
        filing_date=case.filing_date,
        international_filing=bool(case.international_application_number),
        derived=parent is not None,
        original_filing_date=parent.filing_date if parent else None,
        registration_number=case.registration_number or None,
        registration_date=case.registration_date,
        expire_date=case.expire_date,
        disappearance_date=case.disappearance_date,
        erased=case.erasure not in ("", "00"),
        register=register
        and f.RegisterFact(
            registration_date=register.registration_date,
            expire_date=register.expire_date,
            next_annuity_due=register.next_annuity_due,
            last_paid_year=register.last_paid_year,
            disappearance_date=register.disappearance_date,
        ),
        events=tuple(_event_fact(event, papers.get(event.pk)) for event in events if not event.vanished_at),
    )


def _parent(case: Case, events: list[Event]) -> Parent | None:
    """The parent of a patent application whose request for examination is not on file.

    The simplified status leaves it out, so that the last full one counts. A parent that is itself derived
    does not tell the day to which the filing counts back.
    """
    if case.law != "patent" or case.registration_number:
        return None
    if any(event.code in EXAMINATION_REQUESTS and not event.vanished_at for event in events):
        return None
    row = endpoint(case.law, "app_progress")
    told = case.snapshots.filter(endpoint=row.bucket_name).order_by("-last_received_at", "-pk")
    for snapshot in told[:5]:  # unreadable replies are kept too
        reply = read(row, (case.application_number,), 200, zlib.decompress(bytes(snapshot.body))).reply
        if isinstance(reply, Progress):
            return _first_generation(case, reply)
    return None


def _first_generation(case: Case, reply: Progress) -> Parent | None:
    if reply.parent is None:
        return None
    generations = {one.application_number: one.generation for one in reply.divisionals}
    if generations and generations.get(case.application_number) != 1:
        return replace(reply.parent, filing_date=None)
    return reply.parent


def _notices(case: Case) -> dict[int, Paper]:
    """The latest readable paper of each event; a notice delivered again replaces the earlier reading."""
    found: dict[int, Paper] = {}
    for paper in case.papers.defer("body").filter(event__isnull=False).order_by("received_at", "pk"):
        event_id = paper.event_id or 0
        if paper.readable or event_id not in found:
            found[event_id] = paper
    return found


def _event_fact(event: Event, paper: Paper | None) -> f.EventFact:
    return f.EventFact(
        key=event.key,
        code=event.code,
        legal_date=event.legal_date,
        description=event.description,
        document_number=event.document_number or None,
        notice=_notice_fact(paper),
        notice_state=cast(f.NoticeState, event.notice_state),
    )


def _notice_fact(paper: Paper | None) -> f.NoticeFact | None:
    if paper is None or not paper.readable or not paper.notice:
        return None
    notice = paper.notice
    period = notice.get("period") or {}
    return f.NoticeFact(
        period_n=period.get("n"),
        period_unit=period.get("unit"),
        overseas_n=period.get("overseas_n"),
        final=notice.get("final"),
        quote=period.get("quote", ""),
        grounds=tuple(article["reference"] for article in notice.get("articles", ())),
        application_number=notice.get("application_number"),
    )


# --- limits ---------------------------------------------------------------------------------------------


def _keep_limits(
    case: Case,
    events: dict[str, Event],
    planned: tuple[PlannedLimit, ...],
    changed: Reconciled,
    now: datetime,
) -> None:
    stored = {limit.key: limit for limit in case.limits.exclude(rule_id=BY_HAND).select_for_update()}
    for plan in planned:
        limit = stored.pop(plan.key, None)
        if limit is None:
            changed.created.append(_create_limit(case, events, plan, now))
        else:
            _update_limit(limit, events, plan, changed, now)
    for limit in stored.values():
        if limit.state in (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED, TimeLimit.State.DONE):
            if limit.state != TimeLimit.State.DONE:
                changed.lost.append(limit)
            _change_state(limit, TimeLimit.State.GONE, now, "庁データから導かれなくなりました", FELL_AWAY)
            limit.save()


def _computed(limit: TimeLimit, plan: PlannedLimit) -> None:
    calculation = plan.calculation
    limit.rule_id, limit.rule_version = calculation.rule_id, calculation.rule_version
    limit.title_ja, limit.title_en = plan.title_ja, plan.title_en
    limit.base_date, limit.raw_end, limit.due = calculation.base_date, calculation.raw_end, calculation.due
    limit.calculation = calculation_to_json(calculation)
    limit.confidence, limit.provisional = calculation.confidence, calculation.provisional


def _create_limit(case: Case, events: dict[str, Event], plan: PlannedLimit, now: datetime) -> TimeLimit:
    limit = TimeLimit(
        case=case, event=events.get(plan.event_key or ""), key=plan.key, created_at=now, state_at=now
    )
    _computed(limit, plan)
    if plan.done_by or plan.done_reason:
        limit.state = TimeLimit.State.DONE
        _prove(limit, events, plan)
    limit.save(force_insert=True)
    return limit


def _prove(limit: TimeLimit, events: dict[str, Event], plan: PlannedLimit) -> None:
    limit.proof = events.get(plan.done_by or "")
    limit.state_reason_ja, limit.state_reason_en = plan.done_ja[:300], plan.done_en[:300]


def _update_limit(
    limit: TimeLimit, events: dict[str, Event], plan: PlannedLimit, changed: Reconciled, now: datetime
) -> None:
    before = _told_of(limit)
    old_due = limit.due
    _computed(limit, plan)
    if limit.due != old_due:
        _note_move(limit, old_due, now)
        changed.moved.append((limit, old_due))
    done = bool(plan.done_by or plan.done_reason)
    if done and limit.state in (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED, TimeLimit.State.GONE):
        _change_state(limit, TimeLimit.State.DONE, now, plan.done_ja, plan.done_en)
        _prove(limit, events, plan)
    elif done and limit.state == TimeLimit.State.DONE:
        _prove_anew(limit, events, plan, now)
    elif not done and limit.state in (TimeLimit.State.DONE, TimeLimit.State.GONE):
        _change_state(
            limit,
            TimeLimit.State.OPEN,
            now,
            "証拠となる書類が庁データにありません",
            "the proof is no longer in the office's data",
        )
        limit.proof = None
        changed.reopened.append(limit)
    if before != _told_of(limit):
        limit.save()


def _told_of(limit: TimeLimit) -> tuple[object, ...]:
    return (
        limit.title_ja,
        limit.due,
        limit.calculation,
        limit.state,
        limit.proof_id,
        limit.state_reason_ja,
        limit.confirmed_at,
    )


def _prove_anew(limit: TimeLimit, events: dict[str, Event], plan: PlannedLimit, now: datetime) -> None:
    """What settled the limit may leave the office's data while something else still settles it."""
    if (limit.proof_id, limit.state_reason_ja) == (_pk(events.get(plan.done_by or "")), plan.done_ja[:300]):
        return
    _change_state(limit, TimeLimit.State.DONE, now, plan.done_ja, plan.done_en)
    _prove(limit, events, plan)


def _pk(event: Event | None) -> int | None:
    return event.pk if event else None


def _note_move(limit: TimeLimit, old: date | None, now: datetime) -> None:
    """A moved date keeps its old value, and a confirmation of the old date no longer counts."""
    TimeLimitChange.objects.create(
        limit=limit,
        at=now,
        field="due",
        old=old.isoformat() if old else "",
        new=limit.due.isoformat() if limit.due else "",
        reason_ja="根拠となる事実または規則が変わったため再計算",
        reason_en="computed again because a fact or a rule changed",
    )
    limit.confirmed_by, limit.confirmed_at = None, None


def _change_state(limit: TimeLimit, state: str, now: datetime, ja: str, en: str) -> None:
    TimeLimitChange.objects.create(
        limit=limit, at=now, field="state", old=limit.state, new=state, reason_ja=ja[:300], reason_en=en[:300]
    )
    limit.state, limit.state_at, limit.state_by = state, now, None
    limit.state_reason_ja, limit.state_reason_en = ja[:300], en[:300]


# --- reviews, accounts, summary ---------------------------------------------------------------------------


def _keep_reviews(
    case: Case,
    events: dict[str, Event],
    planned: tuple[PlannedReview, ...],
    changed: Reconciled,
    now: datetime,
) -> None:
    """Planned tasks are open unless a person closed them; those that fell away close with a word."""
    stored = {task.key: task for task in case.reviews.exclude(key__startswith="office:")}
    for plan in planned:
        task = stored.pop(plan.key, None)
        if task is None:
            changed.reviews.append(
                ReviewTask.objects.create(
                    case=case,
                    event=events.get(plan.event_key or ""),
                    key=plan.key,
                    kind=plan.kind,
                    detail_ja=plan.detail_ja[:500],
                    detail_en=plan.detail_en[:500],
                    opened_at=now,
                )
            )
        elif task.closed_at and task.closed_by_id is None:
            task.closed_at, task.resolution, task.opened_at = None, "", now
            task.save()
            changed.reviews.append(task)
    for task in stored.values():
        if task.closed_at is None:
            task.closed_at, task.resolution = now, FELL_AWAY
            task.save()


def _keep_accounts(case: Case, events: dict[str, Event], accounts: Mapping[str, Account]) -> None:
    differing = []
    for key, event in events.items():
        account = accounts.get(key)
        side = lookup(event.code, case.law).side
        before = (event.side, event.account, event.account_reason_ja)
        event.side = side
        if account is not None and event.account != Event.Account.PERSON:
            event.account = account.state
            event.account_reason_ja = account.reason_ja[:300]
            event.account_reason_en = account.reason_en[:300]
        if before != (event.side, event.account, event.account_reason_ja):
            differing.append(event)
    Event.objects.bulk_update(differing, ["side", "account", "account_reason_ja", "account_reason_en"])


def _summarise(case: Case, known: f.CaseFacts) -> None:
    stage = derive_stage(known)
    case.stage, case.stage_basis_ja, case.stage_basis_en = (
        stage.code,
        stage.basis_ja[:300],
        stage.basis_en[:300],
    )
    case.save(update_fields=["stage", "stage_basis_ja", "stage_basis_en"])
    recount(case)


def recount(case: Case) -> None:
    """Bring the case's own sums up to date: its nearest open limit, and what waits for a person."""
    open_states = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)
    case.next_due = case.limits.filter(state__in=open_states).aggregate(Min("due"))["due__min"]
    its_task = ReviewTask.objects.filter(event=OuterRef("pk"), closed_at=None)
    unplaced = case.events.filter(~Exists(its_task), account=Event.Account.OPEN, vanished_at=None)
    case.open_reviews = case.reviews.filter(closed_at=None).count() + unplaced.count()
    case.save(update_fields=["next_due", "open_reviews"])
