"""Run one command in a session of its own, and let nothing of it survive.

    guard.py LIFELINE LOCK GRACE COMMAND...

LIFELINE is the reading end of a pipe whose writing end only the parent holds, LOCK a locked file that the
command and all its children inherit, GRACE the seconds a stop may take. On SIGTERM, SIGINT, or when the
parent is gone however it died, the command's main process, and only that, gets SIGTERM: a task cluster whose
whole group is signalled cuts running tasks and hangs. After the grace, or when the main process has ended,
whatever is left of the group is killed, this process included.

A script of the standard library alone, so that it starts at once and stays small.
"""

import os
import select
import signal
import subprocess
import sys
import time

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _wake_on_signals() -> int:
    """A descriptor that becomes readable, one byte per signal, when one of ours arrives."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGCHLD, *STOP_SIGNALS):
        signal.signal(number, lambda *_: None)
    return reading


def _told_to_stop(ready: list[int], lifeline: int, wake: int) -> bool:
    orphaned = lifeline in ready and not os.read(lifeline, 1)
    signals = os.read(wake, 64) if wake in ready else b""
    return orphaned or any(number in signals for number in STOP_SIGNALS)


def keep(lifeline: int, lock: int, grace: float, command: list[str]) -> None:
    """Wait for the command's end or the order to end it."""
    wake = _wake_on_signals()
    child = subprocess.Popen(command, pass_fds=(lock,))
    deadline = None
    while child.poll() is None:
        patience = None if deadline is None else deadline - time.monotonic()
        if patience is not None and patience <= 0:
            return
        watched = [wake] if deadline is not None else [wake, lifeline]
        ready = select.select(watched, [], [], patience)[0]
        if _told_to_stop(ready, lifeline, wake) and deadline is None:
            deadline = time.monotonic() + grace
            child.terminate()


if __name__ == "__main__":
    try:
        keep(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
    finally:
        os.killpg(0, signal.SIGKILL)
