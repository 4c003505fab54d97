"""Whichever of a worker's processes is killed, no work is lost or done twice and no process stays behind."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dossiers.runtime import processes
from tests.runtime import scratch

pytestmark = pytest.mark.cluster

LEAST_PATIENCE = 4.0
_NUMBERS = itertools.count()


class Supervised:
    """`manage.py worker` on a scratch database, its log, and the process numbers the queue logs.

    `patience`: seconds without movement after which it takes its cluster for stuck.
    """

    def __init__(self, folder: Path, env: dict[str, str], patience: float) -> None:
        self.folder = folder
        self.patience = patience
        self._env = env
        self._log = folder / "worker.log"
        self.start()

    def start(self) -> None:
        options = {"--tasks": "tests.runtime.work", "--run-dir": str(self.folder), "--grace": "6"}
        options |= {"--patience": str(self.patience), "--look-every": "0.2", "--probe-every": "0.5"}
        options |= {"--away-for": "5", "--back-for": "5"}
        command = [
            sys.executable,
            "manage.py",
            "worker",
            *(word for pair in options.items() for word in pair),
        ]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=scratch.ROOT, env=self._env, stdout=log, stderr=subprocess.STDOUT
            )

    def log(self) -> str:
        return self._log.read_text()

    def restarts(self) -> int:
        return self.log().count("the cluster is started again")

    def numbers(self, words: str) -> list[int]:
        """The newest processes that said `words`: workers say "ready for work at"."""
        return [int(number) for number in re.findall(rf"{words} (\d+)", self.log())]

    def main(self) -> int:
        """The cluster's main process: the one child of the guard that leads the group."""
        return _child(int((self.folder / "cluster.lock").read_text()))

    def sentinel(self) -> int:
        return _child(self.main())


def living(group: int) -> list[int]:
    """The processes of a group that still run: the dead stay listed until their parent has noticed."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, of = stat.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of) == group and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def _child(number: int) -> int:
    return int(Path(f"/proc/{number}/task/{number}/children").read_text().split()[0])


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with scratch.database(folder) as address:
        env = scratch.environment(address, IPPORTAL_DEMO="0")
        scratch.manage(env, "migrate", "--verbosity=0")
        yield env


@pytest.fixture(scope="module")
def patience(env):
    """Several times what a cluster needs to start, which depends on what else this machine is doing."""
    began = time.monotonic()
    scratch.manage(env, "check", "--database", "default")
    return max(LEAST_PATIENCE, 5 * (time.monotonic() - began))


@pytest.fixture(scope="module")
def talk(env):
    talk = scratch.Talk(env)
    yield talk
    talk.close()


@pytest.fixture(scope="module")
def worker(env, talk, patience, tmp_path_factory):
    worker = Supervised(tmp_path_factory.mktemp("run"), env, patience)
    yield worker
    worker.process.terminate()
    worker.process.wait(120)
    assert not processes.is_running(worker.folder / "cluster.lock"), worker.log()


def until(question, seconds: float = 180.0, words: str = "") -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, words or "this never came true"
        time.sleep(0.05)


def done(talk, units: list[str]) -> bool:
    return talk.ask(f"Pump.objects.filter(name__in={units!r}).count()") == 0


def effects(talk, units: list[str]) -> list[str]:
    return sorted(
        talk.ask(
            f"list(OfficeCall.objects.filter(argument__in={units!r}).values_list('argument', flat=True))"
        )
    )


def ordered(talk, name: str, count: int = 6) -> list[str]:
    """Order units of names never used before: a second try must not meet what the first one left."""
    units = [f"{name}-{next(_NUMBERS)}" for _ in range(count)]
    talk.ask(f"work.order({units!r})")
    return units


def works(worker: Supervised, talk, name: str, *, units: list[str] | None = None) -> None:
    """Each unit ordered has its effect once, and the queue forgets what was done."""
    if units is None:
        units = ordered(talk, name)
    until(lambda: done(talk, units), words=worker.log()[-3000:])
    assert effects(talk, units) == sorted(units)


def kill(*numbers: int) -> None:
    for number in numbers:
        os.kill(number, signal.SIGKILL)


def idle(worker: Supervised, talk) -> None:
    """Until the cluster has shown that it works and nothing but a probe can be in its hands."""
    works(worker, talk, f"warm-{time.monotonic_ns()}")


def test_work_is_done_once(worker, talk):
    works(worker, talk, "plain")


def test_a_cluster_whose_idle_workers_are_killed_is_started_again(worker, talk):
    """One of them held the lock of the queue between processes: nobody can ever read it again."""
    idle(worker, talk)
    before = worker.restarts()
    kill(*worker.numbers("ready for work at")[-2:])
    works(worker, talk, "after-idle")
    assert worker.restarts() > before, worker.log()[-3000:]


def test_a_unit_whose_worker_is_killed_is_done_by_another(worker, talk):
    idle(worker, talk)
    units = ordered(talk, "slow", 2)
    begun = f"Pump.objects.filter(name__in={units!r}, lease_until__gt='2000-01-01').count()"
    until(lambda: talk.ask(begun))
    kill(*worker.numbers("ready for work at")[-2:])
    works(worker, talk, "", units=units)


def test_a_cluster_that_acknowledges_nothing_is_started_again(worker, talk):
    """A killed monitor may leave a lock behind; then every message would be delivered again for ever."""
    idle(worker, talk)
    kill(worker.numbers("monitoring at")[-1])
    works(worker, talk, "after-monitor")
    talk.ask("work.ring('sweep')")
    newest = talk.ask("OrmQ.objects.order_by('-pk').values_list('pk', flat=True).first() or 0")
    until(lambda: not talk.ask(f"OrmQ.objects.filter(pk={newest}).exists()"), words=worker.log()[-3000:])


@pytest.mark.parametrize("part", ["sentinel", "main"])
def test_the_rest_of_a_beheaded_cluster_is_killed_and_it_starts_again(worker, talk, part):
    idle(worker, talk)
    before, group = worker.restarts(), (worker.folder / "cluster.lock").read_text()
    kill(getattr(worker, part)())
    until(lambda: worker.restarts() > before)
    until(lambda: (worker.folder / "cluster.lock").read_text() not in ("", group))
    until(lambda: not living(int(group)))
    works(worker, talk, f"after-{part}")


def test_a_second_worker_is_refused_with_a_word(worker, env):
    second = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "worker",
            "--run-dir",
            str(worker.folder),
            "--tasks",
            "tests.runtime.work",
        ],
        cwd=scratch.ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert second.returncode == 1
    assert "at work already" in second.stderr


def test_a_killed_worker_takes_its_cluster_along_and_the_next_goes_on(worker, talk):
    idle(worker, talk)
    units = ordered(talk, "slow", 3)
    worker.process.kill()
    worker.process.wait()
    until(lambda: not processes.is_running(worker.folder / "cluster.lock"))
    worker.start()
    works(worker, talk, "", units=units)


def test_a_stop_ends_every_process(worker, talk):
    idle(worker, talk)
    units = ordered(talk, "slow", 1)
    group = int((worker.folder / "cluster.lock").read_text())
    worker.process.terminate()
    assert worker.process.wait(120) == 0
    until(lambda: not living(group))
    worker.start()
    works(worker, talk, "", units=units)
