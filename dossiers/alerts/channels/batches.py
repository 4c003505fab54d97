"""What goes to a chat as one message: a storm would bury the room.

Its members and its words are written down before it is sent, so that after a crash the same ones go again,
together and in the same words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from dossiers.alerts import acknowledge
from dossiers.models import WebhookDelivery
from dossiers.reach import Eyes

from .chat import texts

MOST_SINGLE = 5  # due at once for one chat; more come as one
LARGEST = 200


def whole() -> QuerySet[WebhookDelivery]:
    about = ("news__case", "news__event", "concern__case", "concern__limit", "concern__news__event")
    rows = WebhookDelivery.objects.select_related("webhook__owner", *about, "concern__news__case")
    return rows.order_by("not_before", "pk")


def rest_of(delivery: WebhookDelivery, *, lease_until: datetime) -> list[WebhookDelivery]:
    """The other members of a batch of which one has been claimed: they go with it, whoever held them."""
    waiting = WebhookDelivery.objects.filter(
        webhook=delivery.webhook_id, batch=delivery.batch, state=WebhookDelivery.State.WAITING
    ).exclude(pk=delivery.pk)
    pks = list(waiting.values_list("pk", flat=True))
    waiting.update(lease_until=lease_until, attempts=F("attempts") + 1)
    return list(whole().filter(pk__in=pks))


def without_settled(told: Sequence[WebhookDelivery], now: datetime) -> list[WebhookDelivery]:
    """Without what has been acknowledged or has ended meanwhile: nobody needs to be told any more."""
    concerns = [one.concern for one in told if one.concern]
    if not concerns:
        return list(told)
    live = acknowledge.still_live(concerns, now)
    settled = {one.pk for one in told if one.concern and one.concern_id not in live}
    WebhookDelivery.objects.filter(pk__in=settled).update(
        state=WebhookDelivery.State.DROPPED, ended_at=now, lease_until=None
    )
    return [one for one in told if one.pk not in settled]


def without_restricted(told: Sequence[WebhookDelivery], now: datetime) -> list[WebhookDelivery]:
    """Without what is about cases that the owner of the channel is not to know of by now.

    Where a batch loses one, its words are written anew: those kept name the case.
    """
    about = {one.pk: one.news.case_id if one.news else one.concern.case_id for one in told if _has_case(one)}
    eyes = Eyes(about.values()) if about else None
    gone = {pk for pk, case in about.items() if eyes and not eyes.see(told[0].webhook.owner_id, case)}
    if not gone:
        return list(told)
    WebhookDelivery.objects.filter(pk__in=gone).update(
        state=WebhookDelivery.State.DROPPED, ended_at=now, lease_until=None, body="", batch=""
    )
    rest = [one for one in told if one.pk not in gone]
    if any(one.batch for one in told):
        WebhookDelivery.objects.filter(pk__in=[one.pk for one in rest]).update(body="", batch="")
        for one in rest:
            one.body, one.batch = "", ""
    return rest


def _has_case(delivery: WebhookDelivery) -> bool:
    return bool(delivery.news_id or delivery.concern_id)


def body_of(told: Sequence[WebhookDelivery], now: datetime) -> str:
    """The text, kept with each member before it is sent."""
    if told[0].body:
        return told[0].body
    body, batch = texts.write(told, now=now), _identity(told) if len(told) > 1 else ""
    with transaction.atomic():
        ours = WebhookDelivery.objects.filter(pk__in=[one.pk for one in told])
        ours.update(body=body, batch=batch)
    for one in told:
        one.body, one.batch = body, batch
    return body


def part(deliveries: QuerySet[WebhookDelivery]) -> None:
    """Each of them is to be told anew by itself."""
    deliveries.exclude(batch="").update(batch="", body="")


def _identity(told: Sequence[WebhookDelivery]) -> str:
    members = " ".join(one.message_id for one in told)
    return f"several_{hashlib.sha256(members.encode()).hexdigest()[:40]}"
