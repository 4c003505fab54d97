"""What messages of every kind share on their way: the token they carry, the server's answer, the ledger."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMultiAlternatives

from dossiers.models import Alert, Delivery, Digest, Prompt

from . import addresses, compose, pace, post, tokens

Message = Alert | Digest | Prompt


def hand_over(
    of: Message, message: EmailMultiAlternatives, connection: object | None, now: datetime
) -> post.Result:
    """Hand the mail of `of` to the server. No transaction is open meanwhile."""
    tokens.put_on(message, of)
    result = post.send(message, connection)
    if result.verdict is post.Verdict.SENT:
        pace.worked()
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
        permanent=result.verdict is post.Verdict.REFUSED,
        detail=result.words,
        subject=str(message.subject)[:300] if message else "",
        text=str(sent.body) if sent else "",
        html=compose.html_of(sent) if sent else "",
        message_id=str(message.extra_headers["Message-ID"]) if message else "",
        again_by_id=getattr(of, "again_by_id", None),
    )
    if result.no_mailbox:
        addresses.refused(of.user, delivery, result, now)
    return delivery


def server_is_back(kind: type[Alert] | type[Digest] | type[Prompt], now: datetime) -> None:
    """A message got through: those that wait only because the server was away need not wait any longer."""
    waiting = kind.objects.filter(state=kind.State.WAITING, last_error__startswith=post.UNREACHABLE_WORDS)
    waiting.filter(not_before__gt=now).update(not_before=now)
