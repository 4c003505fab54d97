"""Annuities and renewals ahead, and what they cost where that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from dossiers.docketing.fees import FeeBook, jpo_fees
from dossiers.views import chart_counts as counts
from dossiers.views.chart_counts import Due, Narrowed

from .model import Figure, Line

YEARS = 10
_UNKNOWN = ngettext_lazy(
    "The amount of %(n)d payment is not known here: the sum leaves it out.",
    "The amounts of %(n)d payments are not known here: the sums leave them out.",
    "n",
)
_OVERDUE = ngettext_lazy("%(n)d more is overdue.", "%(n)d more are overdue.", "n")
_OPEN_ENDED = ngettext_lazy(
    "Of %(n)d right the end of the term is not known: its next payment alone is counted.",
    "Of %(n)d rights the end of the term is not known: their next payments alone are counted.",
    "n",
)
_UNDATED = ngettext_lazy("%(n)d payment has no date yet.", "%(n)d payments have no date yet.", "n")


def annuities(narrowed: Narrowed, today: date) -> Figure:
    """Payments by the year of their last day, this year and those that follow."""
    due, undated = counts.payments(narrowed)
    return payments_ahead(due, undated, today, jpo_fees())


def payments_ahead(due: list[Due], undated: int, today: date, book: FeeBook) -> Figure:
    """The figure of these payments at the fees of `book`: only what is one amount for any case is known."""
    known: Counter[int] = Counter()
    unknown: Counter[int] = Counter()
    yen: Counter[int] = Counter()
    by_day: Counter[tuple[str, date]] = Counter()
    for one in due:
        for day in _days(one, today):
            by_day[one.fee, day] += one.count
    for (fee, day), n in by_day.items():
        amount = book.on(fee, day)
        if amount is None or amount.yen is None:
            unknown[day.year] += n
        else:
            known[day.year] += n
            yen[day.year] += amount.yen * n
    overdue = sum(one.count for one in due if one.on < today)
    open_ended = sum(one.count for one in due if one.expires is None and _each_year(one))
    left_out = (
        (_UNKNOWN, unknown.total()),
        (_OVERDUE, overdue),
        (_OPEN_ENDED, open_ended),
        (_UNDATED, undated),
    )
    told = _(
        "Annuities after the one that is docketed are counted on, year by year until the term ends, "
        "as if every right were kept."
    )
    return Figure(
        "annuities",
        _("Annuities and renewals ahead"),
        (_("Year"), _("Amount known"), _("Amount not known"), _("Yen, of those with a known amount")),
        ("plain", "unknown"),
        tuple(
            Line(
                str(year),
                (known[year], unknown[year]),
                str(year) if place % 2 == 0 else "",
                told=(f"{yen[year]:,}" if known[year] else "—" if not unknown[year] else _("not known"),),
            )
            for place, year in enumerate(range(today.year, today.year + YEARS))
        )
        if due or undated
        else (),
        (told, *(words % {"n": n} for words, n in left_out if n)),
    )


def _each_year(due: Due) -> bool:
    return due.fee.startswith("annuity.")


def _days(due: Due, today: date) -> Iterable[date]:
    """The last day that is docketed and, of annuities, its returns each year until the term ends."""
    end = today.year + YEARS
    if today <= due.on and due.on.year < end:
        yield due.on
    if not _each_year(due) or due.expires is None:
        return
    leap = (due.on.month, due.on.day) == (2, 29)  # the years that have no such day have the one before
    for year in range(max(due.on.year + 1, today.year), min(end, due.expires.year + 1)):
        day = due.on.replace(year=year, day=28) if leap else due.on.replace(year=year)
        if today <= day < due.expires:
            yield day
