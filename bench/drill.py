"""The restore drill: a docket, its backup, the loss, the restore and the move, with figures.

`python -m bench.drill --cases N`: on SQLite, and on PostgreSQL at POSTGRES_URL's server where there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]


def manage(address: str, *told: str) -> float:
    began = time.monotonic()
    env = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "ipportal.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", *told], cwd=ROOT, env=env, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{told[0]} failed: {done.stdout}{done.stderr}")
    sys.stdout.write(done.stdout.splitlines()[-1] + "\n" if done.stdout else "")
    return round(time.monotonic() - began, 1)


def drill(name: str, address: str, cases: int, folder: Path) -> dict[str, float]:
    """Seconds of each step, of which none may fail."""
    sys.stdout.write(f"== {name}\n")
    manage(address, "migrate", "--verbosity", "0")
    manage(address, "seed", "--cases", str(cases))
    backups = folder / name
    found = {"backup_s": manage(address, "backup", str(backups))}
    (made,) = backups.glob("*.backup.zip")
    found["bytes"] = made.stat().st_size
    found["verify_s"] = manage(address, "backup", "verify", str(made))
    database = address.rpartition("/")[2]
    found["restore_s"] = manage(address, "restore", str(made), "--over", database)
    return found


def main() -> None:
    told = argparse.ArgumentParser()
    told.add_argument("--cases", type=int, default=500)
    cases = told.parse_args().cases
    server = os.environ.get("POSTGRES_URL", "").rpartition("/")[0]
    with tempfile.TemporaryDirectory() as folder:
        sqlite = f"sqlite:///{folder}/drill.sqlite3"
        found = {"sqlite": drill("sqlite", sqlite, cases, Path(folder))}
        if server:
            names = [f"drill_{os.getpid()}", f"drill_{os.getpid()}_moved"]
            with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
                for name in names:
                    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                try:
                    there = f"{server}/{names[0]}"
                    found["postgresql"] = drill("postgresql", there, cases, Path(folder))
                    moved = manage(sqlite, "move_to_postgres", "--to", f"{server}/{names[1]}")
                    found["move"] = {"move_s": moved}
                finally:
                    asked = "SELECT datname FROM pg_database WHERE datname LIKE %s"
                    for (name,) in admin.execute(asked, [f"{names[0]}%"]).fetchall():
                        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                        admin.execute(drop.format(sql.Identifier(name)))
    sys.stdout.write(json.dumps({"cases": cases, **found}) + "\n")


if __name__ == "__main__":
    main()
