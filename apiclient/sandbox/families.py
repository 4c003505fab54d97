"""Patent families over five offices: an invented case in Japan and its counterparts abroad.

A family is the divisional family of a case in Japan and, for part of the cases, one application each at some
of the offices of the US, Europe, China and Korea. Every number abroad ends in the six figures of the case's
place in the world, so that any member's number leads back to the same family. Numbers are DOCDB forms with
dots: US year and 8 digits, EP 8 digits, CN 12, KR year and 7, JP year and 6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from apiclient.sandbox.days import add_months
from apiclient.sandbox.world import Case, Sight

ABROAD = ("US", "EP", "CN", "KR")
_LARGEST_PLACE = 10**6
_CHANCES = {"resident": 0.35, "overseas": 0.85, "international": 0.95}


@dataclass(frozen=True, slots=True)
class Dated:
    number: str
    on: date


@dataclass(frozen=True, slots=True)
class Member:
    """One application with what came of it. `sight` is the case in Japan, None for a member abroad."""

    office: str
    application: Dated
    publications: tuple[Dated, ...]
    registrations: tuple[Dated, ...]
    sight: Sight | None = None

    def seen(self, today: date) -> Member | None:
        """What is public of it before `today`; abroad nothing is before the first publication."""
        published = tuple(one for one in self.publications if one.on < today)
        granted = tuple(one for one in self.registrations if one.on < today)
        if self.sight is None and not published + granted:
            return None
        return Member(self.office, self.application, published, granted, self.sight)

    def bears(self, kind: str, docdb: str) -> bool:
        """Whether `docdb` is one of its numbers; B1 and B2 are not told apart, few know them."""
        numbers = (self.application,) if kind == "application" else self.publications + self.registrations
        return _plain(docdb) in [_plain(one.number) for one in numbers]


def _plain(docdb: str) -> str:
    country, number, kind = docdb.split(".")
    return f"{country.upper()}.{number.upper()}.{kind[0].upper()}"


def place_of(docdb: str) -> int | None:
    """The place in the world that a number abroad tells of."""
    figures = docdb.split(".")[1][-6:]
    return int(figures) if len(figures) == 6 and figures.isascii() and figures.isdigit() else None


def members_abroad(seed: int, head: Case) -> tuple[Member, ...]:
    """The counterparts of the first parent of a family, with their whole future."""
    rng = Random(f"{seed}/patent/{head.number}/family")
    kind = "international" if head.international else "overseas" if head.overseas else "resident"
    if head.slot >= _LARGEST_PLACE or rng.random() > _CHANCES[kind]:
        return ()
    offices = rng.sample(ABROAD, rng.choice((1, 2, 2, 3, 4)))
    return tuple(_abroad(rng, head, office) for office in ABROAD if office in offices)


def _earliest(head: Case) -> date:
    claimed = [head.priority[1]] if head.priority else []
    return min([head.filed_on, *claimed, *(one.on for one in head.national_priorities)])


def _abroad(rng: Random, head: Case, office: str) -> Member:
    """Filed within twelve months of the earliest date, or with the international application."""
    earliest = _earliest(head)
    filed = earliest + timedelta(days=rng.randrange(200, 364))
    if head.international:
        filed = head.international.filed_on
    # A national phase is published again by its office, a good year later than others.
    published = add_months(earliest, 32 if head.international else 18) + timedelta(days=rng.randrange(1, 15))
    granted = add_months(filed, rng.randrange(30, 60)) if rng.random() < 0.6 else None
    if granted and granted <= published:
        granted = published + timedelta(days=200)
    application, publication, grant = _numbers(office, head.slot, filed, published)
    return Member(
        office,
        Dated(application, filed),
        (Dated(publication, published),),
        (Dated(grant, granted),) if granted else (),
    )


def _numbers(office: str, place: int, filed: date, published: date) -> tuple[str, str, str]:
    """Application, publication and grant."""
    series = 14 + max(0, (filed.year - 2014) // 2)  # the US begins a new series every two years or so
    forms: dict[str, Callable[[], tuple[str, str, str]]] = {
        "US": lambda: (
            f"US.{filed.year}{series % 100:02d}{place:06d}.A",
            f"US.{published.year}{place:06d}.A1",
            f"US.12{place:06d}.B2",
        ),
        "EP": lambda: (f"EP.{filed:%y}{place:06d}.A", f"EP.4{place:06d}.A1", f"EP.4{place:06d}.B1"),
        "CN": lambda: (f"CN.{filed.year}10{place:06d}.A", f"CN.112{place:06d}.A", f"CN.112{place:06d}.B"),
        "KR": lambda: (
            f"KR.{filed.year}7{place:06d}.A",
            f"KR.{published.year}0{place:06d}.A",
            f"KR.102{place:06d}.B1",
        ),
    }
    return forms[office]()


def member_in_japan(sight: Sight) -> Member:
    case, publications = sight.case, []
    abroad = case.international
    if abroad and not case.overseas and case.life.published_on:
        # Filed abroad in Japanese, it is published again under its international number.
        publications.append(Dated(f"JP.{abroad.publication_number}.A1", case.life.published_on))
    elif case.publication_number and case.life.published_on:
        publications.append(Dated(f"JP.{case.publication_number}.A", case.life.published_on))
    right = case.life.right
    kind = "B2" if publications else "B1"
    grant = (Dated(f"JP.{case.registration_number}.{kind}", right.registered_on),) if right else ()
    return Member("JP", Dated(f"JP.{case.number}.A", case.filed_on), tuple(publications), grant, sight)
