"""What can be taken away: of everything, of what a list shows, or of one case; and where to find it all."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from apiclient.clock import JST
from dossiers import archive, clock, reach
from dossiers.audit import chain
from dossiers.docketing import confirming
from dossiers.docketing.duty import dates_of
from dossiers.docketing.store import calendar
from dossiers.models import (
    AuditEntry,
    Case,
    Event,
    OwnDate,
    TimeLimit,
    TimeLimitChange,
    User,
    firm_policy,
    record,
)
from dossiers.roles import Right, can
from dossiers.templatetags.portal import change_words, document_name, spoken

from . import selectors
from .case import the_case
from .portfolio.export import cases_table, printed_number
from .portfolio.filters import CaseFilter, found
from .tables import Column, Table, answer, day_or_none
from .words import action_words, confidence_words

_AT_ONCE = 500


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """The page that lists them all."""
    return render(request, "pages/exports.html", {"today": clock.office_today()})


@require_safe
def export(request: HttpRequest, kind: str, form: str) -> StreamingHttpResponse:
    """A table of everything, or of the cases that the filter in the address finds (`cases=1`)."""
    return answer(_table(request, kind, _cases(request)), form)


@require_safe
def of_case(request: HttpRequest, law: str, number: str, kind: str, form: str) -> StreamingHttpResponse:
    """The same of one case alone."""
    case = the_case(request.user, law, number)
    return answer(_table(request, kind, Case.objects.filter(pk=case.pk), f"-{law}-{number}"), form)


@require_POST
def whole_docket(request: HttpRequest) -> StreamingHttpResponse | HttpResponse:
    """The archive that `restore_docket` takes. It holds every case, so whoever does not see all of them takes
    it on the server."""
    if reach.walled_off(request.user).exists():
        messages.error(
            request,
            _(
                "Not taken: the archive holds every case, also those behind walls that you are not inside of."
                " It is written on the server by “manage.py export_docket”."
            ),
        )
        return redirect("exports")
    name = f"docket-{clock.office_today()}.zip"
    record("docket.export", by=request.user, file=name)
    chain.put_in_order()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(archive.write(), content_type="application/zip", headers=headers)


def _cases(request: HttpRequest) -> QuerySet[Case] | None:
    """The cases that a list of cases shows; None: all, without asking which."""
    if request.GET.get("cases") != "1":
        return None
    return found(request.user, CaseFilter.of(request.GET))


def _table(request: HttpRequest, kind: str, cases: QuerySet[Case] | None, mark: str = "") -> Table:
    if kind not in _TABLES:
        raise Http404
    return _TABLES[kind](request, cases, f"{kind}{mark}-{clock.office_today()}")


def _of(request: HttpRequest, cases: QuerySet[Case] | None, path: str = "case") -> Q:
    """Rows of these cases; of all within the reader's reach."""
    if cases is None:
        return reach.shown_to(request.user, f"{path}__")
    return Q(**{f"{path}__in": cases.order_by().values("pk")})


def _case_columns(case_of: Callable[[Any], Case | None] = attrgetter("case")) -> list[Column]:
    """Which case a row is about; empty for what is about none."""

    def of(read: Callable[[Case], Any]) -> Callable[[Any], Any]:
        def value(row: Any) -> Any:
            case = case_of(row)
            return "" if case is None else read(case)

        return value

    law = of(lambda case: case.law)
    return [
        Column("law", _("Law"), law, of(lambda case: case.get_law_display())),
        Column("application_number", _("Application number"), of(lambda case: case.application_number)),
        Column("number", _("Number"), of(printed_number)),
        Column("own_reference", _("Own reference"), of(lambda case: case.own_reference)),
        Column("title", _("Title"), of(lambda case: case.title)),
    ]


# --- cases ------------------------------------------------------------------------------------------------


def _cases_table(request: HttpRequest, cases: QuerySet[Case] | None, name: str) -> Table:
    return cases_table(found(request.user, CaseFilter()) if cases is None else cases, request.user, name)


# --- time limits ------------------------------------------------------------------------------------------


def _limits(request: HttpRequest, cases: QuerySet[Case] | None, name: str) -> Table:
    """As the list of limits is narrowed by the address; of cases found, or of one, all there are."""
    wanted = selectors.LimitFilter(state="any")
    if cases is None and request.GET.get("list") == "1":
        wanted = selectors.LimitFilter.of(request)
    rows = selectors.limit_list(request.user, wanted).defer(None).defer("case__parties", "case__note")
    rows = rows.filter(_of(request, cases)).select_related("proof", "event")
    rows = rows.prefetch_related(Prefetch("own_dates", OwnDate.objects.select_related("by")))
    return Table(name, _("Time limits"), _limit_columns(), _with_dates(rows, request.user))


def _with_dates(rows: QuerySet[TimeLimit], user: User | AnonymousUser) -> Iterator[TimeLimit]:
    """Each limit with `dates` by kind and `hidden`: to be found by this person before it is seen."""
    policy, office, hidden = firm_policy(), calendar(), _hidden_from(user)
    for limit in rows.iterator(_AT_ONCE):
        limit.hidden = limit.pk in hidden
        dates = dates_of(limit, policy, office, limit.own_dates.all())
        limit.dates = {} if limit.hidden else {one.kind: one.day for one in dates}
        yield limit


def _hidden_from(user: User | AnonymousUser) -> set[int]:
    """Keys of the limits whose date this person is to find first, where the firm checks blind."""
    if not firm_policy().blind_check:
        return set()
    return set(TimeLimit.objects.filter(confirming.hidden_from(user)).values_list("pk", flat=True))


def _limit_columns() -> list[Column]:
    def shown(name: str) -> Callable[[TimeLimit], Any]:
        return lambda limit: None if limit.hidden else getattr(limit, name)

    def dated(kind: str) -> Callable[[TimeLimit], date | None]:
        return lambda limit: limit.dates.get(kind)

    return [
        *_case_columns(),
        Column("client", _("Client"), lambda limit: limit.case.client),
        Column("in_charge", _("In charge"), lambda limit: str(limit.case.owner or "")),
        Column("time_limit", _("Time limit"), lambda limit: limit.rule_id, _limit_words),
        Column("due", _("Last day"), shown("due")),
        Column("due_note", _("On the last day"), _due_note),
        Column("provisional", _("Provisional"), lambda limit: limit.provisional, _provisional),
        Column(
            "confidence",
            _("Certainty"),
            lambda limit: limit.confidence,
            lambda limit: confidence_words(limit.confidence),
        ),
        Column("duty", _("Kind"), lambda limit: limit.duty, _duty),
        Column("state", _("State"), lambda limit: limit.state, lambda limit: limit.get_state_display()),
        Column("state_reason", _("Why"), lambda limit: spoken(limit, "state_reason")),
        Column("base_date", _("Counted from"), shown("base_date")),
        Column("follows_from", _("Follows from"), lambda limit: _document(limit.event, limit.case)),
        Column("proof", _("Shown by"), lambda limit: _document(limit.proof, limit.case)),
        Column("extendable", _("If extended"), dated("extendable")),
        Column("internal", _("Internal date"), dated("internal")),
        Column("target", _("Target date"), dated("target")),
        Column("instruction", _("Client's instructions by"), dated("instruction")),
        Column("stands_until", _("What can still be done, until"), _stands_until),
        Column("confirmed_by", _("Confirmed by"), lambda limit: str(limit.confirmed_by or "")),
        Column("confirmed_at", _("Confirmed on"), lambda limit: limit.confirmed_at),
        Column("created_at", _("Docketed on"), lambda limit: limit.created_at),
    ]


def _limit_words(limit: TimeLimit) -> str:
    return spoken(limit, "title")


def _due_note(limit: TimeLimit) -> str:
    """Why there is no last day; "" where there is one."""
    if limit.hidden:
        return _("to be found blind")
    return "" if limit.due else _("date not known: read the document")


def _provisional(limit: TimeLimit) -> str:
    return _("provisional") if limit.provisional else ""


def _duty(limit: TimeLimit) -> str:
    return _("may be done") if limit.duty == "chance" else _("must be done")


def _stands_until(limit: TimeLimit) -> date | None:
    running = limit.state in selectors.RUNNING and not limit.hidden
    return limit.stands_until if running and limit.stands_until != date.max else None


def _document(event: Event | None, case: Case) -> str:
    """A document in words: its name, code and day."""
    if event is None:
        return ""
    return f"{document_name(event, case.law)} ({event.code}, {event.legal_date or _('not known')})"


# --- documents --------------------------------------------------------------------------------------------


def _documents(request: HttpRequest, cases: QuerySet[Case] | None, name: str) -> Table:
    rows = Event.objects.filter(_of(request, cases)).select_related("case", "accounted_by")
    rows = rows.defer("case__parties", "case__note").order_by("case_id", "legal_date", "pk")
    return Table(name, _("Documents"), _document_columns(), rows.iterator(_AT_ONCE))


def _document_columns() -> list[Column]:
    return [
        *_case_columns(),
        Column("date", _("Date"), lambda event: event.legal_date),
        Column("date_note", _("On the date"), lambda event: "" if event.legal_date else _("not known")),
        Column("code", _("Code"), lambda event: event.code),
        Column("document", _("Document"), lambda event: document_name(event, event.case.law)),
        Column("document_number", _("Document number"), lambda event: event.document_number),
        Column(
            "side",
            pgettext("side", "From"),
            lambda event: event.side,
            lambda event: event.get_side_display(),
        ),
        Column(
            "text",
            _("Text"),
            lambda event: event.notice_state,
            lambda event: event.get_notice_state_display(),
        ),
        Column(
            "account",
            _("What became of it"),
            lambda event: event.account,
            lambda event: event.get_account_display(),
        ),
        Column("account_reason", _("Why"), lambda event: spoken(event, "account_reason")),
        Column("accounted_by", _("Decided by"), lambda event: str(event.accounted_by or "")),
        Column("accounted_at", _("Decided"), lambda event: event.accounted_at),
        Column("first_seen_at", _("First seen"), lambda event: event.first_seen_at),
        Column("vanished_at", _("Left the office's list"), lambda event: event.vanished_at),
    ]


# --- history ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Happened:
    """One line of what happened; `kind` is "document", "limit" or "act", `case` None if it is about none."""

    at: datetime
    kind: str
    what: str
    case: Case | None
    who: str = ""
    why: str = ""


def _history(request: HttpRequest, cases: QuerySet[Case] | None, name: str) -> Table:
    """What was seen, computed or done, the oldest first, from and until the days of the address."""
    within = _within(request)
    own = (
        can(request.user, Right.AUDIT) and cases is None
    )  # acts about no case are for whoever may read the record
    lines = (
        _seen(within("first_seen_at") & _of(request, cases)),
        _vanished(within("vanished_at") & _of(request, cases)),
        _docketed(within("created_at") & _of(request, cases), request.user),
        _changed(within("at") & _of(request, cases, "limit__case"), request.user),
        _done(within("at") & _of(request, cases) & (Q() if own else Q(case__isnull=False))),
    )
    return Table(name, _("History"), _history_columns(), heapq.merge(*lines, key=attrgetter("at")))


def _within(request: HttpRequest) -> Callable[[str], Q]:
    """Instants of the days asked for, in Japan; a day that cannot be read narrows nothing."""
    first, last = day_or_none(request.GET.get("from")), day_or_none(request.GET.get("until"))

    def narrowed(field: str) -> Q:
        asked = Q()
        if first:
            asked &= Q(**{f"{field}__gte": datetime.combine(first, time(), JST)})
        if last and last < date.max:
            asked &= Q(**{f"{field}__lt": datetime.combine(last + timedelta(1), time(), JST)})
        return asked

    return narrowed


def _seen(wanted: Q) -> Iterator[Happened]:
    rows = Event.objects.filter(wanted).select_related("case").order_by("first_seen_at", "pk")
    for event in rows.iterator(_AT_ONCE):
        what = _("seen in the office's list: %(document)s") % {"document": _document(event, event.case)}
        yield Happened(event.first_seen_at, "document", what, event.case)


def _vanished(wanted: Q) -> Iterator[Happened]:
    rows = Event.objects.filter(wanted, vanished_at__isnull=False).select_related("case")
    for event in rows.order_by("vanished_at", "pk").iterator(_AT_ONCE):
        what = _("no longer in the office's list: %(document)s") % {"document": _document(event, event.case)}
        yield Happened(event.vanished_at, "document", what, event.case)


def _docketed(wanted: Q, user: User | AnonymousUser) -> Iterator[Happened]:
    rows = TimeLimit.objects.filter(wanted).select_related("case").defer("calculation")
    for limit in rows.order_by("created_at", "pk").iterator(_AT_ONCE):
        what = _("time limit docketed: %(limit)s") % {"limit": spoken(limit, "title")}
        yield Happened(limit.created_at, "limit", what, limit.case)


def _changed(wanted: Q, user: User | AnonymousUser) -> Iterator[Happened]:
    hidden = _hidden_from(user)
    rows = TimeLimitChange.objects.filter(wanted).select_related("limit", "limit__case", "by")
    for change in rows.defer("limit__calculation").order_by("at", "pk").iterator(_AT_ONCE):
        unseen = change.limit_id in hidden and change.field not in ("state", "rung")
        said = _("to be found blind") if unseen else change_words(change)
        why = "" if unseen else spoken(change, "reason")
        what = f"{spoken(change.limit, 'title')}: {said}"
        yield Happened(change.at, "limit", what, change.limit.case, str(change.by or ""), why)


def _done(wanted: Q) -> Iterator[Happened]:
    rows = AuditEntry.objects.filter(wanted).select_related("case", "actor").order_by("at", "pk")
    for entry in rows.iterator(_AT_ONCE):
        who = str(entry.actor or _("the program"))
        yield Happened(entry.at, "act", action_words(entry.action), entry.case, who)


def _history_columns() -> list[Column]:
    kinds = {"document": _("Document"), "limit": _("Time limit"), "act": pgettext("by a person", "Act")}
    return [
        Column("at", _("When"), lambda line: line.at),
        *_case_columns(),
        Column("kind", _("Kind"), lambda line: line.kind, lambda line: kinds[line.kind]),
        Column("what", _("What"), lambda line: line.what),
        Column("who", _("Who"), lambda line: line.who),
        Column("why", _("Why"), lambda line: line.why),
    ]


_TABLES: dict[str, Callable[[HttpRequest, QuerySet[Case] | None, str], Table]] = {
    "cases": _cases_table,
    "limits": _limits,
    "documents": _documents,
    "history": _history,
}
