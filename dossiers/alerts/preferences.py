"""How soon people want to be told by mail of each kind of event.

Everybody has the usual rhythms, may choose others for all they are told of, and others again for a single
follow. Of what a team follows the team may choose for its members, and each of them otherwise. Where several
reasons lead to one person, the soonest holds. Whatever is chosen, the inbox has it; and of what may cost a
right the person in charge is told in any case. Ways beside mail have their own choice of kinds (`channels`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from dossiers import clock
from dossiers.alerts.follow import people_reached
from dossiers.models import EventKind, Follow, News, Preference, Rhythm, User, record

USUAL: Mapping[str, Rhythm] = {
    EventKind.OFFICE_ACTION: Rhythm.AT_ONCE,
    EventKind.DECISION: Rhythm.AT_ONCE,
    EventKind.LIMIT_DUE: Rhythm.AT_ONCE,  # on the days of the firm's ladder, which is a rhythm of its own
    EventKind.LIMIT_OVERDUE: Rhythm.AT_ONCE,
    EventKind.NOT_CHECKED: Rhythm.AT_ONCE,
    EventKind.STATUS: Rhythm.DAILY,
    EventKind.REGISTER: Rhythm.DAILY,
    EventKind.FAMILY: Rhythm.DAILY,
    EventKind.DIFFERENCE: Rhythm.DAILY,
}
OWED = frozenset({EventKind.OFFICE_ACTION, EventKind.DECISION, EventKind.LIMIT_DUE, EventKind.LIMIT_OVERDUE})
"""Of these the person in charge of a case cannot choose to hear nothing."""

_OF_NEWS: Mapping[str, EventKind] = {
    News.Kind.OFFICE_ACTION: EventKind.OFFICE_ACTION,
    News.Kind.NOTICE_READ: EventKind.OFFICE_ACTION,
    News.Kind.NOT_ACCOUNTED: EventKind.OFFICE_ACTION,  # it may be one
    News.Kind.DECISION: EventKind.DECISION,
    News.Kind.LIMIT_MOVED: EventKind.LIMIT_DUE,
    News.Kind.CLAIM_NOT_SEEN: EventKind.LIMIT_DUE,
    News.Kind.EXTENSION_NOT_SEEN: EventKind.LIMIT_DUE,
    News.Kind.LIMIT_MISSED: EventKind.LIMIT_OVERDUE,
    News.Kind.NOT_FOUND: EventKind.NOT_CHECKED,
    News.Kind.NOT_READ: EventKind.NOT_CHECKED,
    News.Kind.DISPATCH: EventKind.STATUS,
    News.Kind.REGISTERED: EventKind.REGISTER,
    News.Kind.FAMILY: EventKind.FAMILY,
    News.Kind.DIFFERENCE: EventKind.DIFFERENCE,
}

_SOONEST_FIRST = list(Rhythm)


def kind_of(news: News) -> EventKind:
    """What people choose a rhythm for by it. KeyError for news of a kind that nobody can choose for."""
    return _OF_NEWS[news.kind]


class Choices:
    """What these people have chosen; read once, by one query."""

    def __init__(self, users: Collection[int]) -> None:
        self._own: dict[tuple[int, str], Rhythm] = {}
        self._of_follow: dict[tuple[int | None, int, str], Rhythm] = {}
        for row in Preference.objects.filter(Q(user__in=users) | Q(user=None)):
            rhythm = Rhythm(row.rhythm)
            if row.follow_id:
                self._of_follow[row.user_id, row.follow_id, row.kind] = rhythm
            elif row.user_id:
                self._own[row.user_id, row.kind] = rhythm

    def of(
        self, user: int, kind: EventKind, follows: Iterable[Follow] = (), *, in_charge: bool = False
    ) -> Rhythm:
        """How soon this person is told of such an event of a case, for these reasons."""
        general = self._own.get((user, kind), USUAL[kind])
        found = [self.chosen_for(user, row, kind) or general for row in follows]
        if in_charge:
            found.append(USUAL[kind] if kind in OWED and general == Rhythm.NEVER else general)
        return min(found, key=_SOONEST_FIRST.index, default=general)

    def chosen_for(self, user: int, follow: Follow, kind: EventKind) -> Rhythm | None:
        """What is chosen for this one follow, by the person or else by their team; None where nothing is."""
        return self._of_follow.get((user, follow.pk, kind)) or self._of_follow.get((None, follow.pk, kind))

    def any_of(self, *kinds: str) -> bool:
        """Whether anybody has chosen anything for these kinds."""
        return any(kind in kinds for *_, kind in (*self._own, *self._of_follow))


# --- choosing -----------------------------------------------------------------------------------------------


def own(user: User) -> dict[str, Rhythm]:
    """What holds for all that a person is told of, by kind."""
    choices = Choices([user.pk])
    return {kind: choices.of(user.pk, kind) for kind in EventKind}


@transaction.atomic
def choose(user: User, chosen: Mapping[str, str], *, by: User) -> bool:
    """Keep the rhythm of each kind for all that a person is told of; whether anything changed."""
    User.objects.select_for_update().get(pk=user.pk)
    was = own(user)
    now = {kind: Rhythm(chosen.get(kind, was[kind])) for kind in EventKind}
    if now == was:
        return False
    rows = Preference.objects.filter(user=user, follow=None)
    _keep(rows, user, None, {kind: rhythm for kind, rhythm in now.items() if rhythm != USUAL[kind]})
    record("preferences.change", by=by, user=user.pk, was=was, now=now)
    return True


def chosen_for(follow: Follow, user: User | None) -> dict[str, str]:
    """What a person, or with None the team, wants of one follow alone, by kind."""
    return dict(Preference.objects.filter(follow=follow, user=user).values_list("kind", "rhythm"))


@transaction.atomic
def choose_for(follow: Follow, user: User | None, chosen: Mapping[str, str], *, by: User) -> bool:
    """Keep what a person, or with None the team, wants of one follow alone; whether anything changed.

    A kind that is left out, or "", is as for all others. ValueError for a choice of nobody: a team's for a
    person's follow, or one person's for another's.
    """
    if (user is None and follow.team_id is None) or (user and follow.user_id not in (None, user.pk)):
        raise ValueError(f"not theirs to choose: {follow}")
    Follow.objects.select_for_update().get(pk=follow.pk)
    was = chosen_for(follow, user)
    now = {kind: Rhythm(chosen[kind]) for kind in EventKind if chosen.get(kind)}
    if now == was:
        return False
    _keep(Preference.objects.filter(follow=follow, user=user), user, follow, now)
    who = {"user": user.pk} if user else {"team": follow.team.name if follow.team else ""}
    about = {"watchlist": str(follow.watchlist_id)} if follow.watchlist_id else {"case": follow.case}
    record("preferences.change", by=by, **who, **about, was=was, now=now)
    return True


def _keep(
    rows: QuerySet[Preference], user: User | None, follow: Follow | None, wanted: Mapping[str, Rhythm]
) -> None:
    """Make `rows` say what is wanted."""
    rows.exclude(kind__in=wanted).delete()
    kept = dict(rows.values_list("kind", "rhythm"))
    for kind, rhythm in wanted.items():
        if kept.get(kind) != rhythm:
            chosen = {"rhythm": rhythm, "chosen_at": clock.now()}
            Preference.objects.update_or_create(user=user, follow=follow, kind=kind, defaults=chosen)


# --- weekly -------------------------------------------------------------------------------------------------


def weekly_since() -> dict[int, datetime]:
    """Since when each person has wanted to be told of something weekly; the number of queries is fixed."""
    weekly = Preference.objects.filter(rhythm=Rhythm.WEEKLY).order_by()
    own = weekly.filter(user__isnull=False, follow=None)
    since = [*own.values_list("user", "chosen_at"), *_weekly_by_follow(weekly)]
    found: dict[int, datetime] = {}
    for user, at in since:
        found[user] = min(at, found.get(user, at))
    return found


def _weekly_by_follow(weekly: QuerySet[Preference]) -> Iterator[tuple[int, datetime]]:
    """People and since when a follow that reaches them tells them of something weekly."""
    rows = list(weekly.filter(follow__active=True).select_related("follow"))
    reached = people_reached([row.follow for row in rows if row.follow]) if rows else {}
    others = Preference.objects.filter(follow__in=list(reached), user__isnull=False)
    chose = set(others.values_list("user", "follow", "kind")) if rows else set()
    for row in rows:
        for user in reached[row.follow_id or 0]:
            by_team = row.user_id is None and (user, row.follow_id, row.kind) not in chose
            if by_team or row.user_id == user:
                yield user, row.chosen_at
