"""Plain mails about an account: an invitation, a new password, a changed address. They go out at once.

Nobody waits for them in the queue's order: whoever asked for one sits before the page.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from dossiers.alerts import post
from dossiers.alerts.letter import one_line

logger = logging.getLogger(__name__)

_LONGEST_SUBJECT = 150


def send(prefix: str, to: str, language: str, about: Mapping[str, Any]) -> str:
    """Hand over the mail of `templates/<prefix>_subject.txt` and `_message.txt` in that language.

    Returns why the mail server did not take it, in its own words; "" when it did.
    """
    with translation.override(language):
        subject = one_line(render_to_string(f"{prefix}_subject.txt", dict(about)), _LONGEST_SUBJECT)
        text = render_to_string(f"{prefix}_message.txt", dict(about)).strip() + "\n"
    result = post.send(EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [to]))
    if result.verdict is post.Verdict.SENT:
        return ""
    logger.error("A mail about an account (%s) was not taken: %s", prefix, result.words)
    return result.words
