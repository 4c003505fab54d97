"""Disagreements about a date: somebody computed another one than the rules, and nobody has settled it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_noop

from dossiers import clock
from dossiers.models import BlindCheck, Case, ReviewTask, TimeLimit

KIND = "blind_check_differs"
PREFIX = "blind:"
SETTLED = gettext_noop("settled: the date was confirmed, or the time limit has ended")
RUNNING = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)


def key_of(limit: TimeLimit) -> str:
    """The key of the one task about this limit."""
    return f"{PREFIX}{limit.pk}"


def task_of(limit: TimeLimit) -> ReviewTask | None:
    """The open task about this limit, if there is one."""
    return ReviewTask.objects.filter(case_id=limit.case_id, key=key_of(limit), closed_at=None).first()


def ask(limit: TimeLimit, check: BlindCheck) -> ReviewTask:
    """Open the task, or open it again with the newest two dates."""
    ja, en = _words(limit, str(check.by), check.entered, check.computed)
    return ReviewTask.objects.update_or_create(
        case_id=limit.case_id,
        key=key_of(limit),
        defaults={
            "event": limit.event,
            "kind": KIND,
            "detail_ja": ja[:500],
            "detail_en": en[:500],
            "opened_at": check.at,
            "closed_at": None,
            "closed_by": None,
            "resolution": "",
        },
    )[0]


def close_settled(case: Case) -> None:
    """Close the tasks whose limit was confirmed since, or no longer runs."""
    settle(case.reviews.filter(kind=KIND, closed_at=None), case.limits.all())


def settle(tasks: Iterable[ReviewTask], limits: Iterable[TimeLimit]) -> None:
    """As `close_settled`, among the tasks and all limits of one case."""
    for task in tasks:
        if task.kind != KIND or task.closed_at:
            continue
        limit = next((one for one in limits if one.pk == limit_pk(task.key)), None)
        if limit is None or limit.confirmed_by_id or limit.state not in RUNNING:
            task.closed_at, task.resolution = clock.now(), SETTLED
            task.save(update_fields=["closed_at", "resolution"])


def limit_pk(key: str) -> int:
    """The limit that the task of this key is about; 0 for a key of another kind."""
    tail = key.removeprefix(PREFIX)
    return int(tail) if tail.isdecimal() else 0


def _words(limit: TimeLimit, who: str, entered: date, computed: date) -> tuple[str, str]:
    ja = f"期限の検算が一致しません：{limit.title_ja}。計算 {computed}、{who} の検算 {entered}"
    en = f"A second computation differs: {limit.title_en}. Computed {computed}, {who} found {entered}"
    return ja, en
