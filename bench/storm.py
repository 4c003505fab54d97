"""A storm of alerts through a bad mail server, by workers that are killed at random.

    python -m bench.storm                               10,000 alerts and 100 kills on SQLite
    python -m bench.storm --alerts 300 --kills 5
    POSTGRES_URL=postgres://… python -m bench.storm     on a database of its own there

Every reader is to be told of every case. What the mail server accepted is compared with that: the last line
says how many pairs of a reader and a case there were, how many the server accepted mail about, how many
messages it accepted again under the same Message-ID (unavoidable where the sender never heard of the first),
how many pairs it accepted under a second Message-ID, and how many never. The last two must be 0; the command
ends with 1 if they are not. Time passes faster than real time for the workers (see `storm_settings`).
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
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import scratch

ROOT = Path(__file__).resolve().parent.parent
PACE = 20.0
CASES = 25  # that each reader is told of: more than come singly, so that there are groups, too
WORKERS = 3
_TURN = 3.0  # seconds one loop works before the other


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.1, help="share of messages that meet a fault")
    parser.add_argument("--most", type=int, default=1200, help="mails a minute, of the faster time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30.0, help="real minutes, at most")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that workers and database go, too
    with tempfile.TemporaryDirectory(prefix="ip-portal-storm-") as name:
        folder = Path(name)
        with (
            scratch.database(folder, os.environ.get("POSTGRES_URL", ""), "storm") as address,
            _mail_server(folder / "accepted", asked.faults, asked.seed) as port,
        ):
            _prepare_django(address, port, asked.most)
            wanted = _prepare(asked.alerts)
            killed = _blow(asked.kills, time.monotonic() + asked.minutes * 60, random.Random(asked.seed))  # noqa: S311
            rows = _rows()
            _let_go()
        return _judge(folder / "accepted", wanted, killed, rows)


@contextmanager
def _mail_server(file: Path, faults: float, seed: int) -> Iterator[int]:
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.storm_server", str(file), str(faults), str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout  # noqa: S101
    try:
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()


def _prepare_django(address: str, port: int, most: int) -> None:
    os.environ |= {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "bench.storm_settings",
        "STORM_PACE": str(PACE),
        "STORM_BEGAN": str(time.time()),
        "IPPORTAL_MAILS_PER_MINUTE": str(most),
        "IPPORTAL_SECRET_KEY": os.urandom(32).hex(),
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.EMAIL_PORT = port
    call_command("migrate", verbosity=0)


def _prepare(alerts: int) -> set[tuple[str, str]]:
    """Write the news and the alerts; which address is to be told of which case."""
    from dossiers.alerts.outbox import fan_out
    from dossiers.models import Alert, Case, Follow, News, User, Watchlist, WatchlistEntry

    readers = -(-alerts // CASES)
    User.objects.bulk_create(
        User(username=f"u{n}", email=f"u{n}@firm.example", language=("ja", "en")[n % 2], digest_on=False)
        for n in range(readers)
    )
    people = list(User.objects.order_by("pk"))
    watchlist = Watchlist.objects.create(name="Storm", owner=people[0])
    Follow.objects.bulk_create(Follow(watchlist=watchlist, user=one) for one in people)
    Case.objects.bulk_create(
        Case(law="patent", application_number=f"2023{n:06d}", title="架空の装置") for n in range(CASES)
    )
    cases = list(Case.objects.order_by("pk"))
    WatchlistEntry.objects.bulk_create(WatchlistEntry(watchlist=watchlist, case=one) for one in cases)
    kind = News.Kind.OFFICE_ACTION
    fan_out([News.objects.create(case=one, kind=kind, key="storm") for one in cases])
    rows = Alert.objects.values_list("user__email", "news__case__application_number")
    surplus = list(Alert.objects.order_by("pk").values_list("pk", flat=True)[alerts:])
    Alert.objects.filter(pk__in=surplus).delete()
    return set(rows)


# --- the storm ----------------------------------------------------------------------------------------------


def _blow(kills: int, end: float, chance: random.Random) -> int:
    """Have workers send until nothing waits; kill one after the other meanwhile; how many were."""
    began, total, killed = time.monotonic(), _waiting(), 0
    workers = [_fork() for _ in range(WORKERS)]
    try:
        while (left := _waiting()) and time.monotonic() < end:
            # Spread over the work, not over the time, which nobody knows before.
            if killed < kills and killed <= kills * (1.05 - left / total):
                victim = workers.pop(chance.randrange(WORKERS))
                _kill(victim)
                workers.append(_fork())
                killed += 1
                time.sleep(chance.uniform(0.0, 0.4))
            else:
                time.sleep(0.1)
    finally:
        for worker in workers:
            _kill(worker)
    _say(f"{time.monotonic() - began:.0f} s, {killed} killed")
    return killed


def _waiting() -> int:
    from dossiers.models import Alert

    return Alert.objects.filter(state=Alert.State.WAITING).count()


def _rows() -> Counter[str]:
    from dossiers.models import Alert

    return Counter(Alert.objects.values_list("state", flat=True))


def _let_go() -> None:
    from django.db import connections

    connections.close_all()


def _kill(worker: int) -> None:
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)


def _fork() -> int:
    """A worker that sends while its parent lives; no connection to the database is shared with it."""
    _let_go()
    parent = os.getpid()
    worker = os.fork()
    if worker:
        return worker
    try:
        _send(parent)
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def _send(parent: int) -> None:
    from django.db import OperationalError

    from dossiers import clock
    from dossiers.alerts import outbox, prompts

    while os.getppid() == parent:
        try:
            outbox.pump(budget_seconds=_TURN, clock=clock.now)
            prompts.send_due(budget_seconds=_TURN, clock=clock.now)
        except OperationalError:  # as the loops do: the database was busy, the rows are still there
            _let_go()
        time.sleep(0.05)


# --- the verdict --------------------------------------------------------------------------------------------


def _judge(file: Path, wanted: set[tuple[str, str]], killed: int, rows: Counter[str]) -> int:
    mails = [json.loads(line) for line in file.read_text().splitlines()]
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in mails:
        for to in mail["to"]:
            for case in mail["cases"]:
                names[to, case].add(mail["id"])
    told = {
        "alerts": len(wanted),
        "accepted": len(wanted & names.keys()),
        "repeated_same_id": len(mails) - len({mail["id"] for mail in mails}),
        "repeated_new_id": sum(len(ids) - 1 for ids in names.values()),
        "lost": len(wanted - names.keys()),
    }
    stray = names.keys() - wanted
    states = ", ".join(f"{n} {state}" for state, n in sorted(rows.items()))
    _say(f"{len(mails)} mails accepted, the most in a minute {_busiest(mails)}; rows: {states}")
    if stray:
        _say(f"{len(stray)} pairs were told that nobody was to be told of")
    _say(json.dumps(told))
    wrong = told["repeated_new_id"] or told["lost"] or stray or rows.keys() - {"sent"}
    return 1 if wrong else 0


def _busiest(mails: Sequence[dict[str, float]]) -> int:
    """The most mails accepted in any minute of the faster time."""
    times, first, most = sorted(mail["at"] for mail in mails), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 60 / PACE:
            first += 1
        most = max(most, last - first + 1)
    return most


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
