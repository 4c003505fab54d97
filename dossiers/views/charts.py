"""Charts: where the cases stand, what is due, what the office did and how long that took."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.models import Law

from . import dates, selectors
from .chart_counts import Narrowed
from .completeness import BoardFilter
from .figures import FIGURES
from .spreadsheet import csv_answer


@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """The page; it asks for its figures one by one (`?figure=`), or has all of them at once (`?whole=1`).

    A figure counts over the whole docket, so the page does not wait for any.
    """
    wanted, today = BoardFilter.of(request), clock.office_today()
    narrowed = Narrowed(wanted, request.user)
    asked = urlencode({"scope": wanted.scope, "law": wanted.law, "owner": wanted.owner})
    if one := request.GET.get("figure", ""):
        if one not in FIGURES:
            raise Http404
        context = {"figure": FIGURES[one](narrowed, today), "asked": asked}
        return render(request, "parts/chart.html", context)
    whole = "whole" in request.GET
    context = {
        "wanted": wanted,
        "laws": Law.choices,
        "owners": selectors.owners(),
        "figures": [figure(narrowed, today) for figure in FIGURES.values()] if whole else [],
        "to_come": () if whole else FIGURES,
        "asked": asked,
        "today": today,
    }
    return render(request, "pages/charts.html", context)


@require_safe
def numbers(request: HttpRequest, name: str) -> HttpResponse:
    """The numbers behind one figure, as a table for spreadsheets."""
    if name not in FIGURES:
        raise Http404
    with dates.as_wanted(False):
        figure = FIGURES[name](Narrowed(BoardFilter.of(request), request.user), clock.office_today())
        return csv_answer(f"{name}.csv", figure.head, figure.rows())
