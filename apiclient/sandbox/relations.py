"""Patent cases that come from other applications: divided ones, national phases, national priorities.

They stand beside the world's ordinary cases, under numbers those never have, and are as little stored: a
number tells of itself whether it exists and from what it comes. No ordinary case changes by their being
there; an ordinary patent that was divided merely shows its family. One place in eight of a filing year has
relatives.

Application numbers are the filing year and a serial: 350000… claims a national priority, 400000… was divided,
500001… is a national phase (of these the office's own serials begin with 5, too). Publication serials from
900100 and registration numbers from 8000000 are theirs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from apiclient.sandbox.days import add_months, on_or_after, on_or_before
from apiclient.sandbox.life import Act, Origin, live
from apiclient.sandbox.world import (
    FIRST_YEAR,
    Case,
    International,
    NationalPriority,
    World,
    applicants_of,
    attorneys_of,
    priority_of,
    title_of,
)

NATIONAL_PRIORITY, DIVISIONAL, NATIONAL_PHASE = 350_000, 400_000, 500_001
ENTERED_AFTER_MONTHS = 18  # after the international filing, that is 30 after the priority (PCT 22)
_PUBLICATIONS, _REGISTRATIONS, _DIVIDED_REGISTRATIONS = 900_100, 8_000_000, 8_500_000
_SLOTS, _DIVIDED_SLOTS = 500_000, 1_000_000
KINDS = ("pct", "national_priority", "divisional")
_EVERY, _PLACE = 8, 3
_MOST_PLACES = 2_400  # of a year, so that every number keeps to its range
_DIVIDED = 2  # at most so many divided from one family
_WITHIN_YEARS = 5
_INTERNATIONAL_SERIAL = 900_001
_FOREIGN_OFFICES = ("US", "EP", "KR", "CN", "IB")


class Relations:
    """The related cases of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._places = min(_MOST_PLACES, max(1, world.per_busy_year("patent") // _EVERY))
        self.case = lru_cache(maxsize=5_000)(self._case)
        self._of_head = lru_cache(maxsize=5_000)(self._divided_from)

    # Finding

    def named(self, law: str, kind: str, number: str) -> Case | None:
        """The case of a number of a law, ordinary or related, or None.

        `kind` is application, registration, publication (of patents alone), or international_application or
        international_publication for a national phase.
        """
        if kind.startswith("international_"):
            return self.by_international(kind, number) if law == "patent" else None
        if not (number.isascii() and number.isdigit()):
            return None
        if kind == "application":
            return (self.case(number) if law == "patent" else None) or self._world.case(law, number)
        if kind == "registration":
            related = self.by_registration(number) if law == "patent" else None
            return related or self._world.by_registration(law, number)
        if kind == "publication" and law == "patent" and len(number) == 10:
            return self.by_publication(number) or self._world.by_publication(number)
        return None

    def at_place(self, place: int) -> Case | None:
        """The first parent of the family that has this place in the world."""
        return self.by_slot(place) or self._world.by_slot("patent", place)

    def _case(self, number: str) -> Case | None:
        """The related case of an application number; None for ordinary cases and unknown ones."""
        if len(number) != 10 or not (number.isascii() and number.isdigit()):
            return None
        year, serial = int(number[:4]), int(number[4:])
        if not FIRST_YEAR <= year < FIRST_YEAR + 60:
            return None
        if 0 <= serial - NATIONAL_PHASE < self._places:
            return self._entered(year, serial - NATIONAL_PHASE)
        if 0 <= serial - NATIONAL_PRIORITY < self._places:
            return self._with_national_priority(year, serial - NATIONAL_PRIORITY)
        if 0 <= serial - DIVISIONAL < self._places * _DIVIDED * _WITHIN_YEARS:
            return self._divided(number, year, serial - DIVISIONAL)
        return None

    def head(self, case: Case) -> Case:
        """The first parent of a case, itself unless it was divided from another."""
        while case.parent:
            case = self.any_case(case.parent) or case
        return case

    def any_case(self, number: str) -> Case | None:
        return self._world.case("patent", number) or self.case(number)

    def divisional_family(self, case: Case) -> tuple[Case, ...]:
        """The first parent and all that was divided from it, oldest first; () without relatives."""
        if case.law != "patent":
            return ()
        head = self.head(case)
        divided = self._of_head(head)
        return (head, *divided) if divided else ()

    def by_publication(self, number: str) -> Case | None:
        """By a Gregorian publication number of ten digits."""
        serial, lag = divmod(int(number[4:]) - _PUBLICATIONS, 3)
        if serial < 0:
            return None
        year = int(number[:4]) - lag
        kinds = _DIVIDED * _WITHIN_YEARS
        if serial < self._places * kinds:
            found = self.case(f"{year}{DIVISIONAL + serial:06d}")
        elif serial < self._places * (kinds + 1):
            found = self.case(f"{year}{NATIONAL_PRIORITY + serial - self._places * kinds:06d}")
        else:
            found = self.case(f"{year}{NATIONAL_PHASE + serial - self._places * (kinds + 1):06d}")
        return found if found and found.publication_number == number else None

    def by_registration(self, number: str) -> Case | None:
        return self.by_slot(
            int(number) - _DIVIDED_REGISTRATIONS + _DIVIDED_SLOTS
            if int(number) >= _DIVIDED_REGISTRATIONS
            else int(number) - _REGISTRATIONS + _SLOTS
        )

    def by_slot(self, slot: int) -> Case | None:
        """By the place among the related cases, which all start above those of ordinary ones."""
        if slot >= _DIVIDED_SLOTS:
            years, place = divmod(slot - _DIVIDED_SLOTS, self._places * _DIVIDED * _WITHIN_YEARS)
            return self.case(f"{FIRST_YEAR + years}{DIVISIONAL + place:06d}")
        if slot < _SLOTS:
            return None
        years, place = divmod(slot - _SLOTS, self._places * 2)
        kind, place = divmod(place, self._places)
        serial = (NATIONAL_PRIORITY if kind else NATIONAL_PHASE) + place
        return self.case(f"{FIRST_YEAR + years}{serial:06d}")

    def by_international(self, kind: str, number: str) -> Case | None:
        """The national phase of an international application ("JP2019011858") or publication ("WO…")."""
        if not (number[2:].isascii() and number[2:].isdigit()):
            return None
        year, place = int(number[2:6]), int(number[6:]) - _INTERNATIONAL_SERIAL
        for entered in (year + 1, year + 2):
            case = self.case(f"{entered}{NATIONAL_PHASE + place:06d}") if place >= 0 else None
            if case and case.international:
                known = {
                    "international_application": case.international.application_number,
                    "international_publication": case.international.publication_number,
                }
                if known[kind] == number:
                    return case
        return None

    def numbers(self, kind: str, last_year: int) -> Iterator[str]:
        """Application numbers of one of KINDS, given out or not, newest year first."""
        serials = {
            "pct": range(NATIONAL_PHASE, NATIONAL_PHASE + self._places),
            "national_priority": range(NATIONAL_PRIORITY, NATIONAL_PRIORITY + self._places),
            "divisional": range(DIVISIONAL, DIVISIONAL + self._places * _DIVIDED * _WITHIN_YEARS),
        }[kind]
        for year in range(last_year, FIRST_YEAR - 1, -1):
            for serial in serials:
                yield f"{year}{serial:06d}"

    # Composing

    def _random(self, number: str, purpose: str) -> Random:
        return Random(f"{self._world.seed}/patent/{number}/{purpose}")

    def _day(self, year: int, place: int) -> date:
        return max(
            on_or_before(date(year, 1, 8) + timedelta(days=place * 350 // self._places)), date(year, 1, 4)
        )

    def _entered(self, year: int, place: int) -> Case:
        number = f"{year}{NATIONAL_PHASE + place:06d}"
        rng = self._random(number, "words")
        overseas = rng.random() < 0.7
        entered = self._day(year, place)
        filed = add_months(entered, -ENTERED_AFTER_MONTHS)
        claimed = add_months(filed, -12) + timedelta(days=rng.randrange(1, 20))
        office = rng.choice(_FOREIGN_OFFICES) if overseas else "JP"
        international = International(
            f"{office}{filed.year}{_INTERNATIONAL_SERIAL + place:06d}",
            filed,
            f"WO{year - 1}{_INTERNATIONAL_SERIAL + place:06d}",
            add_months(filed, 6),
        )
        origin = Origin("patent", number, entered, claimed if overseas else None, overseas, filed, True)
        kinds = _DIVIDED * _WITHIN_YEARS
        case = self._composed(
            rng,
            origin,
            _SLOTS + (year - FIRST_YEAR) * self._places * 2 + place,
            _PUBLICATIONS + 3 * (self._places * (kinds + 1) + place),
        )
        return replace(case, filed_on=filed, entered_on=entered, international=international)

    def _with_national_priority(self, year: int, place: int) -> Case:
        number = f"{year}{NATIONAL_PRIORITY + place:06d}"
        rng = self._random(number, "words")
        filed = self._day(year, place)
        days = sorted(filed - timedelta(days=rng.randrange(90, 364)) for _ in range(rng.choice((1, 1, 2))))
        # The earlier applications count as withdrawn before they are published (Patent Act 42): no case.
        claims = tuple(
            NationalPriority("1", f"{day.year}{NATIONAL_PRIORITY - 1 - place * 2 - n:06d}", day)
            for n, day in enumerate(days)
        )
        kinds = _DIVIDED * _WITHIN_YEARS
        case = self._composed(
            rng,
            Origin("patent", number, filed, days[0], overseas=False),
            _SLOTS + (year - FIRST_YEAR) * self._places * 2 + self._places + place,
            _PUBLICATIONS + 3 * (self._places * kinds + place),
        )
        return replace(case, priority=None, national_priorities=claims)

    def _composed(self, rng: Random, origin: Origin, slot: int, publication_serial: int) -> Case:
        return Case(
            "patent",
            origin.number,
            slot,
            origin.filed_on,
            title_of(rng, "patent")[0],
            applicants_of(rng, origin.overseas),
            attorneys_of(rng, origin.overseas),
            origin.overseas,
            priority_of(rng, origin.priority_on),
            claims=rng.randrange(2, 19),
            design_class="",
            sounds=(),
            vienna_classes=(),
            goods=(),
            registration_number=f"{_REGISTRATIONS + slot - _SLOTS:07d}",
            life=live(origin, self._random(origin.number, "life")),
            publication_serial=publication_serial,
        )

    # Dividing

    def _divided(self, number: str, year: int, place: int) -> Case | None:
        years, place = divmod(place % (self._places * _WITHIN_YEARS), self._places)
        position = place * _EVERY + _PLACE
        if year - years < FIRST_YEAR or position >= self._world.per_year("patent", year - years):
            return None
        head = self._world.case("patent", self._world.number("patent", year - years, position))
        divided = self._of_head(head) if head else ()
        return next((case for case in divided if case.number == number), None)

    def _divided_from(self, head: Case) -> tuple[Case, ...]:
        """What was divided from an ordinary case: one, or two of which the second may be of its child."""
        year, position = int(head.number[:4]), self._position(head)
        if position is None:
            return ()
        rng = self._random(head.number, "division")
        if rng.random() < 0.2:
            return ()
        first = self._child(head, head, 0, year, position)
        if first is None or rng.random() < 0.4:
            return (first,) if first else ()
        parent, other = (first, head) if rng.random() < 0.6 else (head, first)
        second = self._child(head, parent, 1, year, position) or self._child(head, other, 1, year, position)
        return (first, second) if second else (first,)

    def _position(self, head: Case) -> int | None:
        """The place among the divided of its year, None for a case of which nothing may be divided."""
        if head.slot >= _SLOTS:
            return None
        first = self._world.slot("patent", int(head.number[:4]), 0)
        place, rest = divmod(head.slot - first - _PLACE, _EVERY)
        return None if rest or not 0 <= place < self._places else place

    def _child(self, head: Case, parent: Case, nth: int, year: int, place: int) -> Case | None:
        day = _day_to_divide(parent, nth if parent is head else 0)
        if day is None or not 0 <= day.year - year < _WITHIN_YEARS:
            return None
        within = (nth * _WITHIN_YEARS + day.year - year) * self._places + place
        number = f"{day.year}{DIVISIONAL + within:06d}"
        claimed = head.priority[1] if head.priority else None
        origin = Origin("patent", number, day, claimed, head.overseas, head.filed_on)
        slot = _DIVIDED_SLOTS + (day.year - FIRST_YEAR) * self._places * _DIVIDED * _WITHIN_YEARS + within
        return replace(
            head,
            number=number,
            slot=slot,
            filed_on=day,
            claims=self._random(number, "claims").randrange(1, 12),
            registration_number=f"{_DIVIDED_REGISTRATIONS + slot - _DIVIDED_SLOTS:07d}",
            life=live(origin, self._random(number, "life")),
            parent=parent.number,
            generation=parent.generation + 1,
            publication_serial=_PUBLICATIONS + 3 * within,
        )


def _day_to_divide(parent: Case, nth: int) -> date | None:
    """The `nth` occasion, or the last: with an answer to a notice, or after a decision (Patent Act 44)."""
    ways: dict[str, Callable[[Act], date]] = {
        "A523": lambda act: act.day,
        "A01": lambda act: on_or_after(act.day + timedelta(days=12)),
        "A02": lambda act: on_or_after(act.day + timedelta(days=70)),
    }
    days = [
        ways[act.code](act)
        for act in parent.life.acts
        if act.block == "01" and (act.code in ("A01", "A02") or (act.code == "A523" and act.answers))
    ]
    return days[min(nth, len(days) - 1)] if days else None
