"""A backup of the whole database while people work, and the proof that one can be restored."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from dossiers.alerts import heartbeats
from dossiers.upkeep import backing_up, restoring, rotation
from dossiers.upkeep.places import Refused, place_of


class Command(BaseCommand):
    help = (
        "Writes the whole database into one file in FOLDER (default: IPPORTAL_BACKUP_DIR), while people work,"
        " and removes the backups that are no longer kept. `backup verify FILE` restores one beside the"
        " database, compares every table and forgets the copy. Whoever has the file has everything in it."
    )
    requires_system_checks: list[str] = []  # a backup is wanted most when something is wrong

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="*", metavar="FOLDER | verify FILE")
        parser.add_argument("--verify", action="store_true", help="restore it on trial before it counts")
        keep = rotation.Keep(*settings.BACKUP_KEEP)
        for name in ("daily", "weekly", "monthly"):
            parser.add_argument(
                f"--{name}", type=int, default=getattr(keep, name), help="how many of these to keep"
            )

    def handle(self, *args: Any, what: list[str], **options: Any) -> None:
        try:
            if what[:1] == ["verify"] and len(what) == 2:
                self._verify(Path(what[1]))
            elif len(what) <= 1 and what != ["verify"]:
                self._back_up(Path(what[0]) if what else Path(settings.BACKUP_DIR), options)
            else:
                raise CommandError("Say: backup, backup FOLDER, or backup verify FILE.")
        except Refused as refused:
            raise CommandError(str(refused)) from refused

    def _back_up(self, folder: Path, options: dict[str, Any]) -> None:
        made = backing_up.back_up(place_of(settings.DATABASES["default"]), folder, self._tell)
        self.stdout.write(
            f"{made.path}: {made.manifest.rows:,} rows of {len(made.manifest.tables)} tables,"
            f" {made.bytes:,} bytes, in {made.seconds:.1f} s."
        )
        if options["verify"]:
            self._verify(made.path)
        keep = rotation.Keep(options["daily"], options["weekly"], options["monthly"])
        for gone in rotation.rotate(folder, keep):
            self.stdout.write(f"{gone.name} is no longer kept.")
        try:
            heartbeats.beat(heartbeats.BACKUP, done=1)
        except DatabaseError as error:
            raise CommandError(f"The backup is made, but could not be noted: {error}") from error

    def _verify(self, path: Path) -> None:
        found = restoring.verify(path, place_of(settings.DATABASES["default"]), self._tell)
        self.stdout.write(
            f"{path.name} was restored on trial in {found.seconds:.1f} s: {found.rows:,} rows of"
            f" {len(found.tables)} tables, all with the checksums of the backup."
        )

    def _tell(self, name: str, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{name}: {rows:,} rows\033[K", ending="")
