"""Docketing a rule from a day that a person enters: first shown with how it is computed, then saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossiers import tasks
from dossiers.docketing import actions
from dossiers.docketing.actions import ActionRefused
from dossiers.docketing.explain import WORDS
from dossiers.docketing.preview import preview_start
from dossiers.docketing.rules import Rule, all_rules
from dossiers.models import Case, EnteredStart, TimeLimit

from . import dates
from .case import the_case
from .limit import language_of_reader, steps_in_words
from .posting import read_day, typed
from .words import code_words


@require_http_methods(["GET", "HEAD", "POST"])
def start_limit(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """GET with a rule and a day previews; POST saves what was previewed."""
    case = the_case(request.user, law, number)
    if request.method == "POST":
        return _save(request, case)
    rule, base, note = (request.GET.get(name, "") for name in ("rule", "base", "note"))
    return _page(request, case, rule, base, note)


def _save(request: HttpRequest, case: Case) -> HttpResponse:
    rule_id, base, note = typed(request, "rule"), typed(request, "base"), typed(request, "note")
    try:
        day = read_day(base)
        if day is None:
            raise ActionRefused("no_day")
        start = actions.enter_start(
            case, by=request.user, rule_id=rule_id, base=day, note=note, tell=tasks.tell
        )
    except ActionRefused as refused:
        messages.error(request, code_words(refused.code))
        return _page(request, case, rule_id, base, note, status=422)
    messages.success(request, _("The time limit was added. Have a second person check it."))
    limit = actions.limit_of(start)
    if limit is None:  # the length is not certain: a task asks a person to read the document
        return redirect("case", law=case.law, number=case.application_number)
    return redirect("limit", pk=limit.pk)


def _page(
    request: HttpRequest, case: Case, rule_id: str, base: str, note: str, status: int = 200
) -> HttpResponse:
    offered = all_rules().offered(case.law)
    rule = next((one for one in offered if one.id == rule_id), None)
    day, trouble = _day_of(base)
    if rule_id and rule is None:
        trouble = code_words("unknown_rule")
    context: dict[str, Any] = {
        "case": case,
        "groups": _grouped(offered),
        "rule": rule,
        "base": day.isoformat() if day else base[:40],
        "note": note[:300],
        "trouble": trouble,
        "entered": _entered(case),
    }
    if rule is not None and day is not None:
        found = preview_start(case, rule_id=rule.id, base=day, by=str(request.user))
        calculation = found.limit.calculation if found.limit else None
        context |= {"preview": found, "calculation": calculation, "steps": steps_in_words(calculation)}
    return render(request, "pages/limit_start.html", context, status=status)


@dataclass(frozen=True)
class Entered:
    """A day entered before, and the limit that follows, or followed, from it."""

    start: EnteredStart
    limit: TimeLimit | None


def _entered(case: Case) -> list[Entered]:
    """The newest first; two queries whatever their number."""
    limits = {one.key: one for one in case.limits.filter(key__contains=":entered:").defer("calculation")}
    starts = case.entered_starts.select_related("by").order_by("-at", "-pk")
    return [Entered(start, limits.get(f"{start.rule_id}:entered:{start.pk}")) for start in starts]


def _day_of(text: str) -> tuple[date | None, str]:
    try:
        return read_day(text), ""
    except ActionRefused as refused:
        return None, code_words(refused.code)


def _grouped(rules: tuple[Rule, ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The rules, id and title, by the day they count from in words; abroad also by office."""
    japanese = language_of_reader() == "ja"
    groups: dict[str, list[tuple[str, str]]] = {}
    for rule in rules:
        ja, en = WORDS.get(rule.starts, (rule.starts, rule.starts))
        title = rule.title.ja if japanese else rule.title.en
        start = ja if japanese else en
        place = start if rule.office == "JPO" else f"{rule.office} · {start}"
        groups.setdefault(place, []).append((rule.id, dates.in_text(title)))
    return list(groups.items())
