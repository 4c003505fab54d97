"""The disclosure list of a family: which office cites which document, and what is not known.

A document counts as not cited by an office only where what every application there cites is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from apiclient.clock import office_day
from apiclient.documents.identity import identity_of
from apiclient.outcomes import Outcome
from dossiers import reach
from dossiers.models import Case, CitedDocument, Event, FamilyMember, Law, RefreshJob, User
from dossiers.refresh import abroad, abroad_orders, citing
from dossiers.refresh.family import HOME, NO_FAMILY, OFFICES

from . import citation_counts as counts
from .citations import links_of
from .family import patent
from .family_tree import number_at_home
from .spreadsheet import csv_answer

PER_PAGE = 100
State = Literal[
    "known", "partly", "waiting", "not_asked", "none", "failed", "not_offered", "no_number", "not_in_docket"
]


_STATES = {
    "known": gettext_lazy("known"),
    "partly": gettext_lazy("known in part: not every notice has been read"),
    "waiting": gettext_lazy("not known: asked for, no answer yet"),
    "not_asked": gettext_lazy("not known: not asked for"),
    "none": gettext_lazy("not known: the dossier tells nothing of it"),
    "failed": gettext_lazy("not known: asked in vain"),
    "not_offered": gettext_lazy("not known: the dossier does not offer this office"),
    "no_number": gettext_lazy("not known: no application number is told"),
    "not_in_docket": gettext_lazy("not known: not in the docket"),
}


@dataclass(frozen=True)
class Standing:
    """What is known of the citations of one application; `home` is its case in this docket."""

    office: str
    name: str
    state: State
    as_of: datetime | None = None
    outcome: str = ""
    home: Case | None = None
    member: FamilyMember | None = None
    unread: int = 0  # notices whose text was not read

    @property
    def words(self) -> str:
        return str(_STATES[self.state])


@dataclass(frozen=True)
class Cell:
    """`cited` are the rows of one office; with none, `known` says whether that means: not cited."""

    office: str
    cited: list[CitedDocument]
    known: bool

    @property
    def papers(self) -> list[CitedDocument]:
        """One of them for each paper that cites it, on however many grounds."""
        return list(
            {(row.member_id, row.case_id, row.drafted_on, row.cited_in): row for row in self.cited}.values()
        )


@dataclass
class Line:
    """One document. `family`: it is a publication of this family itself."""

    document: str
    words: str
    family: bool = False
    own: Case | None = None
    rows: list[CitedDocument] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)

    def cited_by(self, office: str) -> bool:
        """Whether the office is known to cite the document: where not, it may yet."""
        return any(cell.cited for cell in self.cells if cell.office == office)

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        return links_of(self.words)


@require_safe
def disclosure(request: HttpRequest, law: str, number: str) -> HttpResponse:
    case = patent(request.user, law, number)
    standings = standings_of(case, request.user)
    offices = _offices(standings)
    cites, lacks = (_one_of(offices, request.GET.get(name, "")) for name in ("cites", "lacks"))
    lines = lines_of(case, standings)
    shown = [
        line for line in lines if (not cites or line.cited_by(cites)) and not (lacks and line.cited_by(lacks))
    ]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    _name_own(list(page), request.user)
    context = {
        "case": case,
        "standings": standings,
        "offices": offices,
        "cites": cites,
        "lacks": lacks,
        "page": page,
        "all": len(lines),
        "askable": min(abroad_orders.askable(case).count(), abroad_orders.MOST_AT_ONCE),
        "unknown": [one for one in standings if one.state != "known"],
    }
    return render(request, "pages/disclosure.html", context)


def _one_of(offices: list[str], wanted: str) -> str:
    return wanted if wanted in offices else ""


def _offices(standings: Iterable[Standing]) -> list[str]:
    """In the order in which people know them, the others behind."""
    known = [HOME, *OFFICES]
    found = {one.office for one in standings}
    return [one for one in known if one in found] + sorted(found - set(known))


# --- what is known ----------------------------------------------------------------------------------------


def standings_of(case: Case, user: User) -> list[Standing]:
    """The case, and every member of its family that has not left it; own cases as far as within reach."""
    members = list(case.family.filter(vanished_at=None).exclude(identity=abroad.number_of(case) or ""))
    at_home = {number: one for one in members if (number := number_at_home(one))}
    unread = Count("events", filter=_UNREAD)
    rows = reach.cases(user).filter(
        law=Law.PATENT, application_number__in={case.application_number, *at_home}
    )
    cases = {row.application_number: row for row in rows.defer("note", "parties").annotate(unread=unread)}
    orders = case.refresh_jobs.filter(
        bucket=abroad_orders.CITED.bucket_name, state=RefreshJob.State.WAITING
    ).values_list("member", flat=True)
    waiting = set(orders)
    own = _at_home(cases[case.application_number], None)
    return [own, *(_of_member(one, cases.get(number_at_home(one)), waiting) for one in members)]


_UNREAD = Q(events__code__in=counts.REFUSALS, events__vanished_at=None) & ~Q(
    events__notice_state=Event.NoticeState.READ
)


def _of_member(one: FamilyMember, home: Case | None, waiting: set[int | None]) -> Standing:
    if home:
        return _at_home(home, one)
    state, outcome = _state_of(one, waiting)
    return Standing(one.office or "?", one.identity, state, one.cited_confirmed_at, outcome, member=one)


def _state_of(one: FamilyMember, waiting: set[int | None]) -> tuple[State, str]:
    if one.office == HOME:
        return "not_in_docket", ""
    if one.office not in OFFICES:
        return "not_offered", ""
    if not one.application_number:
        return "no_number", ""
    if one.pk in waiting:
        return "waiting", one.cited_outcome
    if one.cited_asked_at is None:
        return "not_asked", ""
    if one.cited_outcome == Outcome.OK:
        return "known", ""
    return ("none" if one.cited_outcome in NO_FAMILY else "failed"), one.cited_outcome


def _at_home(home: Case, member: FamilyMember | None) -> Standing:
    """Known as far as the office confirmed the case, every notice was read, and all was gathered."""
    whole = home.confirmed_at and not home.unread and home.cited_with >= citing.VERSION
    state: State = "known" if whole else "partly"
    return Standing(
        HOME, home.application_number, state, home.confirmed_at, home=home, member=member, unread=home.unread
    )


# --- the list ---------------------------------------------------------------------------------------------


def lines_of(case: Case, standings: list[Standing]) -> list[Line]:
    """Every document that any of them cites, those cited by most offices first."""
    lines: dict[str, Line] = {}
    for row in _rows(standings):
        line = lines.setdefault(row.document, Line(row.document, row.display))
        line.words = max(line.words, row.display)
        line.rows.append(row)
    offices = _offices(standings)
    known = {
        office: all(one.state == "known" for one in standings if one.office == office) for office in offices
    }
    of_family = _of_family(case, standings)
    for line in lines.values():
        line.family = line.document in of_family
        line.cells = [
            Cell(office, [row for row in line.rows if _office_of(row) == office], known[office])
            for office in offices
        ]
    return sorted(
        lines.values(), key=lambda line: (-sum(bool(cell.cited) for cell in line.cells), line.document)
    )


def _rows(standings: list[Standing]) -> Iterator[CitedDocument]:
    home = [one.home.pk for one in standings if one.home]
    abroad_pks = [one.member.pk for one in standings if one.member and not one.home]
    rows = CitedDocument.objects.filter(Q(case__in=home, member=None) | Q(member__in=abroad_pks))
    rows = rows.select_related("member", "paper__event", "case").order_by("drafted_on", "pk")
    yield from rows.defer("paper__body", "paper__notice", "case__note", "case__parties")


def _office_of(row: CitedDocument) -> str:
    return (row.member.office or "?") if row.member else HOME


def _of_family(case: Case, standings: list[Standing]) -> set[str]:
    """The family's own publications and patents, as far as their numbers are certain."""
    members = [one.member for one in standings if one.member]
    told = [one["number"] for member in members for one in (*member.publications, *member.registrations)]
    homes = [one.home for one in standings if one.home]
    own = {f"JP/patent/publication/{home.publication_number}" for home in homes if home.publication_number}
    own |= {
        f"JP/patent/registration/{home.registration_number}" for home in homes if home.registration_number
    }
    return own | {identity_of(number) for number in told}


def _name_own(lines: list[Line], user: User) -> None:
    """Put the case of this docket on the documents of one page that belong to one."""
    own = counts.own_cases(user, (line.document for line in lines))
    for line in lines:
        line.own = own.get(line.document)


# --- as a file --------------------------------------------------------------------------------------------


@require_safe
def disclosure_csv(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """A line for each document, a column for each office; beneath, what is known of each application."""
    case = patent(request.user, law, number)
    standings = standings_of(case, request.user)
    offices = _offices(standings)
    head = [pgettext("cited", "Document"), _("Of this family"), *offices]
    name = f"disclosure-{case.application_number}.csv"
    return csv_answer(name, head, _csv_lines(lines_of(case, standings), standings))


def _csv_lines(lines: Iterable[Line], standings: Iterable[Standing]) -> Iterator[list[object]]:
    for line in lines:
        yield [line.words, _("yes") if line.family else "", *(_in_words(cell) for cell in line.cells)]
    yield []
    yield [_("What is known of each application")]
    for one in standings:
        yield [one.name, one.words, office_day(one.as_of).isoformat() if one.as_of else ""]


def _in_words(cell: Cell) -> str:
    if cell.cited:
        told = dict.fromkeys(_cited_by(row) for row in cell.cited)
        return _("cited") + ": " + "; ".join(told)
    return _("not cited, as far as the office tells") if cell.known else _("not known")


def _cited_by(row: CitedDocument) -> str:
    whose = row.member.identity if row.member else row.case.application_number
    day: date | str = row.drafted_on or ""
    named = f" ({row.get_use_display()})" if row.use in ("search", "grant") else ""
    return f"{whose} {day}{named}".strip()
