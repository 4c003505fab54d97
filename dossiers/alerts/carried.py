"""News that goes out with the daily digest or the weekly summary instead of by a mail of its own.

It is bound to a digest when that is first tried, in the transaction that claims it, so that a repeat under
the same Message-ID holds the same; and marked as sent with it. What a digest was bound to and did not take
along goes with the next one.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min, Q, QuerySet

from dossiers import reach
from dossiers.models import Alert, Digest, User

_STATE = {Digest.Kind.DAILY: Alert.State.DAILY, Digest.Kind.WEEKLY: Alert.State.WEEKLY}


def waiting(user: User, kind: str) -> QuerySet[Alert]:
    """What waits for the next digest of this kind, and is still within the reader's reach."""
    shown = reach.shown_to(user, "news__case__")
    return Alert.objects.filter(shown, user=user, state=_STATE[Digest.Kind(kind)])


def bind(digest: Digest, until: datetime) -> int:
    """Have `digest` tell of what waits and is not newer than `until`."""
    _drop_restricted(digest.user)
    free = Q(digest=None) | Q(digest__day__lt=digest.day)
    rows = waiting(digest.user, digest.kind).filter(free, created_at__lte=until)
    return Alert.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(digest=digest)


def _drop_restricted(user: User) -> None:
    shown = Alert.objects.filter(reach.shown_to(user, "news__case__")).values("pk")
    rows = Alert.objects.filter(user=user, state__in=_STATE.values()).exclude(pk__in=shown)
    rows.update(state=Alert.State.DROPPED, digest=None, last_error=reach.RESTRICTED)


def told(digest: Digest, now: datetime) -> int:
    """The digest has gone out, and what it was bound to with it."""
    return waiting(digest.user, digest.kind).filter(digest=digest).update(state=Alert.State.SENT, sent_at=now)


def came_back(digest: Digest, words: str) -> int:
    """It was taken and returned: what nobody has read goes with the next one, or has failed where none comes
    because the address is off."""
    unread = digest.alerts.filter(state=Alert.State.SENT, read_at=None)
    if digest.user.address_off_at:
        return unread.update(state=Alert.State.FAILED, last_error=words)
    return unread.update(state=_STATE[Digest.Kind(digest.kind)], digest=None, sent_at=None)


def set_free(now: datetime) -> int:
    """What waits for a daily digest that its reader no longer takes goes out by itself."""
    rows = Alert.objects.filter(state=Alert.State.DAILY, user__digest_on=False)
    pks = list(rows.values_list("pk", flat=True))
    return Alert.objects.filter(pk__in=pks, state=Alert.State.DAILY).update(
        state=Alert.State.WAITING, digest=None, not_before=now
    )


def weekly_since() -> dict[int, datetime]:
    """For each person with something in store for a weekly summary since when that is so."""
    rows = Alert.objects.filter(state=Alert.State.WEEKLY).order_by()
    return dict(rows.values_list("user").annotate(Min("created_at")))
