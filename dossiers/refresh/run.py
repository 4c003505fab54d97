"""Carrying out one work order: ask, take in, ask for what the change calls for, take that in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Max

from apiclient.clock import office_day
from apiclient.jpo.catalogue import endpoint
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Purpose
from dossiers import clock
from dossiers.models import BatchLine, Case, Event, OfficeCall, RefreshJob

from . import jobs, office, snapshots
from .plan import STATUS_ENDPOINTS
from .take_in import SERVED_BY, Tell, take_in

log = logging.getLogger(__name__)

Release = Callable[[Case], None]
_BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
_NO_TEXT_AFTER = timedelta(days=14)
_NOTHING_TO_TAKE_IN = (
    Outcome.EMPTY,
    Outcome.NO_BODY,
    Outcome.OUT_OF_RANGE,
    Outcome.BAD_INPUT,
    Outcome.WRONG_PATH,
)
_TEXT_MATTERS = ("A131", "A02", "A191", "A192")


class OfficeUnavailable(Exception):
    """There is no point in asking about other cases before `until`."""

    def __init__(self, outcome: str, until: datetime) -> None:
        super().__init__(outcome)
        self.outcome, self.until = outcome, until


def run(job: RefreshJob, *, tell: Tell, release: Release) -> None:
    """Work on a claimed order to its end, or put it off.

    `tell` gets the news inside the transaction that stores them; `release` is called once the substance is
    there or will not come today, so that messages held for it may go; where the order comes back soon they
    stay held, and go by themselves when their time is up. OfficeUnavailable when the office cannot be asked
    at all.
    """
    purpose = Purpose.PERSON if job.purpose == RefreshJob.Purpose.PERSON else Purpose.BACKGROUND
    case = job.case
    missing = None
    try:
        answer = _status(job, case, purpose)
        take_in(case, answer, now=clock.now(), tell=tell)
        if answer.outcome is Outcome.OK:
            missing = _follow_up(job, case, purpose, tell)
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
    if missing is not None:
        jobs.put_off(job, clock.now() + _pause(job), missing.outcome, counts=True)
        return
    release(case)
    _conclude(job, answer)


def _pause(job: RefreshJob) -> timedelta:
    return _BACKOFF[min(job.attempts, len(_BACKOFF)) - 1]


def _conclude(job: RefreshJob, answer: Answer) -> None:
    if answer.outcome.is_answer or answer.outcome in (
        Outcome.UNREADABLE,
        Outcome.BAD_INPUT,
        Outcome.WRONG_PATH,
    ):
        jobs.finish(job, ok=answer.outcome is Outcome.OK, outcome=answer.outcome, detail=answer.message)
        return
    if answer.outcome is Outcome.DAILY_LIMIT:  # the ledger knows it too now, and names the hour
        jobs.put_off(job, clock.now(), answer.outcome)
        return
    jobs.put_off(job, clock.now() + _pause(job), answer.outcome, counts=answer.outcome is not Outcome.AUTH)
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
    if office_day(asked_at) != office_day(clock.now()):
        return None
    return snapshots.read_again(case.law, "app_progress", (case.application_number,), body, asked_at)


def _step(job: RefreshJob, answer: Answer) -> None:
    job.steps = [*job.steps, {"endpoint": answer.endpoint.name, "outcome": str(answer.outcome)}]


# --- what the change calls for ----------------------------------------------------------------------------


def _follow_up(job: RefreshJob, case: Case, purpose: Purpose, tell: Tell) -> Answer | None:
    """Ask for notices, citations and the register where the status says there is something new in them.

    Returns the first trouble that may pass, for which the order must be tried again; None if there is none.
    """
    missing = None
    for name in wanted(case, by_person=purpose is Purpose.PERSON):
        try:
            answer = office.ask(case.law, name, case.application_number, purpose=purpose)
        except DailyLimitReached:
            log.warning("no call left today for %s/%s; the case is asked again tomorrow", case.law, name)
            continue
        _step(job, answer)
        take_in(case, answer, now=clock.now(), tell=tell)
        if answer.outcome is Outcome.NO_BODY:
            _no_text(case, name)
        if answer.outcome.retry_today or answer.outcome is Outcome.AUTH:
            missing = missing or answer
    return missing


def wanted(case: Case, *, by_person: bool) -> list[str]:
    """Names of the endpoints to ask next, most urgent first.

    It follows from the rows alone, not from what this run has seen: a run may be the second try of one that
    ended half-way, for which the status is no longer new.
    """
    names: list[str] = []
    unread = case.events.filter(notice_state=Event.NoticeState.NOT_FETCHED, vanished_at=None)
    if not by_person:
        unread = unread.filter(limits__state="open", code__in=_TEXT_MATTERS)
    codes = set(unread.values_list("code", flat=True))
    names += sorted({SERVED_BY[code] for code in codes if code in SERVED_BY})
    if case.law == "patent" and (names or not _asked_since(case, "cite_doc_info", _last_notice(case))):
        names.append("cite_doc_info")
    if case.registration_number and _register_wanted(case):
        names.append("registration_info")
    if by_person and not case.fixed_address:
        names.append("jpp_fixed_address")
    return names


def _register_wanted(case: Case) -> bool:
    return not hasattr(case, "register") or not _asked_since(case, "registration_info", _last_change(case))


def _last_notice(case: Case) -> datetime | None:
    """When the office's own words were last taken in."""
    return case.papers.aggregate(Max("received_at"))["received_at__max"]


def _last_change(case: Case) -> datetime | None:
    """When the status was last seen to differ."""
    buckets = [endpoint(case.law, name).bucket_name for name in STATUS_ENDPOINTS]
    return case.snapshots.filter(endpoint__in=buckets).aggregate(Max("first_received_at"))[
        "first_received_at__max"
    ]


def _asked_since(case: Case, name: str, since: datetime | None) -> bool:
    """Whether what `name` says has been taken in after `since`, or the office said it has nothing to say.

    A call on record is not enough where there was a reply: whoever made it may have died before taking it in.
    """
    if since is None:
        return True
    bucket = endpoint(case.law, name).bucket_name
    replies = case.snapshots.filter(endpoint=bucket, last_received_at__gte=since)
    calls = OfficeCall.objects.filter(
        endpoint=bucket, argument=case.application_number, started_at__gte=since
    )
    return replies.exists() or calls.filter(outcome__in=_NOTHING_TO_TAKE_IN).exists()


def _no_text(case: Case, name: str) -> None:
    """The office says it holds no text; after a fortnight that is taken as final."""
    codes = [code for code, served_by in SERVED_BY.items() if served_by == name]
    old = (clock.now() - _NO_TEXT_AFTER).date()
    case.events.filter(notice_state=Event.NoticeState.NOT_FETCHED, code__in=codes, legal_date__lt=old).update(
        notice_state=Event.NoticeState.NONE
    )
