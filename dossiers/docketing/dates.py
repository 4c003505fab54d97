"""Counting periods under the Patent Act, Article 3.

Every function is total over dates that the calendar can hold and raises ``OutOfRange`` beyond.
"""

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "month", "year"]
ONE_DAY = timedelta(days=1)
_UNIT_LETTERS: dict[str, Unit] = {"d": "day", "m": "month", "y": "year"}


class OutOfRange(ValueError):
    """The period ends on a day no calendar here can hold."""


@dataclass(frozen=True)
class Period:
    """A length of time: ``n`` days, months or years (n at least 1)."""

    n: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"a period is at least 1 {self.unit}, not {self.n}")

    def __str__(self) -> str:
        return f"{self.n}{self.unit[0]}"


def parse_periods(text: str) -> tuple[Period, ...]:
    """Read ``"60d"`` or ``"3m+2m"``: lengths that make one period. ValueError for any other text."""
    periods = []
    for part in text.split("+"):
        match = re.fullmatch(r"\s*([1-9][0-9]{0,3})([dmy])\s*", part)
        if match is None:
            raise ValueError(f"{text!r} is no period: write 60d, 3m, 2y, or several joined by +")
        periods.append(Period(int(match[1]), _UNIT_LETTERS[match[2]]))
    return tuple(periods)


def period_text(periods: Iterable[Period]) -> str:
    """The reverse of ``parse_periods``."""
    return "+".join(str(period) for period in periods)


def add(base: date, periods: Iterable[Period]) -> date:
    """The last day of one period made of ``periods``, counted from ``base`` (itself not counted).

    Patent Act Art. 3(1): the first day is excluded; months and years go by the calendar, ending on
    the day before the corresponding day, or on the last day of a month that has none. Extensions
    make one period with what they extend (Formality Examination Manual 04.12): lengths in the same
    unit are summed before counting and no intermediate end is moved off a closed day.
    """
    end = base
    try:
        for period in _merged(periods):
            end = _add_one(end, period)
    except (ValueError, OverflowError) as error:
        raise OutOfRange(f"the period from {base} runs out of the calendar") from error
    return end


def two_step(
    base: date, first: Iterable[Period], then: Iterable[Period], roll: Callable[[date], date]
) -> date:
    """The raw end of a period that runs after another has elapsed ("期間の経過後").

    The first end is moved off closed days, the second counts from the day after it (INPIT FAQ 000151).
    """
    return add(roll(add(base, first)), then)


def window_opens(end: date, months: int) -> date:
    """The first day of the ``months`` before ``end``, a backward window that includes ``end``.

    Counted back from the day after ``end``; a month without that day opens on the first of the next,
    so that nobody files too early.
    """
    return _shift(end + ONE_DAY, -months, missing="next")


def years_before(end: date, years: int) -> date:
    """The day ``years`` before ``end``; 29 February becomes the 28th, so that nobody is late."""
    return _shift(end, -12 * years, missing="last")


def _merged(periods: Iterable[Period]) -> list[Period]:
    merged: list[Period] = []
    for period in periods:
        months = Period(period.n * 12, "month") if period.unit == "year" else period
        if merged and merged[-1].unit == months.unit:
            merged[-1] = Period(merged[-1].n + months.n, months.unit)
        else:
            merged.append(months)
    return merged


def _add_one(base: date, period: Period) -> date:
    if period.unit == "day":
        return base + timedelta(days=period.n)
    start = base + ONE_DAY
    year, month = _month_after(start, period.n)
    if start.day > calendar.monthrange(year, month)[1]:
        return date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, start.day) - ONE_DAY


def _month_after(day: date, months: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise OutOfRange(f"{months} months from {day} run out of the calendar")
    return year, month + 1


def _shift(day: date, months: int, missing: Literal["next", "last"]) -> date:
    year, month = _month_after(day, months)
    last = calendar.monthrange(year, month)[1]
    if day.day <= last:
        return date(year, month, day.day)
    return date(year, month, last) + (ONE_DAY if missing == "next" else timedelta())
