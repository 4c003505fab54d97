"""The office from a terminal, for support staff: what can be asked, how much is used, and one question."""

from __future__ import annotations

import difflib
import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from apiclient import numbers
from apiclient.jpo.catalogue import ENDPOINTS, BadArgument, Endpoint, endpoint_named
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Purpose
from dossiers import clock
from dossiers.management import ipaustralia
from dossiers.management import office_words as words
from dossiers.refresh import circuit, office, usage

NO_ANSWER, WRONG_USE = 1, 2
_MOST_SUGGESTED = 5
# What an endpoint calls a kind of number, and what the reader of numbers calls it.
_KINDS = {
    "application": ("application",),
    "publication": ("publication", "national_publication"),
    "registration": ("registration",),
    "international_application": ("pct_application",),
    "international_publication": ("pct_publication",),
}


class Command(BaseCommand):
    help = (
        "Lists what the office can be asked, shows one question, or asks it. Calls count like all others."
        " Ends with 0 if the office answered, 1 if it did not or had nothing, 2 if it was not asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="all endpoints with today's use")
        show = actions.add_parser("show", help="what an endpoint takes, gives and costs")
        show.add_argument("endpoint", help="as listed: patent/app_progress")
        call = actions.add_parser("call", help="ask the office")
        call.add_argument("endpoint", help="as listed: patent/app_progress")
        call.add_argument("arguments", nargs="*", metavar="ARG", help="numbers as people write them will do")
        form = call.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="everything as JSON, for machines")
        form.add_argument("--raw", action="store_true", help="the office's bytes and nothing else")
        form.add_argument("--save", type=Path, metavar="FILE", help="keep the office's bytes in a new file")
        call.add_argument("--force", action="store_true", help="let --save replace a file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._do(options)
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used: {error}. `manage.py migrate` makes its tables.",
                returncode=WRONG_USE,
            ) from error

    def _do(self, options: dict[str, Any]) -> None:
        foreign = ipaustralia.service(options.get("endpoint", ""))
        if options["action"] == "list":
            self._say(words.listing(usage.counters(), usage.minutes(clock.now())))
            self._say(["", *ipaustralia.listing()])
        elif foreign and options["action"] == "show":
            self._say(ipaustralia.description(foreign))
        elif foreign:
            self._call_ipaustralia(foreign, options)
        elif options["action"] == "show":
            self._say(words.description(_counter(_endpoint(options["endpoint"]))))
        else:
            self._call(_endpoint(options["endpoint"]), tuple(options["arguments"]), options)

    def _call(self, row: Endpoint, typed: tuple[str, ...], options: dict[str, Any]) -> None:
        arguments = _understood(row, typed)
        _check(row, arguments)
        if options["raw"]:
            self._refuse_a_terminal(row.is_document)
        if options["save"]:
            _check_file(options["save"], force=options["force"])
        before = _counter(row)
        answer = _ask(row, arguments)
        after = _counter(row)
        if options["json"]:
            self._say([_json(words.for_machines(answer, before, after))])
        else:
            self._report(answer, typed, before, after, aside=options["raw"], content=not options["save"])
        if options["raw"]:
            self._raw(answer.body)
        if options["save"]:
            self._save(answer, options["save"], force=options["force"])
        if answer.outcome is not Outcome.OK:
            sys.exit(NO_ANSWER)

    def _call_ipaustralia(self, service: ipaustralia.Service, options: dict[str, Any]) -> None:
        if options["raw"] or options["save"]:
            raise CommandError("IP Australia's answers come as words or --json.", returncode=WRONG_USE)
        try:
            found = ipaustralia.ask(service, options["arguments"])
        except ipaustralia.CannotAsk as error:
            raise CommandError(f"{error} Nothing was asked.", returncode=WRONG_USE) from None
        if options["json"]:
            self._say([_json(ipaustralia.for_machines(service, found))])
        else:
            self._say([f"{service.name}: {service.title}", *ipaustralia.answer(found)])
        if found.outcome is not Outcome.OK:
            sys.exit(NO_ANSWER)

    def _report(
        self,
        answer: Answer,
        typed: tuple[str, ...],
        before: usage.Counter,
        after: usage.Counter,
        *,
        aside: bool,
        content: bool,
    ) -> None:
        """What was asked and what came of it; `aside` of the output that holds the office's own bytes."""
        asked = " ".join(map(words.plain, answer.arguments))
        read_from = f" (read from {words.plain(' '.join(typed))})" if typed != answer.arguments else ""
        lines = [
            f"{before.name}: {before.endpoint.title_en} ({before.endpoint.title_ja})",
            f"Asked about: {asked}{read_from}",
            f"Before: {words.use(before)}.",
            *words.outcome(answer),
            f"After: {words.use(after)}.",
        ]
        if content and not aside and (told := words.content(answer)):
            lines += ["", *told]
        self._say(lines, aside=aside)

    def _say(self, lines: list[str], *, aside: bool = False) -> None:
        text = "\n".join(lines)
        if aside:
            self.stderr.write(text, self.style.NOTICE)
        else:
            self.stdout.write(text)

    # --- bytes --------------------------------------------------------------------------------------------

    def _refuse_a_terminal(self, binary: bool) -> None:
        if binary and self.stdout.isatty():
            raise CommandError(
                "These are the bytes of a file, which would upset the terminal. Use --save FILE, or send them"
                " on with > or |. Nothing was asked.",
                returncode=WRONG_USE,
            )

    def _raw(self, body: bytes) -> None:
        if self.stdout.isatty() and not _is_text(body):
            raise CommandError(
                f"What came is no plain text ({len(body)} bytes) and would upset the terminal.",
                returncode=NO_ANSWER,
            )
        self.stdout.buffer.write(body)
        self.stdout.buffer.flush()

    def _save(self, answer: Answer, path: Path, *, force: bool) -> None:
        if answer.outcome not in (Outcome.OK, Outcome.UNREADABLE) or not answer.body:
            self.stdout.write(f"{path} was not written.")
            return
        try:
            _write_whole(path, answer.body, force=force)
        except OSError as error:
            raise CommandError(
                f"The answer came, but {path} could not be written: {error}.", returncode=NO_ANSWER
            ) from error
        self.stdout.write(f"{len(answer.body)} bytes are in {path}.")


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _endpoint(name: str) -> Endpoint:
    try:
        return endpoint_named(name)
    except LookupError:
        known = [row.bucket_name for row in ENDPOINTS] + [one.name for one in ipaustralia.SERVICES]
        tail = name.rpartition("/")[2]
        near = [one for one in known if tail and one.endswith(f"/{tail}")]
        near += [
            one for one in difflib.get_close_matches(name, known, _MOST_SUGGESTED, 0.5) if one not in near
        ]
        meant = f" Did you mean {' or '.join(near[:_MOST_SUGGESTED])}?" if near else ""
        raise CommandError(
            f"There is no endpoint {words.plain(name)}.{meant} `office list` shows all.",
            returncode=WRONG_USE,
        ) from None


def _counter(row: Endpoint) -> usage.Counter:
    return usage.counters([row])[0]


def _understood(row: Endpoint, typed: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, with numbers as people write them in the form the office takes where that is certain."""
    arguments: list[str] = []
    for parameter, argument in zip(row.parameters, typed, strict=False):
        kind = arguments[-1] if arguments and arguments[-1] in _KINDS else ""
        kind = kind or ("application" if "application number" in parameter.name else "")
        docdb = "DOCDB" in parameter.name
        arguments.append(_number(argument, row.law, kind, docdb=docdb) if kind in _KINDS else argument)
    return (*arguments, *typed[len(row.parameters) :])


def _number(text: str, law: str, kind: str, *, docdb: bool) -> str:
    """The one number of `kind` under `law` that `text` can be; `text` itself if there is none or several."""
    found = {
        reading.canonical
        for reading in numbers.parse(text)
        if reading.kind in _KINDS[kind] and reading.law in (None, law)
    }
    if len(found) != 1:
        return text
    number = found.pop()
    return f"JP.{number}.A" if docdb else number


def _check(row: Endpoint, arguments: tuple[str, ...]) -> None:
    try:
        row.url_path(*arguments)
        "/".join(arguments).encode()
    except (BadArgument, UnicodeEncodeError) as error:
        reason = str(error) if isinstance(error, BadArgument) else "the arguments are no readable text"
        fitting = " ".join(words.examples(row))
        raise CommandError(
            f"{words.plain(reason[:1].upper() + reason[1:])}. It takes for example: {fitting}."
            " Nothing was asked.",
            returncode=WRONG_USE,
        ) from None


def _ask(row: Endpoint, arguments: tuple[str, ...]) -> Answer:
    try:
        return office.ask(row.scope, row.name, *arguments, purpose=Purpose.PERSON)
    except DailyLimitReached as limit:
        raise CommandError(
            f"No call of {row.bucket_name} is left today. Ask again from {words.in_japan(limit.until)}."
            " Nothing was sent.",
            returncode=NO_ANSWER,
        ) from None
    except MinuteLimitReached as limit:
        raise CommandError(
            f"The running minute of {row.group} calls is full. Ask again at"
            f" {words.in_japan(limit.retry_at, '%H:%M:%S')}. Nothing was sent.",
            returncode=NO_ANSWER,
        ) from None
    except circuit.Paused as pause:
        raise CommandError(
            f"The office is not asked before {words.in_japan(pause.until, '%H:%M:%S')}, for it failed several"
            f" times or refused the ID ({pause.outcome}). Nothing was sent.",
            returncode=NO_ANSWER,
        ) from None
    except office.NoCredentials:
        raise CommandError(
            "No user name and password of the office are set: JPO_USERNAME and JPO_PASSWORD give them.",
            returncode=WRONG_USE,
        ) from None


# --- files ------------------------------------------------------------------------------------------------


def _check_file(path: Path, *, force: bool) -> None:
    """Known before a call is spent: whether the file may be written."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise CommandError(f"{path} cannot be written. Nothing was asked.", returncode=WRONG_USE)
    if (path.exists() or path.is_symlink()) and not force:
        raise CommandError(f"{path} exists; --force replaces it. Nothing was asked.", returncode=WRONG_USE)


def _write_whole(path: Path, body: bytes, *, force: bool) -> None:
    """All of `body` under `path`, or nothing; OSError, also where somebody else has made `path` meanwhile."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:100]}.", delete=False) as made:
        half = Path(made.name)
        try:
            made.write(body)
            made.flush()
            os.fsync(made.fileno())
            if force:
                half.replace(path)
            else:
                os.link(half, path)
        finally:
            half.unlink(missing_ok=True)


def _is_text(body: bytes) -> bool:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return all(words.plain(one) == one or one in "\t\r\n\ufeff" for one in set(text))
