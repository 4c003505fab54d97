"""What each mail carries so that its report of failure can be told from a forged one.

A token names the message and is signed; only whoever had the mail in hands knows it. It stands in a header,
which reports give back with the mail, and in the address they are sent to where one is configured:
bounce+<token>@firm.example (as VERP has it). It survives programs that change capitals.
"""

from __future__ import annotations

import re
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.crypto import constant_time_compare, salted_hmac

from dossiers.models import Alert, Digest, Prompt

HEADER = "X-IP-Portal-Token"
_SALT = "dossiers.alerts.tokens"
_KINDS: dict[str, type[Alert] | type[Digest] | type[Prompt]] = {"a": Alert, "d": Digest, "p": Prompt}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
TOKEN = re.compile(r"([adp])(\d{1,18})\.([0-9a-f]{32})")


def token_of(of: Alert | Digest | Prompt) -> str:
    """As in a123.<32 hexadecimal digits>: short enough for the left side of an address (64, RFC 5321)."""
    name = f"{_LETTERS[type(of)]}{of.pk}"
    return f"{name}.{_signature(name)}"


def _signature(name: str, key: str | None = None) -> str:
    return salted_hmac(_SALT, name, secret=key, algorithm="sha256").hexdigest()[:32]


def read(token: str) -> tuple[type[Alert] | type[Digest] | type[Prompt], int] | None:
    """Which message a token names; None for one that we did not sign."""
    found = TOKEN.fullmatch(token.strip().lower())
    if not found or not _is_ours(f"{found[1]}{found[2]}", found[3]):
        return None
    return _KINDS[found[1]], int(found[2])


def _is_ours(name: str, signature: str) -> bool:
    """Signed with the installation's key, or with one before it: reports come days after the mail."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(signature, _signature(name, key)) for key in keys)


def put_on(message: EmailMultiAlternatives, of: Alert | Digest | Prompt) -> None:
    """Give the mail its token, and the address that reports go to; the reader sees the usual sender."""
    token = token_of(of)
    message.extra_headers[HEADER] = token
    local, _, domain = parseaddr(settings.BOUNCE_ADDRESS)[1].rpartition("@")
    if local and domain:
        message.extra_headers.setdefault("From", formataddr(parseaddr(message.from_email)))
        message.from_email = f"{local}+{token}@{domain}"
