"""Batches that are read, added or taken back while nobody waits. The batch's state is the work order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection

from dossiers import clock
from dossiers.models import Batch

from .batches import save_on
from .importing import drop_old_files, read_on
from .undoing import undo_on

log = logging.getLogger(__name__)

_AFTER_TROUBLE = timedelta(minutes=5)
_TURN = 5.0  # seconds of reading before it is looked whether the time is used up


def _read(batch: Batch) -> bool:
    return read_on(batch, seconds=_TURN)


_WORK: dict[str, Callable[[Batch], bool]] = {
    Batch.State.READING: _read,
    Batch.State.SAVING: save_on,
    Batch.State.UNDOING: undo_on,
}


def pump(*, budget_seconds: float) -> bool:
    """Work on batches, the oldest first, until none is left or the time is used up; whether more is to do."""
    end = time.monotonic() + budget_seconds
    drop_old_files()
    due = Batch.objects.filter(state__in=_WORK, not_before__lte=clock.now()).order_by("created_at")
    return any(not _work_on(batch, end) for batch in due)


def _work_on(batch: Batch, end: float) -> bool:
    """Whether the batch is done with for now; one that fails rests for some minutes, and says so."""
    work = _WORK[batch.state]
    try:
        while work(batch):
            if time.monotonic() >= end:
                return False
    except Exception:
        log.exception("batch %s could not be worked on", batch.pk)
        connection.close_if_unusable_or_obsolete()
        Batch.objects.filter(pk=batch.pk).update(
            not_before=clock.now() + _AFTER_TROUBLE, problem="unexpected"
        )
    else:
        Batch.objects.filter(pk=batch.pk, problem="unexpected").update(problem="")
    return True
