"""Counting periods: under the Patent Act, Article 3, and date to date as abroad.

Every function is total over dates that the calendar can hold and raises ``OutOfRange`` beyond.
"""

import calendar
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "month", "year"]
Counting = Literal["article_3", "date_to_date", "earlier"]
"""How months are counted: to the day before the corresponding day (Japan), or to that day itself (37 CFR 1.7,
EPC Rule 131). ``earlier``: both, and the earlier end holds, where a treaty (PCT Rule 80.2)
counts what the law here counts as well."""
Shape = Literal["after", "opens", "before", "day"]
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


@dataclass(frozen=True)
class Length:
    """How a rule leads from its base day to its last day.

    ``after``: ``periods`` run from the base; when ``first`` is given they run after that one has elapsed.
    ``opens``: the base ends a window as long as ``periods``, and its first day is meant. ``before``: the day
    before such a window is meant. ``day``: the base itself. ``short`` is True when the act must be done
    before the day on which the periods elapse.
    """

    shape: Shape
    periods: tuple[Period, ...] = ()
    first: tuple[Period, ...] = ()
    short: bool = False

    def end(self, base: date, counting: Counting, roll: Callable[[date], date]) -> date:
        """The last day (of a window that opens: the first) before it is moved off closed days. OutOfRange."""
        if self.shape == "day":
            return base
        if self.shape == "opens":
            return window_opens(base, self.periods)
        if self.shape == "before":
            return last_day_before(base, self.periods)
        end = two_step(base, self.first, self.periods, roll, counting)
        return end - ONE_DAY if self.short else end

    def __str__(self) -> str:
        text = period_text(self.periods)
        if self.shape == "day":
            return ON_THE_DAY
        if self.shape in ("opens", "before"):
            return f"-{text}" + ("-1d" if self.shape == "before" else "")
        return (f"{period_text(self.first)}>" if self.first else "") + text + ("-1d" if self.short else "")


ON_THE_DAY = "day"


def parse_length(text: str) -> Length:
    """Read a length of a rule. ValueError for any other text.

    ``60d``, ``3m+2m`` (one period), ``2m>30d`` (two steps), ``10y-1d`` (the day before the end),
    ``-6m`` (a window of six months opens), ``-6m-1d`` (the day before it opens), ``day`` (the base itself).
    """
    if text == ON_THE_DAY:
        return Length("day")
    body, short = (text[: -len("-1d")], True) if text.endswith("-1d") else (text, False)
    if body.startswith("-"):
        return Length("before" if short else "opens", parse_periods(body[1:]))
    first, step, then = body.partition(">")
    if step:
        return Length("after", parse_periods(then), parse_periods(first), short)
    return Length("after", parse_periods(body), short=short)


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


def add(base: date, periods: Iterable[Period], counting: Counting = "article_3") -> date:
    """The last day of one period made of ``periods``, counted from ``base`` (itself not counted).

    Patent Act Art. 3(1): the first day is excluded; months and years go by the calendar, ending on
    the day before the corresponding day, or on the last day of a month that has none. Extensions
    make one period with what they extend (Formality Examination Manual 04.12): lengths in the same
    unit are summed before counting and no intermediate end is moved off a closed day. Counted date to
    date, months end on the corresponding day itself.
    """
    if counting == "earlier":
        periods = (*periods,)
        return min(add(base, periods, "article_3"), add(base, periods, "date_to_date"))
    end = base
    try:
        for period in _merged(periods):
            end = _add_one(end, period, counting)
    except (ValueError, OverflowError) as error:
        raise OutOfRange(f"the period from {base} runs out of the calendar") from error
    return end


def two_step(
    base: date,
    first: Sequence[Period],
    then: Sequence[Period],
    roll: Callable[[date], date],
    counting: Counting = "article_3",
) -> date:
    """The raw end of a period that runs after another has elapsed ("期間の経過後").

    The first end is moved off closed days, the second counts from the day after it (INPIT FAQ 000151).
    Without a first period the second runs from ``base``.
    """
    start = roll(add(base, first, counting)) if first else base
    return add(start, then, counting)


def window_opens(end: date, periods: Iterable[Period]) -> date:
    """The first day of the window of ``periods`` before ``end``, which includes ``end``.

    Counted back from the day after ``end``; a month without that day opens on the first of the next,
    so that nobody files too early.
    """
    return _back(end, periods, missing="next")


def last_day_before(end: date, periods: Iterable[Period]) -> date:
    """The day before the window of ``periods`` that ends with ``end``, at the latest.

    Counted back from the day after ``end``; a month without that day counts by its last, so that
    nobody is late.
    """
    return _minus_days(_back(end, periods, missing="last"), 1)


def years_before(end: date, years: int) -> date:
    """The day ``years`` before ``end``; 29 February becomes the 28th, so that nobody is late."""
    return _shift(end, -12 * years, missing="last")


def _back(end: date, periods: Iterable[Period], missing: Literal["next", "last"]) -> date:
    day = _minus_days(end, -1)
    for period in _merged(periods):
        by_days = period.unit == "day"
        day = _minus_days(day, period.n) if by_days else _shift(day, -period.n, missing)
    return day


def _minus_days(day: date, n: int) -> date:
    try:
        return day - timedelta(days=n)
    except OverflowError as error:
        raise OutOfRange(f"{n} days before {day} is no day of the calendar") from error


def _merged(periods: Iterable[Period]) -> list[Period]:
    merged: list[Period] = []
    for period in periods:
        months = Period(period.n * 12, "month") if period.unit == "year" else period
        if merged and merged[-1].unit == months.unit:
            merged[-1] = Period(merged[-1].n + months.n, months.unit)
        else:
            merged.append(months)
    return merged


def _add_one(base: date, period: Period, counting: Counting) -> date:
    if period.unit == "day":
        return base + timedelta(days=period.n)
    if counting == "date_to_date":
        return _shift(base, period.n, missing="last")
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
