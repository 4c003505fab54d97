"""The office on a loopback port: HTTP/1.1, the control paths, and misfortunes on the line.

Control paths, all JSON, none of them the office's:

    GET    /_sandbox/state
    GET    /_sandbox/clock
    POST   /_sandbox/clock           {"advance_days": n, "advance_seconds": n} or {"set": ISO}
    GET    /_sandbox/upcoming        ?code=A131&days=10&law=patent&limit=5
    GET    /_sandbox/cases           ?law=patent&limit=20&stage=notice&kind=pct
    POST   /_sandbox/documents       {"law", "number", "code", "legal_date"?, "name"?, "final"?, "answers"?}
    POST   /_sandbox/faults          one rule or a list: {"kind", "match"?, "endpoint"?, "times"?, …}
    GET    /_sandbox/faults          the kinds there are, and the rules ordered
    DELETE /_sandbox/faults
    POST   /_sandbox/counters/reset

A moved clock ends tokens and days, and addresses of the storage, as real time would. Kinds of faults:
`apiclient.sandbox.faults.KINDS`.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from apiclient.sandbox import ipaustralia, storage, wire
from apiclient.sandbox.faults import KINDS, Rule
from apiclient.sandbox.office import (
    Office,
    UnknownCase,
    described_sight,
    described_upcoming,
)
from apiclient.sandbox.reply import Reply, failure
from apiclient.sandbox.routes import bucket_of
from apiclient.sandbox.spoilt import spoilt
from apiclient.sandbox.world import LAWS

TOKEN_PATH = "/auth/token"  # noqa: S105
CONTROL = "/_sandbox/"
LARGEST_BODY = 1_000_000


class SandboxServer(ThreadingHTTPServer):
    """Serves `office` on loopback only; ValueError for any other address."""

    daemon_threads = True

    def __init__(self, office: Office, host: str = "127.0.0.1", port: int = 0) -> None:
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the sandbox serves loopback addresses only, not {host}")
        self.office = office
        self.closing = Event()
        self._open: set[socket.socket] = set()
        self._guard = Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        host = str(self.server_address[0])
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is its own affair; anything else is shown as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop serving and hang up on connections kept alive."""
        self.closing.set()
        self.shutdown()
        with self._guard:
            kept = list(self._open)
        for connection in kept:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "gunicorn"
    sys_version = ""
    timeout = 120
    # Head and body leave in one packet; apart, each answer would wait for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: SandboxServer

    def log_message(self, *arguments: Any) -> None:
        """Quiet: a request line could carry what the caller would not want in a log."""

    def do_GET(self) -> None:
        path = self._path()
        if path.startswith(CONTROL):
            self._control()
        elif path.startswith(storage.PREFIX):
            self._meet(path, lambda: self._from_storage(path))
        else:
            self._meet(path, lambda: self.server.office.answer(path, self._authorization()))

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        path = self._path()
        if path.startswith(CONTROL):
            self._control(body)
        elif path == TOKEN_PATH:
            self._meet(path, lambda: self._token(body))
        elif path.startswith(ipaustralia.PREFIX):
            self._meet(path, lambda: self._other_office(path, body))
        else:
            self._send(failure("301"))

    def do_DELETE(self) -> None:
        if self._path() == CONTROL + "faults":
            self.server.office.faults.clear()
            self._send(_plain_json(200, {"faults": []}))
        else:
            self._send(failure("301"))

    def _path(self) -> str:
        return urlsplit(self.path).path

    def _authorization(self) -> str:
        return self.headers.get("Authorization") or ""

    def _body(self) -> bytes | None:
        """The request's body; None after an answer to one that is too large or has no length."""
        length = self.headers.get("Content-Length") or "0"
        largest = ipaustralia.LARGEST_BODY if self._path() == ipaustralia.PREDICT_PATH else LARGEST_BODY
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > largest:
            self.close_connection = True
            self._send(_plain_json(413, {"error": f"a body of known length up to {largest} bytes is taken"}))
            return None
        return self.rfile.read(int(length))

    def _from_storage(self, path: str) -> Reply:
        office, query = self.server.office, urlsplit(self.path).query
        return office.storage.answer(path, query, self._authorization(), office.now())

    def _token(self, body: bytes) -> Reply:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        form = {name: values[0] for name, values in fields.items()}
        office = self.server.office
        return _plain_json(*office.tokens.grant(form, office.now()))

    def _other_office(self, path: str, body: bytes) -> Reply:
        """What stands in for another office; see apiclient.sandbox.ipaustralia."""
        office = self.server.office
        status, content, wait = office.ipaustralia.answer(path, self._authorization(), body, office.now())
        return replace(_plain_json(status, content), retry_after=wait)

    # Misfortunes

    def _meet(self, path: str, answer: Callable[[], Reply]) -> None:
        """Answer, unless a fault was ordered for this call."""
        rule = self.server.office.faults.draw(path, bucket_of(path))
        kind = rule.kind if rule else ""
        if rule and kind == "slow":
            self.server.closing.wait(rule.seconds)
            kind = ""
        if kind == "drop":
            self.close_connection = True
        elif kind == "cut":
            self._send(answer(), cut=True)
        elif kind == "large":
            self._send(self._stored(answer()))
        elif kind in wire.STATUSES:
            self._send(failure(kind, path))
        elif kind:
            self._send(spoilt(kind, answer()))
        else:
            self._send(answer())

    def _stored(self, reply: Reply) -> Reply:
        """Instead of an archive, the address where it lies."""
        office = self.server.office
        if reply.content_type != "application/zip":
            return reply
        url = self.server.url + office.storage.keep(reply, office.now())
        return Reply(200, wire.envelope("100", None, {"URL": url}))

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Cache", "Hit from cloudfront" if reply.from_edge else "Miss from cloudfront")
        if reply.file_name:
            self.send_header("Content-Disposition", f"attachment;filename={reply.file_name}")
        if reply.retry_after:
            self.send_header("Retry-After", reply.retry_after)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
        self.close_connection |= cut

    # Control

    def _control(self, body: bytes | None = None) -> None:
        name = self._path().removeprefix(CONTROL)
        table = _READ if body is None else _WRITE
        if name not in table:
            self._send(_plain_json(404, {"error": f"no control path {name}; there are {', '.join(table)}"}))
            return
        try:
            if body is None:
                asked = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            else:
                asked = json.loads(body) if body else {}
            self._send(_plain_json(200, table[name](self.server.office, asked)))
        except UnknownCase as error:
            self._send(_plain_json(404, {"error": str(error)}))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            self._send(_plain_json(400, {"error": f"{type(error).__name__}: {error}"}))


def _plain_json(status: int, content: Any) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode())


def _clock(office: Office, _asked: Any) -> dict[str, Any]:
    return {"now": office.now().isoformat(), "offset_seconds": office.offset_seconds}


def _upcoming(office: Office, asked: dict[str, str]) -> list[dict[str, Any]]:
    law = _law(asked.get("law"))
    limit = int(asked["limit"]) if "limit" in asked else None
    found = office.upcoming(asked["code"], int(asked.get("days", "10")), law, limit)
    return [described_upcoming(one) for one in found]


def _cases(office: Office, asked: dict[str, str]) -> list[dict[str, Any]]:
    laws = (asked["law"],) if "law" in asked else LAWS
    limit = min(int(asked.get("limit", "20")), 10_000)
    return [
        described_sight(sight)
        for law in laws
        for sight in office.cases(str(_law(law)), limit, asked.get("stage"), asked.get("kind"))
    ]


def _law(law: str | None) -> str | None:
    if law is not None and law not in LAWS:
        raise ValueError(f"law is one of {', '.join(LAWS)}, not {law}")
    return law


def _set_clock(office: Office, asked: dict[str, Any]) -> dict[str, Any]:
    if "set" in asked:
        office.set_clock(datetime.fromisoformat(asked["set"]))
    else:
        office.advance(timedelta(days=asked.get("advance_days", 0), seconds=asked.get("advance_seconds", 0)))
    return _clock(office, asked)


def _faults(office: Office, _asked: Any) -> dict[str, Any]:
    return {"kinds": dict(KINDS), "faults": office.faults.listed()}


def _order_faults(office: Office, asked: Any) -> dict[str, Any]:
    """All of the rules or none of them."""
    rules = [Rule(**row) for row in (asked if isinstance(asked, list) else [asked])]
    for rule in rules:
        office.faults.add(rule)
    return {"faults": office.faults.listed()}


def _add_document(office: Office, asked: dict[str, Any]) -> dict[str, Any]:
    legal_date = date.fromisoformat(asked["legal_date"]) if asked.get("legal_date") else None
    act = office.add_document(
        asked["law"],
        asked["number"],
        asked["code"],
        legal_date,
        name=asked.get("name", ""),
        final=bool(asked.get("final", False)),
        answers=asked.get("answers", ""),
    )
    return {"code": act.code, "document_number": act.number, "legal_date": act.day.isoformat()}


def _reset_counters(office: Office, _asked: Any) -> dict[str, Any]:
    office.reset_counters()
    return {"used": {}}


def _state(office: Office, _asked: Any) -> dict[str, Any]:
    return office.described()


_READ: dict[str, Callable[[Office, Any], Any]] = {
    "state": _state,
    "clock": _clock,
    "upcoming": _upcoming,
    "cases": _cases,
    "faults": _faults,
}
_WRITE: dict[str, Callable[[Office, Any], Any]] = {
    "clock": _set_clock,
    "faults": _order_faults,
    "documents": _add_document,
    "counters/reset": _reset_counters,
}
