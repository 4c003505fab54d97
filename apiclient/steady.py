"""A clock that nobody can set, for distances between instants on one machine."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Steady:
    """Seconds of the steady clock of `machine`; no machine where that clock is not known."""

    machine: str = ""
    seconds: float = 0.0

    def since(self, then: Steady) -> float | None:
        """Seconds passed since `then`; None where the two are not of the same clock."""
        same = self.machine and self.machine == then.machine
        return self.seconds - then.seconds if same else None


def no_clock() -> Steady:
    """For callers whose time is not the machine's, such as simulations: distances go by their own clock."""
    return Steady()


def machine_clock() -> Steady:
    """The clock that all processes of this machine share until it starts again."""
    return Steady(_machine(), time.monotonic())


@cache
def _machine() -> str:
    """Which start of which machine this is; a name of this process alone where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/time").readlink()
    except OSError:
        return uuid.uuid4().hex
    return f"{boot}/{namespace}"
