"""One document: what could be read in it, beside its own words with the same parts marked."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from urllib.parse import quote

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apiclient.numbers import recognise
from dossiers import reach, tasks
from dossiers.models import Case, Event, Law, Paper, RefreshJob, User
from dossiers.refresh import jobs, old_archives

from . import selectors
from .case import the_case
from .finding import LONGEST_QUERY
from .reading import Hits, Shown, notice_of, search, shown, text_of

MOST_PAPERS = 3  # in full on one page; the others can be chosen
MOST_VERSIONS = 200  # offered to choose from
MOST_PICTURES = 60


@require_safe
def document(request: HttpRequest, law: str, number: str, event_pk: int) -> HttpResponse:
    case = the_case(request.user, law, number)
    event = get_object_or_404(case.events.select_related("accounted_by"), pk=event_pk)
    versions = list(_newest(event.papers.defer("body", "notice"))[:MOST_VERSIONS])
    papers, hits = _shown(request, event, versions)
    parts = list(event.documents.all())
    pictures = list(event.pictures.defer("body")[: MOST_PICTURES + 1])
    limits = list(event.limits.defer("calculation"))
    selectors.mark_hidden(request.user, limits)
    context = {
        "case": case,
        "event": event,
        "papers": papers,
        "versions": versions if len(versions) > len(papers) else [],
        "hits": hits,
        "parts": parts,
        "limits": limits,
        "pictures": pictures[:MOST_PICTURES],
        "more_pictures": len(pictures) > MOST_PICTURES,
        "pictures_to_come": old_archives.waits(case),
        "docketed": _docketed(papers, request.user),
        **_fetching(case, event, any(part.available for part in parts)),
    }
    _seen(case, event, request)
    return render(request, "pages/document.html", context)


def _newest(papers):
    return papers.order_by("-received_at", "name", "pk")


def _shown(request: HttpRequest, event: Event, versions: list[Paper]) -> tuple[list[Shown], Hits | None]:
    """The newest papers, or the one asked for, with what was searched for in them."""
    wanted = request.GET.get("paper", "")
    chosen = [one.pk for one in versions if str(one.pk) == wanted] or [one.pk for one in versions][
        :MOST_PAPERS
    ]
    rows = list(_newest(event.papers.defer("body").filter(pk__in=chosen)))
    notices = [notice_of(paper) for paper in rows]
    texts = [text_of(paper, notice) for paper, notice in zip(rows, notices, strict=True)]
    query, part = request.GET.get("q", "")[:LONGEST_QUERY], _number(request, "part")
    found, hits = search(texts, query, _number(request, "at") or 1)
    here = hits.at if hits else 0
    return [shown(*one, here, part) for one in zip(rows, notices, texts, found, strict=True)], hits


def _number(request: HttpRequest, name: str) -> int:
    """A number in the address, 0 where it is none."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 0


def _docketed(papers: Iterable[Shown], user: User) -> dict[str, Case]:
    """Cases of this docket among the cited documents, by the cited number as it is shown."""
    wanted: dict[tuple[str, str], str] = {}
    for paper in papers:
        for one in paper.cited:
            for reading in recognise(one.cited.display).readings if one.cited.number else ():
                if reading.office == "JP" and reading.law in Law.values:
                    wanted[reading.law, reading.canonical] = one.cited.display
    fields = ("publication_number", "registration_number")
    numbers = {number for _, number in wanted}
    rows = reach.cases(user).filter(Q(*[(f"{field}__in", numbers) for field in fields], _connector=Q.OR))
    found: dict[str, Case] = {}
    for case in rows.only("law", "application_number", "title", *fields) if numbers else ():
        for field in fields:
            if display := wanted.get((case.law, getattr(case, field))):
                found[display] = case
    return found


def _fetching(case: Case, event: Event, available: bool) -> dict[str, object]:
    """Whether the text can be had by asking for it, and how far that has come."""
    if event.code not in jobs.FILED:
        return {}
    orders = case.refresh_jobs.filter(bucket=f"{case.law}/{jobs.FILED_BY}")
    job = orders.order_by("-created_at", "-pk").first()
    waiting = job is not None and job.state == RefreshJob.State.WAITING
    return {"fetchable": available, "filed": True, "fetch_job": job, "fetch_waiting": waiting}


@require_POST
def fetch(request: HttpRequest, law: str, number: str, event_pk: int) -> HttpResponse:
    """Have the opinions and amendments of the case fetched: a person wants to read one."""
    case = the_case(request.user, law, number)
    event = get_object_or_404(case.events, pk=event_pk)
    if event.code in jobs.FILED:
        jobs.request_filed(case, by=request.user)
        tasks.ring("refresh")
        messages.success(request, _("The office is being asked. The text appears here within a few minutes."))
    else:
        messages.error(request, _("The office delivers no text of a document of this kind."))
    return redirect("document", law=law, number=number, event_pk=event_pk)


def _seen(case: Case, event: Event, request: HttpRequest) -> None:
    """Whoever has read the only new document of a case has seen the case."""
    unread = selectors.unread_events(request.user).filter(case=case)
    if not unread.exclude(pk=event.pk).exists():
        selectors.visit(case, request.user)


@require_safe
def download(request: HttpRequest, law: str, number: str, event_pk: int, paper_pk: int) -> HttpResponse:
    """The file as the office delivered it, never to be opened in the browser."""
    case = the_case(request.user, law, number)
    event = get_object_or_404(case.events, pk=event_pk)
    paper = get_object_or_404(event.papers, pk=paper_pk)
    return as_received(bytes(paper.body), paper.name)


def as_received(packed: bytes, name: str) -> HttpResponse:
    """The exact bytes, to be saved and never shown."""
    answer = HttpResponse(zlib.decompress(packed), content_type="application/octet-stream")
    name = name.replace("\\", "/").rsplit("/", 1)[-1] or "document"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
