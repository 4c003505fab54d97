"""Workers on several machines share a Redis that rings for them; what it loses, the database still knows."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from bench.ringing import Ringing
from dossiers import checks, tasks
from dossiers.alerts import heartbeats
from dossiers.models import Heartbeat, Outage
from dossiers.runtime import cluster, doorbell, processes
from dossiers.runtime.watcher import Watcher
from dossiers.runtime.worker import Manner, Watch, usual_manner
from tests.runtime import scratch
from tests.runtime.test_cluster import LEAST_PATIENCE, Supervised, living, ordered, until, works

NOWHERE = "redis://:a-password@127.0.0.1:1/0"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server is installed")
    server = Ringing(tmp_path_factory.mktemp("redis"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def env(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("machines")
    with scratch.database(folder) as address:
        env = scratch.environment(address, IPPORTAL_DEMO="0", IPPORTAL_QUEUE_URL=server.address)
        scratch.manage(env, "migrate", "--verbosity=0")
        yield env


@pytest.fixture(scope="module")
def talk(env):
    talk = scratch.Talk(env)
    yield talk
    talk.close()


@pytest.fixture(scope="module")
def machines(env, tmp_path_factory):
    began = time.monotonic()
    scratch.manage(env, "check", "--database", "default")
    patience = max(LEAST_PATIENCE, 5 * (time.monotonic() - began))
    both = [Supervised(tmp_path_factory.mktemp(name), env, patience) for name in ("one", "other")]
    yield both
    for machine in both:
        machine.process.terminate()
    for machine in both:
        machine.process.wait(120)
        assert not processes.is_running(machine.folder / "cluster.lock"), machine.log()


def _living(machine: Supervised) -> list[int]:
    """None while the machine is starting: its lock is there a moment before the group's number is in it."""
    lock = machine.folder / "cluster.lock"
    number = lock.read_text() if lock.exists() else ""
    return living(int(number)) if number else []


@pytest.mark.cluster
def test_whatever_is_killed_on_two_machines_each_unit_is_done_once(machines, talk):
    chance = random.Random(7)
    for _turn in range(4):
        units = ordered(talk, "slow", 4) + ordered(talk, "quick", 8)
        machine = chance.choice(machines)
        until(lambda m=machine: _living(m))
        if victims := _living(machine):
            _kill(chance.choice(victims))
        _until_done(machine, talk, units)


@pytest.mark.cluster
def test_what_a_redis_forgot_is_found_by_the_next_sweep(machines, talk, server):
    units = ordered(talk, "lost")
    server.begin_again()
    _until_done(machines[0], talk, units)


@pytest.mark.cluster
def test_a_message_nobody_can_read_keeps_nothing_back(machines, talk, server):
    server.put("not signed by anybody")
    _until_done(machines[0], talk, ordered(talk, "after-nonsense", 2))


@pytest.mark.cluster
def test_a_machine_whose_workers_hang_is_noticed_though_the_other_goes_on(machines, talk):
    machine = machines[0]
    _until_it_answers(machine)
    before = machine.restarts()
    _kill(*machine.numbers("ready for work at")[-2:])  # one of them held the queue between processes
    until(lambda: machine.restarts() > before, words=machine.log()[-3000:])
    _until_done(machine, talk, ordered(talk, "after"))


@pytest.mark.cluster
def test_while_the_redis_is_away_the_database_rings_and_afterwards_the_redis_again(machines, talk, server):
    try:
        _until_rung_by(machines, database=False)
        server.close()
        units = ordered(talk, "unheard")
        _until_rung_by(machines, database=True)
        works(machines[0], talk, "", units=units)  # nobody rang for them: the schedule of each minute does
    finally:
        server.begin_again()
    _until_rung_by(machines, database=False)
    for machine in machines:
        _until_it_answers(machine)
    _until_done(machines[0], talk, ordered(talk, "heard", 2))
    assert "a-password" not in machines[0].log()


def _until_rung_by(machines: list[Supervised], *, database: bool) -> None:
    """A machine may have turned already, when it was started again just while the Redis was being killed."""
    for machine in machines:
        until(lambda m=machine: _rung_by_database(m.log()) == database, words=machine.log()[-3000:])


def _rung_by_database(log: str) -> bool:
    return log.rfind("the database rings meanwhile") > log.rfind("the queue answers again")


def _until_it_answers(machine: Supervised) -> None:
    """Until workers of this very machine have shown that they work; it may be starting again just now."""
    since = time.time()
    answered = machine.folder / "answered"
    until(lambda: answered.exists() and answered.stat().st_mtime > since, words=machine.log()[-3000:])


def _kill(*numbers: int) -> None:
    for number in numbers:
        subprocess.run(["kill", "-9", str(number)], check=False)


def _until_done(machine: Supervised, talk, units: list[str]) -> None:
    """As the sweep of each minute does, ask again for what nobody has done."""
    until(lambda: _rung(talk) and _left(talk, units) == 0, words=machine.log()[-3000:])
    works(machine, talk, "", units=units)


def _rung(talk) -> bool:
    talk.ask("work.sweep()")
    time.sleep(0.5)
    return True


def _left(talk, units: list[str]) -> int:
    return talk.ask(f"Pump.objects.filter(name__in={units!r}).count()")


# --- the doorbell -------------------------------------------------------------------------------------------


@pytest.fixture
def away(settings, monkeypatch):
    settings.QUEUE_URL = NOWHERE
    settings.Q_CLUSTER = {**settings.Q_CLUSTER}
    monkeypatch.setattr(tasks, "_silent_until", 0.0)
    monkeypatch.setattr("django_q.conf.Conf.BROKER_CLASS", "dossiers.runtime.doorbell.Broker")
    monkeypatch.setattr("django_q.conf.Conf.ORM", None)


def test_a_page_that_rings_does_not_fail_because_the_redis_is_away(
    db, away, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        tasks.ring("sweep")
        tasks.ring("refresh")
    assert [record.getMessage() for record in caplog.records] == [
        "the queue does not answer: ConnectionError"
    ]


def test_nobody_is_rung_for_before_what_they_are_to_find_is_there(
    db, away, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as later:
        tasks.ring("refresh")
    assert len(later) == 1


def test_a_redis_that_is_away_is_no_stuck_cluster(db, away, monkeypatch, tmp_path, caplog):
    from dossiers.runtime import worker

    monkeypatch.setenv(cluster.RUN_DIR, str(tmp_path))
    watch = Watch(Manner(patience=1, grace=1, probe_every=0), 0, shared=True)
    assert worker._asked(lambda: watch.stuck(50)) is None
    assert "a-password" not in caplog.text


def test_only_an_answer_of_this_machine_shows_that_it_works(settings, monkeypatch, tmp_path):
    settings.QUEUE_URL = NOWHERE
    monkeypatch.setattr(cluster, "probe", lambda *, shared: 0)
    monkeypatch.setenv(cluster.RUN_DIR, str(tmp_path))
    watch = Watch(Manner(patience=100, grace=1, probe_every=10), 0, shared=True)
    assert not any(watch.stuck(now) for now in range(101))
    assert watch.stuck(101)
    cluster.answer()
    assert not any(watch.stuck(now) for now in range(102, 203))
    assert watch.stuck(203)


def test_it_is_asked_more_often_where_another_machine_may_answer(settings):
    alone = usual_manner().probe_every
    settings.QUEUE_URL = NOWHERE
    assert usual_manner().probe_every < alone


# --- what rings while it is away ----------------------------------------------------------------------------


def _choice(away_for: float = 30, back_for: float = 120) -> doorbell.Choice:
    return doorbell.Choice(away_for=away_for, back_for=back_for)


def _after(choice: doorbell.Choice, seconds: float) -> str:
    return choice.reason_to_change(time.monotonic() + seconds)


def test_a_cluster_that_starts_without_the_redis_is_rung_by_the_database(away, caplog):
    choice = _choice()
    assert not choice.shared and choice.environment == {"IPPORTAL_QUEUE_AWAY": "1"}
    assert "the queue does not answer: ConnectionError; the database rings meanwhile" in caplog.text
    assert "a-password" not in caplog.text
    assert _after(choice, 10_000) == "", "it is still away"


def test_without_a_redis_there_is_nothing_to_choose():
    choice = _choice()
    assert not choice.shared and choice.environment == {} and _after(choice, 10_000) == ""


def test_what_is_told_to_a_cluster_makes_it_work_from_the_database():
    told = "from django.conf import settings as s; print([s.QUEUE_URL, s.Q_CLUSTER.get('orm')])"
    env = scratch.environment("sqlite://:memory:", IPPORTAL_QUEUE_URL=NOWHERE, IPPORTAL_QUEUE_AWAY="1")
    done = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "['', 'default']", done.stderr


def test_a_redis_that_went_away_must_stay_away_and_one_that_came_back_must_stay(settings, server):
    settings.QUEUE_URL = server.address
    here = _choice()
    assert here.shared and here.environment == {} and _after(here, 10_000) == ""
    settings.QUEUE_URL = NOWHERE
    gone = _choice()
    here._right_at = time.monotonic()
    assert _after(here, 29) == "" and _after(here, 31) == "the queue does not answer: ConnectionError"
    settings.QUEUE_URL = server.address
    assert _after(here, 32) == "" and _after(gone, 119) == ""
    assert _after(gone, 121) == "the queue answers again"


def test_a_redis_that_takes_nothing_in_is_away_though_it_answers(settings, server):
    settings.QUEUE_URL = server.address
    assert doorbell.trouble() == ""
    with server.full():
        assert doorbell.trouble() == "OutOfMemoryError"
        assert not _choice().shared


def test_people_are_told_of_a_redis_that_is_away(db, settings, server, tmp_path):
    settings.QUEUE_URL = NOWHERE
    assert Watcher(tmp_path).look() and _reason() == "never"
    settings.QUEUE_URL = server.address
    assert Watcher(tmp_path).look() and _reason() == ""
    ago = timezone.now() - timedelta(minutes=11)
    Heartbeat.objects.filter(name="queue").update(at=ago, machine="another", seconds=0)
    settings.QUEUE_URL = NOWHERE
    assert Watcher(tmp_path).look() and _reason() == "silent"
    assert Outage.objects.filter(name="queue", reason="silent").exists()


def _reason() -> str:
    return next(one.reason for one in heartbeats.standings() if one.part.name == heartbeats.QUEUE)


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("", True),
        ("redis://queue.example:6379/0", True),
        ("rediss://:word@queue.example/1", True),
        ("unix:///run/redis.sock", True),
        ("queue.example:6379", False),
        ("amqp://:word@queue.example", False),
    ],
)
def test_another_address_is_refused_without_being_shown(settings, address, right):
    settings.QUEUE_URL = address
    found = checks.the_queue_is_a_redis(None)
    assert (not found) == right
    assert not any("word@" in str(one) for one in found)
