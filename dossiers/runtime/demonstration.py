"""The demo: the application, its worker, an invented office and a mail server, all on this machine."""

from __future__ import annotations

import json
import os
import secrets
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from apiclient.sandbox import PASSWORD, USERNAME, ipaustralia
from dossiers.runtime import processes
from dossiers.runtime.stack import NotReady, Part, Stack, Stopped, tail

HOST = "127.0.0.1"
# For a server that listens on loopback alone and holds nothing but invented cases.
DEMO_USER, DEMO_PASSWORD = "demo", "demo-demo-demo"
FACTS = "demo.json"


@dataclass(frozen=True)
class Wish:
    """What whoever starts a demo may choose. Ports are the ones preferred; taken ones are replaced."""

    folder: Path
    per_minute: int
    office_cases: int
    seed_cases: int
    ports: tuple[int, int, int] = (8000, 8025, 8026)


@dataclass(frozen=True)
class Addresses:
    web: int
    mail: int
    office: int

    @property
    def site(self) -> str:
        return f"http://{HOST}:{self.web}"

    @property
    def office_url(self) -> str:
        return f"http://{HOST}:{self.office}"


def free_ports(preferred: tuple[int, int, int]) -> Addresses:
    """The preferred ports, each replaced by a free one if something listens there."""
    return Addresses(*(port if _is_free(port) else _any_free() for port in preferred))


def _is_free(port: int) -> bool:
    if port == 0:
        return False
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_free() -> int:
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


def environment(wish: Wish, at: Addresses) -> dict[str, str]:
    """The settings of every part; nothing of an installation's own settings reaches the demo."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IPPORTAL_", "JPO_", "IPAU_", "DATABASE_", "EMAIL_"))
    }
    return kept | {
        "IPPORTAL_DEMO": "1",
        "IPPORTAL_DEMO_DIR": str(wish.folder),
        "IPPORTAL_SECRET_KEY": _secret_key(wish.folder / "secret_key"),
        "IPPORTAL_SITE_URL": at.site,
        "IPPORTAL_REFRESH_FROM_HOUR": "0",  # its days are let pass at any hour
        "DATABASE_URL": f"sqlite:///{wish.folder / 'ipportal.sqlite3'}",
        "JPO_BASE_URL": at.office_url,
        "JPO_USERNAME": USERNAME,
        "JPO_PASSWORD": PASSWORD,
        "JPO_PER_MINUTE": str(wish.per_minute),
        "IPAU_BASE_URL": at.office_url,
        "IPAU_PREDICT_PATH": ipaustralia.PREDICT_PATH,
        "IPAU_TOKEN_URL": at.office_url + ipaustralia.TOKEN_PATH,
        "IPAU_CLIENT_ID": ipaustralia.CLIENT_ID,
        "IPAU_CLIENT_SECRET": ipaustralia.CLIENT_SECRET,
        "IPAU_TEXT_FIELD": ipaustralia.TEXT,
        "IPAU_SYMBOLS_FIELD": ipaustralia.SYMBOLS,
        "IPAU_SYMBOL_FIELD": ipaustralia.SYMBOL,
        "IPAU_SCORE_FIELD": ipaustralia.SCORE,
        "IPAU_LABEL_FIELD": ipaustralia.NAME,
        "EMAIL_URL": f"smtp://{HOST}:{at.mail}",
        "NO_PROXY": HOST,
        "no_proxy": HOST,
        "PYTHONUNBUFFERED": "1",
    }


def _secret_key(path: Path) -> str:
    """The demo's own key, made once, so that a second run keeps its sessions."""
    if not path.exists():
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(50))
        part.rename(path)
    return path.read_text()


def _answers(url: str) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return requests.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False

    return ask


def _takes_mail(port: int) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            with smtplib.SMTP(HOST, port, timeout=5) as server:
                return server.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    return ask


def parts(wish: Wish, at: Addresses, manage: tuple[str, ...]) -> tuple[Part, Part, Part, Part]:
    """The office, the mail server, the pages and the worker."""
    office = ("sandbox", "--port", str(at.office), "--state-dir", str(wish.folder))
    office += ("--cases", str(wish.office_cases), "--per-minute", str(wish.per_minute))
    mail = ("mailcatcher", "--port", str(at.mail), "--dir", str(wish.folder / "mailbox"))
    pages = (sys.executable, "-m", "gunicorn", "ipportal.wsgi", "--bind", f"{HOST}:{at.web}")
    pages += ("--worker-class", "gthread", "--workers", "1", "--threads", "8")
    pages += ("--graceful-timeout", "3", "--no-control-socket", "--chdir", str(Path(manage[1]).parent))
    return (
        Part("office", (*manage, *office), _answers(f"{at.office_url}/_sandbox/clock")),
        Part("mail server", (*manage, *mail), _takes_mail(at.mail)),
        Part("web server", pages, _answers(f"{at.site}/readyz")),
        Part("worker", (*manage, "worker", "--grace", "5"), _answers(f"{at.site}/healthz"), grace=20),
    )


class Demonstration:
    """One demo in `wish.folder`, from start to stop."""

    def __init__(self, wish: Wish, base_dir: Path, say: Callable[[str], None]) -> None:
        self._wish = wish
        self._manage = (sys.executable, str(base_dir / "manage.py"))
        self._say = say
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask everything to end; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Serve until `stop`. processes.AlreadyRunning, stack.NotReady, stack.Stopped."""
        folder = self._wish.folder
        held = processes.lock(folder / "demo.lock")
        at = free_ports(self._wish.ports)
        env = environment(self._wish, at)
        stack = Stack(folder, env, self._stop, self._say)
        try:
            office, mail, pages, worker = parts(self._wish, at, self._manage)
            self._say("Starting the invented office and the mail server …")
            stack.start(office, mail)
            self._prepare(env, stack)
            self._say("Starting the pages and the worker …")
            stack.start(pages)
            stack.start(worker)
            self._announce(at)
            stack.supervise((office, mail, pages, worker))
        finally:
            self._say("Stopping …")
            (folder / FACTS).unlink(missing_ok=True)
            stack.close()
            os.close(held)
            self._say("Stopped.")

    def _prepare(self, env: Mapping[str, str], stack: Stack) -> None:
        """The database, the static files, and the firm with its first cases."""
        self._say("Preparing the database …")
        self._once(env, stack, "migrate", "--verbosity", "0")
        self._once(env, stack, "collectstatic", "--noinput", "--verbosity", "0")
        self._once(env, stack, "seed_demo", "--cases", str(self._wish.seed_cases))

    def _once(self, env: Mapping[str, str], stack: Stack, *arguments: str) -> None:
        log = stack.log_of(arguments[0])
        with log.open("ab") as output:
            done = subprocess.run(
                [*self._manage, *arguments], env=env, stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if self._stop.is_set():  # a terminal's Ctrl-C reaches the step as well
            raise Stopped
        if done.returncode:
            raise NotReady(f"{arguments[0]} failed. The end of {log}:\n{tail(log)}")

    def _announce(self, at: Addresses) -> None:
        facts = {
            "site": at.site,
            "office": at.office_url,
            "mailbox": str(self._wish.folder / "mailbox"),
            "user": DEMO_USER,
            "password": DEMO_PASSWORD,
        }
        part = self._wish.folder / f"{FACTS}.part"
        part.write_text(json.dumps(facts, indent=1))
        part.rename(self._wish.folder / FACTS)
        self._say(_welcome(at, self._wish))


def _welcome(at: Addresses, wish: Wish) -> str:
    pace = (
        f"The office allows {wish.per_minute} calls a minute here (the real one: 10)."
        if wish.per_minute != 10
        else "The office allows 10 calls a minute, as the real one does."
    )
    return f"""
    IP Portal, demonstration: every case, person and paper in it is invented.

        {at.site}/          user {DEMO_USER}, password {DEMO_PASSWORD}
        {at.site}/demo/     let a day pass at the office
        {at.site}/demo/mailbox/    the mail it sends

    {pace} Logs: {wish.folder / "logs"}
    Ctrl-C stops everything; the next start goes on from here.
"""
