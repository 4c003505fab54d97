"""Fill an empty database with an invented docket of any size."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dossiers.demo import docket


class Command(BaseCommand):
    help = "Adds invented cases, with documents, limits, families, texts and people, until there are so many."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, required=True, help="cases in the docket when it is done")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another docket")
        parser.add_argument("--people", type=int, default=0, help="0: as the cases need")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.JPO_USERNAME and not settings.DEMO:
            raise CommandError(
                "JPO_USERNAME is set: the office itself would be asked about invented cases. "
                "Take the office's credentials away from this installation first."
            )
        if options["cases"] < 1 or options["people"] < 0:
            raise CommandError("--cases must be 1 or more, and --people not negative.")
        try:
            grown = docket.grow(
                options["cases"], seed=options["seed"], people=options["people"], told=self._told
            )
        except docket.NotEmpty:
            raise CommandError(
                "This database holds cases that were not invented here. "
                "Name an empty database in DATABASE_URL and run `manage.py migrate` in it."
            ) from None
        self.stdout.write(f"{grown.cases} cases with {grown.documents} documents.")

    def _told(self, cases: int) -> None:
        if cases % (10 * docket.PROTOTYPES) == 0:
            self.stdout.write(f"{cases} cases")
