"""Work orders to ask the office about a case: made, claimed, put off, finished.

The row is the work order. Whoever wins the conditional UPDATE works on it until its lease ends; one whose
worker died is taken up again, and one that kills its worker each time is given up and shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from dossiers import clock
from dossiers.models import Case, RefreshJob, User, record

LEASE = timedelta(minutes=5)  # longer than the queue's own timeout, so that two never work on one order
MOST_ATTEMPTS = 8
RANK_PERSON, RANK_HOT, RANK_ADDED, RANK_DAILY, RANK_FINISHED = 0, 10, 20, 50, 90


@transaction.atomic
def request_refresh(case: Case, *, by: User) -> RefreshJob:
    """A person wants to know now. An order already waiting is moved to the front instead of doubled."""
    waiting = (
        case.refresh_jobs.select_for_update().filter(state=RefreshJob.State.WAITING).order_by("rank").first()
    )
    if waiting:
        waiting.rank, waiting.purpose, waiting.requested_by = RANK_PERSON, RefreshJob.Purpose.PERSON, by
        waiting.not_before = min(waiting.not_before, clock.now())
        waiting.save(update_fields=["rank", "purpose", "requested_by", "not_before"])
        job = waiting
    else:
        job = RefreshJob.objects.create(
            case=case,
            key=f"person:{case.pk}:{uuid.uuid4().hex[:12]}",
            purpose=RefreshJob.Purpose.PERSON,
            rank=RANK_PERSON,
            reason="asked for by a person",
            requested_by=by,
        )
    record("case.refresh", by=by, case=case)
    return job


def order_added(cases: Iterable[Case], *, by: User) -> int:
    """Orders for cases just added: soon, but behind people and hot cases. Returns how many were made."""
    orders = [
        RefreshJob(
            case=case,
            key=f"added:{case.pk}",
            purpose=RefreshJob.Purpose.ADDED,
            rank=RANK_ADDED,
            reason="case just added",
            requested_by=by,
        )
        for case in cases
    ]
    return len(RefreshJob.objects.bulk_create(orders, ignore_conflicts=True, batch_size=500))


def claim() -> RefreshJob | None:
    """The next due order, leased to the caller; None when nothing is due. Attempts count before the work."""
    for _ in range(20):
        real_now = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=real_now)
        waiting = RefreshJob.objects.filter(free, state=RefreshJob.State.WAITING, not_before__lte=clock.now())
        candidate = waiting.order_by("rank", "created_at", "pk").first()
        if candidate is None:
            return None
        won = RefreshJob.objects.filter(free, pk=candidate.pk, state=RefreshJob.State.WAITING).update(
            lease_until=real_now + LEASE, attempts=F("attempts") + 1
        )
        if not won:
            continue
        job = RefreshJob.objects.select_related("case").get(pk=candidate.pk)
        if job.attempts <= MOST_ATTEMPTS:
            return job
        finish(job, ok=False, outcome="gave_up", detail=job.detail or "its worker died or failed each time")
        Case.objects.filter(pk=job.case_id).update(last_outcome="gave_up", asked_at=clock.now())
    return None


def put_off(job: RefreshJob, until: datetime, outcome: str, *, counts: bool = False) -> None:
    """The order waits until `until`; waiting for quota is no failed attempt unless it `counts`."""
    RefreshJob.objects.filter(pk=job.pk).update(
        not_before=until,
        lease_until=None,
        outcome=outcome,
        attempts=F("attempts") if counts else F("attempts") - 1,
        steps=job.steps,
    )


def finish(job: RefreshJob, *, ok: bool, outcome: str, detail: str = "") -> None:
    """The order is over; what it did stays on its row."""
    RefreshJob.objects.filter(pk=job.pk).update(
        state=RefreshJob.State.DONE if ok else RefreshJob.State.FAILED,
        lease_until=None,
        outcome=outcome,
        detail=detail[:500],
        steps=job.steps,
        finished_at=clock.now(),
    )
