"""Annuities and renewals ahead, and what they cost where that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
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
_AT_LEAST = ngettext_lazy(
    "Of %(n)d payment only the basic fee, or that of one class, is in the sum: how many claims or classes "
    "the right has is not known here. It costs at least that.",
    "Of %(n)d payments only the basic fees, or those of one class, are in the sums: how many claims or "
    "classes the rights have is not known here. They cost at least that.",
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
    """The figure of these payments at the fees of `book`, and what its sums leave out."""
    known: Counter[int] = Counter()
    unknown: Counter[int] = Counter()
    yen: Counter[int] = Counter()
    at_least = 0
    for (fee, day, nth), rights in _alike(due, today, book).items():
        amount = book.on(fee, day)
        cost = amount and amount.cost(
            rights.count, year=nth, claims=rights.claims, claims_of=rights.claims_of
        )
        if cost:
            known[day.year] += rights.count
            yen[day.year] += cost.yen
            at_least += cost.at_least
        else:
            unknown[day.year] += rights.count
    overdue = sum(one.count for one in due if one.on < today)
    open_ended = sum(one.count for one in due if one.expires is None and _each_year(one))
    left_out = (
        (_UNKNOWN, unknown.total()),
        (_AT_LEAST, at_least),
        (_OVERDUE, overdue),
        (_OPEN_ENDED, open_ended),
        (_UNDATED, undated),
    )
    told = _(
        "Annuities after the one that is docketed are counted on, year by year until the term ends, "
        "as if every right were kept. The sums are official fees as last read for this program, without "
        "reductions, surcharges and anybody's own charges."
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


@dataclass
class _Rights:
    """Rights that pay alike: how many, and the claims of `claims_of` of them together."""

    count: int = 0
    claims: int = 0
    claims_of: int = 0


_Alike = dict[tuple[str, date, int | None], _Rights]  # by fee, day, and the year of the right that is paid


def _alike(due: list[Due], today: date, book: FeeBook) -> _Alike:
    """The payments ahead, those together that cost the same for each right.

    Days are told apart only where the amount changes ahead: rights pay on every day of a year.
    """
    changing = {fee for fee in {one.fee for one in due} if _changes(book, fee, today)}
    found: _Alike = {}
    for one in due:
        for later, day in _days(one, today):
            nth = None if one.year is None else one.year + later
            rights = found.setdefault(
                (one.fee, day if one.fee in changing else date(day.year, 12, 31), nth), _Rights()
            )
            rights.count += one.count
            rights.claims += one.claims
            rights.claims_of += one.claims_of
    return found


def _changes(book: FeeBook, fee: str, today: date) -> bool:
    """Whether the amount is not the same on all days ahead."""
    return len(book.told(fee, today, date(today.year + YEARS, 12, 31)).spans) > 1


def _each_year(due: Due) -> bool:
    return due.fee.startswith("annuity.")


def _days(due: Due, today: date) -> Iterable[tuple[int, date]]:
    """The last day that is docketed and, of annuities, its returns each year until the term ends; each with
    the years since the one that is docketed."""
    end = today.year + YEARS
    if today <= due.on and due.on.year < end:
        yield 0, due.on
    if not _each_year(due) or due.expires is None:
        return
    leap = (due.on.month, due.on.day) == (2, 29)  # the years that have no such day have the one before
    for year in range(max(due.on.year + 1, today.year), min(end, due.expires.year + 1)):
        day = due.on.replace(year=year, day=28) if leap else due.on.replace(year=year)
        if today <= day < due.expires:
            yield year - due.on.year, day
