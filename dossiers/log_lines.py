"""Lines of the log without the tokens that our addresses carry: who reads the log must not read feeds.

Each line says, where it is known, which request or which order of work it belongs to (`about`).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_TOKEN = re.compile(r"(/(?:feeds|u|a|w|invitation|forgotten|email)/)[^/\s\"'<>?]+")
# What begins a new line for one reader or another, or moves the cursor of a terminal.
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_about: ContextVar[Mapping[str, object]] = ContextVar("about", default={})  # noqa: B039 (never changed)


@contextmanager
def about(**more: object) -> Iterator[None]:
    """Every line written within says this, too: `request`, `task`, `order`."""
    token = _about.set({**_about.get(), **more})
    try:
        yield
    finally:
        _about.reset(token)


def task() -> str:
    """The round of the worker within which this is asked, "" outside of any."""
    return str(_about.get().get("task", ""))


class WithoutTokens(logging.Formatter):
    """The whole line is looked at, its traceback too. Nobody's words begin a line of their own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return _CONTROLS.sub(_escaped, super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN.sub(r"\1[left-out]", super().format(record))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


class AsJson(logging.Formatter):
    """One JSON object a line: `at` (UTC), `level`, `logger`, `message`, what it is `about`, `traceback`."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_about.get(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        # A quote within is written \", so that the pattern ends where it does in a plain line.
        return _TOKEN.sub(r"\1[left-out]", json.dumps(told, ensure_ascii=False, default=str))
