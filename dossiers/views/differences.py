"""The firm's own records beside the office's data: where they differ, who decided, and tables of many."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers import reach
from dossiers.docketing import differences as records
from dossiers.forms import RecordsForm
from dossiers.intake.records import MOST_LINES, Line, Table, TableRefused, read_table, save_table
from dossiers.models import Difference, OwnRecord, User

from . import selectors
from .posting import attempt, back, typed

State = Difference.State
_DECIDED = (State.ACCEPTED, State.IGNORED)
_LATELY = 5
_STATES: dict[str, Q] = {
    "open": Q(state=State.OPEN),
    "ignored": Q(state=State.IGNORED),
    "accepted": Q(state=State.ACCEPTED),
    "settled": Q(state=State.SETTLED),
    "any": Q(),
}


@require_safe
def differences(request: HttpRequest) -> HttpResponse:
    given = request.GET
    scope = given.get("scope", "") if given.get("scope") in selectors.SCOPES else "all"
    state = given.get("state", "") if given.get("state") in _STATES else "open"
    of_case = selectors.whose(request.user, scope, "case__")
    return render(
        request,
        "pages/differences.html",
        {
            "scope": scope,
            "state": state,
            "page": selectors.page_of(request, _rows().filter(_STATES[state], of_case)),
            "decided": _rows().filter(of_case, state__in=_DECIDED).order_by("-decided_at", "-pk")[:_LATELY],
            "any": OwnRecord.objects.filter(reach.shown_to(request.user, "case__")).exists(),
        },
    )


def _rows() -> QuerySet[Difference]:
    return Difference.objects.select_related("case", "case__owner", "decided_by")


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take the office's value over, keep the difference quiet, or take such a decision back."""
    row = get_object_or_404(Difference, reach.shown_to(request.user, "case__"), pk=pk)
    seen, note = typed(request, "seen"), typed(request, "note")
    if action == "accept":
        done = _("Your record now has the office's value. The former one is kept.")
        attempt(request, lambda: records.accept(row, by=request.user, seen=seen), done)
    elif action == "ignore":
        done = _("Quiet until either value changes again.")
        attempt(request, lambda: records.ignore(row, by=request.user, seen=seen, note=note), done)
    elif action == "undo":
        attempt(request, lambda: records.undo(row, by=request.user), _("Taken back: it is open again."))
    else:
        raise Http404
    return redirect(back(request, reverse("differences")))


# --- many cases at once -----------------------------------------------------------------------------------

_REFUSED = {
    "empty": gettext_lazy("There is no line in it."),
    "damaged": gettext_lazy("The table is damaged and cannot be read."),
    "no_number_column": gettext_lazy("No column names the case. Call one “number”."),
    "no_field_column": gettext_lazy("Beside the number there is no column to read."),
    "unknown_column": gettext_lazy("This column is not known: %s"),
    "repeated_column": gettext_lazy("This field has two columns: %s"),
    "too_many_lines": gettext_lazy("%s lines are too many at once. Split the table."),
}
_PROBLEMS = {
    "no_case": gettext_lazy("No case of the docket has this number or reference."),
    "several_cases": gettext_lazy("Several cases have this number: write it with its law."),
    "repeated": gettext_lazy("An earlier line is about the same case."),
    "not_a_date": gettext_lazy("This is no date that can be read."),
    "too_long": gettext_lazy("This is too long."),
    "no_value": gettext_lazy("The line says nothing."),
    "too_many_cells": gettext_lazy("The line has more cells than the table has columns."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """A table: what each line would write, then writing it. Lines that cannot be taken come back."""
    form = RecordsForm(request.POST, request.FILES) if request.method == "POST" else RecordsForm()
    context: dict[str, object] = {"form": form, "most": MOST_LINES, "fields": OwnRecord.Field.choices}
    if request.method != "POST":
        return render(request, "pages/own_records.html", context)
    table = _table(form, request.user)
    if table is None:
        return render(request, "pages/own_records.html", context, status=422)
    if "save" in request.POST:
        return _saved(request, table, context)
    context["form"] = RecordsForm(initial={"text": form.cleaned_data["text"]})
    context["table"], context["lines"] = table, [_shown(line) for line in table.lines]
    return render(request, "pages/own_records.html", context)


def _table(form: RecordsForm, by: User) -> Table | None:
    if not form.is_valid():
        return None
    try:
        return read_table(form.cleaned_data["text"], by=by)
    except TableRefused as refused:
        words = str(_REFUSED[refused.code])
        form.add_error(None, words % refused.detail if "%s" in words else words)
        return None


def _saved(request: HttpRequest, table: Table, context: dict[str, object]) -> HttpResponse:
    n = save_table(table, by=request.user)
    done = ngettext("The records of %(n)d case were changed.", "The records of %(n)d cases were changed.", n)
    messages.success(request, done % {"n": n})
    if not table.bad:
        return redirect("differences")
    left = ngettext(
        "%(n)d line was not taken; it stands below to be corrected.",
        "%(n)d lines were not taken; they stand below to be corrected.",
        len(table.bad),
    )
    messages.warning(request, left % {"n": len(table.bad)})
    rest = read_table(table.rest(), by=request.user)
    context["form"] = RecordsForm(initial={"text": table.rest()})
    context["table"], context["lines"] = rest, [_shown(line) for line in rest.lines]
    return render(request, "pages/own_records.html", context)


def _shown(line: Line) -> dict[str, object]:
    """A line for the page: what it writes field by field, or what is wrong with it."""
    labels = dict(OwnRecord.Field.choices)
    problem = str(_PROBLEMS[line.problem]) if line.problem else ""
    return {
        "line": line,
        "values": [(labels[field], value) for field, value in line.values.items()],
        "problem": problem,
        "where": labels.get(line.where, ""),
    }
