"""Secrets at rest, sealed: neither a copy of the database nor an export opens anything.

Keys are derived from IPPORTAL_SEALING_KEYS, the newest first, and behind them from the installation's own key
and its fallbacks, so that what was sealed before a key was set or replaced opens still. `reseal` puts all of
it under the newest key; then older ones may go. What no key opens is said to whoever entered it, who enters
it again.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

_PURPOSE = "dossiers.alerts.channels.sealing"  # part of every key: another one opens nothing sealed before

# Every column that holds sealed text, or JSON with sealed texts in it; a table is told by its model's label.
COLUMNS = (
    ("dossiers.Webhook", "sealed"),
    ("dossiers.OfficeCredential", "sealed"),
    ("mfa.Authenticator", "data"),
)
_LOOKS_SEALED = "gAAAA"  # how a Fernet token begins


class Broken(ValueError):
    """It was sealed with another key, or something has happened to it."""


def seal(fields: Mapping[str, str]) -> str:
    return _seals().encrypt(json.dumps(dict(fields)).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """What was sealed; Broken when it cannot be read."""
    try:
        return json.loads(_seals().decrypt(sealed.encode()))
    except (InvalidToken, ValueError) as error:
        raise Broken from error


def mark(*secrets: str) -> str:
    """A keyed digest that tells one secret from another, and nothing else."""
    told = "\0".join(secrets)
    return salted_hmac(f"{_PURPOSE}.mark", told, secret=_keys()[0], algorithm="sha256").hexdigest()[:24]


def _keys() -> list[str]:
    own = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [key for key in (*getattr(settings, "SEALING_KEYS", ()), *own) if key]


def _seals() -> MultiFernet:
    """The first key seals; all of them open."""
    return MultiFernet([_of(key) for key in _keys()])


def _of(key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac(_PURPOSE, "", secret=key, algorithm="sha256").digest()))


# --- another key ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resealed:
    """How many secrets were sealed anew, were under the newest key already, and could not be opened."""

    anew: int
    already: int
    broken: tuple[str, ...]  # as "dossiers.Webhook 12"


def reseal() -> Resealed:
    """Seal everything with the newest key, row by row: killed, it goes on where it stopped."""
    turned = _Turned()
    broken = []
    for label, column in COLUMNS:
        rows = apps.get_model(label)._default_manager
        for key in list(rows.order_by("pk").values_list("pk", flat=True)):
            try:
                with transaction.atomic():
                    row = rows.select_for_update().filter(pk=key).first()
                    was = getattr(row, column, "")
                    now = turned.over(was)
                    if now != was:
                        rows.filter(pk=key).update(**{column: now})
            except InvalidToken:
                broken.append(f"{label} {key}")
    return Resealed(turned.anew, turned.already, tuple(broken))


class _Turned:
    """Values with all that is sealed in them under the newest key."""

    def __init__(self) -> None:
        self._newest, self._seals = _of(_keys()[0]), _seals()
        self.anew = self.already = 0

    def over(self, value: Any) -> Any:
        """InvalidToken where no key opens what looks sealed."""
        if isinstance(value, dict):
            return {name: self.over(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.over(one) for one in value]
        if not (isinstance(value, str) and value.startswith(_LOOKS_SEALED)):
            return value
        if self._is_new(value):
            self.already += 1
            return value
        anew = self._seals.rotate(value.encode()).decode()
        self.anew += 1
        return anew

    def _is_new(self, text: str) -> bool:
        try:
            self._newest.decrypt(text.encode())
        except InvalidToken:
            return False
        return True
