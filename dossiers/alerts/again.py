"""A message sent once more because a person wants it: the same news under a name of its own.

Mail programs drop a second message of the same name, so a repetition that is wanted gets a new one, saying
at whose request it comes. What was never delivered goes out under its first name.
"""

from __future__ import annotations

from django.db import transaction

from dossiers import clock
from dossiers.alerts import storms
from dossiers.models import Alert, Digest, Prompt, User, record


class OnItsWay(Exception):
    """It waits to be sent already."""


class AddressOff(Exception):
    """Nothing is sent to the address before somebody has put it right."""


@transaction.atomic
def send_again(of: Alert | Digest | Prompt, *, by: User) -> None:
    """Order the message anew at the request of `by`; raises OnItsWay or AddressOff where that is no use."""
    kind = type(of)
    row = kind.objects.select_for_update(of=("self",)).select_related("user").get(pk=of.pk)
    if row.state == kind.State.WAITING:
        raise OnItsWay
    if row.user.address_off_at:
        raise AddressOff
    row.state, row.attempts, row.not_before, row.lease_until = kind.State.WAITING, 0, clock.now(), None
    row.again_by, row.last_error = by, ""
    if row.sent_at:
        row.message_id = _next_name(row)
    if isinstance(row, Alert):
        row.group = None
    row.save()
    if isinstance(row, Prompt):
        storms.again(row)
    case = row.news.case if isinstance(row, Alert) else None
    record("alert.again", by=by, case=case, of=f"{kind.__name__.lower()} {row.pk}", to=row.user.email)


def _next_name(row: Alert | Digest | Prompt) -> str:
    """As in <alert.….again3@firm.example>."""
    left, _, domain = row.message_id.rstrip(">").rpartition("@")
    return f"{left.partition('.again')[0]}.again{row.deliveries.count() + 1}@{domain}>"
