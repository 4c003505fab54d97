"""Signing in, signing out and failing to, on record, whichever way: by password, key or provider."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Q

from dossiers.models import User, record

_NAMES = ("username", "login", "email")


def listen() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")


def _signed_in(sender: Any, user: User, **more: Any) -> None:
    record("session.start", by=user)


def _signed_out(sender: Any, user: User | None, **more: Any) -> None:
    if user is not None:
        record("session.end", by=user)


def _failed(sender: Any, credentials: dict[str, Any], **more: Any) -> None:
    """The account that was meant, where there is one. What was typed is not kept: it may be a password."""
    typed = next((str(credentials[name]) for name in _NAMES if credentials.get(name)), "")
    meant = User.objects.filter(Q(username=typed) | Q(email__iexact=typed)) if "\0" not in typed else None
    found = meant.values_list("pk", flat=True).first() if typed and meant is not None else None
    record("session.refused", user=found)
