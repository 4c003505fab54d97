"""Offices as Python, without Django: what a script needs, by name. docs/apiclient.md shows it at work.

Names are looked up when they are used, so that importing one room does not load the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apiclient.documents.archive import read_bundle
    from apiclient.documents.notice import read_notice
    from apiclient.jpo.catalogue import ENDPOINTS, Endpoint, endpoint, endpoint_named, policy
    from apiclient.jpo.client import JpoClient
    from apiclient.numbers import display, docdb, parse
    from apiclient.outcomes import Answer, Outcome
    from apiclient.quota import DailyLimitReached, MemoryLedger, MinuteLimitReached, Policy, Purpose
    from apiclient.sqlite_ledger import SqliteLedger

_HOMES = {
    "apiclient.documents.archive": ("read_bundle",),
    "apiclient.documents.notice": ("read_notice",),
    "apiclient.jpo.catalogue": ("ENDPOINTS", "Endpoint", "endpoint", "endpoint_named", "policy"),
    "apiclient.jpo.client": ("JpoClient",),
    "apiclient.numbers": ("display", "docdb", "parse"),
    "apiclient.outcomes": ("Answer", "Outcome"),
    "apiclient.quota": ("DailyLimitReached", "MemoryLedger", "MinuteLimitReached", "Policy", "Purpose"),
    "apiclient.sqlite_ledger": ("SqliteLedger",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ENDPOINTS",
    "Answer",
    "DailyLimitReached",
    "Endpoint",
    "JpoClient",
    "MemoryLedger",
    "MinuteLimitReached",
    "Outcome",
    "Policy",
    "Purpose",
    "SqliteLedger",
    "display",
    "docdb",
    "endpoint",
    "endpoint_named",
    "parse",
    "policy",
    "read_bundle",
    "read_notice",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
