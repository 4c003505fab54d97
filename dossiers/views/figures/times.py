"""How long the office took, and how long we did."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from dossiers.views import chart_counts as counts
from dossiers.views.chart_counts import Narrowed

from .model import Figure, Line, since

_MOST_STEPS = 19  # everything longer is in one last column
_DAYS_A_MONTH = 30.4375
_WITHOUT = ngettext_lazy(
    "%(n)d is left out: its first or last day is not known.",
    "%(n)d are left out: their first or last days are not known.",
    "n",
)


def pendency(narrowed: Narrowed, today: date) -> Figure:
    """Months, in steps of two, until the office's first action."""
    waited = counts.first_actions(narrowed, since(today), today)
    told = _(
        "Patents from the request for examination, designs and trademarks from filing, to the first notice "
        "of reasons or decision; first actions dispatched since %(day)s."
    )
    return Figure(
        "pendency",
        _("Months to the first action of the office"),
        (_("Months"), _("Cases")),
        ("plain",),
        _steps(waited, 2, _DAYS_A_MONTH),
        (told % {"day": since(today)}, *_half(waited), *_without(waited)),
    )


def answers(narrowed: Narrowed, today: date) -> Figure:
    """Days, in steps of ten, from a notice's dispatch to the answer."""
    took = counts.answers(narrowed, since(today))
    told = _("Notices dispatched since %(day)s whose answer the office's data show.")
    return Figure(
        "answers",
        _("Days from a notice of reasons to our answer"),
        (_("Days"), _("Answers")),
        ("plain",),
        _steps(took, 10, 1),
        (told % {"day": since(today)}, *_half(took), *_without(took)),
    )


def _steps(found: Counter[int | None], step: int, days: float) -> tuple[Line, ...]:
    """Lengths in steps of so many units, a unit being so many days; none where no length is known."""
    steps: Counter[int] = Counter()
    for length, n in found.items():
        if length is not None:
            steps[min(int(length / days) // step, _MOST_STEPS)] += n
    lines = [
        Line(f"{step * n} – {step * (n + 1) - 1}", (steps[n],), str(step * n) if n % 2 == 0 else "")
        for n in range(min(max(steps, default=-1) + 1, _MOST_STEPS))
    ]
    if steps[_MOST_STEPS]:
        longer = _("%(n)d or more") % {"n": step * _MOST_STEPS}
        lines.append(Line(longer, (steps[_MOST_STEPS],), f"{step * _MOST_STEPS}+"))
    return tuple(lines)


def _half(found: Counter[int | None]) -> tuple[str, ...]:
    """Half took no longer than so many days."""
    lengths = sorted((length, n) for length, n in found.items() if length is not None)
    total, reached = sum(n for _length, n in lengths), 0
    for length, n in lengths:
        reached += n
        if reached * 2 >= total:
            return (_("Half of %(total)s took at most %(days)s days.") % {"total": total, "days": length},)
    return ()


def _without(found: Counter[int | None]) -> tuple[str, ...]:
    return (_WITHOUT % {"n": found[None]},) if found[None] else ()
