"""Lists of cases and who is mailed about them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers import reach
from dossiers.alerts.follow import follow, reaching, unfollow
from dossiers.forms import CasesForm, WatchlistForm
from dossiers.intake import watchlists as lists
from dossiers.models import Follow, Watchlist, WatchlistEntry

from . import followed

_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def watchlists(request: HttpRequest) -> HttpResponse:
    form = WatchlistForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = lists.create(
            by=request.user, name=form.cleaned_data["name"], shared=form.cleaned_data["shared"]
        )
        follow(made, request.user, by=request.user)
        messages.success(request, _("Watchlist made. You follow it; now add cases."))
        return redirect("watchlist", made.pk)
    mine = reaching(request.user).filter(watchlist=OuterRef("pk"))
    shown = reach.shown_to(request.user, "case__")
    rows = (
        lists.visible_to(request.user)
        .select_related("owner")
        .annotate(
            case_count=_count(WatchlistEntry.objects.filter(shown)),
            follower_count=_count(Follow.objects.filter(active=True)),
            followed=Exists(mine),
        )
        .order_by("name", "pk")
    )
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "pages/watchlists.html", {"page": page, "form": form})


@require_safe
def watchlist(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, _visible(request, pk), CasesForm())


@require_POST
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _visible(request, pk)
    form = WatchlistForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Not saved: a watchlist needs a name of at most 80 characters."))
        return redirect("watchlist", pk)
    try:
        lists.change(one, by=request.user, **form.cleaned_data)
    except lists.WatchlistRefused as refused:
        messages.error(request, refusal_words(refused.code))
    else:
        messages.success(request, _("Watchlist saved."))
    return redirect("watchlist", pk)


@require_POST
def add(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put cases of the docket on the list; what is not in the docket comes back to be added there first."""
    one = _visible(request, pk)
    form = CasesForm(request.POST)
    if not form.is_valid():
        return _page(request, one, form)
    found = lists.find_cases(form.cleaned_data["text"], by=request.user)
    added = lists.add_cases(one, found.cases, by=request.user)
    if found.cases:
        messages.success(request, _added(added, len(found.cases) - added))
    if not found.unknown:
        return redirect("watchlist", pk)
    return _page(request, one, CasesForm({"text": "\n".join(found.unknown)}), unknown=found.unknown)


@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _visible(request, pk)
    case = get_object_or_404(reach.cases(request.user), pk=_number(request.POST.get("case", "")))
    try:
        removed = lists.remove_case(one, case, by=request.user)
    except lists.WatchlistRefused as refused:
        messages.error(request, refusal_words(refused.code))
        return redirect("watchlist", pk)
    response = redirect("watchlist", pk)
    if removed:
        response["Location"] += f"?removed={case.pk}"
    return response


@require_POST
def put_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _visible(request, pk)
    case = get_object_or_404(reach.cases(request.user), pk=_number(request.POST.get("case", "")))
    lists.add_cases(one, [case], by=request.user)
    messages.success(request, _("The case is back on the list."))
    return redirect("watchlist", pk)


@require_POST
def follow_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _visible(request, pk)
    if request.POST.get("follow") == "1":
        follow(one, request.user, by=request.user)
        messages.success(request, _("You get a mail when something happens on a case of this list."))
    else:
        unfollow(one, request.user, by=request.user)
        messages.success(request, _("You get no more mail about this list."))
    return redirect("watchlist", pk)


def _count(rows: QuerySet) -> Coalesce:
    """How many of `rows` belong to a list: counted apart, for joined together they would multiply."""
    of_list = rows.filter(watchlist=OuterRef("pk")).order_by().values("watchlist")
    return Coalesce(Subquery(of_list.annotate(n=Count("pk")).values("n")), 0)


def _visible(request: HttpRequest, pk: uuid.UUID) -> Watchlist:
    return get_object_or_404(lists.visible_to(request.user).select_related("owner"), pk=pk)


def _page(
    request: HttpRequest, one: Watchlist, form: CasesForm, unknown: tuple[str, ...] = ()
) -> HttpResponse:
    entries = one.entries.filter(reach.shown_to(request.user, "case__")).select_related("case", "added_by")
    entries = entries.order_by("-case__application_number", "pk")
    gone = reach.cases(request.user).exclude(watch_entries__watchlist=one)
    removed = gone.filter(pk=_number(request.GET.get("removed", ""))).first()
    return render(
        request,
        "pages/watchlist.html",
        {
            "watchlist": one,
            "page": Paginator(entries, _PER_PAGE).get_page(request.GET.get("page")),
            **followed.of_list(request.user, one),
            "may_manage": lists.may_manage(one, request.user),
            "form": form,
            "unknown": unknown,
            "removed": removed,
        },
    )


def _number(text: str) -> int:
    """A row's number from a request, 0 (which no row has) for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _added(new: int, before: int) -> str:
    words = [ngettext("%d case added.", "%d cases added.", new) % new]
    if before:
        words.append(ngettext("%d was on the list already.", "%d were on the list already.", before) % before)
    return " ".join(words)


def refusal_words(code: str) -> str:
    known = {
        "not_yours": _("Only the owner of the list can do that."),
        "followed": _("Others follow this list; hidden, they would get mail about a list they cannot see."),
        "no_name": _("A watchlist needs a name."),
    }
    return known.get(code, code)
