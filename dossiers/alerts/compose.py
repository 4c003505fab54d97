"""From a letter to a mail: headers, plain text and HTML."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from email.header import Header
from email.utils import parseaddr
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from dossiers.alerts import letter as letters
from dossiers.alerts import wording
from dossiers.alerts.letter import Letter
from dossiers.alerts.unsubscribe import url_for
from dossiers.alerts.words import say
from dossiers.models import Alert, Case, MailWording, TimeLimit

logger = logging.getLogger(__name__)

_RULE = "─" * 30


def mail_domain() -> str:
    """The right side of our Message-IDs: the sender's domain, else the site's host."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return domain or urlsplit(settings.SITE_URL).hostname or "localhost"


def message(alert: Alert, *, now: datetime, identity: str = "") -> EmailMultiAlternatives:
    """The mail for one alert, in its reader's language, under its own name or that of its group.

    When the details cannot be put together, the mail goes out without them and says so: a fault in one
    calculation or one document must not keep the news from its reader.
    """
    with translation.override(alert.user.language):
        try:
            letter = wording.dress(letters.write(alert, now=now), MailWording.Kind.ALERT)
            subject, text, html = letter.subject, as_text(letter), as_html(letter)
        except Exception:
            logger.exception("The details of alert %s could not be put together", alert.pk)
            subject, text, html = _bare(alert, now)
    return _mail(alert, identity or alert.message_id, subject, text, html)


def html_of(message: EmailMultiAlternatives) -> str:
    return next((str(part[0]) for part in message.alternatives if part[1] == "text/html"), "")


# --- headers ----------------------------------------------------------------------------------------------


def thread_id(case: Case) -> str:
    """What all mails about a case answer to, so that mail programs keep them together."""
    return f"<case.{case.law}.{case.application_number}@{mail_domain()}>"


class Mail(EmailMultiAlternatives):
    """A mail whose subject starts on the header's own line.

    The first encoded word must leave room for "Subject: ", or the line is folded before it and many programs
    show a blank in front of the subject. `about`: keys of the cases it tells of, where only its words know.
    """

    about: frozenset[int] = frozenset()

    def message(self, **options: Any) -> Any:
        built = super().message(**options)
        subject = str(self.subject)
        if not subject.isascii():
            del built["Subject"]
            built["Subject"] = Header(subject, "utf-8", maxlinelen=64).encode(linesep="")
        return built


def _mail(alert: Alert, identity: str, subject: str, text: str, html: str) -> EmailMultiAlternatives:
    mail = Mail(
        subject=letters.one_line(subject, letters.LONGEST_SUBJECT),
        body=text,
        to=[alert.user.email] if alert.user.email else [],
        headers=_headers(alert, identity),
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _headers(alert: Alert, identity: str) -> dict[str, str]:
    follow = letters.follow_of(alert)
    headers = {
        "Message-ID": identity,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": f"<{url_for(alert.user, follow)}>",
        "References": thread_id(alert.news.case),
        "In-Reply-To": thread_id(alert.news.case),
    }
    if follow:
        headers["List-Id"] = f"<{follow.watchlist_id or f'case-{follow.case_id}'}.{mail_domain()}>"
        # One click may end a follow. Where it would end all mail the page asks first, so it is not offered.
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


# --- layout -----------------------------------------------------------------------------------------------


def as_html(letter: Letter) -> str:
    words = {key: letter_word(letter, key) for key in _HEADINGS}
    context = {"letter": letter, "words": words, "language": letter.language, "subject": letter.subject}
    return render_to_string("mail/alert.html", context)


_HEADINGS = ("limits", "how", "ladder", "reviews", "substance", "own", "freshness", "open_limit")


def letter_word(letter: Letter, key: str) -> str:
    return say(letter.language, key)


def as_text(letter: Letter) -> str:
    """The same in plain text; lines are left long, so that numbers and addresses are never broken."""
    word = partial(letter_word, letter)
    parts = [
        [letter.opening] if letter.opening else [],
        [letter.intro, f"{letter.number} {letter.title}".strip(), *_labelled(letter.facts)],
        *(_limit_text(limit, letter) for limit in letter.limits),
        [f"■ {word('limits')}", letter.no_limit] if letter.no_limit else [],
        [f"■ {word('reviews')}", *_listed(letter.reviews)] if letter.reviews else [],
        _substance_text(letter),
        [f"■ {word('own')}", *_labelled(letter.own)] if letter.own else [],
        [f"■ {word('freshness')}", *letter.freshness],
        [f"■ {letter.ask.title}", letter.ask.words, *_labelled([letter.ask.link])] if letter.ask else [],
        _labelled(letter.links),
        [letter.closing] if letter.closing else [],
        [_RULE, letter.why, *_labelled([letter.unsubscribe])],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _limit_text(limit: letters.LimitWords, letter: Letter) -> list[str]:
    head = f"■ {letter_word(letter, 'limits')}{say(letter.language, 'between')}{limit.title}"
    date = f"  {limit.due}  {limit.left}".rstrip()
    how = [f"{letter_word(letter, 'how')}:", *_listed(limit.steps)] if limit.steps else []
    ladder = [f"{letter_word(letter, 'ladder')}:", *_listed(limit.ladder)] if limit.ladder else []
    link = f"{letter_word(letter, 'open_limit')}: {limit.url}"
    return [head, date, *(f"  {remark}" for remark in limit.remarks), *how, *ladder, link]


def _substance_text(letter: Letter) -> list[str]:
    rows = [*_labelled(letter.substance), *([letter.substance_note] if letter.substance_note else [])]
    return [f"■ {letter_word(letter, 'substance')}", *rows] if rows else []


def _labelled(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{label}: {words}" if label else words for label, words in pairs]


def _listed(lines: Iterable[str]) -> list[str]:
    return [f"  ・{line}" for line in lines]


# --- when all else fails ------------------------------------------------------------------------------------


def _bare(alert: Alert, now: datetime) -> tuple[str, str, str]:
    """The news alone, from the fewest fields: which case, that something happened, where to look."""
    reader = letters.reader_of(alert.user, now)
    case = alert.news.case
    dates = case.limits.filter(event=alert.news.event_id, state=TimeLimit.State.OPEN, due__isnull=False)
    due = dates.values_list("due", flat=True).first() if alert.news.event_id else None
    bracket = reader.say("due", due=due.isoformat()) if due else reader.say("review")
    act = alert.news.event.description if alert.news.event else ""
    subject = f"[{bracket}] {case.application_number} {act} — {case.own_reference}"
    intro = f"{reader.say(alert.news.kind)}\n{reader.say('bare')}"
    url = letters.case_url(case)
    leave_label, leave = letters.way_out(alert, reader)
    told = {"language": reader.language, "subject": subject, "intro": intro, "url": url}
    told |= {"leave": leave, "leave_label": leave_label}
    html = render_to_string("mail/bare.html", told)
    return subject, f"{subject}\n\n{intro}\n\n{url}\n\n{leave_label}: {leave}\n", html
