"""The offices' credentials, entered by an administrator: taken in, tried out, and never shown again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from apiclient.outcomes import Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Purpose
from dossiers import credentials
from dossiers.credentials import Credential, Office
from dossiers.models import Case, Law, OfficeCredential, record
from dossiers.reach import shown_to
from dossiers.refresh import circuit, office

from .words import outcome_words

_LONGEST = 200  # characters of an ID or a password
_QUESTION = "app_progress"
_ANY_NUMBER = "2020000001"  # asked about where the docket has no patent; whether it exists does not matter


@dataclass(frozen=True)
class Held:
    """One office as the page shows it: where its credential comes from, and what was entered here, if any."""

    office: str
    name: str
    credential: Credential
    entered: OfficeCredential | None
    can_try: bool


@require_safe
def offices(request: HttpRequest) -> HttpResponse:
    entered = {row.office: row for row in OfficeCredential.objects.select_related("changed_by")}
    held = [
        Held(value, str(words), credentials.of(value, fresh=True), entered.get(value), value == Office.JPO)
        for value, words in Office.choices
    ]
    return render(request, "pages/offices.html", {"held": held})


@sensitive_post_parameters("password")
@require_POST
def act(request: HttpRequest, name: str, action: str) -> HttpResponse:
    """Enter, remove or try out; 404 for an office or act there is none of."""
    if name not in Office.values or action not in _ACTS:
        raise Http404
    _ACTS[action](request, name)
    return redirect("offices")


def _enter(request: HttpRequest, name: str) -> None:
    username = request.POST.get("username", "").strip()
    password = request.POST.get("password", "")
    if (
        not (username and password)
        or max(len(username), len(password)) > _LONGEST
        or "\0" in username + password
    ):
        messages.error(request, _("Please give both the ID and the password; nothing was changed."))
        return
    credentials.enter(name, username, password, by=request.user)
    if credentials.of(name).source == "environment":
        messages.warning(request, _("Kept, but not in use: what the server's environment says holds."))
    else:
        messages.success(request, _("Kept sealed. The next question to the office uses it."))


def _remove(request: HttpRequest, name: str) -> None:
    if credentials.remove(name, by=request.user):
        messages.success(request, _("Removed. Without another one the office is not asked any more."))


def _try(request: HttpRequest, name: str) -> None:
    """One question by the usual way, at the cost of one call of the day."""
    if name != Office.JPO:
        raise Http404
    mine = Case.objects.filter(shown_to(request.user), law=Law.PATENT).order_by("pk")
    number = mine.values_list("application_number", flat=True).first() or _ANY_NUMBER
    try:
        outcome: str = office.ask(Law.PATENT, _QUESTION, number, purpose=Purpose.PERSON).outcome
    except office.NoCredentials:
        outcome = circuit.NO_CREDENTIALS
    except DailyLimitReached:
        outcome = Outcome.DAILY_LIMIT
    except MinuteLimitReached:
        outcome = "minute_limit"
    except circuit.Paused as paused:
        outcome = paused.outcome
    record("credential.try", by=request.user, office=name, outcome=str(outcome))
    if outcome in (Outcome.OK, Outcome.EMPTY):
        messages.success(request, _("The office takes them: it has answered."))
    else:
        messages.error(request, _("Not confirmed: %(why)s") % {"why": outcome_words(outcome)})


_ACTS: dict[str, Callable[[HttpRequest, str], None]] = {"enter": _enter, "remove": _remove, "try": _try}
