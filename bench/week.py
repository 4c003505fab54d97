"""A week of a firm: people at their browsers while the worker runs, an office answers and mail goes out.

    python -m bench.week                                200 people, 2,000 cases, 4 minutes; POSTGRES_URL
    python -m bench.week --people 10 --cases 200 --minutes 1

The pages are served as an installation serves them (gunicorn with deploy/gunicorn.conf.py), the worker is the
real command; the office in miniature and the mail server are on loopback. Sessions are made in the database
instead of by signing in. Of the docket, what `manage.py seed` invents is unknown to the office, a fifth as
many cases more are its own. Each of the seven days is two stretches of the clock at `--pace`: from five past
three, when the day is planned, and from nine. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from apiclient.clock import JST
from apiclient.sandbox.server import SandboxServer
from bench import scratch
from bench.people import Person, Seen
from bench.world import (
    ROOT,
    SHARES,
    STATUS,
    HurriedOffice,
    Hurry,
    Minute,
    Post,
    Tale,
    Workers,
    add,
    environment,
    free_port,
    megabytes,
)

START = datetime(2026, 10, 5, 3, 5, tzinfo=JST)  # a Monday; no holiday in the seven days
DAYS = 7
PROGRAMS = 10  # one person in so many has a program that asks for news, too
_RING_EVERY = 2.0
_UP_WITHIN = 90.0
_SETTLED_AFTER = 5.0
_SLOWEST = 180.0
# What pages say of an act, by its name in the audit trail.
_SAID = {
    "limit.confirm": "The date is confirmed.",
    "concern.acknowledge": "Acknowledged. It is not escalated any further.",
    "case.edit": "Saved.",
    "follow.started": "You follow this case from now on.",
}


# --- the parts ----------------------------------------------------------------------------------------------


@contextmanager
def _pages(folder: Path, env: dict[str, str], base: str) -> Iterator[Any]:
    """The web server, until it has been stopped."""
    from dossiers.runtime import processes

    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "deploy/gunicorn.conf.py",
        "ipportal.wsgi:application",
    ]
    home = folder / "web"
    home.mkdir()
    running = processes.start(
        "web",
        ["env", "-C", str(ROOT), *command],
        run_dir=home,
        grace=30,
        log=home / "web.log",
        env={**os.environ, **env},
    )
    try:
        _wait_for(f"{base}/readyz")
        yield running
    finally:
        running.stop()
        sys.stderr.write((home / "web.log").read_text(errors="replace")[-6000:])


def _wait_for(address: str) -> None:
    until = time.monotonic() + _UP_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("The pages did not come up.")


# --- the people ---------------------------------------------------------------------------------------------


def _people(base: str, number: int, seen: Seen, think: float) -> list[Person]:
    from django.utils import translation
    from django.utils.html import escape

    from dossiers.api import tokens
    from dossiers.models import Scope, User

    said = {}
    for action, words in _SAID.items():
        with translation.override("ja"):
            said[action] = (escape(words), escape(translation.gettext(words)))
    made = []
    for n, user in enumerate(User.objects.filter(username__startswith="seed-").order_by("pk")[:number]):
        user.mail_on = user.digest_on = True
        user.save(update_fields=["mail_on", "digest_on"])
        token = ""
        if n % PROGRAMS == 0:
            _row, token = tokens.create(by=user, name="week", scopes=["events:read"], reach=Scope.ALL)
        made.append(Person(base, user.username, _session(user), token, said, seen, think))
    return made


def _session(user: Any) -> str:
    """The key of a session as signing in leaves it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from dossiers.people import sessions

    store, now = SessionStore(), time.time()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[sessions.BEGUN] = store[sessions.SEEN] = now
    store.create()
    return str(store.session_key)


def _live(hurry: Hurry, minutes: float, pace: float, workers: Workers) -> list[dict[str, int]]:
    """Let the days pass: a third of each in its early morning, the rest from nine; the memory after each."""
    from dossiers import tasks

    each, memory = minutes * 60 / DAYS, []
    hurry.run_at(pace)
    for day in range(DAYS):
        for hour, seconds in ((START, each / 3), (START.replace(hour=9, minute=0), each * 2 / 3)):
            hurry.jump(hour + timedelta(days=day))
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                tasks.ring("sweep")
                workers.look_after()
                time.sleep(min(_RING_EVERY, left))
        memory.append(megabytes())
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} day {day + 1} is over\n")
    return memory


# --- what came of it ----------------------------------------------------------------------------------------


def _times(took: dict[str, list[float]]) -> dict[str, dict[str, int]]:
    found = {}
    for kind, all_of_them in sorted(took.items()):
        row = sorted(all_of_them)
        at = {f"p{n}_ms": round(row[min(len(row) - 1, len(row) * n // 100)]) for n in (50, 95, 99)}
        found[kind] = {"n": len(row), **at}
    return found


def _trail(seen: Seen, people: list[Person]) -> dict[str, Any]:
    """Acts that people saw done against those on record; `verified` raises where the chain is broken."""
    from django.core.management import call_command

    from dossiers.docketing import recounting
    from dossiers.models import AuditEntry

    names = [one.username for one in people]
    rows = AuditEntry.objects.filter(actor__username__in=names, action__in=_SAID, way="page")
    kept = Counter(rows.values_list("actor__username", "action"))
    edits = rows.filter(action="case.edit").values_list("detail", flat=True)
    notes = Counter(detail["new"].get("note") for detail in edits)
    call_command("audit", "verify", stdout=sys.stderr)
    return {
        "acts_made": sum(seen.acts.values()),
        "acts_on_record": sum(kept.values()),
        "acts_lost": sum((seen.acts - kept).values()),
        "acts_doubled": sum((kept - seen.acts).values()),
        "acts_by_kind": dict(Counter(action for (_, action), n in seen.acts.items() for _ in range(n))),
        "notes_not_once_on_record": sum(notes[one] != 1 for one in seen.notes),
        "acts_answered_otherwise": dict(seen.refused),
        "audit_verified": True,
        "sums_that_differ": len(recounting.differing()),
    }


def _database_says() -> dict[str, int]:
    from django.db import connection

    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks, conflicts FROM pg_stat_database WHERE datname = current_database()")
        deadlocks, conflicts = cursor.fetchone()
    return {"deadlocks": deadlocks, "conflicts": conflicts}


def _worker_says(office: HurriedOffice, mails: list[str]) -> dict[str, Any]:
    from django.db.models import Count

    from dossiers.models import Alert, Digest, Fault, OfficeCall

    minutes = [one for one in (office.minute, office.opd_minute) if isinstance(one, Minute)]
    outcomes = OfficeCall.objects.order_by().values_list("outcome").annotate(Count("pk"))
    return {
        "calls": OfficeCall.objects.count(),
        "outcomes": {str(name): n for name, n in outcomes},
        "overruns_of_the_day": sum(office.counters.refused.values()),  # type: ignore[attr-defined]
        "overruns_of_the_minute": sum(one.refused for one in minutes),
        "alerts_sent": Alert.objects.filter(state="sent", created_at__gte=START).count(),
        "digests": Digest.objects.count(),
        "faults": list(Fault.objects.values_list("where", "what", "times")),
        "mails": len(mails),
        "mails_repeated": len(mails) - len(set(mails)),
    }


# --- the command ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """`think`: seconds between two things a person does; `pace`: how fast the clock runs."""

    people: int
    cases: int
    minutes: float
    pace: float
    think: float


def run(size: Size) -> dict[str, Any]:
    """One week; see the module. Returns what is printed."""
    from aiosmtpd.controller import Controller

    with tempfile.TemporaryDirectory(prefix="ip-portal-week-", ignore_cleanup_errors=True) as name:
        folder, mails, mail_port, web_port = Path(name), Post(), free_port(), free_port()
        hurry = Hurry(folder / "clock.json", START, 1.0)
        limits = {f"{law}/{api}": 400 for law in SHARES for api in STATUS}
        office = HurriedOffice(hurry, 7, max(20_000, size.cases * 4), limits)
        server = SandboxServer(office)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        post = Controller(mails, hostname="127.0.0.1", port=mail_port)
        post.start()
        with scratch.database(folder, os.environ.get("POSTGRES_URL", ""), "week") as database:
            env = environment(folder, database, server.url, mail_port, size.pace) | {
                "DJANGO_SETTINGS_MODULE": "bench.week_settings",
                "JPO_DAILY_LIMITS": json.dumps(limits),
                "IPPORTAL_SITE_URL": f"http://127.0.0.1:{web_port}",
                "IPPORTAL_SECOND_FACTOR": "0",
                "IPPORTAL_BIND": f"127.0.0.1:{web_port}",
            }
            os.environ.update(env)
            import django

            django.setup()
            result = _week(size, folder, env, hurry, office, mails)
        hurry.close()
        server.shutdown()
        post.stop()
    return result


def _week(
    size: Size, folder: Path, env: dict[str, str], hurry: Hurry, office: HurriedOffice, mails: Post
) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connections

    from dossiers.demo import docket

    call_command("migrate", verbosity=0)
    docket.grow(size.cases, people=size.people)
    add(office, max(20, size.cases // 5))
    seen, tale, base = Seen(), Tale(), env["IPPORTAL_SITE_URL"]
    people = _people(base, size.people, seen, size.think)
    hurry.jump(START)
    with _pages(folder, env, base):
        workers = Workers(folder, env, tale, 1)
        try:
            time.sleep(_SETTLED_AFTER)
            cold = megabytes()
            for one in people:
                one.start()
            memory = _live(hurry, size.minutes, size.pace, workers)
            for one in people:
                one.end()
            for one in people:
                one.join(_SLOWEST)
            database = _database_says()
        finally:
            workers.close()
    found = {
        **asdict(size),
        "requests": sum(map(len, seen.took.values())),
        "wrong_answers": dict(seen.wrong),
        "unanswered": dict(seen.no_answer),
        "people_failed": [one.failed for one in people if one.failed],
        "people_still_waiting": sum(one.is_alive() for one in people),
        "times": _times(seen.took),
        "memory_mb": {"before_the_first_request": cold, "after_each_day": memory},
        "database": database,
        "worker": _worker_says(office, mails.ids),
        "worker_restarted": tale.restarted,
        "trail": _trail(seen, people),
    }
    connections.close_all()
    return found


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--people", type=int, default=200)
    ask.add_argument("--cases", type=int, default=2000)
    ask.add_argument("--minutes", type=float, default=4.0)
    ask.add_argument("--pace", type=float, default=200.0)
    ask.add_argument("--think", type=float, default=20.0, help="seconds between two things a person does")
    result = run(Size(**vars(ask.parse_args())))
    for kind, row in result["times"].items():
        sys.stdout.write(f"  {kind:12} {row}\n")
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
