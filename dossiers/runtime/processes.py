"""Start commands, each in its own session under a guard, and find what an earlier run left behind.

A lock tells who lives: the file `<name>.lock` is locked (flock) by an open file that every process of the
command inherits, so it is free exactly when the last of them is gone. Its content is the process group; while
the lock is held the group exists, so the number cannot have passed to a stranger.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")
_KILLED_WITHIN = 10.0


class AlreadyRunning(Exception):
    """Somebody holds the lock at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} is held by a running process ({path})")
        self.path = path


def lock(path: Path) -> int:
    """An open, locked file at `path`; AlreadyRunning if another holds it. Closing it, or dying, frees it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(opened)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise AlreadyRunning(path) from None
        raise
    return opened


def is_running(path: Path) -> bool:
    """Whether any process started under the lock at `path` still lives."""
    try:
        os.close(lock(path))
    except AlreadyRunning:
        return True
    return False


def lock_killing_leftovers(path: Path) -> int:
    """`lock(path)`, after killing the process group of an earlier run that still holds it."""
    try:
        return lock(path)
    except AlreadyRunning:
        _kill_group(_group_in(path))
    deadline = time.monotonic() + _KILLED_WITHIN
    while True:
        try:
            return lock(path)
        except AlreadyRunning:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _group_in(path: Path) -> int:
    try:
        return int(path.read_text() or 0)
    except ValueError:
        return 0


def _kill_group(group: int) -> None:
    if group > 1:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


class Running:
    """A command at work under its guard; `group` is its process group."""

    def __init__(self, guard: subprocess.Popen[bytes], grace: float, lifeline: int, path: Path) -> None:
        self.group = guard.pid
        self.grace = grace
        self._guard = guard
        self._lifeline = lifeline
        self._path = path

    def alive(self) -> bool:
        return self._guard.poll() is None

    def ask_to_stop(self) -> None:
        """Tell the command's main process to end; the guard kills what is left after the grace."""
        if self.alive():
            self._guard.terminate()

    def stop(self) -> None:
        """End the command within its grace; returns when nothing of it is left."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(self.grace + _KILLED_WITHIN)
        self.kill()

    def kill(self) -> None:
        """End every process of the command now; returns when the last is gone."""
        if self.alive() or is_running(self._path):
            _kill_group(self.group)
        self._guard.wait()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        deadline = time.monotonic() + _KILLED_WITHIN
        while is_running(self._path) and time.monotonic() < deadline:
            time.sleep(0.02)


def start(
    name: str,
    command: Sequence[str],
    *,
    run_dir: Path,
    grace: float,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Running:
    """Start `command` as `name` in a session of its own, after killing what an earlier `name` left.

    `grace`: seconds it may take to stop. `log`: where its output is added, else ours. `env`: the whole
    environment, else ours.
    """
    path = run_dir / f"{name.replace(' ', '-')}.lock"
    held = lock_killing_leftovers(path)
    lifeline, ours = os.pipe()
    output = log.open("ab") if log else None
    try:
        guard = subprocess.Popen(
            [sys.executable, "-IS", str(_GUARD), str(lifeline), str(held), str(grace), *command],
            pass_fds=(lifeline, held),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            env=env,
        )
        os.ftruncate(held, 0)
        os.pwrite(held, str(guard.pid).encode(), 0)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(held)
        os.close(lifeline)
        if output:
            output.close()
    return Running(guard, grace, ours, path)
