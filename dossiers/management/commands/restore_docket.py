"""An empty database becomes the docket that an archive holds."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dossiers import archive
from dossiers.models import record

_WORDS = {
    "no_archive": "This is no ZIP file, or one that was cut off. Fetch or copy it again.",
    "other_format": "This is no archive of a docket: it was not written by export_docket.",
    "newer": "This archive was written by another version of the program, which keeps more than this one"
    " knows. Restore it with that version or a newer one.",
    "damaged": "A part of this archive is damaged or incomplete. Fetch or copy it again.",
    "foreign_member": "This archive holds something that export_docket does not write.",
    "too_large": "A part of this archive is larger than any docket's. It is not opened.",
    "not_empty": "The database is not empty. Make a new one, run migrate and nothing else, and try again.",
    "inconsistent": "The rows of this archive do not fit together, or not into this database.",
    "not_the_same": "What was stored reads differently from what the archive holds.",
}


class Command(BaseCommand):
    help = (
        "Fills an empty, migrated database from a file of export_docket, reads everything again, compares it"
        " and computes all time limits anew. Either all is restored or nothing. Nobody can sign in before"
        " changepassword has given them a new password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                restored = archive.restore(file, self._tell)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except archive.ArchiveRefused as refused:
            about = f" ({refused.about})" if refused.about else ""
            raise CommandError(f"{_WORDS[refused.code]}{about} Nothing was restored.") from refused
        record("docket.restore", file=path.name)
        self._report(restored)

    def _tell(self, name: str, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{name}: {rows:,} rows\033[K", ending="")

    def _report(self, restored: archive.Restored) -> None:
        for name, rows in restored.rows.items():
            if rows:
                self.stdout.write(f"{rows:>10,}  {name}")
        docket = restored.docket
        self.stdout.write(
            f"All rows read again and equal. Dockets computed anew: {docket.equal:,} equal,"
            f" {docket.other_rules:,} of other rules (the worker computes them again),"
            f" {docket.differ:,} differ."
        )
        if docket.differ:
            self.stdout.write(
                "They differed where they were exported, too; look at: " + ", ".join(docket.named)
            )
        self.stdout.write("Now give each person a password: manage.py changepassword NAME.")
