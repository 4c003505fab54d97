"""The one clock of the application.

In the demo the sandbox office lets days pass; its clock file then moves everybody's clock together, so that
"today" means the same to the office, the pages and the worker.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from apiclient.clock import office_day

_seen: dict[str, tuple[int, float]] = {}


def _offset_seconds(path: str) -> float:
    """The demo's clock offset; read again only when the file changed, 0 when there is none."""
    try:
        changed = Path(path).stat().st_mtime_ns
    except OSError:
        return 0.0
    known = _seen.get(path)
    if known and known[0] == changed:
        return known[1]
    try:
        offset = float(json.loads(Path(path).read_text())["offset_seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return known[1] if known else 0.0
    _seen[path] = (changed, offset)
    return offset


def now() -> datetime:
    """The present instant (aware, UTC)."""
    path = settings.DEMO_CLOCK_FILE
    instant = timezone.now()
    return instant + timedelta(seconds=_offset_seconds(path)) if path else instant


def office_today() -> date:
    """Today in Japan, the day on which the office's quotas and dispatches are counted."""
    return office_day(now())
