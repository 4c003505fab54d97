"""A Redis of a simulation's own, which keeps nothing and can be killed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis


class Ringing:
    """`redis-server` behind a socket in `folder`; `address` is for IPPORTAL_QUEUE_URL."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self.address = f"unix://{self._socket}"
        self._start()

    def _start(self) -> None:
        told = ["redis-server", "--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        self._process = subprocess.Popen([*told, "--appendonly", "no"], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError("redis-server does not answer")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with redis.from_url(self.address) as asked:
                return bool(asked.ping())
        except redis.RedisError:
            return False

    def put(self, message: str) -> None:
        """Something in the queue that none of ours put there."""
        with redis.from_url(self.address) as asked:
            asked.rpush("django_q:ipportal:q", message)

    @contextmanager
    def full(self) -> Iterator[None]:
        """It answers, and lets nothing be written."""
        with redis.from_url(self.address) as asked:
            asked.config_set("maxmemory", 1)
            try:
                yield
            finally:
                asked.config_set("maxmemory", 0)

    def begin_again(self) -> None:
        """Kill it, and whatever it held is gone; then it is there again."""
        self.close()
        self._start()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
