"""One mail for many alerts of one reader: a line for each, the nearest time limits first."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.utils import translation

from dossiers.alerts import acknowledge, compose
from dossiers.alerts import letter as letters
from dossiers.alerts.letter import Reader, one_line, reader_of
from dossiers.alerts.listing import Listing, Row
from dossiers.alerts.prompt_mail import lateness, listed, way_out
from dossiers.models import Alert, MailWording, Prompt

logger = logging.getLogger(__name__)


def message(prompt: Prompt, alerts: Sequence[Alert], *, now: datetime) -> compose.Mail:
    """The mail of a prompt that carries these alerts, of which there is at least one."""
    reader = reader_of(prompt.user, now)
    with translation.override(reader.language):
        return listed(prompt, _listing(prompt, alerts, reader), MailWording.Kind.ALERTS)


def _listing(prompt: Prompt, alerts: Sequence[Alert], reader: Reader) -> Listing:
    found = sorted(((_due(alert), _row(alert, reader)) for alert in alerts), key=lambda one: one[0] or "0")
    dates = [due for due, _ in found if due]
    limit = f"[{reader.say('due', due=min(dates))}]" if dates else ""
    cases = len({alert.news.case_id for alert in alerts})
    title = reader.say("several_subject", news=f"{len(alerts):,}", cases=f"{cases:,}")
    return Listing(
        language=reader.language,
        subject=f"{limit} {title}".strip(),
        title=title,
        intro=reader.say("several_intro"),
        late=lateness(prompt, reader),
        rows=tuple(row for _, row in found),
        ask=_ask(prompt, reader),
        why=reader.say("why_group"),
        leave=way_out(prompt.user, reader),
        variables={"limit": limit, "what": title, "reader": one_line(str(prompt.user), 60)},
    )


def _ask(prompt: Prompt, reader: Reader) -> letters.Ask | None:
    if not acknowledge.still_live(acknowledge.of_prompts([prompt.pk]), reader.now):
        return None
    return letters.ask_for(reader, prompt.user, prompt)


def _due(alert: Alert) -> str:
    """The nearest running date; "" where there is none, or none can be read."""
    try:
        limits = letters.limits_of(alert.news)
    except Exception:
        logger.exception("The limits of alert %s could not be read", alert.pk)
        return ""
    dates = [limit.due.isoformat() for limit in limits if limit.due and limit.state in letters.OPEN]
    return min(dates, default="")


def _row(alert: Alert, reader: Reader) -> Row:
    """A fault in one calculation or document must not keep the others from their reader."""
    try:
        return _full_row(alert, reader)
    except Exception:
        logger.exception("The line of alert %s could not be put together", alert.pk)
    case = alert.news.case
    return Row(
        when=reader.say("review"),
        number=case.application_number,
        words=reader.say(alert.news.kind),
        url=letters.case_url(case),
        tone="unsure",
    )


def _full_row(alert: Alert, reader: Reader) -> Row:
    case, due = alert.news.case, _due(alert)
    number = letters.number_of(case, reader.language)
    reference = one_line(case.own_reference, 40)
    bracket = letters.bracket(alert.news, letters.limits_of(alert.news), reader).strip("[]")
    return Row(
        when=due or bracket or "–",
        number=f"{number} — {reference}" if reference else number,
        words=one_line(letters.act_of(alert.news, reader), 100),
        url=letters.case_url(case),
        tone="calm" if due or not bracket else "unsure",
    )
