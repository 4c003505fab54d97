"""Asking the office what a pasted number is, before it is saved: the guard against the wrong case.

The answer is kept on the line, so that saving the case afterwards costs no second call.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apiclient.jpo.replies import NationalPhase, NumberReference, Progress
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Purpose
from dossiers import clock, leases, reach
from dossiers.models import Batch, BatchLine
from dossiers.refresh import circuit, office

from .batches import DONE, add_lines
from .bringing import compare

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3
AS_A_PERSON = 20  # the first lines of a paste are looked at by somebody; the rest is background work
_INTERNATIONAL = {
    "pct_application": "international_application",
    "pct_publication": "international_publication",
}
State = BatchLine.State


def pump(*, budget_seconds: float) -> bool:
    """Check lines until none is due or the time is used up; whether more are due now."""
    end = time.monotonic() + budget_seconds
    while time.monotonic() < end:
        line = _claim()
        if line is None:
            return False
        try:
            _check(line)
        except DailyLimitReached as limit:
            _put_off(line, limit.until, "daily_limit")
        except MinuteLimitReached as limit:
            _put_off(line, limit.retry_at, "")
            _due().filter(_asked_alike(line)).update(not_before=limit.retry_at)
        except circuit.Paused as pause:
            _put_off(line, pause.until, "office_unavailable")
        except office.NoCredentials:
            _settle(line, State.NOT_CHECKED, "no_credentials")
    return True


def _due() -> QuerySet[BatchLine]:
    """Lines of previews to look up, and lines of saved batches that are not cases yet."""
    in_preview = Q(batch__state=Batch.State.PREVIEW, state__in=(State.READY, State.TO_RESOLVE))
    still_missing = Q(batch__state=Batch.State.SAVED, state__in=(State.READY, State.TO_RESOLVE))
    free = leases.free(timezone.now(), LEASE)
    return BatchLine.objects.filter(in_preview | still_missing).filter(free, not_before__lte=clock.now())


def _asked_alike(line: BatchLine) -> Q:
    """Lines that the same counter answers for the same purpose: where it is full for one, it is for all."""
    international = Q(kind__in=_INTERNATIONAL)
    if line.application_number:
        of_counter = ~Q(application_number="")
    else:
        of_counter = Q(application_number="")
        of_counter &= international if line.kind in _INTERNATIONAL else ~international
    purpose = Q(position__lte=AS_A_PERSON)
    return Q(law=line.law) & of_counter & (purpose if line.position <= AS_A_PERSON else ~purpose)


def _claim() -> BatchLine | None:
    for _ in range(20):
        candidate = _due().order_by("-batch__created_at", "position").first()
        if candidate is None:
            return None
        won = (
            _due()
            .filter(pk=candidate.pk)
            .update(lease_until=timezone.now() + LEASE, attempts=F("attempts") + 1)
        )
        if won:
            return BatchLine.objects.select_related("batch__owner", "batch__watchlist").get(pk=candidate.pk)
    return None


def _check(line: BatchLine) -> None:
    if line.attempts > MOST_ATTEMPTS:
        _settle(line, State.NOT_CHECKED, "office_unavailable")
        return
    purpose = Purpose.PERSON if line.position <= AS_A_PERSON else Purpose.BACKGROUND
    if not line.application_number and not _resolve(line, purpose):
        return
    if _add_if_saved(line):
        return
    answer = office.ask(line.law, "app_progress", line.application_number, purpose=purpose)
    _take_status(line, answer)


def _resolve(line: BatchLine, purpose: Purpose) -> bool:
    """Find the application number by the office's cross-references; False if the line is settled without."""
    if line.kind in _INTERNATIONAL:
        return _resolve_international(line, purpose)
    kind = "publication" if line.kind == "national_publication" else line.kind
    if kind == "publication" and line.law != "patent":
        _settle(line, State.UNREADABLE, "no_publication_lookup")
        return False
    answer = office.ask(line.law, "case_number_reference", kind, line.number, purpose=purpose)
    if answer.outcome is Outcome.OK and isinstance(answer.reply, NumberReference):
        return not _is_known(line, answer.reply.application_number)
    _settle_without(line, answer)
    return False


def _resolve_international(line: BatchLine, purpose: Purpose) -> bool:
    """As `_resolve`, for the Japanese application that an international one has become."""
    kind = _INTERNATIONAL[line.kind]
    answer = office.ask(line.law, "pct_national_phase_application_number", kind, line.number, purpose=purpose)
    if answer.outcome is Outcome.OK and isinstance(answer.reply, NationalPhase):
        return not _is_known(line, answer.reply.application_number)
    if answer.outcome is Outcome.EMPTY:
        _settle(line, State.NOT_FOUND, "no_national_phase")
    else:
        _settle_without(line, answer)
    return False


@transaction.atomic
def _is_known(line: BatchLine, application_number: str) -> bool:
    """Keep the number found; a case of that number in the docket settles the line."""
    line.application_number = application_number
    known = reach.cases(line.batch.owner).filter(law=line.law, application_number=application_number)
    line.case = known.first()
    if line.case:
        line.title, line.applicants = line.case.title, line.case.applicants_text[:500]
    line.save(update_fields=["application_number", "case", "title", "applicants"])
    if line.case and not _add_if_saved(line):
        _settle(line, State.KNOWN, "")
    return line.case is not None


@transaction.atomic
def _add_if_saved(line: BatchLine) -> bool:
    """Whether the line's batch is saved; then the line becomes a case now, for nobody will save it again.

    The batch stays locked to the end of the transaction, so that it is not saved between this look at it and
    what the caller then makes of the line.
    """
    batch = Batch.objects.select_for_update().get(pk=line.batch_id)
    if batch.state != Batch.State.SAVED:
        return False
    rows = BatchLine.objects.filter(pk=line.pk)
    if not rows.filter(state__in=DONE).exists():
        add_lines(batch, [line], by=batch.owner)
        rows.exclude(state=State.PASSED_ON).update(message="")
    rows.update(lease_until=None)
    return True


@transaction.atomic
def _take_status(line: BatchLine, answer: Answer) -> None:
    if answer.outcome is Outcome.OK and isinstance(answer.reply, Progress):
        reply = answer.reply
        if _of_another_case(line, reply):
            _settle(line, State.UNREADABLE, "another_case")
            return
        line.title = (reply.title or "")[:1000]
        applicants = [party.name for party in reply.parties if party.role == "applicant"]
        line.applicants = "、".join(applicants)[:500]
        line.body, line.checked_at = answer.body, answer.received_at
        compare(line)
        line.save(update_fields=["title", "applicants", "body", "checked_at", "remarks"])
        if not _add_if_saved(line):
            _settle(line, State.FOUND, "")
        return
    _settle_without(line, answer)


def _of_another_case(line: BatchLine, reply: Progress) -> bool:
    """Whether the case found says that it comes of another international application than the line names.

    The lookup itself repeats nothing that could be compared.
    """
    told = {
        "pct_application": reply.international_application_number,
        "pct_publication": reply.international_publication_number,
    }.get(line.kind)
    return bool(told) and told != line.number


def _settle_without(line: BatchLine, answer: Answer) -> None:
    """No such case, out of the served range, or no answer: said on the line, never passed over."""
    if answer.outcome is Outcome.EMPTY:
        _settle(line, State.NOT_FOUND, "not_found")
    elif answer.outcome is Outcome.OUT_OF_RANGE:
        _settle(line, State.NOT_FOUND, "out_of_range")
    elif answer.outcome.retry_today and line.attempts < MOST_ATTEMPTS:
        _put_off(line, clock.now() + timedelta(minutes=line.attempts), "office_unavailable", counts=True)
    else:
        _settle(line, State.NOT_CHECKED, str(answer.outcome))


def _settle(line: BatchLine, state: str, message: str) -> None:
    """A line saved meanwhile keeps its state: only lines still in their preview are settled."""
    BatchLine.objects.filter(pk=line.pk).exclude(state__in=(*DONE, State.LEFT_OUT)).update(
        state=state, message=message, lease_until=None
    )


def _put_off(line: BatchLine, until: datetime, message: str, *, counts: bool = False) -> None:
    attempts = F("attempts") if counts else F("attempts") - 1
    BatchLine.objects.filter(pk=line.pk).update(
        not_before=until, message=message, lease_until=None, attempts=attempts
    )
