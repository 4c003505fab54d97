"""Hears of the program's own faults in its log: which kinds came up, and where, until they are written down.

A failure that nobody expected is logged with its traceback, whoever answers for it: a page, the API, a round
of the worker. Of it the class and the place are kept, never its words, which may hold anybody's data: those
are in the log, under the same place. Knows no database, so that logging can begin with it.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import UnreadablePostError

from dossiers import log_lines

MOST_KINDS = 100  # in the memory of one process
# What others do and no fault of ours explains: a wrong host name, a connection that broke while it sent.
_OTHERS = (DisallowedHost, UnreadablePostError)
Kind = tuple[str, str]  # where, what

_gathered: Counter[Kind] = Counter()
_lock = threading.Lock()


class Gathering(logging.Handler):
    """Hears each line of the log that tells of an exception as an error."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, _OTHERS):
            return
        kind = (_where(record)[:80], _what(error)[:200])
        with _lock:
            if kind in _gathered or len(_gathered) < MOST_KINDS:
                _gathered[kind] += 1


def _where(record: logging.LogRecord) -> str:
    """The view's name and never its address, which may hold a token."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    return match.view_name if match and match.view_name else log_lines.task() or record.name


def _what(error: BaseException) -> str:
    return f"{type(error).__name__} {_place(error.__traceback__)}".strip()


def _place(trace: TracebackType | None) -> str:
    """The last line of ours that it went through, "" where there was none."""
    found = ""
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(settings.BASE_DIR) and "site-packages" not in file.parts:
            found = f"{file.relative_to(settings.BASE_DIR)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def taken() -> dict[Kind, int]:
    """What was gathered, how often each; it is the caller's from now on."""
    if not _gathered:
        return {}
    with _lock:
        found = dict(_gathered)
        _gathered.clear()
    return found


def give_back(kinds: dict[Kind, int]) -> None:
    """What could not be written down."""
    with _lock:
        _gathered.update(kinds)
