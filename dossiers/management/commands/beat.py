"""A sign of life of something that runs outside the portal: for the end of the backup's script."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dossiers.alerts import heartbeats


class Command(BaseCommand):
    help = "Notes that a backup was made, so that the status page and the watcher know."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=[heartbeats.BACKUP])

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        heartbeats.beat(name, done=1)
        self.stdout.write("Noted.")
