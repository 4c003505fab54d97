"""What the office did, and why it refused."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext as _

from apiclient.documents import Article
from dossiers.alerts.grounds import article_words
from dossiers.docketing.stage import NOTICES
from dossiers.models import Law
from dossiers.views import chart_counts as counts
from dossiers.views import dates
from dossiers.views.chart_counts import Narrowed

from .model import Figure, Line

MONTHS = 24
MOST_GROUNDS = 20


def actions(narrowed: Narrowed, today: date) -> Figure:
    """Notices of reasons and decisions by the month of dispatch."""
    months = _months(today)
    found: dict[str, Counter[str]] = {month: Counter() for month in months}
    for day, code, n in counts.office_actions(narrowed, date.fromisoformat(f"{months[0]}-01"), today):
        found[f"{day:%Y-%m}"]["notice" if code in NOTICES else code] += n
    return Figure(
        "actions",
        _("Actions of the office per month"),
        (
            _("Month of dispatch"),
            _("Notices of reasons for refusal"),
            _("Decisions of refusal"),
            _("Decisions to grant"),
        ),
        ("plain", "danger", "sure"),
        tuple(
            Line(
                dates.month(date.fromisoformat(f"{month}-01")),
                tuple(numbers[name] for name in ("notice", counts.REFUSAL, counts.GRANT)),
                month if month.endswith(("-01", "-05", "-09")) else "",
            )
            for month, numbers in found.items()
        ),
        (_("Other documents of the office are not counted here."),),
    )


def _months(today: date) -> list[str]:
    last = today.year * 12 + today.month - 1
    return [f"{n // 12}-{n % 12 + 1:02}" for n in range(last - MONTHS + 1, last + 1)]


# --- grounds ----------------------------------------------------------------------------------------------

_READ = ngettext_lazy(
    "Read in the text of %(n)d notice; one that names several grounds counts under each.",
    "Read in the texts of %(n)d notices; one that names several grounds counts under each.",
    "n",
)
_NOT_READ = ngettext_lazy(
    "%(n)d notice more has no text that was read: its grounds are not known here.",
    "%(n)d notices more have no text that was read: their grounds are not known here.",
    "n",
)
_RARER = ngettext_lazy("%(n)d rarer ground is not shown.", "%(n)d rarer grounds are not shown.", "n")


def grounds(narrowed: Narrowed, today: date) -> Figure:
    """Notices of reasons by the provisions they rest on, the most frequent first."""
    found, read, not_read = counts.grounds(narrowed)
    order = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    laws: dict[str, str] = {} if narrowed.wanted.law else {law.value: str(law.label) for law in Law}
    rarer = max(0, len(order) - MOST_GROUNDS)
    left_out = ((_NOT_READ, not_read), (_RARER, rarer))
    return Figure(
        "grounds",
        _("Grounds by article"),
        (_("Ground"), _("Notices")),
        ("plain",),
        tuple(Line(_ground(name, laws), (n,)) for name, n in order[:MOST_GROUNDS]),
        (_READ % {"n": read}, *(words % {"n": n} for words, n in left_out if n)),
        lying=True,
    )


def _ground(name: str, laws: dict[str, str]) -> str:
    law, _slash, reference = name.partition("/")
    language = "ja" if get_language() == "ja" else "en"
    words = article_words(Article(in_japanese(reference), law, reference), language)
    return f"{laws[law]} {words}" if law in laws else words


def in_japanese(reference: str) -> str:
    """17.2-3-1 as 第17条の2第3項第1号."""
    article, *lower = reference.split("-")
    number, *branches = article.split(".")
    marks = [f"第{part}{unit}" for part, unit in zip(lower, ("項", "号"), strict=False)]
    return "".join([f"第{number}条", *(f"の{branch}" for branch in branches), *marks])
