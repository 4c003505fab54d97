"""A worker killed between any two steps loses nothing, tells nobody twice and overruns no limit."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from apiclient.sandbox import wire
from apiclient.sandbox.counters import MinuteWindow
from tests.runtime import kill_stage, scratch
from tests.runtime.kill_stage import KILLED, Stage

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def morning(tmp_path_factory):
    """The morning on which a notice and an entry in a register become visible, and its database.

    The clerk has just pasted two registration numbers: of a case of the docket, and of one that is new.
    """
    folder = tmp_path_factory.mktemp("killed")
    with scratch.database(folder) as address:
        scratch.manage(scratch.environment(address, IPPORTAL_DEMO="0"), "migrate", "--verbosity=0")
        with kill_stage.stage(folder, address) as stage:
            examined = stage.office.cases("patent", limit=1, stage="examination")[0].case.number
            known, new = stage.office.cases("patent", limit=2, stage="registered")
            stage.must("prepare", here=True, cases=[examined, known.case.number])
            stage.office.office.set_clock(kill_stage.TODAY)
            stage.office.add_document("patent", examined, "A131")
            stage.office.add_document("patent", known.case.number, "R250")
            numbers = [wire.registration(sight)["registrationNumber"] for sight in (known, new)]
            stage.must("paste", text="\n".join(f"特許第{number}号" for number in numbers))
            yield stage, stage.database


def undisturbed(stage: Stage) -> dict:
    rows = stage.rows()
    assert not rows["waiting"]
    assert [row for row in rows["Alert"] if ["state", "sent"] in row] == rows["Alert"]
    assert len(stage.mail.ids) == rows["accepted"] == len(rows["Alert"])
    assert rows["quota"] == stage.calls
    assert rows["Citation"] and rows["Paper"] and rows["Register"]
    return rows


def until_quiet(stage: Stage) -> None:
    """Some minutes later another worker goes on."""
    stage.must("time passes")
    stage.office.advance(seconds=400)
    stage.must("loops")


def mails_may_repeat(steps: list[str]) -> set[int]:
    """The steps from a message's last packet to just before the commit that marks it."""
    found, sent = set(), False
    for number, step in enumerate(steps, start=1):
        sent = sent or "after packet b'Content-Type" in step
        if sent:
            found.add(number)
        sent = sent and step != "before commit"
    return found


def differences(stage: Stage, expected: dict, repeats: int) -> list[str]:
    """What is not as it would have been without the kill."""
    rows = stage.rows()
    found = [
        f"{name}: {_odd(rows[name], expected[name])} instead of {_odd(expected[name], rows[name])}"
        for name in expected
        if name != "quota" and rows[name] != expected[name]
    ]
    over = {name: used for name, used in stage.calls.items() if rows["quota"].get(name, 0) < used}
    found += [f"{name}: the office counted {used}, we {rows['quota']}" for name, used in over.items()]
    ids = stage.mail.ids
    if len(set(ids)) != len(expected["Alert"]) or len(ids) > len(set(ids)) + repeats:
        found.append(f"mails {ids}")
    return found


def _odd(rows, others):
    return [row for row in rows if row not in others] if isinstance(rows, list) else rows


def spread(steps: list[str]) -> list[int]:
    """Where to kill: before each kind of question to the office, after a message's last packet, some others.

    Every single step if the environment says IPPORTAL_KILL_AT_EVERY_STEP=1.
    """
    everything = range(1, len(steps) + 1)
    if os.environ.get("IPPORTAL_KILL_AT_EVERY_STEP"):
        return list(everything)
    at_stake = ("before packet b'GET", "after packet b'Content-Type")
    last_of_kind = {step: n for n, step in enumerate(steps, start=1) if step.startswith(at_stake)}
    return sorted({*last_of_kind.values(), *everything[10::40]})


def test_killed_anywhere_in_a_busy_morning(morning, tmp_path):
    stage, prepared = morning
    with kill_stage.copy(prepared, tmp_path) as name:
        stage.begin(name)
        steps = stage.traced("loops")
        expected = undisturbed(stage)
    assert sum(["watchlist", "second"] in row for row in expected["WatchlistEntry"]) == 2
    assert len(expected["Case"]) == 3
    repeatable, found = mails_may_repeat(steps), []
    for last in spread(steps):
        with kill_stage.copy(prepared, tmp_path) as name:
            stage.begin(name)
            assert stage.do("loops", last=last) == KILLED, stage.log()
            until_quiet(stage)
            found += [
                f"killed at {last}, {steps[last - 1]}: {what}"
                for what in differences(stage, expected, last in repeatable)
            ]
    assert not found, "\n".join(found)


# --- two workers, killed at random --------------------------------------------------------------------------

MINUTE = 8.0  # seconds the office takes for one in this test
PER_MINUTE = 30
# At most seven deaths: an order whose worker dies more than eight times over it is given up, and shown.
CHAOS = 15.0


class ShortMinute(MinuteWindow):
    """The office's limit with a minute of `MINUTE` seconds; counts whom it turned away."""

    refused = 0

    def __init__(self, limit: int | None) -> None:
        super().__init__(limit, lambda: time.monotonic() * 60 / MINUTE)

    def admit(self) -> bool:
        admitted = super().admit()
        self.refused += not admitted
        return admitted


@pytest.fixture
def crowd(tmp_path):
    """A stage with fifteen cases never read, a new notice in five of them."""
    with scratch.database(tmp_path) as address:
        scratch.manage(scratch.environment(address, IPPORTAL_DEMO="0"), "migrate", "--verbosity=0")
        with kill_stage.stage(tmp_path, address, per_minute=PER_MINUTE) as stage:
            sights = stage.office.cases("patent", limit=12, stage="examination")
            sights += stage.office.cases("patent", limit=3, stage="registered")
            stage.office.office.set_clock(kill_stage.TODAY)
            for sight in sights[:5]:
                stage.office.add_document("patent", sight.case.number, "A131")
            stage.must("prepare", here=True, unread=True, cases=[sight.case.number for sight in sights])
            yield stage


def misfortunes(stage: Stage) -> None:
    for kind in ("303", "302", "999", "cut"):
        stage.office.fault(kind, match="/api/", times=2, probability=0.2)
    stage.office.fault("slow", match="/api/", times=None, probability=0.2, seconds=0.3)


def chaos(stage: Stage, chance: random.Random) -> int:
    """Two workers at a time, one of them killed every few seconds; how many were."""
    workers = [stage.start("loops for ever", minute=MINUTE) for _ in range(2)]
    killed, end = 0, time.monotonic() + CHAOS
    while time.monotonic() < end:
        time.sleep(chance.uniform(2.5, 4.0))
        victim = workers.pop(chance.randrange(2))
        os.kill(victim, signal.SIGKILL)
        assert stage.wait(victim) == KILLED, stage.log()
        stage.must("bury", dead=[victim])
        workers.append(stage.start("loops for ever", minute=MINUTE))
        killed += 1
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        stage.wait(worker)
    stage.must("bury", dead=workers)
    return killed + 2


def test_two_workers_killed_at_random_while_the_office_misbehaves(crowd, tmp_path):
    prepared = crowd.database
    with kill_stage.copy(prepared, tmp_path) as name:
        crowd.begin(name)
        crowd.office.office.minute = MinuteWindow(None)
        crowd.must("loops", minute=-1)
        expected = undisturbed(crowd)
    assert len(expected["News"]) >= 5
    with kill_stage.copy(prepared, tmp_path) as name:
        crowd.begin(name)
        crowd.office.office.minute = minute = ShortMinute(PER_MINUTE)
        misfortunes(crowd)
        killed = chaos(crowd, random.Random(11))
        crowd.office.clear_faults()
        deadline = time.monotonic() + 60
        while crowd.rows()["waiting"]:
            assert time.monotonic() < deadline, crowd.rows()["waiting"]
            crowd.must("loops", minute=MINUTE)
            crowd.must("bury", dead=[])
        assert not minute.refused
        found = differences(crowd, expected, repeats=killed)
        assert not found, "\n".join(found)
