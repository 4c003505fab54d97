"""The office's endpoints, outcomes and replies in words for a terminal: pure functions, in English."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from apiclient.clock import JST
from apiclient.documents import read_bundle
from apiclient.jpo.catalogue import Endpoint, Parameter
from apiclient.outcomes import Answer, Outcome
from dossiers.refresh.usage import Counter, Minute

SENTENCES = {
    Outcome.OK: "The office answered.",
    Outcome.EMPTY: "The office knows nothing under this. Check the number and the law;"
    " a case just filed appears some days later.",
    Outcome.NO_BODY: "The office holds no document of this kind for the case.",
    Outcome.OUT_OF_RANGE: "The case is not among those the office offers here. Look it up in J-PlatPat.",
    Outcome.DAILY_LIMIT: "The office says that today's limit of this question is reached. Ask tomorrow.",
    Outcome.BUSY: "The office was busy with too many questions. Ask again in a few minutes.",
    Outcome.TIMEOUT: "No answer came in time. Ask again in a few minutes.",
    Outcome.AUTH: "The office refused the user name or password. Check JPO_USERNAME and JPO_PASSWORD.",
    Outcome.BAD_INPUT: "The question is not one the office takes. `office show` tells what it takes.",
    Outcome.WRONG_PATH: "The office does not know the address. Check JPO_BASE_URL.",
    Outcome.DOWN: "The office was not available: maintenance, or the network. Ask again later.",
    Outcome.UNREADABLE: "The answer came but could not be read. It is kept under Office calls, Kept answers,"
    " for an administrator; check the case in J-PlatPat.",
}
_ANSWERS = {
    "json": "JSON",
    "xml": "XML",
    "zip": "a ZIP archive of documents; JSON where there is none",
    "pdf": "a PDF document; JSON or XML where there is none",
}
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def plain(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal obeys instead of showing."""
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in _UNSHOWN else one
        for one in text
    )


def in_japan(at: datetime, form: str = "%Y-%m-%d %H:%M") -> str:
    return f"{at.astimezone(JST).strftime(form)} in Japan"


# --- list and show ----------------------------------------------------------------------------------------


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells in columns; cells that are numbers lean right."""
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def width(text: str) -> int:
    """Columns of a terminal that `text` takes; Japanese letters take two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _padded(cell: str, size: int) -> str:
    space = " " * (size - width(cell))
    return space + cell if cell.isdecimal() or cell == "-" else cell + space


def listing(counters: Iterable[Counter], minutes: Iterable[Minute]) -> list[str]:
    """Every endpoint with its title and today's use, then the running minute."""
    head = ("endpoint", "what it tells", "used", "left", "limit", "says the office")
    rows = [
        (one.name, one.endpoint.title_en, str(one.used), str(one.left), str(one.limit), _reported(one))
        for one in counters
    ]
    lines = table([head, *rows])
    running = ", ".join(f"{one.group} {one.used} of {one.limit}" for one in minutes)
    return [*lines, "", f"In the running minute: {running}."]


def _reported(counter: Counter) -> str:
    return "-" if counter.reported is None else str(counter.reported)


def use(counter: Counter) -> str:
    """Today's use in one line."""
    said = "" if counter.reported is None else f"; the office said {counter.reported}"
    reached = "; the office says that the limit is reached" if counter.exhausted else ""
    others = f" ({counter.elsewhere} of them not by us)" if counter.elsewhere else ""
    return f"{counter.used} of {counter.limit} used today{others}, {counter.left} left{said}{reached}"


def description(counter: Counter) -> list[str]:
    """One endpoint: what it takes, what it gives, what it costs."""
    row = counter.endpoint
    raised = "can be raised on request" if row.raisable else "cannot be raised"
    return [
        f"{row.bucket_name}: {row.title_en} ({row.title_ja})",
        f"Handbook: Table {row.handbook_table}, No. {row.handbook_number}; path {row.path}",
        "",
        "Takes:",
        *[line for parameter in row.parameters for line in _parameter(parameter)],
        "",
        f"Answers with {_ANSWERS[row.answer]}{_type_of(row)}",
        *_fields_of(row),
        "",
        f"Limit a day: published {row.published_limit}, observed {row.observed_limit},"
        f" in force {counter.limit}; {raised}. Shares the minute of {row.group} calls.",
        f"Today: {use(counter)}.",
        "",
        f"Example: manage.py office call {row.bucket_name} {' '.join(map(_quoted, examples(row)))}",
    ]


def examples(row: Endpoint) -> list[str]:
    """Invented arguments that fit."""
    return [parameter.example for parameter in row.parameters]


def _parameter(parameter: Parameter) -> list[str]:
    lines = [f"  {parameter.name} ({parameter.name_ja})", f"    like {parameter.example}"]
    if not parameter.by_kind:
        return [*lines, f"    matches {parameter.pattern}"]
    return [*lines, *[f"    after {kind}: matches {pattern}" for kind, pattern in parameter.by_kind.items()]]


def _type_of(row: Endpoint) -> str:
    return f", read as {row.reply.__name__}:" if row.reply else "."


def _fields_of(row: Endpoint) -> list[str]:
    return [f"  {_spaced(one.name)}: {one.type}" for one in fields(row.reply)] if row.reply else []


def _quoted(argument: str) -> str:
    return argument if argument.isascii() and " " not in argument else f"'{argument}'"


# --- an answer --------------------------------------------------------------------------------------------


def outcome(answer: Answer) -> list[str]:
    """What came of a call: a sentence that says what to do, then the office's own words."""
    sent = f"{answer.attempts} request{'s' if answer.attempts != 1 else ''} sent"
    if answer.outcome is Outcome.EMPTY and not answer.attempts:
        sent = "not asked again: the office said so earlier today"
    facts = [str(answer.outcome), sent]
    facts += [f"code {answer.status_code}"] if answer.status_code else []
    facts += [f"HTTP {answer.http_status}"] if answer.http_status is not None else []
    facts += ["given by a cache before the office"] if answer.edge_cached else []
    lines = [f"{SENTENCES[answer.outcome]} ({plain(', '.join(facts))})"]
    problems = [problem for problem in answer.problems if problem != answer.message]
    lines += [f"Said: {plain(answer.message)}"] if answer.message else []
    return lines + [f"Not as expected: {plain(problem)}" for problem in problems]


def content(answer: Answer) -> list[str]:
    """The typed reply, indented; for documents the list of what came."""
    if answer.reply is not None:
        return [f"{type(answer.reply).__name__}:", *_value(answer.reply, "  ")]
    if answer.outcome is not Outcome.OK:
        return []
    if answer.body.startswith(b"PK"):
        return _archive(answer.body)
    return [f"A file of {len(answer.body)} bytes; --save keeps it."]


def _archive(body: bytes) -> list[str]:
    bundle = read_bundle(body)
    rows = [(member.media_type, str(len(member.data)), plain(member.name)) for member in bundle.members]
    return [
        f"An archive of {len(body)} bytes with {len(rows)} files:",
        *[f"  {line}" for line in table([("kind", "bytes", "name"), *rows])],
        *[f"Not as expected: {plain(problem)}" for problem in bundle.problems],
    ]


def _value(thing: Any, indent: str) -> list[str]:
    lines: list[str] = []
    for one in fields(thing):
        lines += _entry(_spaced(one.name), getattr(thing, one.name), indent)
    return lines


def _entry(name: str, value: Any, indent: str) -> list[str]:
    if is_dataclass(value):
        return [f"{indent}{name}:", *_value(value, indent + "  ")]
    if not isinstance(value, tuple):
        return [f"{indent}{name}: {_scalar(value)}"]
    if not value:
        return [f"{indent}{name}: none"]
    if not any(is_dataclass(item) for item in value):
        return [f"{indent}{name}: {', '.join(map(_scalar, value))}"]
    lines = [f"{indent}{name}: {len(value)}"]
    for item in value:
        first, *rest = _value(item, indent + "    ")
        lines += [f"{indent}  - {first.strip()}", *rest]
    return lines


def _scalar(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value.isoformat() if isinstance(value, date) else str(value))


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def for_machines(answer: Answer, before: Counter, after: Counter) -> dict[str, Any]:
    """The whole call as JSON values; the body by its length and hash, an archive by its members."""
    return {
        "endpoint": answer.endpoint.bucket_name,
        "arguments": list(answer.arguments),
        "outcome": str(answer.outcome),
        "sentence": SENTENCES[answer.outcome],
        "status_code": answer.status_code,
        "http_status": answer.http_status,
        "message": answer.message,
        "remaining": answer.remaining,
        "attempts": answer.attempts,
        "edge_cached": answer.edge_cached,
        "received_at": answer.received_at,
        "problems": list(answer.problems),
        "reply": asdict(answer.reply) if answer.reply is not None else None,
        "body": _body(answer.body),
        "quota": {"before": _quota(before), "after": _quota(after)},
    }


def _body(body: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    if body.startswith(b"PK"):
        bundle = read_bundle(body)
        told["members"] = [{"name": one.name, "bytes": len(one.data)} for one in bundle.members]
        told["problems"] = list(bundle.problems)
    return told


def _quota(counter: Counter) -> dict[str, Any]:
    return {
        "limit": counter.limit,
        "used": counter.used,
        "left": counter.left,
        "reported": counter.reported,
        "exhausted": counter.exhausted,
    }
