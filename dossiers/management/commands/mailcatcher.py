"""The demo's mail server: takes every message on loopback and keeps it as a file."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.management.base import BaseCommand, CommandError

from dossiers.demo import mailbox

HOST = "127.0.0.1"


class _Keeper:
    """Answers 250 only once the message is on the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            mailbox.keep(self.folder, envelope.content, envelope.rcpt_tos)
        except OSError as error:
            return f"452 could not be stored: {type(error).__name__}"
        return "250 kept"


class Command(BaseCommand):
    help = "Runs a mail server on loopback that keeps every message as a file (for the demo)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
        parser.add_argument("--dir", type=Path, required=True, help="folder for the messages")

    def handle(self, *args: Any, port: int, dir: Path, **options: Any) -> None:
        dir.mkdir(parents=True, exist_ok=True)
        try:
            asyncio.run(self._serve(port, dir))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {HOST}:{port}: {error.strerror}. Choose another --port."
            ) from error

    async def _serve(self, port: int, folder: Path) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        server = await loop.create_server(lambda: _session(folder, loop), HOST, port)
        async with server:
            self.stdout.write(f"Listening on {HOST}:{server.sockets[0].getsockname()[1]}")
            self.stdout.flush()
            await stopped.wait()


def _session(folder: Path, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(
        _Keeper(folder),
        data_size_limit=mailbox.LARGEST,
        enable_SMTPUTF8=True,
        hostname="localhost",
        ident="IP Portal demo",
        loop=loop,
    )
