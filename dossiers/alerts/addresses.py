"""Addresses at which nobody is reached: switched off, said to people by another way, switched on again.

One hard failure is enough (the mailbox is not there); of soft ones (full, its server away) as many as
`MOST_SOFT` on different days. Nothing is sent to such an address. Its person sees it on every page, deputies
get what comes, and what was not delivered is kept to be sent again.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from apiclient.clock import office_day
from dossiers import clock
from dossiers.models import Alert, Bounce, Delivery, User, WebhookDelivery, record

from . import post
from .channels import mail_trouble

MOST_SOFT = 3
SOFT_WITHIN = timedelta(days=14)
UNDELIVERED_SINCE = timedelta(days=14)  # before it was noticed; mail servers try for five days
OFF_WORDS = gettext_noop("Not sent: mail to the address came back, so it is switched off.")

# --- off ------------------------------------------------------------------------------------------------


def refused(user: User, delivery: Delivery, result: post.Result, now: datetime) -> None:
    """The server said at once that it knows no such mailbox."""
    _keep(
        user,
        delivery,
        hard=True,
        status=result.status,
        words=result.words,
        how=Bounce.How.ANSWER,
        key=_key(delivery),
        now=now,
    )


def came_back(
    user: User,
    delivery: Delivery,
    *,
    hard: bool,
    status: str,
    words: str,
    key: str,
    now: datetime,
    believed: bool = True,
) -> bool:
    """A report of failure came back, known to be about `delivery`. False where it was read before.

    One that is not `believed` is kept and changes nothing.
    """
    return _keep(
        user,
        delivery,
        hard=hard,
        status=status,
        words=words,
        how=Bounce.How.REPORT,
        key=key,
        now=now,
        believed=believed,
    )


def gave_up(user: User, delivery: Delivery, *, of_address: bool, now: datetime) -> None:
    """A message is tried no more. `of_address`: because the server put it off each time it was tried."""
    if of_address:
        _keep(
            user,
            delivery,
            hard=False,
            status="",
            words=delivery.detail,
            how=Bounce.How.GIVEN_UP,
            key=_key(delivery),
            now=now,
        )
    mail_trouble.tell(user, WebhookDelivery.Notice.GIVEN_UP, now)


def _key(delivery: Delivery) -> str:
    return hashlib.sha256(f"delivery:{delivery.pk}".encode()).hexdigest()


@transaction.atomic
def _keep(
    user: User,
    delivery: Delivery,
    *,
    hard: bool,
    status: str,
    words: str,
    how: str,
    key: str,
    now: datetime,
    believed: bool = True,
) -> bool:
    _, new = Bounce.objects.get_or_create(
        key=key,
        defaults={
            "user": user,
            "address": delivery.to,
            "at": now,
            "hard": hard,
            "status": status[:16],
            "words": words[:500],
            "how": how,
            "delivery": delivery,
        },
    )
    current = User.objects.select_for_update().get(pk=user.pk)
    mended = current.email != delivery.to  # the report is about an address that was put right since
    if new and believed and not mended and (hard or _too_many_soft(current, now)):
        _switch_off(current, words, now)
    user.address_off_at = current.address_off_at
    return new


def _too_many_soft(user: User, now: datetime) -> bool:
    rows = Bounce.objects.filter(user=user, address=user.email, hard=False, at__gt=now - SOFT_WITHIN)
    return len({office_day(at) for at in rows.values_list("at", flat=True)}) >= MOST_SOFT


def _switch_off(user: User, words: str, now: datetime) -> None:
    if user.address_off_at:
        return
    user.address_off_at, user.address_off_why = now, words[:500]
    user.save(update_fields=["address_off_at", "address_off_why"])
    # What waits for a digest that cannot come is not delivered either: deputies are told of it.
    stored = Alert.objects.filter(user=user, state__in=(Alert.State.DAILY, Alert.State.WEEKLY))
    stored.update(state=Alert.State.FAILED, digest=None, last_error=OFF_WORDS)
    mail_trouble.tell(user, WebhookDelivery.Notice.ADDRESS_OFF, now)
    record("address.off", user=user.pk, address=user.email, why=words[:200])


# --- what did not arrive ----------------------------------------------------------------------------------


def undelivered(user: User) -> QuerySet[Alert]:
    """Alerts that did not reach the person since about when the address failed, and that they have not read
    on the page either."""
    since = (user.address_off_at or clock.now()) - UNDELIVERED_SINCE
    return Alert.objects.filter(user=user, state=Alert.State.FAILED, created_at__gt=since, read_at=None)


def people_off() -> QuerySet[User]:
    """Active people whose address is off, the longest first."""
    off = User.objects.filter(is_active=True, mail_on=True, address_off_at__isnull=False)
    return off.order_by("address_off_at", "pk")


# --- on again ---------------------------------------------------------------------------------------------


@transaction.atomic
def switch_on(user: User, *, by: User, email: str, send: bool) -> int:
    """`by` says that mail to `email` arrives. Returns how many alerts go out again (none unless `send`)."""
    user = User.objects.select_for_update().get(pk=user.pk)
    waiting = list(undelivered(user).values_list("pk", flat=True)) if send else []
    was = user.email
    user.email, user.address_off_at, user.address_off_why = email, None, ""
    user.digest_from = clock.now()  # no digest is owed for the days without an address
    user.save(update_fields=["email", "address_off_at", "address_off_why", "digest_from"])
    now = clock.now()
    # A message that came back or was never sent keeps its name: it did not arrive under it.
    Alert.objects.filter(pk__in=waiting, state=Alert.State.FAILED).update(
        state=Alert.State.WAITING, attempts=0, group=None, not_before=now, lease_until=None, last_error=""
    )
    record("address.on", by=by, user=user.pk, address=email, was=was, sent_again=len(waiting))
    return len(waiting)
