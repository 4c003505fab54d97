"""Replies kept verbatim when they differ from the last one."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import datetime

from django.db.models import QuerySet

from apiclient.documents import read_bundle
from apiclient.jpo.catalogue import endpoint
from apiclient.jpo.envelope import read
from apiclient.outcomes import Answer
from dossiers.models import Case, Snapshot

from .plan import STATUS_ENDPOINTS


def keep(case: Case, answer: Answer, *, now: datetime) -> tuple[Snapshot, bool]:
    """The snapshot of this reply and whether it is news; an unchanged reply only moves its last date.

    Full and simplified status speak of the same things: a reply like the last of its kind is news all the
    same when the other kind has spoken since.
    """
    name = answer.endpoint.bucket_name
    digest = fingerprint(answer.body)
    latest = case.snapshots.filter(endpoint=name).defer("body").order_by("-last_received_at", "-pk").first()
    if latest and latest.sha256 == digest:
        overruled = _other_status(case, name).filter(last_received_at__gt=latest.last_received_at).exists()
        latest.last_received_at = now
        latest.save(update_fields=["last_received_at"])
        return latest, overruled
    made = Snapshot.objects.create(
        case=case,
        endpoint=name,
        sha256=digest,
        body=zlib.compress(answer.body, 6),
        size=len(answer.body),
        first_received_at=now,
        last_received_at=now,
        problems=list(answer.problems),
    )
    return made, True


def _other_status(case: Case, name: str) -> QuerySet[Snapshot]:
    law, _, kind = name.partition("/")
    if kind not in STATUS_ENDPOINTS:
        return case.snapshots.none()
    others = [f"{law}/{other}" for other in STATUS_ENDPOINTS if other != kind]
    return case.snapshots.filter(endpoint__in=others)


def fingerprint(body: bytes) -> str:
    """SHA-256 of what the office says of the case.

    The call counter changes with each reply and a ZIP's time stamps with each making, so JSON is hashed by
    its data and an archive by its members.
    """
    if body[:2] == b"PK":
        bundle = read_bundle(body)
        told = "\n".join(sorted(f"{member.name} {member.sha256}" for member in bundle.members))
        told += "\n".join(bundle.problems)
        return hashlib.sha256(told.encode()).hexdigest()
    try:
        told = json.dumps(json.loads(body)["result"]["data"], ensure_ascii=False, sort_keys=True)
    except (ValueError, KeyError, TypeError, RecursionError):
        return hashlib.sha256(body).hexdigest()
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def body_of(snapshot: Snapshot) -> bytes:
    """The reply as received."""
    return zlib.decompress(bytes(snapshot.body))


def read_again(law: str, name: str, arguments: tuple[str, ...], body: bytes, at: datetime) -> Answer:
    """An answer received earlier, from its kept body."""
    row = endpoint(law, name)
    reading = read(row, arguments, 200, body)
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
