"""The confirmation round: one unconfirmed time limit after another, judged on one screen, by keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers import reach
from dossiers.docketing import actions, confirming, disagreements, instructions
from dossiers.docketing.actions import ActionRefused
from dossiers.docketing.duty import calculation_of
from dossiers.models import BlindCheck, Law, Paper, TimeLimit, TimeLimitChange, User, firm_policy

from . import selectors
from .limit import steps_in_words, suggested_residency
from .posting import day_typed, typed
from .words import code_words

_AROUND = 400  # characters of the document shown before and after the sentence that says the period
_MOST_STEPS = 1_000_000


@dataclass(frozen=True)
class Place:
    """Where a person is in the round: whose limits, of which law, after which one, and how far."""

    scope: str = "mine"
    law: str = ""
    after: int = 0  # the limit dealt with last; never its date, which may still be hidden
    n: int = 1

    @classmethod
    def of(cls, given: Any) -> Place:
        """From an address or a form; nonsense gives the beginning."""
        return cls(
            scope=given["scope"] if given.get("scope") in selectors.SCOPES else "mine",
            law=given["law"] if given.get("law") in Law.values else "",
            after=_whole(given.get("after", "")),
            n=max(1, min(_whole(given.get("n", "")), _MOST_STEPS)),
        )

    def address(self, **more: object) -> str:
        values: dict[str, object] = {"scope": self.scope, "law": self.law, "after": self.after, "n": self.n}
        return f"{reverse('limit_round')}?{urlencode({**values, **more})}"

    def past(self, limit: TimeLimit) -> Place:
        """The place behind a limit."""
        return Place(self.scope, self.law, limit.pk, self.n + 1)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def to_confirm(user: User, place: Place, *, blind: bool) -> QuerySet[TimeLimit]:
    """Running limits whose date nobody has confirmed, the soonest first.

    What had passed before its case was added is decided, not confirmed.
    What this person entered waits for somebody else, and so does, where dates are checked blind, what this
    person has found another date for.
    """
    entered = TimeLimitChange.objects.filter(limit=OuterRef("pk"), field="entered", by=user)
    rows = TimeLimit.objects.filter(
        ~Exists(entered),
        selectors.whose(user, place.scope, "case__"),
        state__in=selectors.RUNNING,
        confirmed_by=None,
        passed_on_adding=False,
        due__isnull=False,
    )
    if place.law:
        rows = rows.filter(case__law=place.law)
    if blind:
        differing = BlindCheck.objects.filter(limit=OuterRef("pk"), by=user, computed=OuterRef("due"))
        rows = rows.filter(~Exists(differing.exclude(entered=F("computed"))))
    return rows.order_by("due", "pk")


def _behind(rows: QuerySet[TimeLimit], after: int, user: User) -> QuerySet[TimeLimit]:
    """The rows behind a limit in the order of the round."""
    shown = TimeLimit.objects.filter(reach.shown_to(user, "case__"), pk=after)
    last = shown.values_list("due", flat=True).first()
    return rows.filter(Q(due__gt=last) | Q(due=last, pk__gt=after)) if last else rows


@require_safe
def confirm_round(request: HttpRequest) -> HttpResponse:
    place, policy = Place.of(request.GET), firm_policy()
    check = _differing_check(request)
    rows = to_confirm(request.user, place, blind=policy.blind_check)
    behind = _behind(rows, place.after, request.user)
    one = _whole(request.GET.get("limit", ""))
    pk = (
        check.limit_id
        if check
        else behind.filter(pk=one).values_list("pk", flat=True).first()
        if one
        else None
    )
    left = behind.count()
    shown = _whole_limit(pk) if pk else _whole_limit(behind.values_list("pk", flat=True).first())
    context: dict[str, Any] = {
        "place": place,
        "scopes": selectors.SCOPES,
        "laws": Law.choices,
        "left": left,
        "of": place.n - 1 + left + (1 if check else 0),
        "last": _last(place, request.user),
        "limit": shown,
        "round_keys": True,
    }
    if shown is not None:
        context |= _evidence(shown)
        context["instructions"] = instructions.about_limit(shown)
        context |= _judgement(shown, check) if check or not policy.blind_check else {"blind": True}
        context["next"] = place.past(shown).address()
    return render(request, "pages/limit_round.html", context)


def _whole_limit(pk: int | None) -> TimeLimit | None:
    rows = TimeLimit.objects.select_related("case", "case__owner", "event")
    return rows.filter(pk=pk).first() if pk else None


def _differing_check(request: HttpRequest) -> BlindCheck | None:
    """The person's own check that found another date; its limit is shown again with both dates."""
    pk = _whole(request.GET.get("differs", ""))
    mine = BlindCheck.objects.filter(reach.shown_to(request.user, "limit__case__"), by=request.user)
    found = mine.filter(pk=pk).select_related("limit").first() if pk else None
    return found if found and not found.agrees and found.limit.due == found.computed else None


def _last(place: Place, user: User) -> TimeLimit | None:
    """The limit that this person has just decided about, so that it can be taken back."""
    decided = Q(confirmed_by=user) | Q(state=TimeLimit.State.NOT_NEEDED, state_by=user)
    rows = (
        TimeLimit.objects.filter(reach.shown_to(user, "case__")).select_related("case").defer("calculation")
    )
    return rows.filter(decided, pk=place.after).first() if place.after else None


def _evidence(limit: TimeLimit) -> dict[str, Any]:
    """What a person needs to find the date, and nothing that tells it."""
    notice = _notice_of(limit)
    given = limit.base_date if limit.base_date not in (limit.due, limit.raw_end) else None
    return {
        "case": limit.case,
        "base": given,
        "quote": ((notice or {}).get("period") or {}).get("quote", ""),
        "excerpt": _excerpt(notice or {}),
        "suggested": suggested_residency(limit.case) if limit.case.residency == "unknown" else None,
    }


def _judgement(limit: TimeLimit, check: BlindCheck | None) -> dict[str, Any]:
    """The computed date and how it was found; shown at once, or after one's own."""
    calculation = calculation_of(limit)
    return {
        "blind": False,
        "check": check,
        "calculation": calculation,
        "steps": steps_in_words(calculation),
        "disagreement": disagreements.task_of(limit),
    }


def _notice_of(limit: TimeLimit) -> dict[str, Any] | None:
    if limit.event_id is None:
        return None
    papers = Paper.objects.defer("body").filter(event=limit.event_id, readable=True)
    paper = papers.order_by("-received_at", "-pk").first()
    return paper.notice if paper and isinstance(paper.notice, dict) else None


def _excerpt(notice: dict[str, Any]) -> str:
    """The document around the sentence that says the period; its beginning when there is none."""
    text, quote = str(notice.get("text", "")), str((notice.get("period") or {}).get("quote", ""))
    at = max(0, text.find(quote)) if quote else 0
    start, end = max(0, at - _AROUND), at + len(quote) + _AROUND
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")


# --- acting -----------------------------------------------------------------------------------------------


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Deal with one limit and go on to the next; what was refused stays in front of the person."""
    if action not in ("confirm", "blind", "settle", "not-needed"):
        raise Http404
    rows = TimeLimit.objects.filter(reach.shown_to(request.user, "case__")).select_related("case")
    limit, place = get_object_or_404(rows, pk=pk), Place.of(request.POST)
    try:
        check = _act(request, limit, action)
    except ActionRefused as refused:
        messages.error(request, code_words(refused.code))
        return redirect(place.address(limit=pk))
    if check is not None and not check.agrees:
        return redirect(place.address(differs=check.pk))
    said = {
        "confirm": _("The date is confirmed."),
        "blind": _("The same date: it is confirmed."),
        "settle": _("Settled: the date is confirmed."),
        "not-needed": _("The time limit is closed: not needed."),
    }
    messages.success(request, said[action])
    return redirect(place.past(limit).address())


def _act(request: HttpRequest, limit: TimeLimit, action: str) -> BlindCheck | None:
    by, reason = request.user, typed(request, "reason")
    if action == "blind":
        entered = day_typed(request, "entered")
        if entered is None:
            raise ActionRefused("no_day")
        return confirming.check_blind(limit, by=by, entered=entered)
    if action == "confirm":
        confirming.confirm_seen(limit, by=by, seen=day_typed(request, "due"))
    elif action == "settle":
        confirming.settle(limit, by=by, seen=day_typed(request, "due"), reason=reason)
    else:
        instructions.refuse_unread(limit, request.POST.getlist("instruction"))
        actions.not_needed(limit, by=by, reason=reason)
    return None
