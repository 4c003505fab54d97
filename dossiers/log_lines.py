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

_TOKEN = re.compile(r"(/(?:feeds|u|a|w|invitation|reset|confirm-email|key)/)[^/\s\"'<>?]+")
_about: ContextVar[Mapping[str, object]] = ContextVar("about", default={})  # noqa: B039 (never changed)


@contextmanager
def about(**more: object) -> Iterator[None]:
    """Every line written within says this, too: `request`, `task`, `order`."""
    token = _about.set({**_about.get(), **more})
    try:
        yield
    finally:
        _about.reset(token)


class WithoutTokens(logging.Formatter):
    """The whole line is looked at, its traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN.sub(r"\1[left-out]", super().format(record))


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
