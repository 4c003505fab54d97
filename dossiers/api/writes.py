"""What a program asks to be done is done once, however often it is sent (`Idempotency-Key`).

The reply is stored in the transaction that does the work: where there is no reply, nothing was done, and the
same call may be made again. Whoever is at it holds a lease, so that the same call meanwhile is told to wait.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dossiers import leases
from dossiers.models import ApiToken, ApiWrite

from .problems import Problem

KEPT = timedelta(hours=48)
LEASE = timedelta(minutes=2)
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")
Do = Callable[[], HttpResponse]


def once(request: HttpRequest, token: ApiToken, do: Do) -> HttpResponse:
    """The reply of `do`, or the one it gave when the same call came before under the same key.

    `do` runs in a transaction that only a good reply ends well. Problems: "unusable_key", "key_reused",
    "key_busy".
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _all_or_nothing(do, keep=lambda _reply: True)
    if not 0 < len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise Problem("unusable_key")
    row = _claimed(token, key, _hash_of(request))
    if row.status is not None:
        return _again(row)
    mine = ApiWrite.objects.filter(pk=row.pk, claim=row.claim, status=None)
    try:
        return _all_or_nothing(do, keep=lambda reply: bool(mine.update(**_stored(reply))))
    finally:
        mine.delete()  # not done: the next call begins anew


def _all_or_nothing(do: Do, keep: Callable[[HttpResponse], bool]) -> HttpResponse:
    with transaction.atomic():
        reply = do()
        if reply.status_code >= 400:
            transaction.set_rollback(True)
        elif not keep(reply):  # it took so long that somebody else has begun it
            transaction.set_rollback(True)
            raise _busy()
    return reply


def _claimed(token: ApiToken, key: str, request_hash: str) -> ApiWrite:
    """The row of this key: ours to work on, or done already."""
    now = timezone.now()
    ApiWrite.objects.filter(created_at__lt=now - KEPT).delete()
    try:
        with transaction.atomic():
            return ApiWrite.objects.create(
                token=token, key=key, request_hash=request_hash, lease_until=now + LEASE, created_at=now
            )
    except IntegrityError:
        pass
    row = ApiWrite.objects.filter(token=token, key=key).first()
    if row is None:  # it failed and was let go this very moment
        raise _busy()
    if row.request_hash != request_hash:
        raise Problem("key_reused")
    if row.status is not None:
        return row
    row.claim = uuid.uuid4()
    free = ApiWrite.objects.filter(leases.free(now, LEASE), pk=row.pk, status=None)
    if not free.update(claim=row.claim, lease_until=now + LEASE):
        raise _busy()
    return row


def _busy() -> Problem:
    return Problem("key_busy", headers={"Retry-After": "2"})


def _hash_of(request: HttpRequest) -> str:
    """Of everything that says what is to be done."""
    parts = (request.method or "", request.get_full_path(), request.headers.get("If-Match", ""))
    told = hashlib.sha256("\n".join(parts).encode("utf-8", "replace"))
    told.update(b"\n" + request.body)
    return told.hexdigest()


def _stored(reply: HttpResponse) -> dict[str, object]:
    headers = {name: reply[name] for name in _KEPT_HEADERS if reply.has_header(name)}
    body = reply.content.decode()
    return {"status": reply.status_code, "headers": headers, "body": body, "lease_until": None}


def _again(row: ApiWrite) -> HttpResponse:
    return HttpResponse(
        row.body.encode(), status=row.status, headers={**row.headers, "Idempotency-Replayed": "true"}
    )
