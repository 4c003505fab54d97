"""Time limits in words for a terminal and as data for machines, in Japanese or English."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dossiers.docketing.data_file import Text
from dossiers.docketing.dates import Period
from dossiers.docketing.explain import Language, explain_rung, explain_step, period_in_words
from dossiers.docketing.fee_words import amount_in_words, fee_in_words, remarks, span_words, waived
from dossiers.docketing.fees import Fee, FeeBook, FeeTold, Span, jpo_fees
from dossiers.docketing.results import Calculation, Rung
from dossiers.docketing.reviews import TEXTS
from dossiers.docketing.rules import Rule, RuleCount
from dossiers.docketing.vectors import VectorResult

_SURE = {
    "official": ("公的な資料による", "from an official source"),
    "secondary": ("二次資料による。書類で確認すること", "from a secondary source; check the document"),
    "unsure": ("未確認。書類を読むこと", "not confirmed; read the document"),
}


@dataclass(frozen=True)
class Told:
    """A computation to be told: ``as_of`` is the day from which one looks at it, if any was given."""

    rule: Rule
    calculation: Calculation
    as_of: date | None = None


def for_people(told: Told, language: Language) -> list[str]:
    """The result first, then every step, then what can still be done after it."""

    def pick(ja: str, en: str) -> str:
        return ja if language == "ja" else en

    rule, found = told.rule, told.calculation
    title = pick(rule.title.ja, rule.title.en)
    provisional = pick("（暫定）", " (provisional)") if found.provisional else ""
    lines = [
        f"{rule.id}: {title}",
        f"{pick('期間の末日', 'Raw end'):<9} {found.raw_end} {_weekday(found.raw_end, language)}",
        f"{pick('期限', 'Due'):<9} {found.due} {_weekday(found.due, language)}{provisional}",
        f"{pick('確かさ', 'Sureness'):<9} {pick(*_SURE[found.confidence])}",
        "",
        *(f"{place}. {explain_step(step, language)}" for place, step in enumerate(found.steps, 1)),
        f"   {pick('根拠：', 'Basis: ')}{pick(rule.article.ja, rule.article.en)}",
        *(f"   {pick('出典：', 'Source: ')}{pick(one.ja, one.en)}" for one in rule.sources),
    ]
    if rule.fee:
        words = fee_in_words(fee_of_act(told), language)
        lines.append(f"   {pick('手続自体の', 'For the act itself: ')}{words}")
    if found.ladder:
        heading = pick("期限の後にできること：", "What can be done later:")
        lines += ["", heading, *(f"- {explain_rung(rung, language)}" for rung in found.ladder)]
    if asks := [TEXTS[note] for note in found.notes if note in TEXTS]:
        heading = pick("人の確認が必要：", "For a person to check:")
        document = pick("書類", "document")
        lines += ["", heading, *(f"- {pick(ja, en).format(doc=document)}" for ja, en in asks)]
    if told.as_of:
        lines += ["", _standing(told, language)]
    return lines


def for_machines(told: Told, language: Language) -> dict[str, Any]:
    """The same as plain data; days are ISO 8601, money is yen."""
    rule, found = told.rule, told.calculation
    return {
        "rule": rule.id,
        "version": rule.version,
        "laws": list(rule.laws),
        "title": _both(rule.title),
        "article": _both(rule.article),
        "sources": [_both(one) for one in rule.sources],
        "base_date": found.base_date,
        "residency": found.residency,
        "period": found.period_text,
        "period_source": found.period_source,
        "raw_end": found.raw_end,
        "due": found.due,
        "rolled": found.rolled,
        "provisional": found.provisional,
        "confidence": found.confidence,
        "missed": _both(rule.missed),
        "relief": _both(rule.relief),
        "steps": [{"code": step.code, "text": explain_step(step, language)} for step in found.steps],
        "fee": fee_for_machines(fee_of_act(told), language) if rule.fee else None,
        "ladder": [_rung(rung, told, language) for rung in found.ladder],
        "to_check": list(found.notes),
        "as_of": told.as_of and {"day": told.as_of, "passed": told.as_of > found.due},
    }


def _rung(rung: Rung, told: Told, language: Language) -> dict[str, Any]:
    fee = jpo_fees().of_rung(rung)
    return {
        "kind": rung.kind,
        "due": rung.due,
        "fee_jpy": fee.yen,
        "fee": fee_for_machines(fee, language),
        "requested": rung.requested,
        "condition": rung.condition_ja if language == "ja" else rung.condition_en,
        "article": rung.article_ja or rung.article if language == "ja" else rung.article,
        "still_open": _open(rung, told.as_of) if told.as_of else None,
    }


def fee_of_act(told: Told) -> FeeTold:
    """What the act itself costs in the days in which it can be done in time."""
    return jpo_fees().told(told.rule.fee, told.calculation.base_date, told.calculation.due)


def _open(rung: Rung, today: date) -> bool:
    return rung.due is not None and today <= rung.due


def _standing(told: Told, language: Language) -> str:
    """How the limit stands on the day from which one looks at it."""
    today, due = told.as_of or told.calculation.due, told.calculation.due
    if today <= due:
        days = (due - today).days
        return f"{today}：残り{days}日" if language == "ja" else f"As of {today}: {days} days left"
    left = [rung for rung in told.calculation.ladder if rung.kind != "extension" and _open(rung, today)]
    if not left:
        return (
            f"{today}：期限は過ぎ、後にできることも残っていない"
            if language == "ja"
            else f"As of {today}: it has passed, and nothing later is left"
        )
    nearest = explain_rung(min(left, key=lambda rung: rung.due or date.max), language)
    return (
        f"{today}：期限は過ぎた。残るのは {nearest}"
        if language == "ja"
        else f"As of {today}: it has passed. Left is: {nearest}"
    )


def _weekday(day: date, language: Language) -> str:
    return f"({'月火水木金土日'[day.weekday()]})" if language == "ja" else f"({day:%a})"


# --- fees -------------------------------------------------------------------------------------------------


def fee_for_machines(told: FeeTold, language: Language) -> dict[str, Any]:
    """A fee as plain data: an amount that nobody has read has `known` false and no numbers."""
    fee = told.fee
    return {
        "id": fee.id if fee else None,
        "known": all(one.known for one in span_words(told, language)),
        "text": fee_in_words(told, language),
        "waived": waived(told, language) or None,
        "amounts": [_span(span, language) for span in told.spans],
    }


def _span(span: Span, language: Language) -> dict[str, Any]:
    amount = span.amount
    days = {
        "acts_from": span.first,
        "acts_until": span.last,
        "text": amount_in_words(amount, span.first, language),
    }
    if amount is None:
        return {**days, "known": False}
    return {
        **days,
        "known": jpo_fees().can_be_said(amount, span.first),
        "yen": amount.yen,
        "base": None if amount.of or amount.by_law else amount.base,
        "per_claim": amount.per_claim,
        "per_class": amount.per_class,
        "by_law": dict(amount.by_law) or None,
        "percent": amount.percent or None,
        "of": amount.of or None,
        "valid_from": amount.valid_from,
        "valid_to": amount.valid_to,
        "checked_on": amount.checked_on,
        "check_before_paying": span.last is None or span.last > amount.checked_on,
        "sources": [_both(one) for one in amount.sources],
        "confidence": amount.confidence,
    }


def fee_rows(book: FeeBook, day: date, language: Language) -> list[str]:
    """Every fee as it is for an act of `day`; below it what for, since when, how fresh, the source."""
    lines = []
    for fee in book.fees.values():
        amount = book.on(fee.id, day)
        what, article = (one.ja if language == "ja" else one.en for one in (fee.what, fee.article))
        lines.append(f"{fee.id:<36} {amount_in_words(amount, day, language)}")
        lines.append(f"    {what} ({article})")
        lines += [f"    {one}" for one in remarks(amount, day, language)] if amount else []
    return lines


def fee_row_for_machines(fee: Fee, book: FeeBook, day: date, language: Language) -> dict[str, Any]:
    """One fee as plain data, as it is for an act of `day`."""
    told = fee_for_machines(book.told(fee.id, day, day), language)
    return {**told, "what": _both(fee.what), "laws": list(fee.laws), "article": _both(fee.article)}


# --- the rules --------------------------------------------------------------------------------------------


def rule_row(rule: Rule, language: Language) -> str:
    """One rule on a line: id, laws, what it is, how it is docketed, length, sureness, title."""
    laws = "/".join(law[0] for law in rule.laws)
    title = rule.title.ja if language == "ja" else rule.title.en
    auto, long = "auto" if rule.auto else "asked", length(rule, language)
    return f"{rule.id:<36} {laws:<7} {rule.duty:<6} {auto:<5} {long:<24} {rule.status:<9} {title}"


def length(rule: Rule, language: Language) -> str:
    """The length by table, or where it is to be found."""
    if rule.duty == "none":
        return "-"
    columns = [_column(rule, periods, language) for periods in (rule.resident, rule.overseas)]
    return columns[0] if columns[0] == columns[1] else " / ".join(columns)


def _column(rule: Rule, periods: tuple[Period, ...] | None, language: Language) -> str:
    if periods is not None:
        return period_in_words(str(rule.length(periods)), language)
    if rule.starts in ("register", "expiry"):
        return "原簿" if language == "ja" else "the register"
    return "書類" if language == "ja" else "the document"


def rule_for_machines(rule: Rule) -> dict[str, Any]:
    """One rule as plain data."""
    return {
        "id": rule.id,
        "office": rule.office,
        "laws": rule.laws,
        "title": _both(rule.title),
        "duty": rule.duty,
        "auto": rule.auto,
        "starts": rule.starts,
        "documents": rule.codes,
        "resident": None if rule.resident is None else str(rule.length(rule.resident)),
        "overseas": None if rule.overseas is None else str(rule.length(rule.overseas)),
        "confidence": rule.status,
        "article": _both(rule.article),
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
    }


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}


def count_for_machines(count: RuleCount) -> dict[str, Any]:
    """How many rules one office has under one law."""
    return {
        "office": count.office,
        "law": count.law,
        "total": count.total,
        "by_confidence": dict(count.by_status),
        "by_duty": dict(count.by_duty),
    }


def count_table(counts: Iterable[RuleCount]) -> list[str]:
    """The figures by office and law; a rule for several laws counts under each."""
    rows = list(counts)
    if not rows:
        return ["None of them is of that office and law."]
    names = [*rows[0].by_status, *rows[0].by_duty]
    lines = [f"{'office':<8}{'law':<15}{'all':>5}" + "".join(f"{name:>11}" for name in names)]
    for row in rows:
        figures = [*row.by_status.values(), *row.by_duty.values()]
        lines.append(f"{row.office:<8}{row.law:<15}{row.total:>5}" + "".join(f"{n:>11}" for n in figures))
    return lines


def none_for_people(rule: Rule, language: Language) -> list[str]:
    """A rule that says that no time limit runs, and why."""
    japanese = language == "ja"
    title, note, article = (
        text.ja if japanese else text.en for text in (rule.title, rule.note, rule.article)
    )
    return [f"{rule.id}: {title}", "期限なし" if japanese else "No time limit runs.", note, f"   {article}"]


def none_for_machines(rule: Rule) -> dict[str, Any]:
    """The same as plain data: there is no due date."""
    return {**rule_for_machines(rule), "due": None, "note": _both(rule.note)}


# --- examples ---------------------------------------------------------------------------------------------


def vector_row(one: VectorResult) -> str:
    """One example: whether it passed, its line and name, what was computed, and what is amiss."""
    mark = "pass" if one.passed else "FAIL"
    computed = f"{one.raw_end} -> {one.due}" if one.due else ""
    by = "by rule" if one.by_rule else ""
    return (
        f"{mark} line {one.line:<4} {one.id:<6} {one.kind:<10} {computed:<26} {by:<8} {one.message}".rstrip()
    )


def vector_totals(results: Sequence[VectorResult]) -> str:
    """How many passed, by kind."""
    said = []
    for kind in ("positive", "negative", "unreadable"):
        of_kind = [one for one in results if one.kind == kind]
        if of_kind:
            said.append(f"{kind}: {sum(one.passed for one in of_kind)} of {len(of_kind)} passed")
    ruled = sum(one.by_rule for one in results)
    said.append(f"{ruled} also computed by their rule")
    if absent := sorted({one.no_rule for one in results if one.no_rule}):
        said.append(f"no rules of this program, by their length alone: {', '.join(absent)}")
    return "; ".join(said) + "."
