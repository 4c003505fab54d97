"""Lists of cases: who sees them, who may change them, and the changes themselves.

Adding a case to a shared list can only cause more mail, so everybody who sees the list may do it. Taking one
off may silence somebody, so that is for the list's owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from apiclient import numbers
from dossiers import reach
from dossiers.models import Case, User, Watchlist, WatchlistEntry, record

_MOST_WORDS = 500  # numbers looked up in one go


class WatchlistRefused(Exception):
    """What was asked for is not done; `code` says why: "not_yours", "followed", "no_name"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Lookup:
    """Cases of the docket that a text names, and the words that name none of them."""

    cases: tuple[Case, ...]
    unknown: tuple[str, ...]


def visible_to(user: User) -> QuerySet[Watchlist]:
    """The lists `user` may see: the shared ones and their own."""
    return Watchlist.objects.filter(Q(shared=True) | Q(owner=user))


def may_manage(watchlist: Watchlist, user: User) -> bool:
    """Whether `user` may rename or hide the list and take cases off it."""
    return watchlist.owner_id == user.pk


@transaction.atomic
def create(*, by: User, name: str, shared: bool = True) -> Watchlist:
    """A new, empty list of `by`; WatchlistRefused("no_name") without a name."""
    made = Watchlist.objects.create(name=_name(name), owner=by, shared=shared)
    record("watchlist.create", by=by, watchlist=str(made.pk), name=made.name, shared=shared)
    return made


def first_own(user: User) -> Watchlist | None:
    """The oldest list of `user`."""
    return Watchlist.objects.filter(owner=user).order_by("created_at", "pk").first()


@transaction.atomic
def change(watchlist: Watchlist, *, by: User, name: str, shared: bool) -> None:
    """Rename a list, share or hide it.

    WatchlistRefused("followed") if others follow a list that is to be hidden: they would go on getting mail
    about a list they cannot see.
    """
    _refuse_unless_managed(watchlist, by)
    followed = watchlist.follows.filter(active=True).exclude(user=watchlist.owner).exists()
    if not shared and followed:
        raise WatchlistRefused("followed")
    before = {"name": watchlist.name, "shared": watchlist.shared}
    watchlist.name, watchlist.shared = _name(name), shared
    watchlist.save(update_fields=["name", "shared"])
    record(
        "watchlist.change",
        by=by,
        watchlist=str(watchlist.pk),
        old=before,
        new={"name": watchlist.name, "shared": shared},
    )


@transaction.atomic
def add_cases(watchlist: Watchlist, cases: Iterable[Case], *, by: User) -> int:
    """Put cases on a list; how many were not on it before.

    WatchlistRefused("not_yours") if `by` cannot see the list.
    """
    if not watchlist.shared:
        _refuse_unless_managed(watchlist, by)
    given = {case.pk: case for case in cases}
    already = set(watchlist.entries.filter(case__in=given).values_list("case_id", flat=True))
    new = [case for pk, case in given.items() if pk not in already]
    WatchlistEntry.objects.bulk_create(
        [WatchlistEntry(watchlist=watchlist, case=case, added_by=by) for case in new], ignore_conflicts=True
    )
    for case in new:
        record("watchlist.add_case", by=by, case=case, watchlist=str(watchlist.pk), name=watchlist.name)
    return len(new)


@transaction.atomic
def remove_case(watchlist: Watchlist, case: Case, *, by: User) -> bool:
    """Take a case off a list; False if it was not on it. The case itself and its history stay."""
    _refuse_unless_managed(watchlist, by)
    removed, _ = watchlist.entries.filter(case=case).delete()
    if removed:
        record("watchlist.remove_case", by=by, case=case, watchlist=str(watchlist.pk), name=watchlist.name)
    return bool(removed)


def find_cases(text: str, *, by: User) -> Lookup:
    """The cases within reach of `by` that `text` names, by number of any style or own reference, some a line.

    A number that does not say its law names the cases of all laws.
    """
    words = [word for line in text.splitlines() for word in _words(line)][:_MOST_WORDS]
    named = cases_by_word(words, by=by)
    found = {case.pk: case for cases in named.values() for case in cases}
    return Lookup(tuple(found.values()), tuple(word for word, cases in named.items() if not cases))


def cases_by_word(words: Iterable[str], *, by: User) -> dict[str, list[Case]]:
    """The cases within reach of `by` that each word names, in one query; a word that names none has none."""
    wanted = {word: _keys(word) for word in words}
    keys = {key for word_keys in wanted.values() for key in word_keys}
    by_key: dict[tuple[str, str], list[Case]] = {}
    for case in _named(keys).filter(reach.shown_to(by)):
        for key in _names_of(case) & keys:
            by_key.setdefault(key, []).append(case)
    return {
        word: list(
            {case.pk: case for key in own for case in by_key.get(key, ()) if _law_fits(word, case)}.values()
        )
        for word, own in wanted.items()
    }


def _words(line: str) -> list[str]:
    """The numbers in a line; a line without any is taken whole, as an own reference."""
    found = [line[one.start : one.end] for one in numbers.find(line)]
    return found or ([line.strip()] if line.strip() else [])


def _keys(word: str) -> list[tuple[str, str]]:
    return [(reading.kind, reading.canonical) for reading in numbers.parse(word)] + [("own", word)]


def _names_of(case: Case) -> set[tuple[str, str]]:
    return {
        ("application", case.application_number),
        ("registration", case.registration_number),
        ("publication", case.publication_number),
        ("national_publication", case.publication_number),
        ("pct_application", case.international_application_number),
        ("own", case.own_reference),
    }


def _named(keys: set[tuple[str, str]]) -> QuerySet[Case]:
    def of(kind: str) -> list[str]:
        return [value for key, value in keys if key == kind and value]

    return Case.objects.filter(
        Q(application_number__in=of("application"))
        | Q(registration_number__in=of("registration"))
        | Q(publication_number__in=[*of("publication"), *of("national_publication")])
        | Q(international_application_number__in=of("pct_application"))
        | Q(own_reference__in=of("own"))
    )


def _law_fits(word: str, case: Case) -> bool:
    laws = {reading.law for reading in numbers.parse(word)} or {None}
    return None in laws or case.law in laws or case.own_reference == word


def _name(name: str) -> str:
    tidy = " ".join(name.split())[:80]
    if not tidy:
        raise WatchlistRefused("no_name")
    return tidy


def _refuse_unless_managed(watchlist: Watchlist, by: User) -> None:
    if not may_manage(watchlist, by):
        raise WatchlistRefused("not_yours")
