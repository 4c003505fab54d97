"""A number that somebody adds and whose case stands behind a wall they are not inside of.

Added anew it would be a double, and taken for known it would tell what the wall keeps. So the line says that
others decide first, and those inside get a task that names who asked: to let the person in, or to answer.
That a number cannot be added by oneself is all that is told, only to who knows the number, and never in vain:
each question is on record with the case.
"""

from __future__ import annotations

from collections.abc import Iterable

from dossiers import clock, reach
from dossiers.docketing.store import recount
from dossiers.models import BatchLine, Case, ReviewTask, User, record

KIND = "asked_for_by_outsider"
PREFIX = "people:asks:"
State = BatchLine.State


def pass_on(lines: Iterable[BatchLine], *, by: User) -> list[BatchLine]:
    """Mark the lines whose case is out of reach of `by`, tell those inside; returns the other lines."""
    lines = list(lines)
    found = _out_of_reach(lines, by)
    if not found:
        return lines
    passed = [line for line in lines if _name(line) in found]
    for case in {found[_name(line)].pk: found[_name(line)] for line in passed}.values():
        _tell(case, by)
    for line in passed:
        if line.case_id:  # it was known when the line was read, and what it said was the docket's
            line.title = line.applicants = ""
        line.case, line.made, line.state, line.message = None, False, State.PASSED_ON, "passed_on"
    fields = ["title", "applicants", "case", "made", "state", "message"]
    BatchLine.objects.bulk_update(passed, fields, batch_size=100)
    return [line for line in lines if line.state != State.PASSED_ON]


def _name(line: BatchLine) -> tuple[str, str]:
    return line.law, line.application_number


def _out_of_reach(lines: list[BatchLine], by: User) -> dict[tuple[str, str], Case]:
    numbers = sorted({line.application_number for line in lines if line.application_number})
    found: dict[tuple[str, str], Case] = {}
    for start in range(0, len(numbers), 500):
        for case in reach.walled_off(by).filter(application_number__in=numbers[start : start + 500]):
            found[case.law, case.application_number] = case
    return found


_JA = "{who} がこの番号を追加しようとしています（障壁の外）。内部者に加えるか、本人に回答してください。"
_EN = "{who}, who is outside the wall, wants to add this number: let them in, or answer."


def _tell(case: Case, by: User) -> None:
    """One task a person; asked again, it opens again."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    ReviewTask.objects.update_or_create(
        case=case,
        key=f"{PREFIX}{by.pk}",
        defaults={
            "kind": KIND,
            "detail_ja": _JA.format(who=by),
            "detail_en": _EN.format(who=by),
            "opened_at": clock.now(),
            "closed_at": None,
            "closed_by": None,
            "resolution": "",
        },
    )
    recount(case)
    record("case.asked_for", by=by, case=case)
