"""Handing one message to the mail server, and what its answer means."""

from __future__ import annotations

import contextlib
import logging
import re
import smtplib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)

UNREACHABLE_WORDS = "The mail server could not be reached"
PUT_OFF_WORDS = "The mail server put it off"
REFUSED_WORDS = "The mail server refused it"
KEPT_WORDS = "The mail server refuses almost everybody, so this is kept and tried again"
LONGEST_SENDING = 60.0  # seconds; each answer may take EMAIL_TIMEOUT, but a server that drips takes no lease


class Verdict(Enum):
    SENT = "sent"
    PUT_OFF = "put_off"  # this message, for now
    REFUSED = "refused"  # this message, for good
    UNREACHABLE = "unreachable"  # the server, so every message
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Result:
    """`words` is what a person may read: what happened and the server's own answer.

    `status` is its code (RFC 3463 where it gave one), `no_mailbox` that it knows no such mailbox.
    `of_server`: the trouble is the server's or ours and says nothing of this message, which is never given up
    for it.
    """

    verdict: Verdict
    words: str
    status: str = ""
    no_mailbox: bool = False
    of_server: bool = False

    @property
    def refused_by_server(self) -> bool:
        """Whether the server itself said that it will never take this."""
        return self.verdict is Verdict.REFUSED and bool(self.status)

    @property
    def kept(self) -> bool:
        """Whether it was refused for good and is tried again all the same."""
        return self.words.startswith(KEPT_WORDS)

    def keeping(self) -> Result:
        """The same refusal, of a server that refuses almost everybody: the message is tried again."""
        words = self.words.replace(REFUSED_WORDS, KEPT_WORDS, 1)[:500]
        return replace(self, verdict=Verdict.PUT_OFF, words=words, no_mailbox=False, of_server=True)


def send(message: EmailMessage, connection: Any = None) -> Result:
    """Send through Django's mail backend; every failure comes back as a verdict, none as an exception.

    With a `connection` given it is opened when needed and stays open after a success.
    """
    own = connection or mail.get_connection()
    try:
        own.open()
        with _bounded(own):
            taken = own.send_messages([message])
    except Exception as error:
        close(own)
        return _verdict(error)
    if connection is None:
        close(own)
    if not taken:
        return Result(Verdict.REFUSED, "There is no e-mail address to send to.")
    return Result(Verdict.SENT, "")


@contextlib.contextmanager
def _bounded(connection: Any) -> Iterator[None]:
    """Hang up on a server that takes longer than `LONGEST_SENDING` over one message."""

    def hang_up() -> None:
        with contextlib.suppress(Exception):
            connection.connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(LONGEST_SENDING, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def close(connection: Any) -> None:
    """Let go of a connection whatever state it is in."""
    with contextlib.suppress(Exception):
        connection.close()


def _verdict(error: Exception) -> Result:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, answer = next(iter(error.recipients.values()))
            return replace(_answered(code, answer), no_mailbox=no_such_mailbox(code, _text(answer)))
        case smtplib.SMTPDataError():
            return _answered(error.smtp_code, error.smtp_error)
        case smtplib.SMTPSenderRefused():
            # Our own address is at fault, not the reader's: the set-up can be mended, so go on trying.
            words = f"The mail server refused the sender's address: {_words(error)}"[:500]
            return Result(Verdict.PUT_OFF, words, of_server=True)
        case OSError():  # all of smtplib's errors are, too
            return _unreachable(_words(error))
        case ValueError():
            return Result(Verdict.REFUSED, f"The message could not be addressed: {_words(error)}"[:500])
        case _:
            logger.exception("A message could not be sent", exc_info=error)
            return Result(Verdict.PUT_OFF, f"The message could not be sent: {_words(error)}"[:500])


def _answered(code: int, answer: bytes | str) -> Result:
    if code == 421:  # "closing the channel" speaks of the server, not of this message (RFC 5321, 3.8)
        return _unreachable(f"{code} {_text(answer)}")
    if code >= 500:
        words = f"{REFUSED_WORDS}: {code} {_text(answer)}"[:500]
        return Result(Verdict.REFUSED, words, status_of(code, _text(answer)))
    return _put_off(code, answer)


def _unreachable(why: str) -> Result:
    return Result(Verdict.UNREACHABLE, f"{UNREACHABLE_WORDS}: {why}"[:500], of_server=True)


def _put_off(code: int, answer: bytes | str) -> Result:
    words = f"{PUT_OFF_WORDS}: {code} {_text(answer)}"[:500]
    return Result(Verdict.PUT_OFF, words, status_of(code, _text(answer)))


# RFC 3463: the mailbox, its domain or its spelling, moved without a new address, switched off; RFC 7505: a
# domain that takes no mail. A full mailbox (5.2.2) is not among them, nor what speaks of us (5.1.7, 5.7.1).
GONE = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d|\.\d)")
_OF_A_MAILBOX = (550, 551, 553)
_OF_US = re.compile(r"relay|spam|polic|block|denied|blacklist|reputation|authenticat|\bspf\b|\bdmarc\b", re.I)


def no_such_mailbox(code: int, answer: str) -> bool:
    """Whether a refusal of the recipient is about the mailbox, and not about us or the hour."""
    if found := _ENHANCED.match(answer):
        return code >= 500 and found[0] in GONE
    return code in _OF_A_MAILBOX and not _OF_US.search(answer)


def status_of(code: int, answer: str) -> str:
    found = _ENHANCED.match(answer)
    return found[0] if found else str(code)


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return _text(str(error)) or type(error).__name__
