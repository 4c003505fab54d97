"""Two papers of a case compared word by word: notices, versions of one document, or sets of claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apiclient.documents import Notice
from dossiers.models import Case, Paper
from dossiers.templatetags.portal import document_name

from . import dates
from .case import the_case
from .reading import notice_of, text_of
from .redline import Piece, Redline, Stretch, compare

MOST_CHOICES = 500
_MOST_SHOWN = 100_000  # characters of the result
_CONTEXT = 2  # paragraphs shown before and after a change


@dataclass(frozen=True)
class Choice:
    """A paper that can be compared, in words for a list."""

    pk: int
    words: str


@dataclass(frozen=True)
class Shown:
    """A run of the result: `pieces` as text, or `skipped` paragraphs that are the same and not shown."""

    pieces: tuple[Piece, ...] = ()
    skipped: int = 0


@require_safe
def comparison(request: HttpRequest, law: str, number: str) -> HttpResponse:
    case = the_case(request.user, law, number)
    rows = list(_papers(case)[: MOST_CHOICES + 1])
    choices = [_choice(case, paper) for paper in rows[:MOST_CHOICES]]
    chosen = _chosen(request, rows[:MOST_CHOICES])
    context = {
        "case": case,
        "choices": choices,
        "more": len(rows) > MOST_CHOICES,
        "old": chosen[0],
        "new": chosen[1],
        "part": "claims" if request.GET.get("of") == "claims" else "text",
        "whole": request.GET.get("whole") == "1",
    }
    if all(chosen):
        context |= _result(case, chosen, context["part"], whole=context["whole"])
    return render(request, "pages/compare.html", context)


def _papers(case: Case):
    """Papers of the case, newest document first, and of one document the version that came last."""
    rows = case.papers.select_related("event").defer("body", "notice")
    return rows.order_by(F("event__legal_date").desc(nulls_last=True), "-received_at", "-pk")


def _choice(case: Case, paper: Paper) -> Choice:
    received = dates.written(paper.received_at)
    if paper.event is None:
        return Choice(paper.pk, _("%(name)s, received %(day)s") % {"name": paper.name, "day": received})
    said = {
        "day": dates.written(paper.event.legal_date) if paper.event.legal_date else _("not known"),
        "name": document_name(paper.event, case.law)[:60],
        "number": paper.event.document_number,
        "received": received,
    }
    return Choice(paper.pk, _("%(day)s %(name)s %(number)s (received %(received)s)") % said)


def _chosen(request: HttpRequest, rows: list[Paper]) -> tuple[int | None, int | None]:
    """The older and the newer paper: as asked for, else a partner for the one asked for, else none."""
    known = {str(paper.pk): paper for paper in rows}
    old, new = known.get(request.GET.get("old", "")), known.get(request.GET.get("new", ""))
    if new and not old and "old" not in request.GET:
        old = _partner(new, rows)
    return old.pk if old else None, new.pk if new else None


def _partner(paper: Paper, rows: list[Paper]) -> Paper | None:
    """What a person most likely wants beside it: its last version, else the last document of its kind."""
    older = rows[rows.index(paper) + 1 :]
    versions = (one for one in older if one.event_id == paper.event_id)
    alike = (one for one in older if one.event and paper.event and one.event.code == paper.event.code)
    return next(versions, None) or next(alike, None)


def _result(
    case: Case, chosen: tuple[int | None, int | None], part: str, *, whole: bool
) -> dict[str, object]:
    found = {
        paper.pk: paper for paper in case.papers.select_related("event").filter(pk__in=chosen).defer("body")
    }
    papers = [found[pk] for pk in chosen if pk in found]
    texts = [_text(paper, part) for paper in papers]
    sides = dict(zip(("old_paper", "new_paper"), papers, strict=True))
    if not all(texts):
        lacking = [paper for paper, text in zip(papers, texts, strict=True) if not text]
        return {**sides, "lacking": lacking}
    redline = compare(texts[0], texts[1])
    runs, cut = _bounded(_runs(redline, whole=whole))
    return {**sides, "redline": redline, "runs": runs, "cut": cut, "identical": texts[0] == texts[1]}


def _text(paper: Paper, part: str) -> str:
    notice = notice_of(paper)
    return _claims(notice) if part == "claims" else text_of(paper, notice)


def _claims(notice: Notice | None) -> str:
    """The claims an amendment puts in place, one after the other; "" where it has none."""
    changes = notice.filing.changes if notice and notice.filing else ()
    parts = []
    for change in changes:
        if change.document == "claims":
            parts += [f"【請求項{claim.number}】\n{claim.text}" for claim in change.claims] or [change.text]
    return "\n".join(part for part in parts if part)


def _runs(redline: Redline, *, whole: bool) -> Iterator[Shown]:
    """What is shown, with most of what did not change left out unless the `whole` is wanted."""
    groups = [(same, list(run)) for same, run in groupby(redline.stretches, key=lambda one: one.same)]
    for place, (same, stretches) in enumerate(groups):
        if not same:
            yield from (Shown(pieces=one.pieces) for one in stretches)
        elif whole:
            yield Shown(pieces=(Piece("same", "\n".join(_lines(stretches))),))
        else:
            yield from _shortened(list(_lines(stretches)), first=place == 0, last=place == len(groups) - 1)


def _lines(stretches: Iterable[Stretch]) -> Iterator[str]:
    for stretch in stretches:
        yield from "".join(piece.text for piece in stretch.pieces).split("\n")


def _shortened(lines: list[str], *, first: bool, last: bool) -> Iterator[Shown]:
    """The paragraphs next to a change; of those between, how many there are."""
    lines = [line for line in lines if line.strip()]
    head, tail = 0 if first else _CONTEXT, 0 if last else _CONTEXT
    if len(lines) <= head + tail + 1:
        yield Shown(pieces=(Piece("same", "\n".join(lines)),))
        return
    if head:
        yield Shown(pieces=(Piece("same", "\n".join(lines[:head])),))
    yield Shown(skipped=len(lines) - head - tail)
    if tail:
        yield Shown(pieces=(Piece("same", "\n".join(lines[-tail:])),))


def _bounded(runs: Iterable[Shown]) -> tuple[list[Shown], bool]:
    """As many runs as a page can show, and whether that leaves some out."""
    kept: list[Shown] = []
    room = _MOST_SHOWN
    for run in runs:
        size = sum(len(piece.text) for piece in run.pieces)
        if size > room:
            cut = tuple(Piece(piece.how, piece.text[: room // len(run.pieces)]) for piece in run.pieces)
            return [*kept, Shown(pieces=cut)], True
        room -= size
        kept.append(run)
    return kept, False
