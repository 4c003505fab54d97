"""Where documents too large for one answer lie for five minutes, as at a cloud store with signed addresses.

An address is fetched without the office's token: a request that brings one as well is refused, as such
stores refuse two ways of signing. Nothing here is counted.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import parse_qs

from apiclient.sandbox.reply import Reply

PREFIX = "/_storage/"
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Stored:
    file: Reply
    signature: str
    until: datetime


class Storage:
    def __init__(self) -> None:
        self._lock = Lock()
        self._stored: dict[str, _Stored] = {}

    def keep(self, file: Reply, now: datetime) -> str:
        """Path and query under which `file` can be fetched until five minutes from `now`."""
        stored = _Stored(file, secrets.token_hex(32), now + LIFETIME)
        name = f"{file.file_name.removesuffix('.zip')}_{now:%Y%m%d%H%M%S}.zip"
        with self._lock:
            # What is long over is forgotten; what just ended is still refused as expired.
            self._stored = {
                kept: one for kept, one in self._stored.items() if now - one.until < timedelta(days=1)
            }
            self._stored[name] = stored
        return f"{PREFIX}{name}?signature={stored.signature}"

    def answer(self, path: str, query: str, authorization: str, now: datetime) -> Reply:
        if authorization:
            return _refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        stored = self._stored.get(path.removeprefix(PREFIX))
        signature = parse_qs(query).get("signature", [""])[0]
        if stored is None or not secrets.compare_digest(signature.encode(), stored.signature.encode()):
            return _refused(403, "AccessDenied", "Access Denied")
        if now > stored.until:
            return _refused(403, "AccessDenied", "Request has expired")
        return stored.file


def _refused(status: int, code: str, message: str) -> Reply:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Reply(status, f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'.encode(), "application/xml")
