"""One call to a receiver: no redirects, no proxies, fifteen seconds in all, little of the answer read."""

from __future__ import annotations

import http.client
import io
import math
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from dossiers.alerts.letter import one_line

from . import addresses

SECONDS = 15.0
MOST_KEPT = 200  # characters of an answer
_MOST_READ = MOST_KEPT * 4  # bytes of it; the rest stays unread
MOST_SENT = 64 * 1024  # bytes
GONE = 410
_BUSY = (429, 503)
MOST_ASKED = timedelta(minutes=30)  # of patience: a longer wait that a receiver asks for is taken as this one


@dataclass(frozen=True)
class Answer:
    """What came of a call. `status` is None without an answer; `problem` a code, "" where it was taken.

    `content` is the beginning of the answer as it came, `text` the same as one line for people, `wait` for
    how long the receiver asks to be left alone.
    """

    status: int | None
    text: str
    problem: str
    milliseconds: int
    content: bytes = b""
    wait: timedelta = timedelta()

    @property
    def accepted(self) -> bool:
        return self.status is not None and not self.problem

    def refused(self) -> Answer:
        """The same answer, of a receiver that says "taken" and means the contrary."""
        return replace(self, problem="refused")

    @property
    def gone(self) -> bool:
        return self.status == GONE


def send(
    url: str, headers: Mapping[str, str], body: bytes, *, own: bool = False, seconds: float | None = None
) -> Answer:
    """Post `body` to `url`; every failure comes back as an answer with a problem, none as an exception.

    `own`: as `addresses.read` has it.
    """
    began = time.monotonic()
    answer = _sent(url, headers, body, began + (seconds or SECONDS), own)
    return replace(answer, milliseconds=round((time.monotonic() - began) * 1000))


def _sent(url: str, headers: Mapping[str, str], body: bytes, until: float, own: bool) -> Answer:
    if len(body) > MOST_SENT:
        return _none("too_large")
    try:
        target = addresses.read(url, own=own)
        places = addresses.resolve(target, seconds=until - time.monotonic())
        with closing(_connected(target, places, until)) as line:
            return _asked(line, target, headers, body)
    except addresses.Refused as refused:
        return _none(refused.code)
    except TimeoutError:
        return _none("timeout")
    except ssl.SSLError:
        return _none("tls")
    except http.client.HTTPException:
        return _none("no_http")
    except OSError:
        return _none("unreachable")


def _none(problem: str) -> Answer:
    return Answer(None, "", problem, 0)


# --- the line ---------------------------------------------------------------------------------------------


class _Line:
    """A socket on which everything together ends at one moment, however slowly the other side talks."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self.sock, self.until = sock, until

    def _hurry(self) -> None:
        self.sock.settimeout(_left(self.until))

    def sendall(self, data: Any) -> None:
        self._hurry()
        self.sock.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._hurry()
        return self.sock.recv_into(buffer)

    def makefile(self, *_mode: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        self.sock.close()


class _Reader(io.RawIOBase):
    def __init__(self, line: _Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.recv_into(buffer)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connected(target: addresses.Target, places: list[str], until: float) -> _Line:
    """A line to the first of the looked-at addresses that answers. Its certificate must bear the name."""
    problem: OSError = ConnectionError("no address")
    for place in places:
        try:
            sock = socket.create_connection((place, target.port), timeout=_left(until))
        except TimeoutError:
            raise
        except OSError as error:
            problem = error
            continue
        return _Line(_secured(sock, target, until), until)
    raise problem


def _secured(sock: socket.socket, target: addresses.Target, until: float) -> socket.socket:
    if target.scheme == "http":
        return sock
    try:
        sock.settimeout(_left(until))
        return ssl.create_default_context().wrap_socket(sock, server_hostname=target.host)
    except BaseException:
        sock.close()
        raise


# --- the question -----------------------------------------------------------------------------------------


def _asked(line: _Line, target: addresses.Target, headers: Mapping[str, str], body: bytes) -> Answer:
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.host, target.port)
    connection.sock = line  # type: ignore[assignment]
    connection.request("POST", target.path, body, {**headers, "Connection": "close"})
    with connection.getresponse() as response:
        status, content, wait = response.status, _beginning(response), _patience(response)
    problem = "" if 200 <= status < 300 else "redirect" if 300 <= status < 400 else "refused"
    text = one_line(content.decode("utf-8", "replace"), MOST_KEPT)
    return Answer(status, text, problem, 0, content, wait)


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """What is kept of the answer. The status counts, whatever becomes of the rest."""
    read = b""
    with suppress(OSError, http.client.HTTPException):
        while len(read) < _MOST_READ and (part := response.read1(_MOST_READ - len(read))):
            read += part
    return read


def _patience(response: http.client.HTTPResponse) -> timedelta:
    """How long the receiver asks to be left alone (RFC 9110, 10.2.3; Chatwork names the instant instead)."""
    if response.status not in _BUSY:
        return timedelta()
    asked, reset = response.getheader("Retry-After", ""), response.getheader("X-RateLimit-Reset", "")
    seconds = 0.0
    with suppress(ValueError, TypeError, OverflowError):
        if asked:
            given = asked[0].isdigit()
            seconds = float(asked) if given else parsedate_to_datetime(asked).timestamp() - time.time()
        elif reset:
            seconds = float(reset) - time.time()
    if not 0 < seconds < math.inf:
        return timedelta()
    return timedelta(seconds=min(seconds, MOST_ASKED.total_seconds()))
