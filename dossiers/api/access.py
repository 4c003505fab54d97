"""What a token shows: the one place where it is decided which rows a program sees.

What it does not show does not exist for it: 404, in lists and counts as by itself. A person's own rights are
the most a token can have; what narrows them for people narrows them here.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from dossiers import reach
from dossiers.intake.watchlists import visible_to
from dossiers.models import (
    ApiToken,
    Batch,
    BatchLine,
    Case,
    Scope,
    TimeLimit,
    User,
    Watchlist,
    WatchlistEntry,
)
from dossiers.views import selectors


def shown_by(token: ApiToken, case: str = "") -> Q:
    """Of rows those of cases that the token shows, within its owner's reach; `case` is the path to the case,
    as "case__"."""
    within = reach.shown_to(token.owner, case)
    if token.reach == Scope.ALL:
        return within
    if token.reach == Scope.MINE:
        return selectors.whose(token.owner, "mine", case)
    listed = WatchlistEntry.objects.filter(watchlist=token.watchlist_id).order_by().values("case")
    return within & Q(**{f"{case.removesuffix('__') or 'pk'}__in": listed})


def cases(token: ApiToken) -> QuerySet[Case]:
    return Case.objects.filter(shown_by(token))


def case(token: ApiToken, law: str, number: str) -> Case:
    """The case of that number; Http404 where the token shows none."""
    return get_object_or_404(cases(token), law=law, application_number=number)


def limit(token: ApiToken, pk: int) -> TimeLimit:
    rows = TimeLimit.objects.filter(shown_by(token, "case__"))
    return get_object_or_404(rows.select_related("case"), pk=pk)


def watchlists(token: ApiToken) -> QuerySet[Watchlist]:
    """The lists that its owner sees; of a token for one list, that list alone."""
    rows = visible_to(token.owner)
    return rows.filter(pk=token.watchlist_id) if token.reach == Scope.LIST else rows


def batches(token: ApiToken) -> QuerySet[Batch]:
    """Imports belong to one person, as on the pages."""
    return Batch.objects.filter(owner=token.owner_id).select_related("owner")


def lines(batch: Batch) -> QuerySet[BatchLine]:
    """Of an import those within its owner's reach."""
    return batch.lines.filter(reach.shown_to(batch.owner, "case__"))


def people() -> QuerySet[User]:
    return selectors.owners()
