"""The weekly round of the families abroad: whom to ask of the One Portal Dossier, and asking.

The dossier has its own daily counters and its own minute, so this round takes nothing from the daily one; it
keeps the people's share of both. First the families of cases still running, those with an open time limit
before the others, then whoever was asked longest ago. An application that several cases have in their family
is asked about once, and the answer is taken in for all of them.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value, When

from apiclient.clock import office_day
from apiclient.jpo.catalogue import endpoint
from apiclient.numbers.docdb import docdb
from apiclient.numbers.model import Reading
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import Bucket, DailyLimitReached, MinuteLimitReached, Purpose
from dossiers import clock, credentials
from dossiers.models import Case, CaseFamily, FamilyMember, Law, RefreshJob, User, record

from . import abroad_orders, circuit, jobs, office, samples, usage
from .family import OFFICES, take_in_documents, take_in_family
from .ledger import DatabaseLedger
from .take_in import Tell

log = logging.getLogger(__name__)

LISTS, DOCUMENTS = endpoint("opd", "family_list"), endpoint("opd", "global_doc_list")
WEEK = 7  # days
ASKED_AGAIN_AFTER = timedelta(days=6)  # so that the order of the next week's plan keeps the week
MOST_WAITING = 20  # orders of each counter at a time: what waits longer is planned anew, by what is then due
MOST_BY_PERSON = 20  # members asked about at one click; the others keep their turn
_NEXT_MINUTE = timedelta(seconds=20)
_PAUSES = (timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=3))
_OVER = ("lapsed", "withdrawn", "dismissed", "expired")  # stages
FIRST_NUMBER = "2000000000"  # older applications bear an era's year, and the dossier holds none of them
_FOR_GOOD = (Outcome.UNREADABLE, Outcome.BAD_INPUT, Outcome.WRONG_PATH)


# --- planning ---------------------------------------------------------------------------------------------


def plan_family(now: datetime) -> int:
    """Make the orders of the weekly round that are due and for which there are calls; returns how many."""
    if not (settings.FAMILY_ROUND and credentials.jpo() and settings.JPO_OPD_PER_MINUTE > 0):
        return 0
    orders: list[RefreshJob] = []
    if room := _room(LISTS.bucket_name, now):
        orders += [order_of(case, None, now) for case in _due_cases(now)[:room]]
    if room := _room(DOCUMENTS.bucket_name, now):
        orders += [order_of(member.case_id, member.pk, now) for member in _due_members(now, room)]
    return len(RefreshJob.objects.bulk_create(orders, ignore_conflicts=True))


def order_of(case: int, member: int | None, now: datetime) -> RefreshJob:
    """The week's order about a case's family, or about one member's documents; made once a week."""
    year, week, _ = office_day(now).isocalendar()
    return RefreshJob(
        case_id=case,
        member_id=member,
        key=f"family:{year}-W{week:02d}:{case}" + (f":{member}" if member else ""),
        purpose=RefreshJob.Purpose.FAMILY,
        rank=jobs.RANK_FAMILY,
        bucket=(DOCUMENTS if member else LISTS).bucket_name,
        reason_code="family",
        planned_for=office_day(now),
        created_at=now,
    )


def _room(bucket: str, now: datetime) -> int:
    """Orders that may still be made: few at a time, and no more than the background has calls today."""
    waiting = _round().filter(bucket=bucket).count()
    if waiting >= MOST_WAITING:
        return 0
    rules = office.limits()
    left = DatabaseLedger(rules).usage(Bucket(credentials.jpo().username, bucket, "opd"), now).left
    return max(0, min(MOST_WAITING, left - rules.daily[bucket].reserve_for_people) - waiting)


def _round() -> QuerySet[RefreshJob]:
    """What waits and was asked for by nobody."""
    return RefreshJob.objects.filter(
        state=RefreshJob.State.WAITING, purpose=RefreshJob.Purpose.FAMILY, requested_by=None
    )


def _due_cases(now: datetime) -> QuerySet[Case, int]:
    """Keys of the patent cases whose family is to be asked for, the most urgent first."""
    unasked = Q(family_list=None) | Q(family_list__asked_at=None)
    due = unasked | Q(family_list__asked_at__lt=now - ASKED_AGAIN_AFTER)
    ordered = _ordered(now).filter(case=OuterRef("pk"), member=None)
    return (
        in_dossier()
        .filter(due, ~Exists(ordered), confirmed_at__isnull=False)
        .annotate(turn=_turn(""))
        .order_by("turn", F("family_list__asked_at").asc(nulls_first=True), "pk")
        .values_list("pk", flat=True)
    )


def in_dossier() -> QuerySet[Case]:
    """The cases for which the dossier can be asked."""
    return Case.objects.filter(law=Law.PATENT, application_number__gte=FIRST_NUMBER)


def _due_members(now: datetime, most: int) -> list[FamilyMember]:
    """At most `most` members whose documents are to be asked for, each application once."""
    ordered = _ordered(now).filter(
        bucket=DOCUMENTS.bucket_name, member__application_number=OuterRef("application_number")
    )
    due = Q(asked_at=None) | Q(asked_at__lt=now - ASKED_AGAIN_AFTER)
    rows = (
        askable()
        .filter(due, ~Exists(ordered))
        .annotate(turn=_turn("case__"))
        .order_by("turn", F("asked_at").asc(nulls_first=True), "application_number", "pk")
    )
    found: dict[str, FamilyMember] = {}
    for row in rows[: most * 5]:  # a family of divisional applications shares its members abroad
        found.setdefault(row.application_number, row)
    return list(found.values())[:most]


def askable() -> QuerySet[FamilyMember]:
    """The members whose documents the dossier offers."""
    return FamilyMember.objects.filter(office__in=OFFICES, vanished_at=None).exclude(application_number="")


def _ordered(now: datetime) -> QuerySet[RefreshJob]:
    """Orders that wait, and those of this week, whatever became of them."""
    week = order_of(0, None, now).key.rpartition(":")[0]
    this_week = Q(key__startswith=f"{week}:")
    family = RefreshJob.objects.filter(purpose=RefreshJob.Purpose.FAMILY)
    return family.filter(this_week | Q(state=RefreshJob.State.WAITING))


def _turn(path: str) -> models.Case:
    """0 for cases with an open time limit, 1 for others that run, 2 for what nobody has published yet (the
    dossier cannot know it), 3 for what is over."""
    return models.Case(
        When(Q(**{f"{path}stage__in": _OVER}), then=Value(3)),
        When(Q(**{f"{path}publication_number": "", f"{path}registration_number": ""}), then=Value(2)),
        When(Q(**{f"{path}next_due__isnull": False}), then=Value(0)),
        default=Value(1),
        output_field=models.IntegerField(),
    )


@dataclass(frozen=True)
class Promise:
    """Within how many days a family list, and a member's documents, are asked for again; None: no day."""

    lists: int | None
    documents: int | None


def promise() -> Promise:
    """What the round can hold with the families there are and a whole day's calls; two queries."""
    return Promise(
        _days(in_dossier().exclude(confirmed_at=None).count(), LISTS.bucket_name),
        _days(askable().values("application_number").distinct().count(), DOCUMENTS.bucket_name),
    )


def _days(number: int, bucket: str) -> int | None:
    rule = office.limits().daily[bucket]
    a_day = rule.limit - rule.reserve_for_people
    if a_day <= 0 or not settings.FAMILY_ROUND or settings.JPO_OPD_PER_MINUTE < 1:
        return None
    return max(WEEK, ceil(number / a_day))


def again_by(asked_at: datetime | None, since: datetime, days: int | None) -> date | None:
    """The office's day by whose end the question is put again; counted from `since` where it never was."""
    return None if days is None else office_day(asked_at or since) + timedelta(days)


# --- a person asks ----------------------------------------------------------------------------------------


@transaction.atomic
def request_family(case: Case, *, by: User) -> int:
    """A person wants to know now: the family, and the documents of those asked longest ago.

    Orders that wait already are moved to the front instead of doubled. Returns how many questions wait.
    """
    if not in_dossier().filter(pk=case.pk).exists():
        return 0
    members = askable().filter(case=case).order_by(F("asked_at").asc(nulls_first=True), "pk")
    wanted = [None, *members.values_list("pk", flat=True)[:MOST_BY_PERSON]]
    for member in wanted:
        _order_for(case, member, by)
    record("family.refresh", by=by, case=case, questions=len(wanted))
    return len(wanted)


def _order_for(case: Case, member: int | None, by: User) -> None:
    waiting = RefreshJob.objects.filter(
        case=case,
        member=member,
        bucket=(DOCUMENTS if member else LISTS).bucket_name,
        purpose=RefreshJob.Purpose.FAMILY,
        state=RefreshJob.State.WAITING,
    )
    now = clock.now()
    if waiting.update(rank=jobs.RANK_PERSON, requested_by=by, not_before=now):
        return
    order = order_of(case.pk, member, now)
    order.key = f"family:person:{case.pk}:{uuid.uuid4().hex[:12]}"
    order.rank, order.requested_by, order.reason_code = jobs.RANK_PERSON, by, "person"
    order.save()


# --- asking -----------------------------------------------------------------------------------------------


def run_family(job: RefreshJob, *, tell: Tell) -> None:
    """Work on a claimed order of the round to its end, or put it off; `tell` as in `run.run`.

    What cannot be asked now holds up the round alone: no other question is sent in vain, and the questions
    about the cases at home go on.
    """
    purpose = Purpose.PERSON if job.requested_by_id else Purpose.BACKGROUND
    try:
        answer = _asked(job, purpose)
    except DailyLimitReached as limit:
        _hold(job, limit.until, "daily_limit", bucket=job.bucket)
    except MinuteLimitReached as limit:
        _hold(job, limit.retry_at, "minute_limit")
    except circuit.Paused as pause:
        jobs.put_off(job, pause.until, pause.outcome)
    except office.NoCredentials:
        _hold(job, clock.now() + timedelta(minutes=15), "no_credentials")
    else:
        answer = _take(job, answer, tell)
        job.steps = [*job.steps, {"endpoint": answer.endpoint.name, "outcome": str(answer.outcome)}]
        _conclude(job, answer)


def _asked(job: RefreshJob, purpose: Purpose) -> Answer:
    """The answer. Nobody sleeps here for a free minute: the questions about the cases at home can go on."""
    if _minute_is_full(purpose):
        bucket = Bucket(credentials.jpo().username, job.bucket, "opd")
        raise MinuteLimitReached(bucket, clock.now() + _NEXT_MINUTE)
    if abroad_orders.is_order(job):
        return office.ask("opd", *abroad_orders.question_of(job), purpose=purpose)
    if job.member is not None:
        return office.ask("opd", DOCUMENTS.name, job.member.application_number, purpose=purpose)
    return office.ask("opd", LISTS.name, "application", number_of(job.case) or "", purpose=purpose)


def number_of(case: Case) -> str | None:
    """A case's number as the dossier writes it; None where that is not certain."""
    digits = case.application_number
    return docdb(Reading("JP", "patent", "application", digits, int(digits[:4]), int(digits[4:])))


def _minute_is_full(purpose: Purpose) -> bool:
    kept = 0 if purpose is Purpose.PERSON else office.limits().people_per_minute.get("opd", 0)
    minute = next(one for one in usage.minutes(clock.now()) if one.group == "opd")
    return minute.used >= minute.limit - kept


def _hold(job: RefreshJob, until: datetime, outcome: str, *, bucket: str = "") -> None:
    """The order and all of the round that could not go either wait until then; `bucket`: only its orders."""
    jobs.put_off(job, until, outcome)
    if job.requested_by_id:
        return
    others = _round().filter(lease_until=None, not_before__lt=until)
    if bucket:
        others = others.filter(bucket=bucket)
    others.update(not_before=until, outcome=outcome)


def _conclude(job: RefreshJob, answer: Answer) -> None:
    if answer.outcome.is_answer or answer.outcome in _FOR_GOOD:
        jobs.finish(job, ok=answer.outcome.is_answer, outcome=answer.outcome, detail=answer.message)
    elif answer.outcome is Outcome.DAILY_LIMIT:  # the ledger knows it too now, and names the hour
        jobs.put_off(job, clock.now(), answer.outcome)
    else:
        now = clock.now()
        pause = _PAUSES[min(max(job.attempts, 1), len(_PAUSES)) - 1]
        its_own = not circuit.paused(now).get("opd")  # else it is the office's trouble, and uses up no try
        jobs.put_off(job, now + pause, answer.outcome, counts=its_own)


# --- taking in --------------------------------------------------------------------------------------------


def _take(job: RefreshJob, answer: Answer, tell: Tell) -> Answer:
    """Take `answer` in. Returns it, or the unreadable one that it is where that failed."""
    try:
        _taken(job, answer, tell)
    except (OperationalError, InterfaceError):
        raise  # the database's own trouble is not the answer's
    except Exception as error:
        log.exception("the dossier's answer to %s could not be taken in", job.key)
        samples.keep(answer, error=error)
        failed = f"taking it in failed: {type(error).__name__}"
        answer = replace(answer, outcome=Outcome.UNREADABLE, reply=None, problems=(*answer.problems, failed))
        _taken(job, answer, tell)
    return answer


def _taken(job: RefreshJob, answer: Answer, tell: Tell) -> None:
    now = clock.now()
    if abroad_orders.is_order(job):
        abroad_orders.take_in(job, answer, now=now)
        return
    if job.member is None:
        new = take_in_family(job.case, answer, now=now, tell=tell)
        _order_documents(new, job, now)
        return
    for member in _twins(job.member):
        take_in_documents(member, answer, now=now, tell=tell)


def _twins(member: FamilyMember) -> Iterable[FamilyMember]:
    """The same application wherever it is in a family, `member` first."""
    same = FamilyMember.objects.filter(application_number=member.application_number).exclude(pk=member.pk)
    return [member, *same.select_related("case").order_by("pk")]


def _order_documents(new: list[FamilyMember], job: RefreshJob, now: datetime) -> None:
    """What is new in the family is asked for at once, as far as the room goes; the rest has its turn."""
    wanted = askable().filter(pk__in=[row.pk for row in new]).order_by("pk")
    room = MOST_BY_PERSON if job.requested_by_id else _room(DOCUMENTS.bucket_name, now)
    orders = [order_of(row.case_id, row.pk, now) for row in wanted[:room]]
    for order in orders:
        order.requested_by_id = job.requested_by_id
        order.rank = min(order.rank, job.rank)
    RefreshJob.objects.bulk_create(orders, ignore_conflicts=True)


def current(case: Case) -> CaseFamily | None:
    """When the family was asked for last; None: never."""
    return CaseFamily.objects.filter(case=case).first()
