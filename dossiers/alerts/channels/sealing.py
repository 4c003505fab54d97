"""What opens a chat service, sealed: neither a copy of the database nor an export opens anything.

The key is derived from the installation's; another IPPORTAL_SECRET_KEY makes what is sealed unreadable, which
is said to the channel's owner, who enters it again.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

_PURPOSE = "dossiers.alerts.channels.sealing"


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


def _seals() -> MultiFernet:
    """The first key seals; older ones that Django still takes open, too."""
    return MultiFernet([_of(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _of(key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac(_PURPOSE, "", secret=key, algorithm="sha256").digest()))
