"""Carrying out one work order: ask, take in, ask for what the change calls for, take that in."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max, Q

from apiclient.clock import JST, office_day
from apiclient.jpo.catalogue import endpoint
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Purpose
from dossiers import clock
from dossiers.docketing import news
from dossiers.docketing.rules import all_rules
from dossiers.docketing.store import PASSED_FOR_GOOD
from dossiers.models import BatchLine, Case, Event, News, OfficeCall, Paper, RefreshJob, TimeLimit

from . import abroad, circuit, jobs, office, samples, snapshots, substance
from .plan import STATUS_ENDPOINTS
from .take_in import SERVED_BY, Tell, take_in

log = logging.getLogger(__name__)

Release = Callable[[Case], None]
_BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
_AFTER_THE_TRIAL = timedelta(minutes=3)
_LISTED_SOON = timedelta(hours=2)
_MOST_LOOKS_AT_THE_LIST = 4
_NO_TEXT_AFTER = timedelta(days=14)
_PAYMENT_SEEN_AFTER = timedelta(days=2)
_NOTHING_TO_TAKE_IN = (
    Outcome.EMPTY,
    Outcome.NO_BODY,
    Outcome.OUT_OF_RANGE,
    Outcome.BAD_INPUT,
    Outcome.WRONG_PATH,
)
_FINAL = (Outcome.UNREADABLE, Outcome.BAD_INPUT, Outcome.WRONG_PATH)
_TEXT_MATTERS = ("A131", "A02", "A191", "A192")
_DOCUMENTS = frozenset(SERVED_BY.values())
PARTS = (*sorted(_DOCUMENTS), jobs.FILED_BY, "registration_info")
"""Endpoints that show a part of a case. Asked alone, their answers do not confirm the case."""


def run(job: RefreshJob, *, tell: Tell, release: Release) -> datetime | None:
    """Work on a claimed order to its end, or put it off.

    `tell` gets the news inside the transaction that stores them; `release` is called once the substance is
    there or will not come soon, so that messages held for it may go; where the order comes back within a
    minute or so they stay held, and go by themselves when their time is up. Returns the instant before which
    no other call of its purpose can go, where the minute is full; else None.
    """
    try:
        if job.purpose == RefreshJob.Purpose.FAMILY:
            abroad.run_family(job, tell=tell)
        else:
            _work(job, job.case, tell, release)
    except DailyLimitReached as limit:
        jobs.put_off(job, limit.until, "daily_limit")
        release(job.case)
    except MinuteLimitReached as limit:
        jobs.put_off(job, limit.retry_at, "minute_limit")
        return limit.retry_at
    except circuit.Paused as pause:
        jobs.put_off(job, clock.now(), pause.outcome)  # nobody claims it while the pause lasts
        release(job.case)
    except office.NoCredentials:
        jobs.put_off(job, clock.now() + timedelta(minutes=15), circuit.NO_CREDENTIALS)
        release(job.case)
    return None


def _work(job: RefreshJob, case: Case, tell: Tell, release: Release) -> None:
    purpose = Purpose.PERSON if job.purpose == RefreshJob.Purpose.PERSON else Purpose.BACKGROUND
    part = _part_of(job)
    if part:
        answer = _ask_part(job, part, purpose, tell)
        if not _calls_for_status(case, answer):
            _conclude(job, answer, release)
            return
    answer = _take(case, _status(case, purpose, first=job.bucket), tell)
    _step(job, answer)
    missing = _follow_up(job, case, purpose, tell) if answer.outcome is Outcome.OK else None
    if missing:
        _try_later(job, missing, release)
    elif part and answer.outcome is Outcome.OK and _unlisted(case, part):
        _look_at_the_list_again(job, part, tell, release)
    else:
        _conclude(job, answer, release)


def _conclude(job: RefreshJob, answer: Answer, release: Release) -> None:
    if answer.outcome is Outcome.DAILY_LIMIT:  # the ledger knows it too now, and names the hour
        jobs.put_off(job, clock.now(), answer.outcome)
    elif answer.outcome.is_answer or answer.outcome in _FINAL:
        release(job.case)
        if answer.outcome.is_answer and answer.endpoint.name in STATUS_ENDPOINTS:
            jobs.close_given_up(job.case)
        jobs.finish(job, ok=_is_good(answer), outcome=answer.outcome, detail=answer.message)
    else:
        _try_later(job, answer, release)


def _is_good(answer: Answer) -> bool:
    """That there is no such document is what most questions about a part are answered with."""
    nothing_new = answer.endpoint.name in PARTS and answer.outcome in (Outcome.NO_BODY, Outcome.EMPTY)
    return answer.outcome is Outcome.OK or nothing_new


def _try_later(job: RefreshJob, answer: Answer, release: Release) -> None:
    """Put the order off for a trouble that may pass.

    Where the office is not asked any more it is the office's trouble and uses up no try; the order comes back
    a little after the pause, so that the next call to try the office is about another case. A refused log-in
    is no case's doing.
    """
    now = clock.now()
    paused = circuit.paused(now).get(answer.endpoint.group)
    if paused:
        until = now if paused.group == "login" else (paused.until or now) + _AFTER_THE_TRIAL
        jobs.put_off(job, until, answer.outcome)
        release(job.case)
    else:
        jobs.put_off(job, now + _pause(job), answer.outcome, counts=True)


def _pause(job: RefreshJob) -> timedelta:
    """Longer with each try, and never the same for two orders that failed together."""
    return _BACKOFF[min(max(job.attempts, 1), len(_BACKOFF)) - 1] * random.uniform(1.0, 1.3)  # noqa: S311


# --- a part of the case -----------------------------------------------------------------------------------


def _part_of(job: RefreshJob) -> str:
    """The endpoint that the order is bound to, if it shows a part of the case; else ""."""
    name = job.bucket.partition("/")[2]
    return name if name in PARTS else ""


def _ask_part(job: RefreshJob, name: str, purpose: Purpose, tell: Tell) -> Answer:
    case = job.case
    answer = office.ask(case.law, name, case.application_number, purpose=purpose)
    answer = _take(case, answer, tell)
    _step(job, answer)
    return answer


def _calls_for_status(case: Case, answer: Answer) -> bool:
    """Whether the part says something that the status has not been asked about since.

    It follows from the rows: the worker that took the part in may have died before it asked for the status.
    """
    if answer.outcome is not Outcome.OK:
        return False
    shown = case.snapshots.filter(endpoint=answer.endpoint.bucket_name).order_by("-pk").first()
    return shown is not None and (case.confirmed_at is None or shown.first_received_at >= case.confirmed_at)


def _unlisted(case: Case, part: str) -> list[Paper]:
    """Texts delivered lately of which the office's list does not tell yet, newest first."""
    if part not in _DOCUMENTS:
        return []
    lately = clock.now() - timedelta(days=1)
    found = case.papers.filter(event=None, received_at__gte=lately).defer("body").order_by("-pk")
    known = {task.key for task in case.reviews.filter(closed_by__isnull=False)}
    return [paper for paper in found if f"office:unlisted:{paper.pk}" not in known]


def _look_at_the_list_again(job: RefreshJob, part: str, tell: Tell, release: Release) -> None:
    """A text came whose act the status does not show yet: people are told, and the list is asked again."""
    case = job.case
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        tell(
            [
                made
                for paper in _unlisted(case, part)
                for made in news.write(case, News.Kind.NOT_ACCOUNTED, f"unlisted:{paper.pk}", now=clock.now())
            ]
        )
    release(case)
    if job.attempts < _MOST_LOOKS_AT_THE_LIST:
        jobs.put_off(job, clock.now() + _LISTED_SOON, "unlisted", counts=True)
    else:  # the paper stays red on the case until the list names it or a person places it
        jobs.finish(job, ok=True, outcome=Outcome.OK)


# --- status -----------------------------------------------------------------------------------------------


def _status(case: Case, purpose: Purpose, *, first: str = "") -> Answer:
    """The case's status: kept from the preview if it was asked there today, else asked for."""
    return _kept_from_preview(case) or _ask_either(case, purpose, first)


def _ask_either(case: Case, purpose: Purpose, first: str) -> Answer:
    """Full and simplified status carry the same documents and have separate daily counters.

    `first`: the bucket to ask while it has calls; the full status where it names neither.
    """
    names = sorted(STATUS_ENDPOINTS, key=lambda name: (name != first.partition("/")[2], len(name)))
    number = case.application_number
    try:
        answer = office.ask(case.law, names[0], number, purpose=purpose)
        if answer.outcome is not Outcome.DAILY_LIMIT:
            return answer
    except DailyLimitReached:
        pass
    return office.ask(case.law, names[1], number, purpose=purpose)


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


# --- taking in --------------------------------------------------------------------------------------------


def _take(case: Case, answer: Answer, tell: Tell) -> Answer:
    """Take `answer` in. Returns it, or the unreadable one that it is where that failed.

    Whatever one answer holds, it ends the work on that answer alone. Only the database's own trouble is not
    the answer's, and is left to the order.
    """
    if answer.endpoint.name in _DOCUMENTS:
        tell = substance.telling_what_was_read(case, tell)
    try:
        take_in(case, answer, now=clock.now(), tell=tell)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        return _not_taken(case, answer, error, tell)
    return answer


def _not_taken(case: Case, answer: Answer, error: Exception, tell: Tell) -> Answer:
    """The case is marked as one whose answer could not be read, and the answer is kept to be looked at."""
    name = answer.endpoint.bucket_name
    log.exception("the answer of %s about %s could not be taken in", name, case)
    samples.keep(answer, error=error)
    failed = f"taking it in failed: {type(error).__name__}"
    unread = replace(answer, outcome=Outcome.UNREADABLE, reply=None, problems=(*answer.problems, failed))
    try:
        take_in(case, unread, now=clock.now(), tell=tell)
    except Exception:
        jobs.asked_in_vain(case, Outcome.UNREADABLE)
        raise
    return unread


# --- what the change calls for ----------------------------------------------------------------------------


def _follow_up(job: RefreshJob, case: Case, purpose: Purpose, tell: Tell) -> Answer | None:
    """Ask for notices, citations and the register where the status says there is something new in them.

    What can only be had on another day is ordered for then. Returns the first trouble that may pass sooner,
    for which the order must be tried again; None if there is none.
    """
    missing = None
    for name in wanted(case, by_person=purpose is Purpose.PERSON):
        try:
            answer = office.ask(case.law, name, case.application_number, purpose=purpose)
        except DailyLimitReached:
            log.warning("no call left today for %s/%s; the case is asked again tomorrow", case.law, name)
            _tomorrow(case, name)
            continue
        answer = _take(case, answer, tell)
        _step(job, answer)
        if answer.outcome is Outcome.NO_BODY and _text_may_come(case, name):
            _tomorrow(case, name)
        if answer.outcome is Outcome.DAILY_LIMIT:
            _tomorrow(case, name)
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
    """Whether it was never read, the status changed since, or a payment is waited for that only it shows."""
    if not hasattr(case, "register") or not _asked_since(case, "registration_info", _last_change(case)):
        return True
    lately = clock.now() - _PAYMENT_SEEN_AFTER
    return _payment_awaited(case) and not _asked_since(case, "registration_info", lately)


def _payment_awaited(case: Case) -> bool:
    """Whether somebody said that a payment was made, or it is overdue and can still be made."""
    rules = [rule.id for rule in all_rules().rules.values() if rule.follows_register]
    running = case.limits.filter(rule_id__in=rules)
    overdue = Q(state=TimeLimit.State.OPEN, due__lt=clock.office_today()) & ~PASSED_FOR_GOOD
    return running.filter(Q(state=TimeLimit.State.CLAIMED) | overdue).exists()


def _last_notice(case: Case) -> datetime | None:
    """When the office's own words were last taken in."""
    dispatched = case.papers.exclude(event__code__in=jobs.FILED)
    return dispatched.aggregate(Max("received_at"))["received_at__max"]


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
    replies = case.snapshots.filter(endpoint=bucket, last_received_at__gte=since, taken_in=True)
    calls = OfficeCall.objects.filter(
        endpoint=bucket, argument=case.application_number, started_at__gte=since
    )
    return replies.exists() or calls.filter(outcome__in=_NOTHING_TO_TAKE_IN).exists()


def _text_may_come(case: Case, name: str) -> bool:
    """Whether a text that the office does not hold today may still come; after a fortnight that is final."""
    codes = [code for code, served_by in SERVED_BY.items() if served_by == name]
    old = (clock.now() - _NO_TEXT_AFTER).date()
    unread = case.events.filter(notice_state=Event.NoticeState.NOT_FETCHED, code__in=codes, vanished_at=None)
    unread.filter(legal_date__lt=old).update(notice_state=Event.NoticeState.NONE)
    return unread.filter(limits__state="open", code__in=_TEXT_MATTERS).exists()


def _tomorrow(case: Case, name: str) -> None:
    """Order the case for the next office day: a plan that asks it seldom must not leave its text unread.

    The whole case is ordered, not the one endpoint, for the day's plan leaves out what has an order waiting.
    """
    if name not in PARTS:
        return
    day = clock.office_today() + timedelta(days=1)
    RefreshJob.objects.get_or_create(
        key=f"part:{day}:{case.pk}",
        defaults={
            "case": case,
            "purpose": RefreshJob.Purpose.DAILY,
            "rank": jobs.RANK_HOT,
            "reason_code": "unread",
            "not_before": datetime.combine(day, time(settings.REFRESH_FROM_HOUR), tzinfo=JST),
            "created_at": clock.now(),
        },
    )
