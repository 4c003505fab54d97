"""The daily figure of coverage: documents accounted for, and cases confirmed as promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from apiclient.clock import office_day
from dossiers import reach
from dossiers.docketing import coverage
from dossiers.models import Case, CoverageDay

from . import freshness


@dataclass(frozen=True)
class Figures:
    """Documents and cases behind no wall, now.

    `accounted` of `dispatched` documents; `kept` of `cases` confirmed by the office as promised. The others
    are in one of the rest each, as in `freshness.STANDINGS`.
    """

    accounted: int
    dispatched: int
    kept: int
    cases: int
    late: int
    never: int
    not_found: int
    not_read: int
    not_answered: int


def figures(now: datetime) -> Figures:
    """The figure of `now`, as everybody reads it: without what is behind walls.

    As many queries for one case as for fifty thousand.
    """
    documents = coverage.tally(coverage.dispatched().filter(reach.everybodys("case__")))
    cases = by_standing(now)
    return Figures(
        accounted=documents.accounted,
        dispatched=documents.dispatched,
        kept=sum(cases[name] for name in freshness.KEPT),
        cases=sum(cases.values()),
        late=cases["late"],
        never=cases["never"],
        not_found=cases["not_found"],
        not_read=cases["not_read"],
        not_answered=cases["not_answered"],
    )


def by_standing(now: datetime) -> dict[str, int]:
    """How many cases behind no wall stand in each of `freshness.STANDINGS` on the office day of `now`."""
    found = dict.fromkeys(freshness.STANDINGS, 0)
    cases = freshness.with_standing(Case.objects.filter(reach.everybodys()), freshness.promise(now), now)
    found.update(cases.order_by().values_list("standing").annotate(Count("pk")))
    return found


def keep_day(now: datetime) -> bool:
    """Write the standings beside the day's figure of coverage, once; whether this call did."""
    without = CoverageDay.objects.filter(day=office_day(now), standings={})
    return without.exists() and bool(without.update(standings=by_standing(now)))
