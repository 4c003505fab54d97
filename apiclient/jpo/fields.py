"""Reading the office's JSON without trusting it: nothing crashes, nothing is dropped without a word.

The office writes every scalar as a string, an unknown one as "", and misprints keys now and then. `Fields`
hands out what was expected and remembers in its `Notes` what was not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

Row = TypeVar("Row")
_QUOTED = 120
# Keys the office itself misspells, and how they are read; the right spelling is taken too, should it come.
_SPELLINGS = {"appealTrialDecisiondDate": "appealTrialDecisionDate"}


class Unusable(Exception):
    """The reply lacks what makes it a reply of its kind; taking it in would lose or mix up cases."""


@dataclass(frozen=True)
class Extra:
    """A value no field of the reply holds, its key or form being unknown: where it stood, its JSON or XML."""

    path: str
    value: str


@dataclass
class Notes:
    """What was found amiss while reading one reply."""

    problems: list[str] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)


def quoted(value: object) -> str:
    """A foreign value for a sentence: its JSON text, cut to a length a person can read."""
    text = _json(value)
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"


def storable(text: str) -> str:
    """`text` with what no database or mail can hold (NUL, halves of surrogate pairs) replaced by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def plain_key(key: str) -> str:
    """`key` without the stray apostrophes and blanks the office prints now and then, and well spelt."""
    bare = key.strip().rstrip("'’")
    return _SPELLINGS.get(bare, bare)


def is_blank(value: object) -> bool:
    """The office's forms of "nothing": "", blanks, [], {} and the null it has never been seen to send."""
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


def items_of(value: object) -> list[object] | None:
    """The items of a list, or of an object keyed "0", "1", … in the order of its keys; None for others."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and all(name.isdecimal() and len(name) < 10 for name in value):
        return [value[name] for name in sorted(value, key=int)]
    return None


def day_of(text: str) -> date | None:
    """The day written YYYYMMDD, None where it is none."""
    if len(text) == 8 and text.isascii() and text.isdigit():
        try:
            return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            pass
    return None


class Fields:
    """One JSON object being read; each key asked for is ticked off, and `finish` reports the rest."""

    def __init__(self, source: Mapping[str, object], notes: Notes, path: str = "") -> None:
        self._notes = notes
        self._path = path
        self._values: dict[str, object] = {}
        self._asked: set[str] = set()
        for key, value in source.items():
            self._put(key, value)

    def _put(self, key: str, value: object) -> None:
        name = plain_key(key)
        if name != key and key not in _SPELLINGS:
            self.problem(f"the key {quoted(key)} is misprinted, read as {name}", "")
        if is_blank(self._values.get(name)):
            self._values[name] = value
        elif not is_blank(value):
            self.keep(name, value, "given twice, the other kept")

    def where(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path and key else self._path or key

    def problem(self, sentence: str, key: str) -> None:
        """Remember `sentence` about `key` of this object."""
        place = self.where(key)
        self._notes.problems.append(storable(f"{place}: {sentence}" if place else sentence))

    def keep(self, key: str, value: object, sentence: str) -> None:
        """Report `value` under `key`, which no field will hold, and keep it whole."""
        self.problem(f"{sentence}: {quoted(value)}", key)
        self._notes.extras.append(Extra(storable(self.where(key)), _json(value)))

    def raw(self, key: str) -> object:
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str) -> str | None:
        """The text of `key` as the office writes it, None if there is none."""
        value = self.raw(key)
        if is_blank(value):
            return None
        if isinstance(value, str):
            return self._storable(value, key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.problem(f"a number where text was expected: {quoted(value)}", key)
            return str(value)
        self.keep(key, value, "unreadable")
        return None

    def _storable(self, value: str, key: str) -> str:
        text = storable(value)
        if text != value:
            self.problem("holds characters that are none", key)
        return text

    def word(self, key: str) -> str:
        """As `text`, with "" for none and no blanks around; for codes and numbers that identify."""
        return (self.text(key) or "").strip()

    def day(self, key: str) -> date | None:
        """A date written YYYYMMDD (a day in Japan); an impossible one is a problem and None."""
        text = self.word(key)
        found = day_of(text)
        if found or not text:
            return found
        self.keep(key, text, "not a date")
        return None

    def count(self, key: str) -> int | None:
        """A whole number written in digits."""
        text = self.word(key)
        if not text:
            return None
        if len(text) <= 12 and text.isascii() and text.isdigit():
            return int(text)
        self.keep(key, text, "not a number")
        return None

    def flag(self, key: str) -> bool:
        """True for "1"; anything but "1", "0" and "" is a problem and False."""
        text = self.word(key)
        if text not in {"", "0", "1"}:
            self.keep(key, text, "neither 0 nor 1")
        return text == "1"

    def sub(self, key: str) -> Fields | None:
        """The object under `key`, None where it is empty."""
        value = self.raw(key)
        if is_blank(value):
            return None
        if isinstance(value, dict):
            return Fields(value, self._notes, self.where(key))
        self.keep(key, value, "unreadable")
        return None

    def rows(self, key: str, read: Callable[[Fields, int], Row]) -> tuple[Row, ...]:
        """The objects in the list under `key`, each read by `read(fields, position from 1)` and finished."""
        return tuple(self._rows(key, read))

    def _rows(self, key: str, read: Callable[[Fields, int], Row]) -> Iterator[Row]:
        for position, value in enumerate(self._items(key), start=1):
            if not isinstance(value, dict):
                self.keep(f"{key}[{position}]", value, "unreadable")
                continue
            fields = Fields(value, self._notes, f"{self.where(key)}[{position}]")
            yield read(fields, position)
            fields.finish()

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a list, or of one of the office's objects keyed "0", "1", … in the order of keys."""
        found = []
        for position, value in enumerate(self._items(key), start=1):
            if isinstance(value, str):
                found.append(self._storable(value, key))
            else:
                self.keep(key, value, f"item {position} is unreadable")
        return tuple(text for text in found if text.strip())

    def _items(self, key: str) -> list[object]:
        value = self.raw(key)
        if is_blank(value):
            return []
        items = items_of(value)
        if items is not None:
            return items
        if isinstance(value, dict):
            # The office's own description calls some of its lists objects; one alone may be what it means.
            return [value]
        self.keep(key, value, "a list was expected")
        return []

    def finish(self) -> None:
        """Keep and report every key nobody asked for, if there is anything under it."""
        for key in self._values.keys() - self._asked:
            if not is_blank(self._values[key]):
                self.keep(key, self._values[key], "unknown key, kept")


def _json(value: object) -> str:
    return storable(json.dumps(value, ensure_ascii=False, default=str))
