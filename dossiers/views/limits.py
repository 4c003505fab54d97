"""Time limits: the list, the month, and one limit with how it was computed."""

from __future__ import annotations

import calendar as months
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock
from dossiers.docketing import actions
from dossiers.docketing.calendar import OfficeCalendar
from dossiers.docketing.explain import explain_step
from dossiers.docketing.results import Calculation, Step
from dossiers.docketing.serial import calculation_from_json
from dossiers.docketing.store import calendar
from dossiers.models import Law, TimeLimit, User

from . import selectors
from .posting import attempt, back, typed


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    if request.GET.get("view") == "month":
        return _month_page(request)
    wanted = selectors.LimitFilter.of(request)
    page = selectors.page_of(request, selectors.limit_list(request.user, wanted))
    context = {"page": page, "wanted": wanted, "laws": Law.choices, "running": selectors.RUNNING}
    return render(request, "pages/limits.html", context)


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


# --- one limit --------------------------------------------------------------------------------------------


@require_safe
def limit(request: HttpRequest, pk: int) -> HttpResponse:
    rows = TimeLimit.objects.select_related(
        "case", "case__owner", "event", "proof", "state_by", "confirmed_by"
    )
    shown = get_object_or_404(rows, pk=pk)
    calculation = _calculation(shown)
    context = {
        "limit": shown,
        "case": shown.case,
        "calculation": calculation,
        "steps": _steps(calculation) if calculation else [],
        "changes": list(shown.changes.select_related("by")),
        "may": _may(shown),
    }
    return render(request, "pages/limit.html", context)


def _language() -> Literal["ja", "en"]:
    return "ja" if get_language() == "ja" else "en"


def _steps(calculation: Calculation) -> list[str]:
    """The steps in words; a step of a kind no longer known shows its name and values."""
    language = _language()
    return [_step(step, language) for step in calculation.steps]


def _step(step: Step, language: Literal["ja", "en"]) -> str:
    try:
        return explain_step(step, language)
    except KeyError:
        return f"{step.code}: {dict(step.values)}"


def _calculation(limit: TimeLimit) -> Calculation | None:
    """The stored calculation; None when it was stored in a shape that is no longer read."""
    try:
        return calculation_from_json(limit.calculation)
    except (KeyError, TypeError, ValueError):
        return None


def _may(limit: TimeLimit) -> set[str]:
    """The actions that fit the limit's state."""
    running = limit.state in selectors.RUNNING
    return {
        name
        for name, fits in {
            "confirm": running and limit.due and not limit.confirmed_at,
            "done": limit.state == TimeLimit.State.OPEN,
            "not-needed": running,
            "reopen": limit.state in (TimeLimit.State.NOT_NEEDED, TimeLimit.State.CLAIMED),
        }.items()
        if fits
    }


Action = Callable[[TimeLimit, User, str], object]
_ACTIONS: dict[str, Action] = {
    "confirm": lambda limit, by, seen: _confirm(limit, by, seen),
    "done": lambda limit, by, reason: actions.claim_done(limit, by=by, reason=reason),
    "not-needed": lambda limit, by, reason: actions.not_needed(limit, by=by, reason=reason),
    "reopen": lambda limit, by, reason: actions.reopen(limit, by=by, reason=reason),
}


def _confirm(limit: TimeLimit, by: User, seen: str) -> TimeLimit:
    """Nobody confirms a date other than the one that stood on their page, nor one that is confirmed already.

    A second press of the same person is no second act.
    """
    if limit.confirmed_by_id == by.pk and limit.due and limit.due.isoformat() == seen:
        return limit
    if limit.confirmed_by_id or limit.state not in selectors.RUNNING:
        raise actions.ActionRefused("state_does_not_allow")
    if limit.due and limit.due.isoformat() != seen:
        raise actions.ActionRefused("date_moved")
    return actions.confirm(limit, by=by)


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    if action not in _ACTIONS:
        raise Http404
    done = {
        "confirm": _("The date is confirmed."),
        "done": _("Noted as done. It stays in the list until the office's data shows it."),
        "not-needed": _("The time limit is closed: not needed."),
        "reopen": _("The time limit is open again."),
    }
    shown = get_object_or_404(TimeLimit, pk=pk)
    reason = typed(request, "due" if action == "confirm" else "reason")
    attempt(request, lambda: _ACTIONS[action](shown, request.user, reason), done[action])
    return redirect(back(request, reverse("limit", args=[pk])))
