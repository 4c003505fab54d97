"""Where the cases stand, and which time limits come."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext

from dossiers.docketing.stage import STAGES
from dossiers.models import TimeLimit
from dossiers.templatetags.portal import SOON
from dossiers.views import chart_counts as counts
from dossiers.views import dates
from dossiers.views.chart_counts import Narrowed
from dossiers.views.words import stage_words

from .model import Figure, Line

WEEKS = 26


def stages(narrowed: Narrowed, today: date) -> Figure:
    """Cases by stage, in the order in which a case passes through them."""
    found = counts.stages(narrowed)
    order = [*STAGES, *sorted(set(found) - set(STAGES))]
    wanted = narrowed.wanted
    both = wanted.owner and wanted.scope != "all"  # the list of cases cannot be narrowed by both
    asked = {"law": wanted.law, "owner": wanted.owner or ("" if wanted.scope == "all" else wanted.scope)}
    return Figure(
        "stages",
        _("Cases by stage"),
        (_("Stage"), _("Cases")),
        ("plain",),
        tuple(
            Line(stage_words(one), (found[one],), link="" if both else _cases({**asked, "stage": one}))
            for one in order
            if one in found
        ),
        lying=True,
    )


def _cases(asked: dict[str, str]) -> str:
    return f"{reverse('cases')}?{urlencode({name: value for name, value in asked.items() if value})}"


# --- time limits ------------------------------------------------------------------------------------------

_SERIES = ("overdue", "soon", "later", "claimed", "chance")
_UNDATED = ngettext_lazy(
    "%(n)d running time limit has no date yet and is in no week: its document must be read.",
    "%(n)d running time limits have no date yet and are in no week: their documents must be read.",
    "n",
)
_PASSED_BEFORE = ngettext_lazy(
    "%(n)d had passed before its case was added and is not counted as overdue.",
    "%(n)d had passed before their cases were added and are not counted as overdue.",
    "n",
)
_LATER = ngettext_lazy("%(n)d ends after these weeks.", "%(n)d end after these weeks.", "n")


def limits(narrowed: Narrowed, today: date) -> Figure:
    """By weeks from Monday on; what is overdue stands before the first of them."""
    monday = today - timedelta(today.weekday())
    ahead = counts.limits_ahead(narrowed, today, monday + timedelta(7 * WEEKS))
    found: dict[date, Counter[str]] = {monday + timedelta(7 * n): Counter() for n in range(WEEKS)}
    for day, duty, state, n in ahead.by_day:
        found[day - timedelta(day.weekday())][_urgency(day, duty, state, today)] += n
    overdue = _limits(narrowed, due="overdue")
    lines = [Line(_("overdue"), (ahead.overdue, 0, 0, 0, 0), _("overdue"), overdue)]
    for place, (week, numbers) in enumerate(found.items()):
        month = _limits(narrowed, view="month", month=f"{week:%Y-%m}")
        tick = f"{week:%m-%d}" if place % 4 == 2 else ""
        lines.append(Line(dates.written(week), tuple(numbers[name] for name in _SERIES), tick, month))
    notes = ((_UNDATED, ahead.undated), (_PASSED_BEFORE, ahead.passed_before), (_LATER, ahead.later))
    return Figure(
        "limits",
        _("Time limits per week ahead"),
        (
            _("Week from"),
            _("overdue"),
            _("within 7 days"),
            pgettext("time limits", "later"),
            _("said to be done"),
            _("may be done"),
        ),
        ("danger", "soon", "plain", "claimed", "chance"),
        tuple(lines),
        tuple(words % {"n": n} for words, n in notes if n),
    )


def _limits(narrowed: Narrowed, **asked: str) -> str:
    """The list of time limits, "" where it cannot be narrowed as the figure is."""
    wanted = narrowed.wanted
    if wanted.owner:
        return ""
    return f"{reverse('limits')}?{urlencode({**asked, 'scope': wanted.scope, 'law': wanted.law})}"


def _urgency(day: date, duty: str, state: str, today: date) -> str:
    if state == TimeLimit.State.CLAIMED:
        return "claimed"
    if duty == "chance":
        return "chance"
    return "soon" if (day - today).days <= SOON else "later"
