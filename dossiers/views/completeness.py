"""Proof that nothing fell through: what became of every document, over all cases and in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.db.models import Count, F, Max, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.docketing import coverage, recounting
from dossiers.models import Case, CoverageDay, Event, Heartbeat, Law, TimeLimit, User
from dossiers.templatetags.portal import document_name, spoken

from . import selectors
from .case import the_case
from .coverage_chart import DAYS, draw
from .spreadsheet import csv_answer

_ON_A_PAGE = 200  # documents of one file
_NAMED = 8  # cases and documents named beside the figure; the numbers count all


@dataclass(frozen=True)
class BoardFilter:
    """What the board is narrowed to; unknown values narrow nothing."""

    scope: str = "all"  # mine, team, all
    law: str = ""
    owner: str = ""  # none, or a person's number
    code: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> BoardFilter:
        given = request.GET
        scope, law, owner = given.get("scope", ""), given.get("law", ""), given.get("owner", "")
        known = owner == "none" or (owner.isascii() and owner.isdecimal() and len(owner) < 10)
        return cls(
            scope=scope if scope in selectors.SCOPES else "all",
            law=law if law in Law.values else "",
            owner=owner if known else "",
            code=given.get("code", "").replace("\0", "")[:12],
        )

    def cases(self, user: User, path: str = "") -> Q:
        wanted = selectors.whose(user, self.scope, path)
        if self.law:
            wanted &= Q(**{f"{path}law": self.law})
        if self.owner:
            wanted &= Q(**{f"{path}owner": None if self.owner == "none" else int(self.owner)})
        return wanted


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    wanted = BoardFilter.of(request)
    of_case, today = wanted.cases(request.user, "case__"), clock.office_today()
    known = coverage.dispatched().filter(of_case)
    waiting = known.filter(account=Event.Account.OPEN)
    counted = known.filter(code=wanted.code) if wanted.code else known
    shown = waiting.filter(code=wanted.code) if wanted.code else waiting
    standings = coverage.standings(Case.objects.filter(wanted.cases(request.user)), clock.now())
    by_law = coverage.tally_by_law(counted) if wanted.code else coverage.by_law(standings)
    days = list(_days())
    return render(
        request,
        "pages/completeness.html",
        {
            "wanted": wanted,
            "laws": Law.choices,
            "owners": selectors.owners(),
            "by_law": [(Law(law).label, one) for law, one in by_law.items()],
            "total": coverage.together(by_law.values()),
            "page": selectors.page_of(request, _oldest_first(shown)),
            "ages": _ages(shown),
            "by_owner": _with_names(_of_code(shown) if wanted.code else _open_by_owner(standings)),
            "by_code": _by_code(waiting),
            "doubts": _doubts(of_case),
            "doubtful": _doubtful(of_case),
            "cases": _cases(standings),
            "stale": _stale(wanted.cases(request.user)),
            "counted": Heartbeat.objects.filter(name=recounting.NAME).first(),
            "days": days,
            "chart": draw(days, today),
        },
    )


def _oldest_first(rows: QuerySet[Event]) -> QuerySet[Event]:
    """Those without a date first, because nobody can see how late they are."""
    rows = rows.select_related("case", "case__owner").defer("case__parties", "case__note")
    return rows.order_by(F("legal_date").asc(nulls_first=True), "first_seen_at", "pk")


def _ages(rows: QuerySet[Event]) -> dict[str, int]:
    """How long the open ones have been known here."""
    now = clock.now()
    day, week, month = (now - timedelta(days=n) for n in (1, 7, 30))
    return rows.aggregate(
        day=Count("pk", filter=Q(first_seen_at__gte=day)),
        week=Count("pk", filter=Q(first_seen_at__lt=day, first_seen_at__gte=week)),
        month=Count("pk", filter=Q(first_seen_at__lt=week, first_seen_at__gte=month)),
        older=Count("pk", filter=Q(first_seen_at__lt=month)),
    )


def _of_code(rows: QuerySet[Event]) -> Counter[int | None]:
    """The open ones by the key of the person in charge; None: nobody is."""
    return Counter(dict(rows.order_by().values_list("case__owner").annotate(Count("pk"))))


def _open_by_owner(standings: Iterable[coverage.Standing]) -> Counter[int | None]:
    """The same of all codes."""
    found: Counter[int | None] = Counter()
    for one in standings:
        found[one.owner] += one.tally.open
    return +found


def _with_names(counts: Counter[int | None]) -> list[tuple[User | None, int]]:
    """Most first."""
    people = User.objects.in_bulk([pk for pk in counts if pk])
    found = [(people.get(pk), n) for pk, n in counts.items()]
    return sorted(found, key=lambda one: (-one[1], str(one[0] or "")))


def _by_code(rows: QuerySet[Event]) -> list[dict[str, object]]:
    """The open ones by code, most first, with the name the office last gave it."""
    counted = rows.order_by().values("code").annotate(n=Count("pk"), name=Max("description"))
    return list(counted.order_by("-n", "code"))


_NOT_READ = Q(vanished_at=None, notice_state=Event.NoticeState.UNREADABLE)
_NOT_FETCHED = Q(vanished_at=None, notice_state=Event.NoticeState.NOT_FETCHED)
_GONE = Q(vanished_at__isnull=False)


def _doubts(of_case: Q) -> dict[str, int]:
    """What the figure cannot vouch for: texts not read or not here yet, documents that left the list."""
    rows = Event.objects.filter(_NOT_READ | _NOT_FETCHED | _GONE).filter(of_case)
    return rows.aggregate(
        unreadable=Count("pk", filter=_NOT_READ),
        not_fetched=Count("pk", filter=_NOT_FETCHED),
        vanished=Count("pk", filter=_GONE),
    )


def _doubtful(of_case: Q) -> list[Event]:
    rows = Event.objects.filter(of_case).filter(_NOT_READ | _GONE).select_related("case")
    return list(rows.order_by("-first_seen_at", "-pk")[:_NAMED])


def _cases(standings: Iterable[coverage.Standing]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in standings:
        found.update(all=one.cases, stale=one.stale, never=one.never, unread=one.unread)
    return found


def _stale(wanted: Q) -> QuerySet[Case]:
    order = (F("confirmed_at").asc(nulls_first=True), "pk")
    rows = Case.objects.filter(wanted, coverage.not_confirmed(clock.now())).order_by(*order)
    # Found by an index alone; whole rows are read of these few.
    return Case.objects.filter(pk__in=rows.values("pk")[:_NAMED]).order_by(*order)


# --- the figure of each day -------------------------------------------------------------------------------


def _days() -> QuerySet[CoverageDay]:
    """The last figures, newest first."""
    today = clock.office_today()
    return CoverageDay.objects.filter(day__gt=today - timedelta(DAYS), day__lte=today)


@require_safe
def days_csv(request: HttpRequest) -> HttpResponse:
    """The figure of every day there is."""
    head = [_("Office day"), _("Documents"), _("Accounted for"), _("Open"), _("Oldest open, dispatched")]
    rows = map(_figures, CoverageDay.objects.all())
    return csv_answer("completeness.csv", [*head, _("Cases"), _("Cases not confirmed")], rows)


def _figures(row: CoverageDay) -> Iterator[object]:
    yield from (row.day, row.dispatched, row.accounted, row.open)
    yield from (row.oldest_open_on or "", row.cases, row.cases_not_confirmed)


# --- one case ---------------------------------------------------------------------------------------------


@require_safe
def account(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Every document somebody else put into one file, and what became of it; made for printing. A long file
    comes in pages; the figure above them is of all."""
    case = the_case(request.user, law, number)
    page = Paginator(_to_account(case), _ON_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "pages/case_account.html",
        {
            "case": case,
            "page": page,
            "events": _hiding(request.user, list(page)),
            "total": coverage.tally(coverage.dispatched().filter(case=case)),
            "own": case.events.filter(account=Event.Account.OWN).count(),
        },
    )


@require_safe
def account_csv(request: HttpRequest, law: str, number: str) -> HttpResponse:
    case = the_case(request.user, law, number)
    head = [_("Date"), _("Code"), _("Document"), _("Number"), _("From"), _("What became of it")]
    more = [_("Which, or why"), _("Decided by"), _("Decided"), _("First seen"), _("Left the office's list")]
    events = _hiding(request.user, list(_to_account(case)))
    rows = (list(_cells(event, case)) for event in events)
    return csv_answer(f"account-{law}-{number}.csv", [*head, *more], rows)


def _to_account(case: Case) -> QuerySet[Event]:
    """The documents of others in one file, the earliest first."""
    limits = Prefetch("limits", TimeLimit.objects.select_related("proof").defer("calculation"))
    rows = case.events.exclude(account=Event.Account.OWN).select_related("accounted_by")
    return rows.prefetch_related(limits).order_by(F("legal_date").asc(nulls_first=True), "pk")


def _hiding(user: User, events: list[Event]) -> list[Event]:
    """The events, with `hidden` on limits whose date this person is to find before seeing ours."""
    selectors.mark_hidden(user, [limit for event in events for limit in event.limits.all()])
    return events


def _cells(event: Event, case: Case) -> Iterator[object]:
    yield event.legal_date or _("not known")
    yield event.code
    yield document_name(event, case.law)
    yield event.document_number
    yield event.get_side_display()
    yield event.get_account_display()
    yield "; ".join(filter(None, [*map(_limit_words, event.limits.all()), spoken(event, "account_reason")]))
    yield event.accounted_by or ""
    yield from map(_when, (event.accounted_at, event.first_seen_at, event.vanished_at))


def _when(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def _limit_words(limit: TimeLimit) -> str:
    due = _("to be found blind") if limit.hidden else limit.due or _("not known")
    return f"{spoken(limit, 'title')} {due} ({limit.get_state_display()})"
