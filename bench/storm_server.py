"""The mail server of `bench.storm`: a real one on loopback with faults, which writes down what it accepts.

    python -m bench.storm_server FILE FAULTS SEED

It says its port, then serves until it is ended. Each accepted message is a line of JSON in FILE, written
before the sender hears that it was accepted. FAULTS is the share of messages that meet one.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import IO, Any

from aiosmtpd.smtp import SMTP

_CASE = re.compile(r"/cases/patent/(\d+)/")


class Misbehaving:
    """Each fault of a mail server in turn: greylisting, too many, away in the middle, an answer that never
    comes for a message that was accepted, and one that comes late."""

    def __init__(self, file: IO[str], faults: float, chance: random.Random) -> None:
        self.file, self.faults, self.chance = file, faults, chance

    def _strikes(self) -> bool:
        return self.chance.random() < self.faults / 5

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self._strikes():
            return "451 4.7.1 greylisted, come back later"
        if self._strikes():
            return "421 4.7.0 too many messages, closing"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self._strikes():
            server.transport.abort()  # nothing accepted
            return "451 gone"
        if self._strikes():
            await asyncio.sleep(0.3)
        self._accept(envelope)
        if self._strikes():
            server.transport.abort()  # accepted, and the sender never hears of it
        return "250 taken"

    def _accept(self, envelope: Any) -> None:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        text = mail.get_body(("plain",)).get_content()
        accepted = {
            "at": time.time(),
            "id": mail["Message-ID"],
            "to": envelope.rcpt_tos,
            "cases": sorted(set(_CASE.findall(text))),
        }
        self.file.write(json.dumps(accepted) + "\n")
        self.file.flush()


async def serve(file: IO[str], faults: float, seed: int) -> None:
    handler = Misbehaving(file, faults, random.Random(seed))  # noqa: S311
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost"), "127.0.0.1", 0
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a", encoding="utf-8") as told:
        asyncio.run(serve(told, float(sys.argv[2]), int(sys.argv[3])))
