"""The chances of an act: published, learned from the docket, written down and read again."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.refresh.planner import CaseView, Hazards
from dossiers.refresh.planner.hazards import DAYS_A_MONTH, MONTHS, NEWS_DAYS_A_MONTH
from dossiers.refresh.planner.model import LAWS
from dossiers.refresh.planner.states import STATES

PUBLISHED = Hazards.published()
REQUEST = date(2020, 1, 6)


def rates(hazards: Hazards, state: str, law: str = "patent"):
    return hazards.rates[LAWS.index(law), STATES.index(state)]


def examined_after(months: float, key: int = 1, law: str = "patent") -> CaseView:
    acted = REQUEST + timedelta(days=round(months * DAYS_A_MONTH))
    documents = (("A621", REQUEST), ("A131", acted))
    filed = REQUEST if law != "patent" else date(2019, 12, 2)
    return CaseView(key, law, filed_on=filed, documents=documents, last_asked=date(2024, 1, 1))


def test_half_of_the_first_actions_come_between_the_seventh_and_the_eleventh_month():
    assert PUBLISHED.usual("patent", "requested") == (7, 11)


@pytest.mark.parametrize(("state", "months"), [("requested", 9.4), ("accelerated", 2.3), ("answered", 3.1)])
def test_the_published_waits_have_the_published_means(state, months):
    curve = rates(PUBLISHED, state)[:MONTHS] * NEWS_DAYS_A_MONTH
    still = np.exp(-np.concatenate([[0], np.cumsum(curve)]))
    assert np.trapezoid(still) == pytest.approx(months, rel=0.1)


def test_a_request_just_made_is_not_acted_on_and_one_of_nine_months_is():
    months = rates(PUBLISHED, "requested")
    assert months[0] < 0.0001
    assert months[9] > 0.01


def test_without_history_what_is_published_stays():
    learned = Hazards.learned([])
    assert np.allclose(learned.rates, PUBLISHED.rates)
    assert np.allclose(learned.kinds, PUBLISHED.kinds)


def test_a_docket_whose_examiners_are_quicker_moves_the_chances_there():
    learned = Hazards.learned([examined_after(4.5, key) for key in range(3000)])
    assert rates(learned, "requested")[4] > 20 * rates(PUBLISHED, "requested")[4]
    assert learned.usual("patent", "requested")[1] <= 6


def test_one_case_moves_them_hardly():
    learned = Hazards.learned([examined_after(4.5)])
    assert rates(learned, "requested")[9] == pytest.approx(rates(PUBLISHED, "requested")[9], rel=0.01)
    assert rates(learned, "requested")[4] < 1.3 * rates(PUBLISHED, "requested")[4]


def test_learning_comes_to_the_true_chance():
    chance = np.random.default_rng(3)
    waits = chance.exponential(6.0, 4000)
    learned = Hazards.learned([examined_after(float(wait), key) for key, wait in enumerate(waits)])
    assert rates(learned, "requested")[1:12] * NEWS_DAYS_A_MONTH == pytest.approx(1 / 6.0, rel=0.25)


def test_a_heavier_prior_learns_slower():
    history = [examined_after(4.5, key) for key in range(20)]
    light, heavy = (rates(Hazards.learned(history, weight), "requested")[4] for weight in (1, 50))
    assert light > heavy > rates(PUBLISHED, "requested")[4]


def test_one_law_learns_nothing_of_another():
    learned = Hazards.learned([examined_after(4.5, key) for key in range(300)])
    assert np.allclose(rates(learned, "requested", "design"), rates(PUBLISHED, "requested", "design"))


def test_an_answer_may_be_unseen_so_a_notice_is_followed_to_the_next_act():
    noticed = REQUEST + timedelta(days=200)
    acted = noticed + timedelta(days=round(5.5 * DAYS_A_MONTH))
    documents = (("A621", REQUEST), ("A131", noticed), ("A53", noticed + timedelta(days=55)), ("A01", acted))
    history = [
        CaseView(key, "patent", filed_on=REQUEST, documents=documents, last_asked=date(2024, 1, 1))
        for key in range(200)
    ]
    learned = Hazards.learned(history)
    assert rates(learned, "notice")[5] > 2 * rates(PUBLISHED, "notice")[5]
    assert rates(learned, "answered")[3] > 2 * rates(PUBLISHED, "answered")[3]
    assert rates(learned, "notice")[1] < rates(PUBLISHED, "notice")[1]


def test_a_case_never_asked_teaches_nothing():
    never = CaseView(1, "patent", documents=examined_after(4.5).documents)
    assert np.allclose(Hazards.learned([never] * 50).rates, PUBLISHED.rates)


days = st.one_of(st.none(), st.dates(), st.sampled_from([date.min, date.max]))


@given(
    st.lists(
        st.builds(
            CaseView,
            key=st.integers(0, 9),
            law=st.sampled_from([*LAWS, "utility"]),
            filed_on=days,
            requested_on=days,
            registered_on=days,
            expire_on=days,
            documents=st.lists(
                st.tuples(st.sampled_from(["A621", "A131", "A53", "A01", "A02", "C60", "R150", "?"]), days)
            ).map(tuple),
            last_asked=days,
        ),
        max_size=6,
    )
)
def test_contradicting_documents_never_make_an_impossible_chance(history):
    learned = Hazards.learned(history)
    assert ((learned.rates > 0) & (learned.rates <= 1)).all()
    assert np.allclose(learned.kinds.sum(axis=2), 1)


def test_what_is_written_down_is_read_again():
    learned = Hazards.learned([examined_after(4.5, key) for key in range(300)])
    again = Hazards.from_json(learned.to_json())
    assert np.allclose(again.rates, learned.rates, rtol=1e-3)
    assert np.allclose(again.kinds, learned.kinds, atol=1e-4)


@pytest.mark.parametrize(
    "spoilt", [{}, {"patent": 3}, {"patent": {"requested": {"months": [1, 2], "kinds": None}}}]
)
def test_what_is_missing_of_the_stored_chances_is_as_published(spoilt):
    assert np.allclose(Hazards.from_json(json.dumps(spoilt)).rates, PUBLISHED.rates)


def test_stored_chances_that_are_none_are_not_believed():
    months = [float("nan"), -1, 7, True, "0.5", *[0.25] * (MONTHS - 5)]
    read = Hazards.from_json(json.dumps({"patent": {"requested": {"months": months}}}))
    assert np.allclose(rates(read, "requested")[:5], rates(PUBLISHED, "requested")[:5])
    assert rates(read, "requested")[5] == 0.25


@pytest.mark.parametrize("text", ["", "[]", "no", "3"])
def test_something_else_than_stored_chances_is_refused(text):
    with pytest.raises(ValueError):
        Hazards.from_json(text)
