"""Run the office in miniature on a loopback port."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apiclient.quota import PER_MINUTE
from apiclient.sandbox import PASSWORD, USERNAME
from apiclient.sandbox.office import Office
from apiclient.sandbox.server import SandboxServer
from apiclient.sandbox.state import StateError


class Command(BaseCommand):
    help = "Serve an invented patent office on loopback, for demonstrations and trials."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
        parser.add_argument("--port", type=int, default=8790)
        parser.add_argument("--seed", type=int, default=1, help="which world")
        parser.add_argument("--cases", type=int, default=5000, help="how many applications it holds")
        parser.add_argument("--state-dir", type=Path, help="keeps clock, counters and added documents")
        parser.add_argument(
            "--per-minute", type=int, default=PER_MINUTE["domestic"], help="calls a minute; 0 for no limit"
        )
        parser.add_argument(
            "--opd-per-minute", type=int, default=PER_MINUTE["opd"], help="of the dossier; 0 for no limit"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            office = Office(
                options["seed"],
                options["cases"],
                state_dir=options["state_dir"],
                per_minute=options["per_minute"] or None,
                opd_per_minute=options["opd_per_minute"] or None,
            )
            server = SandboxServer(office, options["host"], options["port"])
        except (StateError, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        # A plain stop must also hang up on kept connections, and close() may not run in the serving thread.
        signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.close).start())
        self.stdout.write(f"Sandbox office at {server.url} (user {USERNAME}, password {PASSWORD})")
        self.stdout.write(
            f"It is {office.now():%Y-%m-%d %H:%M} in Japan there. Control: {server.url}/_sandbox/"
        )
        self.stdout.flush()
        try:
            server.serve_forever(0.2)
        except KeyboardInterrupt:
            server.server_close()
