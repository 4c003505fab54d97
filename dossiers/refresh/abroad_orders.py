"""What a person orders of an application abroad: what its office cites against it, and single documents.

The dossier counts a hundred calls a day for each of the two, so nothing is asked for before somebody wants
it. A document is kept as it was delivered, and one that has come is not asked for again.
"""

from __future__ import annotations

import hashlib
import uuid
import zlib
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from apiclient.clock import office_day
from apiclient.jpo.catalogue import endpoint
from apiclient.jpo.opd import CitationsAndClasses
from apiclient.outcomes import Answer, Outcome
from dossiers import clock
from dossiers.models import Case, FamilyMember, ForeignDocument, ForeignText, RefreshJob, User, record

from . import citing, jobs, snapshots
from .family import OFFICES
from .readings import read_answer

CITED, TEXTS = endpoint("opd", "global_cite_class"), endpoint("opd", "global_doc_cont")
MOST_AT_ONCE = 20  # members at one click


# --- ordering ---------------------------------------------------------------------------------------------


def askable(case: Case) -> QuerySet[FamilyMember]:
    """The members abroad whose office can be asked what it cites, those asked longest ago first."""
    members = case.family.filter(office__in=OFFICES, vanished_at=None).exclude(application_number="")
    return members.order_by(F("cited_asked_at").asc(nulls_first=True), "pk")


@transaction.atomic
def request_citations(case: Case, *, by: User) -> int:
    """Have the dossier asked what is cited against the members abroad; how many questions wait."""
    wanted = list(askable(case)[:MOST_AT_ONCE])
    waiting = {
        job.member_id: job
        for job in _waiting(case).select_for_update().filter(bucket=CITED.bucket_name, member__in=wanted)
    }
    for member in wanted:
        if job := waiting.get(member.pk):
            _to_the_front(job, by)
        else:
            _order(case, member, CITED.bucket_name, by).save()
    record("family.citations", by=by, case=case, questions=len(wanted))
    return len(wanted)


@transaction.atomic
def request_text(document: ForeignDocument, *, translated: bool, by: User) -> ForeignText:
    """Order a document, or its machine translation; nothing is asked for where it has come already.

    ValueError where the dossier gives no id to ask by.
    """
    if not _id_of(document, translated):
        raise ValueError("the dossier names no such document")
    case = Case.objects.select_for_update().get(pk=document.member.case_id)
    text, _ = ForeignText.objects.get_or_create(document=document, translated=translated)
    if text.received_at or _copied(text):
        return text
    if job := _waiting(case).filter(text=text).first():
        _to_the_front(job, by)
        return text
    text.ordered_at, text.asked_at, text.outcome = clock.now(), None, ""
    text.save()
    job = _order(case, document.member, TEXTS.bucket_name, by)
    job.text = text
    job.save()
    record("family.text", by=by, case=case, document=document.pk, translated=translated)
    return text


def _waiting(case: Case) -> QuerySet[RefreshJob]:
    return case.refresh_jobs.filter(purpose=RefreshJob.Purpose.FAMILY, state=RefreshJob.State.WAITING)


def _to_the_front(job: RefreshJob, by: User) -> None:
    job.rank, job.requested_by, job.not_before = jobs.RANK_PERSON, by, min(job.not_before, clock.now())
    job.save(update_fields=["rank", "requested_by", "not_before"])


def _order(case: Case, member: FamilyMember, bucket: str, by: User) -> RefreshJob:
    return RefreshJob(
        case=case,
        member=member,
        key=f"family:person:{case.pk}:{uuid.uuid4().hex[:12]}",
        purpose=RefreshJob.Purpose.FAMILY,
        rank=jobs.RANK_PERSON,
        bucket=bucket,
        reason_code="person",
        requested_by=by,
        planned_for=office_day(clock.now()),
        created_at=clock.now(),
    )


def _id_of(document: ForeignDocument, translated: bool) -> str:
    return document.translated_id if translated else document.original_id


def _copied(text: ForeignText) -> bool:
    """Take the document over where it has come for the same application in another case's family."""
    document, name = text.document, "translated_id" if text.translated else "original_id"
    twin = ForeignText.objects.filter(
        translated=text.translated,
        received_at__isnull=False,
        document__member__application_number=document.member.application_number,
        **{f"document__{name}": _id_of(document, text.translated)},
    ).first()
    if twin is None:
        return False
    for field in ("asked_at", "outcome", "received_at", "sha256", "size", "body"):
        setattr(text, field, getattr(twin, field))
    text.save()
    return True


# --- asking and taking in ---------------------------------------------------------------------------------


def is_order(job: RefreshJob) -> bool:
    """Whether the order is one of this module."""
    return job.bucket in (CITED.bucket_name, TEXTS.bucket_name)


def question_of(job: RefreshJob) -> tuple[str, ...]:
    """Name and arguments of the endpoint to be asked."""
    member = job.member
    if job.text:
        return TEXTS.name, member.application_number, _id_of(job.text.document, job.text.translated)
    return CITED.name, member.application_number


def take_in(job: RefreshJob, answer: Answer, *, now: datetime) -> None:
    """Store what the dossier answered, for every family that the application is in."""
    if job.text:
        _take_in_text(job.text, answer, now)
        return
    same = FamilyMember.objects.filter(application_number=job.member.application_number)
    for member in same.select_related("case").order_by("pk"):
        _take_in_citations(member, answer, now)


def _take_in_citations(member: FamilyMember, answer: Answer, now: datetime) -> None:
    read = read_answer(answer, member.case.law)
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=member.case_id)
        member.cited_asked_at = now
        member.cited_outcome = Outcome.UNREADABLE if answer.is_unreadable else answer.outcome
        if isinstance(answer.reply, CitationsAndClasses):
            member.cited_confirmed_at = now
            snapshots.keep(case, answer, read, now=now, member=member)
            citing.gather_abroad(member, answer.reply)
        elif answer.outcome is Outcome.UNREADABLE and answer.body:
            snapshots.keep(case, answer, read, now=now, member=member)
        member.save(update_fields=["cited_asked_at", "cited_outcome", "cited_confirmed_at"])


@transaction.atomic
def _take_in_text(text: ForeignText, answer: Answer, now: datetime) -> None:
    text.asked_at = now
    text.outcome = Outcome.UNREADABLE if answer.is_unreadable else answer.outcome
    if answer.outcome is Outcome.OK and answer.body:
        text.received_at, text.size = now, len(answer.body)
        text.sha256 = hashlib.sha256(answer.body).hexdigest()
        text.body = zlib.compress(answer.body, 6)
    text.save()
