"""A real mail server on loopback that can misbehave."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class MailServer:
    """`mode` is what it does next: "take", "refuse" (550 to the recipient), "refuse_sender" (553), "put_off"
    (451), "reject_data" (554), "drop" (accept the message, then hang up without an answer) or "slow".

    Whatever it does, it knows no mailbox of the addresses `refused`."""

    mode: str = "take"
    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)  # of the envelopes
    connections: int = 0
    refused: set[str] = field(default_factory=set)
    before_answer: Any = None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if self.mode == "refuse_sender":
            return "553 5.7.1 sender address rejected: not owned by user"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.mode == "refuse" or address in self.refused:
            return "550 5.1.1 no such mailbox"
        if self.mode == "put_off":
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "reject_data":
            return "554 5.7.1 refused as spam"
        if self.mode == "slow":
            await asyncio.sleep(0.2)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        self.taken += [(address, parsed) for address in envelope.rcpt_tos]
        self.senders.append(envelope.mail_from)
        if self.mode == "drop":
            server.transport.abort()
        return "250 taken"

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for _, mail in self.taken]


class Running:
    """Serves in a thread of its own until left. A server that ran before comes back at the same port."""

    def __init__(self, server: MailServer | None = None) -> None:
        self.server = server or MailServer()
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        listening = self.loop.run_until_complete(
            self.loop.create_server(
                lambda: SMTP(self.server, hostname="localhost", loop=self.loop), "127.0.0.1", self.server.port
            )
        )
        self.server.port = listening.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        listening.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def __enter__(self) -> MailServer:
        self.thread.start()
        assert self.ready.wait(120), "the mail server does not start"
        return self.server

    def __exit__(self, *error: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
