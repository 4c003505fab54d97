"""One document: what could be read in it, beside its own words."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apiclient.documents import Notice
from dossiers.models import Case, Event, Paper

from . import selectors
from .case import the_case

_MOST_SHOWN = 300_000  # characters; the download has everything
_JPLATPAT = "https://www.j-platpat.inpit.go.jp/p0000"


@dataclass(frozen=True)
class Shown:
    """A paper as the page shows it. `notice` is None when nothing in it could be made out."""

    paper: Paper
    notice: Notice | None
    text: str
    raw: str
    cut: bool


@require_safe
def document(request: HttpRequest, law: str, number: str, event_pk: int) -> HttpResponse:
    case = the_case(law, number)
    event = get_object_or_404(case.events.select_related("accounted_by"), pk=event_pk)
    papers = [shown(paper) for paper in event.papers.order_by("-received_at", "name", "pk")]
    context = {
        "case": case,
        "event": event,
        "papers": papers,
        "parts": list(event.documents.all()),
        "limits": list(event.limits.defer("calculation")),
        "citations": list(case.citations.all()),
        "searches": {one.as_printed: searches(one.number) for paper in papers for one in _cited(paper)},
    }
    _seen(case, event, request)
    return render(request, "pages/document.html", context)


def _seen(case: Case, event: Event, request: HttpRequest) -> None:
    """Whoever has read the only new document of a case has seen the case."""
    unread = selectors.unread_events(request.user).filter(case=case)
    if not unread.exclude(pk=event.pk).exists():
        selectors.visit(case, request.user)


def _cited(paper: Shown):
    return paper.notice.cited if paper.notice else ()


def shown(paper: Paper) -> Shown:
    """Whatever can be shown of a paper; a reading stored in another shape falls back to its own words."""
    notice = _notice(paper)
    raw = notice.raw_text if notice and notice.raw_text else _decoded(bytes(paper.body))
    text = notice.text if notice and notice.text else raw
    return Shown(paper, notice, text[:_MOST_SHOWN], raw[:_MOST_SHOWN], len(raw) > _MOST_SHOWN)


def _notice(paper: Paper) -> Notice | None:
    if not paper.notice:
        return None
    try:
        return Notice.from_json(paper.notice)
    except (KeyError, TypeError, ValueError):
        return None


def _decoded(body: bytes) -> str:
    """The stored body as text. The office writes Shift_JIS; bytes that are no characters become marks."""
    try:
        return zlib.decompress(body).decode("cp932", errors="replace")
    except zlib.error:
        return ""


def searches(number: str | None) -> list[tuple[str, str]]:
    """Names and addresses for looking up a cited document; none is made of an uncertain number."""
    found = [("J-PlatPat", _JPLATPAT)]
    if number:
        plain = quote(international(number))
        found.append(("Espacenet", f"https://worldwide.espacenet.com/patent/search?q=pn%3D{plain}"))
        found.append(("Google Patents", f"https://patents.google.com/?q={plain}"))
    return found


def international(number: str) -> str:
    """As databases abroad write it: "JP2002-433033A" is JP2002433033A, "JPH04-012345A" JPH0412345A."""
    head, hyphen, tail = number.partition("-")
    if not hyphen:
        return number
    return head + (tail.lstrip("0") if head[2:3].isalpha() else tail)


@require_safe
def download(request: HttpRequest, law: str, number: str, event_pk: int, paper_pk: int) -> HttpResponse:
    """The file as the office delivered it, never to be opened in the browser."""
    case = the_case(law, number)
    event = get_object_or_404(case.events, pk=event_pk)
    paper = get_object_or_404(event.papers, pk=paper_pk)
    answer = HttpResponse(zlib.decompress(bytes(paper.body)), content_type="application/octet-stream")
    name = paper.name.replace("\\", "/").rsplit("/", 1)[-1] or "document"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
