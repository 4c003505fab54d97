"""Invented applicants, attorneys and examiners, looked up by the nine-digit code they carry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from random import Random

from apiclient.sandbox import words


@dataclass(frozen=True, slots=True)
class Person:
    """A person in procedures; `code` is the nine-digit identification code with its leading zeros."""

    code: str
    name: str
    overseas: bool = False


@lru_cache(maxsize=1)
def residents() -> tuple[Person, ...]:
    pairs = product(words.HOUSES, words.TRADES)
    return tuple(
        Person(f"000{900000 + n:06d}", f"架空{house}{trade}株式会社")
        for n, (house, trade) in enumerate(pairs)
    )


@lru_cache(maxsize=1)
def foreigners() -> tuple[Person, ...]:
    triples = product(words.OVERSEAS_HOUSES, words.OVERSEAS_TRADES, words.OVERSEAS_FORMS)
    return tuple(
        Person(f"5{10 + n % 14}9{n:05d}", f"カクウ・{house}・{trade}　{form}", overseas=True)
        for n, (house, trade, form) in enumerate(triples)
    )


@lru_cache(maxsize=1)
def attorneys() -> tuple[Person, ...]:
    pairs = product(words.FAMILY_NAMES, words.GIVEN_NAMES)
    return tuple(Person(f"1009{n:05d}", f"{family}　{given}") for n, (family, given) in enumerate(pairs))


@lru_cache(maxsize=1)
def registered_twice() -> tuple[Person, ...]:
    """Further codes under names that have one already, as the office gave some applicants over the years."""
    twice = (*residents()[::40], *foreigners()[::30])
    return tuple(Person(f"7{10 + n}9{n:05d}", one.name, one.overseas) for n, one in enumerate(twice))


@lru_cache(maxsize=1)
def everybody() -> dict[str, Person]:
    return {person.code: person for person in residents() + foreigners() + attorneys() + registered_twice()}


def named(name: str) -> tuple[Person, ...]:
    """Those whose registered name is exactly `name`; the office matches no other way."""
    return tuple(person for person in everybody().values() if person.name == name)


def examiner(rng: Random) -> tuple[str, str]:
    """An invented examiner's name and four-digit staff code."""
    name = f"{rng.choice(words.FAMILY_NAMES)}　{rng.choice(words.GIVEN_NAMES)}"
    return name, f"{rng.randrange(1000, 10000)}"
