"""The stage of the tests that kill: an office and a mail server here, workers in a process apart."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from apiclient.clock import JST
from apiclient.sandbox import PASSWORD, USERNAME, Sandbox, ipaustralia
from tests.alerts.server import MailServer, Running
from tests.runtime import scratch

YESTERDAY = datetime(2026, 11, 24, 9, 0, tzinfo=JST)  # a Tuesday
TODAY = datetime(2026, 11, 25, 9, 0, tzinfo=JST)
KILLED = -9


@dataclass
class Stage:
    """`office` and `mail` run in the test's own process; `database` is the name workers open.

    `faults` are the misfortunes of every morning, each with the part of a path that it strikes.
    """

    office: Sandbox
    mail: MailServer
    folder: Path
    server: subprocess.Popen[str]
    database: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    def do(self, what: str, **more: Any) -> int:
        """Have a child do `what` to its end; its exit code, -9 if it was killed."""
        return int(self._say({"do": what, "database": self.database, **more}))

    def start(self, what: str, **more: Any) -> int:
        """The number of a child that is left running."""
        return int(self._say({"do": what, "database": self.database, "only start": True, **more}))

    def wait(self, number: int) -> int:
        return int(self._say({"wait": number}))

    def _say(self, order: dict[str, Any]) -> Any:
        assert self.server.stdin and self.server.stdout
        self.server.stdin.write(json.dumps(order) + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        assert answer, self.log()
        return json.loads(answer)

    def must(self, what: str, **more: Any) -> None:
        assert self.do(what, **more) == 0, self.log()

    def log(self) -> str:
        return (self.folder / "log").read_text()[-4000:]

    def rows(self) -> dict[str, Any]:
        """What the database says, without keys and instants."""
        told = self.folder / "rows.json"
        self.must("tell rows", to=str(told))
        return json.loads(told.read_text())

    def traced(self, what: str, last: int = 0, at: str = "") -> list[str]:
        """The steps of `what`: up to number `last` or the first one `at`, where it was killed; else all."""
        trace = self.folder / f"trace-{uuid.uuid4().hex}"
        ended = self.do(what, last=last, at=at, trace=str(trace))
        steps = trace.read_text().splitlines()
        assert ended == (KILLED if last or steps[-1] == at else 0), self.log()
        return steps

    @property
    def calls(self) -> dict[str, int]:
        """What the office has counted today."""
        return self.office.office.counters.used(self.office.today())

    def begin(self, database: str) -> None:
        """A new morning: the office has counted nothing, no mail has come."""
        self.database = database
        self.office.office.set_clock(TODAY)
        self.office.reset_counters()
        self.office.clear_faults()
        for kind, match in self.faults.items():
            self.office.fault(kind, match, times=None)
        self.mail.taken.clear()


@contextmanager
def stage(folder: Path, address: str, **office: Any) -> Iterator[Stage]:
    """A stage over the migrated database at `address`, on the day before the one that matters."""
    settings = {"seed": 7, "cases": 600, "now": YESTERDAY, "edge_seconds": 0, "state_dir": folder}
    with Sandbox(**settings, **office) as sandbox, Running() as mail:
        server = _server(folder, address, sandbox, mail)
        name = address.removeprefix("sqlite:///")
        if address.startswith("postgres"):
            name = address.rsplit("/", 1)[-1]
        try:
            yield Stage(sandbox, mail, folder, server, database=name)
        finally:
            assert server.stdin and server.stdout
            server.stdin.close()
            server.wait(120)
            server.stdout.close()


def _server(folder: Path, address: str, office: Sandbox, mail: MailServer) -> subprocess.Popen[str]:
    env = scratch.environment(
        address,
        DJANGO_SETTINGS_MODULE="ipportal.settings",
        IPPORTAL_DEMO="1",  # its clock is the office's
        IPPORTAL_DEMO_DIR=str(folder),
        JPO_BASE_URL=office.url,
        JPO_USERNAME=USERNAME,
        JPO_PASSWORD=PASSWORD,
        JPO_PER_MINUTE=str(office.office.minute.limit or 1000),
        JPO_OPD_PER_MINUTE=str(office.office.opd_minute.limit or 1000),
        IPAU_BASE_URL=office.url,
        IPAU_PREDICT_PATH=ipaustralia.PREDICT_PATH,
        IPAU_TOKEN_URL=office.url + ipaustralia.TOKEN_PATH,
        IPAU_CLIENT_ID=ipaustralia.CLIENT_ID,
        IPAU_CLIENT_SECRET=ipaustralia.CLIENT_SECRET,
        IPAU_TEXT_FIELD=ipaustralia.TEXT,
        IPAU_SYMBOLS_FIELD=ipaustralia.SYMBOLS,
        IPAU_SYMBOL_FIELD=ipaustralia.SYMBOL,
        IPAU_SCORE_FIELD=ipaustralia.SCORE,
        IPAU_LABEL_FIELD=ipaustralia.NAME,
        EMAIL_URL=f"smtp://127.0.0.1:{mail.port}",
        IPPORTAL_LOG_LEVEL="WARNING",
    )
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.runtime.kill_worker"],
            cwd=scratch.ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


@contextmanager
def copy(of: str, folder: Path) -> Iterator[str]:
    """The name of a copy of the database `of`, thrown away afterwards."""
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        place = folder / uuid.uuid4().hex
        place.mkdir()
        shutil.copy(of, place / "db.sqlite3")
        yield str(place / "db.sqlite3")
        shutil.rmtree(place)
        return
    name = f"{of}_{uuid.uuid4().hex[:12]}"
    server = scratch._server(settings.DATABASES["default"])
    scratch._on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{of}"')
    try:
        yield name
    finally:
        scratch._on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')
