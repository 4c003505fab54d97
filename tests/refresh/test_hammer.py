"""Eight processes on one limit, in short; `make hammer` does it at length, and on both databases."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from bench.hammer import SCENARIOS, Scenario, nursery, run
from tests.runtime import scratch

pytestmark = pytest.mark.processes

SECONDS = 1.0


@pytest.fixture(scope="module", params=["file", "database"])
def processes(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hammer")
    if request.param == "file":
        with nursery(folder, None) as made:
            yield made
        return
    with scratch.database(folder) as address:
        scratch.manage({**os.environ, "DATABASE_URL": address}, "migrate", "--verbosity=0")
        with nursery(folder, address) as made:
            yield made


def briefly(name, processes):
    """The scenario in a hurry: two minutes of the office, or the two on either side of its midnight."""
    scenario = next(one for one in SCENARIOS if one.name == name)
    if name.startswith("midnight"):
        scenario = replace(scenario, pace=200, start=scenario.start + timedelta(seconds=140))
    elif name.startswith("minute"):
        scenario = replace(scenario, pace=120)
    return run(scenario, processes, SECONDS)


@pytest.mark.parametrize(
    "name",
    [
        "day, killed",
        "minute, killed",
        "minute, clock +1 h",
        "minute of 5, OPD",
        "midnight, clock fast",
        "midnight, killed",
        "edge cache",
        "no counter, killed",
        "used elsewhere",
        "doubled limit",
    ],
)
def test_eight_processes_never_ask_more_than_the_office_allows(processes, name):
    result = briefly(name, processes)
    assert result.calls > 0
    assert result.overruns == 0


def test_an_overrun_would_be_seen(processes):
    """No ledger can know of a limit that is set wrong and shown nowhere."""
    misled = Scenario(
        "misled", "patent/app_doc_cont_refusal_reason", limit=60, office_limit=3, questions="bundles"
    )
    assert run(misled, processes, SECONDS).overruns > 0
