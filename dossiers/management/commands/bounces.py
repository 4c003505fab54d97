"""Read reports of undeliverable mail, from the mailbox they arrive in or one from standard input."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from dossiers import clock
from dossiers.alerts import bounce_mailbox, bounces

TRY_AGAIN = 75  # EX_TEMPFAIL: a mail server that pipes a report here keeps it and tries again

_WORDS = {
    bounces.Outcome.HARD: "mailbox not there",
    bounces.Outcome.SOFT: "not delivered now",
    bounces.Outcome.KNOWN: "read before",
    bounces.Outcome.NO_FAILURE: "no report of a failure",
    bounces.Outcome.NOT_OURS: "not signed by us",
}


class Command(BaseCommand):
    help = (
        "Read reports of undeliverable mail from IPPORTAL_BOUNCE_MAILBOX, or one from standard input. "
        "Docs: docs/operating.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stdin", action="store_true", help="one report, as a mail server pipes it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self._one() if options["stdin"] else self._mailbox()
        except DatabaseError as error:
            self.stderr.write(f"The database is away: {error}")
            sys.exit(TRY_AGAIN)
        told = ", ".join(f"{found[outcome]} {words}" for outcome, words in _WORDS.items() if found[outcome])
        self.stdout.write(f"{sum(found.values())} read{': ' if told else ''}{told}")

    def _one(self) -> Counter[bounces.Outcome]:
        raw = sys.stdin.buffer.read(bounces.LARGEST)
        while sys.stdin.buffer.read(65536):
            pass  # a mail server whose pipe is closed early takes that for a failure
        return Counter([bounces.take(raw, clock.now())])

    def _mailbox(self) -> Counter[bounces.Outcome]:
        if not settings.BOUNCE_MAILBOX:
            raise CommandError("Set IPPORTAL_BOUNCE_MAILBOX, or give a report with --stdin.")
        try:
            return bounce_mailbox.read(settings.BOUNCE_MAILBOX, clock.now())
        except bounce_mailbox.MailboxError as error:
            raise CommandError(str(error)) from error
