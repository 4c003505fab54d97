"""A whole installation in a folder: office, mail server, database, and workers that are the real command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from apiclient.clock import JST
from apiclient.sandbox.faults import Rule
from apiclient.sandbox.server import SandboxServer
from apiclient.sandbox.tokens import PASSWORD, USERNAME
from bench.world import Counted, HurriedOffice, Hurry, Minute
from tests.alerts.server import MailServer, Running

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 10, 6, 10, 0, tzinfo=JST)  # a Tuesday
CASES = 10
PER_MINUTE = 100  # calls: enough that a run need not wait for the next minute, few enough to be overrun
READER = "clerk@firm.example"
_RING_EVERY = 2.0
_HORIZON = timedelta(hours=6)  # what waits for longer waits for another day
NOTICE = "A131"


@dataclass
class Site:
    """`dispatched`: the acts that the office made while the fault was there, each as (number, code, day)."""

    folder: Path
    env: dict[str, str]
    hurry: Hurry
    office: HurriedOffice
    mail: MailServer
    post: _Post
    workers: dict[str, Any] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    dispatched: list[tuple[str, str, date]] = field(default_factory=list)
    rings: bool = True  # a doorbell each two seconds, as the sweep rings each minute
    _rung: float = 0.0

    # --- processes

    def manage(self, *told: str, root: Path = ROOT, env: dict[str, str] | None = None) -> str:
        done = self.run(*told, root=root, env=env)
        if done.returncode:
            raise RuntimeError(f"{told[0]} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def run(
        self, *told: str, root: Path = ROOT, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *told],
            cwd=root,
            env={**os.environ, **self.env, "PYTHONPATH": str(root), **(env or {})},
            capture_output=True,
            text=True,
            timeout=900,
        )

    def start(self, name: str = "one", *, root: Path = ROOT, before: Sequence[str] = (), **env: str) -> None:
        """Start a worker; `before`: words in front of its command."""
        from dossiers.runtime import processes

        home = self.folder / f"worker-{name}"
        home.mkdir(exist_ok=True)
        command = [*before, sys.executable, str(root / "manage.py"), "worker", "--run-dir", str(home)]
        self.workers[name] = processes.start(
            f"worker {name}",
            command,
            run_dir=home,
            grace=20,
            log=home / "worker.log",
            env={**os.environ, **self.env, "PYTHONPATH": str(root), **env},
        )

    def stop(self) -> None:
        """As `systemctl stop`: they end what they are at."""
        for running in self.workers.values():
            running.ask_to_stop()
        for running in self.workers.values():
            running.stop()
        self.workers.clear()

    def let_go(self) -> None:
        """Close what this process holds open at the database."""
        from django.db import connections

        connections.close_all()

    def log(self) -> str:
        return "".join(one.read_text(errors="replace") for one in self.folder.glob("worker-*/worker.log"))

    # --- work

    def add_cases(self, count: int = CASES) -> None:
        """A clerk watches `count` cases; returns when the office has been asked about all of them."""
        from dossiers.models import Case

        self.numbers = numbers(self.office, count)
        add(self.numbers)
        if not self.workers:
            self.start()
        self.until(lambda: not Case.objects.filter(confirmed_at=None).exists(), 240, "the cases are read")
        self.settle()

    def dispatch(self, some: Sequence[str] = (), *, ask: bool = True) -> None:
        """The office dispatches a notice on each case; with `ask` the clerk presses the button there."""
        for number in some or self.numbers:
            act = self.office.add_document("patent", number, NOTICE)
            self.dispatched.append((number, act.code, act.day))
        if ask:
            press(some or self.numbers, ring=self.rings)

    def slow(self, seconds: float = 0.3) -> None:
        """Each answer of the office takes so long, so that a fault meets work that is under way."""
        self.office.faults.add(Rule("slow", seconds=seconds))

    def under_way(self, calls: int = 3) -> None:
        """Wait until the office has been asked `calls` times more."""
        before = self.calls
        self.until(lambda: self.calls >= before + calls, 120, "work is under way")

    @property
    def calls(self) -> int:
        assert isinstance(self.office.counters, Counted)
        return sum(self.office.counters.granted.values())

    # --- time

    def until(self, question: Callable[[], bool], seconds: float, what: str) -> float:
        """Wait for it; real seconds that it took. TimeoutError after `seconds`."""
        began = time.monotonic()
        while not self._asked(question):
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"not within {seconds:.0f} s: {what}\n{self.log()[-3000:]}")
            self._ring()
            time.sleep(0.2)
        return time.monotonic() - began

    def _asked(self, question: Callable[[], Any]) -> Any:
        from django.db import DatabaseError, connection

        try:
            return question()
        except DatabaseError:
            connection.close()
            return None

    def _ring(self) -> None:
        from dossiers import tasks

        if self.rings and time.monotonic() - self._rung > _RING_EVERY:
            self._rung = time.monotonic()
            self._asked(lambda: tasks.ring("sweep"))

    def settle(self, seconds: float = 300.0) -> float:
        """Wait until nothing waits that is not for another day; waits of minutes are passed over.

        Real seconds that it took; TimeoutError where it does not come to an end.
        """
        quiet = [0.0]

        def settled() -> bool:
            now = self.hurry.now()
            due = _due_times(now + _HORIZON)
            if not due:
                quiet[0] = quiet[0] or time.monotonic()
                return time.monotonic() - quiet[0] > 1.0
            quiet[0] = 0.0
            if min(due) > now:
                self.hurry.jump(min(due))
            return False

        return self.until(settled, seconds, "all work is done")


def _due_times(horizon: datetime) -> list[datetime]:
    """When each kind of order that waits may be taken up; none that waits for later than `horizon`."""
    from django.db.models import Max, Min

    from dossiers.models import Alert, Circuit, Prompt, RefreshJob

    found = []
    shut = Circuit.objects.filter(opened_at__isnull=False).aggregate(at=Max("until"))["at"]
    orders = RefreshJob.objects.filter(state="waiting", not_before__lte=horizon)
    if first := orders.aggregate(at=Min("not_before"))["at"]:
        found.append(max(first, shut) if shut else first)
    # What goes out as one mail with others, as in a storm, waits with that mail.
    mails = (Alert.objects.filter(group=None), Prompt.objects.all())
    for waiting in (one.filter(state="waiting", not_before__lte=horizon) for one in mails):
        found += [at for at in waiting.aggregate(Min("not_before"), Min("lease_until")).values() if at]
    return found


# --- the docket, also from another version of the program ---------------------------------------------------


def numbers(office: HurriedOffice, count: int) -> list[str]:
    """Patent cases in examination, half of them with a notice of reasons for refusal already."""
    half = count // 2
    sights = (*office.cases("patent", count - half, "examination"), *office.cases("patent", half, "notice"))
    return [one.case.number for one in sights]


def add(some: Sequence[str]) -> None:
    """The clerk brings the cases, watches them, and is told of each thing by a mail of its own."""
    from dossiers.alerts.follow import follow
    from dossiers.intake import save_batch, start_batch, watchlists
    from dossiers.models import User

    clerk = User.objects.create_user("clerk", READER, os.urandom(16).hex())
    User.objects.filter(pk=clerk.pk).update(digest_on=False)
    made = watchlists.create(by=clerk, name="watched")
    follow(made, clerk, by=clerk)
    batch = start_batch(text="\n".join(some), by=clerk, default_law="patent", watchlist=made, source="faults")
    save_batch(batch, by=clerk)


def press(some: Sequence[str], *, ring: bool = True) -> None:
    """The clerk asks for each of these cases now; without `ring` the doorbell of it is lost."""
    from dossiers import tasks
    from dossiers.models import Case, User
    from dossiers.refresh.jobs import request_refresh

    clerk = User.objects.get(username="clerk")
    for case in Case.objects.filter(application_number__in=some):
        request_refresh(case, by=clerk)
    if ring:
        tasks.ring("refresh")


# --- the parts ----------------------------------------------------------------------------------------------


class _Post:
    """A mail server that can go away and come back."""

    def __init__(self) -> None:
        self.server, self._running = MailServer(), None

    def up(self) -> None:
        self._running = Running(self.server)
        self._running.__enter__()

    def down(self) -> None:
        if self._running:
            self._running.__exit__()
        self._running = None

    def __enter__(self) -> _Post:
        self.up()
        return self

    def __exit__(self, *error: object) -> None:
        self.down()


@contextmanager
def site(
    *,
    database: str = "",
    disk: Path | None = None,
    limits: dict[str, int] | None = None,
    migrated_by: Path = ROOT,
) -> Iterator[Site]:
    """An installation with an empty docket. `database`: its address; without it a SQLite file on `disk`.

    `limits` a day by bucket name, where they are not the office's; `migrated_by`: the program, if another.
    """
    import tempfile

    with (
        tempfile.TemporaryDirectory(prefix="ip-portal-fault-", ignore_cleanup_errors=True) as name,
        _Post() as post,
    ):
        folder = Path(name)
        hurry = Hurry(folder / "clock.json", START, 1.0)
        office = HurriedOffice(hurry, 3, 2000, limits or {})
        office.minute, office.opd_minute = Minute(PER_MINUTE, time.monotonic), Minute(5, time.monotonic)
        server = SandboxServer(office)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = database or f"sqlite:///{(disk or folder) / 'docket.sqlite3'}"
        env = {
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULT_CLOCK": str(folder / "clock.json"),
            "IPPORTAL_SECRET_KEY": os.urandom(32).hex(),
            "IPPORTAL_LOG_LEVEL": "WARNING",
            "IPPORTAL_FAMILY_ROUND": "0",
            "IPPORTAL_MAILS_PER_MINUTE": "0",
            "IPPORTAL_WATCH_MAIL": "watch@firm.example",
            "JPO_BASE_URL": server.url,
            "JPO_USERNAME": USERNAME,
            "JPO_PASSWORD": PASSWORD,
            "JPO_PER_MINUTE": str(PER_MINUTE),
            "JPO_DAILY_LIMITS": json.dumps(limits or {}),
            "EMAIL_URL": f"smtp://127.0.0.1:{post.server.port}",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        made = Site(folder, env, hurry, office, post.server, post)
        try:
            os.environ.update(env)
            import django

            django.setup()
            _migrated(made, address, migrated_by)
            yield made
        finally:
            from django.db import connections

            made.stop()
            connections.close_all()
            hurry.close()
            server.shutdown()


def _migrated(made: Site, address: str, root: Path) -> None:
    """Copied from the one that was migrated before (`FAULT_TEMPLATE`), where there is one."""
    template = os.environ.get("FAULT_TEMPLATE", "")
    if template and address.startswith("sqlite:///") and root == ROOT:
        target = Path(address.removeprefix("sqlite:///"))
        if Path(template).exists():
            shutil.copy(template, target)
            return
        made.manage("migrate", "--verbosity", "0")
        shutil.copy(target, template)
        return
    made.manage("migrate", "--verbosity", "0", root=root)
