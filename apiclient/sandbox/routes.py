"""Which question a path puts, and what the office finds wrong with it, as the catalogue says."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from apiclient.jpo.catalogue import ENDPOINTS, BadArgument, Endpoint

PREFIXES = ("/api/", "/opdapi/")
FORBIDDEN = frozenset("\t,:;|")
OPD_OFFICES = ("JP", "US", "EP", "CN", "KR")
_BY_PATH = {row.path: row for row in ENDPOINTS}


@dataclass(frozen=True, slots=True)
class Query:
    """An endpoint and its unquoted arguments."""

    endpoint: Endpoint
    arguments: tuple[str, ...]

    @property
    def bucket(self) -> str:
        return self.endpoint.bucket_name


def parsed(path: str) -> Query | None:
    """The question of a percent-encoded path; None where the office has no such address."""
    parts = path.split("/")
    row = _BY_PATH.get("/".join(parts[:5]))
    arguments = tuple(unquote(part) for part in parts[5:])
    if row is None or len(arguments) != len(row.parameters):
        return None
    return Query(row, arguments)


def bucket_of(path: str) -> str:
    query = parsed(path)
    return query.bucket if query else ""


def refusal(query: Query) -> str | None:
    """The code with which the office refuses the arguments before it looks for a case, if it does.

    Of the domestic endpoints only those with a kind of number look at the form (204); to the others a
    misshapen number is one that does not exist. That OPD refuses in the same words is inferred.
    """
    if any(FORBIDDEN & set(argument) for argument in query.arguments):
        return "208"
    row = query.endpoint
    takes_kind = row.parameters[0].name == "kind of number"
    if (takes_kind or row.group == "opd") and not _well_formed(query):
        return "204"
    return "111" if _out_of_range(query) else None


def _well_formed(query: Query) -> bool:
    try:
        query.endpoint.url_path(*query.arguments)
    except BadArgument:
        return False
    return True


def _out_of_range(query: Query) -> bool:
    """Publications of the Shōwa era, and in OPD whatever is not of its five offices."""
    if query.endpoint.group == "opd":
        number = next(argument for argument in query.arguments if argument[2:3] == ".")
        return number[:2].upper() not in OPD_OFFICES
    return query.arguments[0] == "publication" and query.arguments[-1] < "1989"
