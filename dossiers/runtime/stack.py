"""Several programs that make up one thing: started in order, watched, started again, stopped in reverse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dossiers.runtime import processes
from dossiers.runtime.restarts import Restarts

READY_WITHIN = 90.0
_TAIL = 25


@dataclass(frozen=True)
class Part:
    """One program. `ready` says whether it serves; `grace`: seconds its stop may take."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    grace: float = 10.0


class NotReady(Exception):
    """A part did not start. The text says which, and ends with what it last wrote."""


class Stopped(Exception):
    """Told to stop before everything had started."""


class Stack:
    """Parts at work together. `run_dir` holds their locks and, in `logs`, what they write."""

    def __init__(
        self, run_dir: Path, env: Mapping[str, str], stop: threading.Event, say: Callable[[str], None]
    ) -> None:
        self._run_dir = run_dir
        self._logs = run_dir / "logs"
        self._env = env
        self._stop = stop
        self._say = say
        self._running: dict[str, processes.Running] = {}
        self._restarts: dict[str, Restarts] = {}
        self._again_at: dict[str, float] = {}

    def start(self, *parts: Part) -> None:
        """Start `parts` at once and wait until all are ready; NotReady if one is not, Stopped if told to."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for part in parts:
            self._launch(part)
        deadline = time.monotonic() + READY_WITHIN
        for part in parts:
            self._wait_until_ready(part, deadline)

    def _launch(self, part: Part) -> None:
        self._running[part.name] = processes.start(
            part.name,
            part.command,
            run_dir=self._run_dir,
            grace=part.grace,
            log=self.log_of(part.name),
            env=self._env,
        )
        known = self._restarts.get(part.name, Restarts(0.0))
        self._restarts[part.name] = known.began(time.monotonic())

    def _wait_until_ready(self, part: Part, deadline: float) -> None:
        while not part.ready():
            if self._stop.wait(0.1):
                raise Stopped
            if not self._running[part.name].alive():
                raise NotReady(self._story(part, "ended as soon as it was started"))
            if time.monotonic() > deadline:
                raise NotReady(self._story(part, f"did not answer within {READY_WITHIN:.0f} s"))

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name.replace(' ', '-')}.log"

    def _story(self, part: Part, what: str) -> str:
        log = self.log_of(part.name)
        return f"The {part.name} {what}. The end of {log}:\n{tail(log)}"

    def supervise(self, parts: Sequence[Part]) -> None:
        """Start whatever ends again, until told to stop."""
        while not self._stop.wait(0.5):
            for part in parts:
                self._look_after(part, time.monotonic())

    def _look_after(self, part: Part, now: float) -> None:
        if self._running[part.name].alive():
            return
        if part.name not in self._again_at:
            self._running[part.name].kill()
            self._restarts[part.name] = self._restarts[part.name].ended(now)
            pause = self._restarts[part.name].pause
            self._again_at[part.name] = now + pause
            self._say(
                f"The {part.name} has ended; it is started again in {pause:.0f} s. "
                f"Its log: {self.log_of(part.name)}"
            )
        if now >= self._again_at[part.name]:
            del self._again_at[part.name]
            self._launch(part)

    def close(self) -> None:
        """Stop everything, last started first; nothing is left when this returns."""
        for running in reversed(self._running.values()):
            running.stop()


def tail(log: Path, lines: int = _TAIL) -> str:
    """The last lines of a log, each indented."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return "    (nothing)"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (nothing)"
