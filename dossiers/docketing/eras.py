"""Days in Japanese eras, as people write them: 令和8年11月22日."""

from __future__ import annotations

from datetime import date

_ERAS = (
    (date(2019, 5, 1), "令和", 2019),
    (date(1989, 1, 8), "平成", 1989),
    (date(1926, 12, 25), "昭和", 1926),
    (date(1912, 7, 30), "大正", 1912),
    (date(1873, 1, 1), "明治", 1868),
)


def in_era(day: date) -> str:
    """令和6年2月27日. Before 1873, when Japan took the calendar over, by the Western year."""
    for since, name, first in _ERAS:
        if day >= since:
            year = day.year - first + 1
            return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"
