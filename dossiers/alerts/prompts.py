"""Reminders and escalations on their way: ordered in a round, claimed by a lease, sent, marked.

As an alert is: the row is the work order, no transaction is open while sending, and what dies in between is
sent again with the same Message-ID. What a mail says is read when it is sent: lines that time or people have
settled meanwhile are left out, and a mail without lines is not sent.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from dossiers import clock, leases
from dossiers.alerts import (
    addresses,
    calendar_reminder,
    compose,
    deliveries,
    group_mail,
    left_mail,
    pace,
    post,
    prompt_mail,
    storms,
    wall_mail,
    watch_mail,
)
from dossiers.alerts.channels import notices
from dossiers.alerts.deliveries import LEASE, NO_WAIT
from dossiers.models import Alert, Escalation, Prompt, Reminder, WatchEndNotice

logger = logging.getLogger(__name__)

Line = Reminder | Escalation | WatchEndNotice
LARGEST_GROUP = 200  # lines of one mail
_ROWS_AT_ONCE = 500

# --- ordering -----------------------------------------------------------------------------------------------


def order(
    kind: Prompt.Kind, mails: Iterable[tuple[int, Sequence[Line], datetime]], *, now: datetime
) -> list[Prompt]:
    """Write the orders for `mails`: the reader's key, the lines, and when they ought to go.

    To be called inside the transaction that decides on them. The number of queries does not depend on theirs.
    """
    found: list[tuple[Prompt, Sequence[Line]]] = []
    for user, lines, due_at in mails:
        for start in range(0, len(lines), LARGEST_GROUP):
            part = lines[start : start + LARGEST_GROUP]
            identity = _identity(kind, user, part)
            prompt = Prompt(
                user_id=user, kind=kind, due_at=due_at, not_before=now, created_at=now, message_id=identity
            )
            found.append((prompt, part))
    Prompt.objects.bulk_create([prompt for prompt, _ in found])
    rows: list[Line] = []
    for prompt, part in found:
        for line in part:
            line.prompt = prompt
        rows += part
    for model in (Reminder, Escalation, WatchEndNotice):
        mine = [row for row in rows if isinstance(row, model)]
        # Another worker may have been first: its mail says it, and this one has nothing to say.
        model.objects.bulk_create(mine, ignore_conflicts=True, batch_size=_ROWS_AT_ONCE)
    return [prompt for prompt, _ in found]


def _identity(kind: str, user: int, lines: Sequence[Line]) -> str:
    told = hashlib.sha256(f"{user}:{' '.join(map(str, lines))}".encode()).hexdigest()[:40]
    return f"<{kind}.{told}@{compose.mail_domain()}>"


# --- claiming -----------------------------------------------------------------------------------------------


def _due(now: datetime) -> QuerySet[Prompt]:
    """A lease or wait longer than any was given by a clock that has since been set back."""
    free = leases.free(now, LEASE)
    its_turn = Q(not_before__lte=now) | Q(not_before__gt=now + NO_WAIT)
    return Prompt.objects.filter(free, its_turn, state=Prompt.State.WAITING)


def claim(now: datetime) -> Prompt | None:
    """Take the mail that has been due longest, as `outbox.claim` takes an alert; None when none is."""
    while candidates := list(_due(now).order_by("not_before", "pk").values_list("pk", flat=True)[:10]):
        for pk in candidates:
            if _due(now).filter(pk=pk).update(lease_until=now + LEASE, attempts=F("attempts") + 1):
                return Prompt.objects.select_related("user", "webhook").get(pk=pk)
    return None


# --- sending ------------------------------------------------------------------------------------------------


def send_due(*, budget_seconds: float, clock: Callable[[], datetime] = clock.now) -> int:
    """Send what is ordered until nothing is left or the time is used up; returns how many mails went."""
    until, sent = time.monotonic() + budget_seconds, 0
    connection = mail.get_connection()
    try:
        while prompt := _next(until, clock):
            verdict = _deliver(prompt, clock(), connection)
            if verdict is post.Verdict.UNREACHABLE:
                break
            if verdict is post.Verdict.SENT:
                deliveries.server_is_back(Prompt, clock())
                sent += 1
    finally:
        post.close(connection)
    return sent


def _next(until: float, clock: Callable[[], datetime]) -> Prompt | None:
    """The next mail and its place in the mail server's minute; None when there is neither."""
    if time.monotonic() >= until or not _due(clock()).exists() or not pace.take(until, clock):
        return None
    return claim(clock())


_UNWRITTEN = post.Result(post.Verdict.PUT_OFF, "The message could not be put together; see the log.")


def _deliver(prompt: Prompt, now: datetime, connection: object) -> post.Verdict:
    if _ended(prompt, now):
        return post.Verdict.NOT_TRIED
    try:
        message = _message(prompt, now)
    except Exception:
        logger.exception("Prompt %s could not be put together", prompt.pk)
        _note(prompt, None, _UNWRITTEN, now)
        return post.Verdict.PUT_OFF
    if message is None:
        _end(prompt, Prompt.State.DROPPED, gettext_noop("Settled before it was sent."))
        return post.Verdict.NOT_TRIED
    result = deliveries.hand_over(prompt, message, connection, now)
    _note(prompt, message, result, now)
    return result.verdict


def _message(prompt: Prompt, now: datetime) -> EmailMultiAlternatives | None:
    """The mail; None when there is nothing to say any more."""
    if write := _WRITERS.get(prompt.kind):
        return write(prompt, now=now)
    if prompt.kind != Prompt.Kind.ALERTS:
        return prompt_mail.message(prompt, now=now)
    storms.drop_what_is_restricted(prompt)
    alerts = list(storms.carried(prompt))
    if len(alerts) == 1:  # nothing came to it while it collected
        return compose.message(alerts[0], now=now, identity=prompt.message_id)
    return group_mail.message(prompt, alerts, now=now) if alerts else None


_WRITERS: dict[str, Callable[..., EmailMultiAlternatives | None]] = {
    Prompt.Kind.WATCH_END: watch_mail.message,
    Prompt.Kind.CHANNEL: notices.message,
    Prompt.Kind.CALENDAR: calendar_reminder.message,
    Prompt.Kind.WALL: wall_mail.message,
    Prompt.Kind.LEFT: left_mail.message,
}


def _ended(prompt: Prompt, now: datetime) -> bool:
    if not (prompt.user.is_active and prompt.user.mail_on):
        _end(prompt, Prompt.State.DROPPED, gettext_noop("The reader wants no mail any more."))
        return True
    if prompt.user.address_off_at:
        _end(prompt, Prompt.State.FAILED, addresses.OFF_WORDS)
        return True
    if deliveries.is_given_up(prompt):
        with transaction.atomic():
            if _end(prompt, Prompt.State.FAILED, deliveries.given_up_words(prompt)):
                deliveries.record_given_up(prompt, now)
        return True
    return False


@transaction.atomic
def _end(prompt: Prompt, state: str, words: str) -> bool:
    ended = bool(_mine(prompt).update(state=state, lease_until=None, last_error=words))
    if ended:
        storms.ended(prompt, state, words)
    return ended


def _mine(prompt: Prompt) -> QuerySet[Prompt]:
    """The row while it is still under this claim."""
    return Prompt.objects.filter(pk=prompt.pk, state=Prompt.State.WAITING, attempts=prompt.attempts)


# --- marking ------------------------------------------------------------------------------------------------


@transaction.atomic
def _note(prompt: Prompt, message: EmailMultiAlternatives | None, result: post.Result, now: datetime) -> None:
    if result.verdict is post.Verdict.SENT:
        # Whoever sent it, it is sent: also when the claim ran out meanwhile.
        Prompt.objects.filter(pk=prompt.pk).update(
            state=Prompt.State.SENT, sent_at=now, lease_until=None, last_error=""
        )
        storms.ended(prompt, Alert.State.SENT, "", now)
    elif result.verdict is post.Verdict.REFUSED:
        _end(prompt, Prompt.State.FAILED, result.words)
    else:
        deliveries.put_off(_mine(prompt), prompt, result, now)
    deliveries.record(prompt, message, result, now)
