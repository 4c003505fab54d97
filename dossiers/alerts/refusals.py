"""Whether refusals speak of the addresses, or of the mail server that refuses almost everybody.

A relay with a fault answers "no such mailbox" for every address. Taken at its word it would switch them all
off within minutes. So what the server says of one address is held against what it said of the others just
before: while it refuses too many of them nobody is switched off, no message is given up, and administrators
are told (`heartbeats`). What was believed before that was seen is undone. It is over when the server takes a
message for somebody it had refused, or has refused nobody for a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from dossiers.alerts import post
from dossiers.alerts.addresses import OFF_WORDS
from dossiers.models import Alert, Bounce, Delivery, Digest, MailServer, Prompt, User, record

WITHIN = timedelta(hours=1)  # answers so close together are held against each other
LONGEST = timedelta(days=1)  # an answer this old says nothing of the server of now
LAST, MANY, FEW = 6, 3, 2  # of the last addresses so many were refused; fewer where all of them were
AGAIN_AFTER = timedelta(minutes=5)
_KINDS: tuple[tuple[type[Alert] | type[Digest] | type[Prompt], str], ...] = (
    (Alert, "alert"),
    (Digest, "digest"),
    (Prompt, "prompt"),
)
_REFUSED = Q(permanent=True) & (
    Q(detail__startswith=post.REFUSED_WORDS) | Q(detail__startswith=post.KEPT_WORDS)
)

# --- what is said of the server -----------------------------------------------------------------------------


@transaction.atomic
def refused(address: str, now: datetime) -> bool:
    """`address` was refused for good. True where that says nothing of it: almost everybody was."""
    server = MailServer.objects.select_for_update().get_or_create(pk=1)[0]
    if server.refusing_since:
        return True
    if not _of_server(_answers(now - WITHIN, address, now)):
        return False
    server.refusing_since = now
    server.save(update_fields=["refusing_since"])
    since = now - WITHIN
    record("mail.refusing", switched_on=_trust_again(since), kept=_keep_messages(since, now))
    return True


def taken(address: str, now: datetime) -> None:
    """The server took a message for `address`."""
    if not MailServer.objects.filter(refusing_since__isnull=False).exists():
        return
    since = now - LONGEST
    returned = _reports(since)
    was_refused = Delivery.objects.filter(_REFUSED, at__gt=since)
    mended = was_refused.filter(to__iexact=address).exists() and not returned.filter(address__iexact=address)
    if mended or not (was_refused.exists() or returned.exists()):
        _over(now)


def _over(now: datetime) -> None:
    """Messages that were kept need not wait long any more."""
    with transaction.atomic():
        if not MailServer.objects.filter(refusing_since__isnull=False).update(refusing_since=None):
            return
        for kind, _ in _KINDS:
            kept = kind.objects.filter(state=kind.State.WAITING, last_error__startswith=post.KEPT_WORDS)
            kept.filter(not_before__gt=now + AGAIN_AFTER).update(not_before=now + AGAIN_AFTER)
        record("mail.refusing_over")


def _of_server(taken_of_last: list[bool]) -> bool:
    """Whether the answers for the last distinct addresses speak of the server."""
    refusals = taken_of_last.count(False)
    return refusals >= MANY or FEW <= refusals == len(taken_of_last)


def _answers(since: datetime, address: str, now: datetime) -> list[bool]:
    """Whether the server took it, for each of the last distinct addresses; `address` has just been refused.

    A report that came back outweighs that the server has taken the message, or another one since.
    """
    last: dict[str, tuple[datetime, bool]] = {address.lower(): (now, False)}
    for to, at in _reports(since).order_by("-at").values_list("address", "at")[:LAST]:
        last.setdefault(to.lower(), (at, False))
    rows = Delivery.objects.filter(Q(accepted=True) | _REFUSED, at__gt=since).order_by("-at", "-pk")
    for to, at, accepted in rows.values_list("to", "at", "accepted").iterator():
        last.setdefault(to.lower(), (at, accepted))
        if len(last) >= 2 * LAST:  # the newest of either kind are among them
            break
    newest_first = sorted(last.values(), key=lambda said: said[0], reverse=True)  # as found where equal
    return [accepted for _, accepted in newest_first[:LAST]]


def _reports(since: datetime) -> QuerySet[Bounce]:
    return Bounce.objects.filter(at__gt=since, hard=True, how=Bounce.How.REPORT)


# --- what was believed too soon -----------------------------------------------------------------------------


def _trust_again(since: datetime) -> int:
    """Switch the addresses on again that such answers have switched off; how many."""
    believed = Bounce.objects.filter(at__gt=since, hard=True)
    off = User.objects.filter(address_off_at__gt=since, pk__in=believed.values("user"))
    users = list(off.values_list("pk", flat=True))
    for kind, _ in _KINDS:
        unsent = kind.objects.filter(user__in=users, state=kind.State.FAILED, last_error=OFF_WORDS)
        unsent.filter(created_at__gt=since).update(state=kind.State.WAITING)
    return User.objects.filter(pk__in=users).update(address_off_at=None, address_off_why="")


def _keep_messages(since: datetime, now: datetime) -> int:
    """Have the messages wait again that such answers have ended; how many."""
    refusals = Delivery.objects.filter(_REFUSED, at__gt=since)
    believed = refusals | Delivery.objects.filter(pk__in=_reports(since).values("delivery"))
    found = 0
    for kind, name in _KINDS:
        keys = set(believed.values_list(name, flat=True)) - {None}
        pks = list(kind.objects.filter(pk__in=keys, state=kind.State.FAILED).values_list("pk", flat=True))
        # One attempt: they go on under their own names, and have used up none of the others.
        again = {"state": kind.State.WAITING, "attempts": 1, "not_before": now + AGAIN_AFTER}
        again["last_error"] = post.KEPT_WORDS
        found += kind.objects.filter(pk__in=pks).update(**again)
        if kind is Prompt:
            Alert.objects.filter(group__in=pks, state=Alert.State.FAILED).update(state=Alert.State.WAITING)
    refusals.update(kept=True)
    return found
