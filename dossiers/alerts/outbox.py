"""Who is told, and the way of each message from a row to the mail server.

An alert is written in the transaction that takes in the news, claimed by one conditional update with a lease,
sent with no transaction open, and only then marked. What dies in between is sent again with the same
Message-ID: twice is a nuisance, never is a lost right.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from apiclient.clock import office_day
from dossiers import clock, leases, reach
from dossiers.alerts import acknowledge, addresses, compose, deliveries, pace, post, storms, urgency
from dossiers.alerts.deliveries import LEASE, NO_WAIT
from dossiers.alerts.recipients import recipients
from dossiers.alerts.stand_ins import People
from dossiers.models import Alert, Case, News

logger = logging.getLogger(__name__)


# --- who is told ----------------------------------------------------------------------------------------


def fan_out(news: Iterable[News], *, hold_until: datetime | None = None) -> int:
    """Write one alert for each piece of news and each person who is to know (`recipients`); how many are new.

    To be called inside the transaction that writes the (saved) news. What somebody has to acknowledge is
    noted. The messages wait until `hold_until`. The number of queries does not depend on the number of news.
    """
    rows = list(news)
    if not rows:
        return 0
    now = clock.now()
    acknowledge.open_for_news(rows, now)
    act_by = urgency.act_by(rows, now)
    known = set(Alert.objects.filter(news__in=rows).values_list("news_id", "user_id"))
    alerts = [
        Alert(
            news=one.news,
            user_id=one.user,
            watchlist_id=one.follow.watchlist_id if one.follow else None,
            follow=one.follow,
            instead_of_id=one.instead_of,
            state=one.state,
            not_before=hold_until or now,
            act_by=act_by[one.news.pk],
            message_id=message_id(one.news, one.user),
            created_at=now,
        )
        for one in recipients(rows, now)
        if (one.news.pk, one.user) not in known
    ]
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    return len(alerts)


def message_id(news: News, user_id: int) -> str:
    """The same for the same news and person, whenever and wherever it is sent."""
    return f"<alert.{_digest(f'{news.case_id}:{news.key}:{user_id}')}@{compose.mail_domain()}>"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def release(case: Case, *, now: datetime) -> int:
    """Let the held messages of a case go now: its notice has been read, or never will be."""
    held = Alert.objects.filter(news__case=case, state=Alert.State.WAITING, attempts=0, not_before__gt=now)
    news = list(News.objects.filter(alerts__in=held).distinct())
    released = 0
    for about, day in urgency.act_by(news, now).items():  # the text may have moved the limit
        released += held.filter(news=about).update(not_before=now, act_by=day)
    return released


# --- claiming -------------------------------------------------------------------------------------------


def _due(now: datetime) -> QuerySet[Alert]:
    its_turn = Q(not_before__lte=now) | Q(not_before__gt=now + NO_WAIT)
    free = leases.free(now, LEASE)
    return Alert.objects.filter(free, its_turn, state=Alert.State.WAITING, group=None)


def claim(now: datetime) -> Alert | None:
    """Take the most urgent due message for five minutes, or None when nothing is due.

    The attempt is counted here, before the work, so that one which kills its sender cannot do so for ever.
    """
    urgent_first = _due(now).order_by("act_by", "not_before", "pk")
    while candidates := list(urgent_first.values_list("pk", flat=True)[:10]):
        for pk in candidates:
            if _take(pk, now):
                return _whole().get(pk=pk)
    return None


def _take(pk: int, now: datetime) -> bool:
    return bool(_due(now).filter(pk=pk).update(lease_until=now + LEASE, attempts=F("attempts") + 1))


def _whole() -> QuerySet[Alert]:
    return Alert.objects.select_related("user", "watchlist", "instead_of", "news__case__owner", "news__event")


# --- sending --------------------------------------------------------------------------------------------


def deliver(alert: Alert, *, now: datetime, connection: object | None = None) -> bool:
    """Send one claimed message and mark it. True when the mail server took it.

    No transaction is open while sending. A message that the server puts off, or a server that cannot be
    reached, is tried again later; one that it refuses for good ends as failed, with the server's words.
    """
    return _deliver(alert, now=now, connection=connection) is post.Verdict.SENT


def pump(*, budget_seconds: float, clock: Callable[[], datetime] = clock.now) -> int:
    """Send what is due until nothing is or the time is used up; returns how many alerts went out.

    Any number of pumps may run at once. One connection is kept open; a server that cannot be reached ends
    the round, the next one tries again.
    """
    until = time.monotonic() + budget_seconds
    sent = 0
    forward(clock())
    connection = mail.get_connection()
    try:
        while alert := _next(until, clock):
            if _is_to_be_grouped(alert, clock()):
                continue
            verdict = _deliver(alert, now=clock(), connection=connection)
            if verdict is post.Verdict.UNREACHABLE:
                break
            if verdict is post.Verdict.SENT:
                deliveries.server_is_back(Alert, clock())
                sent += 1
    finally:
        post.close(connection)
    return sent


def _next(until: float, clock: Callable[[], datetime]) -> Alert | None:
    """The next message and its place in the mail server's minute; None when there is neither."""
    if time.monotonic() >= until or not _due(clock()).exists() or not pace.take(until, clock):
        return None
    return claim(clock())


def _is_to_be_grouped(alert: Alert, now: datetime) -> bool:
    new = alert.attempts == 1 and alert.again_by_id is None
    return new and not _ends(alert) and storms.gather(alert, _due, now)


def forward(now: datetime) -> int:
    """Tell the deputies of those whose address failed what did not reach them; returns how many alerts."""
    off = list(addresses.people_off())
    if not off:
        return 0
    people, alerts = People(office_day(now)), []
    missed = {user: list(addresses.undelivered(user).select_related("news")) for user in off}
    eyes = reach.Eyes({one.news.case_id for rows in missed.values() for one in rows})
    for user, rows in missed.items():
        alerts += [
            Alert(
                news=one.news,
                user_id=deputy,
                instead_of=user,
                not_before=now,
                act_by=one.act_by,
                message_id=message_id(one.news, deputy),
                created_at=now,
            )
            for one in rows
            if (deputy := people.deputy_of(user.pk, sees=eyes.of(one.news.case_id)))
        ]
    known = set(Alert.objects.filter(news__in=[one.news for one in alerts]).values_list("news_id", "user_id"))
    new = [one for one in alerts if (one.news_id, one.user_id) not in known]
    return len(Alert.objects.bulk_create(new, ignore_conflicts=True))


def _deliver(alert: Alert, *, now: datetime, connection: object | None) -> post.Verdict:
    if _dropped(alert) or _given_up(alert, now):
        return post.Verdict.NOT_TRIED
    message = _message(alert, now)
    result = deliveries.hand_over(alert, message, connection, now) if message else _UNWRITTEN
    _note(alert, message, result, now)
    return result.verdict


def _ends(alert: Alert) -> tuple[str, str] | None:
    """The state in which it ends without being sent, and why; None when it is to be sent."""
    if not (alert.user.is_active and alert.user.mail_on):
        return Alert.State.DROPPED, gettext_noop("The reader wants no mail any more.")
    if alert.user.address_off_at:
        return Alert.State.FAILED, addresses.OFF_WORDS
    if not reach.may_see(alert.user, alert.news.case):
        return Alert.State.DROPPED, reach.RESTRICTED
    return None


def _dropped(alert: Alert) -> bool:
    end = _ends(alert)
    if end:
        _mine(alert).update(state=end[0], lease_until=None, last_error=end[1])
    return end is not None


def _given_up(alert: Alert, now: datetime) -> bool:
    if not deliveries.is_given_up(alert):
        return False
    failed = {"state": Alert.State.FAILED, "last_error": deliveries.given_up_words(alert)}
    with transaction.atomic():
        if _mine(alert).update(lease_until=None, **failed):
            deliveries.record_given_up(alert, now)
    return True


def _mine(alert: Alert) -> QuerySet[Alert]:
    """The row while it is still under this claim; a claim that ran out belongs to somebody else."""
    return Alert.objects.filter(pk=alert.pk, state=Alert.State.WAITING, attempts=alert.attempts)


_UNWRITTEN = post.Result(post.Verdict.PUT_OFF, "The message could not be put together; see the log.")


def _message(alert: Alert, now: datetime) -> EmailMultiAlternatives | None:
    """The mail, or None when it cannot be written: one such message must not keep back all the others."""
    try:
        return compose.message(alert, now=now)
    except Exception:
        logger.exception("No mail could be written for alert %s", alert.pk)
        return None


# --- marking --------------------------------------------------------------------------------------------


@transaction.atomic
def _note(alert: Alert, message: EmailMultiAlternatives | None, result: post.Result, now: datetime) -> None:
    if result.verdict is post.Verdict.SENT:
        # Whoever sent it, it is sent: also when the claim ran out meanwhile.
        Alert.objects.filter(pk=alert.pk).update(
            state=Alert.State.SENT, sent_at=now, lease_until=None, last_error=""
        )
    elif result.verdict is post.Verdict.REFUSED:
        _mine(alert).update(state=Alert.State.FAILED, lease_until=None, last_error=result.words)
    else:
        deliveries.put_off(_mine(alert), alert, result, now)
    deliveries.record(alert, message, result, now)
