"""That mail does not reach a person, told to their own chats: the way that is left."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import QuerySet

from apiclient.clock import office_day
from dossiers.models import Scope, User, Webhook, WebhookDelivery
from dossiers.roles import Right, having


def own_chats() -> QuerySet[Webhook]:
    """Chats that are on and tell their owner of their own cases."""
    on = Webhook.objects.filter(having(Right.EXPORT, "owner__"), off="", scope=Scope.MINE)
    return on.exclude(service=Webhook.WEBHOOK)


def tell(user: User, notice: WebhookDelivery.Notice, now: datetime) -> int:
    """Order a message of this kind to each of the person's chats, once a day; returns to how many chats."""
    rows = [
        WebhookDelivery(
            webhook=hook,
            notice=notice,
            message_id=_identity(hook, notice, now),
            not_before=now,
            created_at=now,
        )
        for hook in own_chats().filter(owner=user)
    ]
    return len(WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True))


def _identity(hook: Webhook, notice: str, now: datetime) -> str:
    told = hashlib.sha256(f"{hook.pk}:{notice}:{office_day(now)}".encode()).hexdigest()[:40]
    return f"mail_{told}"
