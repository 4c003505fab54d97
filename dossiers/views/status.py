"""Whether the parts that must not stop are at work, what it means when one is not, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers import clock, faults
from dossiers.alerts import digest, heartbeats, outage_mail, part_words, wording
from dossiers.alerts.channels import addresses
from dossiers.alerts.heartbeats import Standing
from dossiers.alerts.pings import ALL
from dossiers.models import Delivery, Outage, Ping

from . import service_figures

_OUTAGES_SHOWN = 20
_FAULTS_SHOWN, _FAULT_DAYS = 20, 7
_DONE = {
    "refresh": gettext_lazy("Last questions:"),
    "alerts": gettext_lazy("Last mails:"),
    "digest": gettext_lazy("Last mails:"),
    "reminders": gettext_lazy("Last mails:"),
    "docket": gettext_lazy("Last cases:"),
}


@dataclass(frozen=True)
class Row:
    """One part in words; `tone` is that of its tag, `to_do` only for what is late."""

    standing: Standing
    name: str
    tone: str
    why: str
    means: str
    to_do: str
    every: str
    done_label: str


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    rows = [_row(one) for one in heartbeats.standings()]
    figures = service_figures.figures(request.user)
    return render(
        request,
        "pages/status.html",
        {
            "rows": rows,
            "late": [row for row in rows if row.standing.late],
            "digests": digest.standing(clock.now()),
            "last_mail": Delivery.objects.filter(accepted=True)
            .order_by("-pk")
            .values_list("at", flat=True)
            .first(),
            "wordings": wording.failing(),
            "outages": _outages(),
            "told": len(outage_mail.readers()),
            "again": part_words.lasting(timedelta(hours=settings.WATCH_AGAIN_HOURS)),
            "faults": faults.recent(_FAULT_DAYS)[:_FAULTS_SHOWN],
            "fault_days": _FAULT_DAYS,
            "pings": _pings(),
            "figures": figures,
            "median": part_words.lasting(figures.median) if figures.median is not None else "",
        },
    )


def _row(one: Standing) -> Row:
    name = one.part.name
    tone = "danger" if one.late else "soon" if one.reason else "sure"
    to_do = part_words.advice(name, one.reason) if one.late or one.reason == "unknown" else ""
    return Row(
        standing=one,
        name=str(part_words.NAMES[name]),
        tone=tone,
        why=part_words.why(one.reason, one.age, one.waiting),
        means=str(part_words.MEANS[name]),
        to_do=to_do,
        every=part_words.lasting(one.part.every),
        done_label=str(_DONE.get(name, "")),
    )


def _outages() -> list[dict[str, object]]:
    return [
        {
            "row": row,
            "name": part_words.NAMES[row.name],
            "why": part_words.why(row.reason, None) if row.reason != "silent" else _("No sign of life."),
            "lasted": part_words.lasting(row.over_at - row.noticed_at) if row.over_at else "",
        }
        for row in Outage.objects.all()[:_OUTAGES_SHOWN]
    ]


def _pings() -> list[dict[str, object]]:
    """Each outside watcher: the machine alone, for the rest of its address is a key."""
    known = {row.name: row for row in Ping.objects.all()}
    return [
        {
            "name": part_words.NAMES[name] if name != ALL else _("All parts"),
            "host": addresses.host_of(address),
            "row": known.get(name),
        }
        for name, address in settings.PING_URLS.items()
    ]


def banner() -> list[dict[str, object]]:
    """The parts that are late, for the first page: the worker alone where nothing works without it."""
    late = heartbeats.late()
    if any(one.part.name == heartbeats.WORKER for one in late):
        late = [one for one in late if one.part.name == heartbeats.WORKER]
    return [
        {
            "part": one.part.name,
            "name": part_words.NAMES[one.part.name],
            "why": part_words.why(one.reason, one.age, one.waiting),
            "means": part_words.MEANS[one.part.name],
        }
        for one in late
    ]
