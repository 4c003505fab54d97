"""Acts on the cases chosen on a page, or on all that were found: a look before many are changed, and undo."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers import reach, tasks, walls
from dossiers.intake import bulk
from dossiers.intake.tags import TagRefused, tag_named
from dossiers.models import BulkChange, Case, Law
from dossiers.refresh import usage

from .filters import CaseFilter, found

CONFIRM_ABOVE = 50
_LATELY = 50


@dataclass(frozen=True)
class Calls:
    """What asking the office about cases of one law takes: one call a case."""

    law: str
    needed: int
    left: int  # today, of both counters of the status


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Do what was chosen; more than a page of cases, and calls to the office, are shown first."""
    asked = request.POST.get("asked", "")
    keys = _keys(request, asked)
    try:
        act, value = _what(request)
        target = bulk.target_of(act, value, by=request.user)
        if _must_confirm(request, act, keys):
            return _confirm(request, act, value, str(target or ""), keys, asked)
        made = bulk.change_cases(act, value, keys, by=request.user)
    except (bulk.BulkRefused, TagRefused) as refused:
        messages.error(request, _refusal(refused.code))
        return redirect(_list(asked))
    _ring(made)
    return redirect(_list(asked, made))


@require_POST
def undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    made = get_object_or_404(BulkChange, pk=pk, by=request.user)
    asked = request.POST.get("asked", "")
    try:
        made = bulk.undo(made, by=request.user)
    except bulk.BulkRefused as refused:
        messages.error(request, _refusal(refused.code))
        return redirect(_list(asked))
    _ring(made)
    return redirect(_list(asked, made))


@require_POST
def go_on(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have what stopped after several failures tried again."""
    made = get_object_or_404(BulkChange, pk=pk, by=request.user)
    bulk.go_on(made, by=request.user)
    tasks.ring("bulk")
    return redirect(_list(request.POST.get("asked", ""), made))


@require_safe
def progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The fragment that says how far it has come; without scripts, a page of it."""
    made = get_object_or_404(BulkChange, pk=pk, by=request.user)
    if not request.htmx:
        return render(request, "pages/cases_changes.html", {"changes": [told(made)]})
    return render(request, "parts/cases_changed.html", {"change": told(made), **_asked_of(request)})


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What this reader has done to many cases lately, newest first."""
    rows = BulkChange.objects.filter(by=request.user)[:_LATELY]
    return render(request, "pages/cases_changes.html", {"changes": [told(one) for one in rows]})


def told(change: BulkChange) -> BulkChange:
    """The change with what a page says of it."""
    change.under_way = change.state in bulk.UNFINISHED
    change.stopped = bulk.stopped(change)
    change.may_undo = bulk.may_undo(change)
    change.done, change.goal = bulk.done_of(change), bulk.goal_of(change)
    change.kept = change.changed - change.back
    return change


def shown_on_list(request: HttpRequest) -> list[BulkChange]:
    """What this reader has just done, as the address names it, and whatever of theirs is under way."""
    try:
        named = Q(pk=uuid.UUID(request.GET.get("change", "")))
    except ValueError:
        named = Q(pk=None)
    rows = BulkChange.objects.filter(named | Q(state__in=bulk.UNFINISHED), by=request.user)
    return [told(one) for one in rows[:5]]


def _ring(made: BulkChange) -> None:
    if made.state in bulk.UNFINISHED:
        tasks.ring("bulk")
    elif made.act == BulkChange.Act.REFRESH:
        tasks.ring("refresh")


def _asked_of(request: HttpRequest) -> dict[str, str]:
    """The filter that the page with the fragment shows, for the way back."""
    query = QueryDict(mutable=True)
    query.update(CaseFilter.of(request.GET).as_query())
    return {"asked": query.urlencode()}


def _keys(request: HttpRequest, asked: str) -> list[int]:
    """The chosen cases: those of the page that are ticked, or all that fit what was asked, but not more
    than one above the most that may be changed at once."""
    if request.POST.get("scope") == "all":
        rows = found(request.user, CaseFilter.of(QueryDict(asked)))
        return list(rows.values_list("pk", flat=True)[: bulk.MOST + 1])
    given = [int(one) for one in request.POST.getlist("case") if one.isdecimal() and len(one) < 18]
    return list(reach.cases(request.user).filter(pk__in=given[: bulk.MOST]).values_list("pk", flat=True))


def _what(request: HttpRequest) -> tuple[str, str]:
    """The act and its value, as in "owner:12"; a new tag is named beside it."""
    act, _colon, value = request.POST.get("what", "").partition(":")
    if act not in BulkChange.Act.values:
        raise bulk.BulkRefused("no_act")
    if act == BulkChange.Act.WALL:  # chosen on the page that asks, after the cases
        value = request.POST.get("wall", "")
        if value == "-":
            raise bulk.BulkRefused("no_wall")
    if act == BulkChange.Act.TAG and not value:
        value = str(tag_named(request.POST.get("new_tag", ""), by=request.user).pk)
    return act, value


_ALWAYS_SHOWN = (BulkChange.Act.REFRESH, BulkChange.Act.WALL)


def _must_confirm(request: HttpRequest, act: str, keys: list[int]) -> bool:
    """Whether the number of cases is still to be seen, or is another than the one that was."""
    if not keys or len(keys) > bulk.MOST or (act == BulkChange.Act.REFRESH and len(keys) > bulk.MOST_CALLS):
        return False  # refused with a word
    many = len(keys) > CONFIRM_ABOVE or request.POST.get("scope") == "all" or act in _ALWAYS_SHOWN
    return many and request.POST.get("seen") != str(len(keys))


def _confirm(
    request: HttpRequest, act: str, value: str, words: str, keys: list[int], asked: str
) -> HttpResponse:
    context = {
        "act": act,
        "act_words": BulkChange.Act(act).label,
        "what": f"{act}:{value}",
        "words": words,
        "number": len(keys),
        "seen_before": request.POST.get("seen", ""),
        "scope": "all" if request.POST.get("scope") == "all" else "page",
        "keys": [] if request.POST.get("scope") == "all" else keys,
        "some": reach.cases(request.user).filter(pk__in=keys[:10]).defer("note", "parties"),
        "in_background": len(keys) > bulk.AT_ONCE,
        "asked": asked,
        "back": _list(asked),
    }
    context["walls"] = list(walls.of_person(request.user)) if act == BulkChange.Act.WALL else None
    if act == BulkChange.Act.REFRESH:
        context |= {
            "calls": _calls(keys),
            "minutes": math.ceil(len(keys) / settings.JPO_PER_MINUTE),
            "per_minute": settings.JPO_PER_MINUTE,
        }
    return render(request, "pages/cases_confirm.html", context)


def _calls(keys: list[int]) -> list[Calls]:
    needed = Counter(Case.objects.filter(pk__in=keys).order_by().values_list("law", flat=True))
    left = Counter[str]()
    for counter in usage.counters():
        law, _slash, name = counter.name.partition("/")
        if name in ("app_progress", "app_progress_simple"):
            left[law] += counter.left
    return [Calls(Law(law).label, number, left[law]) for law, number in sorted(needed.items())]


def _list(asked: str, made: BulkChange | None = None) -> str:
    query = QueryDict(mutable=True)
    query.update(CaseFilter.of(QueryDict(asked)).as_query())
    if made:
        query["change"] = str(made.pk)
    return f"{reverse('cases')}?{query.urlencode()}" if query else reverse("cases")


def _refusal(code: str) -> str:
    words = {
        "no_act": _("Nothing was changed: choose what is to be done."),
        "no_wall": _("Nothing was changed: choose who may see the cases."),
        "nothing_chosen": _("Nothing was changed: tick the cases first, or choose all that were found."),
        "too_many": _("Nothing was changed: narrow the list to 50,000 cases or fewer first."),
        "too_many_calls": _("Nobody was asked: the office is asked about 200 cases at once at most."),
        "no_such_value": _("Nothing was changed: this person, tag or list is no longer there."),
        "not_yours": _("Nothing was changed: only its owner takes cases off a list or takes a change back."),
        "too_late": _("Nothing was changed: this can no longer be taken back."),
        "no_name": _("Nothing was changed: a tag needs a letter or a digit."),
        "too_long": _("Nothing was changed: a tag has 40 characters at most."),
    }
    return words[code]
