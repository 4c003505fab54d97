"""The daily digest and the weekly summary on their way: due at the reader's hour, sent once for their day.

The digest is due on each day the office is open; the summary on the first one of a week, for those who want
anything weekly. The row of a person, a kind and a day is the work order, as an alert is: claimed by one
conditional update with a lease, sent with no transaction open, and only then marked. What a digest says is
read when it is sent, but for the news that goes out by it alone (`carried`). One that a standstill has kept
back goes out late and says so; where the next day's is due as well, only that one goes, and tells of both
days. That none comes is an alarm: `standing` says which are missing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour_of

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext_noop

from dossiers import clock, leases
from dossiers.alerts import (
    addresses,
    carried,
    compose,
    deliveries,
    digest_again,
    digest_mail,
    digest_report,
    pace,
    post,
    preferences,
)
from dossiers.alerts.deliveries import LEASE, NO_WAIT
from dossiers.alerts.letter import zone_of
from dossiers.docketing.calendar import OfficeCalendar
from dossiers.docketing.store import calendar
from dossiers.models import Digest, User
from dossiers.roles import Right, having

logger = logging.getLogger(__name__)

LATE_AFTER = timedelta(hours=2)  # then its absence is an alarm
_LOOK_BACK = 14  # days; the office is never closed for so long
# News written by a transaction that is still open when a digest is put together belongs to the next one.
_SETTLES = timedelta(minutes=1)

# --- when it is due ---------------------------------------------------------------------------------------


def due_at(user: User, day: date) -> datetime:
    """The instant (UTC) of the reader's hour on `day`; one that a change of clocks skips is an hour later."""
    return datetime.combine(day, hour_of(user.digest_hour), zone_of(user)).astimezone(UTC)


def day_due(
    user: User,
    now: datetime,
    closed: OfficeCalendar,
    kind: str = Digest.Kind.DAILY,
    since: datetime | None = None,
) -> date | None:
    """The newest day whose digest is due by now; None when none is that the reader has wanted.

    `since` is when they began to want it, `digest_from` unless given.
    """
    today = now.astimezone(zone_of(user)).date()
    for day in (today - timedelta(n) for n in range(_LOOK_BACK)):
        if _has_one(day, kind, closed) and (due := due_at(user, day)) <= now:
            return day if due >= (since or user.digest_from) else None
    return None


def _has_one(day: date, kind: str, closed: OfficeCalendar) -> bool:
    """Each open day has a digest, the first one of a week a summary."""
    if closed.why_closed(day):
        return False
    earlier = (day - timedelta(n) for n in range(1, day.weekday() + 1))
    return kind == Digest.Kind.DAILY or all(closed.why_closed(one) for one in earlier)


def _readers() -> QuerySet[User]:
    return User.objects.filter(having(Right.FIRM), mail_on=True, address_off_at=None)


def _days_due(now: datetime) -> dict[tuple[User, str], date]:
    """For each reader and kind the day that is due."""
    closed, readers = calendar(), list(_readers())
    daily = {user: user.digest_from for user in readers if user.digest_on}
    weekly = _weekly_since(readers)
    wanted = {Digest.Kind.DAILY: daily, Digest.Kind.WEEKLY: weekly}
    days = {
        (user, kind): day_due(user, now, closed, kind, since)
        for kind, since_when in wanted.items()
        for user, since in since_when.items()
    }
    return {key: day for key, day in days.items() if day}


def _weekly_since(readers: Iterable[User]) -> dict[User, datetime]:
    """Those for whom something is weekly: they have chosen so, or news is in store for them."""
    chosen, stored = preferences.weekly_since(), carried.weekly_since()
    found = {}
    for user in readers:
        if dates := [since[user.pk] for since in (chosen, stored) if user.pk in since]:
            found[user] = min(dates)
    return found


def prepare(now: datetime) -> int:
    """Write the orders that are due and not written yet; returns how many.

    Cheap for every minute: seven queries when there is nothing to write, whatever the number of people.
    """
    _take_back(now)
    due = _days_due(now)
    rows = Digest.objects.filter(day__in=set(due.values()))
    written = set(rows.values_list("user_id", "kind", "day"))
    missing = {key: day for key, day in due.items() if (key[0].pk, key[1], day) not in written}
    rows = [
        Digest(
            user=user,
            kind=kind,
            day=day,
            due_at=due_at(user, day),
            not_before=now,
            created_at=now,
            message_id=f"<{_NAMES[kind]}.{day}.{user.pk}@{compose.mail_domain()}>",
        )
        for (user, kind), day in missing.items()
    ]
    Digest.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may have been first
    return len(rows)


def _take_back(now: datetime) -> None:
    """Let no digest have told of what is still to come: it was sent while the clock was ahead.

    What is new from now on would be passed over by the next one.
    """
    yesterday = now.date() - timedelta(days=1)  # which it may still be where the reader lives
    told_too_far = Digest.objects.filter(day__gte=yesterday, state=Digest.State.SENT, covers_until__gt=now)
    told_too_far.update(covers_until=now)


_NAMES = {Digest.Kind.DAILY: "digest", Digest.Kind.WEEKLY: "weekly"}


# --- claiming -----------------------------------------------------------------------------------------------


def _due(now: datetime) -> QuerySet[Digest]:
    its_turn = Q(not_before__lte=now) | Q(not_before__gt=now + NO_WAIT)
    free = leases.free(now, LEASE)
    return Digest.objects.filter(free, its_turn, state=Digest.State.WAITING, due_at__lte=now)


def claim(now: datetime) -> Digest | None:
    """Take the digest that has been due longest, as `outbox.claim` takes an alert; None when none is."""
    while candidates := list(_due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:10]):
        for pk in candidates:
            if digest := _take(pk, now):
                return digest
    return None


@transaction.atomic
def _take(pk: int, now: datetime) -> Digest | None:
    """What it is to carry is decided at the first attempt: a repeat under its name must not hold more."""
    if not _due(now).filter(pk=pk).update(lease_until=now + LEASE, attempts=F("attempts") + 1):
        return None
    digest = Digest.objects.select_related("user", "again_by").get(pk=pk)
    if digest.attempts == 1 and digest.sent_at is None:
        carried.bind(digest, now - _SETTLES)
    return digest


# --- sending ------------------------------------------------------------------------------------------------


def pump(*, budget_seconds: float, clock: Callable[[], datetime] = clock.now) -> int:
    """Write what is due and send it until nothing is left or the time is used up; returns how many went."""
    until, sent = time.monotonic() + budget_seconds, 0
    carried.set_free(clock())
    prepare(clock())
    connection = mail.get_connection()
    docket: digest_report.Docket | None = None
    try:
        while digest := _next(until, clock):
            now = clock()
            docket = docket or digest_report.docket(now)
            verdict = _deliver(digest, docket, now, connection)
            if verdict is post.Verdict.UNREACHABLE:
                break
            if verdict is post.Verdict.SENT:
                deliveries.server_is_back(Digest, now)
                sent += 1
    finally:
        post.close(connection)
    return sent


def _next(until: float, clock: Callable[[], datetime]) -> Digest | None:
    """The next digest and its place in the mail server's minute, of which some is kept for others; None when
    there is neither."""
    if time.monotonic() >= until or not _due(clock()).exists():
        return None
    return claim(clock()) if pace.take(until, clock, pace.FOR_DIGESTS) else None


def _deliver(digest: Digest, docket: digest_report.Docket, now: datetime, connection: object) -> post.Verdict:
    if _ended(digest, now):
        return post.Verdict.NOT_TRIED
    covers_until = now - _SETTLES
    message = _message(digest, docket, covers_until, now)
    result = deliveries.hand_over(digest, message, connection, now) if message else _UNWRITTEN
    _note(digest, message, result, covers_until, now)
    return result.verdict


_UNWRITTEN = post.Result(post.Verdict.PUT_OFF, "The digest could not be put together; see the log.")


def _message(
    digest: Digest, docket: digest_report.Docket, covers_until: datetime, now: datetime
) -> EmailMultiAlternatives | None:
    """The mail, or None when it cannot be written: one such digest must not keep back all the others."""
    try:
        if repeated := digest_again.message(digest, now=now):
            return repeated
        report = digest_report.report(
            digest.user,
            docket,
            since=covered(digest.user, digest.day, digest.kind),
            until=covers_until,
            now=now,
            kind=digest.kind,
            carried=digest.alerts.all(),
        )
        return digest_mail.message(digest, report, now=now)
    except Exception:
        logger.exception("Digest %s could not be put together", digest.pk)
        return None


def preview(user: User, now: datetime) -> digest_mail.Sheet:
    """What the digest would tell this person now; nothing is sent or marked."""
    report = digest_report.report(user, digest_report.docket(now), since=covered(user), until=now, now=now)
    return digest_mail.sheet_of(user, report, now.astimezone(zone_of(user)).date(), now=now)


def covered(user: User, before: date | None = None, kind: str = Digest.Kind.DAILY) -> datetime:
    """Up to which instant the digests of earlier days have told `user` what was new."""
    sent = Digest.objects.filter(user=user, kind=kind, state=Digest.State.SENT)
    if before:
        sent = sent.filter(day__lt=before)
    last = sent.order_by("-day").values_list("covers_until", flat=True).first()
    return last or user.digest_from


def _ended(digest: Digest, now: datetime) -> bool:
    """Whether nothing is to be sent: the reader wants none any more, the next one is due as well and tells
    of both days, or it was tried too often."""
    user, state, words = digest.user, Digest.State.DROPPED, ""
    later = Digest.objects.filter(user=user, kind=digest.kind, day__gt=digest.day, due_at__lte=now)
    wanted = user.digest_on or digest.kind == Digest.Kind.WEEKLY or digest.again_by_id
    if not (user.is_active and user.mail_on and wanted):
        words = gettext_noop("The reader wants no mail any more.")
    elif user.address_off_at:
        state, words = Digest.State.FAILED, addresses.OFF_WORDS
    elif later.exists() and not digest.again_by_id:
        words = gettext_noop("The digest of a later day goes out instead.")
    elif deliveries.is_given_up(digest):
        with transaction.atomic():
            if _end(digest, Digest.State.FAILED, deliveries.given_up_words(digest)):
                deliveries.record_given_up(digest, now)
        return True
    if words:
        _end(digest, state, words)
    return bool(words)


def _end(digest: Digest, state: str, words: str) -> bool:
    return bool(_mine(digest).update(state=state, lease_until=None, last_error=words))


def _mine(digest: Digest) -> QuerySet[Digest]:
    """The row while it is still under this claim."""
    return Digest.objects.filter(pk=digest.pk, state=Digest.State.WAITING, attempts=digest.attempts)


# --- marking ------------------------------------------------------------------------------------------------


@transaction.atomic
def _note(
    digest: Digest,
    message: EmailMultiAlternatives | None,
    result: post.Result,
    covers_until: datetime,
    now: datetime,
) -> None:
    if result.verdict is post.Verdict.SENT:
        # Whoever sent it, it is sent: also when the claim ran out meanwhile.
        Digest.objects.filter(pk=digest.pk).update(
            state=Digest.State.SENT,
            sent_at=now,
            covers_until=digest.covers_until or covers_until,  # a repetition tells of nothing new
            lease_until=None,
            last_error="",
        )
        carried.told(digest, now)
    elif result.verdict is post.Verdict.REFUSED:
        _mine(digest).update(state=Digest.State.FAILED, lease_until=None, last_error=result.words)
    else:
        deliveries.put_off(_mine(digest), digest, result, now)
    deliveries.record(digest, message, result, now)


# --- the alarm ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How the digests stand: `late` people whose digest was due two hours ago and has not gone, `failed`
    whose newest one the mail server will never take, and when one last went out."""

    late: int
    failed: int
    last_sent: datetime | None


def standing(now: datetime) -> Standing:
    """As many queries for one person as for hundreds."""
    due = _days_due(now - LATE_AFTER)
    ended = Digest.objects.exclude(state=Digest.State.WAITING, again_by=None).order_by()
    newest = {(user, kind): day for user, kind, day in ended.values_list("user", "kind").annotate(Max("day"))}
    late = sum(day > newest.get((user.pk, kind), date.min) for (user, kind), day in due.items())
    failed = Digest.objects.filter(state=Digest.State.FAILED).values_list("user", "kind", "day")
    return Standing(
        late=late,
        failed=sum(newest[user, kind] == day for user, kind, day in failed),
        last_sent=Digest.objects.aggregate(at=Max("sent_at"))["at"],
    )
