"""Where the cases stood, day by day: the drawing, the numbers beneath it, and all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.models import CoverageDay
from dossiers.refresh import freshness

from .coverage_chart import DAYS, Missing, draw
from .spreadsheet import csv_answer

NAMES = {
    "today": gettext_lazy("Confirmed today"),
    "promised": gettext_lazy("Confirmed within the promise"),
    "late": pgettext_lazy("case", "Late"),
    "not_answered": gettext_lazy("Asked, not answered"),
    "not_found": gettext_lazy("Not known to the office"),
    "not_read": gettext_lazy("Answer not read"),
    "never": gettext_lazy("Never asked"),
}
_BEHIND = {
    "behind": ("late", "not_answered"),
    "unknown": ("not_found", "not_read", "never"),
}
_IN_WORDS = 30  # days with their numbers; the file has all


@dataclass(frozen=True)
class Numbers:
    """Of one day: name, cases and loudness of each standing; how many were confirmed within three days."""

    cells: list[tuple[str, int | None, str]]
    confirmed: int


def history() -> dict[str, Any]:
    """What the page of freshness shows of the last days; one query."""
    today = clock.office_today()
    rows = list(CoverageDay.objects.filter(day__gt=today - timedelta(DAYS), day__lte=today))
    return {
        "days": [(row, _numbers(row)) for row in rows[:_IN_WORDS]],
        "chart": draw([row for row in rows if row.standings], today, _behind),
        "standing_names": NAMES.values(),
    }


@require_safe
def days_csv(request: HttpRequest) -> HttpResponse:
    """Where the cases stood on every day there is."""
    head = [_("Office day"), _("Cases"), *(str(name) for name in NAMES.values())]
    return csv_answer("freshness.csv", head, map(_figures, CoverageDay.objects.all()))


def _behind(row: CoverageDay) -> Missing:
    return [(style, sum(row.standings.get(name, 0) for name in names)) for style, names in _BEHIND.items()]


def _numbers(row: CoverageDay) -> Numbers:
    """The numbers of a day; one before standings were kept has none of them."""
    loud = {name: "danger" if style == "unknown" else "soon" for style, of in _BEHIND.items() for name in of}
    cells = [
        (str(words), n, loud.get(name, "") if n else "")
        for name, words in NAMES.items()
        for n in [row.standings.get(name, 0) if row.standings else None]
    ]
    return Numbers(cells, row.cases - row.cases_not_confirmed)


def _figures(row: CoverageDay) -> Iterator[object]:
    yield from (row.day, row.cases)
    yield from (row.standings.get(name, "") for name in freshness.STANDINGS)
