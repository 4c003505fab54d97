"""A receiver of webhooks on loopback that can misbehave, and that checks signatures as receivers do."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass
class Message:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def identity(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """`mode` is what it does next: a status to answer with, or "slow", "drip", "huge", "silent", "nonsense",
    "redirect" (to `elsewhere`) or "drop" (take the message, then hang up without an answer)."""

    mode: int | str = 200
    url: str = ""
    elsewhere: str = "http://10.0.0.1/"
    answer: bytes = b"thank you"
    headers: dict[str, str] = field(default_factory=dict)  # of its answers
    refuses: str = ""  # the identity of a message that it answers with 500
    taken: list[Message] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> list[str]:
        return [one.identity for one in self.taken]


class Serving:
    """Serves in threads of its own until left."""

    def __init__(self, wrap: Any = None) -> None:
        receiver = self.receiver = Receiver()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.taken.append(Message(self.path, headers, body))
                self.close_connection = True
                _answer(
                    self, receiver, receiver.mode if receiver.refuses != headers.get("webhook-id") else 500
                )

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if wrap:
            self.server.socket = wrap(self.server.socket)
        receiver.url = f"{'https' if wrap else 'http'}://127.0.0.1:{self.server.server_port}/hook?key=hidden"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Receiver:
        self.thread.start()
        return self.receiver

    def __exit__(self, *error: object) -> None:
        self.receiver.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


def _answer(handler: BaseHTTPRequestHandler, receiver: Receiver, mode: int | str) -> None:
    if mode == "drop":
        return
    if mode == "nonsense":
        handler.wfile.write(b"this is no HTTP\r\n\r\n")
    elif mode == "silent":
        receiver.let_go.wait(60)
    elif mode == "drip":
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not receiver.let_go.wait(0.02):
            try:
                handler.wfile.write(b"X-More: 1\r\n")
            except OSError:
                return
    elif mode == "huge":
        _begin(handler, 200, length=64 * 1024 * 1024)
        for _ in range(1024):
            try:
                handler.wfile.write(b"A" * 65536)
            except OSError:
                return
    else:
        status = 302 if mode == "redirect" else int(mode)
        _begin(
            handler, status, length=len(receiver.answer), location=receiver.elsewhere, more=receiver.headers
        )
        handler.wfile.write(receiver.answer)


def _begin(
    handler: BaseHTTPRequestHandler,
    status: int,
    *,
    length: int,
    location: str = "",
    more: dict[str, str] | None = None,
) -> None:
    handler.send_response(status)
    for name, value in (more or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(length))
    if 300 <= status < 400:
        handler.send_header("Location", location)
    handler.end_headers()


def genuine(secret: str, message: Message) -> list[bool]:
    """For each signature of a message whether the standard's own library takes the message for its sake."""
    return [_is_genuine(secret, message, one) for one in message.headers["webhook-signature"].split(" ")]


def _is_genuine(secret: str, message: Message, signature: str) -> bool:
    headers = {
        "webhook-id": message.identity,
        "webhook-timestamp": message.headers["webhook-timestamp"],
        "webhook-signature": signature,
    }
    try:
        Webhook(secret).verify(message.body, headers)
    except WebhookVerificationError:
        return False
    return True
