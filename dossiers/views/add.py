"""Adding cases: numbers in, a preview with what the office says of each, then one result per line."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apiclient import numbers
from dossiers import clock, intake, tasks
from dossiers.alerts.follow import follow
from dossiers.forms import AddForm
from dossiers.intake import watchlists as lists
from dossiers.intake.batches import ADDABLE
from dossiers.models import Batch, BatchLine, Case, Law, Watchlist
from dossiers.refresh.jobs import AT_ONCE
from dossiers.views.line_words import line_message
from dossiers.views.spreadsheet import csv_answer

_PER_PAGE = 100
_RECENT = 5
_NEAR = timedelta(seconds=30)
State = BatchLine.State

# What the office has spoken of, what it has still to be asked, and what "Add" would take.
_ASKED = (State.FOUND, State.NOT_FOUND, State.NOT_CHECKED)
_CALLS = {State.READY: 1, State.TO_RESOLVE: 2}  # calls to the office that a line still needs
_GROUPS = {
    "ready": (State.READY, State.FOUND, State.TO_RESOLVE),
    "attention": (State.AMBIGUOUS, State.UNREADABLE, State.NOT_FOUND, State.NOT_CHECKED),
    "skipped": (State.KNOWN, State.REPEATED),
    "saved": (State.SAVED,),
}


@dataclass(frozen=True)
class Progress:
    """How far the office has been asked; `minutes` is the least time left, at the office's calls a minute."""

    asked: int
    waiting: int
    minutes: int
    per_minute: int
    soonest: datetime | None

    @property
    def total(self) -> int:
        return self.asked + self.waiting


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            batch = _start(request, form)
        except intake.IntakeRefused as refused:
            form.add_error(None, line_message(refused.code))
        else:
            return redirect("batch", batch.pk)
    recent = Batch.objects.filter(owner=request.user).annotate(line_count=Count("lines"))[:_RECENT]
    status = 422 if form.errors else 200
    return render(request, "pages/add.html", {"form": form, "recent": recent}, status=status)


@require_safe
def batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return render(request, "pages/batch.html", _shown(request, _mine(request, pk)))


@require_safe
def lines(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of the page that changes while the office is asked."""
    return render(request, "pages/batch_lines.html", _shown(request, _mine(request, pk)))


@require_POST
def save(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _mine(request, pk)
    try:
        saved = intake.save_batch(one, by=request.user)
    except intake.IntakeRefused as refused:
        messages.error(request, line_message(refused.code))
    else:
        tasks.ring("intake")
        tasks.ring("refresh")
        if saved.added > AT_ONCE:
            messages.info(
                request,
                _("So many cases are asked in the order of their risk; “Freshness” shows how far that is."),
            )
    return redirect("batch", pk)


@require_POST
def discard(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _mine(request, pk)
    try:
        intake.discard_batch(one, by=request.user)
        one.refresh_from_db(fields=["state"])
        if one.state != Batch.State.DISCARDED:  # saved meanwhile, perhaps in another window
            raise intake.IntakeRefused("not_possible")
    except intake.IntakeRefused as refused:
        messages.error(request, line_message(refused.code))
        return redirect("batch", pk)
    messages.success(request, _("Discarded. Nothing was added."))
    return redirect("add")


@require_POST
def again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask the office again about the lines it could not be asked about."""
    one = _mine(request, pk)
    try:
        intake.check_again(one, by=request.user)
    except intake.IntakeRefused as refused:
        messages.error(request, line_message(refused.code))
    else:
        tasks.ring("intake")
    return redirect("batch", pk)


@require_POST
def line_law(request: HttpRequest, pk: uuid.UUID, position: int) -> HttpResponse:
    one = _mine(request, pk)
    law = request.POST.get("law", "")
    if law not in Law.values:
        raise BadRequest("unknown law")
    line = get_object_or_404(BatchLine, batch=one, position=position)
    try:
        intake.choose_law(line, law, by=request.user)
    except intake.IntakeRefused as refused:
        messages.error(request, line_message(refused.code))
    else:
        tasks.ring("intake")
    if request.htmx:
        return render(request, "pages/batch_lines.html", _shown(request, one))
    return redirect(f"{reverse('batch', args=[pk])}#line-{position}")


@require_safe
def result(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The whole result as a CSV that spreadsheets open as Japanese text."""
    one = _mine(request, pk)
    understood = _("Line"), _("As given"), _("Number"), _("Law"), _("Own reference")
    head = [*understood, _("Result"), _("What to do"), _("Title"), _("Applicant"), _("Link")]
    rows = one.lines.select_related("case").defer("body").order_by("position").iterator()
    return csv_answer(f"ip-portal-{one.created_at:%Y%m%d-%H%M}.csv", head, map(_cells, rows))


def _form(request: HttpRequest) -> AddForm:
    """Only shared lists and one's own can be chosen; the empty choice is the own list, made when needed."""
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return AddForm(
        *data,
        watchlists=lists.visible_to(request.user),
        own_name=_("My own list"),
        initial={"text": request.GET.get("numbers", "")[:20_000], "watchlist": request.GET.get("watchlist")},
    )


def _start(request: HttpRequest, form: AddForm) -> Batch:
    chosen: Watchlist | None = form.cleaned_data["watchlist"]
    with transaction.atomic():  # no list is left behind for a paste that is refused
        made = intake.start_batch(
            text=form.cleaned_data["lines"],
            by=request.user,
            default_law=form.cleaned_data["law"],
            watchlist=chosen or _own_list(request),
            source=form.cleaned_data["source"],
        )
    tasks.ring("intake")
    return made


def _own_list(request: HttpRequest) -> Watchlist:
    """The person's own first list; made when there is none, and then they follow it."""
    first = lists.first_own(request.user)
    if first is None:
        first = lists.create(by=request.user, name=_("Cases of %s") % request.user)
        follow(first, request.user, by=request.user)
    return first


def _mine(request: HttpRequest, pk: uuid.UUID) -> Batch:
    return get_object_or_404(Batch.objects.select_related("watchlist"), pk=pk, owner=request.user)


def _shown(request: HttpRequest, one: Batch) -> dict[str, object]:
    rows = one.lines.values_list("state").annotate(n=Count("pk"), soonest=Min("not_before"))
    found = {state: (n, soonest) for state, n, soonest in rows.order_by("state")}
    counts = {state: n for state, (n, _soonest) in found.items()}
    chosen = request.GET.get("state", "")
    page = Paginator(_lines_in(one, chosen), _PER_PAGE).get_page(request.GET.get("page"))
    for line in page:
        line.shown_number = shown_number(line)
        line.advice = line_message(line.message)
    asking = _still_asked(one)
    waits = [soonest for state, (_n, soonest) in found.items() if state in asking]
    progress = _progress(counts, asking, min(waits, default=None))
    return {
        "batch": one,
        "page": page,
        "chosen": chosen,
        "total": sum(counts.values()),
        "groups": {name: sum(counts.get(state, 0) for state in states) for name, states in _GROUPS.items()},
        "counts": counts,
        "addable": one.lines.filter(state__in=ADDABLE).exclude(application_number="").count(),
        "progress": progress,
        "preview": one.state == Batch.State.PREVIEW,
        "poll": _poll(progress),
        "laws": Law.choices,
    }


def _lines_in(one: Batch, chosen: str) -> object:
    wanted = one.lines.select_related("case").defer("body").order_by("position")
    if chosen in _GROUPS:
        return wanted.filter(state__in=_GROUPS[chosen])
    return wanted


def _still_asked(one: Batch) -> dict[str, int]:
    """The states whose lines the office is still asked about, with the calls each line needs."""
    if one.state == Batch.State.PREVIEW:
        return _CALLS
    return {State.TO_RESOLVE: 1} if one.state == Batch.State.SAVED else {}


def _progress(counts: dict[str, int], asking: dict[str, int], soonest: datetime | None) -> Progress:
    calls = sum(counts.get(state, 0) * each for state, each in asking.items())
    return Progress(
        asked=sum(counts.get(state, 0) for state in _ASKED),
        waiting=sum(counts.get(state, 0) for state in asking),
        minutes=-(-calls // settings.JPO_PER_MINUTE),
        per_minute=settings.JPO_PER_MINUTE,
        soonest=soonest,
    )


def _poll(progress: Progress) -> str:
    """How often the page asks for news; "" when none can come."""
    if not progress.waiting or progress.soonest is None:
        return ""
    return "2s" if progress.soonest <= clock.now() + _NEAR else "30s"


def shown_number(line: BatchLine) -> str:
    """The number as understood; the application number once it is known."""
    language = "ja" if get_language() == "ja" else "en"
    if line.application_number:
        return numbers.display(line.law, "application", line.application_number, language)
    return numbers.display(line.law or None, line.kind, line.number, language)


def _cells(line: BatchLine) -> Iterator[str]:
    yield str(line.position)
    yield line.text
    yield shown_number(line)
    yield str(Law(line.law).label) if line.law else ""
    yield line.own_reference
    yield str(line.get_state_display())
    yield line_message(line.message)
    yield line.title
    yield line.applicants
    yield _link(line.case)


def _link(case: Case | None) -> str:
    return f"{settings.SITE_URL}/cases/{case.law}/{case.application_number}/" if case else ""
