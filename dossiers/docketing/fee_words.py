"""Official fees in words: the amount, since when it holds, as checked when, and where it was read.

An amount that is not known is always said to be so: a blank would look like no fee.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from .data_file import Text
from .fees import FeeAmount, FeeTold, Span, YearAmount, jpo_fees

Language = Literal["ja", "en"]

_LAWS = {
    "patent": Text("特許", "patent"),
    "utility_model": Text("実用新案", "utility model"),
    "design": Text("意匠", "design"),
    "trademark": Text("商標", "trademark"),
}


@dataclass(frozen=True)
class SpanWords:
    """One amount. ``days`` says when it holds, "" when the amount is the same throughout."""

    amount: str
    known: bool
    days: str
    remarks: tuple[str, ...]


def fee_in_words(told: FeeTold, language: Language) -> str:
    """The whole of it on one line."""
    joint, end = ("、", "。") if language == "ja" else (", ", "; ")
    said = joint.join(_one_line(one, language) for one in span_words(told, language))
    fee = _pick(language, f"手数料：{said}", f"fee {said}")
    return end.join(part for part in (fee, waived(told, language)) if part)


def amounts_in_words(told: FeeTold, language: Language) -> str:
    """The amount alone, or the amounts and from when; that it is not known where it is not."""
    spans = span_words(told, language)
    if told.stored is None and not any(span.amount for span in told.spans):
        return _pick(language, "手数料はここでは不明", "fee not known here")
    return " / ".join(" ".join(part for part in (one.amount, one.days) if part) for one in spans)


def waived(told: FeeTold, language: Language) -> str:
    """When the fee is not taken; "" when nothing is known of that."""
    return _said(told.fee.waived, language) if told.fee else ""


def span_words(told: FeeTold, language: Language) -> tuple[SpanWords, ...]:
    """Each amount that may be due, in the order of its days."""
    if told.fee is None and told.stored is not None:
        remark = _pick(
            language,
            "出典を記録する前に保存された額。納付前に要確認",
            "as stored before sources were kept: check before paying",
        )
        return (SpanWords(_yen(told.stored, language), True, "", (remark,)),)
    many = len(told.spans) > 1
    return tuple(
        SpanWords(
            amount_in_words(span.amount, span.first, language),
            jpo_fees().can_be_said(span.amount, span.first),
            _days(span, told.spans, language) if many else "",
            remarks(span.amount, span.last, language) if span.amount else (),
        )
        for span in told.spans
    )


def amount_in_words(amount: FeeAmount | None, day: date, language: Language) -> str:
    """One amount; for a share of another fee also what that one is on ``day``."""
    if amount is None:
        return not_known(language)
    if amount.of:
        return _share(amount, day, language)
    if amount.by_law:
        each = [f"{_said(_LAWS[law], language)} {_yen(yen, language)}" for law, yen in amount.by_law.items()]
        return _pick(language, "、", ", ").join(each)
    if amount.by_year:
        return _pick(language, "、", "; ").join(_year_words(one, language) for one in amount.by_year)
    parts = [_yen(amount.base, language)] if amount.base or amount.yen is not None else []
    if amount.per_claim:
        parts.append(_per(amount.per_claim, Text("請求項", "claim"), language))
    if amount.per_class:
        parts.append(_per(amount.per_class, Text("区分", "class"), language))
    return " + ".join(parts)


def remarks(amount: FeeAmount, last: date | None, language: Language) -> tuple[str, ...]:
    """Since when it holds, how fresh and how sure it is for acts until ``last``, and where it was read."""
    since = (
        _pick(language, f"{amount.valid_from}から", f"in force since {amount.valid_from}")
        if amount.valid_from
        else _pick(language, "いつからの額かは不明", "since when is not known here")
    )
    later = last is None or last > amount.checked_on
    checked = (
        _pick(
            language,
            f"{amount.checked_on}時点の額。納付前に要確認",
            f"amount as of {amount.checked_on}: check before paying",
        )
        if later
        else _pick(language, f"{amount.checked_on}に確認", f"as checked on {amount.checked_on}")
    )
    sources = _pick(language, "、", "; ").join(_said(one, language) for one in amount.sources)
    label = {"official": Text("出典：", "source: "), "secondary": Text("二次資料：", "secondary source: ")}
    return since, checked, _said(label[amount.confidence], language) + sources


def not_known(language: Language) -> str:
    """Where to look for an amount that nobody has read."""
    table = _said(jpo_fees().fee_table, language)
    return _pick(language, f"ここでは不明（{table}を参照）", f"not known here: see {table}")


def _one_line(one: SpanWords, language: Language) -> str:
    amount = " ".join(part for part in (one.amount, one.days) if part)
    if not one.remarks:
        return amount
    return _pick(language, f"{amount}（{'。'.join(one.remarks)}）", f"{amount} ({'; '.join(one.remarks)})")


def _share(amount: FeeAmount, day: date, language: Language) -> str:
    book = jpo_fees()
    whole = book.on(amount.of, day)
    name = _said(book.fees[amount.of].what, language)
    worth = amount_in_words(whole, day, language)
    ja, en = f"{name}の{amount.percent}%", f"{amount.percent} % of the {name}"
    if whole is None:
        return _pick(language, f"{ja}。その額は{worth}", f"{en}, which is {worth}")
    return _pick(language, f"{ja}（{name}は{worth}）", f"{en} ({worth})")


def _year_words(one: YearAmount, language: Language) -> str:
    each = _yen(one.base, language)
    if one.per_claim:
        each += f" + {_per(one.per_claim, Text('請求項', 'claim'), language)}"
    if one.first == one.last:
        return _pick(language, f"第{one.first}年 {each}", f"year {one.first}: {each}")
    return _pick(
        language,
        f"第{one.first}年から第{one.last}年まで毎年 {each}",
        f"years {one.first} to {one.last}: {each} each",
    )


def _per(yen: int, what: Text, language: Language) -> str:
    return _pick(language, f"1{what.ja}につき{yen:,}円", f"¥{yen:,} per {what.en}")


def _yen(yen: int, language: Language) -> str:
    if yen == 0:
        return _pick(language, "無料（0円）", "no fee (¥0)")
    return _pick(language, f"{yen:,}円", f"¥{yen:,}")


def _days(span: Span, spans: tuple[Span, ...], language: Language) -> str:
    if span is spans[0]:
        return _pick(language, f"（{span.last}までの手続）", f"(acts until {span.last})")
    if span is spans[-1]:
        return _pick(language, f"（{span.first}からの手続）", f"(acts from {span.first})")
    return _pick(
        language, f"（{span.first}から{span.last}までの手続）", f"(acts {span.first} to {span.last})"
    )


def _said(text: Text, language: Language) -> str:
    return text.ja if language == "ja" else text.en


def _pick(language: Language, ja: str, en: str) -> str:
    return ja if language == "ja" else en
