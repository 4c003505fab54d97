"""Work orders to ask the office about a case: made, claimed, put off, finished.

The row is the work order. Whoever wins the conditional UPDATE works on it until its lease ends; one whose
worker died is taken up again, and one that kills its worker each time is given up and shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_noop

from apiclient.clock import office_day
from dossiers import clock, leases
from dossiers.docketing.store import recount
from dossiers.models import Case, CaseFamily, FamilyMember, ForeignText, RefreshJob, ReviewTask, User, record

LEASE = timedelta(minutes=5)  # longer than the queue's own timeout, so that two never work on one order
MOST_ATTEMPTS = 8
LONGEST_WAIT = timedelta(hours=26)  # for a new day's calls, and some more
GAVE_UP = "office:gave_up"
_GAVE_UP_JA = (
    "庁への照会を{tries}回試みましたが、回答を得られませんでした。"
    "新しい書類を見落としている可能性があります。J-PlatPatで確認してください。"
)
_GAVE_UP_EN = (
    "The office was asked {tries} times and no answer could be had. "
    "New documents may be missed: look the case up in J-PlatPat."
)
RANK_PERSON, RANK_HOT, RANK_ADDED, RANK_FAMILY = 0, 10, 20, 45

RANK_PLAN = 100  # of a plan's first order; its others count up from there
LONGEST_DAILY = 90  # days ahead for which a person can have a case asked every day
AT_ONCE = 50  # cases just added and not asked yet; more than these are planned by what each is worth


class UnusableDay(ValueError):
    """A day that has passed, or that is too far ahead."""


# Opinions and amendments, which the firm mostly has itself: asked for when a person wants to read one here.
FILED = frozenset({"A51", "A521", "A522", "A523", "A53"})
FILED_BY = "app_doc_cont_opinion_amendment"
# Orders that say nothing of the case itself: it is asked about as if they were not there.
BESIDE = Q(purpose=RefreshJob.Purpose.FAMILY) | Q(bucket__endswith=f"/{FILED_BY}")


@transaction.atomic
def request_filed(case: Case, *, by: User) -> RefreshJob:
    """A person wants to read what was filed: one question, by its own counter, however often they press."""
    bucket = f"{case.law}/{FILED_BY}"
    Case.objects.select_for_update().get(pk=case.pk)
    waiting = case.refresh_jobs.filter(state=RefreshJob.State.WAITING, bucket=bucket).first()
    if waiting:
        return waiting
    record("case.fetch_filed", by=by, case=case)
    return RefreshJob.objects.create(
        case=case,
        key=f"filed:{case.pk}:{uuid.uuid4().hex[:12]}",
        purpose=RefreshJob.Purpose.PERSON,
        rank=RANK_PERSON,
        bucket=bucket,
        reason_code="person",
        requested_by=by,
    )


@transaction.atomic
def request_refresh(case: Case, *, by: User) -> RefreshJob:
    """A person wants to know now. An order already waiting is moved to the front instead of doubled."""
    waiting = (
        case.refresh_jobs.select_for_update()
        .filter(state=RefreshJob.State.WAITING)
        .exclude(BESIDE)
        .order_by("rank")
        .first()
    )
    if waiting:
        waiting.rank, waiting.purpose, waiting.requested_by = RANK_PERSON, RefreshJob.Purpose.PERSON, by
        waiting.not_before = min(waiting.not_before, clock.now())
        waiting.bucket, waiting.reason_code, waiting.reason_values = "", "person", {}
        told = ["bucket", "reason_code", "reason_values"]
        waiting.save(update_fields=["rank", "purpose", "requested_by", "not_before", *told])
        job = waiting
    else:
        job = RefreshJob.objects.create(
            case=case,
            key=f"person:{case.pk}:{uuid.uuid4().hex[:12]}",
            purpose=RefreshJob.Purpose.PERSON,
            rank=RANK_PERSON,
            reason_code="person",
            requested_by=by,
        )
    record("case.refresh", by=by, case=case)
    return job


def ask_daily(case: Case, until: date | None, *, by: User) -> None:
    """Have the plan ask about this case every day to the end of `until` (None: as it would by itself).

    `UnusableDay` when the day has passed or lies more than LONGEST_DAILY days ahead: a case that nobody
    thinks of any more must not take the calls of others for ever.
    """
    today = clock.office_today()
    if until is not None and not today <= until <= today + timedelta(LONGEST_DAILY):
        raise UnusableDay(until)
    old = case.daily_until
    if until == old:
        return
    case.daily_until = until
    case.save(update_fields=["daily_until"])
    record("case.daily", by=by, case=case, until=until and until.isoformat(), old=old and old.isoformat())


def order_added(cases: Iterable[Case], *, by: User) -> int:
    """Orders for cases just added: soon, but behind people. Returns how many were made.

    None where more than AT_ONCE would wait: the next plan finds them, asks first where a period is likely to
    run, and keeps what is promised to the cases that were there before.
    """
    added = list(cases)
    waiting = RefreshJob.objects.filter(state=RefreshJob.State.WAITING, purpose=RefreshJob.Purpose.ADDED)
    if len(added) + waiting.count() > AT_ONCE:
        return 0
    orders = [
        RefreshJob(
            case=case,
            key=f"added:{case.pk}",
            purpose=RefreshJob.Purpose.ADDED,
            rank=RANK_ADDED,
            reason_code="added",
            requested_by=by,
        )
        for case in added
    ]
    return len(RefreshJob.objects.bulk_create(orders, ignore_conflicts=True, batch_size=500))


def unstarted() -> QuerySet[RefreshJob]:
    """Orders of a plan on which nobody has begun to work, which a newer plan may replace."""
    return RefreshJob.objects.filter(_NOT_BEGUN, lease_until=None, planned_for__isnull=False)


_NOT_BEGUN = Q(purpose=RefreshJob.Purpose.DAILY, state=RefreshJob.State.WAITING, attempts=0, steps=[])


def claim(*, without: Collection[str] = (), people_only: bool = False) -> RefreshJob | None:
    """The next due order, leased to the caller; None when nothing is due. Attempts count before the work.

    `without`: groups of endpoints ("domestic", "opd") that are not to be asked. `people_only`: orders that
    somebody waits for. What waits for longer than anything does was put off by a clock since put back.
    What yesterday's plan has left is not begun: it would use up today's calls before today's news are out.
    """
    for _ in range(20):
        real_now, now = timezone.now(), clock.now()
        free = leases.free(real_now, LEASE)
        due = Q(not_before__lte=now) | Q(not_before__gt=now + LONGEST_WAIT)
        waiting = RefreshJob.objects.filter(_of(without), free, due, state=RefreshJob.State.WAITING)
        waiting = waiting.exclude(_NOT_BEGUN, planned_for__lt=office_day(now))
        if people_only:
            waiting = waiting.filter(purpose=RefreshJob.Purpose.PERSON)
        candidate = waiting.order_by("rank", "created_at", "pk").first()
        if candidate is None:
            return None
        won = RefreshJob.objects.filter(free, pk=candidate.pk, state=RefreshJob.State.WAITING).update(
            lease_until=real_now + LEASE, attempts=F("attempts") + 1
        )
        if not won:
            continue
        job = RefreshJob.objects.select_related("case", "member").get(pk=candidate.pk)
        if job.attempts <= MOST_ATTEMPTS:
            return job
        give_up(job)
    return None


_DOSSIER = Q(purpose=RefreshJob.Purpose.FAMILY) | Q(bucket__startswith="opd/")


def group_of(job: RefreshJob) -> Literal["domestic", "opd"]:
    """The group of endpoints that the order begins with."""
    dossier = job.purpose == RefreshJob.Purpose.FAMILY or job.bucket.startswith("opd/")
    return "opd" if dossier else "domestic"


def _of(without: Collection[str]) -> Q:
    """Orders that begin with none of these groups of endpoints."""
    left_out = {"domestic": ~_DOSSIER, "opd": _DOSSIER}
    wanted = Q()
    for group in without:
        wanted &= ~left_out[group]
    return wanted


@transaction.atomic
def give_up(job: RefreshJob) -> None:
    """The order ends unanswered: said on the case, and put before a person until an answer comes."""
    finish(job, ok=False, outcome="gave_up", detail=job.detail or "its worker died or failed each time")
    if job.purpose == RefreshJob.Purpose.FAMILY:
        _family_not_confirmed(job)
        return
    if job.bucket.endswith(f"/{FILED_BY}"):  # nothing is missed; whoever asked sees that it failed
        return
    case = Case.objects.select_for_update().get(pk=job.case_id)
    asked_in_vain(case, "gave_up")
    task, made = ReviewTask.objects.get_or_create(
        case=case,
        key=GAVE_UP,
        defaults={
            "kind": "gave_up",
            "detail_ja": _GAVE_UP_JA.format(tries=MOST_ATTEMPTS),
            "detail_en": _GAVE_UP_EN.format(tries=MOST_ATTEMPTS),
            "opened_at": clock.now(),
        },
    )
    if not made and task.closed_at:  # it has happened again, whatever was said of the last time
        task.closed_at, task.closed_by, task.resolution, task.opened_at = None, None, "", clock.now()
        task.save(update_fields=["closed_at", "closed_by", "resolution", "opened_at"])
    recount(case)


def asked_in_vain(case: Case, outcome: str) -> None:
    """A question has just brought nothing that can be used, `outcome` says why."""
    now = clock.now()
    since = Coalesce(F("in_vain_since"), Value(now, output_field=DateTimeField()))
    Case.objects.filter(pk=case.pk).update(last_outcome=outcome, asked_at=now, in_vain_since=since)


def _family_not_confirmed(job: RefreshJob) -> None:
    """The family is not confirmed; nothing is said of the case at home, and the next week asks again.

    What a person ordered of a member (`abroad_orders`) says so where it was ordered.
    """
    asked = {"asked_at": clock.now(), "last_outcome": "gave_up"}
    if job.text_id:
        ForeignText.objects.filter(pk=job.text_id).update(asked_at=clock.now(), outcome="gave_up")
    elif job.bucket == "opd/global_cite_class":
        told = {"cited_asked_at": clock.now(), "cited_outcome": "gave_up"}
        FamilyMember.objects.filter(pk=job.member_id).update(**told)
    elif job.member_id:
        FamilyMember.objects.filter(pk=job.member_id).update(**asked)
    else:
        CaseFamily.objects.update_or_create(case_id=job.case_id, defaults=asked)


@transaction.atomic
def close_given_up(case: Case) -> None:
    """An answer came: what only the lack of one had raised is settled."""
    told = gettext_noop("the office has answered since")
    if case.reviews.filter(key=GAVE_UP, closed_at=None).update(closed_at=clock.now(), resolution=told):
        recount(case)


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
