"""The office's fees: each amount with the days for which it holds, where it was read, and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.docketing.fees import Fee, FeeBook, FeeTold, jpo_fees
from dossiers.models import Law

_YEARS = (1900, 2200)


@dataclass(frozen=True)
class FeeLine:
    """One fee as it is for an act of the day asked for. ``laws`` are in words."""

    fee: Fee
    laws: tuple[str, ...]
    told: FeeTold
    known: bool


@require_safe
def fees(request: HttpRequest) -> HttpResponse:
    """The whole table for acts of one day, today unless another is asked for."""
    day, book = _day_asked(request.GET.get("on", "")), jpo_fees()
    lines = [_line(fee, book, day) for fee in book.fees.values()]
    context = {
        "day": day,
        "lines": lines,
        "known": sum(line.known for line in lines),
        "book": book,
    }
    return render(request, "pages/fees.html", context)


def _line(fee: Fee, book: FeeBook, day: date) -> FeeLine:
    names = dict(Law.choices)
    names["utility_model"] = _("Utility model")
    laws = tuple(str(names.get(law, law)) for law in fee.laws)
    return FeeLine(fee, laws, book.told(fee.id, day, day), book.can_be_said(book.on(fee.id, day), day))


def _day_asked(text: str) -> date:
    """The day "2027-01-05"; today by the office's calendar when the text is not one."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return clock.office_today()
    return asked if _YEARS[0] <= asked.year <= _YEARS[1] else clock.office_today()
