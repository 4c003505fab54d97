"""Who follows which list or case: a person, or a team with the members it has when something is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from dossiers import clock
from dossiers.models import Alert, Case, Follow, User, Watchlist, WatchlistEntry, record

Thing = Watchlist | Case
Follows = dict[int, dict[int, list[Follow]]]  # for each case, each person and why they are told of it

UNSENT = (Alert.State.WAITING, Alert.State.DAILY, Alert.State.WEEKLY)
_FEW = 1000  # cases or lists that are named in a question; of more all are read

# --- beginning and ending -----------------------------------------------------------------------------------


@transaction.atomic
def follow(thing: Thing, who: User | Group, *, by: User) -> Follow:
    """Tell a person or a team about a list's cases, or a case, from now on. Twice changes nothing."""
    row, _ = Follow.objects.get_or_create(**_of(thing), **_by(who), defaults={"active": False})
    if _switch(row, active=True):
        record("follow.started", by=by, **_told(thing, who))
    return row


@transaction.atomic
def unfollow(thing: Thing, who: User | Group, *, by: User | None, how: str = "page") -> bool:
    """Stop telling `who` about a list or a case; what was not sent yet goes, too, unless another reason
    covers it. A person then hears nothing of it as a member of a team either.

    True when this ended something, False when there was nothing to end. `how` is kept in the audit line.
    """
    row = Follow.objects.filter(**_of(thing), **_by(who)).first()
    with_team = isinstance(who, User) and Follow.objects.filter(**_of(thing), **_with_teams(who)).exists()
    if row is None and with_team:
        row = Follow.objects.create(**_of(thing), **_by(who), active=False)
    if row is None or not _end(row, left=with_team):
        return False
    dropped = _let_go(_people(row), thing)
    record("follow.ended", by=by, **_told(thing, who), how=how, mails_dropped=dropped)
    return True


def _of(thing: Thing) -> dict[str, Thing]:
    return {"case" if isinstance(thing, Case) else "watchlist": thing}


def _by(who: User | Group) -> dict[str, User | Group]:
    return {"user" if isinstance(who, User) else "team": who}


def _with_teams(user: User) -> dict[str, object]:
    return {"team__in": user.groups.values("pk"), "active": True}


def _told(thing: Thing, who: User | Group) -> dict[str, object]:
    """What an audit line says of them."""
    about = {"case": thing} if isinstance(thing, Case) else {"watchlist": str(thing.pk)}
    return about | ({"user": who.pk} if isinstance(who, User) else {"team": who.name})


def _switch(row: Follow, *, active: bool) -> bool:
    """Change the follow and say whether it was this caller who did."""
    changed_at = clock.now()
    changed = Follow.objects.filter(pk=row.pk, active=not active).update(
        active=active, left=False, changed_at=changed_at
    )
    if changed:
        row.active, row.left, row.changed_at = active, False, changed_at
    return bool(changed)


def _end(row: Follow, *, left: bool) -> bool:
    ended = _switch(row, active=False)
    if not left:
        return ended
    return bool(Follow.objects.filter(pk=row.pk, left=False).update(left=True)) or ended


def _people(row: Follow) -> list[int]:
    if row.user_id:
        return [row.user_id]
    return list(User.objects.filter(groups=row.team_id).values_list("pk", flat=True))


def _let_go(users: Collection[int], thing: Thing) -> int:
    """Drop what waits because of an ended follow; what another reason covers takes that reason."""
    reason = Q(watchlist=thing) if isinstance(thing, Watchlist) else Q(follow__case=thing)
    waiting = Alert.objects.filter(reason, user__in=users, state__in=UNSENT)
    rows = list(waiting.values_list("pk", "user_id", "news__case_id"))
    cases = {case for _, _, case in rows}
    owners = dict(Case.objects.filter(pk__in=cases).values_list("pk", "owner_id"))
    following = followers(cases)
    dropped = []
    for pk, user, case in rows:
        others = following.get(case, {}).get(user, [])
        if others:
            waiting.filter(pk=pk).update(watchlist=others[0].watchlist_id, follow=others[0])
        elif owners[case] == user:
            waiting.filter(pk=pk).update(watchlist=None, follow=None)
        else:
            dropped.append(pk)
    return Alert.objects.filter(pk__in=dropped, state__in=UNSENT).update(
        state=Alert.State.DROPPED,
        last_error=gettext_noop("The list is no longer followed.")
        if isinstance(thing, Watchlist)
        else gettext_noop("The case is no longer followed."),
    )


# --- who follows --------------------------------------------------------------------------------------------


def reaching(user: User) -> QuerySet[Follow]:
    """The follows by which a person is told: their own, and those of their teams that they have not left."""
    same = Q(watchlist=OuterRef("watchlist")) | Q(case=OuterRef("case"))
    left = Follow.objects.filter(same, user=user.pk, left=True)
    mine = Q(user=user.pk) | Q(team__in=User.groups.through.objects.filter(user=user.pk).values("group"))
    return Follow.objects.filter(mine, ~Exists(left), active=True)


def followed_by(user: User, case: str = "pk") -> Q:
    """Cases that a person follows. `case` is the path to the case's key, as "case" of rows with a case."""
    listed, singly = keys_followed(user)
    return Q(**{f"{case}__in": listed.union(singly)})


def keys_followed(user: User) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    """The keys of the cases of the lists that a person follows, and of those followed singly.

    To be asked for as one union: a database joins with one set of keys, but goes through every row that
    there is when it may be in one set or in another.
    """
    rows = reaching(user)
    lists = rows.filter(watchlist__isnull=False).values("watchlist")
    listed = WatchlistEntry.objects.filter(watchlist__in=lists).order_by().values("case")
    return listed, rows.filter(case__isnull=False).order_by().values("case")


def followers(cases: Iterable[int]) -> Follows:
    """For each case its followers, with the follows that are the reason, the best to give first.

    A list is a better reason than the case alone, and one's own follow than a team's: each can be left by
    itself. Three queries, whatever the number of cases.
    """
    wanted = set(cases)
    listed = _cases_of_lists(wanted)
    rows = Follow.objects.filter(Q(active=True) | Q(left=True)).select_related("watchlist")
    if len(wanted) <= _FEW and len(listed) <= _FEW:
        rows = rows.filter(Q(watchlist__in=listed) | Q(case__in=wanted))
    follows = list(rows)
    left = {(row.user_id, row.watchlist_id, row.case_id) for row in follows if row.left}
    members = _members({row.team_id for row in follows if row.team_id})
    found: Follows = defaultdict(lambda: defaultdict(list))
    for row in sorted((row for row in follows if row.active), key=_better_first):
        about = listed[row.watchlist_id] if row.watchlist_id else [row.case_id]
        for user in [row.user_id] if row.user_id else members[row.team_id]:
            if row.team_id and (user, row.watchlist_id, row.case_id) in left:
                continue
            for case in about:
                if case in wanted:
                    found[case][user].append(row)
    return found


def people_reached(rows: Iterable[Follow]) -> dict[int, list[int]]:
    """For each of these active follows whom it reaches: members of a team who have left it are left out."""
    follows = list(rows)
    members = _members({row.team_id for row in follows if row.team_id})
    ended = Follow.objects.filter(left=True).values_list("user_id", "watchlist_id", "case_id")
    left = set(ended.filter(user__in={user for users in members.values() for user in users}))
    return {
        row.pk: [row.user_id]
        if row.user_id
        else [one for one in members[row.team_id] if (one, row.watchlist_id, row.case_id) not in left]
        for row in follows
    }


def _better_first(row: Follow) -> tuple[bool, bool, str, str]:
    name = row.watchlist.name if row.watchlist else ""
    return row.team_id is not None, row.case_id is not None, name, str(row.watchlist_id or "")


def _cases_of_lists(cases: set[int]) -> Mapping[object, list[int]]:
    found: dict[object, list[int]] = defaultdict(list)
    entries = WatchlistEntry.objects.filter(watchlist__follows__active=True).distinct()
    if len(cases) <= _FEW:
        entries = entries.filter(case__in=cases)
    for case, watchlist in entries.order_by().values_list("case_id", "watchlist_id"):
        found[watchlist].append(case)
    return found


def _members(teams: Collection[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    if teams:
        rows = User.groups.through.objects.filter(group__in=teams).order_by("user_id")
        for team, user in rows.values_list("group_id", "user_id"):
            found[team].append(user)
    return found
