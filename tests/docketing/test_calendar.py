"""The closed days of the office against two independent libraries and the law; and a damaged table."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import jpholiday
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.docketing.calendar import (
    DATA,
    FIRST_YEAR,
    LAST_YEAR,
    CalendarBroken,
    closed_days,
    office_calendar,
    packaged,
    read_holidays,
    read_settings,
)

CALENDAR = office_calendar()
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


@pytest.mark.parametrize("year", YEARS)
def test_holidays_agree_with_the_holidays_package(year: int) -> None:
    ours = {day for day in CALENDAR.closures if day.year == year}
    assert ours == set(holidays.country_holidays("JP", years=year))


@pytest.mark.parametrize("year", YEARS)
def test_holidays_agree_with_jpholiday(year: int) -> None:
    ours = {day: name for day, name in CALENDAR.closures.items() if day.year == year}
    assert ours == dict(jpholiday.year_holidays(year))


@pytest.mark.parametrize("year", YEARS)
def test_the_office_is_closed_on_every_day_around_new_year(year: int) -> None:
    first = date(year, 12, 29)
    assert all(CALENDAR.why_closed(first + timedelta(days=i)) for i in range(6))


# Chosen by hand: (day, name, provision). The enthronement of 2019 and the days between, the Games of 2020 and
# 2021, which moved three holidays, substitutes that skip further holidays, and days between two holidays.
KNOWN = [
    ("2019-04-30", "国民の休日", "citizens"),
    ("2019-05-01", "天皇の即位の日", "enthronement"),
    ("2019-05-02", "国民の休日", "citizens"),
    ("2019-10-22", "即位礼正殿の儀", "enthronement"),
    ("2020-07-23", "海の日", "games"),
    ("2020-07-24", "スポーツの日", "games"),
    ("2020-08-10", "山の日", "games"),
    ("2021-07-22", "海の日", "games"),
    ("2021-08-08", "山の日", "games"),
    ("2021-08-09", "山の日 振替休日", "substitute"),
    ("2009-09-22", "国民の休日", "citizens"),
    ("2015-09-22", "国民の休日", "citizens"),
    ("2026-05-06", "憲法記念日 振替休日", "substitute"),
    ("2026-09-22", "国民の休日", "citizens"),
    ("2027-03-22", "春分の日 振替休日", "substitute"),
    ("2032-09-20", "敬老の日", "holiday"),
    ("2032-09-21", "国民の休日", "citizens"),
    ("2032-09-22", "秋分の日", "equinox"),
    ("2026-01-01", "元日", "holiday"),
    ("2025-12-29", "年末年始（12月29日〜1月3日）の閉庁日", "year_end"),
    ("2026-01-03", "年末年始（12月29日〜1月3日）の閉庁日", "year_end"),
    ("2026-11-22", "日曜日", "weekend"),
]


@pytest.mark.parametrize(("day", "name", "basis"), KNOWN)
def test_a_day_known_to_be_closed_is_closed_for_its_reason(day: str, name: str, basis: str) -> None:
    on = date.fromisoformat(day)
    assert CALENDAR.why_closed(on) == name
    assert [(one.reason, one.basis) for one in closed_days(CALENDAR, on.year) if one.day == on] == [
        (name, basis)
    ]


@pytest.mark.parametrize(
    "day",
    [
        *("2020-07-20", "2020-08-11", "2020-10-12", "2021-07-19", "2021-10-11"),  # moved for the Games
        *("2019-12-23", "2018-05-01", "2027-05-06", "2026-12-28", "2027-01-04", "2026-09-24"),
    ],
)
def test_a_day_on_which_people_expect_it_to_be_closed_but_it_opens(day: str) -> None:
    assert CALENDAR.why_closed(date.fromisoformat(day)) is None


@given(st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 20)))
def test_a_last_day_moves_to_an_open_day_over_closed_days_alone(day: date) -> None:
    due, skipped = CALENDAR.roll(day)
    assert CALENDAR.why_closed(due) is None
    assert [one for one, _ in skipped] == [day + timedelta(days=n) for n in range((due - day).days)]
    assert len(skipped) <= 10  # the longest row so far: the enthronement, 27 April to 6 May 2019


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
    assert [one.basis for one in closed_days(calendar, 2026) if one.reason == "庁舎閉鎖"] == ["added"]
    assert CALENDAR.why_closed(date(2026, 11, 24)) is None


# --- what is confirmed --------------------------------------------------------------------------------------


def test_predicted_holidays_are_not_called_confirmed() -> None:
    through = packaged().confirmed_through
    assert CALENDAR.is_confirmed(through)
    assert not CALENDAR.is_confirmed(through + timedelta(days=1))


def test_a_year_counts_as_confirmed_only_when_none_before_it_is_left_out() -> None:
    last = packaged().confirmed_through.year
    assert office_calendar(confirmed_years=[last + 1]).confirmed_through == date(last + 1, 12, 31)
    assert office_calendar(confirmed_years=[last + 2]).confirmed_through.year == last
    assert office_calendar(confirmed_years=[last + 2, last + 1]).confirmed_through.year == last + 2
    assert office_calendar(confirmed_years=[last - 1]).confirmed_through.year == last


def test_years_whose_holidays_nobody_knows_can_never_be_confirmed() -> None:
    assert office_calendar(confirmed_years=range(2000, 2200)).confirmed_through.year == LAST_YEAR


def test_what_depends_on_an_equinox_is_a_prediction_until_its_year_is_confirmed() -> None:
    predicted = {one.day for one in closed_days(CALENDAR, 2032) if one.predicted}
    assert predicted == {date(2032, 3, 20), date(2032, 9, 21), date(2032, 9, 22)}
    confirmed = office_calendar(confirmed_years=range(2028, 2033))
    assert not any(one.predicted for one in closed_days(confirmed, 2032))


# --- a damaged table ----------------------------------------------------------------------------------------

HOLIDAYS = (DATA / "holidays.tsv").read_text(encoding="utf-8")
SETTINGS = (DATA / "calendar.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2027-05-03\t憲法記念日", "2027-05-03 憲法記念日", "line"),
        ("2027-05-03\t憲法記念日", "2027-05-33\t憲法記念日", "line"),
        ("2027-05-03\t憲法記念日", "2027-05-03\t", "line"),
        ("2027-05-03\t憲法記念日", "3027-05-03\t憲法記念日", "outside"),
        ("2027-05-03\t憲法記念日", "2027-05-03\t憲法記念日\n2027-05-03\t憲法記念日", "once"),
        ("2027-05-03\t憲法記念日", "2027-02-03\t憲法記念日", "after the day before"),
        ("2028-", "# 2028-", "2028 has 0 holidays"),
    ],
)
def test_a_damaged_list_of_holidays_is_refused_with_the_place(old: str, new: str, words: str) -> None:
    with pytest.raises(CalendarBroken, match=words):
        read_holidays(HOLIDAYS.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("confirmed_through = 2027-12-31", ""),
        ("confirmed_through = 2027-12-31", "confirmed_through = 2027-12-30"),
        ("confirmed_through = 2027-12-31", "confirmed_through = 2099-12-31"),
        ("confirmed_through = 2027-12-31", 'confirmed_through = "2027-12-31"'),
        ("confirmed_through = 2027-12-31", "confirmed_through = 2027-12-31T00:00:00"),
        ("confirmed_through = 2027-12-31", "confirmed_through = 2027-13-31"),
        ("source_en", "surce_en"),
        ("confirmed_through", "confirmed = 1\nconfirmed_through"),
    ],
)
def test_a_damaged_statement_of_what_is_confirmed_is_refused(old: str, new: str) -> None:
    assert old in SETTINGS
    last = SETTINGS.rindex(old) if old != "confirmed_through" else SETTINGS.rindex("confirmed_through")
    with pytest.raises(CalendarBroken, match=r"calendar\.toml"):
        read_settings(SETTINGS[:last] + SETTINGS[last:].replace(old, new, 1))


def test_the_table_that_is_shipped_is_whole() -> None:
    assert read_holidays(HOLIDAYS) == CALENDAR.closures
    assert read_settings(SETTINGS) == packaged()
