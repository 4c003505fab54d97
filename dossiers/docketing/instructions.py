"""Standing instructions: what was decided beforehand about time limits, seen by whoever closes one."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from dossiers import clock
from dossiers.models import Case, StandingInstruction, TimeLimit, User, record

from .actions import ActionRefused
from .rules import all_rules

_FEES = frozenset({"fee", "annuity", "renewal"})  # families of rules

About = StandingInstruction.About


@transaction.atomic
def give(case: Case, *, by: User, about: str, text: str) -> StandingInstruction:
    """An instruction that stands from now on; ActionRefused("no_text") without words."""
    tidy = " ".join(text.split())[:300]
    if not tidy or about not in About.values:
        raise ActionRefused("no_text")
    made = StandingInstruction.objects.create(case=case, about=about, text=tidy, by=by, since=clock.now())
    record("instruction.give", by=by, case=case, about=about, text=tidy)
    return made


@transaction.atomic
def end(instruction: StandingInstruction, *, by: User) -> None:
    """It no longer stands; who gave and who ended it stays. Ending it twice changes nothing."""
    ended = StandingInstruction.objects.filter(pk=instruction.pk, ended_at=None).update(
        ended_at=clock.now(), ended_by=by
    )
    if ended:
        record("instruction.end", by=by, case=instruction.case, text=instruction.text)


def of_case(case: Case) -> list[StandingInstruction]:
    """Those that stand, newest first."""
    return list(case.instructions.filter(ended_at=None).select_related("by"))


def about_limit(limit: TimeLimit) -> list[StandingInstruction]:
    """Those that stand and concern this time limit."""
    return about_limits([limit]).get(limit.pk, [])


def about_limits(limits: Collection[TimeLimit]) -> dict[int, list[StandingInstruction]]:
    """Of several limits, by their keys, those that stand and concern each, if any do. One query."""
    standing: dict[int, list[StandingInstruction]] = {}
    cases = {limit.case_id for limit in limits}
    rows = StandingInstruction.objects.filter(case__in=cases, ended_at=None).select_related("by")
    for one in rows if cases else ():
        standing.setdefault(one.case_id, []).append(one)
    found = {
        limit.pk: [one for one in standing.get(limit.case_id, ()) if one.about in (About.ANY, _kind(limit))]
        for limit in limits
    }
    return {pk: told for pk, told in found.items() if told}


def _kind(limit: TimeLimit) -> str:
    rule = all_rules().rules.get(limit.rule_id)
    return About.FEE if rule and rule.family in _FEES else About.OTHER


def refuse_unread(limit: TimeLimit, read: Collection[str]) -> None:
    """ActionRefused("instruction_unread") unless `read` has the key of each instruction about the limit."""
    if any(str(one.pk) not in read for one in about_limit(limit)):
        raise ActionRefused("instruction_unread")
