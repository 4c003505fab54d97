"""What is kept about one person: taken along, or erased."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dossiers.models import User, record
from dossiers.personal import erasing, taking

_WHY = {
    "erased_already": "They have been erased already.",
    "last_administrator": "They are the last administrator: nobody could let anybody in any more.",
    "still_works": "They can still sign in: switch them off first (Settings, People).",
    "still_in_charge": "They are in charge of {cases} cases: give these to somebody else first.",
    "still_behind_walls": (
        "They are in charge of cases behind walls: somebody inside must give these to somebody else first."
    ),
}


class Command(BaseCommand):
    help = (
        "“export NAME FILE” writes everything that is kept about a person as JSON. “erase NAME” says what"
        " would be erased of somebody who has left; with --confirm NAME it is. What they confirmed stays,"
        " under a pseudonym."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["export", "erase"])
        parser.add_argument("name", help="their user name")
        parser.add_argument("file", type=Path, nargs="?", help="written anew; of an export")
        parser.add_argument("--confirm", default="", help="the user name once more: erases them")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"Nobody here is called {options['name']!r}.")
        if options["act"] == "export":
            self._export(user, options["file"])
        else:
            self._erase(user, options["confirm"])

    def _export(self, user: User, path: Path | None) -> None:
        if path is None:
            raise CommandError("Name the file to write to.")
        record("person.export", user=user.pk)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.writelines(taking.of_person(user))
        except OSError as error:
            raise CommandError(f"{path} could not be written: {error.strerror}.") from error
        self.stdout.write(f"{path} holds what is kept about {user.username}.")

    def _erase(self, user: User, confirmed: str) -> None:
        name, told = user.username, erasing.preview(user)
        if told.refused:
            raise CommandError(_WHY[told.refused.code].format(cases=told.refused.cases))
        if confirmed != name:
            for table, rows in told.goes.items():
                self.stdout.write(f"{rows:>10,}  {table}: goes")
            for what, rows in told.stays.items():
                self.stdout.write(f"{rows:>10,}  {what}: stay under a pseudonym")
            raise CommandError(f"Nothing was erased. To do it: --confirm {name}")
        erasing.erase(user)
        self.stdout.write(f"Erased. What they answered for stays under “{erasing.pseudonym(user)}”.")
