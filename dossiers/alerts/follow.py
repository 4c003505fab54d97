"""Who follows which list."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_noop

from dossiers import clock
from dossiers.models import Alert, Case, Follow, User, Watchlist, WatchlistEntry, record


@transaction.atomic
def follow(watchlist: Watchlist, user: User, *, by: User) -> Follow:
    """Mail `user` about the cases of a list from now on. Following twice changes nothing."""
    row, _ = Follow.objects.get_or_create(watchlist=watchlist, user=user, defaults={"active": False})
    if _switch(row, active=True):
        record("follow.started", by=by, watchlist=str(watchlist.pk), user=user.pk)
    return row


@transaction.atomic
def unfollow(watchlist: Watchlist, user: User, *, by: User | None, how: str = "page") -> bool:
    """Stop mailing `user` about a list; the mails not sent yet go too, unless another reason covers them.

    True when this ended a follow, False when there was nothing to end. `how` is kept in the audit line.
    """
    row = Follow.objects.filter(watchlist=watchlist, user=user).first()
    if row is None or not _switch(row, active=False):
        return False
    dropped = _let_go(user, watchlist)
    record("follow.ended", by=by, watchlist=str(watchlist.pk), user=user.pk, how=how, mails_dropped=dropped)
    return True


def _switch(row: Follow, *, active: bool) -> bool:
    """Change the follow and say whether it was this caller who did."""
    changed_at = clock.now()
    changed = Follow.objects.filter(pk=row.pk, active=not active).update(active=active, changed_at=changed_at)
    if changed:
        row.active, row.changed_at = active, changed_at
    return bool(changed)


def _let_go(user: User, watchlist: Watchlist) -> int:
    """Drop the waiting mails of an ended follow; those that another reason covers take that reason."""
    waiting = Alert.objects.filter(user=user, watchlist=watchlist, state=Alert.State.WAITING)
    cases = dict(waiting.values_list("pk", "news__case_id"))
    reasons = reasons_by_case(user, set(cases.values()))
    dropped = [pk for pk, case in cases.items() if case not in reasons]
    for pk, case in cases.items():
        if case in reasons:
            waiting.filter(pk=pk).update(watchlist=reasons[case])
    return Alert.objects.filter(pk__in=dropped, state=Alert.State.WAITING).update(
        state=Alert.State.DROPPED, last_error=gettext_noop("The list is no longer followed.")
    )


def reasons_by_case(user: User, cases: Iterable[int]) -> dict[int, Watchlist | None]:
    """Why `user` is mailed about each of these cases: a followed list, or None for the person in charge.

    Cases that nothing covers are not in the answer.
    """
    wanted = list(cases)
    owned = Case.objects.filter(pk__in=wanted, owner=user).values_list("pk", flat=True)
    reasons: dict[int, Watchlist | None] = dict.fromkeys(owned)
    entries = WatchlistEntry.objects.filter(
        case__in=wanted, watchlist__follows__user=user, watchlist__follows__active=True
    )
    for entry in entries.select_related("watchlist").order_by("-watchlist__name", "-watchlist_id"):
        reasons[entry.case_id] = entry.watchlist
    return reasons
