"""The list of cases."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers.docketing import confirming
from dossiers.intake import saved_lists
from dossiers.intake.watchlists import visible_to
from dossiers.models import Case, SavedList, Tag
from dossiers.refresh import search_index
from dossiers.refresh.search import MOST_OF_A_PAPER

from . import selectors
from .portfolio import columns
from .portfolio.bulk import shown_on_list
from .portfolio.choices import selects
from .portfolio.facets import MOST_CHOICES, facets
from .portfolio.filters import CaseFilter, found
from .posting import typed
from .sorting import Heading, heading


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The list; a search that names exactly one case opens it."""
    wanted = CaseFilter.of(request.GET)
    page = selectors.page_of(request, found(request.user, wanted).values_list("pk", flat=True))
    if wanted.query and page.paginator.count == 1 and request.GET.keys() == {"q"}:
        only = Case.objects.get(pk=page.object_list[0])
        return redirect("case", law=only.law, number=only.application_number)
    return _page(request, wanted, page, request.GET.get("list", ""))


def _page(request: HttpRequest, wanted: CaseFilter, page: Page, key: str) -> HttpResponse:
    """The list with all that can be done with it; `key` is of the saved list it began with, if any."""
    lists = list(saved_lists.visible_to(request.user).select_related("owner"))
    saved = next((one for one in lists if str(one.pk) == key), None)
    shown = columns.known(saved.columns if saved and saved.columns else request.user.case_columns)
    _fill(page, request, shown)
    people = list(selectors.owners())
    return render(
        request,
        "pages/cases.html",
        {
            "page": page,
            "wanted": wanted,
            "query": wanted.query,
            "narrowed": bool({name for name in wanted.as_query() if name != "order"}),
            "asked": asked(wanted),
            "counted": "counts" in request.GET,
            "whole": not wanted.query or search_index.is_whole(),
            "most_of_a_paper": MOST_OF_A_PAPER,
            "selects": selects(
                wanted, facets(request.user, wanted) if "counts" in request.GET else None, people
            ),
            "people": people,
            "tags": list(Tag.objects.all()[:MOST_CHOICES]),
            "watchlists": list(visible_to(request.user)),
            "lists": lists,
            "saved": saved,
            "columns": shown,
            "shown_columns": [(name, columns.COLUMNS[name]) for name in shown],
            "headings": _headings(wanted, shown, saved),
            "all_columns": [(name, columns.COLUMNS[name]) for name in columns.ordered(shown)],
            "moved": request.GET.get("moved", ""),
            "all_chosen": request.GET.get("chosen") == "all",
            "changes": shown_on_list(request),
        },
    )


_USUAL_ORDER = "-number"  # which nobody need ask for


def _headings(wanted: CaseFilter, shown: list[str], saved: SavedList | None) -> list[Heading]:
    """The heads of the table; a press keeps what the list is narrowed to, and begins at its first page."""
    list_key = {"list": str(saved.pk)} if saved else {}

    def link(order: str) -> str:
        query = QueryDict(mutable=True)
        asked_for = replace(wanted, order="" if order == _USUAL_ORDER else order)
        query.update({**asked_for.as_query(), **list_key})
        return f"{reverse('cases')}?{query.urlencode()}"

    now = wanted.order or _USUAL_ORDER
    names = [("number", _("Number"), "number")]
    names += [(name, str(columns.COLUMNS[name]), columns.ORDER_OF.get(name, "")) for name in shown]
    return [heading(name, words, order, now, link) for name, words, order in names]


@require_safe
def filters(request: HttpRequest) -> HttpResponse:
    """The fragment of the filters with their numbers, which the page does not wait for."""
    wanted = CaseFilter.of(request.GET)
    counted = selects(wanted, facets(request.user, wanted), list(selectors.owners()))
    return render(request, "parts/case_selects.html", {"selects": counted, "counted": True})


def _fill(page: Page, request: HttpRequest, shown: list[str]) -> None:
    """Put the cases of the page in place of their keys: only keys are sorted by the database."""
    rows = Case.objects.filter(pk__in=list(page.object_list)).defer("note", "parties")
    rows = rows.select_related("owner", "deputy")
    if "tags" in shown:
        rows = rows.prefetch_related(Prefetch("tags", Tag.objects.only("name")))
    by_key = {case.pk: case for case in rows}
    page.object_list = [by_key[key] for key in page.object_list if key in by_key]
    selectors.mark_unread(request.user, page.object_list)
    if "next_due" in shown:
        _hide_blind(request, page.object_list)


def _hide_blind(request: HttpRequest, cases: list[Case]) -> None:
    """Put `next_hidden` on cases whose next date this person is to find before seeing ours."""
    hidden = set(confirming.hidden_next(request.user).filter(case__in=cases).values_list("case", flat=True))
    for case in cases:
        case.next_hidden = case.pk in hidden


def asked(wanted: CaseFilter) -> str:
    """The address's part that asks for this list again."""
    query = QueryDict(mutable=True)
    query.update(wanted.as_query())
    return query.urlencode()


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Remember which columns this reader wants, in which order; on a list of their own, for that list."""
    move = request.POST.get("move", "")
    chosen = columns.moved(columns.known(request.POST.getlist("column")), move)
    saved = _owned(request, request.POST.get("list", ""))
    if saved:
        saved_lists.change(
            saved, by=request.user, name=saved.name, query=saved.query, columns=chosen, shared=saved.shared
        )
    else:
        request.user.case_columns = chosen
        request.user.save(update_fields=["case_columns"])
    return _to_list(request, saved, moved=move)


# --- saved lists ------------------------------------------------------------------------------------------


@require_POST
def save_list(request: HttpRequest) -> HttpResponse:
    """Keep the filter, order and columns of the page under a name; anew, or in the list that was open."""
    wanted = CaseFilter.of(QueryDict(request.POST.get("asked", "")))
    fields = {
        "name": typed(request, "name"),
        "query": wanted.as_query(),
        "columns": columns.known(request.POST.getlist("column") or request.user.case_columns),
        "shared": request.POST.get("shared") == "1",
    }
    saved = _owned(request, request.POST.get("list", ""))
    try:
        if saved:
            saved_lists.change(saved, by=request.user, **fields)
        else:
            saved = saved_lists.save(by=request.user, **fields)
    except saved_lists.SavedListRefused as refused:
        messages.error(request, _LIST_REFUSALS[refused.code]())
        return _to_list(request)
    messages.success(request, _("The list is saved."))
    return redirect("case_list", pk=saved.pk)


@require_safe
def saved_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The cases that fit a saved list now."""
    saved = get_object_or_404(saved_lists.visible_to(request.user), pk=pk)
    wanted = CaseFilter.of(saved.query)
    page = selectors.page_of(request, found(request.user, wanted).values_list("pk", flat=True))
    return _page(request, wanted, page, str(saved.pk))


@require_POST
def delete_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    if saved := _owned(request, str(pk)):
        saved_lists.delete(saved, by=request.user)
        messages.success(request, _("The list is deleted. Its cases stay."))
    return redirect("cases")


def _owned(request: HttpRequest, key: str) -> SavedList | None:
    mine = SavedList.objects.filter(owner=request.user)
    try:
        return mine.filter(pk=uuid.UUID(key)).first()
    except ValueError:
        return None


def _to_list(request: HttpRequest, saved: SavedList | None = None, **more: str) -> HttpResponse:
    """Back to the list that was open; `more` is said in its address."""
    query = QueryDict(mutable=True)
    if saved is None:
        query.update(CaseFilter.of(QueryDict(request.POST.get("asked", ""))).as_query())
    query.update({name: value for name, value in more.items() if value})
    address = reverse("case_list", args=[saved.pk]) if saved else reverse("cases")
    return redirect(f"{address}?{query.urlencode()}" if query else address)


_LIST_REFUSALS = {
    "no_name": lambda: _("Not saved: a list needs a name."),
    "not_yours": lambda: _("Not saved: only its owner may change a list."),
    "too_many": lambda: _("Not saved: you keep 50 lists already. Delete one first."),
}
