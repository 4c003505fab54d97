"""People who have an account: their role and teams, switching them off and on again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from dossiers import clock, walls
from dossiers.alerts import left_mail
from dossiers.intake import bulk
from dossiers.models import BulkChange, Case, Role, User, Wall, record
from dossiers.reach import shown_to

from . import factors, sessions


class MemberRefused(Exception):
    """Nothing was changed; `code` says why: "last_administrator", "no_client", "yourself", "nobody"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Member:
    """A person in the list: `factors` are the kinds of second factor they have, of `Authenticator.Type`."""

    user: User
    seen_at: datetime | None
    factors: frozenset[str]
    needs_factor: bool
    sso: bool


def members() -> list[Member]:
    """Everybody with an account, those who work first."""
    people = User.objects.prefetch_related("groups", "socialaccount_set")
    seen = dict(UserSession.objects.values_list("user").annotate(Max("last_seen_at")).order_by())
    kinds: dict[int, set[str]] = {}
    for user, kind in Authenticator.objects.values_list("user", "type"):
        kinds.setdefault(user, set()).add(kind)
    roles = factors.roles_in_need()
    return [
        Member(
            one,
            max(filter(None, (seen.get(one.pk), one.last_login)), default=None),
            frozenset(kinds.get(one.pk, ())),
            one.role in roles,
            bool(one.socialaccount_set.all()),
        )
        for one in people.order_by("-is_active", "display_name", "username")
    ]


def change(person: User, *, by: User, role: str, client: str, teams: Collection[Group]) -> bool:
    """Another role, client or teams; whether anything changed. With another role their sessions end.

    MemberRefused("last_administrator" | "no_client").
    """
    if role == Role.CLIENT and not client.strip():
        raise MemberRefused("no_client")
    with transaction.atomic():
        held = _held(person)
        if held.role == Role.ADMINISTRATOR != role:
            _another_administrator(held)
        old = _told(held)
        held.role, held.client = role, client.strip() if role == Role.CLIENT else ""
        held.save(update_fields=["role", "client"])
        held.groups.set(teams)
        new = _told(held)
        if new == old:
            return False
        record("people.change", by=by, person=held.pk, old=old, new=new)
        if new["role"] != old["role"] and held.pk != by.pk:
            sessions.end_all(held, by=by)
    return True


def switch_off(person: User, *, by: User) -> None:
    """They can do nothing any more from this moment on. MemberRefused("last_administrator" | "yourself")."""
    if person.pk == by.pk:
        raise MemberRefused("yourself")
    with transaction.atomic():
        held = _held(person)
        if held.role == Role.ADMINISTRATOR:
            _another_administrator(held)
        held.is_active = False
        held.save(update_fields=["is_active"])
        record("people.off", by=by, person=held.pk, old={"active": True}, new={"active": False})
        sessions.end_all(held, by=by)
        left_mail.order(held, list(_holding(held)), clock.now())


def switch_on(person: User, *, by: User) -> None:
    with transaction.atomic():
        held = _held(person)
        held.is_active = True
        held.save(update_fields=["is_active"])
        record("people.on", by=by, person=held.pk, old={"active": False}, new={"active": True})


def forget_factors(person: User, *, by: User) -> int:
    """Take the second factors off an account whose owner has lost them; how many there were."""
    with transaction.atomic():
        held = _held(person)
        rows = list(Authenticator.objects.filter(user=held))
        for one in rows:
            one.delete()
        if rows:
            record("people.factors_forget", by=by, person=held.pk, old={"factors": [r.type for r in rows]})
            sessions.end_all(held, by=by)
    return len(rows)


def cases_of(person: User, reader: User) -> list[int]:
    """Keys of the cases in the person's charge that the reader may know of."""
    rows = Case.objects.filter(shown_to(reader), owner=person)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def walls_beyond(person: User, *people: User) -> list[Wall]:
    """Walls behind which the person is in charge of cases and outside of which one of these people stands."""
    both = Wall.objects.all()
    for one in people:
        both = both.filter(pk__in=walls.of_person(one).values("pk"))
    return list(_holding(person).exclude(pk__in=both.values("pk")))


def _holding(person: User) -> QuerySet[Wall]:
    behind = Case.objects.filter(owner=person, wall=OuterRef("pk"))
    return Wall.objects.filter(Exists(behind)).order_by("name")


@dataclass(frozen=True)
class HandedOver:
    """`change` is None where the reader sees none of the cases. Behind the walls `left` cases stay with the
    person, of which those inside are told; of `unheard` nobody else inside can be told."""

    change: BulkChange | None
    left: list[Wall]
    unheard: list[Wall]


def hand_over(person: User, to: User, *, by: User) -> HandedOver:
    """Put somebody else in charge of all these cases, as one act that can be taken back.

    Only somebody inside a wall hands over what is behind it, and only to somebody inside.
    MemberRefused("nobody") when `to` does not work here; bulk.BulkRefused as of any act on many cases.
    """
    if not to.is_active or to.pk == person.pk:
        raise MemberRefused("nobody")
    left, keys = walls_beyond(person, by, to), cases_of(person, by)
    change = bulk.change_cases(BulkChange.Act.OWNER, str(to.pk), keys, by=by) if keys or not left else None
    with transaction.atomic():
        unheard = left_mail.order(person, left, clock.now())
        if left:
            told = [wall.name for wall in left]
            record("people.cases_left", by=by, person=person.pk, to=to.pk, walls=told)
    return HandedOver(change, left, unheard)


def _held(person: User) -> User:
    return User.objects.select_for_update().get(pk=person.pk)


def _another_administrator(leaving: User) -> None:
    """MemberRefused when nobody would be left to administer; all are locked: two cannot go at once."""
    rows = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    if not any(one.pk != leaving.pk for one in rows):
        raise MemberRefused("last_administrator")


def _told(person: User) -> dict[str, object]:
    teams = sorted(person.groups.values_list("name", flat=True))
    return {"role": str(person.role), "client": person.client, "teams": teams}
