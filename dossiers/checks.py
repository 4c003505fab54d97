"""A bad set-up stops the start with a word on what to do, instead of losing a time limit later."""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def queue_settings_survive_redelivery(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """`retry` counts from when the pusher took the message, so it must outlast all that was queued before."""
    q = settings.Q_CLUSTER
    found: list[CheckMessage] = []
    if not isinstance(q["timeout"], int):
        found.append(Error("The queue's timeout must be a whole number of seconds.", id="ipportal.E001"))
        return found
    bound = q["timeout"] * (1 + math.ceil((q["queue_limit"] + q["bulk"]) / q["workers"]))
    if q["retry"] <= bound:
        found.append(
            Error(
                f"The queue's retry ({q['retry']} s) must be greater than {bound} s.",
                hint="Raise retry, or lower timeout or queue_limit.",
                id="ipportal.E002",
            )
        )
    if q["guard_cycle"] < 0.5:
        found.append(Error("The queue's guard_cycle must be at least 0.5 s.", id="ipportal.E003"))
    return found


@register()
def sqlite_waits_instead_of_failing(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return []
    options = database.get("OPTIONS", {})
    if options.get("transaction_mode") == "IMMEDIATE" and "journal_mode=WAL" in options.get(
        "init_command", ""
    ):
        return []
    return [
        Error(
            "SQLite must run with IMMEDIATE transactions and a write-ahead log.",
            hint="Use the OPTIONS of ipportal/settings.py.",
            id="ipportal.E004",
        )
    ]
