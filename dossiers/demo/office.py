"""The levers of the demo's office in miniature: its days, its troubles, and what it will dispatch next.

Only an office on this machine has levers; against any other address every call is refused before it is sent.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

_TIMEOUT = (2, 15)  # seconds to connect, to answer
TROUBLES = ("slow", "302", "999")


class OfficeUnreachable(Exception):
    """The office in miniature does not run, or did not understand."""


@dataclass(frozen=True)
class Coming:
    """A document that the office will dispatch on `legal_date` and show from `visible_on`."""

    law: str
    application_number: str
    code: str
    title: str
    legal_date: date
    visible_on: date


def let_days_pass(days: int = 1) -> None:
    """Move the office's clock, and with it everybody's in the demo, forward."""
    _call("POST", "clock", {"advance_days": days})


def coming(code: str = "A131", days: int = 7) -> list[Coming]:
    """What becomes visible in the next `days` days after the office's today, soonest first."""
    rows = _call("GET", f"upcoming?code={code}&days={days}")
    try:
        found = [_coming(row) for row in rows]
    except (TypeError, KeyError, ValueError) as error:
        raise OfficeUnreachable("the office's list could not be read") from error
    return sorted(found, key=lambda one: (one.visible_on, one.law, one.application_number))


def trouble() -> str:
    """The trouble the office has now: one of TROUBLES, another kind ordered elsewhere, or "none"."""
    rules = _call("GET", "state").get("faults", [])
    return str(rules[0]["kind"]) if rules else "none"


def make_trouble(kind: str) -> None:
    """Give the office one of TROUBLES until further notice, or "none" to heal it."""
    if kind != "none" and kind not in TROUBLES:
        raise ValueError(f"no such trouble: {kind}")
    _call("DELETE", "faults")
    if kind != "none":
        _call("POST", "faults", {"kind": kind, "match": "/api/"})


def _coming(row: dict[str, Any]) -> Coming:
    return Coming(
        law=str(row["law"]),
        application_number=str(row["number"]),
        code=str(row["code"]),
        title=str(row["title"]),
        legal_date=date.fromisoformat(row["legal_date"]),
        visible_on=date.fromisoformat(row["visible_on"]),
    )


def _call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    base = settings.JPO_BASE_URL
    if not _on_this_machine(base):
        raise OfficeUnreachable(f"{base} is not an office in miniature")
    try:
        answer = requests.request(method, f"{base}/_sandbox/{path}", json=body, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise OfficeUnreachable(type(error).__name__) from error


def _on_this_machine(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
