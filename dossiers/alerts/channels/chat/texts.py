"""What a chat is told: short, in the language of the channel's owner, with what is known at the first try.

A room may be read by many, so no link is signed for a person: it leads to a page that asks who they are.
Where the firm checks dates blind, a date that nobody has confirmed is withheld from all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from dossiers.alerts import acknowledge, letter
from dossiers.alerts.letter import Reader, one_line
from dossiers.models import Concern, News, TimeLimit, WebhookDelivery, firm_policy

from .words import word

logger = logging.getLogger(__name__)

MOST_LIMITS = 3
MOST_HEADLINES = 5
LONGEST = 900  # characters; one of the services parts longer texts into several messages
_LONGEST_LINE = 130
_LAST_STEP = 4
# Characters that some service takes for a mention, a link or markup, and what is written for them.
_TAMED = str.maketrans("<>@[]&*`\\|", "＜＞＠［］＆＊＇＼｜")


def tame(text: str, longest: int = _LONGEST_LINE) -> str:
    """One line in which no service finds anything but text, whatever the office or a person wrote."""
    return one_line(text, longest).translate(_TAMED).replace("://", "：//")


@dataclass(frozen=True)
class Note:
    """One thing to tell: `due` is the earliest last day that may be told, None where there is none."""

    headline: str
    lines: tuple[str, ...]
    link: str
    due: date | None

    @property
    def text(self) -> str:
        return _cut([self.headline, *self.lines], self.link)


def write(deliveries: Sequence[WebhookDelivery], *, now: datetime) -> str:
    """The text for what goes out together: one thing, or a count with the most urgent ones."""
    reader = letter.reader_of(deliveries[0].webhook.owner, now)
    if len(deliveries) == 1:
        return _note(deliveries[0], reader).text
    notes = [_note_or_number(one, reader) for one in deliveries]
    notes.sort(key=lambda note: note.due or date.max)
    shown = [f"・{note.headline}" for note in notes[:MOST_HEADLINES]]
    rest = len(notes) - len(shown)
    lines = [
        word(reader.language, "many", n=f"{len(notes):,}"),
        *([word(reader.language, "nearest", due=reader.day(notes[0].due))] if notes[0].due else []),
        *shown,
        *([word(reader.language, "more", n=f"{rest:,}")] if rest else []),
    ]
    return _cut(lines, word(reader.language, "all", url=f"{settings.SITE_URL}/alerts/"))


def _cut(lines: Sequence[str], link: str) -> str:
    """Lines from the first on as long as there is room: the first and the link always stand."""
    kept, left = [lines[0]], LONGEST - len(lines[0]) - len(link) - 1
    for line in lines[1:]:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join([*kept, link])


def _note(delivery: WebhookDelivery, reader: Reader) -> Note:
    if delivery.news:
        return of_news(delivery.news, reader)
    if delivery.concern:
        return of_concern(delivery.concern, delivery.rung, reader)
    if delivery.notice:
        link = word(reader.language, f"{delivery.notice}_link", url=f"{settings.SITE_URL}/")
        return Note(word(reader.language, delivery.notice), (), link, None)
    link = f"{settings.SITE_URL}/settings/channels/{delivery.webhook_id}/"
    return Note(word(reader.language, "test"), (), link, None)


def _note_or_number(delivery: WebhookDelivery, reader: Reader) -> Note:
    """One that cannot be put together must not keep back the others."""
    try:
        return _note(delivery, reader)
    except Exception:
        logger.exception("The line of message %s could not be put together", delivery.message_id)
    about = delivery.news or delivery.concern
    number = about.case.application_number if about else ""
    return Note(word(reader.language, "unread", number=number), (), "", None)


# --- news -------------------------------------------------------------------------------------------------


def of_news(news: News, reader: Reader) -> Note:
    limits, hidden = _shown(letter.limits_of(news))
    concern = acknowledge.of_news(news)
    asks = concern is not None and concern.acknowledged_at is None
    return Note(
        headline=tame(letter.subject(news, limits, reader), letter.LONGEST_SUBJECT),
        lines=(tame(news.case.title, 80), *_limit_lines(limits, hidden, reader)),
        link=word(reader.language, "acknowledge" if asks else "open", url=letter.case_url(news.case)),
        due=_earliest(limits),
    )


def _shown(limits: list[TimeLimit]) -> tuple[list[TimeLimit], set[int]]:
    """The limits without the dates that are to be found blind, and which these are."""
    blind = bool(limits) and firm_policy().blind_check
    hidden = {one.pk for one in limits if blind and one.state in letter.OPEN and not one.confirmed_by_id}
    for one in limits:
        if one.pk in hidden:
            one.due = None
    return limits, hidden


def _limit_lines(limits: Sequence[TimeLimit], hidden: set[int], reader: Reader) -> list[str]:
    found = [_limit_line(one, one.pk in hidden, reader) for one in limits[:MOST_LIMITS]]
    more = len(limits) - len(found)
    return [*found, *([word(reader.language, "more_limits", n=more)] if more else [])]


def _limit_line(limit: TimeLimit, hidden: bool, reader: Reader) -> str:
    title = tame(reader.pick(limit, "title"), 80)
    if hidden:
        return word(reader.language, "blind", title=title)
    words = letter.limit_words(limit, reader)
    left = "" if limit.due is None else words.left
    return word(reader.language, "limit", title=title, due=words.due, left=left).rstrip()


def _earliest(limits: Sequence[TimeLimit]) -> date | None:
    return min((one.due for one in limits if one.due and one.state in letter.OPEN), default=None)


# --- what nobody has acknowledged -------------------------------------------------------------------------


def of_concern(concern: Concern, rung: int, reader: Reader) -> Note:
    about = _of_limit(concern, reader) if concern.limit else of_news(concern.news, reader)
    step = word(reader.language, f"step_{min(max(rung, 1), _LAST_STEP)}")
    since = word(reader.language, "since", at=reader.instant(concern.opened_at), step=step)
    return Note(
        headline=one_line(f"［{reader.say('raised_bracket')}］{about.headline}", letter.LONGEST_SUBJECT),
        lines=(since, *about.lines),
        link=word(reader.language, "acknowledge", url=letter.case_url(concern.case)),
        due=about.due,
    )


def _of_limit(concern: Concern, reader: Reader) -> Note:
    limits, hidden = _shown([concern.limit])
    reference = one_line(concern.case.own_reference, 40)
    due = f"[{reader.say('due', due=limits[0].due.isoformat())}] " if limits[0].due else ""
    words = f"{due}{letter.number_of(concern.case, reader.language)} {reader.pick(concern.limit, 'title')}"
    return Note(
        headline=tame(f"{words} — {reference}" if reference else words),
        lines=(tame(concern.case.title, 80), *_limit_lines(limits, hidden, reader)),
        link="",
        due=_earliest(limits),
    )
