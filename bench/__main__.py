"""Measure pages, taking in, pasted lines and planning on growing dockets.

The last line is one JSON object: {"pages": {name: {"p50_ms", "p95_ms", "queries", "ratio_to_500"}},
"growing_s": {…}, "planning": {…}, "intake": {"per_s", "ratio_to_floor", …}, "lines": {…}, "sizes": [...]}.
Pages are those of the largest docket, a ratio is its median against the smallest docket's, in the same run.

On a new SQLite file in a temporary folder; DATABASE_URL of an empty database measures another engine.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

SIZES = "500,5000,50000"
LINES = 5_000


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="ip-portal-bench-") as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipportal.settings")
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        os.environ.setdefault("IPPORTAL_LOG_LEVEL", "ERROR")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _say(json.dumps(_measure(Path(folder), asked), ensure_ascii=False))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help=f"cases in the docket, growing (default: {SIZES})")
    parser.add_argument("--visits", type=int, default=20, help="of each page (default: 20)")
    parser.add_argument("--replies", type=int, default=150, help="to take in (default: 150)")
    asked = parser.parse_args()
    asked.sizes = sorted({int(size) for size in asked.sizes.split(",")})
    return asked


def _measure(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    from dossiers.demo import docket
    from dossiers.models import Case
    from dossiers.refresh.plan import plan_day

    by_size: dict[int, dict[str, dict[str, float]]] = {}
    growing = {}
    for size in asked.sizes:
        growing[size] = round(_milliseconds(lambda size=size: docket.grow(size)) / 1000, 1)
        _say(f"{size} cases after {growing[size]} s")
        plan_day(_noon())  # where the cases stand is shown by a plan
        by_size[size] = _pages(clerk(), asked.visits)
    planning = _planning(Case.objects.count())
    return {
        "sizes": asked.sizes,
        "growing_s": growing,
        "pages": _against_the_smallest(by_size),
        "planning": planning,
        "intake": _taking_in(asked.replies),
        "lines": _lines(clerk(), folder),
        "import": _import(clerk()),
    }


def clerk() -> Any:
    """Somebody of the invented firm."""
    from dossiers.models import Role, User

    person = User.objects.get(username="seed-001")
    person.role = Role.ADMINISTRATOR
    person.save(update_fields=["role"])
    return person


def _noon() -> datetime:
    """12:00 in Japan, tomorrow."""
    from dossiers import clock

    return clock.now().replace(hour=3) + timedelta(days=1)


def _against_the_smallest(by_size: dict[int, dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The largest docket's figures; its ratio, and what each size took."""
    smallest, largest = min(by_size), max(by_size)
    return {
        name: {
            **figures,
            f"ratio_to_{smallest}": round(figures["p50_ms"] / by_size[smallest][name]["p50_ms"], 2),
            **{f"p50_ms_at_{size}": pages[name]["p50_ms"] for size, pages in by_size.items()},
        }
        for name, figures in by_size[largest].items()
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _taking_in(replies: int) -> dict[str, float]:
    from bench import taking_in

    figures = taking_in.measure(replies)
    _say(
        f"  taking in {figures['per_s']} replies/s by {figures['queries']} queries,"
        f" {figures['ratio_to_floor']} times the floor's time;"
        f" unchanged {figures['unchanged_per_s']} replies/s by {figures['unchanged_queries']}"
    )
    return figures


# --- pages ------------------------------------------------------------------------------------------------


def _addresses() -> dict[str, str]:
    from dossiers.models import Case, Watchlist

    case = Case.objects.filter(law="patent", limits__isnull=False).exclude(papers=None).latest("pk")
    sought = urlencode({"q": f"{case.applicants_text.split()[0]} {case.title[:2]}"})
    of_case = f"/cases/{case.law}/{case.application_number}/"
    last_page = max(1, Case.objects.count() // 50)
    return {
        "today": "/?scope=all",
        "today, mine": "/?scope=mine",
        "cases": "/cases/",
        "cases, numbers": "/cases/filters/",
        "cases, last page": f"/cases/?page={last_page}",
        "cases, search": f"/cases/?{sought}",
        "case": of_case,
        "history": f"{of_case}history/",
        "account": f"{of_case}account/",
        "limit": f"/limits/{case.limits.latest('pk').pk}/",
        "limits": "/limits/",
        "limits, last page": "/limits/?page=100000",
        "calendar month": "/limits/?view=month",
        "confirming": "/limits/confirm/?scope=all",
        "calendar": "/calendar/",
        "completeness": "/completeness/",
        "freshness": "/freshness/",
        "charts": "/charts/",
        "citations": "/citations/",
        "differences": "/differences/",
        "reviews": "/reviews/",
        "watchlists": "/watchlists/",
        "watchlist": f"/watchlists/{Watchlist.objects.first().pk}/",
        "inbox": "/alerts/",
        "quota": "/quota/",
        "quota plan": "/quota/plan/",
        "settings": "/settings/",
    }


def _pages(clerk: Any, visits: int) -> dict[str, dict[str, float]]:
    from django.conf import settings
    from django.test import Client
    from django.test.utils import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, ALLOWED_HOSTS=["*"]):
        client = Client()
        client.force_login(clerk)
        addresses = _addresses()
        return {name: _page(client, name, address, visits) for name, address in addresses.items()}


def _page(client: Any, name: str, address: str, visits: int) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)  # the first visit compiles templates
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    count = len(queries)
    if answer.status_code != 200:
        sys.exit(f"{address} answered {answer.status_code}")
    took = sorted(_milliseconds(lambda: client.get(address)) for _ in range(visits))
    figures = {
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[max(0, int(len(took) * 0.95) - 1)], 1),
        "queries": count,
    }
    _say(f"  {name:18} {figures['p50_ms']:7.1f} ms  p95 {figures['p95_ms']:7.1f} ms  {count} queries")
    return figures


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


# --- planning ---------------------------------------------------------------------------------------------


def _planning(cases: int) -> dict[str, float]:
    """An office day's plan: the choice alone, then with the database, then when it is done already."""
    from dossiers.docketing.store import calendar
    from dossiers.models import RefreshJob
    from dossiers.refresh import planner
    from dossiers.refresh.case_views import POLICY, budgets, case_views
    from dossiers.refresh.plan import plan_day

    noon = _noon() + timedelta(days=1)
    views, given, closed = list(case_views()), budgets(noon), calendar()

    def choose() -> None:
        planner.plan(
            views,
            given,
            noon.date(),
            open_day=lambda day: closed.why_closed(day) is None,
            hazards=planner.Hazards.learned(views),
            policy=POLICY,
        )

    figures: dict[str, float] = {
        "cases": cases,
        "pure_ms": round(_milliseconds(choose)),
        "with_database_ms": round(_milliseconds(lambda: plan_day(noon))),
        "again_ms": round(_milliseconds(lambda: plan_day(noon))),
        "orders": RefreshJob.objects.count(),
    }
    _say(
        f"  planning {figures['orders']} orders of {cases} cases: {figures['with_database_ms']} ms,"
        f" the choice alone {figures['pure_ms']} ms, again {figures['again_ms']} ms"
    )
    return figures


# --- pasted lines -----------------------------------------------------------------------------------------


def _lines(clerk: Any, folder: Path) -> dict[str, float]:
    """Lines a second from paste to saved cases, beside the floor: reading numbers and inserting rows."""
    from dossiers.intake import save_batch, start_batch
    from dossiers.intake.batches import save_on

    lines = [f"特願{2001 + n % 7}-{n:06d}\tIN-{n}" for n in range(1, LINES + 1)]

    def ours() -> None:
        batch = start_batch(text="\n".join(lines), by=clerk)
        save_batch(batch, by=clerk)
        while save_on(batch):
            pass

    spent, floor = _milliseconds(ours), _milliseconds(lambda: _floor(lines, folder / "floor.sqlite3"))
    figures = {
        "lines": LINES,
        "per_s": round(LINES / spent * 1000),
        "floor_per_s": round(LINES / floor * 1000),
        "ratio_to_floor": round(spent / floor, 1),
    }
    _say(f"  pasted {figures['per_s']} lines/s, {figures['ratio_to_floor']} times the floor's time")
    return figures


def _import(clerk: Any) -> dict[str, Any]:
    """Rows of a table a second, from the file to the cases."""
    from bench import bringing_in

    figures = bringing_in.measure(clerk)
    _say(
        f"  imported {figures['csv_read_per_s']} lines/s from CSV, {figures['xlsx_read_per_s']} from Excel,"
        f" {figures['added_per_s']} cases/s added"
    )
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
