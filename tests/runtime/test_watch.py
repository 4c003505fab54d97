"""The watcher with real processes: a killed worker, a killed watcher, a database that is away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dossiers.alerts.outages import SETTLES
from dossiers.runtime import processes
from tests.alerts.server import Running
from tests.runtime import scratch

pytestmark = pytest.mark.processes


def eventually(question, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.1)


def _ago(seconds: float) -> str:
    return f"work.timezone.now() - work.timedelta(seconds={seconds})"


class Site:
    """A scratch database with one administrator, a mail server, and the processes that use them."""

    def __init__(self, folder: Path, address: str, smtp) -> None:
        self.folder, self.smtp = folder, smtp
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}", "IPPORTAL_SITE_URL": "http://portal.example"}
        self.env = scratch.environment(address, **mail)
        scratch.manage(self.env, "migrate", "--verbosity", "0")
        self.talk = scratch.Talk(self.env)
        root = '"root", "root@example.com", "x", role="administrator", language="en"'
        self.talk.ask(f"User.objects.create_user({root}).pk")

    def all_work(self) -> None:
        beats = '__import__("dossiers.alerts.heartbeats").alerts.heartbeats'
        self.talk.ask(f"[{beats}.beat(part.name) for part in {beats}.parts()]")

    def time_passes(self, minutes: int) -> None:
        """Every sign of life lies so far back."""
        self.talk.ask(f"Heartbeat.objects.update(at={_ago(minutes * 60)}, machine='')")

    def settle(self) -> None:
        """What was noticed was noticed before the time within which a part that is alive gives a sign."""
        self.talk.ask(f"Outage.objects.update(noticed_at={_ago(SETTLES.total_seconds())})")

    def watch(self, **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "watch", "--run-dir", str(self.folder)]
        return subprocess.Popen(command, cwd=scratch.ROOT, env=self.env | env)

    def looked(self, **env: str) -> int:
        return self.watch(**env).wait(120)

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for _, mail in self.smtp.taken]


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    with scratch.database(tmp_path) as address, Running() as smtp:
        made = Site(tmp_path, address, smtp)
        yield made
        made.talk.close()


def test_a_worker_that_was_killed_is_told_by_the_timer_alone(site):
    """Neither supervisor nor cluster nor queue is there any more: the look of a timer is enough."""
    command = [sys.executable, "manage.py", "worker", "--run-dir", str(site.folder)]
    worker = subprocess.Popen(command, cwd=scratch.ROOT, env=site.env, stderr=subprocess.DEVNULL)
    eventually(lambda: site.talk.ask("Heartbeat.objects.filter(name='refresh').count()"))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    eventually(lambda: not processes.is_running(site.folder / "cluster.lock"))
    site.time_passes(11)
    assert site.looked() == 1
    assert site.subjects() == []
    site.settle()
    assert [site.looked(), site.looked()] == [1, 1]
    assert site.subjects() == ["[IP Portal] STOPPED: Background work"]
    site.all_work()
    assert [site.looked(), site.looked()] == [0, 0]
    assert site.subjects()[1:] == ["[IP Portal] works again: Background work"]


def test_the_supervisor_tells_while_its_cluster_does_nothing(site):
    """The cluster is alive and its queue moves, and yet no loop of ours works."""
    options = ["--run-dir", str(site.folder), "--tasks", "tests.runtime.work", "--watch-every", "0.3"]
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", *options],
        cwd=scratch.ROOT,
        env=site.env,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: site.talk.ask("Outage.objects.filter(name='worker').count()"))
        site.settle()
        eventually(lambda: site.smtp.taken)
        looks = "list(Heartbeat.objects.filter(name='watch').values_list('seconds', flat=True))"
        seen = site.talk.ask(looks)
        eventually(lambda: site.talk.ask(looks) > seen)
    finally:
        worker.terminate()
        worker.wait(180)
    assert site.subjects() == ["[IP Portal] STOPPED: Background work"]


def test_a_watcher_killed_while_it_tells_tells_again_under_the_same_name(site):
    site.all_work()
    site.time_passes(20)
    assert site.looked() == 1
    site.settle()
    site.smtp.mode = "drop"  # it has the mail, and its sender never hears that
    first = site.watch()
    eventually(lambda: site.smtp.taken)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    site.smtp.mode = "take"
    site.looked()
    site.looked()
    assert len(site.smtp.taken) >= 2 and len(set(site.smtp.ids)) == 1
    told = len(site.smtp.taken)
    site.looked()
    assert len(site.smtp.taken) == told


def test_without_a_database_the_file_is_enough(site):
    """The administrators are those that were known last; the file says that they were told."""
    site.all_work()
    assert site.looked() == 0
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing"}
    assert site.looked(**away) == 1
    assert site.subjects() == []
    _put_back(site.folder / "watch.json", SETTLES.total_seconds())
    assert [site.looked(**away), site.looked(**away)] == [1, 1]
    assert site.subjects() == ["[IP Portal] STOPPED: Database"]
    assert site.looked() == 0
    assert site.subjects()[1:] == ["[IP Portal] works again: Database"]


def _put_back(path: Path, seconds: float) -> None:
    page = json.loads(path.read_text())
    page["away"]["noticed"]["seconds"] -= seconds
    path.write_text(json.dumps(page))
