"""One look at whether everything works, for a timer: mails administrators when a part has stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import translation

from dossiers.alerts import outage_mail
from dossiers.alerts.part_words import NAMES, why
from dossiers.runtime.watcher import Seen, Watcher


class Command(BaseCommand):
    help = (
        "Looks once at all parts that must not stop and mails administrators: when one has stopped, again "
        "every few hours, and when it works again. Ends with 0 if all is well, with 1 if not. Run it from "
        "cron or a systemd timer, every five minutes, also beside a worker."
    )
    requires_system_checks: list[str] = []  # they must not keep it from telling

    def add_arguments(self, parser: CommandParser) -> None:
        default_dir = settings.DEMO_DIR if settings.DEMO else settings.VAR_DIR
        parser.add_argument("--run-dir", type=Path, default=default_dir, help="where its small file is")
        parser.add_argument("--trial", action="store_true", help="only send each administrator a trial mail")

    def handle(self, *args: Any, run_dir: Path, trial: bool, verbosity: int, **options: Any) -> None:
        if trial:
            self._trial()
            return
        run_dir.mkdir(parents=True, exist_ok=True)
        seen = Watcher(run_dir).look()
        if seen is None:
            self.stdout.write("Another look is under way.")
            return
        with translation.override("en"):
            self._say(seen, verbosity)
        if not seen.well:
            sys.exit(1)

    def _trial(self) -> None:
        try:
            people = outage_mail.readers()
        except DatabaseError as error:
            raise CommandError(f"The database does not answer: {error}") from None
        try:
            sent = outage_mail.send_trial(people)
        except OSError as error:
            raise CommandError(f"The mail server did not take it: {error}") from None
        if not sent:
            raise CommandError(
                "Nobody would be told: no active administrator has an address. Set IPPORTAL_WATCH_MAIL."
            )
        self.stdout.write(f"{sent} trial mail(s) sent.")

    def _say(self, seen: Seen, verbosity: int) -> None:
        """Nothing where all is well, so that cron mails nothing; more for whoever looks at a terminal."""
        if not seen.database:
            self.stdout.write("The database does not answer: nothing can be judged.")
        for one in seen.found:
            if one.late or verbosity > 1 or sys.stdout.isatty():
                self.stdout.write(f"{NAMES[one.part.name]}: {why(one.reason, one.age, one.waiting)}")
        if seen.told:
            self.stdout.write(f"Told {seen.sent} of {seen.readers} people.")
