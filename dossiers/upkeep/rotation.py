"""Which backups are kept: the newest of each of the last days, weeks and months that have one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(r"ipportal-(\d{8}T\d{6})Z\.backup\.zip")


@dataclass(frozen=True)
class Keep:
    """How many days, weeks and months keep their newest backup."""

    daily: int = 7
    weekly: int = 5
    monthly: int = 12


def name_of(at: datetime) -> str:
    return f"ipportal-{at.astimezone(UTC):%Y%m%dT%H%M%S}Z.backup.zip"


def time_of(name: str) -> datetime | None:
    """When a backup was made, by its name; None for other files, which nobody removes."""
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def kept(times: Iterable[datetime], keep: Keep) -> set[datetime]:
    """The newest of each of the last `daily` days, `weekly` weeks and `monthly` months there is one of.

    Counted by the backups there are, not by the calendar: after a month without one nothing is removed for
    being old. The newest of all is always kept.
    """
    newest = sorted(times, reverse=True)
    found = set(newest[:1])
    of_each = (
        (keep.daily, lambda at: at.date()),
        (keep.weekly, lambda at: at.isocalendar()[:2]),
        (keep.monthly, lambda at: (at.year, at.month)),
    )
    for many, period in of_each:
        seen: dict[object, datetime] = {}
        for at in newest:
            seen.setdefault(period(at), at)
        found.update(list(seen.values())[: max(0, many)])
    return found


def rotate(folder: Path, keep: Keep) -> list[Path]:
    """Remove the backups in `folder` that are not kept; which ones."""
    there = {at: path for path in folder.iterdir() if path.is_file() and (at := time_of(path.name))}
    wanted = kept(there, keep)
    removed = [path for at, path in sorted(there.items()) if at not in wanted]
    for path in removed:
        path.unlink()
    return removed
