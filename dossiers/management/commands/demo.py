"""Show the application at work, against an invented office on this machine."""

from __future__ import annotations

import shutil
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.runtime import processes
from dossiers.runtime.demonstration import Demonstration, Wish
from dossiers.runtime.stack import NotReady, Stopped


class Command(BaseCommand):
    help = "Runs the demonstration: pages, worker, invented office and mailbox. Ctrl-C ends all of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dir", type=Path, default=settings.VAR_DIR / "demo", help="where it keeps all")
        parser.add_argument("--port", type=int, default=8000, help="of the pages; a free one if taken")
        parser.add_argument("--mail-port", type=int, default=8025)
        parser.add_argument("--office-port", type=int, default=8026)
        parser.add_argument("--per-minute", type=int, default=120, help="calls the office allows (10 really)")
        parser.add_argument("--office-cases", type=int, default=5000, help="applications the office holds")
        parser.add_argument("--seed-cases", type=int, default=40, help="cases in the docket to begin with")
        parser.add_argument("--reset", action="store_true", help="forget the last demo, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["dir"].resolve()
        try:
            if options["reset"]:
                self._reset(folder)
            else:
                self._run(folder, options)
        except processes.AlreadyRunning:
            raise CommandError(
                f"A demonstration is running in {folder} already. Stop it first, or give another --dir."
            ) from None
        except NotReady as error:
            raise CommandError(str(error)) from None
        except Stopped:
            return

    def _reset(self, folder: Path) -> None:
        processes.lock(folder / "demo.lock")
        for lock in folder.glob("*.lock"):
            if lock.name != "demo.lock":
                processes.lock_killing_leftovers(lock)
        shutil.rmtree(folder)
        self.stdout.write("The demonstration will start over.")

    def _run(self, folder: Path, options: dict[str, Any]) -> None:
        wish = Wish(
            folder=folder,
            per_minute=options["per_minute"],
            office_cases=options["office_cases"],
            seed_cases=options["seed_cases"],
            ports=(options["port"], options["mail_port"], options["office_port"]),
        )
        demonstration = Demonstration(wish, settings.BASE_DIR, self._say)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: demonstration.stop())
        demonstration.run()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
