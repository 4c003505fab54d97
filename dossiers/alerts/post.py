"""Handing one message to the mail server, and what its answer means."""

from __future__ import annotations

import contextlib
import logging
import smtplib
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)

UNREACHABLE_WORDS = "The mail server could not be reached"


class Verdict(Enum):
    SENT = "sent"
    PUT_OFF = "put_off"  # this message, for now
    REFUSED = "refused"  # this message, for good
    UNREACHABLE = "unreachable"  # the server, so every message
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Result:
    """`words` is what a person may read: what happened and the server's own answer."""

    verdict: Verdict
    words: str


def send(message: EmailMessage, connection: Any = None) -> Result:
    """Send through Django's mail backend; every failure comes back as a verdict, none as an exception.

    With a `connection` given it is opened when needed and stays open after a success.
    """
    own = connection or mail.get_connection()
    try:
        own.open()
        taken = own.send_messages([message])
    except Exception as error:
        close(own)
        return _verdict(error)
    if connection is None:
        close(own)
    if not taken:
        return Result(Verdict.REFUSED, "There is no e-mail address to send to.")
    return Result(Verdict.SENT, "")


def close(connection: Any) -> None:
    """Let go of a connection whatever state it is in."""
    with contextlib.suppress(Exception):
        connection.close()


def _verdict(error: Exception) -> Result:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _answered(*next(iter(error.recipients.values())))
        case smtplib.SMTPDataError():
            return _answered(error.smtp_code, error.smtp_error)
        case smtplib.SMTPSenderRefused():
            # Our own address is at fault, not the reader's: the set-up can be mended, so go on trying.
            return _put_off(error.smtp_code, error.smtp_error)
        case OSError():  # all of smtplib's errors are, too
            return Result(Verdict.UNREACHABLE, f"{UNREACHABLE_WORDS}: {_words(error)}"[:500])
        case ValueError():
            return Result(Verdict.REFUSED, f"The message could not be addressed: {_words(error)}"[:500])
        case _:
            logger.exception("A message could not be sent", exc_info=error)
            return Result(Verdict.PUT_OFF, f"The message could not be sent: {_words(error)}"[:500])


def _answered(code: int, answer: bytes | str) -> Result:
    if code == 421:  # "closing the channel" speaks of the server, not of this message (RFC 5321, 3.8)
        return Result(Verdict.UNREACHABLE, f"{UNREACHABLE_WORDS}: {code} {_text(answer)}"[:500])
    if code >= 500:
        return Result(Verdict.REFUSED, f"The mail server refused it: {code} {_text(answer)}"[:500])
    return _put_off(code, answer)


def _put_off(code: int, answer: bytes | str) -> Result:
    return Result(Verdict.PUT_OFF, f"The mail server put it off: {code} {_text(answer)}"[:500])


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return _text(str(error)) or type(error).__name__
