"""Storms: many alerts for one person in a short time go out as one mail.

The most urgent go singly, as many as the firm's policy allows in an hour; the rest goes into a `Prompt` that
collects for some minutes and then lists every case with its act and its date. Each alert stays a row of its
own, which knows the mail that carries it and is marked with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from dossiers import reach
from dossiers.alerts import compose
from dossiers.models import Alert, Prompt, User, firm_policy

WINDOW = timedelta(hours=1)
COLLECTS = timedelta(minutes=5)
LARGEST = 500  # lines of one mail


def gather(alert: Alert, due: Callable[[datetime], QuerySet[Alert]], now: datetime) -> bool:
    """Put together what is too much for the reader of `alert`, claimed and never tried before.

    True when `alert` itself is among it, and so is not to be sent singly. `due` gives the alerts that nobody
    has claimed; the order of claiming is by urgency, so that what is left for singles are the most urgent.
    """
    # Later than a window from now is of a clock that has been set back since.
    within = {"sent_at__gt": now - WINDOW, "sent_at__lt": now + WINDOW}
    lately = Alert.objects.filter(user=alert.user, group=None, **within).count()
    room = firm_policy().most_single_mails - lately
    # What was tried before may have arrived, so it goes again under its own name.
    mine = due(now).filter(user=alert.user, attempts=0, again_by=None).order_by("act_by", "not_before", "pk")
    rest = list(mine.values_list("pk", flat=True)[max(room - 1, 0) :])
    if room > 0:
        _group(alert.user, rest, now)
        return False
    return _group(alert.user, [alert.pk, *rest], now) > 0


def _group(user: User, pks: Sequence[int], now: datetime) -> int:
    """How many of the alerts a mail carries now; others were claimed meanwhile."""
    taken = 0
    while pks:
        with transaction.atomic():
            carrier, room = _open_carrier(user, pks[0], now)
            part, pks = pks[:room], pks[room:]
            free = Alert.objects.filter(pk__in=part, state=Alert.State.WAITING, group=None)
            taken += free.update(group=carrier, lease_until=None)
    return taken


def _open_carrier(user: User, first: int, now: datetime) -> tuple[Prompt, int]:
    """A mail that still collects, locked, and how many more lines it may have."""
    collecting = Prompt.objects.filter(
        user=user, kind=Prompt.Kind.ALERTS, state=Prompt.State.WAITING, attempts=0, not_before__gt=now
    )
    found = collecting.select_for_update().order_by("pk").last()
    if found and (room := LARGEST - found.alerts.count()) > 0:
        return found, room
    told = hashlib.sha256(f"{user.pk}:{first}:{now.isoformat()}".encode()).hexdigest()[:40]
    made = Prompt.objects.create(
        user=user,
        kind=Prompt.Kind.ALERTS,
        due_at=now,
        not_before=now + COLLECTS,
        created_at=now,
        message_id=f"<several.{told}@{compose.mail_domain()}>",
    )
    return made, LARGEST


def carried(prompt: Prompt) -> QuerySet[Alert]:
    """The alerts of a mail, as `compose` wants them."""
    shown = prompt.alerts.filter(reach.shown_to(prompt.user, "news__case__"))
    return shown.select_related(
        "user", "watchlist", "instead_of", "news__case__owner", "news__event"
    ).order_by("act_by", "pk")


def drop_what_is_restricted(prompt: Prompt) -> None:
    """What the reader is not to know of by now leaves the mail untold."""
    kept = Alert.objects.filter(reach.shown_to(prompt.user, "news__case__"), group=prompt)
    gone = prompt.alerts.exclude(pk__in=kept.values("pk")).exclude(state=Alert.State.SENT)
    gone.update(state=Alert.State.DROPPED, last_error=reach.RESTRICTED)


def ended(prompt: Prompt, state: str, words: str, at: datetime | None = None) -> None:
    """The mail is sent, dropped or failed, and each of its alerts with it."""
    mine = prompt.alerts.filter(state=Alert.State.WAITING)
    mine.update(state=state, lease_until=None, last_error=words, sent_at=at or F("sent_at"))


def came_back(prompt: Prompt, state: str, words: str) -> None:
    """The mail was taken and returned: none of its alerts arrived. They end, or wait with it once more."""
    prompt.alerts.filter(state=Alert.State.SENT).update(state=state, last_error=words)


def again(prompt: Prompt) -> None:
    """The mail goes out again: alerts that never arrived wait with it."""
    prompt.alerts.filter(state=Alert.State.FAILED).update(state=Alert.State.WAITING, last_error="")
