"""A month of the whole system: a docket, workers, an office with faults, a mail server, and fast time.

    python -m bench.month                               5,000 cases, 30 days, PostgreSQL of POSTGRES_URL
    python -m bench.month --cases 300 --days 5 --json
    python -m bench.month --workers 3 --broker redis    as on several machines, with a Redis ringing for them

The workers are the real command on a real database, killed now and then; the office in miniature counts what
it grants and what it has to refuse. The clock runs `--pace` times as fast while there is work, and is set
forward over hours in which nobody has anything to do. The last line is one JSON object; Ctrl-C ends the month
early with what came of the days until then.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from apiclient.clock import JST, next_midnight, office_day
from apiclient.sandbox.faults import Rule
from apiclient.sandbox.office import Office
from apiclient.sandbox.server import SandboxServer
from bench import scratch
from bench.ringing import Ringing
from bench.world import (
    SHARES,
    STATUS,
    Counted,
    HurriedOffice,
    Hurry,
    Minute,
    Post,
    Tale,
    Workers,
    add,
    environment,
    free_port,
)

START = datetime(2026, 10, 1, 2, 50, tzinfo=JST)
OFFICE_ACTS = ("A131", "A132", "A133", "A01", "A02", "A191", "A192", "C13", "C03")
BROKERS = ("orm", "redis")
_RING_EVERY = 2.0
_IDLE_FOR = 1.5
_BURIED_AFTER = 40.0  # machine's seconds without any call, after which whoever holds an order is dead
_KILLED_AT = {3: 0.2, 4: 0.1, 5: 0.1, 9: 0.1}  # hour: chance that a process is killed
# What goes wrong all the time: kind and share of the answers.
_ALWAYS = (
    *(("drop", 0.003), ("302", 0.003), ("303", 0.002), ("999", 0.003), ("html", 0.002), ("cut", 0.002)),
    *(("garbage", 0.002), ("210", 0.001), ("no_counter", 0.01), ("wrong_encoding", 0.001)),
    ("json_types", 0.001),
)


# --- the month ----------------------------------------------------------------------------------------------


def _ordered_faults(office: Office, day: int, hour: int) -> list[str]:
    """Put in force what goes wrong on this hour; returns what is out of the ordinary."""
    office.faults.clear()
    for kind, share in _ALWAYS:
        office.faults.add(Rule(kind, probability=share))
    office.faults.add(Rule("slow", probability=0.002, seconds=0.5))
    told = []
    if day % 10 == 7 and hour == 12:
        office.faults.add(Rule("203", endpoint="patent/app_progress_simple", times=1))
        told.append("the daily limit of simplified status is said to be reached at noon")
    if day % 10 == 4 and hour == 10:
        office.faults.add(Rule("low_counter", endpoint="patent/app_progress", times=3))
        told.append("the counter of status falls to half")
    if day % 12 == 9 and 9 <= hour < 21:
        office.faults.add(Rule("drop"))
        told.append("the office is down from 9 to 21")
    if day % 12 == 11 and 9 <= hour < 15:
        office.faults.add(Rule("999", probability=0.5))
        told.append("half of all calls fail from 9 to 15")
    return told


class Month:
    """Lets the days pass: faults by the hour, kills, doorbells, and jumps over hours without work.

    Where work waits and none is done, as after a kill, time passes no faster than the machine's: what a
    cluster needs to start again are real seconds. The rest of a dead worker's lease is not waited for.
    """

    def __init__(
        self,
        hurry: Hurry,
        office: Office,
        workers: Workers,
        queue: Ringing | None,
        tale: Tale,
        seed: int,
        pace: float,
    ) -> None:
        self._hurry, self._office, self._workers, self._tale = hurry, office, workers, tale
        self._queue = queue
        self._pace, self._newest, self._moved = pace, 0, time.monotonic()
        self._rng = random.Random(f"{seed}/month")  # noqa: S311
        self._hour, self._rung, self._idle_since = (-1, -1), 0.0, 0.0

    def pass_until(self, end: datetime) -> None:
        said = START.date()
        while (now := self._hurry.now()) < end:
            self._by_the_hour(now)
            self._workers.look_after()
            self._ring()
            if self._is_idle(now):
                self._hurry.jump(min(end, self._next(now)))
                self._idle_since = 0.0
            if office_day(now) != said:
                said = office_day(now)
                sys.stderr.write(f"{time.strftime('%H:%M:%S')} it is {said}: {_progress()}\n")
            time.sleep(0.1)

    def _by_the_hour(self, now: datetime) -> None:
        at = now.astimezone(JST)
        day, hour = (at.date() - START.date()).days, at.hour
        if (day, hour) == self._hour:
            return
        self._hour = (day, hour)
        for words in _ordered_faults(self._office, day, hour):
            line = f"day {day + 1}: {words}"
            if line not in self._tale.troubles:
                self._tale.troubles.append(line)
        if self._rng.random() < _KILLED_AT.get(hour, 0.0):
            self._workers.kill_one(self._rng)
        if self._queue and self._rng.random() < _KILLED_AT.get(hour, 0.0):
            self._queue.begin_again()
            self._tale.queues_lost += 1

    def _ring(self) -> None:
        from dossiers import tasks

        if time.monotonic() - self._rung > _RING_EVERY:
            self._rung = time.monotonic()
            tasks.ring("sweep")

    def _is_idle(self, now: datetime) -> bool:
        """Whether there has been nothing to do for a while."""
        from django.utils import timezone

        from dossiers.models import Alert, RefreshJob

        due = {"state": "waiting", "not_before__lte": now}
        orders = RefreshJob.objects.filter(**due).exists() and not self._shut(now)
        waits = orders or self._unplanned(now)
        self._hurry.run_at(self._pace if not waits or self._moves() else 1.0)
        if orders and time.monotonic() - self._moved > _BURIED_AFTER:
            RefreshJob.objects.filter(state="waiting", lease_until__gt=timezone.now()).update(
                lease_until=timezone.now()
            )
            self._moved = time.monotonic()
        if waits or Alert.objects.filter(**due).exists():
            self._idle_since = 0.0
            return False
        self._idle_since = self._idle_since or time.monotonic()
        return time.monotonic() - self._idle_since > _IDLE_FOR + _RING_EVERY

    def _unplanned(self, now: datetime) -> bool:
        """Whether the plan of a day that has begun is still being made."""
        from django.conf import settings

        from dossiers.models import DayPlan

        begun = now.astimezone(JST).hour >= settings.REFRESH_FROM_HOUR
        return begun and not DayPlan.objects.filter(day=office_day(now)).exists()

    def _moves(self) -> bool:
        """Whether the office has been called lately."""
        from dossiers.models import OfficeCall

        newest = OfficeCall.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest != self._newest:
            self._newest, self._moved = newest, time.monotonic()
        return time.monotonic() - self._moved < _IDLE_FOR

    def _shut(self, now: datetime) -> datetime | None:
        """Until when nobody asks, because the office does not answer."""
        from dossiers.models import Circuit

        found = Circuit.objects.filter(opened_at__isnull=False, until__gt=now).order_by("until").first()
        return found.until if found else None

    def _next(self, now: datetime) -> datetime:
        """When something can happen next: an order falls due, the office may be tried again, a day begins."""
        from django.db.models import Min

        from dossiers.models import RefreshJob

        waiting = RefreshJob.objects.filter(state="waiting", not_before__gt=now)
        first = waiting.aggregate(at=Min("not_before"))["at"]
        midnight = next_midnight(now)
        morning = midnight + timedelta(hours=3, minutes=1)
        noon = now.astimezone(JST).replace(hour=13, minute=0)
        evening = midnight - timedelta(hours=1)
        stops = [one for one in (first, self._shut(now), noon, evening, morning) if one and one > now]
        return min(stops)


def _progress() -> str:
    from dossiers.models import Alert, Case, Event, OfficeCall, RefreshJob

    return (
        f"{OfficeCall.objects.count()} calls, {Case.objects.exclude(confirmed_at=None).count()} cases read, "
        f"{Event.objects.count()} events, "
        f"{RefreshJob.objects.filter(state='waiting').count()} orders waiting, "
        f"{Alert.objects.filter(state='sent').count()} mails"
    )


# --- what came of it ----------------------------------------------------------------------------------------


def _delays(office: Office, added: dict[str, list[str]], end: date) -> dict[str, Any]:
    """Of every act the office made visible after the case was first read: days until it was seen."""
    from dossiers.models import Case, Event

    rows = Case.objects.values_list("law", "application_number", "pk")
    pks = {(law, number): pk for law, number, pk in rows}
    seen: dict[tuple[int, str, date | None], datetime] = {}
    first: dict[int, datetime] = {}
    for pk, code, day, at in Event.objects.values_list("case", "code", "legal_date", "first_seen_at"):
        seen[pk, code, day] = at
        first[pk] = min(at, first.get(pk, at))
    delays: list[int] = []
    waiting: list[int] = []
    before = 0
    for law, numbers in added.items():
        for number in numbers:
            sight = office.find(law, number)
            pk = pks[law, number]
            for act in sight.case.life.acts if sight else ():
                visible = act.day + timedelta(days=1)
                if act.code not in OFFICE_ACTS or not START.date() <= visible <= end:
                    continue
                found = seen.get((pk, act.code, act.day))
                if pk not in first or visible <= office_day(first[pk]):
                    before += 1
                elif found is None:
                    waiting.append((end - visible).days)
                else:
                    delays.append((office_day(found) - visible).days)
    delays.sort()
    return {
        "acts": len(delays) + len(waiting) + before,
        "before_the_first_reading": before,
        "seen": len(delays),
        "mean": round(statistics.fmean(delays), 3) if delays else None,
        "p95": delays[int(len(delays) * 0.95)] if delays else None,
        "longest": delays[-1] if delays else None,
        "not_seen_yet": len(waiting),
        "not_seen_longest": max(waiting, default=0),
    }


def _report(
    office: HurriedOffice, added: dict[str, list[str]], tale: Tale, mails: list[str]
) -> dict[str, Any]:
    from django.db.models import Count

    from dossiers.models import (
        Alert,
        Case,
        CoverageDay,
        DayPlan,
        Event,
        News,
        OfficeCall,
        RefreshJob,
        ReviewTask,
    )

    end = office.today()
    counters = office.counters
    assert isinstance(counters, Counted)  # noqa: S101
    buckets: dict[str, dict[str, int]] = {}
    for (_, bucket), n in counters.granted.items():
        row = buckets.setdefault(bucket, {"limit": counters.limits[bucket], "calls": 0, "most_a_day": 0})
        row["calls"] += n
        row["most_a_day"] = max(row["most_a_day"], n)
    minutes = [one for one in (office.minute, office.opd_minute) if isinstance(one, Minute)]
    doubled = Event.objects.values("case", "code", "document_number", "legal_date").annotate(n=Count("pk"))
    repeated = [n for n in Counter(mails).values() if n > 1]
    return {
        "cases": Case.objects.count(),
        "days": (end - START.date()).days,
        "calls": sum(counters.granted.values()),
        "by_bucket": buckets,
        "refused_for_the_day": sum(counters.refused.values()),
        "refused_for_the_minute": sum(one.refused for one in minutes),
        "outcomes": _counted(OfficeCall, "outcome"),
        "orders": _counted(RefreshJob, "state"),
        "gave_up": RefreshJob.objects.filter(outcome="gave_up").count(),
        "never_read": Case.objects.filter(confirmed_at=None).count(),
        "delay_days": _delays(office, added, end),
        "events": Event.objects.count(),
        "events_doubled": sum(1 for row in doubled if row["n"] > 1),
        "events_not_in_a_state": Event.objects.filter(account="").count(),
        "reviews": _counted(ReviewTask, "kind"),
        "news": News.objects.count(),
        "alerts": _counted(Alert, "state"),
        "mails_accepted": len(mails),
        "mails_repeated_same_id": len(repeated),
        "plans": DayPlan.objects.count(),
        "plan_revisions": sum(DayPlan.objects.values_list("revisions", flat=True)),
        "late_by_day": [row.standings.get("late") for row in CoverageDay.objects.order_by("day")],
        "processes_killed": tale.killed,
        "workers_started_again": tale.restarted,
        "queues_lost": tale.queues_lost,
        "troubles": tale.troubles,
    }


def _counted(model: Any, name: str) -> dict[str, int]:
    from django.db.models import Count

    rows = model.objects.order_by().values_list(name).annotate(Count("pk"))
    return {str(key): n for key, n in sorted(rows, key=lambda row: -row[1])}


# --- the command --------------------------------------------------------------------------------------------


def run(
    cases: int, days: int, status: int, pace: float, seed: int, *, workers: int = 2, broker: str = "orm"
) -> dict[str, Any]:
    """One month; see the module. Returns what is printed."""
    from aiosmtpd.controller import Controller

    tale = Tale()
    with tempfile.TemporaryDirectory(prefix="ip-portal-month-") as name:
        folder = Path(name)
        port, mails = free_port(), Post()
        post = Controller(mails, hostname="127.0.0.1", port=port)
        post.start()
        hurry = Hurry(folder / "clock.json", START, pace)
        limits = {f"{law}/{name}": status for law in SHARES for name in STATUS}
        office = HurriedOffice(hurry, seed, max(20_000, cases * 4), limits)
        server = SandboxServer(office)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with scratch.database(folder, os.environ.get("POSTGRES_URL", ""), "month") as database:
            env = environment(folder, database, server.url, port, pace)
            env["JPO_DAILY_LIMITS"] = json.dumps(limits)
            queue = Ringing(folder) if broker == "redis" else None
            env["IPPORTAL_QUEUE_URL"] = queue.address if queue else ""
            os.environ.update(env)
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connections

            call_command("migrate", verbosity=0)
            added = add(office, cases)
            hurry.jump(START)
            clusters = Workers(folder, env, tale, workers)
            try:
                month = Month(hurry, office, clusters, queue, tale, seed, pace)
                month.pass_until(START + timedelta(days=days))
            except KeyboardInterrupt:
                tale.troubles.append("stopped early by hand: what follows is of the days until then")
            finally:
                clusters.close()
                if queue:
                    queue.close()
            result = _report(office, added, tale, mails.ids)
            connections.close_all()
        hurry.close()
        server.shutdown()
        post.stop()
    return result


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--cases", type=int, default=5000)
    ask.add_argument("--days", type=int, default=30)
    ask.add_argument("--status", type=int, default=400, help="calls a day of each status API and law")
    ask.add_argument("--pace", type=float, default=200.0)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--workers", type=int, default=2)
    ask.add_argument("--broker", choices=BROKERS, default="orm", help="what rings for the workers")
    ask.add_argument("--json", action="store_true", help="the result alone, on one line")
    given = ask.parse_args()
    told = (given.cases, given.days, given.status, given.pace, given.seed)
    result = run(*told, workers=given.workers, broker=given.broker)
    if not given.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
