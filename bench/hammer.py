"""Eight processes against one bucket of the office in miniature, which counts what it has to refuse.

    python -m bench.hammer              all scenarios on SQLite, in a SQLite file without Django, and on the
                                        PostgreSQL of POSTGRES_URL if that is set
    python -m bench.hammer --seconds 60

Time passes faster than real time, for the office and its clients alike. An overrun is a call the office has
refused because a limit was reached (203, 303); calls lost are those it would have granted and nobody made.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apiclient.clock import JST
from apiclient.sandbox.faults import Rule
from apiclient.sandbox.office import Office
from apiclient.sandbox.server import SandboxServer
from apiclient.sandbox.tokens import TokenDesk

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = 8
_PASSWORD = "hammer-password"  # noqa: S105 (of the sandbox, for one run)
_NOON = datetime(2026, 11, 24, 12, 0, tzinfo=JST)
_UNLIMITED = 1_000_000
_SET_AT = (0.25, 0.4, 0.55, 0.7, 0.85)  # of a run, when the clients' clock is set


@dataclass(frozen=True)
class Scenario:
    """One way to hammer.

    `limit` is what clients believe, `office_limit` what the office grants (the same if None), of which
    somebody else has used `elsewhere`. The clients' clock is wrong by `skew` seconds and set by
    `set_by` time and again. `kills` are processes killed a second. `questions`: "new" numbers every time, the
    "same" few, or "bundles" (answers without a counter).
    """

    name: str
    endpoint: str = "patent/app_progress"
    limit: int = _UNLIMITED
    office_limit: int | None = None
    per_minute: int = _UNLIMITED
    pace: float = 1.0
    start: datetime = _NOON
    elsewhere: int = 0
    skew: float = 0.0
    set_by: float = 0.0
    kills: float = 0.0
    edge_seconds: float = 0.0
    questions: str = "new"

    @property
    def a_day(self) -> bool:
        """Whether it ends when the calls of one day are used up."""
        return self.per_minute == _UNLIMITED

    @property
    def granted(self) -> int:
        """What the office leaves to us in a day."""
        return (self.office_limit or self.limit) - self.elsewhere


_EVENING = datetime(2026, 11, 24, 23, 56, tzinfo=JST)
_NOTICES = "patent/app_doc_cont_refusal_reason"
SCENARIOS = (
    Scenario("day", limit=150),
    Scenario("day, killed", limit=150, kills=4),
    Scenario("minute of 10", per_minute=10, pace=20),
    Scenario("minute of 5, OPD", "opd/family", per_minute=5, pace=20),
    Scenario("minute, killed", per_minute=10, pace=20, kills=2),
    Scenario("minute, clock +1 h", per_minute=10, pace=20, set_by=3600),
    Scenario("minute, clock -1 h", per_minute=10, pace=20, set_by=-3600),
    Scenario("midnight", limit=25, per_minute=10, pace=30, start=_EVENING),
    Scenario("midnight, clock fast", limit=25, per_minute=10, pace=30, start=_EVENING, skew=40),
    Scenario("midnight, clock slow", limit=25, per_minute=10, pace=30, start=_EVENING, skew=-40),
    Scenario("midnight, killed", limit=25, per_minute=10, pace=30, start=_EVENING, kills=2),
    Scenario("edge cache", limit=60, edge_seconds=0.3, questions="same"),
    Scenario("no counter", _NOTICES, limit=60, questions="bundles"),
    Scenario("no counter, killed", _NOTICES, limit=60, questions="bundles", kills=4),
    Scenario("used elsewhere", limit=200, elsewhere=120),
    Scenario("lower limit", limit=200, office_limit=80),
    Scenario("doubled limit", limit=60, office_limit=120),
)


@dataclass(frozen=True)
class Result:
    """`calls` the office counted as ours, `overruns` it refused, `lost` it would have granted."""

    scenario: str
    calls: int
    overruns: int
    cached: int
    killed: int
    lost: int


class WatchedOffice(Office):
    """The office in miniature, at a pace of its own, with a tally of what it counted and refused."""

    def __init__(self, scenario: Scenario, username: str) -> None:
        self._began, self._scenario = time.time(), scenario
        limit = scenario.office_limit or scenario.limit
        super().__init__(
            per_minute=scenario.per_minute,
            opd_per_minute=scenario.per_minute,
            limits={scenario.endpoint: limit},
            now=scenario.start,
            edge_seconds=scenario.edge_seconds,
            monotonic=lambda: time.monotonic() * scenario.pace,
        )
        self.tokens = TokenDesk(username, _PASSWORD)
        self.tally: Counter[str] = Counter()
        self._tally_lock = threading.Lock()
        for _ in range(scenario.elsewhere):
            self.counters.take(scenario.endpoint, self.today())

    def now(self) -> datetime:
        return (self._scenario.start + timedelta(seconds=self.passed())).astimezone(JST)

    def passed(self) -> float:
        """Seconds passed in the office."""
        return (time.time() - self._began) * self._scenario.pace

    @property
    def began(self) -> float:
        return self._began

    def answer(self, path: str, authorization: str) -> Any:
        reply = super().answer(path, authorization)
        status = _status_code(reply.body)
        kind = "cached" if reply.from_edge else {"203": "day", "303": "minute", "210": "token"}.get(status)
        with self._tally_lock:
            self.tally[kind or "counted"] += 1
        return reply


def _status_code(body: bytes) -> str:
    if not body.startswith(b"{"):
        return ""
    return str(json.loads(body)["result"]["statusCode"])


class Nursery:
    """A process that forks the hammering ones; `database` is None for a SQLite file without Django."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self.ledger = "database" if database else "file"
        self.file = folder / "calls.sqlite3"
        given = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "ipportal.settings"} if database else {}
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.hammering"],
            cwd=ROOT,
            env={**inherited, **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._heard()  # it is ready

    def start(self, order: dict[str, Any]) -> int:
        return self._ask({"start": {**order, "ledger": self.ledger, "file": str(self.file)}})

    def exit_code(self, number: int) -> int:
        return self._ask({"wait": number})

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout  # noqa: S101
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _ask(self, told: dict[str, Any]) -> int:
        assert self._process.stdin  # noqa: S101
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> int:
        assert self._process.stdout  # noqa: S101
        return int(self._process.stdout.readline())


@contextmanager
def nursery(folder: Path, database: str | None) -> Iterator[Nursery]:
    made = Nursery(folder, database)
    try:
        yield made
    finally:
        made.close()


def run(scenario: Scenario, processes: Nursery, seconds: float) -> Result:
    """Hammer for `seconds` of real time at most; RuntimeError if a process fell over by itself."""
    username = f"hammer-{uuid.uuid4().hex[:8]}"
    office = WatchedOffice(scenario, username)
    if scenario.kills:
        # So that many a process is killed in the middle of a call.
        office.faults.add(Rule("slow", "api/", probability=0.3, seconds=0.05))
    server = SandboxServer(office)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        killed = _hammer(scenario, processes, seconds, _order(scenario, office, server.url, username))
    finally:
        passed = office.passed()
        server.close()
        thread.join()
    tally = office.tally
    return Result(
        scenario.name,
        calls=tally["counted"],
        overruns=tally["day"] + tally["minute"],
        cached=tally["cached"],
        killed=killed,
        lost=_lost(scenario, tally["counted"], passed),
    )


def _order(scenario: Scenario, office: WatchedOffice, url: str, username: str) -> dict[str, Any]:
    return {
        "url": url,
        "username": username,
        "password": _PASSWORD,
        "endpoint": scenario.endpoint,
        "limit": scenario.limit,
        "per_minute": {"domestic": scenario.per_minute, "opd": scenario.per_minute},
        "start": scenario.start.astimezone(UTC).isoformat(),
        "began": office.began,
        "pace": scenario.pace,
        "skew": scenario.skew,
        "set_at": [],
        "a_day": scenario.a_day,
        "questions": _questions(scenario, office),
    }


def _questions(scenario: Scenario, office: WatchedOffice) -> list[list[str]]:
    if scenario.questions == "bundles":
        return [[sight.case.number] for sight in office.cases("patent", 20, "notice")]
    if scenario.endpoint.startswith("opd/"):
        return [["application", f"JP.2020{n:06d}.A"] for n in range(1, 400)]
    # Numbers that no case has: "no such case" is an answer like any other, and counted.
    return [[f"2020{n:06d}"] for n in range(900_000, 900_004 if scenario.questions == "same" else 900_400)]


def _hammer(scenario: Scenario, processes: Nursery, seconds: float, order: dict[str, Any]) -> int:
    """Start the processes, kill and replace some, wait for the rest; how many were killed."""
    began = time.time()
    order |= {"until": began + seconds}
    if scenario.set_by:
        order |= {"set_at": [[began + seconds * at - order["began"], scenario.set_by] for at in _SET_AT]}
    alive = [processes.start(order) for _ in range(PROCESSES)]
    killed = 0
    while scenario.kills and time.time() < began + seconds - 0.3:
        time.sleep(random.expovariate(scenario.kills))
        unlucky = alive.pop(random.randrange(PROCESSES))  # noqa: S311
        os.kill(unlucky, signal.SIGKILL)
        processes.exit_code(unlucky)
        alive.append(processes.start(order))
        killed += 1
    codes = [processes.exit_code(number) for number in alive]
    if any(codes):
        raise RuntimeError(f"a process fell over in {scenario.name}")
    return killed


def _lost(scenario: Scenario, calls: int, passed: float) -> int:
    """Calls the office would have granted in the time that has passed there, as far as limits alone tell."""
    if scenario.a_day:
        return scenario.granted - calls
    if scenario.limit == _UNLIMITED:
        return scenario.per_minute * (int(passed // 60) + 1) - calls
    return 2 * scenario.granted - calls  # the evening's day and the morning's


# --- the long run -----------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.hammer", description="Hammer one bucket.")
    parser.add_argument(
        "--seconds", type=float, default=30.0, help="real seconds, at most, for each scenario"
    )
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    asked = parser.parse_args()
    overruns = 0
    heads = ("proc.", "calls", "cached", "killed", "lost", "overrun")
    _say(f"{'ledger':12} {'scenario':22}" + "".join(f"{head:>8}" for head in heads))
    for name, database in _databases():
        with tempfile.TemporaryDirectory(prefix="ip-portal-hammer-") as folder:
            address = database and database.format(folder=folder)
            if address:
                _migrate(address)
            with nursery(Path(folder), address) as processes:
                for scenario in SCENARIOS:
                    if asked.only in scenario.name:
                        result = run(scenario, processes, asked.seconds)
                        overruns += result.overruns
                        _say(_line(name, result))
    sys.exit(1 if overruns else 0)


def _line(ledger: str, result: Result) -> str:
    figures = (PROCESSES, result.calls, result.cached, result.killed, result.lost, result.overruns)
    return f"{ledger:12} {result.scenario:22}" + "".join(f"{figure:8}" for figure in figures)


def _databases() -> Iterator[tuple[str, str | None]]:
    yield "file", None
    yield "SQLite", "sqlite:///{folder}/hammer.sqlite3"
    if "POSTGRES_URL" in os.environ:
        yield "PostgreSQL", os.environ["POSTGRES_URL"]


def _migrate(address: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address},
        check=True,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
