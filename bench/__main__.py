"""Measure pages, intake and planning. The last line is one JSON object: milliseconds, counts, ratios.

On a new SQLite file in a temporary folder; DATABASE_URL of an empty database measures another engine.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZES = (500, 20_000)
VISITS = 20
LINES = 5_000
SOUGHT = "架空12株式会社 装置"
PAGES = {
    "today": "/",
    "cases": "/cases/",
    "cases, last page": "",
    "cases, search": "/cases/",
    "case": "",
    "limits": "/limits/",
    "reviews": "/reviews/",
    "watchlist": "",
    "inbox": "/alerts/",
    "quota": "/quota/",
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ip-portal-bench-") as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipportal.settings")
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        os.environ.setdefault("IPPORTAL_LOG_LEVEL", "ERROR")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _say(json.dumps(_measure(Path(folder)), ensure_ascii=False))


def _measure(folder: Path) -> dict[str, Any]:
    from bench import docket
    from dossiers.intake import watchlists
    from dossiers.models import User

    clerk = User.objects.create_user("bench", "bench@firm.example", "not-used-to-sign-in")
    watchlist = watchlists.create(by=clerk, name="bench")
    result: dict[str, Any] = {"taking_in": _taking_in(), "pages": {}}
    for size in SIZES:
        docket.grow_to(size, clerk, watchlist)
        result["pages"][size] = _pages(clerk, str(watchlist.pk))
    result["planner"] = _planner()
    result["intake"] = _intake(clerk, folder)
    return result


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _taking_in() -> dict[str, float]:
    from bench import taking_in

    figures = taking_in.measure()
    _say(
        f"  taking in {figures['per_s']} replies/s, {figures['ratio_to_floor']} times the floor's time; "
        f"unchanged {figures['unchanged_per_s']} replies/s"
    )
    return figures


# --- pages ------------------------------------------------------------------------------------------------


def _pages(clerk: Any, watchlist: str) -> dict[str, dict[str, float]]:
    from django.conf import settings
    from django.test import Client
    from django.test.utils import override_settings

    from dossiers.models import Case

    case = Case.objects.filter(application_number__gt="2008").latest("pk")
    addresses = {
        **PAGES,
        "cases, last page": f"/cases/?page={Case.objects.count() // 50}",
        "case": f"/cases/{case.law}/{case.application_number}/",
        "watchlist": f"/watchlists/{watchlist}/",
    }
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, ALLOWED_HOSTS=["*"]):
        client = Client()
        client.force_login(clerk)
        return {name: _page(client, name, address) for name, address in addresses.items()}


def _page(client: Any, name: str, address: str) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def visit() -> Any:
        return client.get(address + (f"?q={SOUGHT}" if "search" in name else ""))

    with CaptureQueriesContext(connection) as queries:
        answer = visit()
    count = len(queries)
    if answer.status_code != 200:
        sys.exit(f"{address} answered {answer.status_code}")
    took = sorted(_milliseconds(visit) for _ in range(VISITS))
    figures = {
        "p50": round(statistics.median(took), 1),
        "p95": round(took[int(len(took) * 0.95) - 1], 1),
        "queries": count,
    }
    _say(f"  {name:18} {figures['p50']:7.1f} ms  p95 {figures['p95']:7.1f} ms  {count} queries")
    return figures


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


# --- planning ---------------------------------------------------------------------------------------------


def _planner() -> dict[str, float]:
    """One office day's orders over the largest docket, then the same again, when nothing is to be done."""
    from datetime import timedelta

    from dossiers import clock
    from dossiers.models import RefreshJob
    from dossiers.refresh.plan import plan_day

    noon = clock.now().replace(hour=3) + timedelta(days=1)  # 12:00 in Japan
    first = _milliseconds(lambda: plan_day(noon))
    again = _milliseconds(lambda: plan_day(noon))
    orders = RefreshJob.objects.count()
    _say(f"  planning {orders} orders of {SIZES[-1]} cases: {first:.0f} ms, again {again:.0f} ms")
    return {"cases": SIZES[-1], "orders": orders, "first_ms": round(first), "again_ms": round(again)}


# --- intake -----------------------------------------------------------------------------------------------


def _intake(clerk: Any, folder: Path) -> dict[str, float]:
    """Lines a second from paste to saved cases, beside the floor: reading numbers and inserting rows."""
    from dossiers.intake import save_batch, start_batch

    lines = [f"特願{2001 + n % 7}-{n:06d}\tIN-{n}" for n in range(1, LINES + 1)]

    def ours() -> None:
        batch = start_batch(text="\n".join(lines), by=clerk)
        save_batch(batch, by=clerk)

    spent, floor = _milliseconds(ours), _milliseconds(lambda: _floor(lines, folder / "floor.sqlite3"))
    figures = {
        "lines": LINES,
        "lines_per_second": round(LINES / spent * 1000),
        "floor_per_second": round(LINES / floor * 1000),
        "times_floor": round(spent / floor, 1),
    }
    _say(f"  intake {figures['lines_per_second']} lines/s, {figures['times_floor']} times the floor's time")
    return figures


def _floor(lines: list[str], path: Path) -> None:
    """The same numbers read and the same three rows a line inserted, by hand."""
    from apiclient.numbers import parse

    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT, number TEXT);"
        "CREATE TABLE kase (id INTEGER PRIMARY KEY, law TEXT, number TEXT, UNIQUE (law, number));"
        "CREATE TABLE job (id INTEGER PRIMARY KEY, kase INTEGER, key TEXT UNIQUE);"
    )
    readings = [parse(line.split("\t")[0], max_year=2027)[0] for line in lines]
    with database:
        rows = [(line, one.canonical) for line, one in zip(lines, readings, strict=True)]
        database.executemany("INSERT INTO line (text, number) VALUES (?, ?)", rows)
        cases = [(one.law, one.canonical) for one in readings]
        database.executemany("INSERT INTO kase (law, number) VALUES (?, ?)", cases)
        database.executemany("INSERT INTO job (kase, key) SELECT ?, ?", [(n, f"k{n}") for n in range(LINES)])
    database.close()


if __name__ == "__main__":
    main()
