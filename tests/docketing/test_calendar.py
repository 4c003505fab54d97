"""The closed days of the office against two independent libraries and the rule of the year's end."""

from datetime import date, timedelta

import holidays
import jpholiday
import pytest

from dossiers.docketing.calendar import office_calendar

CALENDAR = office_calendar()


@pytest.mark.parametrize("year", range(2015, 2036))
def test_holidays_agree_with_the_holidays_package(year: int) -> None:
    ours = {day for day in CALENDAR.closures if day.year == year}
    assert ours == set(holidays.country_holidays("JP", years=year))


@pytest.mark.parametrize("year", range(2019, 2029))
def test_holidays_agree_with_jpholiday(year: int) -> None:
    ours = {day: name for day, name in CALENDAR.closures.items() if day.year == year}
    assert ours == dict(jpholiday.year_holidays(year))


@pytest.mark.parametrize("year", [2019, 2024, 2026])
def test_the_office_is_closed_on_every_day_around_new_year(year: int) -> None:
    first = date(year, 12, 29)
    assert all(CALENDAR.why_closed(first + timedelta(days=i)) for i in range(6))


@pytest.mark.parametrize("day", ["2026-05-06", "2026-09-22", "2019-04-30", "2019-10-22", "2020-07-24"])
def test_substitute_citizens_and_one_off_holidays(day: str) -> None:
    assert CALENDAR.why_closed(date.fromisoformat(day))


def test_skipped_days_are_named_in_both_languages() -> None:
    due, skipped = CALENDAR.roll(date(2024, 4, 27))
    assert due == date(2024, 4, 30)
    assert [CALENDAR.in_english(why) for _, why in skipped] == ["Saturday", "Sunday", "Showa Day"]


def test_every_holiday_has_an_english_name() -> None:
    assert all(CALENDAR.in_english(name).isascii() for name in set(CALENDAR.closures.values()))


def test_an_extra_closure_is_skipped_with_its_reason() -> None:
    calendar = office_calendar({date(2026, 11, 24): ("庁舎閉鎖", "building closed")})
    due, skipped = calendar.roll(date(2026, 11, 24))
    assert due == date(2026, 11, 25)
    assert calendar.in_english(skipped[0][1]) == "building closed"
    assert CALENDAR.why_closed(date(2026, 11, 24)) is None


def test_predicted_holidays_are_not_called_confirmed() -> None:
    assert CALENDAR.is_confirmed(date(2027, 12, 31))
    assert not CALENDAR.is_confirmed(date(2028, 1, 1))
