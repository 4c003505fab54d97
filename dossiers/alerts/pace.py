"""How fast mail goes to the server, for all processes together, and when the server is left alone.

One row holds the minute of the last messages and the failures in a row. A message takes its place in the
minute before it is claimed, so that one which waits for its place holds no lease. Time is the application's
clock, read while the row is held: of two processes that wait for it the one that comes second would else be
the earlier. A place taken by a clock that has since been set back is given up.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from dossiers.models import MailServer

MINUTE = 60.0
FOR_DIGESTS = 0.75  # of a minute: news and reminders find room beside them
# Failures in a row that may each be about one message or an instant; from then on it is about the server.
_PATIENCE = 2
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=5)

Clock = Callable[[], datetime]


def take(until: float, clock: Clock, share: float = 1.0) -> bool:
    """Wait for a place in the minute; False where there is none before `until` on the steady clock.

    `share` is how much of the minute this kind of message may fill.
    """
    while (seconds := _place(clock, share)) > 0:
        seconds /= settings.TIME_PASSES
        if time.monotonic() + seconds >= until:
            return False
        time.sleep(seconds)
    return True


@transaction.atomic
def _place(clock: Clock, share: float) -> float:
    """0 when a place was taken, else the seconds to wait before asking again."""
    server = _server()
    now = clock()
    if server.paused_until and now < server.paused_until <= now + 2 * _LONGEST_PAUSE:
        return (server.paused_until - now).total_seconds()
    if not settings.MAILS_PER_MINUTE:
        return 0.0
    at = now.timestamp()
    # Another machine's clock may be ahead: what it has taken counts.
    taken = sorted(one for one in server.taken if at - MINUTE < one <= at + MINUTE)
    most = max(1, int(settings.MAILS_PER_MINUTE * share))
    if len(taken) >= most:
        return taken[len(taken) - most] + MINUTE - at + 0.01
    server.taken = [*taken, at]
    server.save(update_fields=["taken"])
    return 0.0


def _server() -> MailServer:
    """The row, locked."""
    return MailServer.objects.select_for_update().get_or_create(pk=1)[0]


@transaction.atomic
def failed(words: str, now: datetime) -> None:
    """The server could not be reached, or put a message off. After some in a row it is left alone: longer
    each time, and not by all installations for the same time."""
    server = _server()
    server.failures, server.words = min(server.failures + 1, 1000), words[:500]
    if (over := server.failures - _PATIENCE) > 0:
        pause = min(_FIRST_PAUSE * 2 ** min(over - 1, 10), _LONGEST_PAUSE)
        server.paused_until = now + pause * random.uniform(0.75, 1.25)  # noqa: S311
    server.save(update_fields=["failures", "words", "paused_until"])


def worked() -> None:
    """The server took a message."""
    MailServer.objects.filter(failures__gt=0).update(failures=0, paused_until=None, words="")


def spread(wait: timedelta) -> timedelta:
    """`wait`, and up to a tenth more: what was put off together does not come back together."""
    return wait * random.uniform(1.0, 1.1)  # noqa: S311
