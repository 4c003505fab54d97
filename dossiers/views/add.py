"""Adding cases: numbers in, a preview with what the office says of each, then one result per line."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apiclient import numbers
from dossiers import clock, intake, reach, tasks
from dossiers.alerts.follow import follow
from dossiers.forms import AddForm
from dossiers.intake import watchlists as lists
from dossiers.intake.batches import ADDABLE
from dossiers.intake.bringing import changes, shown_change
from dossiers.intake.columns import Field
from dossiers.intake.undoing import UNDO_FOR
from dossiers.models import Batch, BatchLine, Case, Law, User, Watchlist
from dossiers.refresh.jobs import AT_ONCE
from dossiers.views.line_words import line_message, remark_words
from dossiers.views.tables import Column, Table, answer

_PER_PAGE = 100
_RECENT = 5
_NEAR = timedelta(seconds=30)
State, Stage = BatchLine.State, Batch.State

# What the office has spoken of, what it has still to be asked, and what "Add" would take.
_ASKED = (State.FOUND, State.NOT_FOUND, State.NOT_CHECKED)
_CALLS = {State.READY: 1, State.TO_RESOLVE: 2}  # calls to the office that a line still needs
_GROUPS = {
    "ready": (State.READY, State.FOUND, State.TO_RESOLVE),
    "attention": (
        *(State.AMBIGUOUS, State.UNREADABLE, State.NOT_FOUND, State.NOT_CHECKED),
        State.PASSED_ON,
    ),
    "skipped": (State.KNOWN, State.REPEATED, State.LEFT_OUT, State.UPDATED),
    "saved": (State.SAVED,),
    "undone": (State.UNDONE,),
}
_WORKING = (Stage.READING, Stage.SAVING, Stage.UNDOING)
_DIFFERS = Q(remarks__icontains="title_differs") | Q(remarks__icontains="applicant_differs")
_KEPT = Q(remarks__icontains="kept")
_SAYS = (Field.CLIENT, Field.OWNER, Field.DEPUTY, Field.TAGS, Field.NOTE)


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
            return redirect(*_start(request, form))
        except intake.IntakeRefused as refused:
            form.add_error(None, line_message(refused.code))
    recent = Batch.objects.filter(owner=request.user).annotate(
        line_count=Count("lines", filter=reach.shown_to(request.user, "lines__case__"))
    )[:_RECENT]
    status = 422 if form.errors else 200
    return render(request, "pages/add.html", {"form": form, "recent": recent}, status=status)


@require_safe
def batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return render(request, "pages/batch.html", _shown(request, _mine(request, pk)))


@require_safe
def lines(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of the page that changes while the office is asked. Once the import is in another state, the
    whole page is read anew: its heading and its buttons stand outside of the part."""
    one = _mine(request, pk)
    answer = render(request, "pages/batch_lines.html", _shown(request, one))
    if request.headers.get("Was", one.state) != one.state:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def save(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _mine(request, pk)
    try:
        saved = intake.save_batch(one, by=request.user, update_known=bool(request.POST.get("update_known")))
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
        if one.state != Stage.DISCARDED:  # saved meanwhile, perhaps in another window
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


@require_POST
def leave(request: HttpRequest, pk: uuid.UUID, position: int) -> HttpResponse:
    """Leave a line out, or take it in again."""
    one = _mine(request, pk)
    line = get_object_or_404(BatchLine, batch=one, position=position)
    try:
        intake.leave_out(line, by=request.user, out=request.POST.get("out") == "1")
    except intake.IntakeRefused as refused:
        messages.error(request, line_message(refused.code))
    if request.htmx:
        return render(request, "pages/batch_lines.html", _shown(request, one))
    return redirect(f"{reverse('batch', args=[pk])}{_query(request)}#line-{position}")


@require_POST
def undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back what was added, where nobody has touched it since."""
    try:
        intake.undo(_mine(request, pk), by=request.user)
    except intake.IntakeRefused as refused:
        messages.error(request, line_message(refused.code))
    else:
        tasks.ring("intake")
    return redirect("batch", pk)


def _query(request: HttpRequest) -> str:
    asked = request.GET.urlencode()
    return f"?{asked}" if asked else ""


@require_safe
def result(request: HttpRequest, pk: uuid.UUID, form: str) -> StreamingHttpResponse:
    """Every line with its outcome and the reason, in words, to take away."""
    one = _mine(request, pk)
    rows = _lines(one).select_related("case").defer("body").order_by("position").iterator(chunk_size=500)
    name = f"ip-portal-{one.created_at:%Y%m%d-%H%M}"
    return answer(Table(name, _("Lines"), _report_columns(), rows), form)


def _people() -> dict[int, str]:
    return {user.pk: str(user) for user in User.objects.all()}


def _report_columns() -> list[Column]:
    people = _people()

    def said(name: str) -> Callable[[BatchLine], str]:
        return lambda line: _value_words(line, name, people)

    return [
        Column("line", _("Line"), lambda line: line.row or line.position),
        Column("text", _("As given"), attrgetter("text")),
        Column("number", _("Number"), shown_number),
        Column("law", _("Law"), attrgetter("law"), lambda line: Law(line.law).label if line.law else ""),
        Column("own_reference", _("Own reference"), attrgetter("own_reference")),
        Column("client", _("Client"), said("client")),
        Column("owner", _("Person in charge"), said("owner")),
        Column("deputy", _("Deputy"), said("deputy")),
        Column("tags", _("Tags"), said("tags")),
        Column("result", _("Result"), attrgetter("state"), lambda line: line.get_state_display()),
        Column("reason", _("What to do"), attrgetter("message"), _reasons),
        Column("before", _("Before the change"), lambda line: _before_words(line, people)),
        Column("title", _("Title"), lambda line: line.title or (line.case.title if line.case else "")),
        Column("applicant", _("Applicant"), attrgetter("applicants")),
        Column("link", _("Link"), lambda line: _link(line.case)),
    ]


def _reasons(line: BatchLine) -> str:
    said = [line_message(line.message), *(remark_words(code, detail) for code, detail in line.remarks)]
    return " ".join(filter(None, said))


def _value_words(line: BatchLine, name: str, people: dict[int, str]) -> str:
    """What the line says of a field; people by name."""
    value = line.values.get(name, "")
    if name in ("owner", "deputy"):
        return people.get(value, "")
    return "、".join(value) if isinstance(value, list) else str(value)


def _before_words(line: BatchLine, people: dict[int, str]) -> str:
    """What a changed case said before, field by field."""
    said = []
    for name, old in line.old.get("fields", {}).items():
        words = people.get(old, "") if name in ("owner", "deputy") else str(old)
        said.append(f"{Field(name).label}: {words or _('empty')}")
    return "; ".join(said)


def _form(request: HttpRequest) -> AddForm:
    """Only shared lists and one's own can be chosen; the empty choice is the own list, made when needed."""
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return AddForm(
        *data,
        watchlists=lists.visible_to(request.user),
        own_name=_("My own list"),
        initial={"text": request.GET.get("numbers", "")[:20_000], "watchlist": request.GET.get("watchlist")},
    )


def _start(request: HttpRequest, form: AddForm) -> tuple[str, uuid.UUID]:
    """The page that comes next: the lines of a paste, or which column of a table is what."""
    upload = form.cleaned_data["upload"]
    pasted = form.cleaned_data["text"]
    with transaction.atomic():  # no list is left behind for a paste that is refused
        chosen: Watchlist | None = form.cleaned_data["watchlist"]
        told = {
            "by": request.user,
            "default_law": form.cleaned_data["law"],
            "watchlist": chosen or _own_list(request),
        }
        if upload is not None:
            file = intake.keep_file(name=upload.name, body=upload.read(), **told)
        elif intake.has_headings(pasted):
            file = intake.keep_file(name=_("Pasted"), body=pasted.encode(), **told)
        else:
            file = None
        if file is not None and not (upload and intake.is_plain(file)):
            return "import_columns", file.pk
        if file is not None:
            made = intake.start_plain(file, **told)
        else:
            made = intake.start_batch(text=pasted, **told)
    tasks.ring("intake")
    return "batch", made.pk


def _own_list(request: HttpRequest) -> Watchlist:
    """The person's own first list; made when there is none, and then they follow it."""
    first = lists.first_own(request.user)
    if first is None:
        first = lists.create(by=request.user, name=_("Cases of %s") % request.user)
        follow(first, request.user, by=request.user)
    return first


def _lines(one: Batch) -> QuerySet[BatchLine]:
    """The lines of a batch, but for those whose case is out of its owner's reach by now."""
    return one.lines.filter(reach.shown_to(one.owner, "case__"))


def _mine(request: HttpRequest, pk: uuid.UUID) -> Batch:
    return get_object_or_404(
        Batch.objects.select_related("watchlist", "file", "owner").defer("file__body"),
        pk=pk,
        owner=request.user,
    )


def _shown(request: HttpRequest, one: Batch) -> dict[str, object]:
    rows = _lines(one).values_list("state").annotate(n=Count("pk"), soonest=Min("not_before"))
    found = {state: (n, soonest) for state, n, soonest in rows.order_by("state")}
    counts = {state: n for state, (n, _soonest) in found.items()}
    chosen = request.GET.get("state", "")
    page = Paginator(_lines_in(one, chosen), _PER_PAGE).get_page(request.GET.get("page"))
    people = _people() if any(line.values or line.state == State.KNOWN for line in page) else {}
    for line in page:
        line.shown_number = shown_number(line)
        line.advice = line_message(line.message)
        line.remark_words = [remark_words(code, detail) for code, detail in line.remarks]
        line.says = [
            (Field(name).label, _value_words(line, name, people)) for name in _SAYS if name in line.values
        ]
        line.changes = (
            _changes(line, people) if line.state == State.KNOWN and one.state == Stage.PREVIEW else []
        )
        line.may_leave = line.state in (*ADDABLE, State.TO_RESOLVE, State.KNOWN)
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
        "addable": _lines(one).filter(state__in=ADDABLE).exclude(application_number="").count(),
        "progress": progress,
        "preview": one.state == Stage.PREVIEW,
        "working": one.state in _WORKING,
        "work": _work(one, counts),
        "trouble": line_message(one.problem) if one.problem else "",
        "differing": _differing(one) if one.file_id else 0,
        "kept": _lines(one).filter(_KEPT).count() if one.state == Stage.UNDONE else 0,
        "may_undo": intake.may_undo(one),
        "undo_days": UNDO_FOR.days,
        "poll": "2s" if one.state in _WORKING else _poll(progress),
        "laws": Law.choices,
    }


def _work(one: Batch, counts: dict[str, int]) -> dict[str, int]:
    """How much of reading, adding or taking back is done; `total` 0 where nobody knows."""
    total = sum(counts.values())
    if one.state == Stage.READING:
        return {"done": total, "total": max(one.file.rows, total) if one.file else total}
    if one.state == Stage.SAVING:
        open_ = sum(counts.get(state, 0) for state in ADDABLE)
        waiting = _lines(one).filter(state=State.KNOWN, old={}).count() + open_
        return {"done": total - waiting, "total": total}
    if one.state == Stage.UNDOING:
        return {"done": counts.get(State.UNDONE, 0), "total": total}
    return {"done": total, "total": total}


def _differing(one: Batch) -> int:
    """Lines of whose title or applicant the office says something else: perhaps another case."""
    return _lines(one).filter(_DIFFERS).count()


def _changes(line: BatchLine, people: dict[int, str]) -> list[tuple[str, str, str]]:
    """(field, old, new) of what the line would change on its case, in words."""
    return [
        (str(Field(name).label), *shown_change(name, old, new, people))
        for name, (old, new) in changes(line).items()
    ]


def _lines_in(one: Batch, chosen: str) -> object:
    wanted = (
        _lines(one).select_related("case").prefetch_related("case__tags").defer("body").order_by("position")
    )
    if chosen == "differs":
        return wanted.filter(_DIFFERS)
    if chosen in _GROUPS:
        return wanted.filter(state__in=_GROUPS[chosen])
    return wanted


def _still_asked(one: Batch) -> dict[str, int]:
    """The states whose lines the office is still asked about, with the calls each line needs."""
    if one.state == Stage.PREVIEW:
        return _CALLS
    return {State.TO_RESOLVE: 1} if one.state == Stage.SAVED else {}


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


def _link(case: Case | None) -> str:
    return f"{settings.SITE_URL}/cases/{case.law}/{case.application_number}/" if case else ""
