"""What the timeline of a case draws: its documents, dates and time limits, in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from dossiers.docketing.dates import Period, add
from dossiers.docketing.duty import calculation_of
from dossiers.docketing.expected import expected
from dossiers.docketing.register import plausible
from dossiers.docketing.results import Calculation
from dossiers.docketing.rules import all_rules
from dossiers.docketing.store import Beside, facts_of
from dossiers.models import Case, Event, Register, TimeLimit
from dossiers.templatetags.portal import document_name, spoken, urgency

from . import dates
from .drawing.clusters import Act, Cluster, Kind, within
from .drawing.downward import Place, downward
from .drawing.text import clean
from .drawing.timeline import Look, Milestone, Part, PartKind, Stretch, Timeline, draw
from .words import rung_words

# What can be shown and hidden: values of the form, classes of the drawing.
KINDS = {
    "office": gettext_lazy("From the office"),
    "own": gettext_lazy("From the applicant"),
    "other": gettext_lazy("From others"),
    "date": gettext_lazy("Dates of the case"),
    "limit": gettext_lazy("Time limits running"),
    "ended": gettext_lazy("Time limits met"),
}
_HIDDEN = (TimeLimit.State.GONE, TimeLimit.State.NOT_NEEDED, TimeLimit.State.EXPIRED)
_SPAN = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_ENDED = ("lapsed", "withdrawn", "dismissed", "refused")
_YEARS_AHEAD = 3  # annuities after the one that is docketed
_LATER_WAYS: tuple[PartKind, ...] = ("extension", "late_extension", "grace", "restoration")


@dataclass(frozen=True)
class Asked:
    """Which kinds are shown, and of which stretch of time ("2024", "2024-03"; "" for all)."""

    kinds: frozenset[str]
    span: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        given = request.GET
        chosen = frozenset(given.getlist("show")) & frozenset(KINDS)
        span = given.get("span", "")
        return cls(
            chosen if given.get("timeline") else frozenset(KINDS), span if _SPAN.fullmatch(span) else ""
        )


@dataclass(frozen=True)
class Drawn:
    """The drawing with its words. The counts are of what has no place in it: the lists alone have them."""

    timeline: Timeline
    places: Sequence[Place]  # the same, from top to bottom
    kinds: Sequence[tuple[str, str, bool]]  # value, words, whether shown
    span: str
    documents: int
    documents_left_out: int
    limits_undated: int

    @property
    def written_span(self) -> str:
        return _written_span(self.span)

    @property
    def hidden(self) -> str:
        """Classes that hide what was not chosen, for browsers that cannot tell it from the form."""
        return " ".join(f"without-{value}" for value, _words, shown in self.kinds if not shown)


def timeline_of(
    case: Case,
    events: Sequence[Event],
    limits: Sequence[TimeLimit],
    register: Register | None,
    today: date,
    asked: Asked,
) -> Drawn | None:
    """The drawing of a case; None when nothing on it has a date. Asks the database nothing."""
    acts = [act for event in events if (act := _act(case, event)) and within(act.on, asked.span)]
    wanted = [limit for limit in limits if limit.state not in _HIDDEN]
    stretches = [one for limit in wanted if (one := _stretch(limit, today)) and _touches(one, asked.span)]
    life = [one for one in _milestones(case, events, limits, register, today) if within(one.on, asked.span)]
    if not (acts or stretches or life or asked.span):
        return None
    timeline = draw(acts, stretches, today, life, span=asked.span, say=_several, day=dates.written)
    return Drawn(
        timeline=timeline,
        places=downward(timeline, today),
        kinds=[(value, str(words), value in asked.kinds) for value, words in KINDS.items()],
        span=asked.span,
        documents=len(acts),
        documents_left_out=0 if asked.span else len(events) - len(acts),
        limits_undated=sum(limit.due is None for limit in wanted),
    )


# --- documents --------------------------------------------------------------------------------------------

_SIDES: dict[str, Kind] = {Event.Side.OFFICE: "office", Event.Side.APPLICANT: "own"}


def _act(case: Case, event: Event) -> Act | None:
    """The mark of a document; none without a day that can be right, or once the office has dropped it."""
    if event.legal_date is None or event.vanished_at or not plausible(event.legal_date):
        return None
    waiting = event.account == Event.Account.OPEN
    words = clean(document_name(event, case.law))
    if waiting:
        words = _("%(document)s (not accounted for)") % {"document": words}
    if event.unread:
        words = _("%(document)s (new)") % {"document": words}
    kind = _SIDES.get(event.side, "other")
    link = reverse("document", args=[case.law, case.application_number, event.pk])
    return Act(kind, event.legal_date, words, link, unread=event.unread, open=waiting)


def _several(cluster: Cluster) -> str:
    words = ngettext("%(n)d document", "%(n)d documents", cluster.count) % {"n": cluster.count}
    said = [f"{_written_span(cluster.span)}: {words}", str(KINDS[cluster.kind])]
    if cluster.unread:
        said.append(ngettext("%(n)d new", "%(n)d new", cluster.unread) % {"n": cluster.unread})
    if cluster.open:
        said.append(
            ngettext("%(n)d not accounted for", "%(n)d not accounted for", cluster.open) % {"n": cluster.open}
        )
    return ", ".join(said)


def _written_span(span: str) -> str:
    """A year, month or day that is shown, as the reader wants it."""
    writing = {7: dates.month, 10: dates.written}.get(len(span))
    return writing(date.fromisoformat(f"{span}-01"[:10])) if writing else span


# --- time limits ------------------------------------------------------------------------------------------


def _stretch(limit: TimeLimit, today: date) -> Stretch | None:
    if limit.due is None or not plausible(limit.due):
        return None
    start = limit.base_date if limit.base_date and plausible(limit.base_date) else limit.due
    calculation = calculation_of(limit)
    return Stretch(
        words=clean(spoken(limit, "title")),
        link=reverse("limit", args=[limit.pk]),
        start=min(start, limit.due),
        due=limit.due,
        look=_look(limit, today),
        first_end=_first_end(calculation, limit.due),
        note=_note(limit),
        provisional=limit.provisional,
        parts=() if limit.state == TimeLimit.State.DONE else tuple(_later_ways(calculation, limit.due)),
    )


def _look(limit: TimeLimit, today: date) -> Look:
    if limit.state == TimeLimit.State.DONE:
        return "done"
    if limit.state == TimeLimit.State.CLAIMED:
        return "claimed"
    looks: dict[str, Look] = {"danger": "overdue", "soon": "soon"}
    return looks.get(urgency(limit.due, today), "later")


def _note(limit: TimeLimit) -> str:
    notes = []
    if limit.state == TimeLimit.State.CLAIMED:
        notes.append(_("said to be done"))
    if limit.state == TimeLimit.State.DONE:
        notes.append(_("met"))
    elif limit.provisional:
        notes.append(_("provisional"))
    return ", ".join(notes)


def _first_end(calculation: Calculation | None, due: date) -> date | None:
    """The end of the period before it was extended; None when nobody asked for more time."""
    if calculation is None or not any(rung.requested for rung in calculation.ladder):
        return None
    ends = [step.values.get("raw_end") for step in calculation.steps if step.code.startswith("raw_end")]
    return next((end for end in ends if isinstance(end, date) and calculation.base_date <= end < due), None)


def _later_ways(calculation: Calculation | None, due: date) -> Iterable[Part]:
    """What can be had after the last day, in the order of its ends."""
    rungs = calculation.ladder if calculation else ()
    found = [
        Part(kind, rung.due, rung_words(kind))
        for rung in rungs
        for kind in _LATER_WAYS
        if rung.kind == kind and rung.due and not rung.requested and due < rung.due and plausible(rung.due)
    ]
    return sorted(found, key=lambda part: part.until)


def _touches(stretch: Stretch, span: str) -> bool:
    return not span or within(stretch.start, span) or within(stretch.due, span)


# --- dates of the case ------------------------------------------------------------------------------------


def _milestones(
    case: Case,
    events: Sequence[Event],
    limits: Sequence[TimeLimit],
    register: Register | None,
    today: date,
) -> list[Milestone]:
    """What the office says of the case itself, then what lies ahead; of several on a day, each once."""
    registered = case.registration_date or (register and register.registration_date)
    ended = case.disappearance_date or (register and register.disappearance_date)
    expires = case.expire_date or (register and register.expire_date)
    told = [
        (case.filing_date, pgettext("date", "Filed")),
        (case.publication_date, _("Published")),
        (registered, pgettext("date", "Registered")),
        (ended, _("Right ended")),
    ]
    found = [Milestone(day, words) for day, words in told if day and plausible(day)]
    if ended or case.stage in _ENDED:
        return found
    ahead = [*_expected(case, events, today), *_annuities(limits, expires or None)]
    if expires and plausible(expires) and not any(one.on == expires for one in ahead):
        ahead.append(Milestone(expires, _("End of the term"), expected=True))
    return [*found, *(one for one in ahead if one.on > today)]


def _expected(case: Case, events: Sequence[Event], today: date) -> list[Milestone]:
    """What happens by itself. Nothing is expected of a case whose priority and parent were never read."""
    if case.parent is None:
        return []
    published = bool(case.publication_date or case.publication_number)
    return [
        Milestone(one.day, clean(spoken(one, "title")), expected=True)
        for one in expected(facts_of(case, list(events), Beside()), all_rules())
        if one.day > today and not (published and one.rule_id == "pat.publication")
    ]


def _annuities(limits: Sequence[TimeLimit], expires: date | None) -> list[Milestone]:
    """The years after the one that is docketed, as they follow from it while the term lasts."""
    rules = all_rules().rules
    return [
        Milestone(day, _("Annuity, a later year"), expected=True)
        for limit in limits
        if limit.state in (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED) and limit.raw_end and expires
        if (rule := rules.get(limit.rule_id)) and rule.fee.startswith("annuity.")
        for year in range(1, _YEARS_AHEAD + 1)
        if (day := _years_after(limit.raw_end, year)) < expires
    ]


def _years_after(day: date, years: int) -> date:
    """The same day so many years on; of 29 February the last day of the month."""
    return add(day, (Period(years, "year"),), "date_to_date")
