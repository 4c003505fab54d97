"""Days on which the office works, and calendar months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

_FIXED = ((1, 1), (2, 11), (4, 29), (5, 3), (5, 4), (5, 5), (11, 3), (11, 23))
# Years in which the Diet moved or added holidays: the enthronement and the Tokyo games.
_MOVED = {
    2019: ((4, 30), (5, 1), (5, 2), (7, 15), (8, 11), (10, 14), (10, 22)),
    2020: ((7, 23), (7, 24), (8, 10)),
    2021: ((7, 22), (7, 23), (8, 8)),
}


def _monday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (nth - 1))


def _equinox(year: int, month: int, at_1980: float) -> date:
    """The usual approximation, right from 1980 to 2099."""
    return date(year, month, int(at_1980 + 0.242194 * (year - 1980) - (year - 1980) // 4))


def _national_holidays(year: int) -> set[date]:
    summer = _MOVED.get(year)
    days = {date(year, *day) for day in _FIXED}
    days |= {_monday(year, 1, 2), _monday(year, 9, 3)}
    days |= {_equinox(year, 3, 20.8431), _equinox(year, 9, 23.2488)}
    if summer:
        days |= {date(year, *day) for day in summer}
    else:
        days |= {_monday(year, 7, 3), _monday(year, 10, 2)}
        days |= {date(year, 8, 11)} if year >= 2016 else set()
    if year != 2019:
        days.add(date(year, 2, 23) if year >= 2020 else date(year, 12, 23))
    return days


def _with_substitutes(days: set[date]) -> set[date]:
    """A holiday on a Sunday moves on; a day between two holidays is one (Act on National Holidays, 3)."""
    between = {
        day + timedelta(days=1)
        for day in days
        if day + timedelta(days=2) in days and (day + timedelta(days=1)).weekday() != 6
    }
    substitutes = set()
    for day in (day for day in days if day.weekday() == 6):
        while day in days:
            day += timedelta(days=1)
        substitutes.add(day)
    return days | between | substitutes


@lru_cache(maxsize=128)
def _holidays(year: int) -> frozenset[date]:
    """National holidays and the year-end days on which offices of the state are closed."""
    closed = {date(year, 1, n) for n in (1, 2, 3)} | {date(year, 12, n) for n in (29, 30, 31)}
    return frozenset(closed | _with_substitutes(_national_holidays(year)))


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def on_or_after(day: date) -> date:
    """The first business day not before `day`."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def on_or_before(day: date) -> date:
    """The last business day not after `day`."""
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last of that month where the day does not exist."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
