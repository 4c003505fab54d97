"""Makes the docket's rows agree with what the pure core says of a case.

`reconcile` may be run any number of times: it writes only what differs, keeps what people decided, and never
deletes a limit or a task.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import Any, cast

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from apiclient.clock import office_day
from apiclient.jpo.catalogue import endpoint
from apiclient.jpo.envelope import read
from apiclient.jpo.replies import Progress
from dossiers.models import (
    BY_HAND,
    CalendarYear,
    Case,
    EnteredStart,
    Event,
    ExtensionClaim,
    OfficeClosure,
    Paper,
    ReviewTask,
    Snapshot,
    TimeLimit,
    TimeLimitChange,
)

from . import disagreements
from . import facts as f
from .calendar import DATA, OfficeCalendar, office_calendar
from .codes import lookup
from .docket import docket
from .fees import FEES
from .register import paid
from .results import Account, Calculation, PlannedLimit, PlannedReview
from .rules import all_rules
from .serial import calculation_from_json, calculation_to_json
from .stage import derive_stage

RUNNING = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)
PASSED_FOR_GOOD = Q(rung__gt=0, stands_until=None)  # of a running limit: no later way to act is left
CALENDAR_MARK = "calendar:"  # in `Case.docketed_with`: to be computed again, and the audit line that says why
FELL_AWAY = gettext_noop("no longer follows from the office's data")


@dataclass
class Reconciled:
    """What a reconciliation changed, for those who tell people."""

    created: list[TimeLimit] = field(default_factory=list)
    moved: list[tuple[TimeLimit, date | None]] = field(default_factory=list)  # (limit, old due date)
    reopened: list[TimeLimit] = field(default_factory=list)
    lost: list[TimeLimit] = field(default_factory=list)  # ran, and no longer follow from the office's data
    reviews: list[ReviewTask] = field(default_factory=list)  # newly opened


@cache
def rules_mark() -> str:
    """Which rules, codes and holidays this program computes with; another one means to compute again.

    Fees are left out: no date follows from them, and their amounts are asked for when they are shown.
    """
    digest = hashlib.sha256()
    for path in sorted(one for one in DATA.iterdir() if one.is_file() and one != FEES):
        digest.update(path.name.encode() + path.read_bytes())
    return f"{all_rules().version[:40]}:{digest.hexdigest()[:16]}"


def calendar() -> OfficeCalendar:
    """The office's closed days, with the closures entered and the years confirmed by administrators."""
    rows = list(OfficeClosure.objects.values_list("day", "reason_ja", "reason_en", "opens"))
    years = set(CalendarYear.objects.values_list("year", flat=True))
    closed = {day: (ja, en) for day, ja, en, opens in rows if not opens}
    return office_calendar(closed, years, {day for day, _, _, opens in rows if opens})


class Held:
    """The rows of one case for whoever has locked it: each kind is read once, when first asked for.

    What is added here without a primary key is written by `agree`. `sums_due`: rows changed since the case's
    own sums were computed.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sums_due = False

    @cached_property
    def events(self) -> list[Event]:
        """By primary key, new ones last."""
        return list(self.case.events.select_for_update().order_by("pk"))

    @cached_property
    def papers(self) -> list[Paper]:
        return list(self.case.papers.defer("body").order_by())

    @cached_property
    def limits(self) -> list[TimeLimit]:
        claims = ExtensionClaim.objects.filter(limit=OuterRef("pk"), ended_at=None)
        rows = self.case.limits.select_for_update(of=("self",))
        return list(rows.annotate(extension_claimed=Exists(claims)))

    @property
    def running(self) -> list[TimeLimit]:
        return [limit for limit in self.limits if limit.state in RUNNING]

    @cached_property
    def claims(self) -> list[ExtensionClaim]:
        """Extensions that people say were filed and that still count without the office showing them."""
        if not any(getattr(limit, "extension_claimed", False) for limit in self.limits):
            return []
        claims = ExtensionClaim.objects.filter(limit__case=self.case, ended_at=None)
        return list(claims.select_related("limit", "by"))

    @cached_property
    def reviews(self) -> list[ReviewTask]:
        return list(self.case.reviews.select_for_update())


@transaction.atomic
def reconcile(case: Case, *, now: datetime) -> Reconciled:
    """Compute the docket of `case` from its stored facts and bring its rows into agreement.

    Whoever changes a case's docket locks the case first, so that nobody waits for each other in a circle.
    """
    Case.objects.select_for_update().values_list("pk").get(pk=case.pk)
    changed = agree(Held(case), now=now)
    case.save(update_fields=DERIVED)
    return changed


OF_DOCUMENTS = {
    Event.Account.LIMIT: "with_limit",
    Event.Account.NO_LIMIT: "without_limit",
    Event.Account.PERSON: "by_person",
    Event.Account.OPEN: "not_accounted",
}
SUMS = ("next_due", "open_reviews", *OF_DOCUMENTS.values(), "oldest_open_on")
DERIVED = ("stage", "stage_basis_ja", "stage_basis_en", "docketed_with", *SUMS)


def agree(held: Held, *, now: datetime) -> Reconciled:
    """As `reconcile`, for rows that the caller holds and a case whose `DERIVED` the caller saves."""
    case = held.case
    events = {event.key: event for event in sorted(held.events, key=on_timeline)}
    _end_claims_seen(held, list(events.values()), now)
    known = facts_of(case, list(events.values()), _beside(held))
    result = docket(known, all_rules(), calendar())
    changed = Reconciled()
    _keep_accounts(held, events, result.accounts)  # first: what follows refers to events
    _keep_limits(held, events, result.limits, known, changed, now)
    _keep_by_hand(events, held.limits, changed, now)
    _keep_reviews(held, events, result.reviews, changed, now)
    _summarise(case, known)
    sum_up(held)
    return changed


def on_timeline(event: Event) -> tuple[bool, date, bool, int]:
    """The order of a case's events: by day, undated ones last, then as they came."""
    return event.legal_date is None, event.legal_date or date.min, event.pk is None, event.pk or 0


# --- facts ----------------------------------------------------------------------------------------------


@dataclass
class Beside:
    """What a case's facts are read from besides its own row and its events."""

    papers: list[Paper] = field(default_factory=list)  # the oldest first
    starts: list[EnteredStart] = field(default_factory=list)
    claims: list[ExtensionClaim] = field(default_factory=list)
    told: list[Snapshot] = field(default_factory=list)  # status replies, newest first; see `_relations`


def beside_of(cases: Sequence[Case]) -> dict[int, Beside]:
    """For each of the cases, by a few queries whatever their number."""
    found = {case.pk: Beside() for case in cases}
    papers = Paper.objects.defer("body").filter(case__in=list(found), event__isnull=False)
    for paper in papers.order_by("received_at", "pk"):
        found[paper.case_id].papers.append(paper)
    for start in EnteredStart.objects.filter(case__in=list(found), withdrawn_at=None).select_related("by"):
        found[start.case_id].starts.append(start)
    claims = ExtensionClaim.objects.filter(limit__case__in=list(found), ended_at=None)
    for claim in claims.select_related("limit", "by"):
        found[claim.limit.case_id].claims.append(claim)
    for reply in _last_told([case.pk for case in cases if case.parent is None]):
        found[reply.case_id].told.append(reply)
    return found


def _beside(held: Held) -> Beside:
    """As `beside_of`, from the rows held."""
    case = held.case
    starts = case.entered_starts.filter(withdrawn_at=None)  # few have any: who entered it is asked for then
    papers = sorted(held.papers, key=lambda paper: (paper.received_at, paper.pk))
    told = _last_told([case.pk]) if case.parent is None else []
    return Beside(papers, list(starts), [one for one in held.claims if one.ended_at is None], told)


MOST_REPLIES = 5  # unreadable replies are kept too


def _last_told(cases: list[int]) -> list[Snapshot]:
    """The last few full status replies of each of the cases, newest first."""
    if not cases:
        return []
    rows = Snapshot.objects.filter(case__in=cases, endpoint__in=_STATUS).order_by("-last_received_at", "-pk")
    newest: dict[int, list[int]] = {}
    for pk, case in rows.values_list("pk", "case_id"):
        if len(newest.setdefault(case, [])) < MOST_REPLIES:
            newest[case].append(pk)
    return list(rows.filter(pk__in=[pk for pks in newest.values() for pk in pks]))


_STATUS = [endpoint(law, "app_progress").bucket_name for law in ("patent", "design", "trademark")]


def facts_of(case: Case, events: list[Event], beside: Beside | None = None) -> f.CaseFacts:
    """The stored case as the plain values that docketing reads; vanished events are left out."""
    register = getattr(case, "register", None)
    beside = beside or beside_of([case])[case.pk]
    papers = _notices(beside.papers, {event.pk: event.key for event in events})
    parent, priorities = _relations(case, beside.told)
    return f.CaseFacts(
        law=cast(f.Law, case.law),
        application_number=case.application_number,
        residency=cast(f.Residency, case.residency),
        filing_date=case.filing_date,
        international_filing=bool(case.international_application_number),
        derived=bool(parent),
        original_filing_date=_original_filing(parent),
        original_sure=parent.get("generation") is not None,
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
        events=tuple(_event_fact(event, papers.get(event.key)) for event in events if not event.vanished_at),
        priorities=tuple(_priority_fact(row) for row in priorities),
        entered=tuple(_entered_fact(row) for row in beside.starts),
        claimed_extensions=tuple(_claim_fact(row) for row in beside.claims),
    )


def _relations(case: Case, told: Sequence[Snapshot]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The parent ({} when there is none) and the priority claims, as the columns of `case` keep them.

    A case last read by a program that kept neither has them in its last full status; the simplified one
    leaves them out.
    """
    if case.parent is not None:
        return case.parent, case.priorities
    row = endpoint(case.law, "app_progress")
    for snapshot in told:
        reply = read(row, (case.application_number,), 200, zlib.decompress(bytes(snapshot.body))).reply
        if isinstance(reply, Progress):
            return parent_of(reply, case.application_number), priorities_of(reply)
    return {}, []


def parent_of(reply: Progress, number: str) -> dict[str, Any]:
    """The case that the application `number` comes from, {} when the office names none.

    "generation" is the application's own place in the divisional family: 1 comes from an application that is
    not derived itself, 0 stands for a family in which it has no place, None for no family told.
    """
    if reply.parent is None:
        return {}
    places = {one.application_number: one.generation for one in reply.divisionals}
    filed = reply.parent.filing_date
    return {
        "number": reply.parent.application_number,
        "filing_date": filed.isoformat() if filed else "",
        "generation": (places.get(number) or 0) if places else None,
    }


def priorities_of(reply: Progress) -> list[dict[str, Any]]:
    """The priority claims: the day, the country's two letters and the number as that office writes it."""
    return [
        {
            "day": claim.date.isoformat() if claim.date else "",
            "country": claim.paris_country or ("" if claim.paris_number or claim.paris_date else "JP"),
            "number": claim.paris_number
            or claim.national_number
            or claim.national_international_number
            or "",
        }
        for claim in reply.priorities
    ]


def _original_filing(parent: Mapping[str, Any]) -> date | None:
    """The day to which a derived filing counts back; a parent that is itself derived does not tell it.

    A family tells whether it is. A converted application has none, so that a person is asked.
    """
    return _date(parent.get("filing_date")) if parent.get("generation") in (None, 1) else None


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None


def _priority_fact(row: Mapping[str, Any]) -> f.PriorityFact:
    return f.PriorityFact(_date(row.get("day")), str(row.get("country", "")), str(row.get("number", "")))


def _entered_fact(row: EnteredStart) -> f.EnteredFact:
    return f.EnteredFact(key=str(row.pk), rule_id=row.rule_id, base=row.base_date, by=str(row.by))


def _claim_fact(row: ExtensionClaim) -> f.ClaimedExtension:
    return f.ClaimedExtension(row.limit.key, row.code, row.filed_on, by=str(row.by))


def _end_claims_seen(held: Held, events: list[Event], now: datetime) -> None:
    """A request for more time that the office now shows counts by itself; one document ends one claim."""
    free = [event for event in events if not event.vanished_at and event.legal_date]
    for claim in held.claims:
        seen = next((event for event in free if _is_request(event, claim)), None)
        if seen is None:
            continue
        free.remove(seen)
        end_claim(
            claim,
            now,
            f"庁データで確認：{seen.description}（{seen.code}、{seen.legal_date}）",
            f"seen at the office: {seen.code} of {seen.legal_date}",
        )


CLAIMED_DAY_DIFFERS = timedelta(days=10)
"""How far the office's date of receipt may be from the day a person gave: by post, or mistyped."""


def _is_request(event: Event, claim: ExtensionClaim) -> bool:
    """Whether `event`, first seen after the claim was made, is the request that was claimed."""
    near = event.legal_date and abs(event.legal_date - claim.filed_on) <= CLAIMED_DAY_DIFFERS
    return bool(event.code == claim.code and near and event.first_seen_at >= claim.at)


def end_claim(claim: ExtensionClaim, now: datetime, ja: str, en: str) -> None:
    """The claim no longer counts; it stays on record with the reason."""
    claim.ended_at, claim.ended_reason_ja, claim.ended_reason_en = now, ja[:300], en[:300]
    claim.save(update_fields=["ended_at", "ended_reason_ja", "ended_reason_en"])
    TimeLimitChange.objects.create(
        limit=claim.limit,
        at=now,
        field="extension",
        old=f"{claim.code} {claim.filed_on}",
        new="",
        reason_ja=ja[:300],
        reason_en=en[:300],
    )


def _notices(papers: Sequence[Paper], keys: Mapping[int, str]) -> dict[str, Paper]:
    """The latest readable paper of each event, by its key; one delivered again replaces the earlier reading.

    `keys` are those of the events that are stored; of a new event the paper knows the event itself.
    """
    found: dict[str, Paper] = {}
    for paper in papers:
        new = paper.event if paper.event_id is None else None
        key = new.key if new else keys.get(paper.event_id or 0)
        if key and (paper.readable or key not in found):
            found[key] = paper
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
    held: Held,
    events: dict[str, Event],
    planned: tuple[PlannedLimit, ...],
    known: f.CaseFacts,
    changed: Reconciled,
    now: datetime,
) -> None:
    stored = {limit.key: limit for limit in held.limits if limit.rule_id != BY_HAND}
    for plan in planned:
        limit = stored.pop(plan.key, None)
        if limit is None:
            changed.created.append(_new_limit(held.case, events, plan, now))
        else:
            _update_limit(limit, events, plan, changed, now)
    for limit in stored.values():
        if limit.state not in (TimeLimit.State.NOT_NEEDED, TimeLimit.State.GONE):
            _no_longer_planned(limit, held.case, known, changed, now)
    TimeLimit.objects.bulk_create(changed.created)
    held.limits.extend(changed.created)


def _no_longer_planned(
    limit: TimeLimit, case: Case, known: f.CaseFacts, changed: Reconciled, now: datetime
) -> None:
    """Done where the register has gone on to the next payment; else it no longer follows, and is lost."""
    if words := _paid(limit, case, known):
        if limit.state in RUNNING:
            _change_state(limit, TimeLimit.State.DONE, now, *words)
            limit.save()
        return
    if limit.state in RUNNING:
        changed.lost.append(limit)
    _change_state(limit, TimeLimit.State.GONE, now, *_why_gone(limit))
    limit.save()


def _paid(limit: TimeLimit, case: Case, known: f.CaseFacts) -> tuple[str, str] | None:
    """The words of the register that show the payment, and the day they were read."""
    rule = all_rules().rules.get(limit.rule_id)
    if rule is None or limit.event_id or limit.raw_end is None or not rule.follows_register:
        return None
    year = limit.key.rpartition(":")[2]
    said = paid(rule, int(year) if year.isdecimal() else None, limit.raw_end, known)
    if said is None:
        return None
    read_on = office_day(case.register.confirmed_at)
    return f"{said[0]}（{read_on}確認）", f"{said[1]}; read on {read_on}"


def _why_gone(limit: TimeLimit) -> tuple[str, str]:
    if ":entered:" in limit.key:
        return "入力された起算日が取り消されました", "the day it was entered from was taken back"
    return "庁データから導かれなくなりました", FELL_AWAY


def _computed(limit: TimeLimit, plan: PlannedLimit) -> None:
    calculation = plan.calculation
    limit.rule_id, limit.rule_version = calculation.rule_id, calculation.rule_version
    limit.title_ja, limit.title_en = plan.title_ja, plan.title_en
    limit.base_date, limit.raw_end, limit.due = calculation.base_date, calculation.raw_end, calculation.due
    limit.calculation = calculation_to_json(calculation)
    limit.confidence, limit.provisional = calculation.confidence, calculation.provisional
    limit.duty = plan.duty


def _new_limit(case: Case, events: dict[str, Event], plan: PlannedLimit, now: datetime) -> TimeLimit:
    limit = TimeLimit(
        case=case, event=events.get(plan.event_key or ""), key=plan.key, created_at=now, state_at=now
    )
    _computed(limit, plan)
    limit.stands_until = limit.due
    if plan.done_by or plan.done_reason:
        limit.state = TimeLimit.State.DONE
        _prove(limit, events, plan)
    return limit


def _prove(limit: TimeLimit, events: dict[str, Event], plan: PlannedLimit) -> None:
    limit.proof = events.get(plan.done_by or "")
    limit.state_reason_ja, limit.state_reason_en = plan.done_ja[:300], plan.done_en[:300]


def _update_limit(
    limit: TimeLimit, events: dict[str, Event], plan: PlannedLimit, changed: Reconciled, now: datetime
) -> None:
    before = _told_of(limit)
    old_due, old = limit.due, _stored_calculation(limit)
    _computed(limit, plan)
    if limit.due != old_due:
        _note_move(limit, old_due, now, *_why_moved(old, plan.calculation))
        changed.moved.append((limit, old_due))
    if limit.due != old_due or (limit.stands_until is None and limit.rung == 0):
        limit.rung, limit.stands_until = 0, limit.due  # how far it has passed is looked at afterwards
    done = bool(plan.done_by or plan.done_reason)
    if done and limit.state in (*RUNNING, TimeLimit.State.GONE, TimeLimit.State.EXPIRED):
        _change_state(limit, TimeLimit.State.DONE, now, plan.done_ja, plan.done_en)
        _prove(limit, events, plan)
    elif done and limit.state == TimeLimit.State.DONE:
        _prove_anew(limit, events, plan, now)
    elif not done and limit.state in (TimeLimit.State.DONE, TimeLimit.State.GONE):
        if not _proved_by_a_person(limit):
            _run_again(limit, changed, now)
    elif limit.state == TimeLimit.State.EXPIRED and limit.due and limit.due >= office_day(now):
        _change_state(limit, TimeLimit.State.OPEN, now, "期限が変わりました", "its date has moved")
        changed.reopened.append(limit)
    if before != _told_of(limit):
        limit.save()


def _proved_by_a_person(limit: TimeLimit) -> bool:
    """Whether a person named the document that shows it was done, and the office still lists it."""
    if limit.state != TimeLimit.State.DONE or limit.state_by_id is None or limit.proof_id is None:
        return False
    return Event.objects.filter(pk=limit.proof_id, vanished_at=None).exists()


def _run_again(limit: TimeLimit, changed: Reconciled, now: datetime) -> None:
    """What showed that it was done is gone, or what it follows from is back, so that it is open."""
    if limit.state == TimeLimit.State.GONE:
        ja, en = "庁データから再び導かれます", "it follows from the office's data again"
    else:
        ja, en = "証拠となる書類が庁データにありません", "the proof is no longer in the office's data"
    _change_state(limit, TimeLimit.State.OPEN, now, ja, en)
    limit.proof = None
    changed.reopened.append(limit)


def _keep_by_hand(
    events: dict[str, Event], limits: list[TimeLimit], changed: Reconciled, now: datetime
) -> None:
    """No rule touches a limit entered by hand; but without its proof it is not done."""
    vanished = {event.pk for event in events.values() if event.vanished_at}
    for limit in limits:
        by_hand_done = limit.rule_id == BY_HAND and limit.state == TimeLimit.State.DONE
        if by_hand_done and limit.proof_id in vanished:
            _run_again(limit, changed, now)
            limit.save()


def _stored_calculation(limit: TimeLimit) -> Calculation | None:
    try:
        return calculation_from_json(limit.calculation)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _why_moved(old: Calculation | None, new: Calculation) -> tuple[str, str]:
    """What made the date another one: a fact (which), the rule, or the office's closed days."""
    causes = [] if old is None else [*_facts_changed(old, new), *_rule_changed(old, new)]
    if not causes and old is not None and old.raw_end == new.raw_end:
        causes.append(("庁の閉庁日が変わった", "the office's closed days changed"))
    if not causes:
        causes.append(("根拠となる事実が変わった", "a fact changed"))
    return "、".join(ja for ja, _ in causes) + "ため再計算", "computed again: " + "; ".join(
        en for _, en in causes
    )


def _rule_changed(old: Calculation, new: Calculation) -> list[tuple[str, str]]:
    if old.rule_version == new.rule_version:
        return []
    versions = f"{old.rule_version} → {new.rule_version}"
    return [(f"規則が変わった（{versions}）", f"a rule changed ({versions})")]


def _facts_changed(old: Calculation, new: Calculation) -> list[tuple[str, str]]:
    found = []
    if old.base_date != new.base_date:
        days = f"{old.base_date} → {new.base_date}"
        found.append((f"起算の基準日が変わった（{days}）", f"the day it counts from changed ({days})"))
    if old.residency != new.residency:
        words = f"{old.residency} → {new.residency}"
        found.append((f"住所区分が変わった（{words}）", f"the applicant's residency changed ({words})"))
    if (old.period_source, old.period_text) != (new.period_source, new.period_text) and "notice" in (
        old.period_source,
        new.period_source,
    ):
        words = f"{old.period_text} → {new.period_text}"
        found.append((f"書類の記載期間を読んだ（{words}）", f"the printed period was read ({words})"))
    if _extensions(old) != _extensions(new):
        found.append(("期間延長が変わった", "an extension of time changed"))
    if old.period_source == new.period_source == "register" and old.raw_end != new.raw_end:
        found.append(("登録原簿の日付が変わった", "a date of the register changed"))
    return found


def _extensions(calculation: Calculation) -> list[tuple[str, str]]:
    steps = (step for step in calculation.steps if step.code.startswith("extended"))
    return [(step.code, str(step.values.get("filed"))) for step in steps]


def _told_of(limit: TimeLimit) -> tuple[object, ...]:
    return (
        limit.title_ja,
        limit.due,
        limit.duty,
        (limit.rung, limit.stands_until, limit.claim_until),
        limit.calculation,
        limit.state,
        limit.proof_id,
        limit.state_reason_ja,
        limit.state_reason_en,
        limit.confirmed_at,
    )


def _prove_anew(limit: TimeLimit, events: dict[str, Event], plan: PlannedLimit, now: datetime) -> None:
    """What settled the limit may leave the office's data while something else still settles it.

    The same told in other words is no event: the words are renewed, and the history stays as it is.
    """
    same_proof = limit.proof_id == _pk(events.get(plan.done_by or ""))
    same_facts = _numbers(limit.state_reason_ja) == _numbers(plan.done_ja[:300])
    if not (same_proof and same_facts and limit.state_by_id is None):
        words = (limit.state_reason_ja, limit.state_reason_en)
        if same_proof and words == (plan.done_ja[:300], plan.done_en[:300]):
            return
        _change_state(limit, TimeLimit.State.DONE, now, plan.done_ja, plan.done_en)
    _prove(limit, events, plan)


def _numbers(words: str) -> list[str]:
    """The codes, dates and document numbers that a sentence names."""
    return re.findall(r"\d+", words)


def _pk(event: Event | None) -> int | None:
    return event.pk if event else None


def _note_move(limit: TimeLimit, old: date | None, now: datetime, ja: str, en: str) -> None:
    """A moved date keeps its old value, and a confirmation of the old date no longer counts."""
    TimeLimitChange.objects.create(
        limit=limit,
        at=now,
        field="due",
        old=old.isoformat() if old else "",
        new=limit.due.isoformat() if limit.due else "",
        reason_ja=ja[:300],
        reason_en=en[:300],
    )
    limit.confirmed_by, limit.confirmed_at = None, None


def _change_state(limit: TimeLimit, state: str, now: datetime, ja: str, en: str) -> None:
    TimeLimitChange.objects.create(
        limit=limit, at=now, field="state", old=limit.state, new=state, reason_ja=ja[:300], reason_en=en[:300]
    )
    limit.state, limit.state_at, limit.state_by, limit.claim_until = state, now, None, None
    limit.state_reason_ja, limit.state_reason_en = ja[:300], en[:300]


# --- reviews, accounts, summary ---------------------------------------------------------------------------


def _keep_reviews(
    held: Held,
    events: dict[str, Event],
    planned: tuple[PlannedReview, ...],
    changed: Reconciled,
    now: datetime,
) -> None:
    """Planned tasks are open unless a person closed them; those that fell away close with a word."""
    stored = {task.key: task for task in held.reviews if _is_of_rules(task)}
    for plan in planned:
        task = stored.pop(plan.key, None)
        if task is None:
            task = _new_review(held.case, events, plan, now)
            held.reviews.append(task)
            changed.reviews.append(task)
        elif task.closed_at and task.closed_by_id is None:
            task.closed_at, task.resolution, task.opened_at = None, "", now
            task.save()
            changed.reviews.append(task)
    for task in stored.values():
        if task.closed_at is None:
            task.closed_at, task.resolution = now, FELL_AWAY
            task.save()
    write_reviews(held)


def _new_review(case: Case, events: dict[str, Event], plan: PlannedReview, now: datetime) -> ReviewTask:
    return ReviewTask(
        case=case,
        event=events.get(plan.event_key or ""),
        key=plan.key,
        kind=plan.kind,
        detail_ja=plan.detail_ja[:500],
        detail_en=plan.detail_en[:500],
        opened_at=now,
    )


def write_reviews(held: Held) -> None:
    """Insert the tasks that were added to the rows held."""
    ReviewTask.objects.bulk_create(task for task in held.reviews if task.pk is None)


def _is_of_rules(task: ReviewTask) -> bool:
    """False for tasks about the office's answers, or what a person found or wants: no rule removes them."""
    return not task.key.startswith(("office:", "people:")) and task.kind != disagreements.KIND


def _keep_accounts(held: Held, events: dict[str, Event], accounts: Mapping[str, Account]) -> None:
    """Write what became of each event, and the events that are new."""
    differing = []
    for key, event in events.items():
        account = accounts.get(key)
        side = lookup(event.code, held.case.law).side
        before = (event.side, event.account, event.account_reason_ja)
        event.side = side
        if account is not None and event.account != Event.Account.PERSON:
            event.account = account.state
            event.account_reason_ja = account.reason_ja[:300]
            event.account_reason_en = account.reason_en[:300]
        if event.pk and before != (event.side, event.account, event.account_reason_ja):
            differing.append(event)
    Event.objects.bulk_update(differing, ["side", "account", "account_reason_ja", "account_reason_en"])
    Event.objects.bulk_create(event for event in held.events if event.pk is None)


def _summarise(case: Case, known: f.CaseFacts) -> None:
    stage = derive_stage(known)
    case.stage, case.stage_basis_ja, case.stage_basis_en = (
        stage.code,
        stage.basis_ja[:300],
        stage.basis_en[:300],
    )
    case.docketed_with = rules_mark()


def recount(case: Case) -> None:
    """Bring the case's own sums up to date: its nearest duty, what waits for a person, and what became of its
    documents."""
    sum_up(Held(case))
    case.save(update_fields=SUMS)


def sum_up(held: Held) -> None:
    """As `recount`, from the rows held; `SUMS` of the case is left for the caller to save.

    A duty for which nothing can be done any more hides none that still can; a chance is no duty.
    """
    disagreements.settle(held.reviews, held.limits)
    running = [one for one in held.limits if one.duty == "limit" and one.state in RUNNING and one.due]
    standing = [one for one in running if not (one.rung > 0 and one.stands_until is None)]
    missed_here = [one for one in running if not one.passed_on_adding]
    held.case.next_due = min((one.due for one in standing or missed_here if one.due), default=None)
    open_tasks = [task for task in held.reviews if task.closed_at is None]
    of_events = {task.event_id for task in open_tasks}
    listed = [event for event in held.events if not event.vanished_at]
    found = Counter(event.account for event in listed)
    for account, name in OF_DOCUMENTS.items():
        setattr(held.case, name, found[account])
    left_open = [event for event in listed if event.account == Event.Account.OPEN]
    held.case.oldest_open_on = min((one.legal_date for one in left_open if one.legal_date), default=None)
    unplaced = [event for event in left_open if event.pk not in of_events]
    held.case.open_reviews = len(open_tasks) + len(unplaced)
    held.sums_due = False
