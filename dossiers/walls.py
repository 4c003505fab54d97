"""Walls: who is inside, which cases are behind, and that never a case is behind one where nobody can be told.

What a wall means for those outside is decided in `dossiers.reach` alone. Administrators make walls and let
people in; only somebody inside puts a case behind a wall or takes it out again.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from dossiers import clock, reach
from dossiers.models import Case, Insider, User, Wall, record


class WallRefused(Exception):
    """What was asked for is not done; `code` says why: "no_name", "name_taken", "nobody", "past_day",
    "last_inside", "has_cases", "not_inside", "owner_outside", "deputy_outside", "nobody_reachable"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- who is inside ----------------------------------------------------------------------------------------


def reachable() -> QuerySet[Insider]:
    """Those inside any wall today whom mail reaches."""
    mailed = {"user__is_active": True, "user__mail_on": True, "user__address_off_at": None}
    return reach.standing().filter(**mailed).exclude(user__email="")


def without_anybody() -> QuerySet[Wall]:
    """Walls with cases behind them inside of which nobody can be told of anything: their tasks are unseen."""
    inside = reachable().filter(wall=OuterRef("pk"))
    behind = Case.objects.filter(wall=OuterRef("pk"))
    return Wall.objects.filter(Exists(behind), ~Exists(inside))


def of_person(user: User) -> QuerySet[Wall]:
    """The walls that a person is inside of today."""
    return Wall.objects.filter(pk__in=reach.standing().filter(user=user.pk).values("wall"))


def is_inside(user: User, wall: Wall) -> bool:
    return of_person(user).filter(pk=wall.pk).exists()


# --- administrators' part ---------------------------------------------------------------------------------


@transaction.atomic
def make(*, by: User, name: str, reason: str, first: User | None) -> Wall:
    """A new wall with somebody inside. WallRefused("no_name"), ("name_taken"), ("nobody")."""
    name = _name(name)
    if first is None or not first.is_active:
        raise WallRefused("nobody")
    wall = Wall.objects.create(name=name, reason=_line(reason, 500), made_by=by)
    record("wall.make", by=by, wall=wall.pk, new=name)
    let_in(wall, first, by=by)
    return wall


@transaction.atomic
def rename(wall: Wall, *, by: User, name: str, reason: str) -> None:
    old = {"name": wall.name, "reason": wall.reason}
    wall.name, wall.reason = _name(name, wall), _line(reason, 500)
    new = {"name": wall.name, "reason": wall.reason}
    if new != old:
        wall.save(update_fields=["name", "reason"])
        record("wall.rename", by=by, wall=wall.pk, old=old, new=new)


@transaction.atomic
def let_in(wall: Wall, user: User, *, by: User, until: date | None = None) -> Insider:
    """Let a person in, to the end of a day or for good; again with another day changes it.

    WallRefused("past_day") for a day that is over, ("last_inside") where nobody would be left for good.
    """
    if until is not None and until < clock.office_today():
        raise WallRefused("past_day")
    Wall.objects.select_for_update().get(pk=wall.pk)
    before = Insider.objects.filter(wall=wall, user=user).first()
    if until is not None and before and before.until is None:
        _refuse_to_empty(wall, user)
    made, _new = Insider.objects.update_or_create(
        wall=wall, user=user, defaults={"until": until, "let_in_by": by, "let_in_at": clock.now()}
    )
    if before is None or before.until != until:
        old = str(before.until or "") if before else None
        record(
            "wall.let_in", by=by, wall=wall.pk, name=wall.name, user=user.pk, old=old, new=str(until or "")
        )
    return made


@transaction.atomic
def let_out(wall: Wall, user: User, *, by: User) -> None:
    """From now on the person is outside. WallRefused("last_inside") where cases would be left to nobody."""
    Wall.objects.select_for_update().get(pk=wall.pk)
    _refuse_to_empty(wall, user)
    gone, _tables = Insider.objects.filter(wall=wall, user=user).delete()
    if gone:
        record("wall.let_out", by=by, wall=wall.pk, name=wall.name, user=user.pk)


@transaction.atomic
def remove(wall: Wall, *, by: User) -> None:
    """Take a wall down behind which there is nothing. WallRefused("has_cases")."""
    Wall.objects.select_for_update().get(pk=wall.pk)
    if wall.cases.exists():
        raise WallRefused("has_cases")
    record("wall.remove", by=by, wall=wall.pk, old=wall.name)
    wall.delete()


def _refuse_to_empty(wall: Wall, user: User) -> None:
    for_good = reachable().filter(wall=wall, until=None).exclude(user=user)
    if wall.cases.exists() and not for_good.exists():
        raise WallRefused("last_inside")


def _name(name: str, wall: Wall | None = None) -> str:
    tidy = _line(name, 100)
    if not tidy:
        raise WallRefused("no_name")
    if Wall.objects.filter(name=tidy).exclude(pk=wall.pk if wall else None).exists():
        raise WallRefused("name_taken")
    return tidy


def _line(text: str, longest: int) -> str:
    return " ".join(text.replace("\0", "").split())[:longest]


# --- insiders' part ---------------------------------------------------------------------------------------


@transaction.atomic
def put_behind(case: Case, wall: Wall | None, *, by: User) -> bool:
    """Put a case behind a wall, or with None take it out; whether that changed anything.

    WallRefused("not_inside") unless `by` is inside the one wall and sees the case, ("owner_outside") and
    ("deputy_outside") while the case is in the charge of somebody outside, ("nobody_reachable").
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("wall").get(pk=case.pk)
    if case.wall_id == (wall.pk if wall else None):
        return False
    if why := why_not(case, wall, by=by):
        raise WallRefused(why)
    old, case.wall = case.wall, wall
    case.save(update_fields=["wall"])
    record("case.wall", by=by, case=case, old=str(old or ""), new=str(wall or ""))
    return True


def why_not(case: Case, wall: Wall | None, *, by: User) -> str:
    """Why a case cannot be put behind a wall by this person, as a code of `WallRefused`; "" where it can."""
    if not reach.may_see(by, case) or (wall and not is_inside(by, wall)):
        return "not_inside"
    if wall is None:
        return ""
    inside = set(reach.standing().filter(wall=wall).values_list("user", flat=True))
    if case.owner_id and case.owner_id not in inside:
        return "owner_outside"
    if case.deputy_id and case.deputy_id not in inside:
        return "deputy_outside"
    return "" if reachable().filter(wall=wall).exists() else "nobody_reachable"


def outsiders(case: Case, people: dict[str, User | None]) -> list[str]:
    """Of fields with the person to be put there those who do not see the case: they cannot answer for it."""
    if case.wall_id is None:
        return []
    inside = set(reach.standing().filter(wall=case.wall_id).values_list("user", flat=True))
    return [field for field, person in people.items() if person and person.pk not in inside]
