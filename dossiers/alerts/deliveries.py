"""What messages of every kind share on their way: the token they carry, the server's answer, the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet

from dossiers.models import Alert, Case, Delivery, Digest, Prompt

from . import addresses, compose, pace, post, refusals, tokens

Message = Alert | Digest | Prompt

LEASE = timedelta(minutes=5)  # longer than the queue lets a task run, so a live sender is never overtaken
MAX_ATTEMPTS = 20
# The waits add up to more than four days, as long as mail servers try (RFC 5321, 4.5.4.1); once a server is
# back nobody waits for them to end (see server_is_back).
BACKOFF_MINUTES = (1, 2, 5, 15, 60, 60, 120, 240, 480)
# No wait is as long: one that seems so was given by a clock that has been set back since.
NO_WAIT = timedelta(minutes=2 * max(BACKOFF_MINUTES))


def hand_over(
    of: Message, message: EmailMultiAlternatives, connection: object | None, now: datetime
) -> post.Result:
    """Hand the mail of `of` to the server. No transaction is open meanwhile."""
    tokens.put_on(message, of)
    result = post.send(message, connection)
    if result.refused_by_server and refusals.refused(of.user.email, now):
        result = result.keeping()
    if result.verdict is post.Verdict.SENT:
        pace.worked()
        refusals.taken(of.user.email, now)
    elif result.verdict in (post.Verdict.UNREACHABLE, post.Verdict.PUT_OFF):
        pace.failed(result.words, now)
    return result


def record(
    of: Message, message: EmailMultiAlternatives | None, result: post.Result, now: datetime
) -> Delivery:
    """Keep one attempt to send `of`: its outcome in words and, where accepted, a copy of the message.

    To be called in the transaction that marks it. A mailbox that is not there gets nothing more.
    """
    sent = message if result.verdict is post.Verdict.SENT else None
    delivery = Delivery.objects.create(
        **{of._meta.model_name: of},
        at=now,
        to=of.user.email,
        accepted=sent is not None,
        permanent=result.verdict is post.Verdict.REFUSED or result.kept,
        kept=result.kept,
        detail=result.words,
        subject=str(message.subject)[:300] if message else "",
        text=str(sent.body) if sent else "",
        html=compose.html_of(sent) if sent else "",
        message_id=str(message.extra_headers["Message-ID"]) if message else "",
        again_by_id=getattr(of, "again_by_id", None),
    )
    _bind(delivery, _told_of(of, message))
    if result.no_mailbox:
        addresses.refused(of.user, delivery, result, now)
    return delivery


def _told_of(of: Message, message: EmailMultiAlternatives | None) -> set[int]:
    """Keys of the cases that a message tells of: walls are asked for by them, not by what its words say."""
    if isinstance(of, Alert):
        return {of.news.case_id}
    if isinstance(of, Digest):
        return set(getattr(message, "about", ()))
    lines = (
        of.alerts.values_list("news__case"),
        of.reminders.values_list("limit__case"),
        of.escalations.values_list("concern__case"),
        of.watch_ends.values_list("ending__case"),
    )
    return {case for rows in lines for (case,) in rows}


def _bind(delivery: Delivery, keys: set[int]) -> None:
    here = Case.objects.filter(pk__in=keys).order_by().values_list("pk", flat=True) if keys else ()
    through = Delivery.cases.through
    through.objects.bulk_create(through(delivery_id=delivery.pk, case_id=key) for key in here)


def put_off(
    claimed: QuerySet[Alert] | QuerySet[Digest] | QuerySet[Prompt],
    of: Message,
    result: post.Result,
    now: datetime,
) -> None:
    """Have `of`, if it is still among `claimed`, wait for its next attempt.

    Trouble of the server brings a message no nearer to being given up.
    """
    attempts = min(of.attempts, MAX_ATTEMPTS - 1) if result.of_server else of.attempts
    wait = pace.spread(backoff(of.attempts))
    claimed.update(lease_until=None, attempts=attempts, not_before=now + wait, last_error=result.words)


def backoff(attempts: int) -> timedelta:
    """How long to wait at least after so many attempts."""
    return timedelta(minutes=BACKOFF_MINUTES[min(attempts, len(BACKOFF_MINUTES)) - 1])


def is_given_up(of: Message) -> bool:
    """Whether it was tried as often as a message may be."""
    return of.attempts > MAX_ATTEMPTS


def given_up_words(of: Message) -> str:
    return f"Given up after {MAX_ATTEMPTS} attempts. {of.last_error}"[:500]


def record_given_up(of: Message, now: datetime) -> None:
    """Keep that it is tried no more; to be called in the transaction that marks it.

    Where the server has put it off to the last that counts against the address; its reader hears of it
    beside the mail.
    """
    words = given_up_words(of)
    kind = of._meta.model_name
    delivery = Delivery.objects.create(**{kind: of}, at=now, to=of.user.email, accepted=False, detail=words)
    addresses.gave_up(of.user, delivery, of_address=of.last_error.startswith(post.PUT_OFF_WORDS), now=now)


def server_is_back(kind: type[Alert] | type[Digest] | type[Prompt], now: datetime) -> None:
    """A message got through: those that wait only because the server was away need not wait any longer."""
    waiting = kind.objects.filter(state=kind.State.WAITING, last_error__startswith=post.UNREACHABLE_WORDS)
    waiting.filter(not_before__gt=now).update(not_before=now)
