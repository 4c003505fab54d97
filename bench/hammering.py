"""The processes of `bench.hammer`: one parent that forks children on order, each with a client of its own.

It says its own process id when it is ready. Orders are lines of JSON on stdin: {"start": order} is answered
by a process id, {"wait": id} by its exit code.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from apiclient.jpo.catalogue import endpoint_named, policy
from apiclient.jpo.client import JpoClient
from apiclient.quota import DailyLimitReached, DayRule, Ledger, MinuteLimitReached, Policy, Purpose
from apiclient.sqlite_ledger import SqliteLedger
from apiclient.steady import Steady

Order = dict[str, Any]


class Paced:
    """Time that passes `pace` times as fast, by a clock that is `skew` seconds wrong and may be set.

    `set_at` says after how many real seconds the clock is set forward by how many.
    """

    def __init__(self, order: Order) -> None:
        self._start = datetime.fromisoformat(order["start"])
        self._began, self._pace = float(order["began"]), float(order["pace"])
        self._skew, self._set_at = float(order["skew"]), order["set_at"]

    def now(self) -> datetime:
        passed = time.time() - self._began
        wrong = self._skew + sum(by for at, by in self._set_at if passed >= at)
        return self._start + timedelta(seconds=passed * self._pace + wrong)

    def steady(self) -> Steady:
        return Steady("paced", time.monotonic() * self._pace)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds / self._pace))


def limits(order: Order) -> Policy:
    """The policy of the office, with the order's own limits; no reserve, so that nothing is left over."""
    found = policy()
    daily = {name: DayRule(order["limit"]) for name in found.daily}
    return replace(found, daily=daily, per_minute=order["per_minute"])


def hammer(order: Order, ledger: Ledger, time_: Paced) -> None:
    """Ask without a pause, once at least, until the time is over or, if so ordered, the day's calls."""
    client = JpoClient(
        order["url"],
        order["username"],
        order["password"],
        ledger,
        limits(order),
        clock=time_.now,
        sleep=time_.sleep,
        max_wait_seconds=0,
    )
    row = endpoint_named(order["endpoint"])
    asked = False
    while not asked or time.time() < order["until"]:
        asked = True
        try:
            client.call(row, *random.choice(order["questions"]), purpose=Purpose.PERSON)  # noqa: S311
        except (DailyLimitReached, MinuteLimitReached) as full:
            if order["a_day"] and isinstance(full, DailyLimitReached):
                break
            wait = full.until if isinstance(full, DailyLimitReached) else full.retry_at
            time.sleep(min(0.2, max(0.005, (wait - time_.now()).total_seconds() / order["pace"])))
    client.close()


def child(order: Order) -> None:
    time_ = Paced(order)
    if order["ledger"] == "file":
        hammer(order, SqliteLedger(Path(order["file"]), limits(order), time_.steady), time_)
        return
    from dossiers.refresh.ledger import DatabaseLedger

    hammer(order, DatabaseLedger(limits(order), time_.steady), time_)


def start(order: Order) -> int:
    number = os.fork()
    if number:
        return number
    try:
        child(order)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    if "DATABASE_URL" in os.environ:
        import django

        django.setup()
        import dossiers.refresh.ledger  # noqa: F401  (once for all children)
    say(os.getpid())
    for line in sys.stdin:
        told = json.loads(line)
        if "start" in told:
            answer = start(told["start"])
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(told["wait"], 0)[1])
        say(answer)


def say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
