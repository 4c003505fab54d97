"""What nobody has acknowledged, told to chats, too: to those of the people it goes to, and to a team's."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from dossiers.models import Scope, Webhook, WebhookDelivery
from dossiers.roles import Right, having

from .wanted import cases_of


@dataclass(frozen=True)
class Raised:
    """A concern on the rung it has reached now, whom that tells by mail, and whom it can tell by chat alone,
    because no mail reaches them."""

    concern: int
    case: int
    rung: int
    users: Collection[int]
    by_chat: Collection[int] = ()


def fan_out(raised: Sequence[Raised], *, now: datetime) -> int:
    """Order a message for each concern and each chat that is told from this rung on; returns how many.

    To be called inside the transaction that takes the step. A person's own chat is told when the person is,
    and in any case when no mail reaches them; a list's, and an administrator's for all cases, of each case it
    is about. A concern is told of once on a rung. The number of queries does not depend on that of the
    concerns.
    """
    cut_off = {user for one in raised for user in one.by_chat}
    asked_for = Q(escalate_from__gt=0) | Q(owner__in=cut_off, scope=Scope.MINE)
    hooks = list(
        Webhook.objects.filter(asked_for, having(Right.EXPORT, "owner__"), off="")
        .exclude(service=Webhook.WEBHOOK)
        .select_related("owner", "watchlist")
    )
    if not hooks or not raised:
        return 0
    about = cases_of(hooks, {one.case for one in raised})
    rows = [
        WebhookDelivery(
            webhook=hook,
            concern_id=one.concern,
            rung=one.rung,
            message_id=_identity(one),
            not_before=now,
            created_at=now,
        )
        for one in raised
        for hook in hooks
        if _tells(hook, one, about[hook.pk])
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _tells(hook: Webhook, raised: Raised, cases: Collection[int]) -> bool:
    if hook.scope == Scope.MINE and hook.owner_id in raised.by_chat:
        return True
    if not 0 < hook.escalate_from <= raised.rung:
        return False
    return hook.owner_id in raised.users if hook.scope == Scope.MINE else raised.case in cases


def _identity(raised: Raised) -> str:
    return f"esc_{hashlib.sha256(f'{raised.concern}:{raised.rung}'.encode()).hexdigest()[:40]}"
