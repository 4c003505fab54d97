"""The office in miniature: a real HTTP server on loopback that speaks the office's protocol.

    with Sandbox(seed=1, cases=500) as office:
        client = JpoClient(office.url, office.username, office.password, …)
        office.advance(days=1)

Cases, people and marks are invented. Paths under /_sandbox/ are not the office's: they move the clock,
order faults and tell what comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from apiclient.sandbox.faults import Rule
from apiclient.sandbox.life import Act
from apiclient.sandbox.office import EDGE_SECONDS, Office, Upcoming
from apiclient.sandbox.server import SandboxServer
from apiclient.sandbox.tokens import PASSWORD, USERNAME
from apiclient.sandbox.world import Sight

__all__ = ["PASSWORD", "USERNAME", "Sandbox", "Upcoming"]


class Sandbox:
    """A sandbox office for tests, served from a thread on a free port.

    Limits a minute are off by default; the office's are 10, and 5 for OPD. `limits` overrides daily limits
    by bucket name (patent/app_progress). `now` is an aware instant the clock starts from.
    """

    username = USERNAME
    password = PASSWORD

    def __init__(
        self,
        seed: int = 1,
        cases: int = 500,
        state_dir: Path | None = None,
        per_minute: int | None = None,
        now: datetime | None = None,
        *,
        opd_per_minute: int | None = None,
        limits: Mapping[str, int] | None = None,
        edge_seconds: float = EDGE_SECONDS,
    ) -> None:
        self.office = Office(
            seed,
            cases,
            state_dir=state_dir,
            per_minute=per_minute,
            opd_per_minute=opd_per_minute,
            limits=limits,
            now=now,
            edge_seconds=edge_seconds,
        )

    def __enter__(self) -> Self:
        self._server = SandboxServer(self.office)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self._thread.join()

    @property
    def url(self) -> str:
        return self._server.url

    def now(self) -> datetime:
        return self.office.now()

    def today(self) -> date:
        return self.office.today()

    def advance(self, *, days: float = 0, seconds: float = 0) -> None:
        self.office.advance(timedelta(days=days, seconds=seconds))

    def upcoming(
        self, code: str, days: int, law: str | None = None, limit: int | None = None
    ) -> tuple[Upcoming, ...]:
        """Documents that become visible on one of the next `days` days."""
        return self.office.upcoming(code, days, law, limit)

    def cases(
        self, law: str, limit: int = 20, stage: str | None = None, kind: str | None = None
    ) -> tuple[Sight, ...]:
        return self.office.cases(law, limit, stage, kind)

    def add_document(
        self,
        law: str,
        number: str,
        code: str,
        legal_date: date | None = None,
        *,
        name: str = "",
        final: bool = False,
        answers: str = "",
    ) -> Act:
        """Add an act to a case; without a date it is seen at once."""
        return self.office.add_document(
            law, number, code, legal_date, name=name, final=final, answers=answers
        )

    def fault(
        self,
        kind: str,
        match: str = "",
        *,
        endpoint: str = "",
        times: int | None = 1,
        probability: float = 1.0,
        seconds: float = 5.0,
    ) -> None:
        """Order a misfortune for calls whose path contains `match`; once unless `times` says otherwise."""
        self.office.faults.add(Rule(kind, match, endpoint, times, probability, seconds))

    def clear_faults(self) -> None:
        self.office.faults.clear()

    def reset_counters(self) -> None:
        self.office.reset_counters()
