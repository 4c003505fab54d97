"""Everything that is kept about one person, as JSON, written as it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, Field, Model, Q

from dossiers import reach
from dossiers.models import AuditEntry, Case, Delivery, Invitation, User

# Columns that would open something; what they are for is told by the rest of the row.
_SECRET = re.compile(r"pass|secret|token|salt|seal|credential|hash|private|session_key|^data$|^extra_data$")
# Rows of the firm's docket, in which somebody only signed: told by their name and what was signed.
_DOCKET = (
    "Case",
    "Event",
    "TimeLimit",
    "TimeLimitChange",
    "ReviewTask",
    "Concern",
    "Difference",
    "RefreshJob",
)
_AT_ONCE = 500


def of_person(user: User) -> Iterator[str]:
    """An object with `person` and `kept`: a list of {table, as, row}, `as` naming what the person is there.

    Passwords, keys and tokens are left out; so is what the firm's documents say, which is not about them, and
    of mails about cases restricted to others since all but that they were sent.
    """
    yield '{"person": ' + _json(_told(user)) + ',\n"kept": [\n'
    before = ""
    for one in _rows(user):
        yield before + _json(one)
        before = ",\n"
    yield "\n]}\n"


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _rows(user: User) -> Iterator[dict[str, Any]]:
    for model, field in relations():
        if model is AuditEntry:
            continue
        for row in _of(model, Q(**{field.name: user})):
            brief = model._meta.app_label == "dossiers" and model.__name__ in _DOCKET
            yield {"table": model._meta.label, "as": field.name, "row": _brief(row) if brief else _told(row)}
    mails = Q(alert__user=user) | Q(digest__user=user) | Q(prompt__user=user)
    for mail in _of(Delivery, mails & ~reach.tells_of_restricted(user)):
        told = {"at": mail.at, "to": mail.to, "subject": mail.subject, "text": mail.text}
        yield {"table": "dossiers.Delivery", "as": "to", "row": told}
    for mail in _of(Delivery, mails & reach.tells_of_restricted(user)):
        yield {"table": "dossiers.Delivery", "as": "to", "row": {"at": mail.at, "to": mail.to}}
    for asked in _of(Invitation, Q(email__iexact=user.email)):
        yield {"table": "dossiers.Invitation", "as": "email", "row": _told(asked)}
    for session in sessions_of(user):
        yield {"table": "sessions.Session", "as": "user", "row": {"ends_at": session.expire_date}}
    for act in _of(AuditEntry, Q(actor=user)):
        yield {"table": "dossiers.AuditEntry", "as": "actor", "row": _told(act)}


def relations() -> Iterator[tuple[type[Model], Field[Any, Any]]]:
    """Every column of every table that points to a person, but for what only says who they are."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if field.is_relation and field.related_model is User and model is not User:
                yield model, field


def _of(model: type[Model], wanted: Q) -> Iterator[Any]:
    return model._default_manager.filter(wanted).order_by("pk").iterator(_AT_ONCE)


def _told(row: Model) -> dict[str, Any]:
    fields = row._meta.local_concrete_fields
    kept = [one for one in fields if not isinstance(one, BinaryField) and not _SECRET.search(one.attname)]
    return {one.attname: getattr(row, one.attname) for one in kept}


def _brief(row: Model) -> dict[str, Any]:
    case = row if isinstance(row, Case) else getattr(row, "case", None)
    name = f"{case.law} {case.application_number}" if isinstance(case, Case) else ""
    days = {one.attname for one in row._meta.local_concrete_fields if one.attname.endswith("_at")}
    return {"pk": row.pk, "case": name, **{day: getattr(row, day) for day in sorted(days)}}


def sessions_of(user: User) -> Iterator[Session]:
    """The sessions of one person; each has to be opened to see whose it is."""
    for session in Session.objects.iterator(_AT_ONCE):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            yield session
