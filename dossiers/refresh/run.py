"""Carrying out one work order: ask, take in, ask for what the change calls for, take that in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Purpose
from dossiers import clock
from dossiers.models import BatchLine, Case, Event, RefreshJob

from . import jobs, office, snapshots
from .take_in import SERVED_BY, Taken, Tell, take_in

log = logging.getLogger(__name__)

Release = Callable[[Case], None]
_BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
_NO_TEXT_AFTER = timedelta(days=14)
_TEXT_MATTERS = ("A131", "A02", "A191", "A192")


class OfficeUnavailable(Exception):
    """There is no point in asking about other cases before `until`."""

    def __init__(self, outcome: str, until: datetime) -> None:
        super().__init__(outcome)
        self.outcome, self.until = outcome, until


def run(job: RefreshJob, *, tell: Tell, release: Release) -> None:
    """Work on a claimed order to its end, or put it off.

    `tell` gets the news inside the transaction that stores them; `release` is called once the substance is
    there, so that messages held for it may go. OfficeUnavailable when the office cannot be asked at all.
    """
    purpose = Purpose.PERSON if job.purpose == RefreshJob.Purpose.PERSON else Purpose.BACKGROUND
    case = job.case
    try:
        answer = _status(job, case, purpose)
        taken = take_in(case, answer, now=clock.now(), tell=tell)
        if answer.outcome is Outcome.OK:
            _follow_up(job, case, taken, purpose, tell)
    except DailyLimitReached as limit:
        jobs.put_off(job, limit.until, "daily_limit")
        return
    except MinuteLimitReached as limit:
        jobs.put_off(job, limit.retry_at, "minute_limit")
        return
    except office.NoCredentials:
        until = clock.now() + timedelta(minutes=15)
        jobs.put_off(job, until, "no_credentials")
        raise OfficeUnavailable("no_credentials", until) from None
    finally:
        release(case)
    _conclude(job, answer)


def _conclude(job: RefreshJob, answer: Answer) -> None:
    if answer.outcome.is_answer or answer.outcome in (
        Outcome.UNREADABLE,
        Outcome.BAD_INPUT,
        Outcome.WRONG_PATH,
    ):
        jobs.finish(job, ok=answer.outcome is Outcome.OK, outcome=answer.outcome, detail=answer.message)
        return
    pause = _BACKOFF[min(job.attempts, len(_BACKOFF)) - 1]
    until = clock.now() + pause
    if answer.outcome is Outcome.DAILY_LIMIT:  # the ledger knows it too now, and names the hour
        jobs.put_off(job, clock.now(), answer.outcome)
        return
    jobs.put_off(job, until, answer.outcome, counts=answer.outcome is not Outcome.AUTH)
    if answer.outcome in (Outcome.AUTH, Outcome.DOWN):
        raise OfficeUnavailable(answer.outcome, clock.now() + timedelta(minutes=1))


# --- status -----------------------------------------------------------------------------------------------


def _status(job: RefreshJob, case: Case, purpose: Purpose) -> Answer:
    """The case's status: kept from the preview if it was asked there today, else asked for."""
    kept = _kept_from_preview(case)
    if kept is not None:
        _step(job, kept)
        return kept
    answer = _ask_either(case, purpose)
    _step(job, answer)
    return answer


def _ask_either(case: Case, purpose: Purpose) -> Answer:
    """Full and simplified status carry the same documents and have separate daily counters."""
    number = case.application_number
    try:
        answer = office.ask(case.law, "app_progress", number, purpose=purpose)
        if answer.outcome is not Outcome.DAILY_LIMIT:
            return answer
    except DailyLimitReached:
        pass
    return office.ask(case.law, "app_progress_simple", number, purpose=purpose)


def _kept_from_preview(case: Case) -> Answer | None:
    line = BatchLine.objects.filter(case=case, body__isnull=False).order_by("-pk").first()
    if line is None:
        return None
    body = bytes(line.body)
    BatchLine.objects.filter(case=case).update(body=None)  # once taken in, the snapshot keeps it
    asked_at = line.checked_at or clock.now()
    if asked_at.date() != clock.now().date():
        return None
    return snapshots.read_again(case.law, "app_progress", (case.application_number,), body, asked_at)


def _step(job: RefreshJob, answer: Answer) -> None:
    job.steps = [*job.steps, {"endpoint": answer.endpoint.name, "outcome": str(answer.outcome)}]


# --- what the change calls for ----------------------------------------------------------------------------


def _follow_up(job: RefreshJob, case: Case, taken: Taken, purpose: Purpose, tell: Tell) -> None:
    """Ask for notices, citations and the register where the status says there is something new in them."""
    for name in wanted(case, taken, by_person=purpose is Purpose.PERSON):
        try:
            answer = office.ask(case.law, name, case.application_number, purpose=purpose)
        except DailyLimitReached:
            log.warning("no call left today for %s/%s; the case is asked again tomorrow", case.law, name)
            continue
        _step(job, answer)
        take_in(case, answer, now=clock.now(), tell=tell)
        if answer.outcome is Outcome.NO_BODY:
            _no_text(case, name)


def wanted(case: Case, taken: Taken, *, by_person: bool) -> list[str]:
    """Names of the endpoints to ask next, most urgent first."""
    names: list[str] = []
    unread = case.events.filter(notice_state=Event.NoticeState.NOT_FETCHED, vanished_at=None)
    if not by_person:
        unread = unread.filter(limits__state="open", code__in=_TEXT_MATTERS)
    codes = set(unread.values_list("code", flat=True))
    names += sorted({SERVED_BY[code] for code in codes if code in SERVED_BY})
    if case.law == "patent" and any(SERVED_BY.get(code) for code in codes):
        names.append("cite_doc_info")
    if case.registration_number and (taken.changed or not hasattr(case, "register")):
        names.append("registration_info")
    if by_person and not case.fixed_address:
        names.append("jpp_fixed_address")
    return names


def _no_text(case: Case, name: str) -> None:
    """The office says it holds no text; after a fortnight that is taken as final."""
    codes = [code for code, served_by in SERVED_BY.items() if served_by == name]
    old = (clock.now() - _NO_TEXT_AFTER).date()
    case.events.filter(notice_state=Event.NoticeState.NOT_FETCHED, code__in=codes, legal_date__lt=old).update(
        notice_state=Event.NoticeState.NONE
    )
