"""Telling what a notice says where the first mail about it went out before it was read.

The first mail never waits long for the text. One that comes within minutes is in that mail; one that comes
hours or days later is told by a second mail in the same thread. A text that never comes is not spoken of.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from dossiers import clock
from dossiers.docketing import news
from dossiers.models import Alert, Case, Event, News

from .take_in import Tell

_FIRST_TOLD = (News.Kind.OFFICE_ACTION, News.Kind.DECISION, News.Kind.DISPATCH)
_CAME = (Event.NoticeState.READ, Event.NoticeState.UNREADABLE)


def telling_what_was_read(case: Case, tell: Tell) -> Tell:
    """`tell` for the taking in of documents: adds the news of texts that people were told without.

    To be made before the documents are taken in, and called in the transaction that stores them.
    """
    unread = set(_events(case, Event.NoticeState.NOT_FETCHED).values_list("pk", flat=True))

    def told(found: Sequence[News]) -> None:
        tell([*found, *_news_of_texts(case, unread, found)])

    return told if unread else tell


def _events(case: Case, *states: str) -> QuerySet[Event]:
    return case.events.filter(notice_state__in=states, vanished_at=None)


def _news_of_texts(case: Case, unread: set[int], found: Sequence[News]) -> list[News]:
    """A limit that the text has moved is told with the text, and needs no second mail."""
    told_with_it = {one.event_id for one in found}
    came = _events(case, *_CAME).filter(pk__in=unread - told_with_it)
    made: list[News] = []
    for event in came:
        if _was_told_without(event):
            kind, key = News.Kind.NOTICE_READ, f"read:{event.key}"
            made += news.write(case, kind, key, now=clock.now(), event=event)
    return made


def _was_told_without(event: Event) -> bool:
    """Whether a message on the event has gone out, or may have; one not begun yet will hold the text."""
    gone = Q(state=Alert.State.SENT) | Q(state=Alert.State.WAITING, attempts__gt=0)
    return Alert.objects.filter(gone, news__event=event, news__kind__in=_FIRST_TOLD).exists()
