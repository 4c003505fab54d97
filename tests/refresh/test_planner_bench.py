"""The simulation by which the planner is judged: it tells a policy nothing it could not have asked."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from bench.refresh import START, Trial, compare, first_import, learned, wronged
from bench.refresh_run import Known, Ours, run, settled
from bench.refresh_world import ACTS, CODES, LIFE, calendar_of, make_world
from dossiers.refresh.planner import STATUS, Budget, Forecast, Hazards, forecast, state_of

BEGIN = START.toordinal()
FIGURES = {"mean", "p95", "p99", "within_1", "within_3", "within_7", "worst_staleness", "calls"}


@pytest.fixture(scope="module")
def world():
    return make_world(3000, START, 200, seed=5)


def test_the_docket_keeps_its_size(world):
    there = ((world.filed < BEGIN) & (world.filed > BEGIN - LIFE)).sum()
    assert 2900 <= there <= 3100


def test_every_document_falls_on_a_day_the_office_is_open(world):
    first = int(world.day.min())
    opened = np.array(calendar_of(first, int(world.day.max()) + 1))
    assert opened[world.day - first].all()


def test_no_document_is_older_than_its_case(world):
    assert (world.day >= world.filed[world.case]).all()


def test_first_actions_come_as_late_as_the_office_publishes(world):
    asked = {int(case): int(day) for case, code, day in _documents(world, "A621")}
    quick = {int(case) for case, _, _ in _documents(world, "A871")}
    waits = [
        day - asked.pop(case)
        for case, code, day in sorted(_documents(world, "A131", "A01"), key=lambda one: one[2])
        if case in asked and case not in quick
    ]
    assert np.mean(waits) == pytest.approx(9.4 * 30.44, rel=0.05)


def _documents(world, *codes: str) -> list[tuple[int, int, int]]:
    wanted = np.isin(world.code, [CODES.index(code) for code in codes])
    return list(
        zip(world.case[wanted].tolist(), world.code[wanted].tolist(), world.day[wanted].tolist(), strict=True)
    )


def test_a_policy_is_told_only_documents_of_days_before_it_asked(world):
    known = settled(world, BEGIN, 60, seed=5)
    run(
        known,
        Ours([Budget("s", 60, STATUS)], Hazards.published()),
        60,
        BEGIN,
        (BEGIN, BEGIN + 30),
        5,
        at_most_after=1,
    )
    for row in np.flatnonzero(known.docket.asked):
        view = known.view(int(row), int(known.docket.asked[row]))
        assert all(day < view.last_asked for _, day in view.documents)
        state = state_of(view, view.last_asked)
        assert known.docket.since[row] == (state.since.toordinal() if state.since else 0)


def test_an_act_is_never_seen_before_it_is_visible_and_all_are_seen_in_the_end(world):
    known = settled(world, BEGIN, 300, seed=5)
    window = BEGIN + 10, BEGIN + 40
    result = run(known, Ours([Budget("s", 300, STATUS)], Hazards.published()), 300, BEGIN, window, 5)
    acts = np.isin(world.code, [CODES.index(code) for code in ACTS])
    visible = world.day + 1
    expected = (acts & (visible >= window[0]) & (visible < window[1])).sum()
    assert len(result.delays) == expected > 0
    assert result.delays.min() >= 0
    assert result.calls <= 300 * 30
    assert result.beyond_promise == 0


def test_nobody_knows_anything_before_asking(world):
    known = Known(world)
    assert not known.view(0, BEGIN).documents


def test_the_planner_sees_acts_sooner_than_any_simpler_way_and_later_than_a_clairvoyant():
    results = compare(Trial(cases=3000, budget=24, days=60), seed=5)
    mean = {name: float(result.delays.mean()) for name, result in results.items()}
    assert mean["clairvoyant"] <= mean["ours"] < mean["poisson_optimal"] < mean["active_round_robin"]
    assert mean["ours"] < mean["fixed_tiers"] < mean["active_round_robin"] < mean["round_robin"]
    assert results["ours"].beyond_promise == 0


def test_a_first_import_finds_running_periods_long_before_chance_would():
    found = first_import(Trial(cases=4000, budget=100), seed=5)
    assert found["ours"].mean < 0.5 * found["random"].mean
    assert found["ours"].mean < found["newest_first"].mean < found["oldest_first"].mean


@pytest.mark.parametrize("how", ["half", "double", "five_times", "mixed_two", "mixed_five", "shuffled"])
def test_spoilt_chances_are_other_chances(how):
    right = Hazards.published()
    spoilt = wronged(right, how, seed=1)
    assert not np.allclose(spoilt.rates, right.rates)
    assert ((spoilt.rates >= 0) & (spoilt.rates <= 1)).all()


def test_the_last_line_is_one_object_for_machines():
    out = StringIO()
    call_command(
        "bench_refresh",
        "--cases=400",
        "--budget=20",
        "--days=15",
        "--seed=1,2",
        "--json",
        stdout=out,
        stderr=StringIO(),
    )
    told = json.loads(out.getvalue().splitlines()[-1])
    assert (told["cases"], told["budget"], set(told)) == (400, 20, {"cases", "budget", "policies"})
    assert {"ours", "round_robin", "clairvoyant"} <= set(told["policies"])
    assert all(set(figures) == FIGURES for figures in told["policies"].values())


@pytest.mark.parametrize(
    "wish", [["--wrong=very"], ["--policies=guess"], ["--burst=2"], ["--cases=0"], ["--seed=x"]]
)
def test_a_wish_it_cannot_grant_is_refused_in_words(wish):
    with pytest.raises(CommandError):
        call_command("bench_refresh", *wish, stdout=StringIO())


def test_a_forecast_comes_near_to_what_the_simulation_measures():
    days = calendar_of(BEGIN - 900, BEGIN + 100)
    known = settled(make_world(3000, START, 100, seed=5), BEGIN, 24, seed=5)
    views = [known.view(int(row), int(known.docket.asked[row])) for row in np.flatnonzero(known.docket.asked)]

    def told(calls: int, more: int = 0) -> Forecast:
        return forecast(
            views,
            [Budget("s", calls, STATUS)],
            START,
            open_day=lambda day: days[day.toordinal() - (BEGIN - 900)],
            hazards=learned(known),
            more=more,
        )

    measured = compare(Trial(cases=3000, budget=24, days=60), 5, ["ours"])["ours"].delays.mean()
    assert told(24).mean_delay == pytest.approx(measured, rel=0.4)
    assert told(48).mean_delay < told(24).mean_delay < told(24, more=1000).mean_delay
    assert told(24).calls_a_day == 24


def test_a_forecast_of_nothing_is_none():
    empty = forecast([], [Budget("s", 5, STATUS)], START, open_day=lambda day: True)
    assert (empty.mean_delay, empty.acts_a_day, empty.calls_a_day) == (None, 0.0, 0.0)
