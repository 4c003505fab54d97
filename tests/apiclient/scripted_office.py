"""A real HTTP server on loopback that answers what a test has written for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass
class Scripted:
    """One answer: status, headers, body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


def envelope(
    code: str, data: object = None, *, remaining: str = "", status: int = 200, **headers: str
) -> Scripted:
    result = {"statusCode": code, "errorMessage": "", "remainAccessCount": remaining, "data": data or {}}
    body = json.dumps({"result": result}, ensure_ascii=False).encode()
    return Scripted(status, body, {key.replace("_", "-"): value for key, value in headers.items()})


def token(access: str = "access-1", refresh: str = "refresh-1", **changes: object) -> Scripted:
    answer = {
        "access_token": access,
        "expires_in": 3600,
        "refresh_expires_in": 28800,
        "refresh_token": refresh,
        "token_type": "Bearer",
    }
    return Scripted(200, json.dumps({**answer, **changes}).encode())


class ScriptedOffice:
    """Answers token requests from `tokens` and data calls from `answers`, the last of each for ever after."""

    def __init__(self) -> None:
        self.tokens: list[Scripted] = [token()]
        self.answers: list[Scripted] = []
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        office = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                office.reply(self, {})

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                office.reply(self, {key: values[0] for key, values in parse_qs(text).items()})

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A client that hangs up on purpose is nothing to report."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def reply(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        with self._lock:
            self.asked.append(Asked(handler.command, handler.path, dict(handler.headers), form))
            script = self.tokens if handler.command == "POST" else self.answers
            answer = script.pop(0) if len(script) > 1 else script[0]
        if answer.raw:
            answer.raw(handler)
            return
        handler.send_response(answer.status)
        for key, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            handler.send_header(key, value)
        handler.end_headers()
        handler.wfile.write(answer.body)

    def stop(self) -> None:
        """Nobody listens any more; harmless if said twice."""
        self.server.shutdown()
        self.server.server_close()

    @property
    def gets(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "GET"]

    @property
    def posts(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "POST"]


@contextmanager
def running_office() -> Iterator[ScriptedOffice]:
    office = ScriptedOffice()
    thread = threading.Thread(target=office.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        office.stop()
        thread.join()
