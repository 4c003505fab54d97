"""The whole docket as one file, to be kept or restored elsewhere."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dossiers import archive
from dossiers.audit import chain
from dossiers.models import record


class Command(BaseCommand):
    help = (
        "Writes everything the docket holds to one file, while people go on working: cases, the office's"
        " answers as received, time limits with their history, lists, people. Passwords, tokens and keys of"
        " other systems are left out; docs/archive.md says what else. Whoever has the file has the docket."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="written anew; an existing file is not replaced")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.exists():
            raise CommandError(f"{path} is there already: choose another name.")
        part = path.with_name(f"{path.name}.part")
        record("docket.export", file=path.name)
        chain.put_in_order()
        sealed = chain.newest()
        try:
            _write(part, self._tell)
            part.rename(path)
        except OSError as error:
            raise CommandError(f"{path} could not be written: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{path} holds the docket, {path.stat().st_size:,} bytes.")
        self.stdout.write(f"The newest seal of the audit trail in it: {sealed}")

    def _tell(self, name: str, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{name}: {rows:,} rows\033[K", ending="")


def _write(part: Path, tell: Any) -> None:
    """Nobody but the owner may read it; it is whole on disk before it gets its name."""
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in archive.write(tell):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
