"""A case as it was known at the end of a past day, and what changed between two days.

What the office had said is read again from its kept answers; the time limits are those that stood on the
docket, taken back through their recorded changes. Beside them stands what the rules and closed days of today
give from what was known then, where that differs. Nothing is filled in: a day before the first answer knows
nothing. A text counts as known from the day it came, in the words in which this program reads it today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Q

from apiclient.clock import JST, office_day
from apiclient.documents import read_bundle
from apiclient.jpo.catalogue import endpoint
from apiclient.jpo.envelope import read
from apiclient.jpo.replies import Progress, Registration
from dossiers.docketing.docket import docket
from dossiers.docketing.facts import CaseFacts, RegisterFact
from dossiers.docketing.results import PlannedLimit, Stage
from dossiers.docketing.rules import all_rules
from dossiers.docketing.stage import derive_stage
from dossiers.docketing.store import RUNNING, Beside, calendar, facts_of, on_timeline
from dossiers.models import (
    BY_HAND,
    AuditEntry,
    Case,
    EnteredStart,
    Event,
    ExtensionClaim,
    Paper,
    ReviewTask,
    Snapshot,
    TimeLimitChange,
)

from .events import acts_of
from .snapshots import body_of
from .take_in import SERVED_BY, events_of, own_fields, parent_of, priorities_of

_FULL, _SIMPLE, _REGISTER = "app_progress", "app_progress_simple", "registration_info"


@dataclass(frozen=True)
class Told:
    """An answer of the office: `first` when it came, `last` when it was last known to have come unchanged."""

    reply: Progress | Registration
    first: datetime
    last: datetime
    full: bool = True


@dataclass(frozen=True)
class KnownDocument:
    """One act of the office's list. `text` is of Event.NoticeState; `event` the row of it here, if any."""

    key: str
    code: str
    day: date | None
    description: str
    text: str
    event: int | None


@dataclass(frozen=True)
class KnownLimit:
    """A time limit as it stood. `due` None: the document had to be read."""

    pk: int
    key: str
    title_ja: str
    title_en: str
    due: date | None
    state: str

    @property
    def running(self) -> bool:
        return self.state in RUNNING


@dataclass(frozen=True)
class OtherNow:
    """A limit for which the rules of today give something else from what was known then."""

    key: str
    title_ja: str
    title_en: str
    stood: date | None  # None: it was not on the docket, or without a date
    given: date | None  # None: none follows
    pk: int | None = None


@dataclass(frozen=True)
class Known:
    """What was known of a case at the end of `day`, Japan time.

    `status` is None before the office's first readable answer: then nothing else is known either. `values`
    are the fields by name: dates, texts, numbers, None for what the office did not say. `not_read` are the
    answers since the status that could not be read, by endpoint.
    """

    day: date
    in_docket: bool
    status: Told | None = None
    register: Told | None = None
    stage: Stage | None = None
    residency: str = "unknown"
    values: Mapping[str, object] = field(default_factory=dict)
    documents: tuple[KnownDocument, ...] = ()
    limits: tuple[KnownLimit, ...] = ()
    other_now: tuple[OtherNow, ...] = ()
    reviews: tuple[ReviewTask, ...] = ()
    not_read: tuple[tuple[str, datetime], ...] = ()

    @property
    def texts_missing(self) -> int:
        return sum(one.text == Event.NoticeState.NOT_FETCHED for one in self.documents)

    @property
    def texts_unreadable(self) -> int:
        return sum(one.text == Event.NoticeState.UNREADABLE for one in self.documents)


def days_of_change(case: Case) -> list[date]:
    """The days, in Japan and ascending, on which what is known of the case or its limits changed."""
    moments: set[datetime | None] = {case.added_at}
    moments.update(case.snapshots.filter(member=None).values_list("first_received_at", flat=True).order_by())
    moments.update(case.papers.values_list("received_at", flat=True).order_by())
    moments.update(case.limits.values_list("created_at", flat=True).order_by())
    changes = TimeLimitChange.objects.filter(limit__case=case).exclude(field="seen")
    moments.update(changes.values_list("at", flat=True).order_by())
    for opened, closed in case.reviews.values_list("opened_at", "closed_at").order_by():
        moments.update((opened, closed))
    return sorted({office_day(at) for at in moments if at})


def known_on(case: Case, day: date) -> Known:
    """The case as it was known when `day` ended in Japan; of today, as it is known now."""
    end = datetime.combine(day + timedelta(1), time(), JST)
    if case.added_at >= end:
        return Known(day, in_docket=False)
    status, register = _status(case, end), _newest(case, (_REGISTER,), end)
    known = Known(
        day,
        in_docket=True,
        status=status,
        register=register,
        residency=_residency(case, end),
        limits=_limits(case, end),
        reviews=_reviews(case, end),
        not_read=_not_read(case, status, end),
    )
    return known if status is None else _with_facts(case, known, status, end)


# --- what the office had said -----------------------------------------------------------------------------


def _status(case: Case, end: datetime) -> Told | None:
    return _newest(case, (_FULL, _SIMPLE), end)


def _newest(case: Case, names: Sequence[str], end: datetime) -> Told | None:
    """The readable answer of these endpoints that was the last one known to come before `end`.

    An answer is kept once for all times it came unchanged in a row, so that of the times between its first
    and its last only these two are known.
    """
    buckets = [endpoint(case.law, name).bucket_name for name in names]
    rows = case.snapshots.filter(endpoint__in=buckets, member=None, taken_in=True, first_received_at__lt=end)
    kept = sorted(rows.defer("body"), key=lambda row: (_seen_by(row, end), row.pk), reverse=True)
    for row in kept:
        name = row.endpoint.partition("/")[2]
        reply = read(endpoint(case.law, name), (case.application_number,), 200, body_of(row)).reply
        if isinstance(reply, Progress | Registration):
            return Told(reply, row.first_received_at, _seen_by(row, end), full=name != _SIMPLE)
    return None


def _seen_by(row: Snapshot, end: datetime) -> datetime:
    return row.last_received_at if row.last_received_at < end else row.first_received_at


def _not_read(case: Case, status: Told | None, end: datetime) -> tuple[tuple[str, datetime], ...]:
    rows = case.snapshots.filter(member=None, taken_in=False, first_received_at__lt=end)
    if status is not None:
        rows = rows.filter(first_received_at__gt=status.last)
    return tuple(rows.order_by("first_received_at", "pk").values_list("endpoint", "first_received_at"))


def _with_facts(case: Case, known: Known, status: Told, end: datetime) -> Known:
    past = _past_case(case, status, known.residency, end)
    papers = _papers(case, end)
    events = sorted(_events(case, status, papers), key=on_timeline)
    facts = _facts(past, events, papers, known.register, end)
    stage = derive_stage(facts)
    return replace(
        known,
        stage=stage,
        values=_values(past, known.register),
        documents=tuple(map(_document, events)),
        other_now=_other_now(known.limits, docket(facts, all_rules(), calendar()).limits),
    )


def _past_case(case: Case, status: Told, residency: str, end: datetime) -> Case:
    """The case with what the office had said, never to be saved."""
    past = Case(pk=case.pk, law=case.law, application_number=case.application_number, residency=residency)
    own_fields(past, status.reply)
    full = status if status.full else _newest(case, (_FULL,), end)
    past.parent, past.priorities = {}, []
    if full is not None:  # the simplified status leaves these out
        past.parent = parent_of(full.reply, case.application_number)
        past.priorities = priorities_of(full.reply)
    return past


def _events(case: Case, status: Told, papers: Iterable[Paper]) -> list[Event]:
    """The acts of that day's list as unsaved events, under the keys they have here."""
    acts = acts_of(status.reply.bibliography)
    stored = list(case.events.all())
    read_of = {paper.event_id: paper.readable for paper in sorted(papers, key=lambda one: one.readable)}
    events: list[Event] = []
    keys: set[str] = set()
    for act, here in zip(acts, events_of(acts, stored), strict=True):
        key = here.key if here else act.key
        while key in keys:
            key += "'"
        keys.add(key)
        event = Event(pk=here.pk if here else None, key=key, code=act.code, legal_date=act.on)
        event.document_number, event.description = act.number, act.description[:200] or act.code
        event.notice_state = _text_of(act.code, here, read_of)
        events.append(event)
    return events


def _text_of(code: str, here: Event | None, read_of: Mapping[int | None, bool]) -> str:
    if here is not None and here.pk in read_of:
        return Event.NoticeState.READ if read_of[here.pk] else Event.NoticeState.UNREADABLE
    if code not in SERVED_BY or (here is not None and here.notice_state == Event.NoticeState.NONE):
        return Event.NoticeState.NONE
    return Event.NoticeState.NOT_FETCHED


def _papers(case: Case, end: datetime) -> list[Paper]:
    """The texts that had come, the oldest first; one that came again later is found in its first archive."""
    rows = case.papers.defer("body").filter(event__isnull=False).order_by("received_at", "pk")
    came = [paper for paper in rows if paper.received_at < end]
    later = [paper for paper in rows if paper.received_at >= end]
    if later:
        archives = case.snapshots.filter(
            Q(endpoint__contains="/app_doc_cont_"), member=None, taken_in=True, first_received_at__lt=end
        )
        held = {
            (member.name[:200], member.sha256)
            for one in archives
            for member in read_bundle(body_of(one)).members
        }
        came += [paper for paper in later if (paper.name, paper.sha256) in held]
    return came


def _facts(
    past: Case, events: list[Event], papers: list[Paper], register: Told | None, end: datetime
) -> CaseFacts:
    starts = EnteredStart.objects.filter(_standing("at", "withdrawn_at", end), case=past.pk)
    claims = ExtensionClaim.objects.filter(_standing("at", "ended_at", end), limit__case=past.pk)
    past._state.fields_cache["register"] = None
    beside = Beside(papers, list(starts.select_related("by")), list(claims.select_related("limit", "by")))
    facts = facts_of(past, events, beside)
    if register is None or not isinstance(register.reply, Registration):
        return facts
    reply = register.reply
    return replace(
        facts,
        register=RegisterFact(
            registration_date=reply.registration_date,
            expire_date=reply.expire_date,
            next_annuity_due=reply.next_annuity_due,
            last_paid_year=reply.last_paid_year,
            disappearance_date=reply.disappearance_date,
        ),
    )


def _standing(begun: str, ended: str, end: datetime) -> Q:
    return Q(**{f"{begun}__lt": end}) & (Q(**{ended: None}) | Q(**{f"{ended}__gte": end}))


FIELDS = (
    *("title", "applicants_text", "filing_date", "publication_number", "publication_date"),
    *("registration_number", "registration_date", "expire_date", "disappearance_date"),
    "international_application_number",
)
OF_REGISTER = ("expire_date", "next_annuity_due", "last_paid_year", "claims", "disappearance_date")


def _values(past: Case, register: Told | None) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(past, name) or None for name in FIELDS}
    if register is not None:
        values |= {f"register_{name}": getattr(register.reply, name) for name in OF_REGISTER}
    return values


def _document(event: Event) -> KnownDocument:
    return KnownDocument(
        event.key, event.code, event.legal_date, event.description, event.notice_state, event.pk
    )


# --- what people and the docket had said ------------------------------------------------------------------


def _residency(case: Case, end: datetime) -> str:
    """Before the first change recorded after `end`."""
    rows = AuditEntry.objects.filter(case=case, action__in=("case.residency", "case.edit"), at__gte=end)
    for action, told in rows.order_by("at", "pk").values_list("action", "detail"):
        old = told.get("old")
        if action == "case.residency" and isinstance(old, str):
            return old or "unknown"
        if action == "case.edit" and isinstance(old, dict) and "residency" in old:
            return str(old["residency"]) or "unknown"
    return case.residency


def _limits(case: Case, end: datetime) -> tuple[KnownLimit, ...]:
    """The limits docketed by then, each taken back to before the first change that came after."""
    later = TimeLimitChange.objects.filter(limit__case=case, at__gte=end, field__in=("due", "state"))
    before: dict[tuple[int, str], str] = {}
    for pk, name, old in later.order_by("at", "pk").values_list("limit_id", "field", "old"):
        before.setdefault((pk, name), old)
    rows = case.limits.filter(created_at__lt=end).defer("calculation")
    found = [
        KnownLimit(
            limit.pk,
            limit.key,
            limit.title_ja,
            limit.title_en,
            _day(before[limit.pk, "due"]) if (limit.pk, "due") in before else limit.due,
            before.get((limit.pk, "state"), limit.state),
        )
        for limit in rows
    ]
    return tuple(sorted(found, key=lambda one: (not one.running, one.due or date.min, one.pk)))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _reviews(case: Case, end: datetime) -> tuple[ReviewTask, ...]:
    """Open then; one that was opened again later is known from its last opening alone."""
    return tuple(case.reviews.filter(_standing("opened_at", "closed_at", end)))


def _other_now(stood: Sequence[KnownLimit], planned: Sequence[PlannedLimit]) -> tuple[OtherNow, ...]:
    """Limits that ran, or would, and differ; what people closed is theirs to close."""
    given = {plan.key: plan for plan in planned}
    found = []
    for limit in stood:
        plan = given.pop(limit.key, None)
        if not limit.running or limit.key.startswith(f"{BY_HAND}:"):
            continue
        due = plan.calculation.due if plan and not (plan.done_by or plan.done_reason) else None
        if due != limit.due:
            found.append(OtherNow(limit.key, limit.title_ja, limit.title_en, limit.due, due, limit.pk))
    for plan in given.values():
        if not (plan.done_by or plan.done_reason):
            due = plan.calculation.due
            found.append(OtherNow(plan.key, plan.title_ja, plan.title_en, None, due))
    return tuple(found)


# --- two days ---------------------------------------------------------------------------------------------

_One = TypeVar("_One", KnownDocument, KnownLimit)


@dataclass(frozen=True)
class Changes:
    """From one day to a later one: `values` as (name, old, new), rows as (old, new), None if absent."""

    values: tuple[tuple[str, object, object], ...]
    documents: tuple[tuple[KnownDocument | None, KnownDocument | None], ...]
    limits: tuple[tuple[KnownLimit | None, KnownLimit | None], ...]

    @property
    def any(self) -> bool:
        return bool(self.values or self.documents or self.limits)


def between(earlier: Known, later: Known) -> Changes:
    """What changed; the first answer of the office is a change from nothing known."""
    old, new = _fields(earlier), _fields(later)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return Changes(
        values=tuple((name, old.get(name), new.get(name)) for name in names),
        documents=_differing(earlier.documents, later.documents),
        limits=_differing(earlier.limits, later.limits),
    )


def _fields(known: Known) -> dict[str, object]:
    stage = {"stage": known.stage.code if known.stage else None, "residency": known.residency}
    return {**stage, **known.values}


def _differing(old: Sequence[_One], new: Sequence[_One]) -> tuple[tuple[_One | None, _One | None], ...]:
    before, after = {one.key: one for one in old}, {one.key: one for one in new}
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return tuple((before.get(key), after.get(key)) for key in keys)
