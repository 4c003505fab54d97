"""One time limit: its dates, how they were computed, what can still be done, and what people did about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, reach, tasks
from dossiers.docketing import actions, confirming, disagreements, instructions
from dossiers.docketing.codes import name_in
from dossiers.docketing.duty import AFTER_EXPIRY, DutyDate, Standing, calculation_of, dates_of, standing_of
from dossiers.docketing.engine import UNCODED
from dossiers.docketing.explain import explain_step
from dossiers.docketing.facts import PriorityFact
from dossiers.docketing.residency import Suggestion, suggest_residency
from dossiers.docketing.results import Calculation, Rung, Step
from dossiers.docketing.store import calendar
from dossiers.models import (
    Case,
    EnteredStart,
    ExtensionClaim,
    OwnDate,
    Paper,
    Residency,
    TimeLimit,
    User,
    firm_policy,
)

from . import acknowledging, selectors
from .case import the_case
from .dates import written
from .posting import attempt, back, day_typed, typed


@require_safe
def limit(request: HttpRequest, pk: int) -> HttpResponse:
    rows = TimeLimit.objects.select_related(
        "case", "case__owner", "case__register", "event", "proof", "state_by", "confirmed_by"
    )
    shown = get_object_or_404(rows.filter(reach.shown_to(request.user, "case__")), pk=pk)
    if _hidden(shown, request.user):
        context = {"limit": shown, "case": shown.case, "base": base_to_show(shown)}
        return render(request, "pages/limit_hidden.html", context)
    calculation, policy, today = calculation_of(shown), firm_policy(), clock.office_today()
    own = list(shown.own_dates.select_related("by"))
    claims = list(shown.extension_claims.select_related("by"))
    may = fitting_actions(shown, request.user)
    context = {
        "limit": shown,
        "case": shown.case,
        "calculation": calculation,
        "steps": steps_in_words(calculation),
        "dates": standing_dates(dates_of(shown, policy, calendar(), own), shown, today),
        "own_dates": own,
        "own_kinds": OwnDate.Kind.choices,
        "ladder": ladder_on(shown, claims, today),
        "stands": standing_of(shown, today),
        "changes": list(shown.changes.select_related("by")),
        "checks": list(shown.blind_checks.select_related("by")),
        "disagreement": disagreements.task_of(shown),
        "claims": claims,
        "requests": _requests(shown, claims),
        "start": _start_of(shown),
        "policy": policy,
        "about": acknowledging.of_limit(shown),
        "may": may,
        "instructions": instructions.about_limit(shown),
        "suggested": suggested_residency(shown.case) if shown.case.residency == Residency.UNKNOWN else None,
        "residencies": Residency.choices,
    }
    return render(request, "pages/limit.html", context)


def _hidden(limit: TimeLimit, user: User) -> bool:
    """Whether the firm checks blind and this person has not found a date of their own yet."""
    return bool(confirming.hidden_among(user, [limit.pk]))


def base_to_show(limit: TimeLimit) -> date | None:
    """The day it runs from, unless that would tell the date itself."""
    return limit.base_date if limit.base_date not in (limit.due, limit.raw_end) else None


# --- in words ---------------------------------------------------------------------------------------------


def language_of_reader() -> Literal["ja", "en"]:
    """The language in which the docket's own words are shown."""
    return "ja" if get_language() == "ja" else "en"


def steps_in_words(calculation: Calculation | None) -> list[str]:
    """The steps in words; a step of a kind no longer known shows its name and values."""
    language = language_of_reader()
    return [_step(step, language) for step in calculation.steps] if calculation else []


def _step(step: Step, language: Literal["ja", "en"]) -> str:
    try:
        return explain_step(step, language, written)
    except KeyError:
        return f"{step.code}: {dict(step.values)}"


def _requests(limit: TimeLimit, claims: Iterable[ExtensionClaim]) -> list[tuple[str, str]]:
    """The documents that can still be said to extend the limit: code and name."""
    law, language = limit.case.law, language_of_reader()
    said = {claim.code for claim in claims if claim.ended_at is None}
    codes = [code for code in actions.requests_of(limit) if code not in said]
    uncoded = _("Request to extend the payment period (sent to the office without a code of its own)")
    return [(code, uncoded if code == UNCODED else name_in(code, law, "", language)) for code in codes]


def standing_dates(dates: Iterable[DutyDate], limit: TimeLimit, today: date) -> list[DutyDate]:
    """The dates that still mean something: once the due date has passed, it can no longer be extended."""
    passed = limit.due is not None and limit.due < today
    return [one for one in dates if not (passed and one.kind == "extendable")]


# --- the ladder -------------------------------------------------------------------------------------------

StepState = Literal["requested", "claimed", "stands", "open", "passed", "later"]


@dataclass(frozen=True)
class LadderStep:
    """One way to act later, and where it is today.

    ``requested``: on file; ``claimed``: a person says so; ``stands``: what can still be done now; ``open``:
    can be asked for now; ``passed``: too late for it; ``later``: comes when everything before it is missed.
    """

    rung: Rung
    state: StepState
    ask_by: date | None  # the last day to ask for it, where that is another day


def ladder_on(limit: TimeLimit, claims: list[ExtensionClaim], today: date) -> list[LadderStep]:
    """The rungs of a limit with their state on a day, in their order."""
    calculation = calculation_of(limit)
    if calculation is None:
        return []
    stands = standing_of(limit, today)
    claimed = any(claim.ended_at is None for claim in claims)
    return [
        LadderStep(rung, _rung_state(rung, limit.due, today, stands, claimed), _ask_by(rung, limit.due))
        for rung in calculation.ladder
    ]


def _ask_by(rung: Rung, due: date | None) -> date | None:
    return due if rung.kind == "extension" and not rung.requested else None


def _rung_state(rung: Rung, due: date | None, today: date, stands: Standing, claimed: bool) -> StepState:
    if rung.requested:
        return "claimed" if claimed else "requested"
    if stands.step is rung or stands.step == rung:
        return "stands"
    if rung.due is not None and rung.due < today:
        return "passed"
    if rung.kind not in AFTER_EXPIRY:
        return "open" if due is None or today <= due else "passed"
    return "later"


# --- residency --------------------------------------------------------------------------------------------


def suggested_residency(case: Case) -> Suggestion:
    """What the case's names, priorities and notices say of its applicants; a suggestion, never applied."""
    priorities = [
        PriorityFact(None, str(row.get("country", "")), str(row.get("number", "")))
        for row in case.priorities or ()
    ]
    notices = Paper.objects.filter(case=case, readable=True).values_list("notice", flat=True)
    quotes = [((notice or {}).get("period") or {}).get("quote", "") for notice in notices]
    return suggest_residency(
        [party for party in case.parties or () if isinstance(party, dict)],
        priorities,
        [quote for quote in quotes if quote],
        international=bool(case.international_application_number),
    )


@require_POST
def set_residency(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Who the applicants are; every limit that depends on it is computed again."""
    shown = the_case(request.user, law, number)
    value, reason = typed(request, "residency"), typed(request, "reason")
    attempt(
        request,
        lambda: actions.set_residency(shown, by=request.user, value=value, reason=reason, tell=tasks.tell),
        _("The residency is set; the time limits were computed again."),
    )
    return redirect(back(request, reverse("case", args=[law, number])))


# --- acting -----------------------------------------------------------------------------------------------


def _start_of(limit: TimeLimit) -> EnteredStart | None:
    """The day a person entered that the limit runs from, if it does."""
    key = limit.key.rpartition(":entered:")[2]
    if not key.isdecimal() or key == limit.key or len(key) > 18:
        return None
    return limit.case.entered_starts.select_related("by", "withdrawn_by").filter(pk=int(key)).first()


def fitting_actions(limit: TimeLimit, user: User) -> set[str]:
    """The actions that fit the limit's state and this person."""
    running = limit.state in selectors.RUNNING
    own_entry = running and user.pk in actions.entered_by(limit)
    unchecked = running and bool(limit.due) and not limit.confirmed_at
    fitting = {
        "confirm": unchecked and not own_entry,
        "own-entry": unchecked and own_entry,
        "unconfirm": running and bool(limit.confirmed_at),
        "done": limit.state == TimeLimit.State.OPEN,
        "not-needed": running,
        "reopen": limit.state in (TimeLimit.State.NOT_NEEDED, TimeLimit.State.CLAIMED),
        "extension": running and bool(limit.due) and bool(actions.requests_of(limit)),
        "own-date": running,
    }
    return {name for name, fits in fitting.items() if fits}


Act = Callable[[HttpRequest, TimeLimit], object]


def _confirm(request: HttpRequest, limit: TimeLimit) -> object:
    return confirming.confirm_seen(limit, by=request.user, seen=day_typed(request, "due"))


def _reveal(request: HttpRequest, limit: TimeLimit) -> object:
    return confirming.reveal(limit, by=request.user)


def _settle(request: HttpRequest, limit: TimeLimit) -> object:
    seen, reason = day_typed(request, "due"), typed(request, "reason")
    return confirming.settle(limit, by=request.user, seen=seen, reason=reason)


def _unconfirm(request: HttpRequest, limit: TimeLimit) -> object:
    return actions.take_back_confirmation(limit, by=request.user, reason=typed(request, "reason"))


def _done(request: HttpRequest, limit: TimeLimit) -> object:
    reason, document = typed(request, "reason"), typed(request, "document")
    return actions.claim_done(limit, by=request.user, reason=reason, document=document)


def _not_needed(request: HttpRequest, limit: TimeLimit) -> object:
    return actions.not_needed(limit, by=request.user, reason=typed(request, "reason"))


def _reopen(request: HttpRequest, limit: TimeLimit) -> object:
    return actions.reopen(limit, by=request.user, reason=typed(request, "reason"))


def _extension(request: HttpRequest, limit: TimeLimit) -> object:
    filed = day_typed(request, "filed_on")
    if filed is None:
        raise actions.ActionRefused("no_day")
    return actions.claim_extension(
        limit,
        by=request.user,
        code=typed(request, "code"),
        filed_on=filed,
        note=typed(request, "note"),
        tell=tasks.tell,
    )


def _withdraw_extension(request: HttpRequest, limit: TimeLimit) -> object:
    pk = typed(request, "claim")
    claim = limit.extension_claims.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 18 else None
    if claim is None:
        raise actions.ActionRefused("already_closed")
    reason = typed(request, "reason")
    return actions.withdraw_claim(claim, by=request.user, reason=reason, tell=tasks.tell)


def _own_date(request: HttpRequest, limit: TimeLimit) -> object:
    return actions.set_own_date(
        limit,
        by=request.user,
        kind=typed(request, "kind"),
        day=day_typed(request, "day"),
        note=typed(request, "note"),
    )


def _withdraw_start(request: HttpRequest, limit: TimeLimit) -> object:
    start = _start_of(limit)
    if start is None:
        raise actions.ActionRefused("already_closed")
    reason = typed(request, "reason")
    return actions.withdraw_start(start, by=request.user, reason=reason, tell=tasks.tell)


_ACTS: dict[str, Act] = {
    "confirm": _confirm,
    "reveal": _reveal,
    "settle": _settle,
    "unconfirm": _unconfirm,
    "done": _done,
    "not-needed": _not_needed,
    "reopen": _reopen,
    "extension": _extension,
    "withdraw-extension": _withdraw_extension,
    "own-date": _own_date,
    "withdraw-start": _withdraw_start,
}


def _said(action: str) -> str:
    return {
        "confirm": _("The date is confirmed."),
        "reveal": _("The date is shown, and it is on record that you saw it before finding your own."),
        "settle": _("Settled: the date is confirmed."),
        "unconfirm": _("The confirmation is taken back; the date waits to be checked again."),
        "done": _("Noted as done. It stays in the list until the office's data shows it."),
        "not-needed": _("The time limit is closed: not needed."),
        "reopen": _("The time limit is open again."),
        "extension": _("The extension counts from now on, until the office's data should show it."),
        "withdraw-extension": _("The extension no longer counts."),
        "own-date": _("The date is noted."),
        "withdraw-start": _("The entered day is taken back; its time limit has ended."),
    }[action]


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    if action not in _ACTS:
        raise Http404
    rows = TimeLimit.objects.filter(reach.shown_to(request.user, "case__"))
    shown = get_object_or_404(rows.select_related("case"), pk=pk)

    def do() -> object:
        if action in ("done", "not-needed"):
            instructions.refuse_unread(shown, request.POST.getlist("instruction"))
        return _ACTS[action](request, shown)

    attempt(request, do, _said(action))
    return redirect(back(request, reverse("limit", args=[pk])))
