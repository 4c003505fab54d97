"""The docket of one case: its time limits, what to review, and an account of every document.

``docket`` is total: any facts give an answer, and a document nobody can place becomes an open account
with a review, never nothing. It depends on its arguments alone, so reading a reply twice changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from .calendar import OfficeCalendar
from .codes import WHY_NONE, CodeInfo, lookup
from .dates import OutOfRange
from .engine import ExtensionRequest, NeedsDocument, compute, longest_end
from .facts import CaseFacts, EventFact
from .register import examination_limit, register_limits, registered_on
from .results import Account, Calculation, Docket, PlannedLimit, PlannedReview
from .reviews import review
from .rules import Rule, RuleBook

OPINIONS = frozenset({"A53", "C53"})
AMENDMENTS = frozenset({"A523", "A524", "C523"})
WENT_ON = frozenset({"A131", "A01", "A02", "C13", "C03"})
"""Acts of the office after which it no longer matters whether an amendment was the whole answer."""
EXTENSION_REQUESTS = frozenset({"A601", "A603", "C50"})
APPEAL_REQUEST = "C60"
TRIAL_REQUESTS = frozenset({APPEAL_REQUEST, "C601", "C63", "C635", "C636"})
"""Requests for trial, for an advisory opinion and to intervene: once registered, anybody may file them."""
SINGLE_DECISIONS = frozenset({"A01", "A02"})
"""Decisions the office lists again in another block: two on one day are one."""

PENDING = frozenset(
    {"response", "consultation", "formality", "notice", "dismissal", "appeal", "fee", "examination"}
)
UNDER_EXAMINATION = frozenset({"response", "consultation", "notice", "examination"})
"""What a decision of the examiner ends. An order on formalities concerns a procedure of its own, such as a
change of name, and is dismissed by itself when it is not followed (Patent Act Art. 17(3), 18(1), 18-2)."""
ENDINGS = frozenset(
    {"A761", "A762", "C761", "C762", "A031", "A032", "A034", "A041", "A042", "A043", "A044", "A045", "A047"}
)
OVERTAKES: dict[str, frozenset[str]] = {
    "A131": frozenset({"examination"}),
    "A02": UNDER_EXAMINATION,
    "A01": UNDER_EXAMINATION | {"appeal"},
    "C03": frozenset({"response", "notice", "examination"}),
    **dict.fromkeys(ENDINGS, PENDING),
}
"""Which families of limits a later document settles without being their answer."""

ALWAYS_SHOWN = frozenset({"notice_of_other_case"})


@dataclass
class _Draft:
    """A limit in the making. ``calculation`` is None while only the document can say its length."""

    rule: Rule
    event: EventFact | None
    base: date
    calculation: Calculation | None
    recompute: Callable[[tuple[ExtensionRequest, ...]], Calculation] | None = None
    requests: tuple[ExtensionRequest, ...] = ()
    notes: tuple[str, ...] = ()
    done_by: str | None = None
    done: tuple[str, str, str] | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def longest(self) -> date:
        return longest_end(self.calculation) if self.calculation else date.max


@dataclass
class _Desk:
    """Everything on the desk while one case is worked through."""

    facts: CaseFacts
    rules: RuleBook
    calendar: OfficeCalendar
    registered: date | None
    drafts: list[_Draft] = field(default_factory=list)
    reviews: dict[str, PlannedReview] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    appeal_on: date | None = None

    def ask(self, kind: str, event: EventFact | None = None) -> PlannedReview:
        names = _doc(event, self.facts.law) if event else {}
        found = review(kind, event.key if event else None, **names)
        self.reviews.setdefault(found.key, found)
        return found

    def leave_open(self, event: EventFact, kind: str) -> None:
        asked = self.ask(kind, event)
        self.accounts[event.key] = Account("open", None, asked.detail_ja, asked.detail_en)


def docket(facts: CaseFacts, rules: RuleBook, calendar: OfficeCalendar) -> Docket:
    """The docket that follows from ``facts``. Never raises on facts, however odd they are."""
    desk = _Desk(facts, rules, calendar, registered_on(facts))
    _plan_examination(desk)
    for event in sorted(facts.events, key=_order):
        _take(desk, event)
    _settle_by_registration(desk)
    limits = [limit for draft in desk.drafts if (limit := _finish(desk, draft))]
    more, asked = register_limits(facts, rules, calendar)
    for kind in asked:
        desk.ask(kind)
    return Docket((*limits, *more), tuple(desk.reviews.values()), desk.accounts)


def _order(event: EventFact) -> tuple[date, int, str]:
    """By date, undated last; on one day what the office sent, then requests for time, then opinions."""
    rank = 3
    if event.code in EXTENSION_REQUESTS:
        rank = 1
    elif event.code in OPINIONS:
        rank = 2
    elif event.code in OVERTAKES or event.code.startswith(("C13", "A1", "A2")):
        rank = 0
    return (event.legal_date or date.max, rank, event.key)


def _doc(event: EventFact, law: str) -> dict[str, str]:
    info = lookup(event.code, law)
    day = event.legal_date.isoformat() if event.legal_date else "-"
    ja = event.description or info.ja or "書類"
    en = info.en or event.description or "document"
    return {"doc": f"{ja}({event.code}, {day})", "doc_en": f"{en} ({event.code}, {day})"}


def _take(desk: _Desk, event: EventFact) -> None:
    if event.key in desk.accounts:
        desk.ask("repeated_key", event)
        return
    info = lookup(event.code, desk.facts.law)
    rule = _rule_for(desk, event)
    if rule is not None:
        _open_limit(desk, event, rule)
    else:
        _account(desk, event, info)
    if event.legal_date is None:
        _undated(desk, event)
        return
    _overtake(desk, event, event.legal_date)
    if event.code in EXTENSION_REQUESTS:
        _extend(desk, event, event.legal_date)
    else:
        _answer(desk, event, event.legal_date)
    if event.code == APPEAL_REQUEST and desk.appeal_on is None and not _after_registration(desk, event):
        desk.appeal_on = event.legal_date


def _after_registration(desk: _Desk, event: EventFact) -> bool:
    return bool(desk.registered and event.legal_date and event.legal_date > desk.registered)


def _account(desk: _Desk, event: EventFact, info: CodeInfo) -> None:
    if event.code in TRIAL_REQUESTS and _after_registration(desk, event):
        desk.leave_open(event, "trial_after_registration")
    elif info.treatment == "own":
        desk.accounts[event.key] = Account("own", None, "出願人側の書類", "filed by the applicant's side")
    elif info.treatment == "none":
        ja, en = WHY_NONE[info.reason]
        desk.accounts[event.key] = Account("no_limit", None, ja, en)
    else:
        desk.leave_open(event, info.reason if info.treatment == "review" else "unknown_document")


def _undated(desk: _Desk, event: EventFact) -> None:
    answers = any(event.code in draft.rule.closed_by and not draft.done for draft in desk.drafts)
    if answers or event.code in EXTENSION_REQUESTS or event.code in ENDINGS:
        desk.ask("undated_document", event)


# --- opening limits -------------------------------------------------------------------------------


def _rule_for(desk: _Desk, event: EventFact) -> Rule | None:
    candidates = desk.rules.for_document(event.code, desk.facts.law)
    at_appeal = bool(desk.appeal_on and event.legal_date and event.legal_date >= desk.appeal_on)
    fitting = [rule for rule in candidates if rule.at_appeal == at_appeal]
    return next(iter(fitting or candidates), None)


def _open_limit(desk: _Desk, event: EventFact, rule: Rule) -> None:
    if event.legal_date is None:
        desk.leave_open(event, "no_date")
        return
    if twin := _twin(desk, event):
        desk.accounts[event.key] = Account(
            "limit", twin.rule.id, "同じ書類の再掲", "the same document listed again"
        )
        return
    draft = _draft(desk, event, rule, event.legal_date)
    if draft is None:
        desk.leave_open(event, "date_out_of_range")
        return
    desk.drafts.append(draft)
    desk.accounts[event.key] = Account("limit", rule.id, rule.title.ja, rule.title.en)


def _twin(desk: _Desk, event: EventFact) -> _Draft | None:
    for draft in desk.drafts:
        other = draft.event
        if other is None or (other.code, other.legal_date) != (event.code, event.legal_date):
            continue
        if event.code in SINGLE_DECISIONS or (
            event.document_number and event.document_number == other.document_number
        ):
            return draft
    return None


def _draft(desk: _Desk, event: EventFact, rule: Rule, base: date) -> _Draft | None:
    def recompute(requests: tuple[ExtensionRequest, ...]) -> Calculation:
        return compute(
            rule,
            base=base,
            residency=desk.facts.residency,
            calendar=desk.calendar,
            notice=event.notice,
            notice_state=event.notice_state,
            application_number=desk.facts.application_number,
            requests=requests,
        )

    if not 1900 <= base.year <= 2200:
        return None
    try:
        return _Draft(rule, event, base, recompute(()), recompute)
    except NeedsDocument as needs:
        return _Draft(rule, event, base, None, notes=needs.notes)
    except OutOfRange:
        return None


def _plan_examination(desk: _Desk) -> None:
    for rule in desk.rules.by_trigger("filing", desk.facts.law):
        filed = _filed(desk.facts)
        if filed is None:
            if not _examination_seen(desk, rule):
                desk.ask("filing_date_unknown")
            continue
        calculation = examination_limit(rule, desk.facts, filed, desk.calendar)
        if calculation is None:
            desk.ask("register_out_of_range")
            continue
        desk.drafts.append(_Draft(rule, None, filed, calculation))


def _filed(facts: CaseFacts) -> date | None:
    """The filing date; of a derived application the day its request was really received."""
    received = [event.legal_date for event in facts.events if event.code == "A63" and event.legal_date]
    return min(received, default=facts.filing_date) if facts.derived else facts.filing_date


def _examination_seen(desk: _Desk, rule: Rule) -> bool:
    seen = {event.code for event in desk.facts.events}
    return bool(desk.registered or seen & {*rule.closed_by, *OVERTAKES})


# --- settling limits ------------------------------------------------------------------------------


def _overtake(desk: _Desk, event: EventFact, day: date) -> None:
    families = OVERTAKES.get(event.code, frozenset())
    names = _doc(event, desk.facts.law)
    for draft in desk.drafts:
        if draft.done or draft.rule.family not in families or draft.base >= day or draft.event is event:
            continue
        draft.done_by = event.key
        draft.done = (
            "overtaken",
            f"{names['doc']}により不要となった",
            f"overtaken by {names['doc_en']}",
        )


def _answer(desk: _Desk, event: EventFact, day: date) -> None:
    if event.code == APPEAL_REQUEST and _after_registration(desk, event):
        return
    open_ones = [d for d in desk.drafts if not d.done and event.code in d.rule.closed_by and d.base <= day]
    if not open_ones:
        return
    live = [draft for draft in open_ones if day <= draft.longest]
    if not live:
        desk.ask("answered_late", event)
        return
    meant = [draft for draft in live if draft.base < day] or [
        draft for draft in live if draft.rule.family != "response" or _first_opinion(desk, event, draft)
    ]
    if len(meant) == 1:
        _close(desk, meant[0], event, day)
    else:
        desk.ask("response_ambiguous", event)
        for draft in meant or live:
            draft.warnings.append("response_ambiguous")


def _first_opinion(desk: _Desk, event: EventFact, draft: _Draft) -> bool:
    """On the day of a notice an opinion answers it only when no earlier notice could be meant."""
    earlier = [d for d in desk.drafts if d.rule.family == "response" and d.base < draft.base]
    return event.code in OPINIONS and not any(draft.base <= d.longest for d in earlier)


def _close(desk: _Desk, draft: _Draft, event: EventFact, day: date) -> None:
    names = _doc(event, desk.facts.law)
    number_ja, number_en = _number(event)
    draft.done_by = event.key
    draft.done = (
        "answered",
        f"{names['doc']}を提出済み{number_ja}",
        f"answered by {names['doc_en']}{number_en}",
    )
    if draft.calculation and day > draft.calculation.due:
        desk.ask("answered_late", event)
        draft.warnings.append("answered_late")


def _number(event: EventFact) -> tuple[str, str]:
    """The document number in words; nothing for the fillers (all one character) of the register."""
    number = event.document_number or ""
    if len(set(number)) < 2:
        return "", ""
    return f"(書類番号 {number})", f", document number {number}"


def _extend(desk: _Desk, event: EventFact, day: date) -> None:
    """Move a due date by a request for more time, when it can be meant for one limit only."""
    candidates = [draft for draft in desk.drafts if _extendable(draft, event.code, day)]
    if len(candidates) == 1 and _apply(candidates[0], event, day):
        return
    if candidates or any(not draft.done and draft.rule.printed for draft in desk.drafts):
        desk.ask("extension_unclear", event)
    for draft in candidates:
        draft.warnings.append("extension_unclear")


def _extendable(draft: _Draft, code: str, day: date) -> bool:
    if draft.done or day < draft.base or not (draft.rule.printed or draft.rule.family == "fee"):
        return False
    if draft.calculation is None:
        return True
    late = draft.calculation.due < day <= draft.longest
    return late if code == "A603" else day <= draft.calculation.due


def _apply(draft: _Draft, event: EventFact, day: date) -> bool:
    if draft.recompute is None:
        return False
    requests = (*draft.requests, ExtensionRequest(event.code, day, event.document_number))
    try:
        calculation = draft.recompute(requests)
    except OutOfRange:
        return False
    if "extension_unclear" in calculation.notes:
        return False
    draft.requests, draft.calculation = requests, calculation
    return True


def _settle_by_registration(desk: _Desk) -> None:
    if desk.registered is None:
        return
    certificate = next((e.key for e in desk.facts.events if e.code == "R150"), None)
    for draft in desk.drafts:
        if draft.done or draft.rule.family not in PENDING or draft.base > desk.registered:
            continue
        draft.done_by = certificate
        day = desk.registered.isoformat()
        draft.done = ("overtaken", f"{day}に設定登録済み", f"overtaken by the registration on {day}")


# --- the result -----------------------------------------------------------------------------------


def _finish(desk: _Desk, draft: _Draft) -> PlannedLimit | None:
    if draft.calculation is None:
        _finish_without_length(desk, draft)
        return None
    kinds = _ask_notes(desk, draft, draft.calculation.notes)
    if draft.event is None and desk.facts.international_filing and not draft.done:
        desk.ask("pct_filing_date")
        kinds.append("pct_filing_date")
    if draft.event is None and desk.facts.derived and not (desk.facts.original_filing_date or draft.done):
        desk.ask("original_filing_unknown")
        kinds.append("original_filing_unknown")
    reason, done_ja, done_en = draft.done or (None, "", "")
    if _amended_only(desk, draft):
        desk.ask("amendment_only", draft.event)
        kinds.append("amendment_only")
    title_ja, title_en = _title(draft)
    return PlannedLimit(
        key=f"{draft.rule.id}:{draft.event.key}" if draft.event else draft.rule.id,
        rule_id=draft.rule.id,
        title_ja=title_ja,
        title_en=title_en,
        event_key=draft.event.key if draft.event else None,
        calculation=draft.calculation,
        done_by=draft.done_by,
        done_reason=reason,
        done_ja=done_ja,
        done_en=done_en,
        warnings=_unique((*kinds, *draft.warnings)),
    )


def _amended_only(desk: _Desk, draft: _Draft) -> bool:
    """Whether only an amendment shows that a notice was answered, and the office has not gone on since.

    Amendments are filed for other ends too (designs and marks: as long as the case is pending, Design Act
    Art. 60-24, Trademark Act Art. 68-40), so one alone does not prove that the opinion was given up.
    """
    if draft.event is None or draft.done is None or draft.done[0] != "answered":
        return False
    proof = next(event for event in desk.facts.events if event.key == draft.done_by)
    if proof.code not in AMENDMENTS or proof.legal_date is None or desk.registered:
        return False
    return not any(
        (event.code in OPINIONS and draft.base < event.legal_date <= draft.longest)
        or (event.code in WENT_ON and event.legal_date >= proof.legal_date)
        for event in desk.facts.events
        if event.legal_date and event is not draft.event
    )


def _finish_without_length(desk: _Desk, draft: _Draft) -> None:
    if draft.event is None:
        return
    _ask_notes(desk, draft, draft.notes)
    if draft.done:
        _, ja, en = draft.done
        desk.accounts[draft.event.key] = Account("no_limit", draft.rule.id, ja, en)
        return
    desk.leave_open(draft.event, "read_document")
    account = desk.accounts[draft.event.key]
    desk.accounts[draft.event.key] = replace(account, rule_id=draft.rule.id)


def _ask_notes(desk: _Desk, draft: _Draft, notes: Iterable[str]) -> list[str]:
    """Ask about what a computation noted; a settled limit needs only what may be wrong in the file."""
    kinds = [note for note in notes if not draft.done or note in ALWAYS_SHOWN]
    for kind in kinds:
        desk.ask(kind, draft.event)
    return kinds


def _title(draft: _Draft) -> tuple[str, str]:
    title = draft.rule.title
    if draft.event and draft.event.notice and draft.event.notice.final and draft.rule.family == "response":
        return f"{title.ja}(最後の拒絶理由通知)", f"{title.en} (final notice)"
    return title.ja, title.en


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
