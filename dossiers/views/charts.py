"""Charts: where the cases stand, what is due, what the office did and how long that took."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.models import Law

from . import selectors
from .chart_counts import Narrowed
from .completeness import BoardFilter
from .figures import FIGURES
from .spreadsheet import csv_answer


@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    wanted, today = BoardFilter.of(request), clock.office_today()
    narrowed = Narrowed(wanted, request.user)
    context = {
        "wanted": wanted,
        "laws": Law.choices,
        "owners": selectors.owners(),
        "figures": [figure(narrowed, today) for figure in FIGURES.values()],
        "asked": urlencode({"scope": wanted.scope, "law": wanted.law, "owner": wanted.owner}),
        "today": today,
    }
    return render(request, "pages/charts.html", context)


@require_safe
def numbers(request: HttpRequest, name: str) -> HttpResponse:
    """The numbers behind one figure, as a table for spreadsheets."""
    if name not in FIGURES:
        raise Http404
    figure = FIGURES[name](Narrowed(BoardFilter.of(request), request.user), clock.office_today())
    return csv_answer(f"{name}.csv", figure.head, figure.rows())
