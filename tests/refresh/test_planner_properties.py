"""What holds of every plan, whatever is known of the cases and however wrong the chances are."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.refresh.planner import (
    DISPATCHED,
    DOSSIER_LIST,
    NOTICES,
    REGISTER,
    STATUS,
    Budget,
    CaseView,
    Hazards,
    Policy,
    detector,
    plan,
    reason_words,
)

DAY = date(2026, 11, 20)
PUBLISHED = Hazards.published()
CODES = (
    "A63",
    "A621",
    "A871",
    "A131",
    "A53",
    "A01",
    "A02",
    "A191",
    "C60",
    "C211",
    "C03",
    "R150",
    "A761",
    "?",
)
FINISHED = {"R150", "A761"}

days = st.one_of(
    st.none(), st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.sampled_from([date.min, date.max, DAY])
)
documents = st.lists(st.tuples(st.sampled_from(CODES), days), max_size=8).map(tuple)
views = st.builds(
    CaseView,
    key=st.integers(0, 40),
    law=st.sampled_from(["patent", "design", "trademark", "utility", ""]),
    filed_on=days,
    requested_on=days,
    registered_on=days,
    expire_on=days,
    documents=documents,
    last_asked=days,
    last_outcome=st.sampled_from(["", "ok", "empty", "out_of_range", "timeout"]),
    added_on=days,
    residency=st.sampled_from(["", "resident", "overseas"]),
    watch=st.sampled_from(["hot", "normal", "resting"]),
    running_limit=days,
    expected_on=days,
    accelerated=st.booleans(),
    partly_asked=st.lists(
        st.tuples(st.sampled_from(["notice", "decision", "other"]), days.filter(bool)), max_size=2
    ).map(tuple),
)
budgets = st.lists(
    st.builds(
        Budget,
        bucket=st.uuids().map(str),
        calls=st.integers(-2, 12),
        detector=st.one_of(
            st.sampled_from([STATUS, NOTICES, DISPATCHED, REGISTER, DOSSIER_LIST]),
            st.sampled_from(["patent", "design"]).map(lambda law: detector(f"{law}/app_progress")),
        ),
        daily=st.one_of(st.none(), st.integers(0, 20)),
    ),
    max_size=5,
)


def weekdays(day: date) -> bool:
    return day.weekday() < 5


@settings(max_examples=100, deadline=None)
@given(st.lists(views, max_size=30), budgets)
def test_no_bucket_is_overdrawn_and_no_case_asked_twice_whatever_is_known(cases, given_budgets):
    planned = plan(cases, given_budgets, DAY, open_day=weekdays, hazards=PUBLISHED)
    allowed = {one.bucket: one for one in given_budgets}
    laws = {case.key: case.law for case in reversed(cases) if case.law in ("patent", "design", "trademark")}
    for bucket, used in Counter(choice.bucket for choice in planned.choices).items():
        assert used <= allowed[bucket].calls
    chosen = [choice.case for choice in planned.choices]
    assert len(chosen) == len(set(chosen))
    for choice in planned.choices:
        assert laws[choice.case] in allowed[choice.bucket].detector.laws
        assert choice.score >= 0
        assert "{" not in reason_words(choice.reason, "en") + reason_words(choice.reason, "ja")
    assert planned.left_out >= 0
    assert all(days >= 1 for days in planned.promises.values())


@settings(max_examples=30, deadline=None)
@given(
    st.lists(views, max_size=25, unique_by=lambda case: case.key), budgets, st.randoms(use_true_random=False)
)
def test_the_order_in_which_cases_come_changes_nothing(cases, given_budgets, shuffler: random.Random):
    mixed = list(cases)
    shuffler.shuffle(mixed)
    first, again = (
        plan(some, given_budgets, DAY, open_day=weekdays, hazards=PUBLISHED) for some in (cases, mixed)
    )
    assert [(one.case, one.bucket) for one in first.choices] == [
        (one.case, one.bucket) for one in again.choices
    ]


def _docket(size: int) -> list[CaseView]:
    """Cases of every age, all asked a while ago."""
    return [
        CaseView(
            key,
            "patent",
            filed_on=DAY - timedelta(days=400 + key),
            documents=(("A621", DAY - timedelta(days=7 * key % 500)),) if key % 3 else (),
            last_asked=DAY - timedelta(days=1 + key % 4),
            added_on=DAY - timedelta(days=90),
        )
        for key in range(size)
    ]


@pytest.mark.parametrize("age", range(1, 75, 8))
def test_the_longer_a_case_was_not_asked_the_more_urgent_it_is(age):
    others = _docket(60)
    case = CaseView(999, "patent", filed_on=date(2024, 1, 1), documents=(("A621", date(2026, 2, 2)),))

    def rank(asked: int) -> int:
        asked_then = replace(case, last_asked=DAY - timedelta(days=asked))
        planned = plan(
            [*others, asked_then], [Budget("s", 1000, STATUS)], DAY, open_day=weekdays, hazards=PUBLISHED
        )
        order = [choice.case for choice in planned.choices]
        return order.index(999) if 999 in order else len(order)

    assert rank(age + 3) <= rank(age)


def _absurd() -> dict[str, Hazards]:
    chance = np.random.default_rng(5)
    shape = PUBLISHED.rates.shape
    return {
        "all nought": Hazards(np.zeros(shape), PUBLISHED.kinds),
        "all certain": Hazards(np.ones(shape), PUBLISHED.kinds),
        "one state certain, the others nought": Hazards(
            np.where(np.arange(shape[1])[None, :, None] == 2, 1.0, 0.0) * np.ones(shape), PUBLISHED.kinds
        ),
        "drawn by lot": Hazards(chance.random(shape) ** 6, PUBLISHED.kinds),
        "a tenth": PUBLISHED.times(0.1),
        "five times": PUBLISHED.times(5),
    }


@pytest.mark.parametrize("how", _absurd())
def test_nothing_starves_whatever_the_chances_say(how):
    hazards, policy, calls = _absurd()[how], Policy(live_days=12, due_days=9), 8
    cases = {case.key: case for case in _docket(70)}
    asked = dict.fromkeys(cases, 0)
    for step in range(1, 60):
        today = DAY + timedelta(days=step)
        planned = plan(
            cases.values(),
            [Budget("s", calls, STATUS)],
            today,
            open_day=weekdays,
            hazards=hazards,
            policy=policy,
        )
        for choice in planned.choices:
            asked[choice.case] += 1
            cases[choice.case] = replace(cases[choice.case], last_asked=today)
        promised = max(days for klass, days in planned.promise.items() if klass in ("live", "due"))
        for case in cases.values():
            assert (today - case.last_asked).days <= promised, (case, promised)
    assert min(asked.values()) > 0


def test_too_many_watched_cases_starve_neither_each_other_nor_the_rest():
    policy, calls = Policy(live_days=12, due_days=9), 8
    cases = {case.key: replace(case, watch="hot" if case.key < 30 else "normal") for case in _docket(50)}
    for step in range(1, 60):
        today = DAY + timedelta(days=step)
        planned = plan(
            cases.values(),
            [Budget("s", calls, STATUS)],
            today,
            open_day=weekdays,
            hazards=PUBLISHED,
            policy=policy,
        )
        for choice in planned.choices:
            cases[choice.case] = replace(cases[choice.case], last_asked=today)
        if step <= planned.promise["hot"]:
            continue  # they were asked before anything was promised
        for case in cases.values():
            klass = "hot" if case.watch == "hot" else "live"
            assert (today - case.last_asked).days <= planned.promise[klass]
    assert planned.promise["hot"] == 8


def test_cases_that_nobody_asked_about_are_all_asked_within_their_promise():
    fresh = [replace(case, last_asked=None, added_on=DAY) for case in _docket(60)]
    cases = {case.key: case for case in fresh}
    for step in range(1, 16):
        today = DAY + timedelta(days=step)
        planned = plan(cases.values(), [Budget("s", 8, STATUS)], today, open_day=weekdays, hazards=PUBLISHED)
        for choice in planned.choices:
            cases[choice.case] = replace(cases[choice.case], last_asked=today)
        if step == planned.promise["new"]:
            break
    assert all(case.last_asked for case in cases.values())
