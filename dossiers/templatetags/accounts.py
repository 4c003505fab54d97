"""What pages of accounts need."""

from __future__ import annotations

import json
from typing import Any

from django import template
from fido2.utils import websafe_encode

register = template.Library()

# The first mark that is found counts: most browsers name the ones they resemble, too.
_BROWSERS = (
    *(("Edg/", "Edge"), ("EdgiOS/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera")),
    *(("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome")),
    *(("Safari/", "Safari"),),
)
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


@register.filter
def for_script(value: Any) -> str:
    """Data for a script, to stand in an attribute (where it is escaped as any text)."""
    return json.dumps(value, default=_plain)


@register.filter
def device(agent: str) -> str:
    """The browser and the system that a User-Agent header names, as "Chrome · Windows"; "" where it names
    none that people know. It is what the device says of itself, and proves nothing."""
    named = (_first(agent, _BROWSERS), _first(agent, _SYSTEMS))
    return " · ".join(name for name in named if name) if named[0] else ""


def _first(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in known if mark in agent), "")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return websafe_encode(value)
    return dict(value)
