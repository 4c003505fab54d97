"""The way of each message from a row to its receiver, a webhook or a chat, as `outbox` is for mail.

A delivery is written in the transaction that takes in the news, claimed by one conditional update with a
lease, called with no transaction open, and only then marked. What dies in between is called again with the
same webhook-id and the same words. A receiver in trouble is left alone for a while, so that it keeps nobody
else waiting; one that fails for days, or says that it is gone, is switched off, and its owner is told
(`notices`). Who gets what is `wanted`; what goes to a chat together is `batches`.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dossiers import clock, leases
from dossiers.models import Case, News, Webhook, WebhookAttempt, WebhookDelivery, record
from dossiers.roles import Right, having

from . import batches, chat, notices, payload, post
from .signing import signatures
from .wanted import cases_of

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than the queue lets a task run
# After each attempt, as the Standard Webhooks specification proposes; more than three days together.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
MOST_ATTEMPTS = len(WAITS) + 1
JITTER = 0.2  # of a wait, added, so that what failed together does not come back together
QUIET_AT_MOST = timedelta(minutes=30)
AWAY_FOR = timedelta(minutes=10)  # so long it failed with every message, not with a single one it dislikes
FAILING_FOR = timedelta(days=3)  # then it is switched off
KEPT_FOR = timedelta(days=90)
LONGEST_CALL = post.SECONDS
AGENT = "IP-Portal-Webhook/1"
ABOUT_SOMETHING = Q(news__isnull=False) | Q(concern__isnull=False) | ~Q(notice="")  # and no test
# Of a chat service: what was filled in is of no use, or so it seems when it says so several times.
_UNUSABLE = ("sealed", "unknown_service")
_NOT_LET_IN = (401, 403, 404)
_IN_A_ROW = 3

# --- who is told ------------------------------------------------------------------------------------------


def fan_out(news: Iterable[News], *, hold_until: datetime | None = None) -> int:
    """Write one delivery for each piece of news and each webhook that wants it; returns how many.

    To be called inside the transaction that writes the (saved) news. They wait until `hold_until`. The number
    of queries does not depend on the number of news.
    """
    hooks = list(
        Webhook.objects.filter(having(Right.EXPORT, "owner__"), off="").select_related("owner", "watchlist")
    )
    return len(_write(list(news), hooks, hold_until or clock.now())) if hooks else 0


def _write(rows: list[News], hooks: list[Webhook], not_before: datetime) -> list[WebhookDelivery]:
    wanted = cases_of(hooks, {row.case_id for row in rows})
    now = clock.now()
    deliveries = [
        WebhookDelivery(
            webhook=hook, news=row, message_id=message_id(hook, row), not_before=not_before, created_at=now
        )
        for row in rows
        for hook in hooks
        if row.kind in hook.kinds and row.case_id in wanted[hook.pk]
    ]
    known = set(
        WebhookDelivery.objects.filter(webhook__in=hooks, news__in=rows).values_list("webhook", "news")
    )
    fresh = [one for one in deliveries if (one.webhook_id, one.news_id) not in known]
    WebhookDelivery.objects.bulk_create(fresh, ignore_conflicts=True)
    return fresh


def message_id(hook: Webhook, news: News) -> str:
    """The same for the same webhook and news, whenever and by whomever it is sent."""
    return _identity(f"{hook.pk}:{news.case_id}:{news.key}")


def _identity(text: str) -> str:
    return f"msg_{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def order_test(hook: Webhook, *, now: datetime) -> WebhookDelivery:
    """A message that tells of nothing, to be sent at once, also to a webhook that is off. Tried once."""
    identity = _identity(f"{hook.pk}:test:{now.isoformat()}")
    return WebhookDelivery.objects.create(webhook=hook, message_id=identity, not_before=now, created_at=now)


def release(case: Case, *, now: datetime) -> int:
    """Let the held messages of a case go now: its notice has been read, or never will be."""
    held = WebhookDelivery.objects.filter(news__case=case, state="waiting", attempts=0, not_before__gt=now)
    return held.update(not_before=now)


@transaction.atomic
def catch_up(hook: Webhook, since: datetime, *, most: int = 1000) -> int:
    """Order what was missed since then: news nobody was told of, and messages that were given up.

    The newest `most` news; returns how many messages will be sent.
    """
    now = clock.now()
    missed = list(News.objects.filter(created_at__gte=since, kind__in=hook.kinds)[:most])
    written = len(_write(missed, [hook], now))
    failed = hook.deliveries.filter(ABOUT_SOMETHING, state=WebhookDelivery.State.FAILED)
    failed = failed.filter(created_at__gte=since - FAILING_FOR * 2)
    batches.part(failed)
    return written + failed.update(state="waiting", attempts=0, not_before=now, ended_at=None)


def replay(delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Send a message once more, with the same identity and words; False while it is on its way anyway.

    What went to a chat together with others goes alone.
    """
    ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=WebhookDelivery.State.WAITING)
    batches.part(ended)
    return bool(ended.update(state="waiting", attempts=0, not_before=now, lease_until=None, ended_at=None))


# --- claiming ---------------------------------------------------------------------------------------------


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    """Waits twice as long as any are of a clock since set back; twice, for another's clock may be ahead."""
    its_turn = Q(not_before__lte=now) | Q(not_before__gt=now + WAITS[-1] * 2)
    left_alone = Q(webhook__quiet_until__gt=now, webhook__quiet_until__lte=now + QUIET_AT_MOST * 2)
    owner_may = having(Right.EXPORT, "webhook__owner__")
    open_to_news = Q(webhook__off="") & ~left_alone
    free = leases.free(now, LEASE)
    ours = WebhookDelivery.objects.filter(free, its_turn, state=WebhookDelivery.State.WAITING)
    return ours.filter(owner_may, open_to_news | ~ABOUT_SOMETHING)


def claim(now: datetime, *, without: Collection[int] = ()) -> WebhookDelivery | None:
    """Take the delivery that has been due longest for five minutes; None when none is.

    Those to the webhooks `without` are left. The attempt is counted here, before the work.
    """
    due = _due(now).exclude(webhook__in=without)
    while candidates := list(due.order_by("not_before", "pk").values_list("pk", flat=True)[:10]):
        for pk in candidates:
            if _take(pk, now):
                return batches.whole().get(pk=pk)
    return None


def _together(delivery: WebhookDelivery, now: datetime) -> list[WebhookDelivery]:
    """What goes out with a claimed delivery: itself, and for a chat the others of its batch or of a storm."""
    if not delivery.webhook.is_chat:
        return [delivery]
    if delivery.batch:
        return [delivery, *batches.rest_of(delivery, lease_until=now + LEASE)]
    # What has its words may have arrived in them; what has none was never sent.
    due = _due(now).filter(webhook=delivery.webhook, body="").filter(ABOUT_SOMETHING)
    others = list(due.order_by("not_before", "pk").values_list("pk", flat=True)[: batches.LARGEST - 1])
    if delivery.body or delivery.is_test or len(others) < batches.MOST_SINGLE:
        return [delivery]
    mine = [pk for pk in others if _take(pk, now)]
    return [delivery, *batches.whole().filter(pk__in=mine)]


def _take(pk: int, now: datetime) -> bool:
    # A plain condition on the row itself, which the database looks at again when two claim at once.
    mine = WebhookDelivery.objects.filter(leases.free(now, LEASE), pk=pk, state=WebhookDelivery.State.WAITING)
    return bool(mine.update(lease_until=now + LEASE, attempts=F("attempts") + 1))


# --- calling ----------------------------------------------------------------------------------------------


def pump(*, budget_seconds: float, clock: Callable[[], datetime] = clock.now) -> int:
    """Send what is due until nothing is or the time is used up; returns how many the receivers took.

    A webhook whose receiver failed is not called again in this round.
    """
    until = time.monotonic() + budget_seconds
    sent, in_trouble = 0, set()
    while time.monotonic() < until and (delivery := claim(clock(), without=in_trouble)):
        if deliver(delivery, now=clock()):
            sent += 1
        else:
            in_trouble.add(delivery.webhook_id)
    notices.tell_owners(clock())
    _forget(clock())
    return sent


def deliver(delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Make one claimed call and mark what it told. True when the receiver took it, or needs it no more."""
    if not (told := batches.without_restricted(_together(delivery, now), now)):
        return True
    if delivery.webhook.is_chat and not (told := batches.without_settled(told, now)):
        return True
    answer = _called(told, now)
    _note(told, answer, now)
    return answer.accepted


def _called(told: list[WebhookDelivery], now: datetime) -> post.Answer:
    delivery = told[0]
    if delivery.attempts > MOST_ATTEMPTS:  # each attempt killed its sender
        return post.Answer(None, "", "given_up", 0)
    try:
        body = batches.body_of(told, now) if delivery.webhook.is_chat else _body(delivery, now)
    except Exception:
        logger.exception("Message %s could not be written", delivery.message_id)
        return post.Answer(None, "", "not_written", 0)
    if delivery.webhook.is_chat:
        return chat.send(delivery.webhook, body)
    message = body.encode()
    return post.send(delivery.webhook.url, _headers(delivery, message, now), message)


def _body(delivery: WebhookDelivery, now: datetime) -> str:
    """Kept before it is sent: a repeat says the same as what may have arrived."""
    if not delivery.body:
        delivery.body = payload.write(delivery, now=now)
        WebhookDelivery.objects.filter(pk=delivery.pk, body="").update(body=delivery.body)
    return delivery.body


def _headers(delivery: WebhookDelivery, body: bytes, now: datetime) -> dict[str, str]:
    # Receivers compare it with their own clock: the machine's, not that of a demo.
    timestamp = int(timezone.now().timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(delivery.webhook, delivery.message_id, timestamp, body, now=now),
    }


# --- marking ----------------------------------------------------------------------------------------------


@transaction.atomic
def _note(told: list[WebhookDelivery], answer: post.Answer, now: datetime) -> None:
    hook = Webhook.objects.select_for_update().get(pk=told[0].webhook_id)
    WebhookAttempt.objects.bulk_create(_attempt(one, answer, now) for one in told)
    if answer.accepted:
        # Whoever sent it, it is sent: also when the claim ran out meanwhile.
        ours = WebhookDelivery.objects.filter(pk__in=[one.pk for one in told])
        ours.update(state="sent", ended_at=now, lease_until=None)
        _receiver_is_well(hook, now)
        return
    why = _why_no_more(hook, answer)
    for one in told:
        _put_off(one, answer, now, for_good=why == Webhook.Off.GONE)
    if not told[0].is_test or why == Webhook.Off.GONE:
        _receiver_is_in_trouble(hook, answer, why, now)


def _attempt(delivery: WebhookDelivery, answer: post.Answer, now: datetime) -> WebhookAttempt:
    return WebhookAttempt(
        delivery=delivery,
        at=now,
        accepted=answer.accepted,
        status=answer.status,
        milliseconds=answer.milliseconds,
        answer=answer.text,
        problem=answer.problem,
    )


def _why_no_more(hook: Webhook, answer: post.Answer) -> str:
    """Why it is of no use to go on calling; "" while it may be."""
    if answer.gone:
        return Webhook.Off.GONE
    if hook.is_chat and (
        answer.problem in _UNUSABLE or (answer.status in _NOT_LET_IN and hook.failures >= _IN_A_ROW - 1)
    ):
        return Webhook.Off.REFUSED
    return ""


def _put_off(delivery: WebhookDelivery, answer: post.Answer, now: datetime, *, for_good: bool) -> None:
    mine = WebhookDelivery.objects.filter(
        pk=delivery.pk, state=WebhookDelivery.State.WAITING, attempts=delivery.attempts
    )
    if for_good or delivery.is_test or delivery.attempts >= MOST_ATTEMPTS:
        mine.update(state="failed", ended_at=now, lease_until=None)
    else:
        wait = max(answer.wait, backoff(delivery.attempts, delivery.batch or delivery.message_id))
        mine.update(lease_until=None, not_before=now + wait)


def _receiver_is_well(hook: Webhook, now: datetime) -> None:
    """What waits only because the receiver was away need not wait any longer."""
    if hook.failing_since and now - hook.failing_since >= AWAY_FOR:
        hook.deliveries.filter(state="waiting", attempts__gt=0, not_before__gt=now).update(not_before=now)
    Webhook.objects.filter(pk=hook.pk).update(
        accepted_at=now, failures=0, failing_since=None, quiet_until=None
    )


def _receiver_is_in_trouble(hook: Webhook, answer: post.Answer, why: str, now: datetime) -> None:
    hook.failures += 1
    hook.failing_since = hook.failing_since or now
    hook.quiet_until = now + max(answer.wait, min(backoff(hook.failures, str(hook.pk)), QUIET_AT_MOST))
    if not hook.off and (why or now - hook.failing_since >= FAILING_FOR):
        hook.off, hook.off_at = why or Webhook.Off.FAILING, now
        record("webhook.off", webhook=hook.pk, why=hook.off, failures=hook.failures)
    hook.save(update_fields=["failures", "failing_since", "quiet_until", "off", "off_at"])


def backoff(attempts: int, name: str) -> timedelta:
    """How long to wait after so many attempts; a little longer by chance, the same for the same message."""
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    chance = hashlib.sha256(f"{name}:{attempts}".encode()).digest()[0] / 255
    return wait * (1 + JITTER * chance)


def _forget(now: datetime) -> None:
    """The log is kept for three months; what still waits is no log."""
    old = WebhookDelivery.objects.filter(created_at__lt=now - KEPT_FOR).exclude(state="waiting")
    old.filter(pk__in=list(old.order_by("pk").values_list("pk", flat=True)[:500])).delete()
