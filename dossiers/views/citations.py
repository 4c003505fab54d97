"""Cited documents: what is cited against the portfolio most, by which notices, on which grounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from apiclient import numbers
from apiclient.documents import Cited
from apiclient.documents.identity import LONGEST
from dossiers import reach
from dossiers.models import Case, CitedDocument, Event, Law, User
from dossiers.refresh import citing
from dossiers.templatetags.citing import ground_words
from dossiers.templatetags.portal import printed

from . import citation_counts as counts
from . import selectors
from .drawing import citations as drawing
from .spreadsheet import csv_answer

_DRAWN, _CASES_DRAWN = 10, 20
WHERE = {
    "held": gettext_lazy("held against the application"),
    "named": gettext_lazy("named only: search record, reference documents"),
    "abroad": gettext_lazy("by the offices abroad"),
}


@dataclass(frozen=True)
class Row:
    """A cited document as shown. `own` is the case of this docket that it belongs to; `grounds` are (code,
    number of cases); `links` (register, address)."""

    document: str
    words: str
    cases: int
    notices: int
    first: Any
    last: Any
    grounds: list[tuple[str, int]]
    links: tuple[tuple[str, str], ...]
    own: Case | None
    address: str


@require_safe
def citations(request: HttpRequest) -> HttpResponse:
    wanted = counts.Wanted.of(request)
    found = counts.rows(request.user, wanted)
    page = selectors.page_of(request, counts.most_cited(found))
    shown = _rows(request.user, found, list(page.object_list), wanted)
    context = {
        "wanted": wanted,
        "page": page,
        "rows": shown,
        "chart": _chart(found, shown) if page.number == 1 else None,
        "unknown": counts.unknown(request.user, wanted),
        "grounds": counts.grounds(request.user, wanted),
        "laws": Law.choices,
        "places": WHERE.items(),
    }
    return render(request, "pages/citations.html", context)


def _rows(
    user: User, found: QuerySet[CitedDocument], told: list[dict[str, Any]], wanted: counts.Wanted
) -> list[Row]:
    documents = [one["document"] for one in told]
    more = counts.told_of(found, documents)
    told = [one | more[one["document"]] for one in told if one["document"] in more]
    grounds, own = counts.grounds_of(found, documents), counts.own_cases(user, documents)
    return [
        Row(
            **one,
            grounds=grounds.get(one["document"], []),
            links=links_of(one["words"]),
            own=own.get(one["document"]),
            address=_address(one["document"], wanted),
        )
        for one in told
    ]


def _address(document: str, wanted: counts.Wanted) -> str:
    query = QueryDict(mutable=True)
    for name in ("where", "scope", "law"):
        if getattr(wanted, name) != getattr(counts.Wanted(), name):
            query[name] = getattr(wanted, name)
    page = reverse("cited_document", kwargs={"document": document})
    return f"{page}?{query.urlencode()}" if query else page


def links_of(words: str) -> tuple[tuple[str, str], ...]:
    """Names and addresses of registers where the document can be read; () where no number is certain."""
    return Cited("", words, None, words).links or _of_docdb(words)


def _of_docdb(words: str) -> tuple[tuple[str, str], ...]:
    """The same of a number as dossiers abroad write it."""
    readings = numbers.from_docdb(words, "publication")
    written = numbers.write(readings[0], "ja") if len(readings) == 1 else None
    return Cited("", words, None, written).links if written else ()


def _chart(found: QuerySet[CitedDocument], shown: list[Row]) -> drawing.Chart | None:
    """The first documents and the cases that most of them are cited against."""
    most = shown[:_DRAWN]
    joined, in_all = counts.edges(found, [row.document for row in most], _CASES_DRAWN)
    cases = Case.objects.in_bulk({case for _document, case, _n in joined})
    named = {
        key: (f"{printed(case)} {case.own_reference}".strip(), _page_of(case)) for key, case in cases.items()
    }
    documents = [(row.document, row.words, row.address, row.cases) for row in most]
    return drawing.draw(joined, documents, named, in_all)


def _page_of(case: Case) -> str:
    return reverse("case", kwargs={"law": case.law, "number": case.application_number}) + "#citations"


# --- one document -----------------------------------------------------------------------------------------


@require_safe
def document(request: HttpRequest, document: str) -> HttpResponse:
    """Every case against which one document is cited."""
    asked = counts.plain(document)[:LONGEST]
    everywhere = CitedDocument.objects.filter(reach.shown_to(request.user, "case__"), document=asked)
    styles = list(everywhere.order_by("display").values_list("display", flat=True).distinct()[:10])
    if not styles:
        raise Http404
    wanted = counts.Wanted.of(request)
    found = counts.rows(request.user, wanted).filter(document=asked)
    listed = found.select_related("case", "case__owner", "paper__event", "member")
    listed = listed.defer("paper__body", "paper__notice", "case__note", "case__parties")
    context = {
        "document": asked,
        "words": styles[-1],
        "styles": styles,
        "links": links_of(styles[-1]),
        "own": counts.own_cases(request.user, [asked]).get(asked),
        "wanted": wanted,
        "page": selectors.page_of(request, listed.order_by("-drafted_on", "case", "ground", "pk")),
        "everywhere": everywhere.count(),
        "places": WHERE.items(),
    }
    return render(request, "pages/cited_document.html", context)


# --- as a file --------------------------------------------------------------------------------------------


@require_safe
def citations_csv(request: HttpRequest) -> HttpResponse:
    """Everything that fits: one line for each document, case, notice and ground."""
    found = counts.rows(request.user, counts.Wanted.of(request))
    found = found.select_related("case", "paper__event", "member").order_by("document", "case", "drafted_on")
    found = found.defer("paper__body", "paper__notice", "case__note", "case__parties")
    head = (
        pgettext("cited", "Document"),
        _("Law"),
        _("Application number"),
        _("Own reference"),
        _("Cited against"),
        _("Drafted"),
        _("Cited in"),
        _("Use"),
        _("Ground"),
        _("Claims"),
    )
    return csv_answer("citations.csv", head, map(_line, found.iterator(chunk_size=1000)))


def _line(row: CitedDocument) -> Iterator[object]:
    event = row.paper.event if row.paper else None
    yield row.display
    yield row.case.get_law_display()
    yield row.case.application_number
    yield row.case.own_reference
    yield row.member.identity if row.member else printed(row.case)
    yield row.drafted_on or ""
    yield row.cited_in or (event.description if event else "")
    yield row.get_use_display()
    yield ground_words(row.ground) if not row.member else ""
    yield row.claims


# --- one case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfCase:
    """A document cited against one case, with every paper that names it."""

    words: str
    links: tuple[tuple[str, str], ...]
    own: Case | None
    address: str
    rows: list[CitedDocument]


def of_case(user: User, case: Case) -> list[OfCase]:
    """The documents cited against `case` at home, in the order of the papers that cite them; two queries."""
    by_document: dict[str, list[CitedDocument]] = {}
    for row in _of_case(case):
        by_document.setdefault(row.document, []).append(row)
    own = counts.own_cases(user, by_document)
    return [
        OfCase(
            max(row.display for row in found),
            links_of(max(row.display for row in found)),
            own.get(document) if own.get(document) != case else None,
            _address(document, counts.Wanted()),
            found,
        )
        for document, found in by_document.items()
    ]


def _of_case(case: Case) -> Iterable[CitedDocument]:
    """The rows gathered; read from papers and lists where nothing has been gathered yet."""
    if case.cited_with < citing.VERSION:
        return citing.rows_of(case, case.papers.select_related("event").defer("body"))
    rows = case.cited.filter(member=None).select_related("paper__event")
    return rows.defer("paper__body", "paper__notice")


def unread_refusals(events: Iterable[Event]) -> int:
    """How many of a case's notices and refusals may cite what is not known, for their text was not read."""
    return sum(
        event.code in counts.REFUSALS
        and not event.vanished_at
        and event.notice_state != Event.NoticeState.READ
        for event in events
    )
