"""What is kept only so long goes by itself, a lot at a time: killed, it goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apiclient.clock import office_day
from dossiers import faults
from dossiers.models import CredentialUse, Delivery, Heartbeat, WebhookAttempt, record

_AT_ONCE = 500
_NAME = "retention"
_USES_KEPT = 400  # days; the audit trail tells of them for ever


def clean(now: datetime, *, budget_seconds: float = 10.0) -> int:
    """Once a day: delete what is past its time; how many rows. What is left when time is up waits a minute.

    Sessions are past theirs by the machine's own clock, as they were given it.
    """
    today = str(office_day(now))
    done = Heartbeat.objects.filter(name=_NAME).values_list("detail", flat=True).first() or {}
    if done.get("day") == today:
        return 0
    end, gone = time.monotonic() + budget_seconds, 0
    for what, rows, act in _past(now):
        while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
            with transaction.atomic():
                act(rows.model._default_manager.filter(pk__in=keys))
                if what:
                    record("retention.clean", what=what, rows=len(keys))
            gone += len(keys)
            if time.monotonic() >= end:
                return gone
    Heartbeat.objects.update_or_create(name=_NAME, defaults={"at": now, "detail": {"day": today}})
    return gone


Act = Callable[[QuerySet], object]


def _past(now: datetime) -> list[tuple[str, QuerySet, Act]]:
    """Rows past their time and what becomes of them; named are those whose going is put on record."""
    found: list[tuple[str, QuerySet, Act]] = [
        ("", Session.objects.filter(expire_date__lt=timezone.now()), _delete),
        ("", faults.past(), _delete),
        ("", CredentialUse.objects.filter(day__lt=office_day(now) - timedelta(_USES_KEPT)), _delete),
    ]
    if settings.KEEP_MAIL_DAYS:
        old = Delivery.objects.filter(at__lt=now - timedelta(settings.KEEP_MAIL_DAYS))
        found.append(("mails", old.exclude(text="", html=""), _without_text))
    if settings.KEEP_WEBHOOK_DAYS:
        old_calls = WebhookAttempt.objects.filter(at__lt=now - timedelta(settings.KEEP_WEBHOOK_DAYS))
        found.append(("webhook calls", old_calls, _delete))
    return found


def _delete(rows: QuerySet) -> object:
    return rows.delete()


def _without_text(rows: QuerySet) -> object:
    """That a mail was sent, when, to whom and about what stays: it is proof that somebody was told."""
    return rows.update(text="", html="")
