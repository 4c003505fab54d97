"""Calculations as JSON and back, so that a stored limit can be explained in words at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from .results import Calculation, Rung, Step


def calculation_to_json(calculation: Calculation) -> dict[str, Any]:
    """A JSON object with dates marked as such: {"$date": "2027-01-19"}."""
    plain = _plain(calculation)
    assert isinstance(plain, dict)  # noqa: S101  (a dataclass gives a dict)
    return plain


def calculation_from_json(stored: Mapping[str, Any]) -> Calculation:
    """The calculation that `calculation_to_json` stored. KeyError or TypeError where it is not one."""
    values = {name: _value(value) for name, value in stored.items()}
    values["steps"] = tuple(Step(step["code"], step["values"]) for step in values["steps"])
    values["ladder"] = tuple(Rung(**rung) for rung in values["ladder"])
    values["notes"] = tuple(values.get("notes", ()))
    return Calculation(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"$date"}:
            return date.fromisoformat(value["$date"])
        return {key: _value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_value(inner) for inner in value]
    return value
