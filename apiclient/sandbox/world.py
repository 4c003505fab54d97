"""Fifty thousand invented applications, none of them stored.

A case is a pure function of (seed, law, application number): numbers are handed out in slots per filing
year, so that any number tells at once whether it exists, and numbers of publications and registrations
can be turned back. Cases of future years exist already; they are seen once they have been filed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from apiclient.sandbox import people, words
from apiclient.sandbox.days import on_or_before
from apiclient.sandbox.life import REGISTER, Act, Life, Origin, Payment, live
from apiclient.sandbox.people import Person

LAWS = ("patent", "design", "trademark")
FIRST_YEAR = 2012
BUSY_SINCE = 2019  # later years hold three times as many cases, so that most of the world is alive
YEARS_COUNTED = range(FIRST_YEAR, 2027)

_SHARES = {"patent": 0.6, "design": 0.15, "trademark": 0.25}
_SERIALS = {"patent": 300_000, "design": 30_000, "trademark": 160_000}
_REGISTRATIONS = {
    "patent": (5_000_000, 2_900_000),
    "design": (1_300_000, 600_000),
    "trademark": (5_600_000, 1_300_000),
}
_STAGES = {
    "A621": "examination",
    "A131": "notice",
    "A53": "answered",
    "A523": "answered",
    "A01": "allowed",
    "A02": "refused",
    "C60": "appeal",
    "C03": "decided",
    "A761": "withdrawn",
    "A300": "unrequested",
}


@dataclass(frozen=True, slots=True)
class Goods:
    nice_class: str
    name: str
    similar_codes: str


@dataclass(frozen=True, slots=True)
class International:
    """The international application a case comes from; its numbers as the office writes them."""

    application_number: str
    filed_on: date
    publication_number: str
    published_on: date


@dataclass(frozen=True, slots=True)
class NationalPriority:
    """A priority claimed from an earlier application in Japan, whose law is 1 to 4."""

    law: str
    application_number: str
    on: date


@dataclass(frozen=True, slots=True)
class Case:
    """One application with its whole future; `Sight` cuts it at a day.

    `filed_on` is the filing date; a national phase counts as filed on the day of its international filing
    and comes in later, on `entered_on`.
    """

    law: str
    number: str
    slot: int  # 0, 1, … over all years of this law
    filed_on: date
    title: str
    applicants: tuple[Person, ...]
    attorneys: tuple[Person, ...]
    overseas: bool
    priority: tuple[str, date, str] | None  # number, date, country
    claims: int
    design_class: str
    sounds: tuple[str, ...]
    vienna_classes: tuple[str, ...]
    goods: tuple[Goods, ...]
    registration_number: str
    life: Life
    international: International | None = None
    entered_on: date | None = None
    national_priorities: tuple[NationalPriority, ...] = ()
    parent: str = ""  # application number of the case it was divided from
    generation: int = 0  # 0 is the first parent
    publication_serial: int | None = None  # None: follows from the application number

    @property
    def received_on(self) -> date:
        """The day from which the office can know of the case."""
        return self.entered_on or self.filed_on

    @property
    def appeal_number(self) -> str:
        """The number of the appeal against refusal, or ""."""
        years = [act.day.year for act in self.life.acts if act.code == "C60"]
        return f"{years[0]}{self.slot % 20_000 + 1:06d}" if years else ""

    @property
    def publication_number(self) -> str:
        """Ten digits with the Gregorian year, or "" when never published under a number."""
        published = self.life.published_on
        if self.law != "patent" or published is None:
            return ""
        lag = published.year - int(self.number[:4])
        serial = int(self.number[4:]) * 3 if self.publication_serial is None else self.publication_serial
        return f"{published.year}{serial + lag:06d}"


@dataclass(frozen=True, slots=True)
class Sight:
    """What the office shows of a case on `today`: acts are seen from the day after."""

    case: Case
    today: date
    added: tuple[Act, ...] = ()
    family: tuple[Sight, ...] = ()  # the divisional family seen, itself included; () without relatives

    @property
    def acts(self) -> tuple[Act, ...]:
        acts = (act for act in self.case.life.acts + self.added if act.day < self.today)
        return tuple(sorted(acts, key=lambda act: act.day))

    @property
    def published_on(self) -> date | None:
        day = self.case.life.published_on
        return day if day and day < self.today else None

    @property
    def registered_on(self) -> date | None:
        right = self.case.life.right
        return right.registered_on if right and right.registered_on < self.today else None

    @property
    def lapsed_on(self) -> date | None:
        right = self.case.life.right
        if right and right.lapse_entered and right.lapse_entered < self.today:
            return right.lapsed_on
        return None

    @property
    def stage(self) -> str:
        """Where the case stands, in the words the control paths use."""
        if self.registered_on:
            return "lapsed" if self.lapsed_on else "registered"
        decisive = [act.code for act in self.acts if act.code in _STAGES]
        if not decisive:
            return "unrequested" if self.case.law == "patent" else "examination"
        return _STAGES[decisive[-1]]

    @property
    def payment(self) -> Payment | None:
        """The last payment entered in the register."""
        right = self.case.life.right
        if right is None or self.registered_on is None:
            return None
        return [pay for pay in right.payments if pay.day < self.today][-1]


class World:
    """The cases of one seed. `cases` is how many there are about the end of 2026."""

    def __init__(self, seed: int, cases: int) -> None:
        self.seed, self.size = seed, cases
        weight = sum(3 if year >= BUSY_SINCE else 1 for year in YEARS_COUNTED)
        self._unit = {law: max(1, round(cases * share / weight)) for law, share in _SHARES.items()}
        for law, unit in self._unit.items():
            if unit * 3 > _SERIALS[law]:
                raise ValueError(f"{cases} cases are more than a year of {law} numbers can hold")
        self.case = lru_cache(maxsize=20_000)(self._case)
        self._year = lru_cache(maxsize=200)(self._dispatched_in_year)

    # Numbers

    def per_year(self, law: str, year: int) -> int:
        return self._unit[law] * (3 if year >= BUSY_SINCE else 1)

    def number(self, law: str, year: int, position: int) -> str:
        step = _SERIALS[law] // self.per_year(law, year)
        jitter = Random(f"{self.seed}/{law}/{year}/{position}").randrange(step)
        return f"{year}{1 + position * step + jitter:06d}"

    def _position(self, law: str, number: str) -> int | None:
        if len(number) != 10 or not (number.isascii() and number.isdigit()):
            return None
        year = int(number[:4])
        if not FIRST_YEAR <= year < FIRST_YEAR + 60:
            return None
        position = (int(number[4:]) - 1) // (_SERIALS[law] // self.per_year(law, year))
        if not 0 <= position < self.per_year(law, year):
            return None
        return position if self.number(law, year, position) == number else None

    def slot(self, law: str, year: int, position: int) -> int:
        return sum(self.per_year(law, earlier) for earlier in range(FIRST_YEAR, year)) + position

    def per_busy_year(self, law: str) -> int:
        return self._unit[law] * 3

    def filed_on(self, law: str, year: int, position: int) -> date:
        days = position * 360 // self.per_year(law, year)
        return max(on_or_before(date(year, 1, 6) + timedelta(days=days)), date(year, 1, 4))

    def sample(self, law: str, last_year: int) -> Iterator[str]:
        """All application numbers up to a year in an order that is the same each time."""
        places = [
            (year, n) for year in range(FIRST_YEAR, last_year + 1) for n in range(self.per_year(law, year))
        ]
        Random(f"{self.seed}/sample").shuffle(places)
        return (self.number(law, year, position) for year, position in places)

    def numbers(self, law: str, year: int) -> Iterator[str]:
        """Application numbers of a filing year in order of filing."""
        return (self.number(law, year, position) for position in range(self.per_year(law, year)))

    def registration_number(self, law: str, slot: int) -> str:
        base, room = _REGISTRATIONS[law]
        step = max(1, room // (self._unit[law] * 3 * 60))
        return f"{base + slot * step:07d}"

    def by_registration(self, law: str, number: str) -> Case | None:
        base, room = _REGISTRATIONS[law]
        slot, rest = divmod(int(number) - base, max(1, room // (self._unit[law] * 3 * 60)))
        return None if slot < 0 or rest else self.by_slot(law, slot)

    def by_slot(self, law: str, slot: int) -> Case | None:
        for year in range(FIRST_YEAR, FIRST_YEAR + 60):
            if slot < self.per_year(law, year):
                return self.case(law, self.number(law, year, slot))
            slot -= self.per_year(law, year)
        return None

    def by_publication(self, number: str) -> Case | None:
        """A patent case by its Gregorian publication number."""
        serial, lag = divmod(int(number[4:]), 3)
        case = self.case("patent", f"{int(number[:4]) - lag}{serial:06d}")
        return case if case and case.publication_number == number else None

    # Cases

    def _case(self, law: str, number: str) -> Case | None:
        position = self._position(law, number)
        return None if position is None else _compose(self, law, number, position)

    # Lives

    def origin(self, law: str, number: str, position: int) -> Origin:
        rng = Random(f"{self.seed}/{law}/{number}/origin")
        filed = self.filed_on(law, int(number[:4]), position)
        overseas = rng.random() < 0.18
        claimed = _priority_day(rng, law, filed) if overseas and rng.random() < 0.85 else None
        return Origin(law, number, filed, claimed, overseas)

    def life(self, origin: Origin, *, register: bool = True) -> Life:
        return live(origin, Random(f"{self.seed}/{origin.law}/{origin.number}/life"), register=register)

    def dispatched(
        self, law: str, code: str, first: date, last: date, limit: int | None = None
    ) -> list[tuple[date, str]]:
        """(date, application number) of acts of `code` from `first` to `last`, in order of date.

        With `limit` the search ends when so many are found, which are not always the earliest.
        """
        register = code.startswith("R2")
        likely = last.year - (3 if law == "patent" else 0)
        found: list[tuple[date, str]] = []
        for year in sorted(range(FIRST_YEAR, last.year + 1), key=lambda year: abs(year - likely)):
            dated = self._year(law, year, register).get(code, ())
            found += [(day, number) for day, number in dated if first <= day <= last]
            if limit is not None and len(found) >= limit:
                return sorted(found)[:limit]
        return sorted(found)

    def _dispatched_in_year(self, law: str, year: int, register: bool) -> dict[str, list[tuple[date, str]]]:
        index: dict[str, list[tuple[date, str]]] = {}
        for position, number in enumerate(self.numbers(law, year)):
            for act in self.life(self.origin(law, number, position), register=register).acts:
                if (act.block, act.code) == (REGISTER, "A01"):
                    continue  # the register's repetition of the decision
                index.setdefault(act.code, []).append((act.day, number))
        return index


def _compose(world: World, law: str, number: str, position: int) -> Case:
    rng = Random(f"{world.seed}/{law}/{number}/words")
    origin = world.origin(law, number, position)
    title, design_class, sounds = title_of(rng, law)
    slot = world.slot(law, int(number[:4]), position)
    return Case(
        law,
        number,
        slot,
        origin.filed_on,
        title,
        applicants_of(rng, origin.overseas),
        attorneys_of(rng, origin.overseas),
        origin.overseas,
        priority_of(rng, origin.priority_on),
        claims=rng.randrange(2, 19),
        design_class=design_class,
        sounds=sounds,
        vienna_classes=_vienna_classes(rng) if law == "trademark" else (),
        goods=_goods(rng) if law == "trademark" else (),
        registration_number=world.registration_number(law, slot),
        life=world.life(origin),
    )


def applicants_of(rng: Random, overseas: bool) -> tuple[Person, ...]:
    pool = people.foreigners() if overseas else people.residents()
    return tuple(rng.sample(pool, 2 if rng.random() < 0.1 else 1))


def attorneys_of(rng: Random, overseas: bool) -> tuple[Person, ...]:
    if not overseas and rng.random() < 0.08:
        return ()
    return tuple(rng.sample(people.attorneys(), rng.randrange(1, 4)))


def _priority_day(rng: Random, law: str, filed: date) -> date:
    """Within the year (patents) or the six months (designs, marks) of the Paris Convention, 4C."""
    longest = 364 if law == "patent" else 180
    return filed - timedelta(days=rng.randrange(longest * 3 // 4, longest))


def priority_of(rng: Random, claimed: date | None) -> tuple[str, date, str] | None:
    if claimed is None:
        return None
    return f"{rng.randrange(10, 99)}{rng.randrange(10**6):06d}", claimed, rng.choice(words.COUNTRIES)


def title_of(rng: Random, law: str) -> tuple[str, str, tuple[str, ...]]:
    """Title, Japanese design class and the sounds of a mark."""
    if law == "patent":
        form = rng.choice(words.PATENT_FORMS)
        thing, part = rng.choice(words.PATENT_OBJECTS), rng.choice(words.PATENT_PARTS)
        return form.format(object=thing, part=part), "", ()
    if law == "design":
        return *rng.choice(words.DESIGN_ARTICLES), ()
    morae = rng.choices(words.MORAE, k=rng.randrange(4, 7))
    kana, latin = "".join(kana for kana, _ in morae), "".join(latin for _, latin in morae)
    wide = latin.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    mark = rng.choice((kana, wide, f"{wide}＼{kana}", f"架空{kana}"))
    return mark, "", (kana,) if not mark.startswith("架空") else (f"カクウ{kana}", kana)


def _goods(rng: Random) -> tuple[Goods, ...]:
    return tuple(Goods(*row) for row in sorted(rng.sample(words.GOODS, rng.choice((1, 1, 1, 2, 3)))))


def _vienna_classes(rng: Random) -> tuple[str, ...]:
    return tuple(rng.sample(words.VIENNA_CLASSES, rng.choice((0, 0, 1, 2, 3))))
