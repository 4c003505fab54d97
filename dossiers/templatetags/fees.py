"""Official fees on pages, with their days and sources."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import template

from dossiers.docketing.data_file import Text
from dossiers.docketing.fee_words import SpanWords, amounts_in_words, span_words, waived
from dossiers.docketing.fees import FeeTold, jpo_fees, of_year
from dossiers.docketing.results import Rung
from dossiers.docketing.rules import all_rules
from dossiers.docketing.store import RUNNING
from dossiers.views import dates
from dossiers.views.limit import language_of_reader

register = template.Library()


@register.filter
def fee_of(rung: Rung) -> FeeTold:
    """What a later way to act costs."""
    return jpo_fees().of_rung(rung)


@register.filter
def fee_of_act(limit: Any) -> FeeTold | None:
    """What the act itself costs when it is done in time; None where its rule names no fee."""
    rule = all_rules().rules.get(limit.rule_id)
    if rule is None or not rule.fee or limit.base_date is None:
        return None
    told = jpo_fees().told(rule.fee, limit.base_date, limit.due)
    year = _year_paid(limit)
    return of_year(told, year) if year else told


def _year_paid(limit: Any) -> int | None:
    """The year of the right that a running limit asks to be paid: the one after the last paid year."""
    register = getattr(limit.case, "register", None) if limit.state in RUNNING else None
    paid = register and register.last_paid_year
    return paid + 1 if paid and paid > 0 else None


@register.filter
def fee_amounts(told: FeeTold) -> str:
    """The amounts alone; that they are not known where they are not."""
    return dates.in_text(amounts_in_words(told, language_of_reader()))


@register.filter
def fee_spans(told: FeeTold) -> tuple[SpanWords, ...]:
    """Each amount with its days and remarks."""
    return tuple(
        replace(
            one,
            amount=dates.in_text(one.amount),
            days=dates.in_text(one.days),
            remarks=tuple(map(dates.in_text, one.remarks)),
        )
        for one in span_words(told, language_of_reader())
    )


@register.filter
def fee_waived(told: FeeTold) -> str:
    """When it is not taken."""
    return dates.in_text(waived(told, language_of_reader()))


@register.filter
def in_language(text: Text) -> str:
    """A text of the data files in the reader's language."""
    return dates.in_text(text.ja if language_of_reader() == "ja" else text.en)
