"""Where a reader of a long list is: after the last row it has, by what never changes of that row.

Rows that come, go or change meanwhile neither repeat others nor hide them, as numbered pages would.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from datetime import date, datetime
from typing import Any

from django.db.models import Q

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
    return len(part) <= 50 and part.isprintable()


def as_uuid(text: str) -> uuid.UUID:
    """The key in a cursor; Problem("unusable_cursor") where it is none."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Problem("unusable_cursor") from error


# --- other orders -----------------------------------------------------------------------------------------


def write_at(order: str, value: date | None, key: int) -> str:
    """A place in an order by days or instants: it belongs to that order and opens no other."""
    return write(order, value.isoformat() if value else "", key)


def behind(cursor: str, order: str, field: str, kind: type[date]) -> Q:
    """Rows after the place that `write_at` wrote, in ascending order of `field`, those without one last;
    rows of the same are told apart by their keys. Problem("unusable_cursor")."""
    named, text, key = read(cursor, str, str, int)
    try:
        value = kind.fromisoformat(text) if text else None
    except ValueError as error:
        raise Problem("unusable_cursor") from error
    if named != order or (isinstance(value, datetime) and value.tzinfo is None):
        raise Problem("unusable_cursor")
    if value is None:
        return Q(**{f"{field}__isnull": True}, pk__gt=key)
    same = Q(**{field: value}, pk__gt=key)
    return Q(**{f"{field}__gt": value}) | same | Q(**{f"{field}__isnull": True})
