"""Where a reader of a long list is: after the last row it has, by what never changes of that row.

Rows that come, go or change meanwhile neither repeat others nor hide them, as numbered pages would.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from typing import Any

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
