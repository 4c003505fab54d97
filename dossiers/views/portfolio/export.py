"""The cases found, as a table to take away: every column there is, whatever the list shows."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from apiclient.numbers import display
from dossiers import clock
from dossiers.docketing import confirming
from dossiers.models import Case, TimeLimit, User
from dossiers.templatetags.portal import stage_words

from ..selectors import RUNNING
from ..tables import Column, Table, answer
from ..words import outcome_words, residency_words
from .filters import CaseFilter, found

_AT_ONCE = 500


@require_safe
def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """All cases that fit the filter of the address, in its order, as a file."""
    return answer(cases_table(found(request.user, CaseFilter.of(request.GET)), request.user), form)


def cases_table(cases: QuerySet[Case], reader: User | AnonymousUser, name: str = "") -> Table:
    """The table of `cases`, as `reader` may see it; its file is called `name`, or by today."""
    name = name or f"cases-{clock.office_today()}"
    return Table(name, _("Cases"), columns(), _rows(cases, reader))


def _rows(cases: QuerySet[Case], reader: User | AnonymousUser) -> Iterator[Case]:
    hidden = confirming.hidden_next(reader).filter(case=OuterRef("pk"))
    undated = TimeLimit.objects.filter(case=OuterRef("pk"), state__in=RUNNING, duty="limit", due=None)
    cases = cases.annotate(next_hidden=Exists(hidden), undated=Exists(undated))
    rows = cases.select_related("owner", "deputy").defer("parties").prefetch_related("tags")
    return rows.iterator(_AT_ONCE)


def columns() -> list[Column]:
    """Of a case."""
    return [
        Column("law", _("Law"), lambda case: case.law, lambda case: case.get_law_display()),
        Column("application_number", _("Application number"), lambda case: case.application_number),
        Column("number", _("Number"), printed_number),
        Column("title", _("Title"), lambda case: case.title),
        Column("applicants", _("Applicants"), lambda case: case.applicants_text),
        Column("own_reference", _("Own reference"), lambda case: case.own_reference),
        Column("client", _("Client"), lambda case: case.client),
        Column("in_charge", _("In charge"), lambda case: str(case.owner or "")),
        Column("deputy", _("Deputy"), lambda case: str(case.deputy or "")),
        Column("tags", _("Tags"), lambda case: [tag.name for tag in case.tags.all()]),
        Column("stage", _("Stage"), lambda case: case.stage, lambda case: stage_words(case.stage)),
        Column(
            "residency",
            _("Applicant's residency"),
            lambda case: case.residency,
            lambda case: residency_words(case.residency),
        ),
        Column(
            "next_time_limit",
            _("Next time limit"),
            lambda case: None if case.next_hidden else case.next_due,
        ),
        Column("next_time_limit_note", _("On the next time limit"), _next_note),
        Column("open_reviews", _("To review"), lambda case: case.open_reviews),
        Column("filing_date", _("Filing date"), lambda case: case.filing_date),
        Column("publication_number", _("Publication number"), lambda case: case.publication_number),
        Column("publication_date", _("Publication date"), lambda case: case.publication_date),
        Column("registration_number", _("Registration number"), lambda case: case.registration_number),
        Column("registration_date", _("Registration date"), lambda case: case.registration_date),
        Column("expire_date", _("Expires"), lambda case: case.expire_date),
        Column(
            "international_application_number",
            _("International application number"),
            lambda case: case.international_application_number,
        ),
        Column(
            "confirmed_at",
            _("Confirmed by the office"),
            lambda case: case.confirmed_at,
        ),
        Column(
            "confirmed_note",
            _("On the confirmation"),
            lambda case: "" if case.confirmed_at else pgettext("at no time", "never"),
        ),
        Column(
            "last_outcome",
            _("Last outcome"),
            lambda case: case.last_outcome,
            lambda case: outcome_words(case.last_outcome),
        ),
        Column("added_at", _("Added on"), lambda case: case.added_at),
        Column("note", _("Note"), lambda case: case.note),
    ]


def _next_note(case: Case) -> str:
    """What the day alone does not say: that it is hidden, not the whole truth, or not there."""
    if case.next_hidden:
        return _("to be found blind")
    if case.undated:
        return _("there is a time limit whose date is not known: read the document")
    return "" if case.next_due else _("none known")


def printed_number(case: Case) -> str:
    """As people in Japan write it, whoever reads: it is looked for elsewhere by this."""
    return display(case.law, "application", case.application_number, "ja")
