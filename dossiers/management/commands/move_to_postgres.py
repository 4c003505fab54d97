"""From SQLite to PostgreSQL, everything, with the proof."""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import environ
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.upkeep import moving
from dossiers.upkeep.places import PostgresPlace, Refused, SqlitePlace, place_of


class Command(BaseCommand):
    help = (
        "Moves the whole SQLite database, sessions, tokens and sealed values among it, into an empty"
        " PostgreSQL, reads every table again on both sides and compares. All is moved or nothing; it can be"
        " begun again after whatever broke it off. Stop the pages and the worker first."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to",
            default="",
            metavar="URL",
            help="postgres://user@host:5432/name, without a password: that is given by IPPORTAL_MOVE_TO or"
            " IPPORTAL_MOVE_TO_FILE, which hold the whole address, or by PGPASSWORD or ~/.pgpass",
        )
        parser.add_argument("--rehearse", action="store_true", help="do it while people work, keep nothing")
        parser.add_argument("--report", type=Path, help="write what was compared into this file, as JSON")

    def handle(self, *args: Any, to: str, rehearse: bool, report: Path | None, **options: Any) -> None:
        began = time.monotonic()
        try:
            here, there = place_of(settings.DATABASES["default"]), self._target(to)
            if not isinstance(here, SqlitePlace):
                raise Refused("DATABASE_URL names no SQLite database: nothing to move.")
            moved = moving.move(here, there, rehearse=rehearse, tell=self._tell)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        for one in moved:
            if one.there.rows:
                self.stdout.write(f"{one.there.rows:>10,}  {one.there.checksum[:16]}  {one.table}")
        rows, seconds = sum(one.there.rows for one in moved), time.monotonic() - began
        self.stdout.write(f"{rows:,} rows of {len(moved)} tables, equal on both sides, in {seconds:.1f} s.")
        if report:
            told = [
                {"table": one.table, "rows": one.there.rows, "checksum": one.there.checksum} for one in moved
            ]
            report.write_text(json.dumps({"seconds": round(seconds, 1), "tables": told}, indent=1) + "\n")
        self.stdout.write(
            "That was a rehearsal: nothing was kept."
            if rehearse
            else "Now set DATABASE_URL to the new database, keep IPPORTAL_SECRET_KEY as it is, and start the"
            f" pages and the worker. {here.path} is left as it was: put it away."
        )

    def _target(self, to: str) -> PostgresPlace:
        given = to or environ.FileAwareEnv().str("IPPORTAL_MOVE_TO", default="")
        if not given:
            raise Refused("Name the new database: --to, IPPORTAL_MOVE_TO or IPPORTAL_MOVE_TO_FILE.")
        told = environ.Env.db_url_config(given)
        if to and told.get("PASSWORD"):
            raise Refused(
                "A password on the command line can be read by everybody on this machine. Give the address"
                " by IPPORTAL_MOVE_TO_FILE, or the password by PGPASSWORD or ~/.pgpass."
            )
        there = place_of(told) if told.get("ENGINE") else None
        if not isinstance(there, PostgresPlace):
            raise Refused("The new database must be a PostgreSQL: postgres://user@host:5432/name.")
        if not told.get("PASSWORD") and os.environ.get("PGPASSWORD"):
            return PostgresPlace({**there.settings, "PASSWORD": os.environ["PGPASSWORD"]})
        return there

    def _tell(self, name: str, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{name}: {rows:,} rows\033[K", ending="")
