"""A case as it was known on any day, and what changed between two days."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.docketing import confirming
from dossiers.models import Case, Event, TimeLimit, firm_policy
from dossiers.refresh.as_known import (
    Changes,
    Known,
    KnownDocument,
    KnownLimit,
    between,
    days_of_change,
    known_on,
)
from dossiers.templatetags.portal import document_name, printed

from .case import the_case
from .tables import day_or_none
from .words import residency_words, stage_words

_NAMED_DAYS = 400
_EXPECTED = ("title", "applicants_text", "filing_date")
# Fields that hold a number, with how it is printed.
_NUMBERS = {
    "publication_number": "publication",
    "registration_number": "registration",
    "international_application_number": "pct_application",
}


@dataclass(frozen=True)
class Way:
    """The days before and after the one shown on which something changed."""

    earlier: date | None
    later: date | None


@require_safe
def page(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The case at the end of `day`; with `since`, also what changed from the end of that day."""
    case, today = the_case(request.user, law, number), clock.office_today()
    day, since = _asked(request, "day", today) or today, _asked(request, "since", today)
    if since and since > day:
        day, since = since, day
    days = days_of_change(case)
    known = known_on(case, day)
    context: dict[str, Any] = {
        "case": case,
        "day": day,
        "since": since,
        "today": today,
        "past": day < today,
        "known": known,
        "values": values_of(known, case.law),
        "documents": [_document(one, case) for one in _dated(known.documents)],
        "limits": [_limit(one) for one in known.limits],
        "way": _way(days, day),
        "days": days[-_NAMED_DAYS:],
        "first": days[0] if days else None,
        "hidden": _hidden(case, request),
        "unreadable_day": _unreadable(request),
    }
    if since:
        context |= _compared(case, between(known_on(case, since), known))
    return render(request, "pages/case_known.html", context)


def _asked(request: HttpRequest, name: str, today: date) -> date | None:
    """The day asked for; a day to come is today, for nothing is known of it."""
    day = day_or_none(request.GET.get(name))
    return min(day, today) if day else None


def _unreadable(request: HttpRequest) -> bool:
    return any(request.GET.get(name) and not day_or_none(request.GET[name]) for name in ("day", "since"))


def _way(days: list[date], day: date) -> Way:
    before, after = bisect_left(days, day), bisect_right(days, day)
    return Way(days[before - 1] if before else None, days[after] if after < len(days) else None)


def _hidden(case: Case, request: HttpRequest) -> set[int]:
    """Limits whose date this person is to find first, on whatever day it was known."""
    if not firm_policy().blind_check:
        return set()
    return set(case.limits.filter(confirming.hidden_from(request.user)).values_list("pk", flat=True))


def values_of(known: Known, law: str) -> list[tuple[str, object]]:
    """What the office had said; of what every case has also that it had not."""
    told = {name: value for name, value in known.values.items() if value is not None or name in _EXPECTED}
    return [(label, _said(name, told[name], law)) for name, label in _labels().items() if name in told]


def _dated(documents: Iterable[KnownDocument]) -> list[KnownDocument]:
    """The newest first, as on the page of the case; undated ones before all others."""
    return sorted(documents, key=lambda one: (one.day or date.max, one.key), reverse=True)


def _document(one: KnownDocument, case: Case) -> dict[str, Any]:
    texts = dict(Event.NoticeState.choices)
    words = {"words": document_name(one, case.law), "text_words": texts.get(one.text, one.text)}
    return {"code": one.code, "day": one.day, "text": one.text, "event": one.event, **words}


def _limit(one: KnownLimit) -> dict[str, Any]:
    states = dict(TimeLimit.State.choices)
    return {**asdict(one), "state_words": states.get(one.state, one.state)}


def _compared(case: Case, changes: Changes) -> dict[str, Any]:
    labels = {"stage": _("Stage"), "residency": _("Applicant's residency"), **_labels()}
    return {
        "changes": changes,
        "changed_values": [
            (labels.get(name, name), _said(name, old, case.law), _said(name, new, case.law))
            for name, old, new in changes.values
        ],
        "changed_limits": [tuple(one and _limit(one) for one in pair) for pair in changes.limits],
        "changed_documents": [
            tuple(one and _document(one, case) for one in pair) for pair in changes.documents
        ],
    }


def _said(name: str, value: object, law: str) -> object:
    if name in _NUMBERS and value:
        return printed(Case(law=law, **{name: value}), _NUMBERS[name])
    if name == "stage" and isinstance(value, str):
        return stage_words(value)
    return residency_words(value) if name == "residency" and isinstance(value, str) else value


def _labels() -> dict[str, str]:
    return {
        "title": _("Title"),
        "applicants_text": _("Applicants"),
        "filing_date": _("Filing date"),
        "publication_number": _("Publication number"),
        "publication_date": _("Publication date"),
        "registration_number": _("Registration number"),
        "registration_date": _("Registration date"),
        "expire_date": _("Expires"),
        "disappearance_date": _("Right ended"),
        "international_application_number": _("International application number"),
        "register_expire_date": _("Register: expires"),
        "register_next_annuity_due": _("Register: next annuity, as the office gives it"),
        "register_last_paid_year": _("Register: paid up to year"),
        "register_claims": _("Register: claims"),
        "register_disappearance_date": _("Register: right ended"),
    }
