"""Rows read straight from a database, in one form: the same value gives the same bytes on either engine.

The fingerprint of a table is the sum of its rows' SHA-256, so that no order is needed, which databases do not
agree on, and no more than a row is held at a time. A lost, doubled or changed row changes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from .places import Reading
from .tables import Column, Table

_WHOLE = 1 << 256


@dataclass
class Fingerprint:
    """How many rows, and what they say together."""

    rows: int = 0
    total: int = 0

    def add(self, columns: Sequence[Column], values: Sequence[Any]) -> None:
        line = json.dumps([_SAID[one.kind](value) for one, value in zip(columns, values, strict=True)])
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(line.encode()).digest())) % _WHOLE

    @property
    def checksum(self) -> str:
        return f"{self.total:064x}"


def fingerprint(of: Reading, table: Table) -> Fingerprint:
    """What the table says now. The driver's error where it or a column is missing."""
    found = Fingerprint()
    for row in of.rows(table):
        found.add(table.columns, row)
    return found


def fingerprints(of: Reading, among: Sequence[Table]) -> Iterator[tuple[Table, Fingerprint]]:
    for table in among:
        yield table, fingerprint(of, table)


def _or_nothing(say: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else say(value)


def _instant(value: Any) -> str:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def _day(value: Any) -> str:
    return (date.fromisoformat(value) if isinstance(value, str) else value).isoformat()


def _time(value: Any) -> str:
    return (time.fromisoformat(value) if isinstance(value, str) else value).isoformat()


def _duration(value: Any) -> int:
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else int(value)


def _bytes(value: Any) -> str:
    return hashlib.sha256(value).hexdigest()


def _json(value: str) -> str:
    """Keys sorted, numbers by their value: PostgreSQL keeps neither order nor how a number was written."""
    return json.dumps(json.loads(value, parse_int=_number, parse_float=_number), sort_keys=True)


def _number(text: str) -> list[str]:
    return ["#", str(_plain(Decimal(text)))]


def _plain(number: Decimal) -> Decimal:
    """Without zeros at the end, exactly; nought has no sign."""
    sign, digits, exponent = number.as_tuple()
    if not number.is_finite() or not isinstance(exponent, int):
        return number
    text = "".join(map(str, digits))
    kept = text.rstrip("0")
    if not kept:
        return Decimal(0)
    return Decimal((sign, tuple(map(int, kept)), exponent + len(text) - len(kept)))


_SAID: dict[str, Callable[[Any], Any]] = {
    kind: _or_nothing(say)
    for kind, say in {
        "text": str,
        "address": lambda value: str(value).removesuffix("/32").removesuffix("/128"),
        "integer": int,
        "boolean": bool,
        "float": lambda value: float(value).hex(),
        "decimal": lambda value: str(_plain(Decimal(str(value)))),
        "instant": _instant,
        "day": _day,
        "time": _time,
        "duration": _duration,
        "uuid": lambda value: str(UUID(value) if isinstance(value, str) else value),
        "bytes": _bytes,
        "json": _json,
    }.items()
}
