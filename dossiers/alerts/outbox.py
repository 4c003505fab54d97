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
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from dossiers import clock
from dossiers.alerts import compose, post
from dossiers.models import Alert, Case, Delivery, News, User, WatchlistEntry

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than the queue lets a task run, so a live sender is never overtaken
MAX_ATTEMPTS = 20
# The waits add up to more than four days, as long as mail servers try (RFC 5321, 4.5.4.1); once a server is
# back nobody waits for them to end (see _server_is_back).
BACKOFF_MINUTES = (1, 2, 5, 15, 60, 60, 120, 240, 480)

STORM = 20  # single messages to one person in a minute; what is due beyond them comes as one
STORM_WINDOW = timedelta(minutes=1)
LARGEST_GROUP = 200
_GROUP = "<several."

# --- who is told ----------------------------------------------------------------------------------------


def fan_out(news: Iterable[News], *, hold_until: datetime | None = None) -> int:
    """Write one alert for each piece of news and each person who is to know; returns how many are new.

    To be called inside the transaction that writes the (saved) news. Told are those who follow a list that
    holds the case, and the person in charge; those who are inactive or want no mail are not. The messages
    wait until `hold_until`. The number of queries does not depend on the number of news.
    """
    rows = list(news)
    recipients = _recipients({row.case_id for row in rows})
    known = set(Alert.objects.filter(news__in=rows).values_list("news_id", "user_id"))
    now = clock.now()
    alerts = [
        Alert(
            news=row,
            user_id=user,
            watchlist_id=watchlist,
            not_before=hold_until or now,
            message_id=message_id(row, user),
            created_at=now,
        )
        for row in rows
        for user, watchlist in recipients.get(row.case_id, {}).items()
        if (row.pk, user) not in known
    ]
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    return len(alerts)


def _recipients(cases: set[int]) -> dict[int, dict[int, UUID | None]]:
    """For each case, each person and the list that is the reason (None: the person in charge)."""
    found: dict[int, dict[int, UUID | None]] = {}
    owners = Case.objects.filter(pk__in=cases, owner__is_active=True, owner__mail_on=True)
    for case, user in owners.values_list("pk", "owner_id"):
        found.setdefault(case, {})[user] = None
    following = WatchlistEntry.objects.filter(
        case__in=cases,
        watchlist__follows__active=True,
        watchlist__follows__user__is_active=True,
        watchlist__follows__user__mail_on=True,
    ).order_by("-watchlist__name", "-watchlist_id")
    # A followed list is the better reason to give: it can be left by itself.
    for case, user, watchlist in following.values_list(
        "case_id", "watchlist__follows__user_id", "watchlist_id"
    ):
        found.setdefault(case, {})[user] = watchlist
    return found


def message_id(news: News, user_id: int) -> str:
    """The same for the same news and person, whenever and wherever it is sent."""
    return f"<alert.{_digest(f'{news.case_id}:{news.key}:{user_id}')}@{compose.mail_domain()}>"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def release(case: Case, *, now: datetime) -> int:
    """Let the held messages of a case go now: its notice has been read, or never will be."""
    held = Alert.objects.filter(news__case=case, state=Alert.State.WAITING, attempts=0, not_before__gt=now)
    return held.update(not_before=now)


# --- claiming -------------------------------------------------------------------------------------------


def _due(now: datetime) -> QuerySet[Alert]:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Alert.objects.filter(free, state=Alert.State.WAITING, not_before__lte=now)


def claim(now: datetime) -> Alert | None:
    """Take the oldest due message for five minutes, or None when nothing is due.

    The attempt is counted here, before the work, so that one which kills its sender cannot do so for ever.
    """
    while candidates := list(_due(now).order_by("not_before", "pk").values_list("pk", flat=True)[:10]):
        for pk in candidates:
            if _take(pk, now):
                return _whole().get(pk=pk)
    return None


def _take(pk: int, now: datetime) -> bool:
    return bool(_due(now).filter(pk=pk).update(lease_until=now + LEASE, attempts=F("attempts") + 1))


def _whole() -> QuerySet[Alert]:
    return Alert.objects.select_related("user", "watchlist", "news__case__owner", "news__event")


def _take_companions(alert: Alert, now: datetime) -> list[Alert]:
    """Claim what goes out together with `alert`: the rest of a group, or a storm's further messages."""
    mine = _due(now).filter(user=alert.user).order_by("not_before", "pk")
    if alert.message_id.startswith(_GROUP):
        mine = mine.filter(message_id=alert.message_id)
    elif alert.attempts > 1 or not _is_storm(alert.user, now):
        return []  # tried before: it may have arrived, so it goes again under its own name
    else:
        mine = mine.filter(attempts=0)
    pks = [pk for pk in mine.values_list("pk", flat=True)[: LARGEST_GROUP - 1] if _take(pk, now)]
    return list(_whole().filter(pk__in=pks).order_by("pk"))


def _is_storm(user: User, now: datetime) -> bool:
    lately = Alert.objects.filter(user=user, state=Alert.State.SENT, sent_at__gt=now - STORM_WINDOW)
    return lately.count() >= STORM


# --- sending --------------------------------------------------------------------------------------------


def deliver(alert: Alert, *, now: datetime, connection: object | None = None) -> bool:
    """Send one claimed message and mark it. True when the mail server took it.

    No transaction is open while sending. A message that the server puts off, or a server that cannot be
    reached, is tried again later; one that it refuses for good ends as failed, with the server's words.
    """
    return _deliver([alert], now=now, connection=connection) is post.Verdict.SENT


def pump(*, budget_seconds: float, clock: Callable[[], datetime] = clock.now) -> int:
    """Send what is due until nothing is or the time is used up; returns how many alerts went out.

    Any number of pumps may run at once. One connection is kept open; a server that cannot be reached ends
    the round, the next one tries again.
    """
    until = time.monotonic() + budget_seconds
    sent = 0
    connection = mail.get_connection()
    try:
        while time.monotonic() < until and (alert := claim(clock())):
            group = [alert, *_take_companions(alert, clock())]
            verdict = _deliver(group, now=clock(), connection=connection)
            if verdict is post.Verdict.UNREACHABLE:
                break
            if verdict is post.Verdict.SENT:
                _server_is_back(clock())
                sent += len(group)
    finally:
        post.close(connection)
    return sent


def _deliver(group: list[Alert], *, now: datetime, connection: object | None) -> post.Verdict:
    wanted = [alert for alert in group if not _dropped(alert) and not _given_up(alert, now)]
    if not wanted:
        return post.Verdict.NOT_TRIED
    message = _message(wanted, now)
    result = post.send(message, connection) if message else _UNWRITTEN
    _note(wanted, message, result, now)
    return result.verdict


def _dropped(alert: Alert) -> bool:
    if alert.user.is_active and alert.user.mail_on:
        return False
    _mine(alert).update(
        state=Alert.State.DROPPED,
        lease_until=None,
        last_error=gettext_noop("The reader wants no mail any more."),
    )
    return True


def _given_up(alert: Alert, now: datetime) -> bool:
    if alert.attempts <= MAX_ATTEMPTS:
        return False
    words = f"Given up after {MAX_ATTEMPTS} attempts. {alert.last_error}"[:500]
    with transaction.atomic():
        _mine(alert).update(state=Alert.State.FAILED, lease_until=None, last_error=words)
        Delivery.objects.create(alert=alert, at=now, to=alert.user.email, accepted=False, detail=words)
    return True


def _mine(alert: Alert) -> QuerySet[Alert]:
    """The row while it is still under this claim; a claim that ran out belongs to somebody else."""
    return Alert.objects.filter(pk=alert.pk, state=Alert.State.WAITING, attempts=alert.attempts)


_UNWRITTEN = post.Result(post.Verdict.PUT_OFF, "The message could not be put together; see the log.")


def _message(alerts: list[Alert], now: datetime) -> EmailMultiAlternatives | None:
    """The mail, or None when it cannot be written: one such message must not keep back all the others."""
    try:
        if len(alerts) == 1:
            return compose.message(alerts[0], now=now)
        return compose.group_message(alerts, _group_identity(alerts), now=now)
    except Exception:
        logger.exception("No mail could be written for alerts %s", [alert.pk for alert in alerts])
        return None


def _group_identity(alerts: list[Alert]) -> str:
    """A group's Message-ID is stored with its members first, so that after a crash the same ones go again."""
    known = alerts[0].message_id
    if known.startswith(_GROUP):
        return known
    identity = f"{_GROUP}{_digest(' '.join(alert.message_id for alert in alerts))}@{compose.mail_domain()}>"
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(message_id=identity)
    return identity


# --- marking --------------------------------------------------------------------------------------------


@transaction.atomic
def _note(
    alerts: list[Alert], message: EmailMultiAlternatives | None, result: post.Result, now: datetime
) -> None:
    for alert in alerts:
        if result.verdict is post.Verdict.SENT:
            # Whoever sent it, it is sent: also when the claim ran out meanwhile.
            Alert.objects.filter(pk=alert.pk).update(
                state=Alert.State.SENT, sent_at=now, lease_until=None, last_error=""
            )
        elif result.verdict is post.Verdict.REFUSED:
            _mine(alert).update(state=Alert.State.FAILED, lease_until=None, last_error=result.words)
        else:
            _mine(alert).update(
                lease_until=None, not_before=now + backoff(alert.attempts), last_error=result.words
            )
        _record(alert, message, result, now)


def _record(alert: Alert, message: EmailMultiAlternatives | None, result: post.Result, now: datetime) -> None:
    sent = message if result.verdict is post.Verdict.SENT else None
    Delivery.objects.create(
        alert=alert,
        at=now,
        to=alert.user.email,
        accepted=sent is not None,
        permanent=result.verdict is post.Verdict.REFUSED,
        detail=result.words,
        subject=str(message.subject)[:300] if message else "",
        text=str(sent.body) if sent else "",
        html=_html(sent) if sent else "",
    )


def _html(message: EmailMultiAlternatives) -> str:
    return next((cast(str, part[0]) for part in message.alternatives if part[1] == "text/html"), "")


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return timedelta(minutes=BACKOFF_MINUTES[min(attempts, len(BACKOFF_MINUTES)) - 1])


def _server_is_back(now: datetime) -> None:
    """A message got through, so those that wait only because the server was away need not wait any longer."""
    Alert.objects.filter(
        state=Alert.State.WAITING, not_before__gt=now, last_error__startswith=post.UNREACHABLE_WORDS
    ).update(not_before=now)
