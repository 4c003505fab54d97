"""Measure pages, search, taking in, planning, import, export, mail and memory on growing dockets.

The last line is one JSON object: {"pages": {name: {"p50_ms", "p95_ms", "queries", "ratio_to_500", …}},
"search": {…}, "planning": {…}, "intake": {"per_s", "ratio_to_floor", …}, "lines": {…}, "import": {…},
"export": {size: {…}}, "mail": {…}, "memory": {size: {…}}, "growing_s": {…}, "database_mb": {…},
"sizes": […]}.
Pages are those of the largest docket, a ratio is its median against the smallest docket's, in the same run.
Every other figure stands beside a floor measured in the same run, in turns where that can be.

On a new SQLite file in a temporary folder; DATABASE_URL of an empty database measures another engine.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import children, mailing, pages, planning
from bench.pages import milliseconds

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
    from dossiers.refresh.plan import plan_day

    by_size: dict[int, dict[str, dict[str, float]]] = {}
    growing, export, memory, room = {}, {}, {}, {}
    people = docket.people_for(asked.sizes[-1])
    for size in asked.sizes:
        growing[size] = round(milliseconds(lambda size=size: docket.grow(size, people=people)) / 1000, 1)
        _say(f"{size} cases after {growing[size]} s")
        plan_day(planning.noon())  # where the cases stand is shown by a plan
        _settle()
        by_size[size] = pages.measure(pages.clerk(), asked.visits)
        room[size] = round(_database_bytes() / 2**20)
        memory[size] = {what: children.run(what) for what in ("web", "worker")}
        most = {what: figures["peak_mb"] for what, figures in memory[size].items()}
        _say(f"  most memory of a process, MB: {most}")
        if size != min(asked.sizes) or len(asked.sizes) == 1:
            export[size] = _export()
    return {
        "sizes": asked.sizes,
        "growing_s": growing,
        "database_mb": room,
        "pages": pages.against_the_smallest(by_size),
        "search": pages.search(pages.clerk(), asked.visits),
        "planning": _planning(),
        "export": export,
        "memory": memory,
        "mail": _mail(),
        "intake": _taking_in(asked.replies),
        "lines": _lines(pages.clerk(), folder),
        "import": _import(pages.clerk()),
    }


def _settle() -> None:
    """A plan writes into cases, and PostgreSQL's indexes answer alone only for pages of which nothing was
    written since the table was vacuumed. It is vacuumed by itself within a minute of so much writing; where
    that is turned off, as on machines for tests, boards would be measured as nobody meets them."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) dossiers_case")


def _database_bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def _export() -> dict[str, Any]:
    """Everything as one file, by a process of its own, right after the floor."""
    floor, ours = children.run("floor"), children.run("export")
    figures = {
        "megabytes": round(ours["bytes"] / 2**20),
        "rows": floor["rows"],
        "rows_per_s": round(floor["rows"] / ours["seconds"]),
        "seconds": ours["seconds"],
        "ratio_to_floor": round(ours["seconds"] / floor["seconds"], 2),
        "peak_mb": ours["peak_mb"],
    }
    _say(f"  export {figures}")
    return figures


def _mail() -> dict[str, float]:
    figures = mailing.measure()
    _say(f"  {figures['per_s']} mails/s, {figures['ratio_to_floor']} times the floor's time")
    return figures


def _planning() -> dict[str, float]:
    figures = planning.measure()
    _say(f"  planning {figures}")
    return figures


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

    spent, floor = milliseconds(ours), milliseconds(lambda: _floor(lines, folder / "floor.sqlite3"))
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
