"""The world around an installation that is put to the test: fast time, an office that counts, workers."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from apiclient.clock import JST
from apiclient.sandbox.counters import DayCounters, MinuteWindow
from apiclient.sandbox.office import Office
from apiclient.sandbox.tokens import PASSWORD, USERNAME

ROOT = Path(__file__).resolve().parent.parent
SHARES = {"patent": 0.92, "design": 0.03, "trademark": 0.05}
STATUS = ("app_progress", "app_progress_simple")
_TICK = 0.02  # seconds between two settings of the clock


class Hurry:
    """The clock of everybody: a file that says by how much it is ahead of the machine's."""

    def __init__(self, file: Path, start: datetime, pace: float) -> None:
        self._file, self._pace = file, pace
        self._lock = threading.Lock()
        self._real, self._then = time.time(), start
        self._stop = threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        return self._then + timedelta(seconds=(time.time() - self._real) * self._pace)

    def jump(self, to: datetime) -> None:
        """Set the clock forward to `to`; never back."""
        with self._lock:
            now = self._now()
            self._real, self._then = time.time(), max(now, to)
        self._write()

    def run_at(self, pace: float) -> None:
        """Go on at `pace` times the machine's speed."""
        with self._lock:
            if pace != self._pace:
                self._then, self._real = self._now(), time.time()
                self._pace = pace

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_TICK):
            self._write()

    def _write(self) -> None:
        part = self._file.with_suffix(".part")
        with self._lock:
            offset = (self._now() - datetime.now(UTC)).total_seconds()
            part.write_text(json.dumps({"offset_seconds": offset}))
            part.replace(self._file)


class Counted(DayCounters):
    """What was granted by day and bucket, and what was refused because the day was used up."""

    def __init__(self, limits: dict[str, int]) -> None:
        super().__init__(limits)
        self.granted: Counter[tuple[date, str]] = Counter()
        self.refused: Counter[tuple[date, str]] = Counter()

    def take(self, bucket: str, day: date) -> int | None:
        left = super().take(bucket, day)
        (self.refused if left is None else self.granted)[day, bucket] += 1
        return left


class Minute(MinuteWindow):
    """What was refused because of the limit a minute."""

    refused = 0

    def admit(self) -> bool:
        admitted = super().admit()
        self.refused += not admitted
        return admitted


class HurriedOffice(Office):
    """The office in miniature by the hurried clock."""

    def __init__(self, hurry: Hurry, seed: int, cases: int, limits: dict[str, int]) -> None:
        self._hurry = hurry
        super().__init__(seed, cases, monotonic=self.seconds)
        self.counters = Counted(limits)
        self.minute, self.opd_minute = Minute(10, self.seconds), Minute(5, self.seconds)

    def now(self) -> datetime:
        return self._hurry.now().astimezone(JST)

    def seconds(self) -> float:
        return self._hurry.now().timestamp()


@dataclass
class Tale:
    """What happened to the system from outside."""

    killed: int = 0
    restarted: int = 0
    queues_lost: int = 0
    troubles: list[str] = field(default_factory=list)


# --- the parts -------------------------------------------------------------------------------------------


def environment(folder: Path, database: str, office: str, mail: int, pace: float) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "bench.month_settings",
        "PYTHONPATH": str(ROOT),
        "MONTH_CLOCK": str(folder / "clock.json"),
        "MONTH_PACE": str(pace),
        "IPPORTAL_SECRET_KEY": os.urandom(32).hex(),
        "IPPORTAL_LOG_LEVEL": "WARNING",
        "JPO_BASE_URL": office,
        "JPO_USERNAME": USERNAME,
        "JPO_PASSWORD": PASSWORD,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail}",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


class Workers:
    """Several `manage.py worker` on one database."""

    def __init__(self, folder: Path, env: dict[str, str], tale: Tale, number: int) -> None:
        from dossiers.runtime import processes

        self._processes, self._folder, self._tale = processes, folder, tale
        self._env = {**os.environ, **env}
        self._running = [self._start(n) for n in range(number)]

    def _start(self, n: int) -> Any:
        home = self._folder / f"worker-{n}"
        home.mkdir(exist_ok=True)
        command = [sys.executable, str(ROOT / "manage.py"), "worker", "--run-dir", str(home)]
        return self._processes.start(
            f"worker {n}", command, run_dir=home, grace=15, log=home / "worker.log", env=self._env
        )

    def kill_one(self, rng: random.Random) -> None:
        """A process of one cluster, whichever it is, ends at once."""
        home = self._folder / f"worker-{rng.randrange(len(self._running))}"
        with suppress(OSError, ValueError):
            group = int((home / "cluster.lock").read_text())
            found = [
                int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if in_group(group, stat)
            ]
            os.kill(rng.choice(found), signal.SIGKILL)
            self._tale.killed += 1

    def look_after(self) -> None:
        for n, running in enumerate(self._running):
            if not running.alive():
                running.kill()
                self._running[n] = self._start(n)
                self._tale.restarted += 1

    def close(self) -> None:
        for running in self._running:
            running.stop()


def in_group(group: int, stat: Path) -> bool:
    with suppress(OSError, ValueError):
        state, _parent, of = stat.read_text().rpartition(")")[2].split()[:3]
        return int(of) == group and state not in "ZX"
    return False


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class Post:
    """A mail server's hand that takes every message; `ids` are the Message-IDs in their order."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.ids.append(str(message_from_bytes(content)["Message-ID"]))
        return "250 taken"


def megabytes() -> dict[str, int]:
    """What web and worker hold of the memory by themselves (Pss), by the words of their commands."""
    found: Counter[str] = Counter()
    parents = _parents()
    for pid in parents:
        if not _descends(pid, os.getpid(), parents):
            continue
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kind = "web" if "gunicorn" in words else "worker"
        found[kind] += next((int(row.split()[1]) for row in rows if row.startswith("Pss:")), 0)
    return {kind: size // 1024 for kind, size in sorted(found.items())}


def _parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return found


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid := parents.get(pid, 0):
        if pid == ancestor:
            return True
    return False


# --- the docket ---------------------------------------------------------------------------------------------


def _numbers(office: Office, law: str, count: int) -> list[str]:
    """`count` cases; finished ones are few, as in a firm's docket."""
    seen = office.cases(law, count * 2)
    lively = [one for one in seen if one.stage not in ("lapsed", "withdrawn", "registered")]
    quiet = [one for one in seen if one.stage in ("registered", "lapsed", "withdrawn")]
    return [one.case.number for one in (*lively[: count * 4 // 5], *quiet, *lively[count * 4 // 5 :])][:count]


def add(office: Office, cases: int) -> dict[str, list[str]]:
    from dossiers.alerts.follow import follow
    from dossiers.intake import save_batch, start_batch, watchlists
    from dossiers.models import User

    clerk = User.objects.create_user("clerk", "clerk@firm.example", os.urandom(16).hex())
    added = {}
    for law, share in SHARES.items():
        added[law] = _numbers(office, law, max(1, round(cases * share)))
        made = watchlists.create(by=clerk, name=law)
        follow(made, clerk, by=clerk)
        for at in range(0, len(added[law]), 500):
            text = "\n".join(added[law][at : at + 500])
            batch = start_batch(text=text, by=clerk, default_law=law, watchlist=made, source="bench")
            save_batch(batch, by=clerk)
    return added
