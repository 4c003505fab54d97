"""What survives a restart: the clock, the acts people added, the counters of the day."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from apiclient.sandbox.life import Act

Added = dict[tuple[str, str], tuple[Act, ...]]


class StateError(Exception):
    """The state folder holds something this sandbox cannot resume from."""


def read(path: Path) -> dict[str, Any]:
    """The stored state, {} when there is none."""
    if not path.exists():
        return {}
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StateError(f"{path} cannot be read ({error}); move it away to start afresh") from error
    if not isinstance(state, dict):
        raise StateError(f"{path} is no state of a sandbox; move it away to start afresh")
    return state


def write(path: Path, state: dict[str, Any]) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)


def frozen(added: Added) -> list[dict[str, Any]]:
    return [
        {"law": law, "case": number, "act": _plain(act)}
        for (law, number), acts in added.items()
        for act in acts
    ]


def thawed(rows: list[dict[str, Any]]) -> Added:
    added: Added = {}
    for row in rows:
        key = (row["law"], row["case"])
        added[key] = (*added.get(key, ()), _act(row["act"]))
    return added


def _plain(act: Act) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(act).items()
    }


def _act(row: dict[str, Any]) -> Act:
    drafted = row["drafted"]
    dates = {
        "day": date.fromisoformat(row["day"]),
        "drafted": date.fromisoformat(drafted) if drafted else None,
    }
    return Act(**{**row, **dates})
