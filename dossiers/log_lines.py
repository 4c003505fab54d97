"""Lines of the log without the tokens that our addresses carry: who reads the log must not read feeds."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(/(?:feeds|u|a)/)[^/\s\"'<>?]+")


class WithoutTokens(logging.Formatter):
    """The whole line is looked at, its traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN.sub(r"\1[left-out]", super().format(record))
