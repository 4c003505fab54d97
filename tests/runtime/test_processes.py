"""Nothing that was started outlives whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dossiers.runtime import processes
from dossiers.runtime.stack import NotReady, Part, Stack, Stopped
from tests.runtime import scratch

pytestmark = pytest.mark.processes

PYTHON = sys.executable
# A program with a child of its own, which says both their numbers and ends on SIGTERM, leaving the child.
FAMILY = """
import os, signal, sys, time
child = os.fork()
if not child:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(os.getpid(), child, flush=True)
time.sleep(600)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""


def eventually(question, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.02)


def family(folder: Path) -> tuple[processes.Running, list[int]]:
    """A running family and the process numbers of both its members."""
    log = folder / "family.log"
    log.write_text("")
    running = processes.start("family", [PYTHON, "-c", FAMILY], run_dir=folder, grace=5, log=log)
    eventually(lambda: log.read_text().endswith("\n"))
    return running, [int(word) for word in log.read_text().split()]


def gone(number: int) -> bool:
    """Whether a process is dead; one that only waits to be collected is."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_stop_ends_the_program_and_its_children(tmp_path):
    running, numbers = family(tmp_path)
    assert processes.is_running(tmp_path / "family.lock")
    running.stop()
    assert all(map(gone, numbers))
    assert not processes.is_running(tmp_path / "family.lock")


def test_a_program_that_ignores_the_order_to_stop_is_killed_after_its_grace(tmp_path):
    log = tmp_path / "log"
    running = processes.start("deaf", [PYTHON, "-c", DEAF], run_dir=tmp_path, grace=0.5, log=log)
    eventually(lambda: "up" in log.read_text())
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began > 0.4
    assert not processes.is_running(tmp_path / "deaf.lock")


def test_a_dead_program_takes_its_children_along(tmp_path):
    running, numbers = family(tmp_path)
    os.kill(numbers[0], signal.SIGKILL)
    eventually(lambda: not running.alive())
    eventually(lambda: all(map(gone, numbers)))
    running.kill()


@pytest.mark.parametrize("guard_too", [False, True])
def test_a_killed_starter_leaves_nothing_that_the_next_start_does_not_end(tmp_path, guard_too):
    """Even when the guard is killed with it, at the same moment."""
    script = (
        "import pathlib, sys, time; from dossiers.runtime import processes;"
        "folder = pathlib.Path(sys.argv[1]);"
        "processes.start('family', [sys.executable, '-c', sys.argv[2]], run_dir=folder, grace=0.2,"
        " log=folder / 'log'); time.sleep(600)"
    )
    starter = subprocess.Popen([PYTHON, "-c", script, str(tmp_path), FAMILY], cwd=scratch.ROOT)
    log = tmp_path / "log"
    eventually(lambda: log.exists() and log.read_text().endswith("\n"))
    numbers = [int(word) for word in log.read_text().split()]
    if guard_too:
        os.kill(int((tmp_path / "family.lock").read_text()), signal.SIGSTOP)
    starter.kill()
    starter.wait()
    if guard_too:
        os.kill(int((tmp_path / "family.lock").read_text()), signal.SIGKILL)
        assert processes.is_running(tmp_path / "family.lock")
        running, _ = family(tmp_path)
        running.stop()
    eventually(lambda: all(map(gone, numbers)))


def test_a_lock_is_free_again_when_its_holder_dies(tmp_path):
    path = tmp_path / "one.lock"
    held = processes.lock(path)
    with pytest.raises(processes.AlreadyRunning):
        processes.lock(path)
    os.close(held)
    os.close(processes.lock(path))


# --- several parts ----------------------------------------------------------------------------------------


def stack(folder: Path) -> tuple[Stack, threading.Event, list[str]]:
    said: list[str] = []
    stop = threading.Event()
    return Stack(folder, dict(os.environ), stop, said.append), stop, said


def writing(path: Path) -> Part:
    code = f"import pathlib, time; pathlib.Path({str(path)!r}).open('a').write('x'); time.sleep(600)"
    return Part("clerk", (PYTHON, "-c", code), path.exists, grace=1)


def test_a_part_that_dies_is_started_again_with_a_word(tmp_path):
    parts, stop, said = stack(tmp_path)
    one = writing(tmp_path / "sign")
    parts.start(one)
    watching = threading.Thread(target=parts.supervise, args=([one],))
    watching.start()
    os.killpg(int((tmp_path / "clerk.lock").read_text()), signal.SIGKILL)
    eventually(lambda: (tmp_path / "sign").read_text() == "xx")
    stop.set()
    watching.join()
    parts.close()
    assert "The clerk has ended" in said[0]
    assert not processes.is_running(tmp_path / "clerk.lock")


def test_a_part_that_will_not_start_is_named_with_what_it_said(tmp_path):
    parts, _, _ = stack(tmp_path)
    code = "raise SystemExit('no room in the office')"
    with pytest.raises(NotReady, match=r"(?s)The clerk ended.*no room in the office"):
        parts.start(Part("clerk", (PYTHON, "-c", code), lambda: False))
    parts.close()


def test_a_start_can_be_given_up(tmp_path):
    parts, stop, _ = stack(tmp_path)
    stop.set()
    with pytest.raises(Stopped):
        parts.start(Part("clerk", (PYTHON, "-c", DEAF), lambda: False, grace=0.1))
    parts.close()
    assert not processes.is_running(tmp_path / "clerk.lock")


def test_a_second_demo_in_the_same_folder_is_refused_with_a_word(tmp_path):
    held = processes.lock(tmp_path / "demo.lock")
    for more in ([], ["--reset"]):
        done = subprocess.run(
            [PYTHON, "manage.py", "demo", "--dir", str(tmp_path), *more],
            cwd=scratch.ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 1
        assert "running in" in done.stderr
    os.close(held)
    assert tmp_path.is_dir()
