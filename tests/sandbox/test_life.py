"""What the law and the office's ways say about any history the sandbox may invent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import jpholiday
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.sandbox.days import add_months, is_business_day, on_or_before
from apiclient.sandbox.life import REGISTER, Act, Origin, last_day_to_answer
from apiclient.sandbox.world import LAWS, Case, Sight, World

WORLD = World(seed=3, cases=20_000)
EXAMINATION_OUTCOMES = {"A131", "A01", "A02"}


@st.composite
def cases(draw: st.DrawFn, laws: Iterable[str] = LAWS) -> Case:
    law = draw(st.sampled_from(sorted(laws)))
    year = draw(st.integers(2012, 2027))
    position = draw(st.integers(0, WORLD.per_year(law, year) - 1))
    case = WORLD.case(law, WORLD.number(law, year, position))
    assert case is not None
    return case


def coded(case: Case, *codes: str) -> list[Act]:
    return [act for act in case.life.acts if act.code in codes]


def many(test: object) -> object:
    return settings(max_examples=40, deadline=None)(given(case=cases())(test))  # type: ignore[arg-type]


@pytest.mark.parametrize("year", range(2012, 2031, 3))
def test_business_days_agree_with_the_calendar_of_holidays(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        year_end = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
        closed = day.weekday() > 4 or year_end or jpholiday.is_holiday(day)
        assert is_business_day(day) is not closed, day
        day += timedelta(days=1)


@many
def test_acts_are_in_order_and_none_before_the_filing(case: Case) -> None:
    days = [act.day for act in case.life.acts]
    assert days == sorted(days)
    assert days[0] >= case.filed_on


@many
def test_the_office_acts_on_business_days_and_drafts_before_it_sends(case: Case) -> None:
    for act in case.life.acts:
        if act.drafted:
            assert is_business_day(act.day)
            assert act.day - timedelta(days=20) < act.drafted < act.day


@many
def test_every_answer_answers_an_earlier_notice_within_its_period(case: Case) -> None:
    notices = {act.number: act for act in coded(case, "A131")}
    extended = {act.answers for act in coded(case, "A601")}
    origin = Origin(case.law, case.number, case.filed_on, None, case.overseas)
    for paper in coded(case, "A53", "A523"):
        if not paper.answers:  # an amendment with an appeal answers no notice
            assert paper.day in {act.day for act in coded(case, "C60")}
            continue
        notice = notices[paper.answers]
        months = (1 if case.law == "trademark" else 2) if notice.number in extended else 0
        assert notice.day < paper.day <= last_day_to_answer(origin, notice, months)


@many
def test_an_extension_is_asked_for_before_the_period_ends(case: Case) -> None:
    notices = {act.number: act for act in coded(case, "A131")}
    origin = Origin(case.law, case.number, case.filed_on, None, case.overseas)
    for request in coded(case, "A601"):
        assert request.day <= last_day_to_answer(origin, notices[request.answers])


@many
def test_patents_are_examined_only_after_a_request_within_three_years(case: Case) -> None:
    requests = coded(case, "A621")
    examined = coded(case, *EXAMINATION_OUTCOMES)
    if case.law != "patent":
        assert not requests
        return
    assert len(requests) <= 1
    for request in requests:
        assert case.filed_on <= request.day <= add_months(case.filed_on, 36)
        assert all(act.day > request.day for act in examined)
    assert requests or not examined


@many
def test_patent_applications_are_published_eighteen_months_after_the_earliest_date(case: Case) -> None:
    published = case.life.published_on
    if case.law != "patent" or published is None:
        return
    due = add_months(case.priority[1] if case.priority else case.filed_on, 18)
    assert due <= published <= due + timedelta(days=16)
    assert WORLD.by_publication(case.publication_number) == case


@many
def test_registration_follows_a_favourable_decision_and_its_fee(case: Case) -> None:
    right = case.life.right
    if right is None:
        return
    decision = [act for act in coded(case, "A01", "C03") if act.block != REGISTER][-1]
    fee = coded(case, "A61")[0]
    assert decision.day < fee.day <= decision.day + timedelta(days=30)
    assert fee.day < right.registered_on
    assert right.decided_on == decision.drafted
    assert WORLD.by_registration(case.law, case.registration_number) == case


@many
def test_a_refusal_is_appealed_within_its_period_or_ends_the_case(case: Case) -> None:
    for refusal in coded(case, "A02"):
        months = 4 if case.law == "patent" and case.overseas else 3
        for appeal in coded(case, "C60"):
            assert refusal.day < appeal.day <= add_months(refusal.day, months)
        assert coded(case, "C60") or case.life.right is None


@many
def test_annuities_run_from_the_registration_and_lapse_on_the_day_that_was_missed(case: Case) -> None:
    right = case.life.right
    if right is None:
        return
    for payment in right.payments:
        if payment.next_due and case.law != "trademark":
            assert payment.next_due == add_months(right.registered_on, 12 * payment.through)
    days = [payment.day for payment in right.payments]
    assert days == sorted(days)
    last = right.payments[-1]
    assert right.lapsed_on == (last.next_due or last.expires)
    assert right.lapse_entered and right.lapsed_on and right.lapse_entered > right.lapsed_on


@many
def test_document_numbers_are_of_the_offices_shapes_and_unique_within_a_case(case: Case) -> None:
    digit = {"patent": "1", "design": "3", "trademark": "4"}[case.law]
    numbers = []
    for act in case.life.acts:
        if act.number in ("99999999999", "BBBBBBBBBBB"):
            assert not act.available
            continue
        assert len(act.number) == 11 and act.number.isdigit()
        if act.code != "A63":
            numbers.append(act.number)
        if act.code in EXAMINATION_OUTCOMES:
            assert act.number.startswith(f"06{digit}{act.day:%y}")
    assert len(numbers) == len(set(numbers))


@many
def test_a_case_is_the_same_in_every_world_of_its_seed(case: Case) -> None:
    again = World(seed=3, cases=20_000)
    assert again.case(case.law, case.number) == case
    assert World(seed=4, cases=20_000).case(case.law, case.number) != case


@settings(max_examples=30, deadline=None)
@given(case=cases(), days=st.integers(0, 6000))
def test_an_act_is_seen_from_the_day_after_it(case: Case, days: int) -> None:
    today = case.filed_on + timedelta(days=days)
    seen = Sight(case, today).acts
    assert all(act.day < today for act in seen)
    assert {act for act in case.life.acts if act.day == on_or_before(today) == today}.isdisjoint(seen)
    assert set(Sight(case, today + timedelta(days=1)).acts) == {
        act for act in case.life.acts if act.day <= today
    }


def test_what_is_foretold_is_what_the_cases_hold() -> None:
    world = World(seed=5, cases=300)
    first, last = date(2024, 1, 1), date(2024, 6, 30)
    for law in LAWS:
        for code in ("A131", "R20"):
            held = sorted(
                (act.day, number)
                for year in range(2012, 2025)
                for number in world.numbers(law, year)
                if (case := world.case(law, number))
                for act in case.life.acts
                if act.code == code and first <= act.day <= last
            )
            assert world.dispatched(law, code, first, last) == held
            few = world.dispatched(law, code, first, last, limit=2)
            assert len(few) == min(2, len(held)) and set(few) <= set(held)


def test_numbers_that_were_never_given_are_no_cases() -> None:
    given_out = set(WORLD.numbers("patent", 2024))
    neighbours = [f"{int(number) + 1}" for number in given_out if f"{int(number) + 1}" not in given_out]
    assert neighbours and all(WORLD.case("patent", number) is None for number in neighbours)
    for odd in ("", "2024", "abcdefghij", "２０２４０００００１", "1999000001", "99999999999"):
        assert WORLD.case("patent", odd) is None


def test_a_world_larger_than_its_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="more than a year"):
        World(seed=1, cases=10**7)
