"""An answer ready for the wire, and the office's failures as each endpoint words them."""

from __future__ import annotations

from dataclasses import dataclass

from apiclient.sandbox import opd_wire, routes, wire


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer ready for the wire."""

    status: int
    body: bytes
    content_type: str = "application/json"
    file_name: str = ""
    from_edge: bool = False
    retry_after: str = ""  # seconds, "" to send none


def failure(status: str, path: str = "", left: int | None = None) -> Reply:
    """The office's status code with its HTTP status: as XML where the path's endpoint answers with XML."""
    http = wire.STATUSES[status][0]
    query = routes.parsed(path)
    if query and query.endpoint.answer == "xml":
        return Reply(http, opd_wire.envelope(status, left), "application/xml")
    return Reply(http, wire.envelope(status, left))
