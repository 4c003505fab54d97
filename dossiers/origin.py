"""Where an act comes from: a page, a program's token, a command or a round of the worker.

Said once around the work (`coming_from`) and read by whatever writes an audit line, so that no act has to
pass it on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PAGE, TOKEN, COMMAND, WORKER = "page", "token", "command", "worker"
LONGEST_VIA = 80


@dataclass(frozen=True)
class Origin:
    """`way` is one of the four above; `via` names the page, token, command or round; `address` is that of the
    caller, "" where nobody called over the network.
    """

    way: str
    via: str = ""
    address: str = ""


def _this_program() -> Origin:
    return Origin(COMMAND, " ".join(sys.argv[1:2]))


_read: ContextVar[Callable[[], Origin]] = ContextVar("origin", default=_this_program)


@contextmanager
def coming_from(read: Callable[[], Origin]) -> Iterator[None]:
    """What happens within comes from what `read` then says; it is asked each time, and only when needed."""
    token = _read.set(read)
    try:
        yield
    finally:
        _read.reset(token)


def here() -> Origin:
    return _read.get()()


def way() -> str:
    return here().way


def via() -> str:
    """At most LONGEST_VIA characters that every database takes."""
    return here().via.replace("\0", "")[:LONGEST_VIA]


def address() -> str:
    return here().address
