"""Which cases a channel tells of."""

from __future__ import annotations

from collections.abc import Collection

from dossiers.alerts.follow import followers
from dossiers.models import Case, Scope, WatchlistEntry, Webhook
from dossiers.reach import Eyes
from dossiers.roles import Right, can


def cases_of(hooks: Collection[Webhook], cases: Collection[int]) -> dict[int, set[int]]:
    """Which of these cases each webhook is about, of those that its owner sees."""
    owners = {hook.owner_id for hook in hooks}
    lists = {hook.watchlist_id for hook in hooks if hook.watchlist_id}
    entries = WatchlistEntry.objects.filter(case__in=cases)
    following = followers(cases)
    mine = {
        *Case.objects.filter(pk__in=cases, owner__in=owners).values_list("owner_id", "pk"),
        *((user, case) for case, users in following.items() for user in users),
    }
    listed = set(entries.filter(watchlist__in=lists).values_list("watchlist_id", "case_id"))
    eyes = Eyes(cases)
    return {
        hook.pk: {
            case for case in cases if eyes.see(hook.owner_id, case) and _is_about(hook, case, mine, listed)
        }
        for hook in hooks
    }


def _is_about(hook: Webhook, case: int, mine: set[tuple[int, int]], listed: set[tuple[object, int]]) -> bool:
    if hook.scope == Scope.ALL and can(hook.owner, Right.ADMINISTER):
        return True
    if hook.scope == Scope.LIST:
        seen = hook.watchlist is not None and (
            hook.watchlist.shared or hook.watchlist.owner_id == hook.owner_id
        )
        return seen and (hook.watchlist_id, case) in listed
    return (hook.owner_id, case) in mine
