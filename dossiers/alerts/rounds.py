"""The round that finds what to remind of and what to escalate, and then sends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from dossiers import clock
from dossiers.alerts import escalation, prompts, reminders, watch_rounds
from dossiers.models import Heartbeat

EVERY = timedelta(minutes=5)  # what comes due within it goes to each reader as one mail
LAST = "prompts"  # the Heartbeat that says up to when rounds were made


def pump(*, budget_seconds: float, clock: Callable[[], datetime] = clock.now) -> int:
    """Make a round if it is time for one, and send what is ordered; returns how many mails went."""
    look(clock())
    return prompts.send_due(budget_seconds=budget_seconds, clock=clock)


@transaction.atomic
def look(now: datetime) -> None:
    """Order what is due. The orders and the mark that says so are written together, or neither is."""
    beat, _ = Heartbeat.objects.select_for_update().get_or_create(
        name=LAST, defaults={"at": now, "detail": {}}
    )
    last = beat.at if beat.detail.get("made") else None
    if last and last > now + EVERY:
        # By a clock that has since been set back. One a little later is of a round that this one waited for.
        last = None
    if last and now - last < EVERY:
        return
    reminders.write(now, last)
    escalation.raise_due(now)
    watch_rounds.look(now)
    beat.at, beat.detail = now, {"made": True}
    beat.save(update_fields=["at", "detail"])
