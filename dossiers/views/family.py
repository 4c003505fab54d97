"""The family abroad of one case: its members, their documents, and how fresh each of them is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apiclient import links
from apiclient.numbers.docdb import from_docdb
from apiclient.outcomes import Outcome
from dossiers import clock, reach, tasks
from dossiers.docketing import foreign
from dossiers.models import (
    Case,
    CaseFamily,
    FamilyMember,
    ForeignDocument,
    ForeignText,
    Law,
    RefreshJob,
    User,
)
from dossiers.refresh import abroad
from dossiers.refresh.family import HOME, NO_FAMILY, OFFICES
from dossiers.refresh.priorities import members_claimed

from . import family_orders, family_tree
from .case import the_case

MOST_MEMBERS = 200  # on one page
MOST_DOCUMENTS = 200
_LONGEST_NOTE = 300
_LOOKED_AT = 20  # numbers of one member


@require_safe
def family(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The page of a case's family, or only its part for the case page."""
    case = patent(request.user, law, number)
    context = _context(request, case)
    if request.htmx:
        return render(request, "parts/family.html", context)
    members = [row.member for row in context["rows"]]
    context["family"] = family_tree.family_of(case, members, request.user)
    return render(request, "pages/case_family.html", context)


@require_safe
def member(request: HttpRequest, law: str, number: str, pk: int) -> HttpResponse:
    """The documents of one member, the newest first; only the list for the table of members."""
    case = patent(request.user, law, number)
    shown = get_object_or_404(FamilyMember, case=case, pk=pk)
    rows = shown.documents.order_by(*_NEWEST).prefetch_related(
        Prefetch("texts", ForeignText.objects.defer("body"))
    )
    page = Paginator(rows, MOST_DOCUMENTS).get_page(request.GET.get("page"))
    docketed, waiting = _docketed(case), family_orders.waiting(case)
    context = {
        "case": case,
        "member": shown,
        "page": page,
        "documents": [
            replace(_document(case, shown, row, docketed), texts=family_orders.texts_of(row, waiting))
            for row in page
        ],
        "state": state_of(shown),
        "addresses": addresses_of(shown),
        "again_by": abroad.again_by(shown.asked_at, shown.first_seen_at, abroad.promise().documents),
    }
    template = "parts/family_documents.html" if request.htmx else "pages/case_family_member.html"
    return render(request, template, context)


@require_POST
def refresh(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Ask now, with the calls kept for people."""
    case = patent(request.user, law, number)
    asked = abroad.request_family(case, by=request.user)
    if asked:
        tasks.ring("refresh")
        words = ngettext(
            "%(n)s question to the One Portal Dossier waits for its turn.",
            "%(n)s questions to the One Portal Dossier wait for their turn.",
            asked,
        )
        messages.success(request, words % {"n": asked})
    else:
        messages.error(request, _("The One Portal Dossier holds no applications of that time."))
    return redirect(reverse("case_family", kwargs={"law": law, "number": number}))


def patent(user: User, law: str, number: str) -> Case:
    """The case; the dossier holds no designs and trademarks."""
    if law != Law.PATENT:
        raise Http404
    return the_case(user, law, number)


# --- the members --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One member as shown. `addresses` are (name, address); `home` is its case in this docket."""

    member: FamilyMember
    state: str
    again_by: date | None
    addresses: list[tuple[str, str]]
    home: Case | None
    documents: int
    newest: DocumentRow | None
    claimed: bool  # as priority, by this case


def _context(request: HttpRequest, case: Case) -> dict[str, Any]:
    listed = CaseFamily.objects.filter(case=case).first()
    counted = Count("documents", filter=Q(documents__vanished_at=None))
    newest = _newest_act(ForeignDocument.objects.filter(member=OuterRef("pk")))
    rows = (
        case.family.annotate(held=counted, newest=Subquery(newest.values("pk")[:1]))
        .exclude(identity=abroad.number_of(case) or "")
        .order_by(F("vanished_at").asc(nulls_first=True), "office", "filed_on", "pk")
    )
    page = Paginator(rows, MOST_MEMBERS).get_page(request.GET.get("page"))
    waiting = case.refresh_jobs.filter(
        purpose=RefreshJob.Purpose.FAMILY, state=RefreshJob.State.WAITING
    ).order_by("not_before")
    promised = abroad.promise()
    orders = list(waiting.values_list("not_before", "outcome"))
    return {
        "case": case,
        "listed": listed,
        "state": state_of_list(case, listed),
        "again_by": abroad.again_by(listed and listed.asked_at, case.added_at, promised.lists),
        "page": page,
        "rows": _rows(case, page, promised.documents, request.user),
        "orders": len(orders),
        "put_off": orders[0] if orders and orders[0][0] > clock.now() else None,
        "answered": bool(listed and listed.confirmed_at),
        "most": abroad.MOST_BY_PERSON,
    }


def _rows(case: Case, page: Page[FamilyMember], days: int | None, user: User) -> list[Row]:
    members = list(page)
    newest = ForeignDocument.objects.in_bulk([one.newest for one in members if one.newest])
    homes = _homes(members, user)
    docketed = _docketed(case)
    claimed = {one.pk for one in members_claimed(case.priorities, members) if one}
    return [
        Row(
            member=one,
            state=state_of(one),
            again_by=abroad.again_by(one.asked_at, one.first_seen_at, days),
            addresses=addresses_of(one),
            home=homes.get(one.application_number),
            documents=one.held,
            newest=_document(case, one, newest[one.newest], docketed) if one.newest else None,
            claimed=one.pk in claimed,
        )
        for one in members
    ]


def _homes(members: list[FamilyMember], user: User) -> dict[str, Case]:
    """The cases within reach among the members, by the number as the dossier writes it; one query."""
    numbers = {}
    for one in members:
        parts = one.application_number.split(".")
        if parts[0] == HOME and len(parts) == 3:
            numbers[parts[1]] = one.application_number
    found = reach.cases(user).filter(law=Law.PATENT, application_number__in=numbers)
    return {numbers[row.application_number]: row for row in found}


def state_of_list(case: Case, listed: CaseFamily | None) -> str:
    """What is known of the family; the words are those of parts/family_list_state.html."""
    if not abroad.number_of(case) or case.application_number < abroad.FIRST_NUMBER:
        return "not_offered"
    if listed is None or listed.asked_at is None:
        return "not_asked"
    if listed.last_outcome in NO_FAMILY:
        return "not_confirmed" if case.family.filter(vanished_at=None).exists() else "none"
    return {Outcome.OK: "told", Outcome.UNREADABLE: "not_read"}.get(listed.last_outcome, "not_confirmed")


def state_of(one: FamilyMember) -> str:
    """What is known of a member's documents; "at_home": they are asked for in the daily round. Words:
    parts/family_member_state.html."""
    if one.office == HOME:
        return "at_home"
    if one.office not in OFFICES:
        return "not_offered"
    if not one.application_number:
        return "no_number"
    if one.asked_at is None:
        return "not_asked"
    if one.last_outcome in NO_FAMILY and not one.confirmed_at:
        return "none"
    return {Outcome.OK: "told", Outcome.UNREADABLE: "not_read"}.get(one.last_outcome, "not_confirmed")


def addresses_of(one: FamilyMember) -> list[tuple[str, str]]:
    """Where a person may look the member up, by the newest number that such an address can be built from."""
    found: dict[str, str] = {}
    numbers = [told["number"] for told in (*one.registrations, *one.publications)][:_LOOKED_AT]
    readings = [reading for number in numbers for reading in from_docdb(number, "publication")]
    for reading in (*readings, *from_docdb(one.application_number, "application")):
        for name, build in _SITES:
            if name not in found and (address := build(reading)):
                found[name] = address
    return list(found.items())


_SITES = (
    ("J-PlatPat", links.jplatpat_url),
    ("Espacenet", links.espacenet_url),
    ("Google Patents", links.google_patents_url),
)


# --- the documents ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DocumentRow:
    """One document; `start` is the address where a time limit can be docketed from its day, "" if there is
    no reason to. `docketed`: a person has done so. `texts`: the document itself and its translation."""

    document: ForeignDocument
    start: str
    docketed: bool
    texts: list[family_orders.Text] = field(default_factory=list)


_NEWEST = (F("legal_date").desc(nulls_last=True), "-pk")


def _newest_act(documents: QuerySet[ForeignDocument]) -> QuerySet[ForeignDocument]:
    """The acts of the office that are still listed, the newest first."""
    acts = documents.filter(vanished_at=None, side=ForeignDocument.Side.OFFICE)
    return acts.order_by(*_NEWEST)


def _docketed(case: Case) -> set[tuple[str, date]]:
    """The rules and days from which people have docketed a time limit."""
    return set(case.entered_starts.filter(withdrawn_at=None).values_list("rule_id", "base_date"))


def _document(
    case: Case, one: FamilyMember, row: ForeignDocument, docketed: set[tuple[str, date]]
) -> DocumentRow:
    """A person is sent to the page that shows how the limit is computed; nothing is docketed by itself."""
    if row.side != ForeignDocument.Side.OFFICE or row.legal_date is None or row.vanished_at:
        return DocumentRow(row, "", False)
    rule = foreign.rule_for(one.office, (row.title, row.title_translated), row.legal_date)
    query = QueryDict(mutable=True)
    name = row.title_translated or row.title
    query["rule"], query["base"] = rule, row.legal_date.isoformat()
    query["note"] = f"{one.identity} {name} {row.legal_date} (One Portal Dossier)"[:_LONGEST_NOTE]
    page = reverse("limit_start", kwargs={"law": case.law, "number": case.application_number})
    return DocumentRow(row, f"{page}?{query.urlencode()}", (rule, row.legal_date) in docketed)
