"""A worker killed between any two steps loses nothing, tells nobody twice and overruns no limit."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from apiclient.sandbox import wire
from apiclient.sandbox.counters import MinuteWindow
from tests.runtime import kill_stage, scratch
from tests.runtime.kill_stage import KILLED, Stage

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """The address of a database with nothing in it yet."""
    with scratch.database(tmp_path_factory.mktemp("empty")) as address:
        scratch.manage(scratch.environment(address, IPPORTAL_DEMO="0"), "migrate", "--verbosity=0")
        yield address


@pytest.fixture(scope="module")
def morning(migrated, tmp_path_factory):
    """The morning on which notices and an entry in a register become visible, and its database.

    One notice is too large to come with the answer, one comes in an archive with something amiss, and one
    is found by an order that asks for notices alone. The clerk has just pasted the registration numbers of a
    case of the docket and of one that is new, and the number of an international application, has asked for
    CPC symbols of the case with the large notice and anew for its family abroad, and wants to know now of
    another.
    """
    folder = tmp_path_factory.mktemp("killed")
    with (
        kill_stage.stage(folder, migrated, opd_per_minute=None) as stage,
        kill_stage.copy(stage.database, folder) as stage.database,
    ):
        examined = [one.case.number for one in stage.office.cases("patent", 3, stage="examination")]
        large, amiss, alone = examined
        known, new = stage.office.cases("patent", 2, stage="registered")
        entered = stage.office.cases("patent", 1, kind="pct")[0].case.international.application_number
        stage.must("prepare", here=True, cases=[*examined, known.case.number])
        stage.office.office.set_clock(kill_stage.TODAY)
        for number in examined:
            stage.office.add_document("patent", number, "A131")
        stage.office.add_document("patent", known.case.number, "R250")
        stage.faults = {"large": f"refusal_reason/{large}", "zip_dotdot": f"refusal_reason/{amiss}"}
        numbers = [wire.registration(sight)["registrationNumber"] for sight in (known, new)]
        pasted = [*(f"特許第{number}号" for number in numbers), f"PCT/{entered[:6]}/{entered[6:]}"]
        stage.must("paste", text="\n".join(pasted))
        stage.must("ask for symbols", cases=[large])
        stage.must("ask at once", case=known.case.number, family=large)
        stage.must("order part", case=alone, bucket="patent/app_doc_cont_refusal_reason")
        yield stage, stage.database


def undisturbed(stage: Stage) -> dict:
    """The rows as they are when everything has been done."""
    rows = stage.rows()
    assert not rows["waiting"]
    assert {state for _, state in rows["forecasts"]} == {"done"}
    assert rows["FamilyMember"] and rows["ForeignDocument"]
    told = rows["Alert"] + rows["Digest"]
    assert [row for row in told if ["state", "sent"] in row] == told
    assert len(stage.mail.ids) == rows["accepted"] == len(told)
    assert rows["quota"] == stage.calls
    assert rows["Citation"] and rows["Paper"] and rows["Register"]
    assert all(["state", "done"] in row for row in rows["CpcSuggestion"])
    return rows


def later(stage: Stage, at: str = "") -> list[str]:
    """Some minutes later another worker goes on, to its end or killed at its first step `at`; its steps."""
    stage.must("time passes")
    stage.office.advance(seconds=400)
    return stage.traced("loops", at=at)


def asked(steps: list[str]) -> list[str]:
    """The questions put, to whichever office, each by its kind; tokens cost nothing."""
    questions = (step.removeprefix("before packet ") for step in steps if step.startswith(_QUESTIONS))
    return [question for question in questions if "token" not in question]


_QUESTIONS = ("before packet GET /", "before packet POST /")
_STATUS, _NOTICE = "GET /api/patent/v1/app_progress", "GET /api/patent/v1/app_doc_cont_refusal_reason"


def asked_in_vain(once: list[str], killed: list[list[str]], after: list[str]) -> list[str]:
    """What was asked again though its answer was there; `killed`: what each dead worker had asked.

    Needed again after each death are the question with which the run on a case begins (a status, or the
    notice alone) and the one whose answer died; where that was a document in the storage, its address, too.
    """
    needed = Counter(once)
    for one in killed:
        needed.update(one[-1:])
        if one[-1:] == ["GET /_storage/"]:
            needed[_NOTICE] += 1
    again = list((Counter(after) + sum(map(Counter, killed), Counter()) - needed).elements())
    begins = [question for question in again if question in (_STATUS, f"{_STATUS}_simple", _NOTICE)]
    spare = Counter(begins[: len(killed)])
    return sorted((Counter(again) - spare).elements())


def mails_may_repeat(steps: list[str]) -> set[int]:
    """The steps from a message's last packet to just before the commit that marks it."""
    found, sent = set(), False
    for number, step in enumerate(steps, start=1):
        sent = sent or step.startswith("after packet Content-Type")
        if sent:
            found.add(number)
        sent = sent and step != "before commit"
    return found


def differences(stage: Stage, expected: dict, repeats: int, killed: int = 1) -> list[str]:
    """What is not as it would have been without the kills; `repeats`: mails that may have come again."""
    rows = stage.rows()
    found = [f"{one} waits" for one in rows["waiting"]]
    found += [
        f"{name}: {_odd(rows[name], expected[name])} instead of {_odd(expected[name], rows[name])}"
        for name in expected
        if name not in ("quota", "samples", "loops", "forecasts", "waiting") and rows[name] != expected[name]
    ]
    came = {key: range(times, times + killed + 1) for key, times in expected["samples"]}
    found += [f"sample {key} came {n} times" for key, n in rows["samples"] if n not in came.get(key, ())]
    over = {name: used for name, used in stage.calls.items() if rows["quota"].get(name, 0) < used}
    found += [f"{name}: the office counted {used}, we {rows['quota']}" for name, used in over.items()]
    ids = stage.mail.ids
    if len(set(ids)) != len(expected["Alert"] + expected["Digest"]) or len(ids) > len(set(ids)) + repeats:
        found.append(f"mails {ids}")
    return found


def _odd(rows, others):
    return [row for row in rows if row not in others] if isinstance(rows, list) else rows


def kinds(steps: list[str]) -> list[str]:
    """Each kind of step but the lending of loops and the doorbell, in the order in which they come first."""
    dull = ("dossiers_pump", "django_q_ormq")
    return [step for step in dict.fromkeys(steps) if not any(word in step for word in dull)]


MORNINGS = 6  # over which the kinds of step are dealt out: in each morning one worker after the other dies


def test_killed_at_every_kind_of_step_of_a_busy_morning(morning, tmp_path):
    """A worker that dies leaves what the next one finds, who dies at a later step, and so on to the last."""
    stage, prepared = morning
    once, expected = whole_morning(stage, tmp_path, prepared)
    found, deaths = [], kinds(once)
    assert {"before packet Content-Type: multipart/", 'before UPDATE "dossiers_outlook" SET'} <= {*deaths}
    for first in range(MORNINGS):
        with kill_stage.copy(prepared, tmp_path) as name:
            stage.begin(name)
            ends = deaths[first::MORNINGS]
            lives = [later(stage, at) for at in ends]
            killed = [one for one, at in zip(lives, ends, strict=True) if one[-1] == at]
            survived = [one for one in lives if one not in killed]
            assert len(survived) <= 1, "so many found their step done already that nothing is shown"
            rest = [*chain(*survived), *later(stage)]
            repeats = sum(len(one) in mails_may_repeat(one) for one in killed)
            wrong = differences(stage, expected, repeats, len(killed))
            vain = asked_in_vain(asked(once), [*map(asked, killed)], asked(rest))
            wrong += [f"{one} in vain" for one in vain]
            found += [f"killed at {ends}: {what}" for what in wrong]
    assert not found, "\n".join(found)


@pytest.mark.skipif(not os.environ.get("IPPORTAL_KILL_AT_EVERY_STEP"), reason="takes an hour")
def test_killed_at_every_single_step_of_a_busy_morning(morning, tmp_path):
    stage, prepared = morning
    once, expected = whole_morning(stage, tmp_path, prepared)
    repeatable, found = mails_may_repeat(once), []
    for last in range(1, len(once) + 1):
        with kill_stage.copy(prepared, tmp_path) as name:
            stage.begin(name)
            killed, after = stage.traced("loops", last), later(stage)
            wrong = differences(stage, expected, last in repeatable)
            wrong += [f"{one} in vain" for one in asked_in_vain(asked(once), [asked(killed)], asked(after))]
            found += [f"killed at {last}, {once[last - 1]}: {what}" for what in wrong]
    assert not found, "\n".join(found)


def whole_morning(stage: Stage, folder: Path, prepared: str) -> tuple[list[str], dict]:
    """The steps of a morning on which nobody dies, and the rows it leaves."""
    with kill_stage.copy(prepared, folder) as name:
        stage.begin(name)
        steps = stage.traced("loops")
        expected = undisturbed(stage)
    assert sum(["watchlist", "second"] in row for row in expected["WatchlistEntry"]) == 3
    assert len(expected["Case"]) == 6 and len(expected["Digest"]) == 1
    assert expected["samples"] and "GET /_storage/" in asked(steps)
    assert {"GET /opdapi/patent/v1/family_list", "GET /opdapi/patent/v1/global_doc_list"} <= {*asked(steps)}
    assert {"people", "plan", "refresh", "outlook", "digest", "prompts"} <= {*expected["loops"]}
    return steps, expected


# --- two workers, killed at random --------------------------------------------------------------------------

MINUTE = 8.0  # seconds the office takes for one in this test
PER_MINUTE, OPD_PER_MINUTE = 30, 40  # families have many members: at five a minute they would take long
# At most seven deaths: an order whose worker dies more than eight times over it is given up, and shown.
CHAOS = 15.0


class ShortMinute(MinuteWindow):
    """The office's limit with a minute of `MINUTE` seconds; counts whom it let in and turned away."""

    admitted = refused = 0

    def __init__(self, limit: int | None) -> None:
        super().__init__(limit, lambda: time.monotonic() * 60 / MINUTE)

    def admit(self) -> bool:
        admitted = super().admit()
        self.admitted += admitted
        self.refused += not admitted
        return admitted


@pytest.fixture
def crowd(migrated, tmp_path):
    """A stage with fifteen cases never read, a new notice in five of them, and an order for CPC symbols."""
    limits = {"per_minute": PER_MINUTE, "opd_per_minute": OPD_PER_MINUTE}
    with (
        kill_stage.stage(tmp_path, migrated, **limits) as stage,
        kill_stage.copy(stage.database, tmp_path) as stage.database,
    ):
        sights = stage.office.cases("patent", limit=12, stage="examination")
        sights += stage.office.cases("patent", limit=3, stage="registered")
        stage.office.office.set_clock(kill_stage.TODAY)
        for sight in sights[:5]:
            stage.office.add_document("patent", sight.case.number, "A131")
        stage.must("prepare", here=True, unread=True, cases=[sight.case.number for sight in sights])
        stage.must("ask for symbols", cases=[sights[-1].case.number])
        # Not a case with a decision: the answer with that brings its notices, too, and whether they are asked
        # for by themselves before depends on which of the two calls the office turns away first.
        stage.must("ask at once", case=sights[0].case.number, family=sights[-1].case.number)
        yield stage


def misfortunes(stage: Stage) -> None:
    for kind in ("303", "302", "999", "cut"):
        stage.office.fault(kind, match="api/", times=2, probability=0.2)
    stage.office.fault("slow", match="api/", times=None, probability=0.2, seconds=0.3)
    stage.office.fault("large", match="refusal_reason", times=None, probability=0.5)


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
        crowd.office.office.minute = crowd.office.office.opd_minute = MinuteWindow(None)
        crowd.must("loops", minute=-1)
        expected = undisturbed(crowd)
    assert len(expected["News"]) >= 5
    with kill_stage.copy(prepared, tmp_path) as name:
        crowd.begin(name)
        crowd.office.office.minute = minute = ShortMinute(PER_MINUTE)
        crowd.office.office.opd_minute = opd_minute = ShortMinute(OPD_PER_MINUTE)
        misfortunes(crowd)
        killed = chaos(crowd, random.Random(11))
        crowd.office.clear_faults()
        deadline = time.monotonic() + 300
        while crowd.rows()["waiting"]:
            assert time.monotonic() < deadline, crowd.rows()["waiting"]
            crowd.must("loops", minute=MINUTE)
            crowd.must("bury", dead=[])
        crowd.must("loops", minute=MINUTE)  # the day's figures are those of its last sweep
        assert minute.admitted == sum(n for name, n in crowd.calls.items() if not name.startswith("opd/"))
        assert opd_minute.admitted and not minute.refused and not opd_minute.refused
        found = differences(crowd, expected, killed, killed)
        assert not found, "\n".join(found)
