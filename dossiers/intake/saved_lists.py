"""Filters under a name: a person's own, or shown to everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Case, Q, QuerySet, Value, When

from dossiers.models import SavedList, User, record


class SavedListRefused(Exception):
    """Not done; `code` says why: "no_name", "not_yours", "too_many"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


MOST_OF_A_PERSON = 50


def visible_to(user: User) -> QuerySet[SavedList]:
    """The shared lists and the person's own."""
    return SavedList.objects.filter(Q(shared=True) | Q(owner=user)).order_by("name", "pk")


def of_rail(user: User) -> QuerySet[SavedList]:
    """What stands beside every page: the person's own lists first."""
    own = Case(When(owner=user, then=Value(0)), default=Value(1))
    return visible_to(user).order_by(own, "name", "pk").only("name", "owner")


@transaction.atomic
def save(*, by: User, name: str, query: Mapping[str, str], columns: Sequence[str], shared: bool) -> SavedList:
    """A new list of `by`."""
    if SavedList.objects.filter(owner=by).count() >= MOST_OF_A_PERSON:
        raise SavedListRefused("too_many")
    made = SavedList.objects.create(
        owner=by, name=_name(name), query=dict(query), columns=list(columns), shared=shared
    )
    record("saved_list.create", by=by, list=str(made.pk), name=made.name, query=made.query, shared=shared)
    return made


@transaction.atomic
def change(
    saved: SavedList, *, by: User, name: str, query: Mapping[str, str], columns: Sequence[str], shared: bool
) -> None:
    """What the list shows from now on, to whom, and its name."""
    _refuse_unless_owned(saved, by)
    old = {"name": saved.name, "query": saved.query, "columns": saved.columns, "shared": saved.shared}
    saved.name, saved.query, saved.columns, saved.shared = _name(name), dict(query), list(columns), shared
    saved.save()
    record("saved_list.change", by=by, list=str(saved.pk), name=saved.name, old=old)


@transaction.atomic
def delete(saved: SavedList, *, by: User) -> None:
    """The list goes, its cases stay; the audit line keeps what it was."""
    _refuse_unless_owned(saved, by)
    old = {"query": saved.query, "columns": saved.columns, "shared": saved.shared}
    record("saved_list.delete", by=by, list=str(saved.pk), name=saved.name, old=old)
    saved.delete()


def _name(name: str) -> str:
    tidy = " ".join(name.split())[:80]
    if not tidy:
        raise SavedListRefused("no_name")
    return tidy


def _refuse_unless_owned(saved: SavedList, by: User) -> None:
    if saved.owner_id != by.pk:
        raise SavedListRefused("not_yours")
