"""How soon, and on which ways, people want to be told of each kind of event.

Everybody has the usual rhythms, may choose others for all they are told of, and others again for a single
follow. Where several reasons lead to one person, the soonest holds. Whatever is chosen, the inbox has it; and
of what may cost a right the person in charge is told in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from dossiers import clock
from dossiers.models import EventKind, Follow, News, Preference, Rhythm, User, record

MAIL = "mail"

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


@dataclass(frozen=True)
class Choice:
    rhythm: Rhythm
    ways: frozenset[str] = frozenset({MAIL})  # beside the inbox


class Choices:
    """What these people have chosen; read once, by one query."""

    def __init__(self, users: Collection[int]) -> None:
        self._own: dict[tuple[int, str], Choice] = {}
        self._of_follow: dict[tuple[int, str], Choice] = {}
        for row in Preference.objects.filter(user__in=users):
            choice = Choice(Rhythm(row.rhythm), frozenset(row.ways))
            if row.follow_id:
                self._of_follow[row.follow_id, row.kind] = choice
            else:
                self._own[row.user_id, row.kind] = choice

    def of(
        self, user: int, kind: EventKind, follows: Iterable[Follow] = (), *, in_charge: bool = False
    ) -> Choice:
        """How this person is told of such an event of a case, for these reasons."""
        general = self._own.get((user, kind), Choice(USUAL[kind]))
        found = [self._of_follow.get((row.pk, kind), general) for row in follows]
        if in_charge:
            silent = kind in OWED and general.rhythm == Rhythm.NEVER
            found.append(Choice(USUAL[kind]) if silent else general)
        return min(found, key=lambda choice: _SOONEST_FIRST.index(choice.rhythm), default=general)

    def any_of(self, *kinds: str) -> bool:
        """Whether anybody has chosen anything for these kinds."""
        return any(kind in kinds for _, kind in (*self._own, *self._of_follow))


# --- choosing -----------------------------------------------------------------------------------------------


def own(user: User) -> dict[str, Rhythm]:
    """What holds for all that a person is told of, by kind."""
    choices = Choices([user.pk])
    return {kind: choices.of(user.pk, kind).rhythm for kind in EventKind}


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


@transaction.atomic
def choose_for(follow: Follow, chosen: Mapping[str, str], *, by: User) -> bool:
    """Keep what a person wants of one follow alone; a kind that is left out, or "", is as for all others."""
    user = User.objects.select_for_update().get(pk=follow.user_id)
    rows = Preference.objects.filter(follow=follow)
    was = dict(rows.values_list("kind", "rhythm"))
    now = {kind: Rhythm(chosen[kind]) for kind in EventKind if chosen.get(kind)}
    if now == was:
        return False
    _keep(rows, user, follow, now)
    about = {"watchlist": str(follow.watchlist_id)} if follow.watchlist_id else {"case": follow.case}
    record("preferences.change", by=by, user=user.pk, **about, was=was, now=now)
    return True


def _keep(
    rows: QuerySet[Preference], user: User, follow: Follow | None, wanted: Mapping[str, Rhythm]
) -> None:
    """Make `rows` say what is wanted; the ways of a kind that stays are kept."""
    rows.exclude(kind__in=wanted).delete()
    kept = dict(rows.values_list("kind", "rhythm"))
    for kind, rhythm in wanted.items():
        if kept.get(kind) != rhythm:
            chosen = {"rhythm": rhythm, "chosen_at": clock.now()}
            Preference.objects.update_or_create(user=user, follow=follow, kind=kind, defaults=chosen)


def follows_with_reminders() -> set[int]:
    """Follows for which somebody has chosen how to be told of time limits, and not to hear nothing."""
    kinds = (EventKind.LIMIT_DUE, EventKind.LIMIT_OVERDUE)
    rows = Preference.objects.filter(follow__active=True, kind__in=kinds).exclude(rhythm=Rhythm.NEVER)
    return set(rows.values_list("follow_id", flat=True))


def weekly_since() -> dict[int, datetime]:
    """Since when each person has wanted to be told of something weekly."""
    rows = Preference.objects.filter(Q(follow=None) | Q(follow__active=True), rhythm=Rhythm.WEEKLY)
    return dict(rows.order_by().values_list("user").annotate(Min("chosen_at")))
