"""Counting under Article 3: what the office, the courts and the FAQs print, and what must always hold."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.dates import (
    Counting,
    OutOfRange,
    Period,
    add,
    last_day_before,
    parse_length,
    parse_periods,
    period_text,
    two_step,
    window_opens,
    years_before,
)

CALENDAR = office_calendar()
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2055, 12, 31))
MONTHS = st.integers(min_value=1, max_value=36)
COUNTINGS: tuple[Counting, ...] = ("article_3", "date_to_date")

# base, period, raw end, due; the last two as an official text prints them or Article 3 gives them
WORKED = [
    ("2022-10-31", "60d", "2022-12-30", "2023-01-04"),
    ("2022-10-31", "60d+2m", "2023-02-28", "2023-02-28"),
    ("2023-10-31", "60d+2m", "2024-02-29", "2024-02-29"),
    ("2022-09-30", "3m", "2022-12-31", "2023-01-04"),
    ("2022-09-30", "3m+2m+1m", "2023-03-31", "2023-03-31"),
    ("2022-11-29", "3m+2m", "2023-04-29", "2023-05-01"),
    ("2012-02-24", "3y", "2015-02-24", "2015-02-24"),
    ("2003-05-01", "30d+60d", "2003-07-30", "2003-07-30"),
    ("2024-02-29", "3m", "2024-05-31", "2024-05-31"),
    ("2023-02-28", "3m", "2023-05-31", "2023-05-31"),
    ("2023-01-31", "6m", "2023-07-31", "2023-07-31"),
    ("2022-08-30", "6m", "2023-02-28", "2023-02-28"),
    ("2023-01-18", "3m", "2023-04-18", "2023-04-18"),
    ("2026-03-07", "60d", "2026-05-06", "2026-05-07"),
    ("2024-02-27", "60d", "2024-04-27", "2024-04-30"),
]


@pytest.mark.parametrize(("base", "text", "raw_end", "due"), WORKED)
def test_worked_examples(base: str, text: str, raw_end: str, due: str) -> None:
    end = add(date.fromisoformat(base), parse_periods(text))
    assert (end.isoformat(), CALENDAR.roll(end)[0].isoformat()) == (raw_end, due)


def test_late_annuity_runs_from_the_moved_due_date() -> None:
    # 2025-01-12 is a Sunday before Coming of Age Day: the first period ends on Tuesday the 14th.
    end = two_step(date(2022, 1, 12), parse_periods("3y"), parse_periods("6m"), lambda d: CALENDAR.roll(d)[0])
    assert end == date(2025, 7, 14)


def test_renewal_window_opens_the_day_after_six_months_before() -> None:
    assert window_opens(date(2030, 4, 10), parse_periods("6m")) == date(2029, 10, 11)


def test_a_window_whose_month_is_too_short_never_opens_early() -> None:
    assert window_opens(date(2030, 8, 30), parse_periods("6m")) == date(2030, 3, 1)


def test_the_last_day_before_a_window_is_never_in_it() -> None:
    assert last_day_before(date(2030, 4, 10), parse_periods("6m")) == date(2029, 10, 10)
    # No 31 February to count back to from 31 August: the 28th counts, and the day before it is meant.
    assert last_day_before(date(2030, 8, 30), parse_periods("6m")) == date(2030, 2, 27)


LENGTHS = ["60d", "3m+2m", "2m>30d", "10y-1d", "-6m", "-6m-1d", "day", "3y>6m+1d", "2m>30d-1d"]


@pytest.mark.parametrize("text", LENGTHS)
def test_lengths_of_rules_read_back(text: str) -> None:
    assert str(parse_length(text)) == text


@pytest.mark.parametrize("text", ["", "-", "-1d", "2m>", ">30d", "2m>30d>1d", "--6m", "6m-2d", "DAY"])
def test_a_text_that_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="period"):
        parse_length(text)


def test_abroad_months_end_on_the_corresponding_day() -> None:
    for base, months, end in [
        ("2025-02-28", 3, "2025-05-28"),  # in Japan 05-31
        ("2025-11-30", 3, "2026-02-28"),
        ("2023-10-31", 4, "2024-02-29"),
        ("2025-05-14", 4, "2025-09-14"),
    ]:
        found = add(date.fromisoformat(base), [Period(months, "month")], "date_to_date")
        assert found == date.fromisoformat(end)


def test_years_before_a_leap_day_are_never_late() -> None:
    assert years_before(date(2028, 2, 29), 5) == date(2023, 2, 28)


@pytest.mark.parametrize("text", ["", "60", "0d", "-1m", "3w", "3m+", "3m,2m", "1e3d", "３m"])
def test_a_text_that_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="period"):
        parse_periods(text)


def test_a_period_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(OutOfRange):
        add(date(9999, 6, 1), [Period(1, "year")])
    with pytest.raises(OutOfRange):
        CALENDAR.roll(date(9999, 12, 31))


@given(DAYS, MONTHS)
def test_months_end_the_day_before_the_corresponding_day_or_at_the_end_of_the_month(
    base: date, n: int
) -> None:
    start, end = base + timedelta(days=1), add(base, [Period(n, "month")])
    following = end + timedelta(days=1)
    ends_month = following.day == 1
    months = (end.year - start.year) * 12 + end.month - start.month
    if following.day == start.day:
        assert months == n - (1 if ends_month else 0)
    else:
        assert ends_month and start.day > monthrange(end.year, end.month)[1] and months == n


@given(DAYS, DAYS, MONTHS)
def test_a_later_start_never_ends_earlier(one: date, other: date, n: int) -> None:
    earlier, later = sorted((one, other))
    for periods in ([Period(n, "month")], [Period(n, "day")], [Period(60, "day"), Period(n, "month")]):
        assert add(earlier, periods) <= add(later, periods)


@given(DAYS, MONTHS, MONTHS)
def test_an_extension_is_one_period_and_never_shortens(base: date, n: int, more: int) -> None:
    extended = add(base, [Period(n, "month"), Period(more, "month")])
    assert extended == add(base, [Period(n + more, "month")])
    assert extended > add(base, [Period(n, "month")])


@given(DAYS)
def test_rolling_ends_on_the_first_open_day(day: date) -> None:
    open_day, skipped = CALENDAR.roll(day)
    assert CALENDAR.why_closed(open_day) is None
    assert [closed for closed, _ in skipped] == [
        day + timedelta(days=i) for i in range((open_day - day).days)
    ]
    assert all(CALENDAR.why_closed(closed) == why for closed, why in skipped)


@given(
    st.lists(st.builds(Period, st.integers(1, 999), st.sampled_from(["day", "month", "year"])), min_size=1)
)
@settings(max_examples=30)
def test_period_texts_read_back(periods: list[Period]) -> None:
    assert parse_periods(period_text(periods)) == tuple(periods)


@given(DAYS, MONTHS, MONTHS)
def test_two_steps_never_end_before_one(base: date, first: int, then: int) -> None:
    def roll(day: date) -> date:
        return CALENDAR.roll(day)[0]

    one, other = [Period(first, "month")], [Period(then, "day")]
    assert two_step(base, one, other, roll) >= add(base, [*one, *other])
    assert two_step(base, [], other, roll) == add(base, other)


@given(DAYS, MONTHS)
def test_a_backward_window_opens_after_the_day_before_it(end: date, n: int) -> None:
    """What must be done before a window is never due within it, and a window that opens ends with its end."""
    opens, before = window_opens(end, [Period(n, "month")]), last_day_before(end, [Period(n, "month")])
    assert before < opens <= end
    assert (opens - before).days <= 3
    assert add(opens - timedelta(days=1), [Period(n, "month")]) >= end


@given(DAYS, DAYS, MONTHS)
def test_a_later_end_never_has_an_earlier_window(one: date, other: date, n: int) -> None:
    earlier, later = sorted((one, other))
    for find in (window_opens, last_day_before):
        assert find(earlier, [Period(n, "month")]) <= find(later, [Period(n, "month")])


@given(DAYS, MONTHS)
def test_date_to_date_and_the_japanese_count_differ_by_the_end_of_the_month_alone(base: date, n: int) -> None:
    japan, abroad = add(base, [Period(n, "month")]), add(base, [Period(n, "month")], "date_to_date")
    assert abroad <= japan
    assert japan == abroad or (base + timedelta(days=1)).day == 1


@given(DAYS, MONTHS)
def test_what_a_treaty_and_the_law_both_count_ends_with_the_earlier(base: date, n: int) -> None:
    both = {add(base, [Period(n, "month")], counting) for counting in COUNTINGS}
    assert add(base, [Period(n, "month")], "earlier") == min(both)


@given(st.dates(), st.sampled_from(LENGTHS), st.sampled_from(["article_3", "date_to_date"]))
def test_any_length_from_any_day_gives_a_day_or_says_that_there_is_none(
    base: date, text: str, counting: Counting
) -> None:
    length = parse_length(text)
    try:
        end = length.end(base, counting, lambda day: CALENDAR.roll(day)[0])
    except OutOfRange:
        return
    assert (end < base) == (length.shape in ("opens", "before"))
