"""Time limits: the list and the month."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import F, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, reach
from dossiers.docketing import actions, confirming, instructions
from dossiers.docketing.calendar import OfficeCalendar
from dossiers.docketing.duty import dates_of, standing_of
from dossiers.docketing.store import calendar
from dossiers.models import AuditEntry, Law, OwnDate, TimeLimit, User, firm_policy

from . import selectors
from .limit import standing_dates
from .posting import attempt, back, typed
from .sorting import Heading, heading
from .words import code_words


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    if request.GET.get("view") == "month":
        return _month_page(request)
    wanted = selectors.LimitFilter.of(request)
    rows, order = selectors.limit_list(request.user, wanted), request.GET.get("order", "")
    if order in ORDERS:
        rows = rows.order_by(*ORDERS[order])
    page = selectors.page_of(request, rows.values_list("pk", flat=True))
    page.object_list = with_dates(list(page.object_list), request.user)
    context = {
        "page": page,
        "wanted": wanted,
        "laws": Law.choices,
        "order": order if order in ORDERS else "",
        "headings": _headings(request, order),
        "together": wanted.due == "before" and wanted.state == "open",
        "all_chosen": request.GET.get("chosen") == "all",
        "decision": _decision(request.GET.get("decided", ""), request.user),
    }
    return render(request, "pages/limits.html", context)


# Unordered, the most pressing come first; nobody can see how late a limit without a date is, so it leads.
ORDERS: dict[str, tuple[Any, ...]] = {
    "due": (F("due").asc(nulls_first=True), "pk"),
    "-due": (F("due").desc(nulls_last=True), "-pk"),
    "case": ("case__application_number", "case__law", "due", "pk"),
    "-case": ("-case__application_number", "-case__law", "due", "pk"),
    "owner": (F("case__owner__display_name").asc(nulls_last=True), "due", "pk"),
    "-owner": (F("case__owner__display_name").desc(nulls_last=True), "due", "pk"),
    "confirmed": (F("confirmed_at").asc(nulls_last=True), "due", "pk"),
    "-confirmed": (F("confirmed_at").desc(nulls_last=True), "due", "pk"),
}


def _headings(request: HttpRequest, now: str) -> list[Heading]:
    """The heads of the table; a press keeps the filters, and begins at the first page."""

    def link(order: str) -> str:
        query = request.GET.copy()
        query["order"] = order
        query.pop("page", None)
        return f"?{query.urlencode()}"

    columns = [
        ("due", _("Last day"), "due"),
        ("title", _("Time limit"), ""),
        ("case", _("Case"), "case"),
        ("owner", _("In charge"), "owner"),
        ("other", _("Other dates"), ""),
        ("state", _("State"), ""),
        ("confirmed", _("Confirmed"), "confirmed"),
    ]
    return [heading(name, words, order, now, link) for name, words, order in columns]


# --- deciding together --------------------------------------------------------------------------------------


def _decision(text: str, user: User) -> AuditEntry | None:
    """The decision about several limits that has just been made, so that it can be taken back."""
    if not (text.isdecimal() and len(text) < 18):
        return None
    made = AuditEntry.objects.select_related("actor").filter(action="limits.not_needed")
    found = made.filter(pk=int(text)).first()
    return found if found and _all_shown(found, user) else None


def _all_shown(decision: AuditEntry, user: User) -> bool:
    off = TimeLimit.objects.filter(pk__in=decision.detail["limits"]).exclude(reach.shown_to(user, "case__"))
    return not off.exists()


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Close what was chosen of the limits that had passed before their case was added."""
    chosen = _within_reach(request)
    here = f"{reverse('limits')}?due=before&duty=limit"
    if asked := _instructed(request, chosen):
        return asked
    try:
        decision = actions.not_needed_together(chosen, by=request.user, reason=typed(request, "reason"))
    except actions.ActionRefused as refused:
        messages.error(request, code_words(refused.code))
        return redirect(back(request, here))
    return redirect(f"{here}&scope=all&decided={decision.pk}")


def _within_reach(request: HttpRequest) -> list[int]:
    given = [int(one) for one in request.POST.getlist("limit") if one.isdecimal() and len(one) < 18]
    rows = TimeLimit.objects.filter(reach.shown_to(request.user, "case__"), pk__in=given)
    return list(rows.values_list("pk", flat=True))


def _instructed(request: HttpRequest, chosen: list[int]) -> HttpResponse | None:
    """The page that shows standing instructions about the chosen limits; None when each was read.

    Whoever decides reads each of them, or leaves the limit out.
    """
    rows = TimeLimit.objects.filter(reach.shown_to(request.user, "case__"), pk__in=chosen)
    limits = list(rows.select_related("case").defer("calculation"))
    about = instructions.about_limits(limits)
    read = request.POST.getlist("instruction")
    if all(str(one.pk) in read for told in about.values() for one in told):
        return None
    context = {
        "rows": [(limit, about[limit.pk]) for limit in limits if limit.pk in about],
        "others": [limit.pk for limit in limits if limit.pk not in about],
        "reason": typed(request, "reason"),
        "next": request.POST.get("next", ""),
        "back": back(request, f"{reverse('limits')}?due=before&duty=limit"),
        "again": bool(read),
    }
    return render(request, "pages/limits_decide.html", context)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    decision = get_object_or_404(AuditEntry, pk=pk, action="limits.not_needed")
    if not _all_shown(decision, request.user):
        raise Http404
    done = _("The time limits are open again.")
    attempt(request, lambda: actions.take_back_together(decision, by=request.user), done)
    return redirect(f"{reverse('limits')}?due=before&duty=limit")


def with_dates(keys: list[int], user: User) -> list[TimeLimit]:
    """The limits of one page, in this order, with what the page shows of them.

    Only the keys are sorted by the database: whole rows would be a hundred times as wide.
    """
    rows = TimeLimit.objects.select_related("case", "case__owner", "confirmed_by").filter(pk__in=keys)
    rows = rows.defer("case__note", "case__parties")
    found = {one.pk: one for one in rows.prefetch_related(Prefetch("own_dates", _OWN_DATES))}
    limits = [found[key] for key in keys if key in found]
    _mark_dates(limits)
    selectors.mark_hidden(user, limits)
    about = instructions.about_limits(limits)
    for limit in limits:
        limit.instructions = about.get(limit.pk, [])
    return limits


_OWN_DATES = OwnDate.objects.select_related("by")


def _mark_dates(limits: Iterable[TimeLimit]) -> None:
    """Put `other_dates` on the limits of one page and, once overdue, `stands`: what can still be done."""
    policy, office, today = firm_policy(), calendar(), clock.office_today()
    for limit in limits:
        dates = standing_dates(dates_of(limit, policy, office, limit.own_dates.all()), limit, today)
        limit.other_dates = [one for one in dates if one.kind != "legal"]
        overdue = limit.state == TimeLimit.State.OPEN and limit.due is not None and limit.due < today
        limit.stands = standing_of(limit, today) if overdue else None


# --- a month ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    day: date
    inside: bool
    closed: str  # why the office is closed, "" when it is open
    limits: list[TimeLimit]  # the first few
    total: int

    @property
    def holiday(self) -> bool:
        """Closed on a weekday, which the reader may not expect."""
        return bool(self.closed) and self.day.weekday() < 5


def _month_page(request: HttpRequest) -> HttpResponse:
    wanted = selectors.LimitFilter.of(request)
    first = _month_asked(request.GET.get("month", ""))
    weeks = months.Calendar(firstweekday=6).monthdatescalendar(first.year, first.month)
    rows = selectors.limit_list(request.user, wanted).filter(due__gte=weeks[0][0], due__lte=weeks[-1][-1])
    unseen = 0
    if firm_policy().blind_check:
        unseen = rows.filter(confirming.hidden_from(request.user)).count()
        rows = rows.exclude(confirming.hidden_from(request.user))
    by_day, totals = selectors.by_day(rows)
    office = calendar()
    context = {
        "wanted": wanted,
        "laws": Law.choices,
        "first": first,
        "previous": (first - timedelta(days=1)).replace(day=1),
        "next": (first + timedelta(days=32)).replace(day=1),
        "weeks": [
            [_day(day, first, office, by_day.get(day, []), totals.get(day, 0)) for day in week]
            for week in weeks
        ],
        "unseen": unseen,
        "empty": not totals,
        "undated": selectors.limit_list(request.user, wanted).filter(due=None).count(),
    }
    return render(request, "pages/limits_month.html", context)


def _month_asked(text: str) -> date:
    """The first of the month "2027-01"; of this month when the text is not one."""
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        asked = clock.office_today()
    return asked.replace(day=1) if 1900 < asked.year < 2200 else clock.office_today().replace(day=1)


def _day(day: date, first: date, office: OfficeCalendar, limits: list[TimeLimit], total: int) -> Day:
    reason = office.why_closed(day) or ""
    if reason and get_language() != "ja":
        reason = office.in_english(reason)
    return Day(day, day.month == first.month, reason, limits, total)
