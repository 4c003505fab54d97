"""Where a reader of a long list is: after the last row it has, by what never changes of that row.

Rows that come, go or change meanwhile neither repeat others nor hide them, as numbered pages would.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from .problems import Problem

PER_PAGE, MOST = 50, 200


def write(*place: int | str) -> str:
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """What `write` wrote; Problem("unusable_cursor") for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError, RecursionError) as error:
        raise Problem("unusable_cursor") from error
    fits = isinstance(place, list) and [type(part) for part in place] == list(kinds)
    if not fits or any(not _usable(part) for part in place):
        raise Problem("unusable_cursor")
    return tuple(place)


def _usable(part: int | str) -> bool:
    if isinstance(part, int):
        return 0 <= part < 2**63
    return len(part) <= 100 and _storable(part)


def _storable(text: str) -> bool:
    """Names of lists are in cursors, too: they may hold an ideographic space, which is not printable."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


# --- in an order that is asked for -------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """How rows follow each other: by a field, those of the same by their keys, those without one last; or
    all of that the other way round. A cursor belongs to its order and opens no other."""

    name: str
    field: str
    kind: type[date] | type[str] = date
    backwards: bool = False
    key: type[int] | type[uuid.UUID] = int

    def page(self, rows: QuerySet[Any], cursor: str, most: int) -> tuple[list[Any], str | None]:
        """The keys of the next rows, and the cursor of what follows them; None at the end.
        Problem("unusable_cursor")."""
        if cursor:
            rows = rows.filter(self._behind(*self._read(cursor)))
        places = list(rows.order_by(*self._sorted()).values_list("pk", self.field)[: most + 1])
        shown = places[:most]
        return [key for key, _ in shown], self._write(*shown[-1]) if len(places) > most else None

    def _sorted(self) -> tuple[Any, str]:
        field = F(self.field)
        return (field.desc(nulls_first=True), "-pk") if self.backwards else (field.asc(nulls_last=True), "pk")

    def _behind(self, value: date | str | None, key: int | uuid.UUID) -> Q:
        after = "lt" if self.backwards else "gt"
        same = Q(**{self.field: value, f"pk__{after}": key})
        if value is None:
            same = Q(**{f"{self.field}__isnull": True, f"pk__{after}": key})
            return same | Q(**{f"{self.field}__isnull": False}) if self.backwards else same
        beyond = same | Q(**{f"{self.field}__{after}": value})
        return beyond if self.backwards else beyond | Q(**{f"{self.field}__isnull": True})

    def _write(self, key: int | uuid.UUID, value: date | str | None) -> str:
        text = value.isoformat() if isinstance(value, date) else value or ""
        return write(self.name, text, key if isinstance(key, int) else str(key))

    def _read(self, cursor: str) -> tuple[date | str | None, int | uuid.UUID]:
        name, text, key = read(cursor, str, str, int if self.key is int else str)
        try:
            value = self._value(text) if text else None
            place = key if self.key is int else uuid.UUID(key)
        except ValueError as error:
            raise Problem("unusable_cursor") from error
        if name != self.name or (isinstance(value, datetime) and value.tzinfo is None):
            raise Problem("unusable_cursor")
        return value, place

    def _value(self, text: str) -> date | str:
        return self.kind.fromisoformat(text) if issubclass(self.kind, date) else text
