"""The design system, shown by itself: each token with its contrast, each component as pages use it.

It holds nothing of any case, so every signed-in person may open it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from django import forms
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.models import User

from .drawing.clusters import Act
from .drawing.downward import downward
from .drawing.timeline import Milestone, Stretch, draw
from .timeline import KINDS, Drawn

_TOKEN = re.compile(r"--([a-z0-9]+(?:-[a-z0-9]+)*): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
# What is written on what. WCAG 2.2 asks 4.5 of text (1.4.3) and 3 of edges and drawings (1.4.11); the
# high contrast keeps 7 and 3 (1.4.6).
_GROUNDS = ("paper", "surface", "sunk")
WRITTEN = (
    *product(("ink", "ink-2", "accent", "danger", "soon", "sure"), _GROUNDS),
    ("accent-ink", "accent"),
    *((name, f"{name}-soft") for name in ("accent", "danger", "soon", "sure")),
    *(("ink", f"{name}-soft") for name in ("accent", "danger", "soon")),
)
EDGES = tuple(("line-strong", ground) for ground in _GROUNDS)
LOOKS = {
    "light": gettext_lazy("Light"),
    "dark": gettext_lazy("Dark"),
    "contrast-light": gettext_lazy("High contrast, light"),
    "contrast-dark": gettext_lazy("High contrast, dark"),
}


@dataclass(frozen=True)
class Pair:
    """A colour on a ground, in one look. `ratio` is WCAG's, from 1 to 21."""

    name: str
    ground: str
    colour: str
    on: str
    ratio: float
    least: float


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    look = request.GET.get("look", "")
    context = {
        "look": look if look in User.Theme.values else request.user.theme,
        "themes": User.Theme.choices,
        "looks": [(str(words), pairs_of(name)) for name, words in LOOKS.items()],
        "form": _Sample({"number": "2023", "law": "patent"}),
        "page": Paginator(range(60), 20).page(2),
        "drawn": _drawn(),
        "today": clock.office_today(),
    }
    return render(request, "pages/design.html", context)


def tokens(look: str) -> dict[str, str]:
    """The colours of a look by the name of their token, as the style sheets give them ("#rrggbb")."""
    files = ["css/tokens.css", *(["css/contrast.css"] if look.startswith("contrast") else [])]
    at = 1 if look.endswith("dark") else 0
    found: dict[str, str] = {}
    for name in files:
        with open(str(finders.find(name)), encoding="utf-8") as sheet:  # noqa: PTH123 (a finder's path)
            found |= {token: (light, dark)[at] for token, light, dark in _TOKEN.findall(sheet.read())}
    return found


def pairs_of(look: str) -> list[Pair]:
    """Every pair that is written or drawn in a look, with what it has to reach."""
    colours = tokens(look)
    text = 7.0 if look.startswith("contrast") else 4.5
    wanted = [*((pair, text) for pair in WRITTEN), *((pair, 3.0) for pair in EDGES)]
    return [
        Pair(name, ground, colours[name], colours[ground], _ratio(colours[name], colours[ground]), least)
        for (name, ground), least in wanted
    ]


def _ratio(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, 0 (black) to 1 (white)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class _Sample(forms.Form):
    """A form with a value that is wrong, as people see it."""

    number = forms.RegexField(
        r"\d{10}", label=gettext_lazy("Application number"), help_text=gettext_lazy("Ten digits.")
    )
    law = forms.ChoiceField(label=gettext_lazy("Law"), choices=[("patent", gettext_lazy("Patent"))])
    note = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea, required=False)


def _drawn() -> Drawn:
    """An invented life of a case, a mark of each kind in it."""
    today, here = clock.office_today(), reverse("design")
    ago = lambda days: today - timedelta(days)  # noqa: E731
    acts = [
        Act("own", ago(700), _("Application"), here),
        Act("office", ago(200), _("Notice of reasons for refusal"), here),
        Act("own", ago(140), _("Opinion"), here),
        Act("office", ago(20), _("Notice of reasons for refusal"), here, unread=True, open=True),
        Act("other", ago(90), _("Information statement"), here),
    ]
    stretches = [
        Stretch(_("Response"), here, ago(200), ago(140), "done"),
        Stretch(_("Response"), here, ago(20), ago(-40), "later", provisional=True),
        Stretch(_("Request for examination"), here, ago(700), ago(5), "overdue"),
    ]
    dates = [Milestone(ago(700), _("Filed")), Milestone(ago(-200), _("Published"), expected=True)]
    timeline = draw(acts, stretches, today, dates)
    kinds = [(value, str(words), True) for value, words in KINDS.items()]
    return Drawn(timeline, downward(timeline, today), kinds, "", len(acts), 0, 0)
