"""A database from a backup."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.models import record
from dossiers.upkeep import restoring
from dossiers.upkeep.places import Refused, place_of


class Command(BaseCommand):
    help = (
        "Restores a file of `backup` into the database that DATABASE_URL names: an empty one, or, with"
        " --over and its name, the one that is there, which is put aside and kept. Nothing gets the name"
        " before every table was compared with the backup."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--over", default="", metavar="NAME", help="put aside the database of this name")

    def handle(self, *args: Any, file: Path, over: str, **options: Any) -> None:
        place = place_of(settings.DATABASES["default"])
        try:
            found = restoring.restore(file, place, over=over, tell=self._tell)
        except Refused as refused:
            raise CommandError(f"{refused} Nothing was restored.") from refused
        self.stdout.write(
            f"{place.name}: {found.rows:,} rows of {len(found.tables)} tables, all with the checksums of the"
            f" backup, in {found.seconds:.1f} s."
        )
        if found.aside:
            self.stdout.write(f"The database that was there is kept as {found.aside}.")
        if found.behind:
            self.stdout.write("This program is newer than the backup: run manage.py migrate now.")
        else:
            record("backup.restore", file=file.name)
        self.stdout.write("Then start the pages and the worker: it does what the restored rows say is to do.")

    def _tell(self, name: str, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{name}: {rows:,} rows\033[K", ending="")
