"""Reports of undeliverable mail (RFC 3464) that came back, and what they change.

A report counts only with a token that we signed (`tokens`), for a message of the last weeks, and about the
address it went to. Everything else changes nothing: anybody may write to the mailbox of reports. One about a
mailbox that is not there switches the address off; after any other failure the message is tried again later.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from enum import StrEnum
from itertools import islice

from django.db import transaction

from dossiers.alerts import addresses, carried, post, refusals, storms, tokens
from dossiers.models import Alert, Bounce, Delivery, Digest, Prompt

logger = logging.getLogger(__name__)

LARGEST = 1024 * 1024  # bytes read of one report; what counts of it stands before the returned mail
COUNTS_FOR = timedelta(days=30)
AGAIN_AFTER = timedelta(hours=4)
_MOST_TOKENS, _MOST_RECIPIENTS, _MOST_PARTS = 10, 20, 50


class Outcome(StrEnum):
    """What became of one message found in the mailbox of reports."""

    HARD = "hard"  # the mailbox is not there
    SOFT = "soft"  # it could not be delivered now
    KNOWN = "known"  # read before
    NO_FAILURE = "no_failure"  # a delay, a success, or no report at all
    NOT_OURS = "not_ours"  # no signature of ours, or of a message long gone


@dataclass(frozen=True)
class Failure:
    """What a report says of one recipient; addresses in lower case."""

    recipients: frozenset[str]
    status: str
    words: str

    @property
    def hard(self) -> bool:
        return self.status in post.GONE


# --- reading ----------------------------------------------------------------------------------------------


def failures(raw: bytes) -> list[Failure]:
    """What a report says failed for good; empty for a delay, and for everything that is no report."""
    try:
        blocks = list(islice(_blocks(message_from_bytes(raw[:LARGEST])), _MOST_RECIPIENTS))
    except Exception:  # whatever a hostile message does to the parser
        logger.info("A report could not be read", exc_info=True)
        return []
    return [_failure(block) for block in blocks if _field(block, "Action").lower() == "failed"]


def _blocks(message: Message) -> Iterator[Message]:
    """The groups of fields about recipients."""
    for part in islice(message.walk(), _MOST_PARTS):
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            groups: Iterable[Message] = part.get_payload()  # type: ignore[assignment]
            yield from (group for group in groups if group["Final-Recipient"] or group["Original-Recipient"])


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).replace("\0", "").split())[:500]


def _failure(block: Message) -> Failure:
    named = (_field(block, name).rpartition(";")[2] for name in ("Final-Recipient", "Original-Recipient"))
    told = _field(block, "Diagnostic-Code").partition(";")[2].strip()
    return Failure(
        recipients=frozenset(one.strip(" <>").lower() for one in named if one.strip()),
        status=_status(_field(block, "Status"), told),
        words=(told or _field(block, "Status")),
    )


_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def _status(said: str, told: str) -> str:
    """The status (RFC 3463); where the report gives none to speak of, that of the server's words."""
    found = _ENHANCED.search(said)
    if found and not found[0].endswith(".0.0"):
        return found[0]
    better = _ENHANCED.search(told)
    return better[0] if better else found[0] if found else ""


# --- what it changes --------------------------------------------------------------------------------------


@transaction.atomic
def take(raw: bytes, now: datetime) -> Outcome:
    """Read one message of the mailbox of reports and do what follows from it; safe to repeat."""
    found = failures(raw)
    if not found:
        return Outcome.NO_FAILURE
    delivery = _delivery(raw, now)
    if delivery is None:
        return Outcome.NOT_OURS
    mine = [one for one in found if delivery.to.lower() in one.recipients]
    # Of somebody else: it was forwarded from there, and the address itself is no worse for it.
    failure, forwarded = (mine[0], False) if mine else (found[0], True)
    hard, row = failure.hard and not forwarded, _row(delivery)
    key = hashlib.sha256(raw[:LARGEST]).hexdigest()
    if Bounce.objects.filter(key=key).exists():
        return Outcome.KNOWN
    new = addresses.came_back(
        row.user,
        delivery,
        hard=hard,
        status=failure.status,
        words=failure.words,
        key=key,
        now=now,
        believed=not (hard and refusals.refused(delivery.to, now)),
    )
    if not new:  # another process was first
        return Outcome.KNOWN
    _did_not_arrive(row, failure.words, now)
    return Outcome.HARD if hard else Outcome.SOFT


def _delivery(raw: bytes, now: datetime) -> Delivery | None:
    """The attempt the report is about: the newest one that the server took of the message a token names."""
    text = raw[:LARGEST].decode("ascii", errors="replace").lower()
    for found in islice(tokens.TOKEN.finditer(text), _MOST_TOKENS):
        named = tokens.read(found[0])
        if named is None:
            continue
        kind, pk = named
        rows = Delivery.objects.filter(
            **{kind._meta.model_name: pk}, accepted=True, at__gt=now - COUNTS_FOR
        ).select_related("alert__user", "prompt__user", "digest__user")
        return rows.order_by("-at", "-pk").first()
    return None


def _row(delivery: Delivery) -> Alert | Digest | Prompt:
    row = delivery.alert or delivery.prompt or delivery.digest
    assert row is not None  # noqa: S101 (a constraint of the table)
    return row


def _did_not_arrive(row: Alert | Digest | Prompt, words: str, now: datetime) -> None:
    """Once more in some hours under the same name; not at all where nothing is sent to the address, or the
    person has read it here meanwhile. A digest of yesterday is not repeated: the next one tells of both days,
    and of the news that this one carried."""
    kind, told = type(row), f"It came back: {words}"[:500]
    sent = kind.objects.filter(pk=row.pk, state=kind.State.SENT)
    read = isinstance(row, Alert) and row.read_at
    if row.user.address_off_at or read or isinstance(row, Digest):
        changed = sent.update(state=kind.State.FAILED, last_error=told)
        if changed and isinstance(row, Prompt):
            storms.came_back(row, Alert.State.FAILED, told)
        if changed and isinstance(row, Digest):
            carried.came_back(row, told)
        return
    changed = sent.update(
        state=kind.State.WAITING, not_before=now + AGAIN_AFTER, lease_until=None, last_error=told
    )
    if changed and isinstance(row, Prompt):
        storms.came_back(row, Alert.State.WAITING, told)
