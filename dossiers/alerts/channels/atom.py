"""A person's news as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed

from dossiers.alerts import compose, letter
from dossiers.models import Feed, News, TimeLimit

from .calendar import name_of
from .feed_words import word
from .feeds import of_its_cases
from .payload import hidden_limits

MOST = 200
KEPT = timedelta(days=60)


def write(feed: Feed, *, now: datetime) -> bytes:
    """The newest news in UTF-8; the same as long as nothing is new and no limit of them changes."""
    reader = letter.reader_of(feed.owner, now)
    rows = list(
        News.objects.filter(of_its_cases(feed), created_at__gte=now - KEPT)
        .select_related("case", "event")
        .defer("case__note", "case__parties")[:MOST]
    )
    limits = _limits(rows)
    _withhold([one for some in limits.values() for one in some], feed)
    told = Atom1Feed(
        title=name_of(feed, "news_name", reader),
        link=f"{settings.SITE_URL}/",
        description="",
        language=reader.language,
        feed_guid=f"tag:{compose.mail_domain()},2026:feed/{feed.pk}",
    )
    for news in rows:
        _add(told, news, limits[news.pk], reader)
    if not rows:
        told.latest_post_date = lambda: feed.created_at  # type: ignore[method-assign]
    return told.writeString("utf-8").encode()


def _add(told: Atom1Feed, news: News, limits: list[TimeLimit], reader: letter.Reader) -> None:
    told.add_item(
        title=letter.subject(news, limits, reader),
        link=letter.case_url(news.case),
        description="\n".join(_lines(news, limits, reader)),
        unique_id=f"tag:{compose.mail_domain()},2026:news/{news.pk}",
        pubdate=news.created_at,
        updateddate=news.created_at,
        author_name="IP Portal",
        categories=(news.kind,),
    )


def _lines(news: News, limits: list[TimeLimit], reader: letter.Reader) -> Iterator[str]:
    yield reader.say(news.kind)
    yield f"{letter.number_of(news.case, reader.language)} {letter.one_line(news.case.title, 200)}".rstrip()
    if news.event and news.event.legal_date and news.event.side == "office":
        yield word(reader.language, "dispatched", day=news.event.legal_date.isoformat())
    for limit in limits:
        due = limit.due.isoformat() if limit.due else word(reader.language, "no_date")
        title = letter.one_line(reader.pick(limit, "title"), 200)
        yield word(reader.language, "due", title=title, due=due)


def _withhold(limits: list[TimeLimit], feed: Feed) -> None:
    """Take off, here in memory alone, the dates that the reader is to find first."""
    hidden = hidden_limits(limits, feed.owner)
    for limit in limits:
        if limit.pk in hidden:
            limit.due = None


def _limits(rows: list[News]) -> dict[int, list[TimeLimit]]:
    """For each piece of news the limits it is about, as `letter.limits_of` finds them for one."""
    named = {news.pk: _named(news) for news in rows}
    kept = TimeLimit.objects.exclude(state=TimeLimit.State.GONE).defer("calculation")
    by_key = kept.in_bulk([pk for pk in named.values() if pk])
    by_event: dict[int, list[TimeLimit]] = defaultdict(list)
    for limit in kept.filter(event__in=[news.event_id for news in rows if news.event_id]):
        by_event[limit.event_id or 0].append(limit)
    found: dict[int, list[TimeLimit]] = {}
    for news in rows:
        one = by_key.get(named[news.pk] or 0)
        whole = by_event[news.event_id or 0] if news.event_id else []
        about_one = news.kind in letter.ABOUT_ONE_LIMIT or not news.event_id
        chosen = ([one] if one else []) if about_one else whole
        found[news.pk] = sorted(chosen, key=_order)
    return found


def _named(news: News) -> int | None:
    pk = news.detail.get("limit")
    return pk if isinstance(pk, int) else None


def _order(limit: TimeLimit) -> tuple[bool, bool, date, int]:
    return limit.state not in letter.OPEN, limit.duty == "chance", limit.due or date.min, limit.pk
