"""Days in Japanese eras, as people write them: 令和8年11月22日."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

_ERAS = (
    (date(2019, 5, 1), "令和", 2019),
    (date(1989, 1, 8), "平成", 1989),
    (date(1926, 12, 25), "昭和", 1926),
    (date(1912, 7, 30), "大正", 1912),
    (date(1873, 1, 1), "明治", 1868),
)


_ISO = re.compile(r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-]|\.[0-9])", re.ASCII)


def in_era(day: date) -> str:
    """令和6年2月27日. Before 1873, when Japan took the calendar over, by the Western year."""
    return f"{month_in_era(day)}{day.day}日"


def month_in_era(day: date) -> str:
    """令和6年2月, by the era of the day itself."""
    for since, name, first in _ERAS:
        if day >= since:
            year = day.year - first + 1
            return f"{name}{'元' if year == 1 else year}年{day.month}月"
    return f"{day.year}年{day.month}月"


def rewritten(text: str, day: Callable[[date], str]) -> str:
    """A sentence of ours with each day in it that is written by ISO 8601 written as `day` does."""

    def anew(found: re.Match[str]) -> str:
        try:
            return day(date.fromisoformat(found[0]))
        except ValueError:  # no such day
            return found[0]

    return _ISO.sub(anew, text)
