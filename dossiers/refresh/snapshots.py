"""Replies kept verbatim when they differ from the last one."""

from __future__ import annotations

import zlib
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from apiclient.jpo.catalogue import endpoint
from apiclient.jpo.client import meaning
from apiclient.outcomes import Answer, Outcome
from dossiers.models import Case, FamilyMember, Snapshot

from .plan import STATUS_ENDPOINTS
from .readings import AnswerRead


def keep(
    case: Case, answer: Answer, read: AnswerRead, *, now: datetime, member: FamilyMember | None = None
) -> tuple[Snapshot, bool]:
    """The snapshot of this reply and whether it is news; an unchanged reply only moves its last date.

    Full and simplified status speak of the same things: a reply like the last of its kind is news all the
    same when the other kind has spoken since. So is one that could not be taken in the last time: the
    program may have learned to read it since. A reply about a `member` of its family is compared with those
    about that member alone.
    """
    taken_in = answer.outcome is Outcome.OK
    name = answer.endpoint.bucket_name
    # The newest row, not the latest time: a clock that was set back must not hide what the office said since.
    rows = case.snapshots.filter(endpoint=name, member=member).defer("body")
    latest = rows.annotate(overruled=Exists(_other_status_since(case, name))).order_by("-pk").first()
    if latest and latest.sha256 == read.fingerprint:
        overruled, learned = latest.overruled, taken_in and not latest.taken_in
        latest.last_received_at, latest.taken_in = now, taken_in
        latest.save(update_fields=["last_received_at", "taken_in"])
        return latest, overruled or learned
    made = Snapshot.objects.create(
        case=case,
        member=member,
        endpoint=name,
        sha256=read.fingerprint,
        body=read.packed,
        size=len(answer.body),
        first_received_at=now,
        last_received_at=now,
        problems=list(answer.problems),
        taken_in=taken_in,
    )
    return made, True


def _other_status_since(case: Case, name: str) -> QuerySet[Snapshot]:
    """Status replies of the other kind that came after the one annotated."""
    law, _, kind = name.partition("/")
    if kind not in STATUS_ENDPOINTS:
        return Snapshot.objects.none()
    others = [f"{law}/{other}" for other in STATUS_ENDPOINTS if other != kind]
    since = OuterRef("last_received_at")
    return Snapshot.objects.filter(case=case, endpoint__in=others, last_received_at__gt=since)


def body_of(snapshot: Snapshot) -> bytes:
    """The reply as received."""
    return zlib.decompress(bytes(snapshot.body))


def read_again(law: str, name: str, arguments: tuple[str, ...], body: bytes, at: datetime) -> Answer:
    """An answer received earlier, from its kept body."""
    row = endpoint(law, name)
    reading = meaning(row, arguments, 200, body)
    return Answer(
        endpoint=row,
        arguments=arguments,
        outcome=reading.outcome,
        http_status=200,
        status_code=reading.status_code,
        message=reading.message,
        remaining=None,
        body=body,
        reply=reading.reply,
        received_at=at,
        edge_cached=False,
        attempts=0,
        problems=reading.problems,
    )
