"""Limits that no document starts: request for examination, annuities, renewal."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from .calendar import OfficeCalendar
from .dates import OutOfRange, Period, add, years_before
from .engine import compute, compute_given
from .facts import CaseFacts, RegisterFact
from .results import Calculation, PlannedLimit, Step
from .rules import Rule, RuleBook

DERIVED_RULE = "pat.exam.request.divisional"
RENEWAL_WINDOW_MONTHS = 6
"""Trademark Act Art. 20(2): renewal may be applied for from six months before expiry."""


def registered_on(facts: CaseFacts) -> date | None:
    """The registration date, from the case, the register or else the certificate. None when not known."""
    register = facts.register or RegisterFact()
    certificates = [event.legal_date for event in facts.events if event.code == "R150" and event.legal_date]
    found = facts.registration_date or register.registration_date or min(certificates, default=None)
    return found if found and plausible(found) else None


def examination_limit(
    rule: Rule, own: Rule | None, facts: CaseFacts, filed: date, calendar: OfficeCalendar
) -> Calculation | None:
    """The limit for the request for examination; None when the filing date is no plausible one.

    A divisional or converted application has the later of three years from the original filing and 30 days
    from its own (Patent Act Art. 48-3(2)), which ``own`` is the rule of. With the original day unknown only
    the 30 days are certain.
    """
    if not plausible(filed):
        return None
    if facts.derived:
        return None if own is None else _derived_examination(rule, own, facts, filed, calendar)
    calculation = compute(rule, base=filed, residency=facts.residency, calendar=calendar)
    if not facts.international_filing:
        return calculation
    step = Step("pct_filing_date", {"base": filed})
    return _with(calculation, step)


def _derived_examination(
    rule: Rule, own: Rule, facts: CaseFacts, filed: date, calendar: OfficeCalendar
) -> Calculation:
    original = facts.original_filing_date
    short = compute(
        replace(own, id=rule.id, ladder=rule.ladder),
        base=filed,
        residency=facts.residency,
        calendar=calendar,
    )
    if original is None or not plausible(original):
        return _with(short, Step("original_filing_unknown", {"base": filed}))
    whole = compute(rule, base=original, residency=facts.residency, calendar=calendar)
    later = max(whole, short, key=lambda calculation: calculation.due)
    step = Step("derived_filing", {"original": original, "base": filed, "whole": whole.due, "own": short.due})
    unsure = later.provisional or not facts.original_sure
    return replace(later, steps=(step, *later.steps), provisional=unsure)


def register_limits(
    facts: CaseFacts, rules: RuleBook, calendar: OfficeCalendar
) -> tuple[tuple[PlannedLimit, ...], tuple[str, ...]]:
    """The limits of a registered right, and the kinds of review its register calls for."""
    if not (facts.registration_number or registered_on(facts)):
        return (), ()
    limits: list[PlannedLimit] = []
    asked: list[str] = []
    try:
        limits.extend(_renewals(facts, rules, calendar, asked))
        limits.extend(_annuities(facts, rules, calendar, asked))
    except OutOfRange:
        asked.append("register_out_of_range")
    ended = _ended_on(facts)
    if facts.erased or ended:
        asked = ["right_ended"] if not _ended_by_term(facts) else []
        limits = [_settled(limit, ended) for limit in limits]
    return tuple(limits), tuple(asked)


def _with(calculation: Calculation, step: Step) -> Calculation:
    return replace(calculation, steps=(step, *calculation.steps), provisional=True)


def _ended_on(facts: CaseFacts) -> date | None:
    return facts.disappearance_date or (facts.register.disappearance_date if facts.register else None)


def _ended_by_term(facts: CaseFacts) -> bool:
    ended, expires = _ended_on(facts), expires_on(facts)
    return bool(ended and expires and ended >= expires)


def expires_on(facts: CaseFacts) -> date | None:
    """The end of the term, from the register or else the case. None when not known."""
    return (facts.register.expire_date if facts.register else None) or facts.expire_date


def _settled(limit: PlannedLimit, ended: date | None) -> PlannedLimit:
    day = ended.isoformat() if ended else "-"
    return replace(
        limit,
        done_reason="right_ended",
        done_ja=f"権利消滅（{day}）",
        done_en=f"the right has ended ({day})",
    )


def _renewals(
    facts: CaseFacts, rules: RuleBook, calendar: OfficeCalendar, asked: list[str]
) -> Iterator[PlannedLimit]:
    for rule in rules.by_start("expiry", facts.law):
        expires = expires_on(facts)
        if expires is None:
            asked.append("expiry_unknown")
            continue
        _check(expires)
        yield _limit(
            rule,
            f"{rule.id}:{expires.isoformat()}",
            compute_given(
                rule,
                end=expires,
                base=expires,
                residency=facts.residency,
                calendar=calendar,
                steps=[Step("expiry", {"expires": expires, **_article(rule)})],
                window_months=RENEWAL_WINDOW_MONTHS,
            ),
        )


def _annuities(
    facts: CaseFacts, rules: RuleBook, calendar: OfficeCalendar, asked: list[str]
) -> Iterator[PlannedLimit]:
    for rule in rules.by_start("register", facts.law):
        found = _instalment(facts) if facts.law == "trademark" else _annuity(facts)
        if found is None:
            if not _nothing_left(facts):
                asked.append("annuity_unknown")
            continue
        end, step, year = found
        _check(end)
        calculation = compute_given(
            rule,
            end=end,
            base=registered_on(facts) or end,
            residency=facts.residency,
            calendar=calendar,
            steps=[step],
        )
        yield _limit(rule, f"{rule.id}:{year or end.isoformat()}", calculation, year)


def _annuity(facts: CaseFacts) -> tuple[date, Step, int | None] | None:
    register = facts.register or RegisterFact()
    paid = register.last_paid_year
    year = paid + 1 if paid and paid > 0 else None
    if register.next_annuity_due:
        return register.next_annuity_due, Step("register_due", {"due": register.next_annuity_due}), year
    registered = registered_on(facts)
    if registered is None or paid is None or not 0 < paid < 100 or _nothing_left(facts):
        return None
    end = add(registered, (Period(paid, "year"),))
    return end, Step("register_year", {"base": registered, "paid": paid, "year": paid + 1}), year


def _instalment(facts: CaseFacts) -> tuple[date, Step, int | None] | None:
    register, expires = facts.register or RegisterFact(), expires_on(facts)
    due = register.next_annuity_due
    if due and (expires is None or due < expires):
        return due, Step("register_due", {"due": due}), None
    if expires and (register.last_paid_year or 0) % 10 == 5 and due is None:
        end = years_before(expires, 5)
        return end, Step("instalment_due", {"expires": expires, "due": end}), None
    return None


A_NEXT_YEAR = timedelta(days=300)
"""The next payment of the register this much later than an earlier one is the payment after it."""
A_NEXT_TERM = 5
"""An expiry moved by as many years is that of a renewed right, not a corrected date."""


def paid(rule: Rule, year: int | None, end: date, facts: CaseFacts) -> tuple[str, str] | None:
    """What the register says, in Japanese and English, where it shows that a payment it had named was made.

    ``end`` is the day the payment was due by and ``year`` the year of the right it was for, where known.
    None where the register does not show it: a date that was only corrected is no payment.
    """
    register = facts.register
    if register is None:
        return None
    if rule.starts == "expiry":
        return _renewed(end, expires_on(facts))
    through, due = register.last_paid_year, register.next_annuity_due
    if through and ((year and through >= year) or (facts.law == "trademark" and through % 10 == 0)):
        return f"登録原簿：第{through}年分まで納付済み", f"the register: paid up to year {through}"
    if due and due - end >= A_NEXT_YEAR:
        return f"登録原簿：次期納付期限は{due}", f"the register: the next payment is due on {due}"
    return None


def _renewed(end: date, expires: date | None) -> tuple[str, str] | None:
    if expires is None or years_before(expires, A_NEXT_TERM) < end:
        return None
    return f"登録原簿：存続期間満了日は{expires}", f"the register: the term expires on {expires}"


def _nothing_left(facts: CaseFacts) -> bool:
    """Whether every year of the term is paid for, or the right is paid for in one sum."""
    register, expires = facts.register or RegisterFact(), expires_on(facts)
    if facts.law == "trademark":
        # Years may be counted on through renewals: 15 is half of the second term.
        paid_whole = bool(register.last_paid_year) and (register.last_paid_year or 0) % 10 == 0
        return paid_whole or (expires is not None and register.next_annuity_due == expires)
    registered, paid = registered_on(facts), register.last_paid_year
    if registered is None or expires is None or paid is None or not 0 < paid < 100:
        return False
    return add(registered, (Period(paid, "year"),)) >= expires


def plausible(day: date) -> bool:
    """Whether a day can be one of an application; an office's misprint must not be counted from."""
    return 1900 <= day.year <= 2200


def _check(day: date) -> None:
    if not plausible(day):
        raise OutOfRange(f"{day} is not plausible")


def _article(rule: Rule) -> dict[str, str]:
    return {"article_ja": rule.article.ja, "article_en": rule.article.en}


def _limit(rule: Rule, key: str, calculation: Calculation, year: int | None = None) -> PlannedLimit:
    return PlannedLimit(
        key=key,
        rule_id=rule.id,
        title_ja=f"{rule.title.ja} 第{year}年分" if year else rule.title.ja,
        title_en=f"{rule.title.en}, year {year}" if year else rule.title.en,
        event_key=None,
        calculation=calculation,
    )
