"""How the reader wants days written: by ISO 8601, or, in Japanese, by the era if they have chosen so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from django.utils.translation import get_language

from dossiers.docketing.eras import in_era

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
    """2026-11-22, or 令和8年11月22日."""
    return in_era(day) if by_era() else f"{day:%Y-%m-%d}"
