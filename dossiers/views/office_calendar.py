"""The office's calendar: a year of closed days, and changes of it, each shown before it is made."""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dossiers import clock, reach, tasks
from dossiers.docketing import closures
from dossiers.docketing.actions import ActionRefused
from dossiers.docketing.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    Basis,
    ClosedDay,
    OfficeCalendar,
    closed_days,
    packaged,
)
from dossiers.docketing.store import calendar
from dossiers.models import AuditEntry, CalendarYear, OfficeClosure

from . import selectors
from .words import code_words

AT_ONCE = 3.0  # seconds a person waits for what their change moves; the background does the rest
_ACTS_SHOWN = 12

# The provision that closes a day.
_SOURCES: dict[Basis, object] = {
    "weekend": gettext_lazy("Act on Holidays of Administrative Organs, Art. 1(1)(i)"),
    "year_end": gettext_lazy("Act on Holidays of Administrative Organs, Art. 1(1)(iii)"),
    "holiday": gettext_lazy("Act on National Holidays, Art. 2"),
    "equinox": gettext_lazy("Act on National Holidays, Art. 2; the day as announced in the Official Gazette"),
    "substitute": gettext_lazy("Act on National Holidays, Art. 3(2): substitute for a holiday on a Sunday"),
    "citizens": gettext_lazy("Act on National Holidays, Art. 3(3): the day between two holidays"),
    "enthronement": gettext_lazy("Act No. 99 of 2018 on the enthronement holidays"),
    "games": gettext_lazy("Act No. 33 of 2015 on the Tokyo Games, which moved holidays of 2020 and 2021"),
}
_PREDICTED = gettext_lazy(
    "Act on National Holidays, Art. 2; the day follows from a prediction of the equinox"
)
_ACTS = {
    "calendar.close": gettext_lazy("closure entered"),
    "calendar.reopen": gettext_lazy("closure taken back"),
    "calendar.open": gettext_lazy("holiday opened as a working day"),
    "calendar.close_again": gettext_lazy("working day closed again"),
    "calendar.confirm": gettext_lazy("year confirmed"),
    "calendar.withdraw": gettext_lazy("confirmation of the year taken back"),
}


@dataclass(frozen=True)
class Cell:
    """One day of a small month. `kind` is "" when the office opens."""

    day: date
    kind: str
    reason: str
    predicted: bool


@dataclass(frozen=True)
class Line:
    """One closed day of the list: why, by which provision, and the row of a closure people entered."""

    day: date
    reason: str
    source: str
    predicted: bool
    row: OfficeClosure | None


@require_safe
def year(request: HttpRequest) -> HttpResponse:
    office, shown = calendar(), _year_asked(request.GET.get("year", ""))
    rows = {row.day: row for row in OfficeClosure.objects.select_related("added_by")}
    days = closed_days(office, shown)
    cells = {one.day: _cell(office, one) for one in days}
    through = office.confirmed_through.year
    context = {
        "year": shown,
        "previous": shown - 1 if shown > FIRST_YEAR else None,
        "next": shown + 1 if shown < LAST_YEAR else None,
        "months": [_month(shown, month, cells) for month in range(1, 13)],
        "weekdays": [date(2026, 11, 1) + timedelta(days=n) for n in range(7)],  # a Sunday, and on
        "lines": [_line(office, one, rows) for one in days if one.basis != "weekend"],
        "opened": [row for row in rows.values() if row.opens and row.day.year == shown],
        "confirmation": CalendarYear.objects.filter(year=shown).select_related("confirmed_by").first(),
        "confirmed": shown <= through,
        "packaged": packaged() if shown <= packaged().confirmed_through.year else None,
        "through": through,
        "next_to_confirm": through + 1 if through < LAST_YEAR else None,
        "may_withdraw": shown == through > packaged().confirmed_through.year,
        "years_due": closures.years_to_confirm(clock.office_today(), office.confirmed_through),
        "waiting": closures.waiting(),
        "acts": [_act(entry) for entry in _acts()],
    }
    return render(request, "pages/calendar.html", context)


def _year_asked(text: str) -> int:
    asked = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else 0
    return asked if FIRST_YEAR <= asked <= LAST_YEAR else clock.office_today().year


def _month(year: int, month: int, cells: Mapping[date, Cell]) -> dict[str, object]:
    weeks = months.Calendar(firstweekday=6).monthdatescalendar(year, month)
    inside = [
        [cells.get(day, Cell(day, "", "", False)) if day.month == month else None for day in week]
        for week in weeks
    ]
    return {"first": date(year, month, 1), "weeks": inside}


def _cell(office: OfficeCalendar, one: ClosedDay) -> Cell:
    kind = one.basis if one.basis in ("weekend", "year_end", "added") else "holiday"
    return Cell(one.day, kind, _reason(office, one.reason), one.predicted)


def _reason(office: OfficeCalendar, reason: str) -> str:
    return reason if get_language() == "ja" else office.in_english(reason)


def _line(office: OfficeCalendar, one: ClosedDay, rows: Mapping[date, OfficeClosure]) -> Line:
    row = rows.get(one.day) if one.basis == "added" else None
    words = _PREDICTED if one.predicted and one.basis == "equinox" else _SOURCES.get(one.basis, "")
    source = row.source if row else str(words)
    return Line(one.day, _reason(office, one.reason), source, one.predicted, row)


def _acts() -> list[AuditEntry]:
    rows = AuditEntry.objects.filter(action__in=_ACTS).select_related("actor")
    return list(rows[:_ACTS_SHOWN])


def _act(entry: AuditEntry) -> dict[str, object]:
    about = entry.detail.get("day") or entry.detail.get("year") or ""
    return {
        "entry": entry,
        "words": _ACTS[entry.action],
        "about": str(about),
        "source": entry.detail.get("source", ""),
    }


# --- a change, before and after ---------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """What a change would do, by GET; the change itself, as it was shown, by POST."""
    given = request.POST if request.method == "POST" else request.GET
    told = {name: _typed(given.get(name, "")) for name in _FIELDS}
    try:
        wanted = _change_of(told)
        if request.method == "POST":
            return _apply(request, wanted, told, given.get("token", ""))
        shown = closures.preview(wanted)
    except ActionRefused as refused:
        if request.method == "POST":
            messages.error(request, code_words(refused.code))
            return redirect("calendar")
        return render(
            request, "pages/calendar_change.html", {"refused": code_words(refused.code), "told": told}
        )
    return _preview_page(request, shown, told)


_FIELDS = ("kind", "day", "year", "reason_ja", "reason_en", "source")


def _typed(text: str) -> str:
    return "".join(one for one in text if one.isprintable()).strip()[:200]


def _change_of(told: Mapping[str, str]) -> closures.Change:
    """The change that a form describes. ActionRefused says what is missing or cannot be."""
    match told["kind"]:
        case "close":
            ja, en = told["reason_ja"][:100], told["reason_en"][:100]
            return closures.Close(_day(told["day"]), ja or en, en or ja, told["source"])
        case "open":
            ja, en = told["reason_ja"][:100], told["reason_en"][:100]
            return closures.Open(_day(told["day"]), ja or en, en or ja, told["source"])
        case "reopen":
            return closures.Reopen(_day(told["day"]))
        case "confirm":
            return closures.Confirm(_year(told["year"]), told["source"])
        case "withdraw":
            return closures.Withdraw(_year(told["year"]))
    raise ActionRefused("no_change_named")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ActionRefused("day_out_of_calendar") from None


def _year(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else 0


def _preview_page(request: HttpRequest, shown: closures.Preview, told: Mapping[str, str]) -> HttpResponse:
    seen = reach.within(request.user, [move.limit.case for move in shown.moves])
    moves = [move for move in shown.moves if move.limit.case_id in seen]
    by_hand = reach.within(request.user, [limit.case for limit in shown.by_hand])
    settles = shown.settles.filter(reach.shown_to(request.user, "case__"))
    moving = [move for move in moves if move.old != move.new]
    context = {
        "told": told,
        "change": shown.change,
        "count": len(moving),
        "cases": len({move.limit.case_id for move in moving}),
        "rungs_only": len(moves) - len(moving),
        "by_hand": [limit for limit in shown.by_hand if limit.case_id in by_hand],
        "page": selectors.page_of(request, moves or settles),
        "settles": settles.count(),
        "token": shown.token,
        "early": _too_early(shown.change),
        "year": shown.change.day.year if hasattr(shown.change, "day") else shown.change.year,
    }
    return render(request, "pages/calendar_change.html", context)


def _too_early(change: closures.Change) -> date | None:
    """When the year's equinoxes are announced, if that is still to come."""
    if not isinstance(change, closures.Confirm):
        return None
    announced = date(change.year - 1, 2, 1)
    return announced if clock.office_today() < announced else None


def _apply(
    request: HttpRequest, wanted: closures.Change, told: Mapping[str, str], token: str
) -> HttpResponse:
    try:
        closures.apply(wanted, by=request.user, token=token)
    except ActionRefused as refused:
        if refused.code != "preview_changed":
            raise
        messages.error(request, code_words(refused.code))
        return redirect(f"{reverse('calendar_change')}?{urlencode({k: v for k, v in told.items() if v})}")
    done = closures.recompute(tell=tasks.tell, budget_seconds=AT_ONCE)
    messages.success(request, _said(done, closures.waiting()))
    shown = wanted.day.year if isinstance(wanted, closures.OF_A_DAY) else wanted.year
    return redirect(f"{reverse('calendar')}?year={shown}")


def _said(done: int, left: int) -> str:
    said = _("The calendar is changed.")
    said += " " + ngettext("%(n)s case was computed again.", "%(n)s cases were computed again.", done) % {
        "n": done
    }
    if left:
        words = ngettext(
            "%(n)s more case is being computed in the background.",
            "%(n)s more cases are being computed in the background.",
            left,
        )
        said += " " + words % {"n": left}
    return said
