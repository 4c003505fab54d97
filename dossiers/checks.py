"""A bad set-up stops the start with a word on what to do, instead of losing a time limit later."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from apiclient.addresses import storage_host
from apiclient.quota import PER_MINUTE

MOST_OPD_PER_MINUTE = PER_MINUTE["opd"]  # handbook v1.4; the office raises no limit of OPD


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
def the_queue_is_a_redis(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Its address may hold a password and is not repeated."""
    if not settings.QUEUE_URL or urlsplit(settings.QUEUE_URL).scheme in ("redis", "rediss", "unix"):
        return []
    hint = "Write redis://host:6379/0 or rediss://…, or leave it out: then the database holds the queue."
    return [Error("IPPORTAL_QUEUE_URL is not the address of a Redis.", hint=hint, id="ipportal.E030")]


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


@register()
def sqlite_has_full_text_search(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Without FTS5 no case could be found by its words, and no migration would say why."""
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        return []
    try:
        with closing(sqlite3.connect(":memory:")) as memory:
            memory.execute("CREATE VIRTUAL TABLE trial USING fts5(grams, content='', detail=none)")
    except sqlite3.OperationalError:
        hint = "Use a Python whose SQLite has it, or PostgreSQL (DATABASE_URL)."
        return [Error("This SQLite has no full-text search (FTS5).", hint=hint, id="ipportal.E014")]
    return []


@register()
def calls_to_the_office_are_limited(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A limit misread as higher than the office's could cost the firm its ID there."""
    wrong = _wrong_numbers()
    if not wrong:
        from dossiers.refresh.office import limits

        try:
            limits()
        except (LookupError, ValueError) as error:
            wrong.append(f"JPO_DAILY_LIMITS and JPO_DOUBLED: {error.args[0]}.")
    hint = "docs/configuration.md says what each setting may be."
    return [Error(sentence, hint=hint, id="ipportal.E005") for sentence in wrong]


@register()
def access_to_the_predictor_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Half a configuration would only be noticed by whoever asks for suggestions."""
    if not settings.IPAU_CLIENT_ID:  # no check asks the database whether the portal holds one
        return []
    from dossiers.classification import predictor

    try:
        predictor.predictor()
    except predictor.NotConfigured as lacking:
        words = f"IP Australia's predictor cannot be asked: {lacking}."
        hint = "Set or correct the IPAU_ settings; docs/configuration.md says what each is."
        return [Warning(words, hint=hint, id="ipportal.W006")]
    return []


@register()
def storage_hosts_are_names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A misprint would only be noticed when documents too large to be sent at once are asked for."""
    found: list[CheckMessage] = []
    for name in settings.JPO_STORAGE_HOSTS:
        try:
            storage_host(name)
        except ValueError:
            words = f"JPO_STORAGE_HOSTS must hold names of hosts alone, not {name!r}."
            found.append(Error(words, hint="As in bucket.s3.amazonaws.com.", id="ipportal.E007"))
    return found


@register()
def rules_can_be_used(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A rule file edited badly must stop the start, not leave a case without its time limits later."""
    from dossiers.docketing.data_file import RuleError
    from dossiers.docketing.rules import all_rules

    try:
        all_rules()
    except RuleError as error:
        hint = "docs/rules.md says how a rule is written."
        return [Error(f"The rules of time limits cannot be used: {error}", hint=hint, id="ipportal.E008")]
    return []


@register()
def calendar_can_be_used(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A lost line in the list of holidays would make last days wrong without anybody noticing."""
    from dossiers.docketing.calendar import CalendarBroken, office_calendar

    try:
        office_calendar()
    except CalendarBroken as error:
        hint = "Both files lie in dossiers/docketing/data."
        return [Error(f"The office's calendar cannot be used: {error}", hint=hint, id="ipportal.E009")]
    return []


@register()
def outside_watchers_can_be_called(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A misprint would only be noticed by the alarm that the outside watcher raises, or does not."""
    from dossiers.alerts import pings

    hint = "As in https://hc-ping.com/key; the address itself is a key and is not shown here."
    return [
        Warning(
            f"{f'IPPORTAL_PING_URL_{name.upper()}'.rstrip('_')} cannot be called: {code}.",
            hint=hint,
            id="ipportal.W012",
        )
        for name, code in pings.problems().items()
    ]


@register()
def every_address_says_who_may_open_it(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """One that does not is refused to everybody; better known before it is put to use."""
    from django.urls import get_resolver

    from dossiers.views.authorising import without_authoriser

    hint = "Name its authoriser in dossiers/urls.py: may(RIGHT, view) or open_to_all(why, view)."
    return [
        Error(f"The address {pattern!r} does not say who may open it.", hint=hint, id="ipportal.E015")
        for pattern in without_authoriser(get_resolver().url_patterns)
    ]


@register()
def what_is_kept_is_for_its_owner_alone(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """New ones are made so; what is there from before, or was copied there, keeps the mode it has."""
    hint = "chmod go= on each, as the portal's own user."
    return [
        Warning(f"{path} can be opened by others than its owner.", hint=hint, id="ipportal.W016")
        for path in _kept()
        if path.exists() and path.stat().st_mode & 0o077
    ]


def _kept() -> list[Path]:
    """What holds secrets or the docket; what lies in `var` is closed with it."""
    found = [Path(settings.VAR_DIR), Path(settings.VAR_DIR) / "secret_key", Path(settings.BACKUP_DIR)]
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        file = Path(database["NAME"])
        if file.is_absolute() and Path(settings.VAR_DIR) not in file.parents:
            found.append(file)
    return found


def _wrong_numbers() -> list[str]:
    found = []
    if not _at_least_one(settings.JPO_PER_MINUTE):
        found.append("JPO_PER_MINUTE must be a whole number of calls, at least 1.")
    opd = settings.JPO_OPD_PER_MINUTE
    if not _at_least_one(opd) or opd > MOST_OPD_PER_MINUTE:
        found.append(f"JPO_OPD_PER_MINUTE must be a whole number of calls from 1 to {MOST_OPD_PER_MINUTE}.")
    limits = settings.JPO_DAILY_LIMITS
    if not isinstance(limits, dict) or not all(_at_least_one(limit) for limit in limits.values()):
        found.append(
            'JPO_DAILY_LIMITS must be JSON of endpoints and whole numbers: {"patent/app_progress": 1600}.'
        )
    return found


def _at_least_one(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
