"""The mailbox in which reports of undeliverable mail arrive, read over IMAP."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from urllib.parse import SplitResult, unquote, urlsplit

from dossiers.alerts import bounces

TIMEOUT = 60.0  # seconds for each answer
MOST = 500  # messages of one round
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class MailboxError(Exception):
    """The mailbox could not be read; the words are for the operator and hold no password."""


def read(address: str, now: datetime) -> Counter[bounces.Outcome]:
    """Take what has not been read yet from imaps://user:password@host/folder, oldest first.

    A message is marked as read after what follows from it is kept, so that one cut off is read again. imap://
    is the same with STARTTLS. Raises MailboxError.
    """
    where = urlsplit(address)
    if where.scheme not in ("imap", "imaps") or not where.hostname or not where.username:
        raise MailboxError("The address must be like imaps://user:password@mail.firm.example/INBOX.")
    found: Counter[bounces.Outcome] = Counter()
    try:
        with _opened(where) as mailbox:
            for number in _unread(mailbox)[:MOST]:
                if raw := _body(mailbox, number):
                    found[bounces.take(raw, now)] += 1
                mailbox.store(number, "+FLAGS", r"(\Seen)")
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxError(f"The mailbox could not be read: {_shown(error, where)}") from error
    return found


@contextmanager
def _opened(where: SplitResult) -> Iterator[imaplib.IMAP4]:
    """The folder of the mailbox, its connection closed in the end whatever happens."""
    mailbox = _connected(where)
    try:
        mailbox.login(unquote(where.username or ""), unquote(where.password or ""))
        folder = unquote(where.path.strip("/")) or "INBOX"
        status, _ = mailbox.select('"' + re.sub(r'([\\"])', r"\\\1", folder) + '"')
        if status != "OK":
            raise imaplib.IMAP4.error("there is no such folder")
        yield mailbox
    finally:
        with suppress(Exception):
            mailbox.logout()
        with suppress(Exception):
            mailbox.shutdown()


def _connected(where: SplitResult) -> imaplib.IMAP4:
    host, secure = where.hostname or "", ssl.create_default_context()
    if where.scheme == "imaps":
        port = where.port or imaplib.IMAP4_SSL_PORT
        return imaplib.IMAP4_SSL(host, port, ssl_context=secure, timeout=TIMEOUT)
    mailbox = imaplib.IMAP4(host, where.port or imaplib.IMAP4_PORT, timeout=TIMEOUT)
    if host not in _LOOPBACK:
        mailbox.starttls(secure)
    return mailbox


def _unread(mailbox: imaplib.IMAP4) -> list[str]:
    _, answer = mailbox.search(None, "UNSEEN")
    return [number.decode("ascii") for number in (answer[0] or b"").split()]


def _body(mailbox: imaplib.IMAP4, number: str) -> bytes:
    """The beginning of a message, whatever its length."""
    _, answer = mailbox.fetch(number, f"(BODY.PEEK[]<0.{bounces.LARGEST}>)")
    return next((part[1] for part in answer if isinstance(part, tuple)), b"")


def _shown(error: Exception, where: SplitResult) -> str:
    words = str(error) or type(error).__name__
    return words.replace(unquote(where.password or "\0"), "***")[:300]
