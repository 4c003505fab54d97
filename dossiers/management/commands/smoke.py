"""Try everything at once: from a pasted number to the mail about a new notice of reasons for refusal."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apiclient.quota import PER_MINUTE
from dossiers.runtime import processes
from dossiers.runtime.demonstration import FACTS
from dossiers.runtime.trial import (
    NONSENSE,
    UNKNOWN,
    Browser,
    Coming,
    Failed,
    Mailbox,
    Office,
    Paper,
    articles_in,
    check,
    text_of,
    wait_for,
)

CLERK = "demo@firm.example"
# So that what is measured is what a firm would see.
OWN_PACE = PER_MINUTE["domestic"]
A_MINUTE = 61


class Command(BaseCommand):
    help = "Starts a demo in a temporary folder and uses it as a clerk would; says what fails."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, default=2, help="notices to wait for")
        parser.add_argument("--keep", action="store_true", help="keep the folder with its logs")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(tempfile.mkdtemp(prefix="ip-portal-smoke-"))
        trial = Trial(folder, options["cases"], self._say)
        try:
            trial.run()
        except (Failed, OSError, KeyError, ValueError) as error:
            raise CommandError(f"{type(error).__name__}: {error}\nLogs are in {folder / 'logs'}") from error
        finally:
            trial.end()
        if not options["keep"]:
            shutil.rmtree(folder)
        self._say("smoke: everything works")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


class Trial:
    """One run; each step says how long it took."""

    def __init__(self, folder: Path, cases: int, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._most = cases
        self._say = say
        self._demo: subprocess.Popen[bytes] | None = None
        self._papers: dict[Coming, Paper] = {}

    def run(self) -> None:
        self._step("the demo starts", self._start)
        self._step("the clerk signs in", lambda: self._browser.sign_in(self._user, self._password))
        self._step("numbers are pasted and looked up", self._preview)
        self._step("the cases are added and confirmed", self._save)
        self._step("the office's minute passes", self._let_the_minute_pass)
        self._step("a day passes and the mail comes", self._let_the_day_pass)
        self._step("each mail says what the office's paper says", self._read_mails)
        self._step("the pages show the notice", self._read_pages)
        self._step("asking again tells nobody twice", self._ask_again)
        self._step("the demo stops and leaves nothing", self._finish)

    def _step(self, words: str, work: Callable[[], str | None]) -> None:
        began = time.monotonic()
        detail = work()
        self._say(f"  ok  {words} ({time.monotonic() - began:.1f} s)" + (f": {detail}" if detail else ""))

    def _start(self) -> str:
        ports = [word for name in ("--port", "--mail-port", "--office-port") for word in (name, "0")]
        pace = ["--per-minute", str(OWN_PACE), "--seed-cases", "0"]
        with (self._folder / "demo.log").open("wb") as log:
            self._demo = subprocess.Popen(
                [
                    sys.executable,
                    str(settings.BASE_DIR / "manage.py"),
                    "demo",
                    "--dir",
                    str(self._folder),
                    *ports,
                    *pace,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._is_up, 150, "the start of the demo")
        facts = json.loads((self._folder / FACTS).read_text())
        self._user, self._password = facts["user"], facts["password"]
        self._browser, self._office = Browser(facts["site"]), Office(facts["office"])
        self._mailbox = Mailbox(Path(facts["mailbox"]))
        return str(facts["site"])

    def _is_up(self) -> bool:
        assert self._demo is not None  # noqa: S101
        check(self._demo.poll() is None, f"the demo ended:\n{(self._folder / 'demo.log').read_text()}")
        return (self._folder / FACTS).exists()

    def _preview(self) -> str:
        self._coming = self._office.coming(self._most)
        text = "\n".join([*map(_as_people_write, self._coming, range(10)), NONSENSE, UNKNOWN])
        page = self._browser.post("/add/", "/add/", text=text, law="", watchlist="")
        self._batch = page.url.removeprefix(self._browser.site)
        check(NONSENSE in page.text, "the line without a number is not shown")
        for one in self._coming:
            check(one.display in page.text, f"{one.display} was not understood")
        titles = [one.title for one in self._coming]

        def looked_up() -> bool:
            shown = self._browser.text(self._batch)
            return all(title in shown for title in titles) and self._settled() == 0

        wait_for(looked_up, 120, "the office's answer to the preview")
        return ", ".join(one.display for one in self._coming)

    def _settled(self) -> int:
        """Calls the office was asked for that our side still waits for: none once each line has an answer."""
        used = self._office.control("state")["used"]
        asked = sum(count for name, count in used.items() if name.endswith("app_progress"))
        return max(0, len(self._coming) + 1 - asked)

    def _save(self) -> str:
        self._browser.post(self._batch, f"{self._batch}save/")

        def confirmed() -> bool:
            refresh = self._browser.get("/healthz").json()["refresh"]
            return refresh["waiting"] == 0 and refresh["last_done"] is not None

        wait_for(confirmed, 150, "the office's confirmation of the cases")
        for one in self._coming:
            check(one.title in self._browser.text(one.path), f"{one.path} does not show its title")
        self._before = len(self._mailbox.all())
        return f"{self._before} mails about what had been dispatched before"

    def _let_the_minute_pass(self) -> None:
        """Between days the office's running minute is over; a demo's day passes in no time."""
        time.sleep(A_MINUTE)

    def _let_the_day_pass(self) -> str:
        days = (self._coming[0].visible_on - self._office.today()).days
        if days > 1:
            self._office.control("clock", {"advance_days": days - 1})
        at = time.time()
        self._browser.post("/demo/", "/demo/day/")
        self._mails = [
            wait_for(lambda one=one: self._mail_about(one), 150, f"the mail about {one.display}")
            for one in self._coming
        ]
        accepted = [int(path.stem.split("-")[0]) / 1e9 - at for path, _ in self._mails]
        spent = ", ".join(f"{seconds:.1f} s" for seconds in accepted)
        return f"dispatch visible → mail accepted: {spent}"

    def _mail_about(self, one: Coming) -> tuple[Path, EmailMessage] | None:
        new = [
            row for row in self._mailbox.about(one.display, CLERK) if "拒絶理由通知書" in row[1]["Subject"]
        ]
        dispatched = f"{one.dispatched:%Y-%m-%d}"
        return next((row for row in new if dispatched in text_of(row[1])), None)

    def _read_mails(self) -> str:
        dues = []
        for one, (_, mail) in zip(self._coming, self._mails, strict=True):
            # Asked once: these calls count at the office like the application's own.
            paper = self._papers[one] = self._office.paper(one)
            text, subject = text_of(mail), str(mail["Subject"])
            check(f"[期限 {paper.due}]" in subject, f"the limit is {paper.due}, but the subject {subject!r}")
            grounds = articles_in(_line(text, "拒絶理由:"))
            check(grounds, f"the mail about {one.display} names no ground")
            strange = grounds - paper.articles
            check(not strange, f"the mail names {strange}, the office's paper does not")
            cited = self._office.cited(one)
            check(not cited or cited[0] in text, f"{cited[:1]} is cited, but not in the mail")
            _check_headers(mail)
            dues.append(f"{one.display} {paper.due}")
        return ", ".join(dues)

    def _read_pages(self) -> None:
        for one in self._coming:
            paper = self._papers[one]
            page = self._browser.text(one.path)
            check(str(paper.due) in page, f"{one.path} does not show the limit {paper.due}")
            link = next((word for word in text_of(self._mail_of(one)).split() if "/documents/" in word), "")
            check(link, "the mail does not link to the document")
            document = self._browser.text(link.removeprefix(self._browser.site))
            check("以内" in document, "the document page does not show the period")
        check(self._coming[0].display in self._browser.text("/limits/"), "/limits/ does not show the limit")

    def _mail_of(self, one: Coming) -> EmailMessage:
        return self._mails[self._coming.index(one)][1]

    def _ask_again(self) -> str:
        before = len(self._mailbox.all())
        last = self._last_done()
        first = self._coming[0]
        self._browser.post(first.path, f"{first.path}refresh/")
        wait_for(lambda: self._last_done() != last, 150, "the second look at the office")
        wait_for(lambda: not self._browser.get("/healthz").json()["alerts"]["waiting"], 30, "an empty outbox")
        check(len(self._mailbox.all()) == before, "a mail was sent although nothing is new")
        for one in self._coming:
            sent = [mail for _, mail in self._mailbox.about(one.display, CLERK)]
            names = [mail["Message-ID"] for mail in sent]
            check(len(set(names)) == len(names), f"a mail about {one.display} was sent twice")
        return f"{before} mails in all"

    def _last_done(self) -> str | None:
        found = self._browser.get("/healthz").json()["refresh"]["last_done"]
        return str(found) if found else None

    def _finish(self) -> str:
        self.end()
        held = [lock.name for lock in self._folder.glob("*.lock") if processes.is_running(lock)]
        check(not held, f"still running: {held}")
        return "no process left"

    def end(self) -> None:
        """Stop the demo, if it runs."""
        if self._demo is None or self._demo.poll() is not None:
            return
        self._demo.send_signal(signal.SIGTERM)
        try:
            code = self._demo.wait(90)
        except subprocess.TimeoutExpired:
            self._demo.kill()
            raise Failed("the demo did not stop within 90 s") from None
        check(code == 0, f"the demo ended with code {code}")


def _as_people_write(one: Coming, position: int) -> str:
    """The number in one of the styles people use."""
    year, serial, kind = one.number[:4], one.number[4:], one.display[:2]
    wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
    styles = (
        f"{one.display}\tSMOKE-{position}",
        f"{kind}{year}-{serial.lstrip('0')}".translate(wide),
        f"{kind} {year}－{serial}",
    )
    return styles[position % len(styles)]


def _line(text: str, start: str) -> str:
    return next((line for line in text.splitlines() if line.startswith(start)), "")


def _check_headers(mail: EmailMessage) -> None:
    check(mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", "no one-click unsubscribing")
    check("/u/" in str(mail["List-Unsubscribe"]), "the mail cannot be unsubscribed from")
    check(mail["Message-ID"] and mail["Auto-Submitted"] == "auto-generated", "headers are missing")
