"""The docket of one case: its time limits, what to review, and an account of every document.

``docket`` is total: any facts give an answer, and a document nobody can place becomes an open account
with a review, never nothing. It depends on its arguments alone, so reading a reply twice changes nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from .calendar import OfficeCalendar
from .codes import WHY_NONE, CodeInfo, lookup
from .conditions import (
    claims_foreign_priority,
    filed_on,
    fits,
    last_act_of_office,
    maybe_international_registration,
    on_file,
    registered_late_enough,
)
from .dates import OutOfRange
from .desk import Desk, Draft, named
from .engine import ExtensionRequest, NeedsDocument, compute, longest_end
from .expected import expected
from .facts import CaseFacts, ClaimedExtension, EnteredFact, EventFact
from .register import DERIVED_RULE, examination_limit, plausible, register_limits, registered_on
from .results import Account, Calculation, Docket, PlannedLimit, Step
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
    {
        *("response", "consultation", "formality", "notice", "dismissal", "appeal", "fee", "examination"),
        *("division", "priority", "translation"),
    }
)
UNDER_EXAMINATION = frozenset({"response", "consultation", "notice", "examination"})
"""What a decision of the examiner ends. An order on formalities concerns a procedure of its own, such as a
change of name, and is dismissed by itself when it is not followed (Patent Act Art. 17(3), 18(1), 18-2)."""
OF_A_PROCEDURE = frozenset({"A112", "A102", "A103", "A241"})
"""Papers of the Commissioner about an intermediate document (中間書類), or about any: neither a decision on
the application nor its registration ends what they ask for. A111 and A101 concern the application itself."""
CONCLUSIONS = {"C03": "grants", "C16": "suit"}
"""Decisions of the board whose conclusion the office's data do not tell, and what is asked of a person."""
ENDINGS = frozenset(
    {"A761", "A762", "C761", "C762", "A031", "A032", "A034", "A041", "A042", "A043", "A044", "A045", "A047"}
)
OVERTAKES: dict[str, frozenset[str]] = {
    "A131": frozenset({"examination", "suit"}),  # a case back under examination was not refused by the board
    "A02": UNDER_EXAMINATION | {"suit"},
    "A01": UNDER_EXAMINATION | {"appeal", "suit"},
    "A24379": frozenset({"priority"}),  # the notice sets a period of its own
    "C03": frozenset({"response", "notice", "examination"}),
    **dict.fromkeys(ENDINGS, PENDING),
}
"""Which families of limits a later document settles without being their answer."""

SETS_A_PERIOD = re.compile("期間有|指令|命令|理由通知")
ACT_OF_THE_OFFICE = re.compile(
    "(?:通知|指令|命令|指示|査定|決定|審尋|処分)書?(?:（[^）]*）)*$|(?:審決|謄本|副本)(?:（[^）]*）)*$"
)
"""Names under which the office dispatches. A code can have several names, and lists of codes grow old."""

ALWAYS_SHOWN = frozenset({"notice_of_other_case"})


def docket(facts: CaseFacts, rules: RuleBook, calendar: OfficeCalendar) -> Docket:
    """The docket that follows from ``facts``. Never raises on facts, however odd they are."""
    desk = Desk(facts, rules, calendar, registered_on(facts))
    _plan_examination(desk)
    _plan_priority(desk)
    _plan_compensation(desk)
    for start in sorted(facts.entered, key=lambda fact: (fact.key, fact.rule_id, fact.base, fact.by)):
        _plan_entered(desk, start)
    for event in sorted(facts.events, key=_order):
        _take(desk, event)
    _extend_divisions(desk)
    _settle_by_exchange(desk)
    _settle_by_registration(desk)
    _settle_by_time(desk)
    _ask_about_claims(desk)
    _ask_about_translation(desk)
    limits = [limit for draft in desk.drafts if (limit := _finish(desk, draft))]
    more, asked = register_limits(facts, rules, calendar)
    for kind in asked:
        if kind == "right_ended":
            _ask_about_the_end(desk, more)
        else:
            desk.ask(kind)
    every = _doubt_international(desk, (*limits, *more))
    return Docket(every, tuple(desk.reviews.values()), desk.accounts, expected(facts, rules))


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


def _take(desk: Desk, event: EventFact) -> None:
    if event.key in desk.accounts:
        desk.ask("repeated_key", event)
        return
    info = lookup(event.code, desk.facts.law)
    if _named_otherwise(event, info):
        desk.leave_open(event, "period_may_run")
        return
    rule = _rule_for(desk, event)
    if rule is not None:
        _open_limit(desk, event, rule)
    else:
        _account(desk, event, info)
    _open_chances(desk, event)
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


PAID_EXTENDED = "R1005"  # the registration fee, paid within the extended period


def _after_registration(desk: Desk, event: EventFact) -> bool:
    return bool(desk.registered and event.legal_date and event.legal_date > desk.registered)


def _led_to_registration(desk: Desk, event: EventFact) -> bool:
    """Whether the registration overtook a decision on the appeal, whose conclusion the office does not tell.

    Without an appeal it is a decision on something else; with a second one it did not lead there.
    """
    day = event.legal_date
    if desk.registered is None or day is None or desk.appeal_on is None:
        return False
    again = any(
        e.code in ("A02", APPEAL_REQUEST) and e.legal_date and e.legal_date > day for e in desk.facts.events
    )
    return desk.appeal_on <= day <= desk.registered and not again


def _account(desk: Desk, event: EventFact, info: CodeInfo) -> None:
    if event.code in TRIAL_REQUESTS and _after_registration(desk, event):
        desk.leave_open(event, "trial_after_registration")
    elif event.code in CONCLUSIONS and _led_to_registration(desk, event):
        day = desk.registered.isoformat() if desk.registered else ""
        ja, en = f"{day}に設定登録済み", f"overtaken by the registration on {day}"
        desk.accounts[event.key] = Account("no_limit", None, ja, en)
    elif info.treatment == "own":
        desk.accounts[event.key] = Account("own", None, "出願人側の書類", "filed by the applicant's side")
    elif info.treatment == "none":
        rule = desk.rules.none_for(event.code, desk.facts.law)
        ja, en = WHY_NONE[info.reason]
        desk.accounts[event.key] = Account("no_limit", rule.id if rule else f"none.{info.reason}", ja, en)
    else:
        desk.leave_open(event, info.reason if info.treatment == "review" else "unknown_document")


def _named_otherwise(event: EventFact, info: CodeInfo) -> bool:
    """Whether the office's own name of a document belies what the list of codes makes of its code.

    Nothing follows from such a paper but a question.
    """
    if info.treatment == "none" and SETS_A_PERIOD.search(event.description):
        return True
    of_office = info.treatment == "own" or info.side == "third_party"
    return of_office and bool(ACT_OF_THE_OFFICE.search(event.description))


def _undated(desk: Desk, event: EventFact) -> None:
    answers = any(event.code in draft.rule.closed_by and not draft.done for draft in desk.drafts)
    if answers or event.code in EXTENSION_REQUESTS or event.code in ENDINGS:
        desk.ask("undated_document", event)


# --- opening limits -------------------------------------------------------------------------------


def _rule_for(desk: Desk, event: EventFact) -> Rule | None:
    candidates = desk.rules.for_document(event.code, desk.facts.law)
    if event.code in CONCLUSIONS and _led_to_registration(desk, event):
        return None
    at_appeal = bool(desk.appeal_on and event.legal_date and event.legal_date >= desk.appeal_on)
    fitting = [rule for rule in candidates if rule.at_appeal == at_appeal]
    return next(iter(fitting or candidates), None)


def _open_limit(desk: Desk, event: EventFact, rule: Rule) -> None:
    if event.legal_date is None:
        desk.leave_open(event, "no_date")
        return
    if not rule.in_force(event.legal_date):
        desk.leave_open(event, "no_rule_in_force")
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
    _replace_entered(desk, event, rule)
    _put(desk, draft)
    desk.accounts[event.key] = Account("limit", rule.id, rule.title.ja, rule.title.en)
    if kind := CONCLUSIONS.get(event.code):
        # Dated as if it went against the party, and a person reads which way it went.
        desk.ask(kind, event)
        draft.warnings.append(kind)


def _open_chances(desk: Desk, event: EventFact) -> None:
    """What a document makes possible besides what it makes due; never its only account."""
    if event.legal_date is None:
        return
    seen = on_file(desk.facts.events, before=event)
    for rule in desk.rules.chances_for(event.code, desk.facts.law):
        if not (fits(rule, seen) and rule.in_force(event.legal_date)) or _has_chance(desk, event, rule):
            continue
        draft = _draft(desk, event, rule, event.legal_date)
        if draft is None or draft.calculation is None:
            continue
        _put(desk, draft)
        if desk.accounts[event.key].state == "open" and lookup(event.code, desk.facts.law).side == "office":
            _account_chance(desk, event, rule)


def _account_chance(desk: Desk, event: EventFact, rule: Rule) -> None:
    """A document that only opens a chance is accounted for by it."""
    if lookup(event.code, desk.facts.law).rule_ids != (rule.id,):
        return
    desk.accounts[event.key] = Account("limit", rule.id, rule.title.ja, rule.title.en)
    desk.reviews = {key: asked for key, asked in desk.reviews.items() if asked.event_key != event.key}


def _has_chance(desk: Desk, event: EventFact, rule: Rule) -> bool:
    """Whether this chance runs from the same document, listed in another block, already."""
    return event.code in SINGLE_DECISIONS and any(
        draft.rule is rule and draft.event and draft.event.legal_date == event.legal_date
        for draft in desk.drafts
    )


def _put(desk: Desk, draft: Draft) -> None:
    """On the desk, with the extensions people claimed for it."""
    desk.drafts.append(draft)
    for claim in sorted(desk.facts.claimed_extensions, key=lambda one: (one.filed, one.code, one.by)):
        if claim.limit_key == draft.key and _extendable(draft, claim.code, claim.filed):
            _apply(draft, ExtensionRequest(claim.code, claim.filed, None, claimed=True, by=claim.by))


def _plan_entered(desk: Desk, start: EnteredFact) -> None:
    """A rule that a person started. What cannot be computed is put before people, never dropped."""
    told = {"rule": start.rule_id, "day": start.base.isoformat()}
    rule = desk.rules.rules.get(start.rule_id)
    if any(draft.entered and draft.entered.key == start.key for draft in desk.drafts):
        return
    if rule is None or rule.duty not in ("limit", "chance"):
        desk.ask("entered_rule_unknown", about=start.key, told=told)
    elif not rule.in_force(start.base):
        desk.ask("entered_not_in_force", about=start.key, told=told)
    elif not rule.computable:
        desk.ask("entered_without_length", about=start.key, told=told)
    elif (draft := _entered_draft(desk, rule, start)) is None:
        desk.ask("entered_out_of_range", about=start.key, told=told)
    else:
        _put(desk, draft)


def _entered_draft(desk: Desk, rule: Rule, start: EnteredFact) -> Draft | None:
    """The limit a person started; the length is that of the table, whatever a document may print."""
    unprinted = replace(rule, printed=False)

    def recompute(requests: tuple[ExtensionRequest, ...]) -> Calculation:
        found = compute(
            unprinted,
            base=start.base,
            residency=desk.facts.residency,
            calendar=desk.calendar,
            requests=requests,
        )
        step = Step("entered", {"by": start.by or "-", "base": start.base})
        return replace(found, steps=(step, *found.steps))

    if not plausible(start.base):
        return None
    try:
        return Draft(rule, None, start.base, recompute(()), recompute, entered=start)
    except (NeedsDocument, OutOfRange):
        return None


def _replace_entered(desk: Desk, event: EventFact, rule: Rule) -> None:
    """What a person entered beforehand and the office now shows is one limit, the office's."""
    for draft in desk.drafts:
        if draft.entered and not draft.done and (draft.rule.id, draft.base) == (rule.id, event.legal_date):
            names = named(event, desk.facts.law)
            draft.settle(
                "overtaken",
                f"{names['doc']}が庁データに現れ、その期限に置き換えた",
                f"replaced by the limit of {names['doc_en']}, which the office's data now show",
                by=event.key,
            )


def _twin(desk: Desk, event: EventFact) -> Draft | None:
    for draft in desk.drafts:
        other = draft.event
        if other is None or (other.code, other.legal_date) != (event.code, event.legal_date):
            continue
        if event.code in SINGLE_DECISIONS or (
            event.document_number and event.document_number == other.document_number
        ):
            return draft
    return None


def _draft(desk: Desk, event: EventFact, rule: Rule, base: date) -> Draft | None:
    def recompute(requests: tuple[ExtensionRequest, ...]) -> Calculation:
        found = compute(
            rule,
            base=base,
            residency=desk.facts.residency,
            calendar=desk.calendar,
            notice=event.notice,
            notice_state=event.notice_state,
            application_number=desk.facts.application_number,
            requests=requests,
        )
        return _doubted(found, Step("conclusion_unknown")) if event.code in CONCLUSIONS else found

    if not plausible(base):
        return None
    try:
        return Draft(rule, event, base, recompute(()), recompute)
    except NeedsDocument as needs:
        return Draft(rule, event, base, None, notes=needs.notes)
    except OutOfRange:
        return None


def _doubted(calculation: Calculation, step: Step) -> Calculation:
    """Provisional, with the step that says why."""
    return replace(calculation, steps=(*calculation.steps, step), provisional=True)


def _plan_examination(desk: Desk) -> None:
    for rule in desk.rules.by_start("filing", desk.facts.law):
        filed = filed_on(desk.facts)
        if rule.family != "examination":
            _plan_from(desk, rule, filed)
            continue
        if filed is None:
            if not _examination_seen(desk, rule):
                desk.ask("filing_date_unknown")
            continue
        own = desk.rules.rules.get(DERIVED_RULE)
        calculation = examination_limit(rule, own, desk.facts, filed, desk.calendar)
        if calculation is None:
            desk.ask("register_out_of_range")
            continue
        _put(desk, Draft(rule, None, filed, calculation))


def _plan_priority(desk: Desk) -> None:
    """The documents of a foreign priority; `_settle_by_exchange` settles those that need not be filed.

    Patents count from the earliest priority, designs and trademarks from the filing here.
    """
    if not claims_foreign_priority(desk.facts):
        return
    seen = on_file(desk.facts.events)
    for rule in desk.rules.by_start("earliest_priority", desk.facts.law):
        days = [claim.day for claim in desk.facts.priorities if claim.day and plausible(claim.day)]
        if not days and fits(rule, seen):
            desk.ask("priority_day_unknown")
        _plan_from(desk, rule, min(days, default=None))


def _plan_compensation(desk: Desk) -> None:
    for rule in desk.rules.by_start("registration", desk.facts.law, duty="chance"):
        if registered_late_enough(desk.facts):
            _plan_from(desk, rule, desk.registered)


def _plan_from(desk: Desk, rule: Rule, base: date | None) -> None:
    """A limit from a day of the case itself; nothing when the day is not known or cannot be."""
    if base is None or not plausible(base) or not rule.in_force(base):
        return
    if rule.family == "priority" and not claims_foreign_priority(desk.facts):
        return

    def recompute(requests: tuple[ExtensionRequest, ...]) -> Calculation:
        return compute(
            rule, base=base, residency=desk.facts.residency, calendar=desk.calendar, requests=requests
        )

    try:
        _put(desk, Draft(rule, None, base, recompute(()), recompute))
    except OutOfRange:
        desk.ask("register_out_of_range")


def _examination_seen(desk: Desk, rule: Rule) -> bool:
    seen = {event.code for event in desk.facts.events}
    return bool(desk.registered or seen & {*rule.closed_by, *OVERTAKES})


# --- settling limits ------------------------------------------------------------------------------


def _overtake(desk: Desk, event: EventFact, day: date) -> None:
    families = OVERTAKES.get(event.code, frozenset())
    names = named(event, desk.facts.law)
    for draft in desk.drafts:
        if draft.done or draft.rule.family not in families or draft.base >= day or draft.event is event:
            continue
        if _of_a_procedure(draft) and event.code not in ENDINGS:
            continue
        draft.settle(
            "overtaken",
            f"{names['doc']}により不要となった",
            f"overtaken by {names['doc_en']}",
            by=event.key,
        )


def _of_a_procedure(draft: Draft) -> bool:
    return draft.event is not None and draft.event.code in OF_A_PROCEDURE


def _answer(desk: Desk, event: EventFact, day: date) -> None:
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
    if len(meant) == 1 or (meant and all(draft.rule.family == "fee" for draft in meant)):
        # One application has one registration fee: paid once, it answers a grant dispatched again too.
        for draft in meant:
            _close(desk, draft, event, day)
    else:
        desk.ask("response_ambiguous", event)
        for draft in meant or live:
            draft.warnings.append("response_ambiguous")


def _first_opinion(desk: Desk, event: EventFact, draft: Draft) -> bool:
    """On the day of a notice an opinion answers it only when no earlier notice could be meant."""
    earlier = [d for d in desk.drafts if d.rule.family == "response" and d.base < draft.base]
    return event.code in OPINIONS and not any(draft.base <= d.longest for d in earlier)


def _close(desk: Desk, draft: Draft, event: EventFact, day: date) -> None:
    names = named(event, desk.facts.law)
    number_ja, number_en = _number(event)
    draft.settle(
        "answered",
        f"{names['doc']}を提出済み{number_ja}",
        f"answered by {names['doc_en']}{number_en}",
        by=event.key,
    )
    if draft.calculation and day > draft.calculation.due:
        desk.ask("answered_late", event)
        draft.warnings.append("answered_late")


def _number(event: EventFact) -> tuple[str, str]:
    """The document number in words; nothing for the fillers (all one character) of the register."""
    number = event.document_number or ""
    if len(set(number)) < 2:
        return "", ""
    return f"（書類番号 {number}）", f", document number {number}"


def _extend(desk: Desk, event: EventFact, day: date) -> None:
    """Move a due date by a request for more time, when it can be meant for one limit only."""
    candidates = [draft for draft in desk.drafts if _extendable(draft, event.code, day)]
    if len(candidates) == 1 and _apply(
        candidates[0], ExtensionRequest(event.code, day, event.document_number)
    ):
        return
    if candidates or any(not draft.done and draft.rule.printed for draft in desk.drafts):
        desk.ask("extension_unclear", event)
    for draft in candidates:
        draft.warnings.append("extension_unclear")


def _extendable(draft: Draft, code: str, day: date) -> bool:
    """Whether a request of that day may be for this limit.

    What was only claimed of the same code is set aside: the request may be the very one.
    """
    if (
        draft.done
        or day < draft.base
        or not (draft.rule.printed or draft.rule.family == "fee" or draft.entered)
    ):
        return False
    if draft.calculation is None:
        return True
    calculation = _without_claim(draft, code)
    if code == "A603":
        return calculation.due < day <= longest_end(calculation)
    return day <= calculation.due


def _without_claim(draft: Draft, code: str) -> Calculation:
    assert draft.calculation is not None  # noqa: S101
    kept = _unclaimed(draft.requests, code)
    if kept == draft.requests or draft.recompute is None:
        return draft.calculation
    return draft.recompute(kept)


def _unclaimed(requests: tuple[ExtensionRequest, ...], code: str) -> tuple[ExtensionRequest, ...]:
    """The requests without the first one of that code that was only claimed."""
    claimed = next((one for one in requests if one.claimed and one.code == code), None)
    return tuple(one for one in requests if one is not claimed)


def _apply(draft: Draft, request: ExtensionRequest) -> bool:
    if draft.recompute is None:
        return False
    before = draft.requests if request.claimed else _unclaimed(draft.requests, request.code)
    requests = (*before, request)
    try:
        calculation = draft.recompute(requests)
    except OutOfRange:
        return False
    if "extension_unclear" in calculation.notes:
        return False
    draft.requests, draft.calculation = requests, calculation
    return True


def _extend_divisions(desk: Desk) -> None:
    """A division after the grant has as long as the registration fee (Patent Act Art. 44(5)).

    The fee's period was extended where somebody says so, or where the fee was paid as one of that period.
    """
    for division in desk.drafts:
        if division.event is None or division.rule.family != "division":
            continue
        fee = next(
            (one for one in desk.drafts if one.event is division.event and one.rule.family == "fee"), None
        )
        if fee is None:
            continue
        if request := _fee_extended(desk, fee):
            _apply(division, request)


def _fee_extended(desk: Desk, fee: Draft) -> ExtensionRequest | None:
    paid = next((e for e in desk.facts.events if e.key == fee.done_by and e.code == PAID_EXTENDED), None)
    if paid and paid.legal_date:
        return ExtensionRequest(PAID_EXTENDED, paid.legal_date, paid.document_number)
    claimed = next((one for one in fee.requests if one.claimed), None)
    return replace(claimed, code=PAID_EXTENDED) if claimed else None


def _settle_by_exchange(desk: Desk) -> None:
    """A priority document that was filed, exchanged between offices or waived, as another one shows."""
    for draft in desk.drafts:
        if draft.done or draft.event or draft.entered or draft.rule.family != "priority":
            continue
        shown = [event for event in desk.facts.events if event.code in draft.rule.unless]
        if shown:
            proof = min(shown, key=_order)
            names = named(proof, desk.facts.law)
            draft.settle("overtaken", f"{names['doc']}による", f"settled by {names['doc_en']}", by=proof.key)


def _settle_by_registration(desk: Desk) -> None:
    if desk.registered is None:
        return
    certificates = [event for event in desk.facts.events if event.code == "R150"]
    certificate = min(certificates, key=_order).key if certificates else None
    for draft in desk.drafts:
        if draft.done or draft.rule.family not in PENDING or draft.base > desk.registered:
            continue
        day = desk.registered.isoformat()
        if _of_a_procedure(draft):
            draft.doubts.append(Step("registered_meanwhile", {"registered": desk.registered}))
            desk.ask("registered_meanwhile", draft.event, told={"day": day})
            draft.warnings.append("registered_meanwhile")
            continue
        draft.settle(
            "overtaken", f"{day}に設定登録済み", f"overtaken by the registration on {day}", by=certificate
        )


def _settle_by_time(desk: Desk) -> None:
    """What later acts of the office show to be over: a chance not taken, a priority it never objected to.

    The core knows no today. Had a priority document been missing, the office would have had to say so before
    going on (Patent Act Art. 43(6)).
    """
    last = last_act_of_office(desk.facts)
    if last is None or last.legal_date is None:
        return
    names = named(last, desk.facts.law)
    for draft in desk.drafts:
        if draft.done or last.legal_date <= draft.longest:
            continue
        if draft.rule.duty == "chance":
            draft.settle(
                "expired",
                f"期間は過ぎている（{names['doc']}より前）",
                f"its time had passed before {names['doc_en']}",
            )
        elif draft.rule.family == "priority" and not draft.entered and draft.event is None:
            draft.settle(
                "overtaken",
                f"未提出の通知がないまま手続が進んだ（{names['doc']}）",
                f"the office went on without a notice that it is missing ({names['doc_en']})",
                by=last.key,
            )


def _ask_about_claims(desk: Desk) -> None:
    """A claimed extension that could be given to no open limit and that no real request replaced."""
    drafts = {draft.key: draft for draft in desk.drafts}
    for claim in desk.facts.claimed_extensions:
        draft = drafts.get(claim.limit_key)
        if draft is not None and (draft.done or _stands(draft, claim)):
            continue
        told = {"by": claim.by or "-", "day": claim.filed.isoformat(), "code": claim.code}
        desk.ask("claim_unclear", about=f"{claim.limit_key}:{claim.code}:{claim.filed}", told=told)


def _stands(draft: Draft, claim: ClaimedExtension) -> bool:
    return any(request.code == claim.code for request in draft.requests)


NATIONAL_DOCUMENT = "A632"
TRANSLATED = frozenset({"A634", "A621", "A131", "A01", "A02"})
"""What is filed or done only once a translation is on file, or none is needed (Patent Act Art. 184-17)."""


def _ask_about_translation(desk: Desk) -> None:
    """An international application may be in Japanese, so that a missing translation is only asked about."""
    facts = desk.facts
    seen = on_file(facts.events)
    if facts.law != "patent" or desk.registered or NATIONAL_DOCUMENT not in seen:
        return
    if facts.international_filing and not seen & (TRANSLATED | ENDINGS):
        desk.ask("pct_translation")


def _ask_about_the_end(desk: Desk, limits: tuple[PlannedLimit, ...]) -> None:
    """Whether a right was meant to end before its term, unless the law of its time offers no restoration."""
    rungs = [rung for limit in limits for rung in limit.calculation.ladder if rung.kind == "restoration"]
    if limits and not rungs:
        return
    until = max((rung.due.isoformat() for rung in rungs if rung.due), default="")
    told = {
        "until_ja": f"（納付しなかったことによる消滅なら、遅くとも {until} まで）" if until else "",
        "until_en": f" (for a payment missed: {until} at the latest)" if until else "",
    }
    desk.ask("right_ended", told=told)


FEES_OF_THE_RIGHT = frozenset({"fee", "annuity", "renewal"})


def _doubt_international(desk: Desk, limits: tuple[PlannedLimit, ...]) -> tuple[PlannedLimit, ...]:
    """The fees of what may be an international registration stay docketed as uncertain; a person is asked."""
    if not maybe_international_registration(desk.facts):
        return limits
    kind = "international_registration"
    found = []
    for limit in limits:
        doubtful = not limit.done_reason and desk.rules.rules[limit.rule_id].family in FEES_OF_THE_RIGHT
        if doubtful:
            desk.ask(kind)
            calculation = _doubted(limit.calculation, Step("maybe_international"))
            limit = replace(limit, calculation=calculation, warnings=_unique((*limit.warnings, kind)))
        found.append(limit)
    return tuple(found)


# --- the result -----------------------------------------------------------------------------------


def _finish(desk: Desk, draft: Draft) -> PlannedLimit | None:
    if draft.calculation is None:
        _finish_without_length(desk, draft)
        return None
    kinds = _ask_notes(desk, draft, draft.calculation.notes)
    from_filing = draft.rule.family == "examination" and not draft.entered
    if from_filing and desk.facts.international_filing and not draft.done:
        desk.ask("pct_filing_date")
        kinds.append("pct_filing_date")
    if from_filing and desk.facts.derived and not draft.done and (doubt := _doubt_of_origin(desk.facts)):
        desk.ask(doubt)
        kinds.append(doubt)
    calculation = draft.calculation
    for doubt_of_it in draft.doubts:
        calculation = _doubted(calculation, doubt_of_it)
    reason, done_ja, done_en = draft.done or (None, "", "")
    if _amended_only(desk, draft):
        desk.ask("amendment_only", draft.event)
        kinds.append("amendment_only")
    title_ja, title_en = _title(draft)
    return PlannedLimit(
        key=draft.key,
        rule_id=draft.rule.id,
        title_ja=title_ja,
        title_en=title_en,
        event_key=draft.event.key if draft.event else None,
        calculation=calculation,
        done_by=draft.done_by,
        done_reason=reason,
        done_ja=done_ja,
        done_en=done_en,
        warnings=_unique((*kinds, *draft.warnings)),
        duty=draft.rule.plan_duty,
    )


def _doubt_of_origin(facts: CaseFacts) -> str | None:
    if facts.original_filing_date is None:
        return "original_filing_unknown"
    return None if facts.original_sure else "original_filing_unsure"


def _amended_only(desk: Desk, draft: Draft) -> bool:
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


def _finish_without_length(desk: Desk, draft: Draft) -> None:
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


def _ask_notes(desk: Desk, draft: Draft, notes: Iterable[str]) -> list[str]:
    """Ask about what a computation noted; a settled limit needs only what may be wrong in the file."""
    kinds = [note for note in notes if not draft.done or note in ALWAYS_SHOWN]
    for kind in kinds:
        desk.ask(kind, draft.event)
    return kinds


def _title(draft: Draft) -> tuple[str, str]:
    title = draft.rule.title
    if draft.event and draft.event.notice and draft.event.notice.final and draft.rule.family == "response":
        return f"{title.ja}（最後の拒絶理由通知）", f"{title.en} (final notice)"
    return title.ja, title.en


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
