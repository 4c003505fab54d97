"""The messages that the demo's mail server took in.

What is in a message is not to be trusted. `Mail.text` is plain text. `Mail.html` is as it was sent: show it
only in a sandboxed frame, from a response of its own that carries `HTML_POLICY`.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

LARGEST = 10 * 1024 * 1024  # bytes of one message
HTML_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_ID = re.compile(r"[0-9]{20}-[0-9a-f]{8}")
_SUFFIX = ".eml"


@dataclass(frozen=True)
class Mail:
    """One message; `at` is when it was taken in (UTC). `sender` is its From, `to` its recipients as sent."""

    id: str
    at: datetime
    subject: str
    to: str
    sender: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]


def keep(folder: Path, content: bytes, recipients: Iterable[str]) -> str:
    """Store a message and return its id. Whole or not at all: readers never see half of one."""
    identity = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    to = ", ".join(re.sub(r"[\x00-\x1f\x7f]", "", one) for one in recipients)
    unfinished = folder / f".{identity}.part"
    unfinished.write_bytes(f"X-Envelope-To: {to}\r\n".encode() + content)
    unfinished.rename(folder / f"{identity}{_SUFFIX}")
    return identity


def messages(folder: Path, limit: int = 100) -> list[Mail]:
    """The newest messages first; an empty list while the folder is missing."""
    if not folder.is_dir():
        return []
    names = sorted((path.name for path in folder.glob(f"*{_SUFFIX}")), reverse=True)
    found = (message(folder, name.removesuffix(_SUFFIX)) for name in names[:limit])
    return [mail for mail in found if mail]


def message(folder: Path, identity: str) -> Mail | None:
    """One message, or None when there is none of that id (or the id is not one)."""
    if not _ID.fullmatch(identity):
        return None
    try:
        content = (folder / f"{identity}{_SUFFIX}").read_bytes()
    except OSError:
        return None
    return _read(identity, content)


def _read(identity: str, content: bytes) -> Mail:
    parsed = message_from_bytes(content, policy=policy.default)
    headers = tuple(_headers(content))
    named = {name.lower(): value for name, value in headers}
    html = _part(parsed, "html")
    return Mail(
        id=identity,
        at=datetime.fromtimestamp(int(identity[:20]) / 1e9, tz=UTC),
        subject=named.get("subject", ""),
        to=named.get("x-envelope-to") or named.get("to", ""),
        sender=named.get("from", ""),
        text=_part(parsed, "plain") or _words(html),
        html=html,
        headers=headers,
    )


def _headers(content: bytes) -> Iterable[tuple[str, str]]:
    """Header lines, each decoded by itself where it can be: one broken line must not hide the others."""
    for name, folded in message_from_bytes(content, policy=policy.compat32).items():
        raw = re.sub(r"\r?\n", "", str(folded)).strip()
        try:
            value = str(policy.default.header_factory(name, raw))
        except (ValueError, LookupError, IndexError, AttributeError):
            value = raw
        yield name, " ".join(value.split())


def _part(parsed: EmailMessage, subtype: str) -> str:
    for part in parsed.walk():
        if part.get_content_type() == f"text/{subtype}" and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True) or b""
            return _decode(payload, part.get_content_charset() or "utf-8")
    return ""


def _decode(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, errors="replace")
    except LookupError:
        return payload.decode("utf-8", errors="replace")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style") and self.hidden > 0

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.words.append(data.strip())


def _words(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    return "\n".join(reader.words)
