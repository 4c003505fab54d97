"""Invented people of a firm at their browsers: what each does next, and what came of it."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import lxml.html
import requests

_CASE = re.compile(r'href="(/cases/(?:patent|design|trademark)/\d+/)"')
_NOTICE = re.compile(r'href="(/cases/\w+/\d+/documents/\d+/)"')
_LIMIT = re.compile(r'href="(/limits/\d+/)')
_ADDRESS = re.compile(r"0x[0-9a-f]+|/(?:cases|limits|concerns)/[^\s)]+")
_SLOWEST = 120.0  # seconds, after which the server itself gives up
_LINE_KEPT = 4.0  # seconds; the server closes it after five, which a browser notices and this client does not


@dataclass
class Seen:
    """Of all people together: milliseconds by kind of visit, answers that should not be, acts that were made.

    `acts` counts by (username, action of the audit trail); `notes` are the texts written down.
    """

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)
    no_answer: Counter[str] = field(default_factory=Counter)
    acts: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    notes: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def visited(self, kind: str, seconds: float, status: int, where: str) -> None:
        with self.lock:
            self.took[kind].append(seconds * 1000)
            if status >= 400:
                self.wrong[f"{status} {kind} {where}"] += 1

    def unanswered(self, why: str) -> None:
        """A request that the server took no notice of, or closed the line under."""
        with self.lock:
            self.no_answer[_ADDRESS.sub("…", why)[:160]] += 1

    def made(self, who: str, action: str) -> None:
        with self.lock:
            self.acts[who, action] += 1


class Person(threading.Thread):
    """Somebody signed in, who opens a page, reads for a while, and opens the next one.

    `said` holds the words in which the page says that an act was done, by the act's name in the audit trail.
    """

    def __init__(
        self,
        base: str,
        name: str,
        session: str,
        token: str,
        said: dict[str, tuple[str, ...]],
        seen: Seen,
        think: float,
    ) -> None:
        super().__init__(daemon=True)
        self.username, self._base, self._said, self._seen, self._think = name, base, said, seen, think
        self._rng = random.Random(name)  # noqa: S311
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._browser.cookies.set("sessionid", session)
        self._token, self._after = token, "now"
        self._cases: list[str] = []
        self._followed: set[str] = set()
        self._asked_at = 0.0
        self._ended = threading.Event()
        self.failed = ""

    def end(self) -> None:
        self._ended.set()

    def run(self) -> None:
        habits = [(share, one) for share, one in self._habits() if share]
        shares, ways = [share for share, _ in habits], [one for _, one in habits]
        while not self._ended.wait(self._rng.expovariate(1 / self._think)):
            try:
                self._rng.choices(ways, shares)[0]()
            except requests.RequestException as broken:
                self._seen.unanswered(str(broken))
            except Exception as fault:
                self.failed = repr(fault)
                return

    def _habits(self) -> tuple[tuple[int, Callable[[], Any]], ...]:
        return (
            (14, self._today),
            (12, self._list),
            (8, self._search),
            (22, self._case),
            (10, self._notice),
            (10, self._limits),
            (6, self._limit),
            (6, self._confirm),
            (3, self._acknowledge),
            (4, self._note),
            (2, self._follow),
            (3, lambda: self._get("board", self._rng.choice(("/completeness/", "/freshness/", "/reviews/")))),
            (1, lambda: self._get("export", "/cases/export.csv")),
            (10 if self._token else 0, self._poll),
        )

    # --- one visit

    def _get(self, kind: str, path: str, **headers: str) -> str:
        return self._ask("GET", kind, path, headers=headers).text

    def _ask(self, method: str, kind: str, path: str, **told: Any) -> requests.Response:
        began = time.perf_counter()
        if began - self._asked_at > _LINE_KEPT:
            self._browser.close()
        answer = self._browser.request(method, self._base + path, timeout=_SLOWEST, **told)
        self._asked_at = time.perf_counter()
        self._seen.visited(kind, self._asked_at - began, answer.status_code, path.partition("?")[0])
        return answer

    def _send(self, kind: str, page: str, where: str, **typed: str) -> str:
        """Send the form of `page` with an address that fits `where`; the page after it, "" without a form."""
        fitting = (one for one in lxml.html.fromstring(page).forms if re.search(where, one.action or ""))
        form = next(fitting, None)
        if form is None:
            return ""
        filled = {name: value for name, value in form.form_values() if name != "tags"}
        return self._ask("POST", kind, form.action, data={**filled, **typed}).text

    def _counted(self, action: str, page: str) -> bool:
        if done := any(words in page for words in self._said[action]):
            self._seen.made(self.username, action)
        elif page:
            self._seen.refused[action] += 1
        return done

    # --- what people do

    def _today(self) -> None:
        self._cases += _CASE.findall(self._get("today", "/"))[:5]

    def _list(self) -> None:
        page = self._rng.randrange(1, 4)
        self._cases = _CASE.findall(self._get("cases", f"/cases/?page={page}")) or self._cases

    def _search(self) -> None:
        words = self._rng.choice(("装置", "架空", "方法", "SEED-0001", "株式会社"))
        self._get("search", f"/cases/?q={words}")

    def _some_case(self) -> str:
        if not self._cases:
            self._list()
        return self._rng.choice(self._cases) if self._cases else "/cases/"

    def _case(self) -> str:
        return self._get("case", self._some_case())

    def _notice(self) -> None:
        if found := _NOTICE.findall(self._case()):
            self._get("notice", self._rng.choice(found))

    def _limits(self) -> None:
        self._get("limits", self._rng.choice(("/limits/", "/limits/?view=month")))

    def _limit(self) -> None:
        if found := _LIMIT.findall(self._case()):
            self._get("limit", self._rng.choice(found))

    def _confirm(self) -> None:
        page = self._get("confirming", "/limits/confirm/?scope=mine")
        self._counted("limit.confirm", self._send("confirm", page, r"/confirm/\d+/confirm/$"))

    def _acknowledge(self) -> None:
        page = self._get("today", "/")
        done = self._send("acknowledge", page, r"/concerns/\d+/acknowledge/$")
        self._counted("concern.acknowledge", done)

    def _note(self) -> None:
        words = f"{self.username} {self._rng.getrandbits(48):012x}"
        page = self._send("note", self._case(), "/edit/$", note=words)
        if self._counted("case.edit", page):
            self._seen.notes.add(words)

    def _follow(self) -> None:
        path = self._some_case()
        page = self._get("case", path)
        if path in self._followed or 'name="follow" value="1"' not in page:
            return
        self._followed.add(path)
        self._counted("follow.started", self._send("follow", page, "/follow/$", follow="1"))

    def _poll(self) -> None:
        answer = self._ask(
            "GET",
            "API",
            f"/api/v1/events?after={self._after}",
            headers={"Authorization": f"Bearer {self._token}"},
            cookies={"sessionid": ""},
        )
        if answer.ok:
            self._after = answer.json()["next"]
