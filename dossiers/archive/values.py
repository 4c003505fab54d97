"""Values of columns as JSON and back: the same text for the same value, whichever database held it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Field


def line_of(names: Sequence[str], values: Sequence[Any]) -> bytes:
    """One row as a line of JSON, UTF-8 with the line feed.

    Keys within a column of JSON are sorted, for PostgreSQL keeps no order of its own.
    """
    told = dict(zip(names, map(_told, values), strict=True))
    written = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    try:
        return written.encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, in some column of JSON
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {key: _told(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_told(one) for one in value]
    return value


def value_of(field: Field[Any, Any], told: Any) -> Any:
    """The value of a column. ValueError or TypeError for what it cannot hold."""
    if told is None:
        if not field.null:
            raise ValueError(f"{field.name} is empty")
        return None
    while field.remote_field is not None:  # of a reference: the key of what it refers to
        field = field.target_field
    kind = field.get_internal_type()
    if kind in _READERS:
        return _READERS[kind](told)
    expected = _PLAIN.get(kind, int if kind.endswith(("IntegerField", "AutoField")) else str)
    if type(told) not in (expected if isinstance(expected, tuple) else (expected,)):
        raise TypeError(f"{field.name}: {type(told).__name__}")
    return told


def _instant(told: Any) -> datetime:
    at = datetime.fromisoformat(told)
    if at.tzinfo is None:
        raise ValueError(f"no zone: {told}")
    return at


def _anything(told: Any) -> Any:
    return told


def _body(told: Any) -> bytes:
    return base64.b64decode(told, validate=True)


_READERS = {
    "DateTimeField": _instant,
    "DateField": date.fromisoformat,
    "TimeField": time.fromisoformat,
    "UUIDField": UUID,
    "BinaryField": _body,
    "JSONField": _anything,
}
_PLAIN: dict[str, type | tuple[type, ...]] = {"BooleanField": bool, "FloatField": (float, int)}
