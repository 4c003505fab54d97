"""Whether the parts that must not stop are at work: when each last was, how often it ought to be, what waits.

A part says so itself at the end of each of its rounds (`beat`). Its age is measured by the machine's steady
clock where the same machine asks, so that setting a clock makes nothing look dead, or alive. A part that has
said nothing for too long is late; so is one that works and leaves lying what is due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apiclient.steady import Steady, machine_clock
from dossiers import clock
from dossiers.alerts import digest
from dossiers.models import Alert, Heartbeat, MailServer, Prompt, WebhookDelivery

logger = logging.getLogger(__name__)

WORKER, WATCH, BACKUP, MAIL, QUEUE = "worker", "watch", "backup", "mail", "queue"
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
# A beat further ahead of this machine's clock than clocks of two machines differ.
_AHEAD = timedelta(minutes=2)
# Past what a busy minute or a slow mail server explains; a mail was then tried for a quarter of an hour.
WAITS_TOO_LONG, TRIED_TOO_OFTEN = timedelta(minutes=30), 5


@dataclass(frozen=True)
class Part:
    """Something that must not stop: how often it works, and after how long a silence it is late."""

    name: str
    every: timedelta
    patience: timedelta


_LOOPS = (
    Part(WORKER, _MINUTE, 10 * _MINUTE),
    Part("planning", _MINUTE, 15 * _MINUTE),  # a plan of a large docket takes some minutes
    Part("refresh", _MINUTE, 10 * _MINUTE),
    Part("alerts", _MINUTE, 10 * _MINUTE),
    Part("digest", _MINUTE, 10 * _MINUTE),
    Part("reminders", _MINUTE, 10 * _MINUTE),
    Part("docket", _MINUTE, 15 * _MINUTE),
    Part("webhooks", _MINUTE, 10 * _MINUTE),
    Part("intake", _MINUTE, 10 * _MINUTE),
    Part("bulk", _MINUTE, 10 * _MINUTE),
    Part("classification", _MINUTE, 15 * _MINUTE),  # one specification may take minutes
    Part("outlook", _MINUTE, 30 * _MINUTE),  # the forecast of a large docket takes long
    Part(WATCH, _MINUTE, 15 * _MINUTE),
)


def parts() -> tuple[Part, ...]:
    """All parts, in the order in which people read of them. The mail server is one that only answers."""
    every = timedelta(hours=settings.BACKUP_HOURS) or _DAY
    queue = (Part(QUEUE, _MINUTE, 10 * _MINUTE),) if settings.QUEUE_URL else ()
    return *_LOOPS, *queue, Part(MAIL, _MINUTE, _DAY), Part(BACKUP, every, every * 1.25)


# --- signs of life ------------------------------------------------------------------------------------------


def beat(name: str, done: int = 0) -> None:
    """The part has ended a round in which it did `done` things, none being as good a sign of life as many."""
    now, steady = timezone.now(), machine_clock()
    before = Heartbeat.objects.filter(name=name).values_list("detail", flat=True).first() or {}
    last = {"done": done, "done_at": now.isoformat()} if done else _last(before)
    Heartbeat.objects.update_or_create(
        name=name,
        defaults={"at": now, "detail": last, "machine": steady.machine, "seconds": steady.seconds},
    )


def _last(detail: Mapping[str, object]) -> dict[str, object]:
    return {key: detail[key] for key in ("done", "done_at") if key in detail}


def expect() -> None:
    """From now on each loop is awaited: one that never works is late, not unknown. One query each minute."""
    names = {part.name for part in _LOOPS} - {WATCH}
    missing = names - set(Heartbeat.objects.filter(name__in=names).values_list("name", flat=True))
    now, steady = timezone.now(), machine_clock()
    rows = [
        Heartbeat(name=name, at=now, detail={"awaited": True}, machine=steady.machine, seconds=steady.seconds)
        for name in sorted(missing)
    ]
    Heartbeat.objects.bulk_create(rows, ignore_conflicts=True)


# --- how they stand -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How one part stands.

    `reason` is "" while it works, "unknown" where nothing can be said and nothing was promised, else why it
    is late: "never" worked, "silent" for too long, "ahead" (its beat lies in the future: a clock is wrong),
    "behind" (`waiting` things lie that are due), "unread" (what waits could not be read), "refused" (the mail
    server refuses almost everybody, so that nothing it says of an address is believed).
    """

    part: Part
    reason: str
    at: datetime | None = None  # when it last worked
    age: timedelta | None = None
    done: int = 0  # in the last round that did anything, and when that was
    done_at: datetime | None = None
    waiting: int = 0

    @property
    def late(self) -> bool:
        return self.reason not in ("", "unknown")


def standings() -> list[Standing]:
    """How each part stands, in a fixed number of queries; DatabaseError while the database is away."""
    beats = {row.name: row for row in Heartbeat.objects.filter(name__in=[part.name for part in parts()])}
    alive = WORKER in beats
    return [_standing(part, beats.get(part.name), alive) for part in parts()]


def late() -> list[Standing]:
    """The parts that are late."""
    return [one for one in standings() if one.late]


def _standing(part: Part, row: Heartbeat | None, expected: bool) -> Standing:
    if part.name == MAIL:
        return _of_mail_server(part)
    if row is None:
        return Standing(part, _of_nothing(part, expected))
    if row.detail.get("awaited"):
        return Standing(part, "never" if _age(row) > part.patience else "unknown")
    age, waiting = _age(row), _waiting(part)
    reason = "ahead" if age < -_AHEAD else "silent" if age > part.patience else ""
    reason = reason or ("unread" if waiting is None else "behind" if waiting else "")
    done_at = parse_datetime(str(row.detail.get("done_at", "")))
    done = int(row.detail.get("done", 0)) if done_at else 0
    return Standing(part, reason, row.at, max(age, timedelta()), done, done_at, waiting or 0)


def _of_mail_server(part: Part) -> Standing:
    """It gives no signs of its own: what it last said to those who send is looked at."""
    server = MailServer.objects.filter(pk=1).first()
    since = server.refusing_since if server else None
    return Standing(part, "refused" if since else "" if server else "unknown", since)


def _of_nothing(part: Part, expected: bool) -> str:
    """What it means that a part was never heard of: loops are awaited from the worker's first sweep on."""
    if part.name == BACKUP:
        return "never" if settings.BACKUP_HOURS else "unknown"
    return (
        "never" if part.name in (WORKER, QUEUE) else "unknown" if expected or part.name == WATCH else "never"
    )


def _age(row: Heartbeat) -> timedelta:
    """How long ago it was: by the clock that nobody sets, or by the calendar for another machine's beat."""
    passed = machine_clock().since(Steady(row.machine, row.seconds))
    return timezone.now() - row.at if passed is None else timedelta(seconds=passed)


# --- what lies undone ---------------------------------------------------------------------------------------


def _waiting(part: Part) -> int | None:
    """How many things the part has left lying although they are due; None when that cannot be said."""
    look = _DUE.get(part.name)
    if look is None:
        return 0
    try:
        return look(clock.now())
    except DatabaseError:
        raise
    except Exception:
        logger.exception("what waits for %s could not be read", part.name)
        return None


def _overdue(now: datetime) -> Q:
    return Q(attempts__gte=TRIED_TOO_OFTEN) | Q(not_before__lt=now - WAITS_TOO_LONG)


def _alerts(now: datetime) -> int:
    return Alert.objects.filter(_overdue(now), state=Alert.State.WAITING).count()


def _prompts(now: datetime) -> int:
    return Prompt.objects.filter(_overdue(now), state=Prompt.State.WAITING).count()


def _digests(now: datetime) -> int:
    return digest.standing(now).late


def _webhooks(now: datetime) -> int:
    """Those of a receiver that is well; one in trouble is left alone, and its owner sees that."""
    well = {"webhook__off": "", "webhook__failures": 0, "webhook__owner__is_active": True}
    waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING, **well)
    return waiting.filter(not_before__lt=now - WAITS_TOO_LONG).count()


_DUE: dict[str, Callable[[datetime], int]] = {
    "alerts": _alerts,
    "reminders": _prompts,
    "digest": _digests,
    "webhooks": _webhooks,
}
