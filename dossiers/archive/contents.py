"""What the archive holds: every table of the docket, but for what is secret or belongs to a running machine.

A new table or column is in it by itself. One that holds a secret must be named here; a test looks for names
that sound like one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import Field, Model

LEFT_OUT: dict[str, str] = {
    "dossiers.ApiToken": "opens the docket to programs; new tokens are made after restoring",
    "dossiers.ApiWrite": "repeats of calls made with those tokens",
    "dossiers.Invitation": "opens the portal to whoever holds its link; people are invited anew",
    "dossiers.Invitation_teams": "of invitations",
    "dossiers.Webhook": "addresses and keys of other systems; entered anew after restoring",
    "dossiers.WebhookDelivery": "messages to those systems",
    "dossiers.WebhookAttempt": "calls to those systems",
    "dossiers.Feed": "private addresses; made anew after restoring",
    "dossiers.User_user_permissions": "nothing here reads it",
    "dossiers.SearchText": "an index; written anew when restoring",
    "dossiers.OfficeCredential": "opens the offices' doors; entered anew after restoring",
    "dossiers.CredentialUse": "of those credentials; the audit trail tells the same",
    "dossiers.Heartbeat": "signs of life of the running machine",
    "dossiers.Fault": "faults of the running machine",
    "dossiers.Ping": "signs of life of the running machine",
    "dossiers.Pump": "leases of the running machine",
    "dossiers.Circuit": "whether the office answered this machine",
    "dossiers.QuotaMinute": "the last minute's calls",
    "dossiers.MailServer": "the last minute's mails",
}
"""Tables, as `app.Model`, with the reason; the archive's manifest says the same."""

MADE_BY_MIGRATIONS = frozenset({"dossiers.NewsCounter"})
"""Tables in which a new installation has a row of its own; it gives way to what is restored."""


@dataclass(frozen=True)
class LeftOutField:
    """A column that stays behind. `instead` makes the value a restored row has in it."""

    reason: str
    instead: Callable[[], Any]


LEFT_OUT_FIELDS: dict[str, LeftOutField] = {
    "dossiers.User.password": LeftOutField(
        "nobody can sign in until an administrator sets a new one", lambda: make_password(None)
    ),
}


@dataclass(frozen=True)
class Kept:
    """One table of the archive and its columns, in the order of its rows."""

    model: type[Model]
    fields: tuple[Field[Any, Any], ...]

    @property
    def name(self) -> str:
        return self.model._meta.label

    @property
    def file(self) -> str:
        return f"rows/{self.name}.jsonl"


def kept() -> list[Kept]:
    """Every table the archive holds, by name."""
    models = [*apps.get_app_config("dossiers").get_models(include_auto_created=True), Group]
    return [_kept(model) for model in sorted(models, key=_label) if _label(model) not in LEFT_OUT]


def _label(model: type[Model]) -> str:
    return model._meta.label


def _kept(model: type[Model]) -> Kept:
    fields = model._meta.local_concrete_fields
    return Kept(
        model, tuple(one for one in fields if f"{_label(model)}.{one.attname}" not in LEFT_OUT_FIELDS)
    )


def left_out() -> dict[str, str]:
    """All that stays behind, with the reason, as the manifest says it."""
    return {**LEFT_OUT, **{name: field.reason for name, field in LEFT_OUT_FIELDS.items()}}
