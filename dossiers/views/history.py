"""手続の経緯: the history of a case's proceedings as text for a brief, on a page and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from apiclient import numbers
from dossiers.docketing import store
from dossiers.docketing.explain import Language
from dossiers.docketing.facts import EventFact
from dossiers.docketing.history import Dates, Period, Proceedings, history
from dossiers.models import BY_HAND, Case, Event, Register, TimeLimit

from .case import the_case


@dataclass(frozen=True)
class Asked:
    """How the text is wanted; whatever the address does not say, or says wrongly, is by default."""

    language: Language
    dates: Dates
    everything: bool
    periods: bool

    @property
    def query(self) -> str:
        chosen = f"language={self.language}&dates={self.dates}"
        return chosen + "&everything=1" * self.everything + "&periods=1" * self.periods


@require_safe
def page(request: HttpRequest, law: str, number: str) -> HttpResponse:
    case, asked = the_case(request.user, law, number), _asked(request)
    context = {"case": case, "asked": asked, "text": text_of(case, asked)}
    return render(request, "pages/case_history.html", context)


@require_safe
def download(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The text as a file; with a byte order mark, so that every editor reads its Japanese."""
    case, asked = the_case(request.user, law, number), _asked(request)
    answer = HttpResponse("\ufeff" + text_of(case, asked), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="history-{law}-{number}-{asked.language}.txt"'
    return answer


def _asked(request: HttpRequest) -> Asked:
    given = request.GET
    own = "ja" if get_language() == "ja" else "en"
    language = given.get("language", own)
    return Asked(
        language=cast(Language, language if language in ("ja", "en") else own),
        dates="western" if given.get("dates") == "western" else "era",
        everything=given.get("everything") == "1",
        periods=given.get("periods") == "1",
    )


def text_of(case: Case, asked: Asked) -> str:
    """The history of a stored case."""
    periods = _periods(case) if asked.periods else ()
    return history(
        proceedings(case, asked.language),
        periods,
        asked.language,
        dates=asked.dates,
        everything=asked.everything,
    )


def proceedings(case: Case, language: Literal["ja", "en"]) -> Proceedings:
    """What is stored of a case, for its history."""
    events = list(case.events.order_by("legal_date", "pk"))

    def printed(kind: str, number: str) -> str:
        return numbers.display(case.law, kind, number, language)

    return Proceedings(
        facts=store.facts_of(case, events),
        number=printed("application", case.application_number),
        registration_number=printed("registration", case.registration_number),
        publication_number=printed("publication", case.publication_number),
        published=case.publication_date,
        drafted=_drafted(case, events),
        vanished=tuple(
            EventFact(event.key, event.code, event.legal_date, event.description)
            for event in events
            if event.vanished_at
        ),
    )


def _drafted(case: Case, events: list[Event]) -> dict[str, date]:
    """The drafting dates that readable papers print; of the only grant also the one the register gives."""
    found: dict[str, date] = {}
    keys = {event.pk: event.key for event in events}
    for paper in case.papers.filter(readable=True, event__isnull=False).defer("body").order_by("received_at"):
        if day := _day((paper.notice or {}).get("drafting_date")):
            found[keys[cast(int, paper.event_id)]] = day
    register = Register.objects.filter(case=case).first()
    grants = [event.key for event in events if event.code == "A01" and not event.vanished_at]
    if register and register.decision_date and len(grants) == 1:
        found.setdefault(grants[0], register.decision_date)
    return found


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _periods(case: Case) -> list[Period]:
    running = case.limits.filter(state__in=(TimeLimit.State.OPEN, TimeLimit.State.CLAIMED), due__isnull=False)
    return [
        Period(
            title_ja=limit.title_ja,
            title_en=limit.title_en,
            due=cast(date, limit.due),
            provisional=limit.provisional,
            by_hand=limit.rule_id == BY_HAND,
            claimed=limit.state == TimeLimit.State.CLAIMED,
        )
        for limit in running
    ]
