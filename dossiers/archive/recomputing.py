"""Whether the docket that is stored is the one that its facts, the rules and the calendar give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from dossiers.docketing.calendar import OfficeCalendar
from dossiers.docketing.docket import docket
from dossiers.docketing.facts import CaseFacts
from dossiers.docketing.rules import all_rules
from dossiers.docketing.serial import calculation_to_json
from dossiers.docketing.stage import derive_stage
from dossiers.docketing.store import RUNNING, beside_of, calendar, facts_of, on_timeline, rules_mark
from dossiers.models import BY_HAND, Case, Event, TimeLimit

_AT_ONCE = 100
MOST_NAMED = 20


@dataclass
class Recomputed:
    """Cases whose docket is what is computed anew, those computed with other rules, and those that differ.

    The second are computed again by the worker. `named` are the first that differ, as "patent 2023000123".
    """

    equal: int = 0
    other_rules: int = 0
    differ: int = 0
    named: list[str] = field(default_factory=list)


def recompute() -> Recomputed:
    """Compute the docket of every case that has one and compare; nothing is changed."""
    found, office, mark = Recomputed(), calendar(), rules_mark()
    for cases in _chunks(Case.objects.filter(confirmed_at__isnull=False).order_by("pk").iterator(_AT_ONCE)):
        current = [case for case in cases if case.docketed_with == mark]
        found.other_rules += len(cases) - len(current)
        facts, limits = _facts(current), _limits(current)
        for case in current:
            if _agrees(case, facts[case.pk], limits[case.pk], office):
                found.equal += 1
                continue
            found.differ += 1
            if len(found.named) < MOST_NAMED:
                found.named.append(str(case))
    return found


def _chunks(cases: Iterator[Case]) -> Iterator[list[Case]]:
    while some := list(islice(cases, _AT_ONCE)):
        yield some


def _facts(cases: Sequence[Case]) -> dict[int, CaseFacts]:
    events: dict[int, list[Event]] = {case.pk: [] for case in cases}
    for event in Event.objects.filter(case__in=list(events)).order_by("pk"):
        events[event.case_id].append(event)
    beside = beside_of(cases)
    return {
        case.pk: facts_of(case, sorted(events[case.pk], key=on_timeline), beside[case.pk]) for case in cases
    }


def _limits(cases: Sequence[Case]) -> dict[int, dict[str, TimeLimit]]:
    found: dict[int, dict[str, TimeLimit]] = {case.pk: {} for case in cases}
    for limit in TimeLimit.objects.filter(case__in=list(found)).exclude(rule_id=BY_HAND):
        found[limit.case_id][limit.key] = limit
    return found


def _agrees(case: Case, facts: CaseFacts, stored: dict[str, TimeLimit], office: OfficeCalendar) -> bool:
    planned = docket(facts, all_rules(), office).limits
    for plan in planned:
        limit = stored.get(plan.key)
        if limit is None or limit.due != plan.calculation.due:
            return False
        if limit.calculation != calculation_to_json(plan.calculation):
            return False
    keys = {plan.key for plan in planned}
    running = {key for key, limit in stored.items() if limit.state in RUNNING}
    return running <= keys and derive_stage(facts).code == case.stage
