"""Signatures of the Standard Webhooks specification 1.0.0 (HMAC-SHA256, `v1`).

A secret is derived from the installation's key and the row's salt, so that neither a copy of the database nor
an export holds it. A changed IPPORTAL_SECRET_KEY changes every secret; while the key before it is among the
fallbacks, calls are signed with the secrets of both, so that each receiver has time to take the new one.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from dossiers.models import Webhook

BOTH_FOR = timedelta(hours=24)  # after a new secret was made, so that the receiver has time to take it
_PURPOSE = "dossiers.alerts.channels.signing"


def secret_of(webhook: Webhook) -> str:
    """The secret as its receiver writes it into its own settings: `whsec_` and base64 of 32 bytes."""
    return f"whsec_{b64encode(_key(webhook.salt)).decode()}"


def signatures(webhook: Webhook, identity: str, timestamp: int, body: bytes, *, now: datetime) -> str:
    """The header webhook-signature; several signatures while a secret or a key before still counts."""
    signed = b".".join((identity.encode(), str(timestamp).encode(), body))
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return " ".join(_signature(_key(salt, key), signed) for key in keys for salt in _salts(webhook, now))


def _salts(webhook: Webhook, now: datetime) -> list[str]:
    both = webhook.old_salt and webhook.old_until and now < webhook.old_until
    return [webhook.salt, webhook.old_salt] if both else [webhook.salt]


def _signature(key: bytes, signed: bytes) -> str:
    return f"v1,{b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _key(salt: str, key: str | None = None) -> bytes:
    return salted_hmac(_PURPOSE, salt, secret=key, algorithm="sha256").digest()
