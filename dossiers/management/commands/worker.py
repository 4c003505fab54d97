"""Do the background work: refresh cases, deliver alerts."""

from __future__ import annotations

import signal
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dossiers.runtime import processes
from dossiers.runtime.watcher import EVERY
from dossiers.runtime.worker import AWAY_FOR, BACK_FOR, LOOK_EVERY, Manner, Worker, usual_manner

_MANNER = ("patience", "grace", "look_every", "probe_every", "watch_every", "away_for", "back_for")


class Command(BaseCommand):
    help = "Runs the task cluster and starts it again whenever it stops moving. Ctrl-C or SIGTERM ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        usual = usual_manner()
        default_dir = settings.DEMO_DIR if settings.DEMO else settings.VAR_DIR
        parser.add_argument("--run-dir", type=Path, default=default_dir, help="where the lock files are")
        parser.add_argument("--tasks", default="dossiers.tasks", help="the module with SCHEDULES and ring()")
        parser.add_argument("--patience", type=float, default=usual.patience, help="seconds without progress")
        parser.add_argument("--grace", type=float, default=usual.grace, help="seconds a stop may take")
        parser.add_argument("--look-every", type=float, default=LOOK_EVERY)
        parser.add_argument("--probe-every", type=float, default=usual.probe_every)
        parser.add_argument(
            "--watch-every", type=float, default=EVERY, help="seconds between looks at all parts"
        )
        parser.add_argument(
            "--away-for", type=float, default=AWAY_FOR, help="seconds until a queue is taken for away"
        )
        parser.add_argument(
            "--back-for", type=float, default=BACK_FOR, help="seconds until it is taken for back"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        manner = Manner(*(options[name] for name in _MANNER))
        worker = Worker(import_module(options["tasks"]), options["run_dir"], manner)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        try:
            worker.run()
        except processes.AlreadyRunning as error:
            raise CommandError(f"A worker is at work already: {error}.") from None
