"""How many cases each choice of each filter would show: counted in a few queries, whatever the portfolio.

What stands in columns of the case is counted together, once, and added up here; each filter is counted under
all the others, so that a number beside a choice is what choosing it shows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from django.db.models import Case as If
from django.db.models import Count, Q, Value, When

from dossiers import clock, reach
from dossiers.models import Tag, User

from .. import selectors
from .filters import DUE, CaseFilter, due_within, found, narrowed

MOST_CHOICES = 200  # tags and clients in a list; the others are found by their name

_TOGETHER = ("law", "stage", "freshness", "due", "owner")


@dataclass(frozen=True)
class Facets:
    """Of each filter the cases by choice; tags and clients with most cases first."""

    law: Counter[str] = field(default_factory=Counter)
    stage: Counter[str] = field(default_factory=Counter)
    freshness: Counter[str] = field(default_factory=Counter)
    due: Counter[str] = field(default_factory=Counter)
    owner: Counter[str] = field(default_factory=Counter)
    mine: int = 0
    unread: int = 0
    deputy: Counter[str] = field(default_factory=Counter)
    tags: list[tuple[Tag, int]] = field(default_factory=list)
    clients: list[tuple[str, int]] = field(default_factory=list)


def facets(user: User, wanted: CaseFilter) -> Facets:
    """Seven queries; eight where the reader's own cases are asked for, which no column shows."""
    counted = _together(user, wanted)
    gone = {str(key) for key in selectors.gone()}
    by_column = {name: _of_one(counted, wanted, place, gone) for place, name in enumerate(_TOGETHER)}
    if wanted.owner in ("mine", "team"):
        by_column["owner"] = _owners(user, wanted)
    by_column["owner"]["none"] += sum(by_column["owner"][key] for key in gone)
    return Facets(
        **by_column,
        mine=found(user, replace(wanted, owner="mine")).order_by().count(),
        unread=found(user, replace(wanted, unread="1")).order_by().count(),
        deputy=_deputies(user, wanted),
        tags=_tags(user, wanted),
        clients=_clients(user, wanted),
    )


def _together(user: User, wanted: CaseFilter) -> list[tuple[tuple[str, ...], int]]:
    """How many cases have the same in all of these columns, under the filters that are none of them."""
    rows = narrowed(user, wanted)
    if wanted.owner in ("mine", "team"):
        rows = rows.filter(selectors.whose(user, wanted.owner))
    stale = If(When(selectors.is_stale(), then=Value("stale")), default=Value("fresh"))
    due = [When(due_within(name, clock.office_today()), then=Value(name)) for name in DUE]
    counted = rows.order_by().annotate(is_fresh=stale, falls_due=If(*due, default=Value("")))
    columns = ("law", "stage", "is_fresh", "falls_due", "owner")
    return [
        ((law, stage, freshness, due, str(owner or "none")), number)
        for law, stage, freshness, due, owner, number in counted.values_list(*columns).annotate(n=Count("*"))
    ]


def _of_one(
    counted: list[tuple[tuple[str, ...], int]], wanted: CaseFilter, place: int, gone: set[str]
) -> Counter[str]:
    """The sums of one column, where the others are what is wanted of them."""
    several = {**_BY_DUE, "none": {"none", *gone}}  # of people alone: keys are no windows of time
    others = [
        (at, several.get(value, {value}))
        for at, name in enumerate(_TOGETHER)
        if at != place and (value := getattr(wanted, name)) and value not in ("mine", "team")
    ]
    sums: Counter[str] = Counter()
    for values, number in counted:
        if all(values[at] in fitting for at, fitting in others):
            sums[values[place]] += number
    return _cumulated(sums) if _TOGETHER[place] == "due" else sums


_BY_DUE = {"30": {"7", "30"}, "90": {"7", "30", "90"}}  # within 30 days is what is due within 7, too


def _cumulated(sums: Counter[str]) -> Counter[str]:
    return Counter({name: sum(sums[one] for one in _BY_DUE.get(name, {name})) for name in DUE})


def _owners(user: User, wanted: CaseFilter) -> Counter[str]:
    rows = found(user, replace(wanted, owner="")).order_by().values_list("owner").annotate(n=Count("*"))
    return Counter({str(owner or "none"): number for owner, number in rows})


def _deputies(user: User, wanted: CaseFilter) -> Counter[str]:
    rows = found(user, replace(wanted, deputy="")).order_by().values_list("deputy").annotate(n=Count("*"))
    return Counter({str(deputy or "none"): number for deputy, number in rows})


def _tags(user: User, wanted: CaseFilter) -> list[tuple[Tag, int]]:
    others = replace(wanted, tag="", order="")
    if others == CaseFilter():  # then those out of reach are fewer than the others
        counted = reach.shown_to(user, "cases__")
    else:
        counted = Q(cases__in=found(user, others).order_by().values("pk"))
    rows = Tag.objects.annotate(number=Count("cases", filter=counted))
    return [(tag, tag.number) for tag in rows.order_by("-number", "folded")[:MOST_CHOICES]]


def _clients(user: User, wanted: CaseFilter) -> list[tuple[str, int]]:
    rows = found(user, replace(wanted, client="")).order_by().exclude(client="")
    return list(
        rows.values_list("client").annotate(number=Count("*")).order_by("-number", "client")[:MOST_CHOICES]
    )
