"""Compare the real office with the sandbox: a few calls, counted and on record like any other."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apiclient import numbers
from apiclient.jpo.catalogue import Endpoint
from apiclient.outcomes import Answer
from apiclient.quota import Purpose
from apiclient.verification import (
    Difference,
    Question,
    Reference,
    Report,
    questions_about,
    reference_office,
    sandbox_answers,
    verify,
)
from dossiers.refresh import circuit, office

LAWS = ("patent", "design", "trademark")
_SAMPLE = 40


class Command(BaseCommand):
    help = (
        "Asks the office about applications you name, at most --budget calls, and tells every difference of "
        "shape between its replies and the sandbox's. Case contents are neither shown nor kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for law in LAWS:
            parser.add_argument(f"--{law}", metavar="NUMBER", help=f"a {law} application to ask about")
        parser.add_argument("--dossier", action="store_true", help="ask the One Portal Dossier as well")
        parser.add_argument("--budget", type=int, default=10, help="calls at most (default 10)")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = {law: _number(law, options[law]) for law in LAWS if options[law]}
        if not numbers:
            raise CommandError("Name an application: --patent, --design or --trademark NUMBER.")
        if options["budget"] < 1:
            raise CommandError("The budget is at least one call.")
        questions = questions_about(numbers, dossier=options["dossier"])
        self.stdout.write(f"Asking {settings.JPO_BASE_URL}, at most {options['budget']} calls.")
        try:
            report = verify(_ask, questions, options["budget"], _reference(questions))
        except circuit.Paused as pause:
            raise CommandError(f"Stopped: {pause}.") from None
        except office.NoCredentials:
            raise CommandError(
                "No ID and password are set: JPO_USERNAME and JPO_PASSWORD give them."
            ) from None
        self._tell(report)
        if report.differences or report.problems:
            raise CommandError("The office and the sandbox differ.", returncode=1)

    def _tell(self, report: Report) -> None:
        for answer in report.asked:
            left = "" if answer.remaining is None else f", {answer.remaining} left today"
            self.stdout.write(f"  asked   {answer.endpoint.bucket_name}: {answer.outcome}{left}")
        for question, why in report.unasked:
            self.stdout.write(f"  unasked {question.endpoint.bucket_name}: {why}")
        for heading, found in (("Differences", report.differences), ("Not understood", report.problems)):
            if found:
                self.stdout.write(f"{heading}:")
            for one in found:
                self.stdout.write(f"  {_line(one)}")
        if not report.differences and not report.problems:
            self.stdout.write("No difference of shape was seen.")


def _number(law: str, text: str) -> str:
    for reading in numbers.parse(text):
        if reading.kind == "application" and reading.law in (law, None):
            return reading.canonical
    raise CommandError(f"This is no {law} application number: {text}")


def _reference(questions: tuple[Question, ...]) -> Reference:
    rows = {question.endpoint.bucket_name: question.endpoint for question in questions}
    with reference_office() as (sandbox, client):
        return Reference.of(sandbox_answers(sandbox, client, rows.values(), _SAMPLE))


def _ask(endpoint: Endpoint, *arguments: str) -> Answer:
    return office.ask(endpoint.scope, endpoint.name, *arguments, purpose=Purpose.PERSON)


def _line(one: Difference) -> str:
    return f"{one.endpoint} {one.where}: {one.sentence}"
