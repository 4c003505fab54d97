"""The office's day is Japan time, whatever the machine's zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")


def office_day(at: datetime) -> date:
    """The calendar day in Japan at the aware instant `at`; daily quotas belong to it."""
    if at.tzinfo is None:
        raise ValueError("an aware datetime is needed to tell the office's day")
    return at.astimezone(JST).date()


def next_midnight(at: datetime) -> datetime:
    """The next 00:00 Japan time after `at`, when the office's daily counters start again."""
    return datetime.combine(office_day(at) + timedelta(days=1), time(), tzinfo=JST)
