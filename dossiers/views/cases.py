"""The list of cases."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from dossiers.models import Law

from . import selectors


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The list; a search that names exactly one case opens it."""
    wanted = selectors.CaseFilter.of(request)
    page = selectors.page_of(request, selectors.case_list(request.user, wanted))
    if wanted.query and page.paginator.count == 1 and request.GET.keys() == {"q"}:
        only = page.object_list[0]
        return redirect("case", law=only.law, number=only.application_number)
    page.object_list = list(page.object_list)
    selectors.mark_unread(request.user, page.object_list)
    return render(
        request,
        "pages/cases.html",
        {
            "page": page,
            "wanted": wanted,
            "query": wanted.query,
            "laws": Law.choices,
            "stages": selectors.stages(),
            "owners": selectors.owners(),
        },
    )
