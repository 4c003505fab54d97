"""How the reader wants days written: by ISO 8601, or, in Japanese, by the era if they have chosen so.

Every page, drawing and sentence for people goes through here; files, addresses and fields of forms keep
ISO 8601.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language

from dossiers.docketing.eras import in_era, month_in_era, rewritten

_wanted: ContextVar[bool] = ContextVar("era_dates", default=False)


@contextmanager
def as_wanted(era_dates: bool) -> Iterator[None]:
    """Within it, days are written by the era for whoever reads Japanese."""
    token = _wanted.set(era_dates)
    try:
        yield
    finally:
        _wanted.reset(token)


def by_era() -> bool:
    return _wanted.get() and get_language() == "ja"


def written(day: date) -> str:
    """2026-11-22, or 令和8年11月22日; of an instant, its day in the reader's zone."""
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    return in_era(day) if by_era() else f"{day:%Y-%m-%d}"


def month(day: date) -> str:
    """2026-11, or 令和8年11月."""
    return month_in_era(day) if by_era() else f"{day:%Y-%m}"


def moment(at: datetime) -> str:
    """2026-11-22 09:00, or 令和8年11月22日 09:00, in the reader's zone."""
    local = timezone.localtime(at)
    return f"{written(local.date())} {local:%H:%M}"


def in_text(text: str) -> str:
    """A sentence of ours that was kept with its days in ISO 8601, with the days as the reader wants them."""
    return rewritten(text, written) if by_era() else text
