"""Whoever brings a table or changes many cases finds it done once, whichever of its workers died at it."""

from __future__ import annotations

import pytest

from apiclient.sandbox import wire
from tests.runtime import kill_stage, scratch
from tests.runtime.kill_stage import Stage

pytestmark = pytest.mark.cluster


@pytest.fixture
def stage(tmp_path):
    """An empty docket, and an office."""
    with scratch.database(tmp_path) as address:
        scratch.manage(scratch.environment(address, IPPORTAL_DEMO="0"), "migrate", "--verbosity=0")
        with kill_stage.stage(tmp_path, address) as made:
            yield made


def table(stage: Stage, known: list[str]) -> str:
    """Known and new cases, one by its registration, one twice, and a line that is no number."""
    new = [one.case.number for one in stage.office.cases("patent", 5, stage="examination")]
    (granted,) = stage.office.cases("patent", 1, stage="registered")
    registered = wire.registration(granted)["registrationNumber"]
    lines = [f"特願{number[:4]}-{number[4:]},N-{n},架空商事,急ぎ" for n, number in enumerate([*known, *new])]
    lines += [f"特許第{registered}号,N-90,,", lines[3], "電話番号,,,", "2999000001,N-91,,"]
    return "\n".join(lines)


ORDERS = ("clerk brings", "clerk saves", "clerk assigns", "clerk assigns back", "clerk takes back")
_NOT_COMPARED = ("quota", "samples", "loops", "forecasts")


def compared(stage: Stage) -> dict:
    """What must be the same; a case's own questions to the office are another test's."""
    rows = stage.rows()
    return {name: told for name, told in rows.items() if name not in _NOT_COMPARED}


def deaths(steps: list[str]) -> list[int]:
    """The first and the last step of each kind, but not the lending of loops and the doorbell."""
    dull = ("dossiers_pump", "django_q_ormq", "dossiers_heartbeat")
    of_kind: dict[str, list[int]] = {}
    for number, step in enumerate(steps, start=1):
        if not any(word in step for word in dull):
            of_kind.setdefault(step, []).append(number)
    return sorted({place for places in of_kind.values() for place in (places[0], places[-1])})


def test_killed_at_each_kind_of_step_of_an_import_and_of_a_change_of_many_cases(stage, tmp_path):
    known = [one.case.number for one in stage.office.cases("patent", 7, stage="examination")][5:]
    stage.must("prepare", here=True, unread=True, cases=known)
    found, died = [], {}
    for order in ORDERS:
        stage.must(order, table=table(stage, known))
        prepared = stage.database
        with kill_stage.copy(prepared, tmp_path) as stage.database:
            steps = stage.traced("background")
            expected = compared(stage)
        died[order] = deaths(steps)
        for last in died[order]:
            with kill_stage.copy(prepared, tmp_path) as stage.database:
                stage.traced("background", last)
                stage.must("time passes")
                stage.must("background")
                now = compared(stage)
            found += [
                f"{order}, killed at {last} ({steps[last - 1]}): {name}: {now[name]} instead of {told}"
                for name, told in expected.items()
                if now[name] != told
            ]
        stage.database = prepared
        stage.must("background")
        assert compared(stage) == expected, order
    assert not found, "\n".join(found[:10])
    assert all(len(places) >= 3 for places in died.values()), died
    ends(stage)


def ends(stage: Stage) -> None:
    """Both were taken back; cases that a person has changed since they came stay, as `undoing` says."""
    rows = stage.rows()
    (batch,) = rows["Batch"]
    (change,) = rows["BulkChange"]
    assert ["state", "undone"] in batch and ["state", "undone"] in change
    assert len(rows["Case"]) == 8
