"""The reference page of the office's endpoints, from the catalogue: `python -m apiclient.reference`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from apiclient.jpo.catalogue import ENDPOINTS, Endpoint, Parameter

_SCOPES = {
    "patent": "Patents",
    "design": "Designs",
    "trademark": "Trademarks",
    "opd": "One Portal Dossier (OPD)",
}
_ABOUT = """\
# Reference

Written by `make reference` from `apiclient/jpo/catalogue.py` and the replies' own words; do not edit it here.

An endpoint is asked with `client.call(endpoint("patent", "app_progress"), "2020123456")`. Limits are calls a
day of one ID: published in the handbook, and observed in answers since 2026. All domestic endpoints together
take 10 calls a minute, those of OPD 5. Answers of the kinds zip and pdf are files and come in `Answer.body`;
the others come typed in `Answer.reply`.
"""


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([_ABOUT, *_endpoints(), *_parameters(), *_replies()])


def _endpoints() -> Iterator[str]:
    for scope, title in _SCOPES.items():
        rows = [row for row in ENDPOINTS if row.scope == scope]
        yield f"## {title}: handbook table {rows[0].handbook_table}\n"
        yield "| no. | name | what it tells | asked with | answer | published | observed |"
        yield "|---|---|---|---|---|---|---|"
        yield from (_endpoint(row) for row in rows)
        yield ""
        yield f"Path: `{rows[0].path.rsplit('/', 1)[0]}/NAME/…`\n"


def _endpoint(row: Endpoint) -> str:
    asked = ", ".join(parameter.name for parameter in row.parameters)
    example = ", ".join(f"`{parameter.example}`" for parameter in row.parameters)
    answer = (
        f"{row.answer}: [{row.reply.__name__}](#{row.reply.__name__.lower()})" if row.reply else row.answer
    )
    cells = (
        str(row.handbook_number),
        f"`{row.name}`",
        f"{row.title_en}<br>{row.title_ja}",
        f"{asked}<br>{example}",
        answer,
        str(row.published_limit),
        str(row.observed_limit),
    )
    return f"| {' | '.join(cells)} |"


def _parameters() -> Iterator[str]:
    yield "## Parameters\n"
    yield "Matched whole, as regular expressions; none may hold a tab or one of `, : ; |`.\n"
    yield "| parameter | grammar | example | of |"
    yield "|---|---|---|---|"
    users: dict[tuple[str, str, str], list[str]] = {}
    for row in ENDPOINTS:
        for parameter in row.parameters:
            key = (f"{parameter.name}<br>{parameter.name_ja}", _grammar(parameter), f"`{parameter.example}`")
            users.setdefault(key, []).append(row.bucket_name)
    for key, names in users.items():
        of = ", ".join(f"`{name}`" for name in names) if len(names) < 5 else f"{len(names)} endpoints"
        yield f"| {' | '.join(key)} | {of} |"
    yield ""


def _grammar(parameter: Parameter) -> str:
    kinds = [f"after {kind}: {_code(pattern)}" for kind, pattern in parameter.by_kind.items()]
    return "<br>".join(kinds or [_code(parameter.pattern)])


def _code(text: str) -> str:
    return "`" + text.replace("|", r"\|") + "`"


def _replies() -> Iterator[str]:
    yield "## Replies\n"
    yield "Immutable; absent values are `None` or `()`, and what no field fits is in `extras`.\n"
    known: list[type] = []
    for row in ENDPOINTS:
        if row.reply is not None:
            _collect(row.reply, known)
    for reply in known:
        yield f"### {reply.__name__}\n"
        yield f"{inspect.getdoc(reply)}\n"
        yield "| field | type |"
        yield "|---|---|"
        yield from (f"| `{one.name}` | {_code(str(one.type))} |" for one in fields(reply))
        yield ""


def _collect(kind: Any, known: list[type]) -> None:
    """Add `kind` to `known` if it is one of our data types, then those its fields are made of."""
    for part in get_args(kind):
        _collect(part, known)
    if isinstance(kind, type) and is_dataclass(kind) and kind not in known:
        known.append(kind)
        for hint in get_type_hints(kind).values():
            _collect(hint, known)


if __name__ == "__main__":
    sys.stdout.write(page())
