"""A person's time limits as an iCalendar (RFC 5545) that programs read again and again.

Each limit is an all-day event under an identity that never changes. A moved date and an ended limit raise its
SEQUENCE; an ended one is CANCELLED for three months, so that programs which keep what they once read take it
away. What cannot stand on a day is counted in an event of today: nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Count, Max, QuerySet
from icalendar import Alarm, Calendar, Event

from apiclient.clock import JST, office_day
from dossiers.alerts import compose, letter
from dossiers.docketing.duty import calculation_of
from dossiers.docketing.explain import explain
from dossiers.models import BY_HAND, Feed, TimeLimit, TimeLimitChange

from .feed_words import word
from .feeds import of_its_cases
from .payload import hidden_limits

RUNNING = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)
MOST = 1000  # running limits of one calendar, the nearest
MOST_ENDED = 300
ENDED_KEPT = timedelta(days=90)
REMINDED = {"limit": (14, 7, 3, 1, 0), "chance": (7,)}  # days before
_REMINDED_AT = timedelta(hours=9)
_MOST_LINES = 40


@dataclass(frozen=True)
class _Past:
    """How often a limit's date or state changed, and when last."""

    times: int
    last: datetime | None


def write(feed: Feed, *, now: datetime) -> bytes:
    """The whole calendar in UTF-8. The same as long as nothing changes and the office's day is the same."""
    reader = letter.reader_of(feed.owner, now)
    rows = TimeLimit.objects.filter(of_its_cases(feed)).select_related("case")
    rows = rows.defer("case__note", "case__parties")
    running, ended = _running(rows), _ended(rows, now)
    past = _past([*running, *ended])
    hidden = hidden_limits(running, feed.owner)
    calendar = _empty(feed, reader)
    for limit in running:
        if limit.pk not in hidden:
            calendar.add_component(_event(limit, past.get(limit.pk), reader))
    for limit in ended:
        calendar.add_component(_event(limit, past.get(limit.pk), reader))
    for event in _attention(feed, rows, len(hidden), reader):
        calendar.add_component(event)
    return bytes(calendar.to_ical())


# --- what is read -------------------------------------------------------------------------------------------


def _on_their_days(rows: QuerySet[TimeLimit]) -> QuerySet[TimeLimit]:
    return rows.filter(state__in=RUNNING, due__isnull=False, passed_on_adding=False)


def _running(rows: QuerySet[TimeLimit]) -> list[TimeLimit]:
    """The nearest, those that have passed and still run among them: the latest days are left out first."""
    return list(_on_their_days(rows).order_by("due", "pk")[:MOST])


def _ended(rows: QuerySet[TimeLimit], now: datetime) -> list[TimeLimit]:
    shown = rows.filter(due__isnull=False, passed_on_adding=False)
    lately = shown.exclude(state__in=RUNNING).filter(state_at__gte=now - ENDED_KEPT)
    return list(lately.order_by("-state_at", "pk")[:MOST_ENDED])


def _past(limits: Iterable[TimeLimit]) -> dict[int, _Past]:
    changes = TimeLimitChange.objects.filter(limit__in=[one.pk for one in limits], field__in=("due", "state"))
    counted = changes.order_by().values_list("limit").annotate(Count("pk"), Max("at"))
    return {pk: _Past(times, last) for pk, times, last in counted}


# --- how it is written --------------------------------------------------------------------------------------


def _empty(feed: Feed, reader: letter.Reader) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//IP Portal//Time limits//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name_of(feed, "limits_name", reader))
    calendar.add("x-wr-timezone", "Asia/Tokyo")
    calendar.add("x-published-ttl", "PT1H")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    return calendar


def name_of(feed: Feed, key: str, reader: letter.Reader) -> str:
    name = word(reader.language, key)
    if feed.watchlist is None:
        return name
    return word(reader.language, "of_list", name=name, watchlist=letter.one_line(feed.watchlist.name, 80))


def _event(limit: TimeLimit, past: _Past | None, reader: letter.Reader) -> Event:
    changed = max(filter(None, (past and past.last, limit.created_at)))
    ended = limit.state not in RUNNING
    event = Event()
    event.add("uid", f"limit.{limit.pk}@{compose.mail_domain()}")
    event.add("sequence", past.times if past else 0)
    event.add("dtstamp", changed.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", changed.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", limit.due)
    event.add("summary", _summary(limit, reader))
    event.add("description", "\n".join(_description(limit, reader)))
    event.add("url", _url(limit))
    event.add("transp", "TRANSPARENT")  # a last day does not make its reader busy
    event.add("status", "CANCELLED" if ended else "TENTATIVE" if limit.provisional else "CONFIRMED")
    for days in () if limit.state != TimeLimit.State.OPEN else REMINDED.get(limit.duty, ()):
        event.add_component(_alarm(days, _summary(limit, reader)))
    return event


def _alarm(days: int, summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", _REMINDED_AT - timedelta(days=days))  # from midnight of the day itself
    return alarm


def _summary(limit: TimeLimit, reader: letter.Reader) -> str:
    """[provisional] Response to the office action JP 2026-012345 — ABC-0123"""
    number = letter.number_of(limit.case, reader.language)
    reference = letter.one_line(limit.case.own_reference, 40)
    marks = "".join(f"[{mark}] " for mark in _marks(limit, reader))
    line = f"{marks}{letter.one_line(reader.pick(limit, 'title'), 120)} {number}"
    return f"{line} — {reference}" if reference else line


def _marks(limit: TimeLimit, reader: letter.Reader) -> Iterator[str]:
    if limit.state not in RUNNING:
        yield str(limit.get_state_display())
        return
    if limit.state == TimeLimit.State.CLAIMED:
        yield word(reader.language, "claimed")
    if limit.provisional:
        yield word(reader.language, "provisional")
    if limit.duty == "chance":
        yield word(reader.language, "chance")


def _description(limit: TimeLimit, reader: letter.Reader) -> Iterator[str]:
    said = reader.language
    yield f"{letter.number_of(limit.case, said)} {letter.one_line(limit.case.title, 200)}".rstrip()
    if limit.case.own_reference:
        yield word(said, "reference", reference=letter.one_line(limit.case.own_reference, 60))
    if limit.state not in RUNNING:
        why = letter.one_line(reader.pick(limit, "state_reason"), 300)
        yield word(said, "ended", state=f"{limit.get_state_display()} {why}".rstrip())
    if limit.provisional and limit.state in RUNNING:
        yield word(said, "provisional_why")
    if limit.state in RUNNING and limit.confirmed_at is None:
        yield word(said, "not_confirmed")
    yield from _explained(limit, said)
    yield word(said, "limit", url=_url(limit))
    yield word(said, "case", url=letter.case_url(limit.case))


def _explained(limit: TimeLimit, language: letter.Language) -> Iterator[str]:
    if limit.rule_id == BY_HAND:
        yield word(language, "by_hand")
        return
    calculation = calculation_of(limit)
    try:
        lines = explain(calculation, language) if calculation else []
    except (KeyError, TypeError, ValueError):  # kept by an older or newer program
        return
    cut = len(lines) - len(calculation.ladder) if calculation else 0
    for key, part in (("how", lines[:cut]), ("later", lines[cut:])):
        if part:
            yield word(language, key)
            yield from (f"・{letter.one_line(line, 500)}" for line in part[:_MOST_LINES])


def _url(limit: TimeLimit) -> str:
    return f"{settings.SITE_URL}/limits/{limit.pk}/"


# --- what cannot stand on a day -----------------------------------------------------------------------------


def _attention(feed: Feed, rows: QuerySet[TimeLimit], hidden: int, reader: letter.Reader) -> Iterator[Event]:
    """One event of today with what the calendar does not show; none when it shows everything."""
    running = rows.filter(state__in=RUNNING).order_by()
    undated = running.filter(due=None).count()
    before = running.filter(due__isnull=False, passed_on_adding=True).count()
    more = max(0, _on_their_days(rows).order_by().count() - MOST)
    total = undated + hidden + before + more
    if not total:
        return
    scope = "all" if feed.scope == "all" else "mine"
    places = {
        "undated": (undated, f"/limits/?due=unknown&scope={scope}"),
        "blind": (hidden, "/limits/confirm/"),
        "before": (before, f"/limits/?due=before&scope={scope}"),
        "more": (more, f"/limits/?scope={scope}"),
    }
    lines = [
        word(reader.language, key, n=n, url=f"{settings.SITE_URL}{path}")
        for key, (n, path) in places.items()
        if n
    ]
    yield _event_of_today(feed, word(reader.language, "attention", n=total), lines, office_day(reader.now))


def _event_of_today(feed: Feed, summary: str, lines: list[str], today: date) -> Event:
    event = Event()
    event.add("uid", f"feed.{feed.pk}@{compose.mail_domain()}")
    event.add("sequence", today.toordinal())
    event.add("dtstamp", datetime.combine(today, time(), JST).astimezone(UTC))
    event.add("dtstart", today)
    event.add("summary", summary)
    event.add("description", "\n".join(lines))
    event.add("url", f"{settings.SITE_URL}/limits/")
    event.add("transp", "TRANSPARENT")
    return event
