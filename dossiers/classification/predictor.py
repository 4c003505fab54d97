"""The predictor of this installation: made from its settings, one per process."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from apiclient.ipaustralia import Payload, Predictor
from apiclient.transport import is_loopback
from dossiers import clock, credentials

_NEEDED = (
    "CLIENT_ID",
    "CLIENT_SECRET",
    "BASE_URL",
    "TOKEN_URL",
    "TEXT_FIELD",
    "SYMBOLS_FIELD",
    "SYMBOL_FIELD",
)


class NotConfigured(Exception):
    """No access to a predictor is configured, or what is configured cannot be used; the words say what."""


def missing() -> list[str]:
    """Names of the settings without which nothing can be predicted."""
    held = credentials.ip_australia()
    given = {"CLIENT_ID": held.username, "CLIENT_SECRET": held.password}
    return [f"IPAU_{name}" for name in _NEEDED if not (given.get(name) or getattr(settings, f"IPAU_{name}"))]


def is_stand_in() -> bool:
    """Whether the predictor is on this machine, where no real one is."""
    return is_loopback(urlsplit(settings.IPAU_BASE_URL).hostname or "")


def name() -> str:
    """What the predictor is called when it does not name itself."""
    return f"IP Australia, Classification Prediction API ({urlsplit(settings.IPAU_BASE_URL).hostname})"


def predictor() -> Predictor:
    """The predictor with this installation's credentials; NotConfigured if it cannot be asked."""
    credential = credentials.ip_australia(fresh=True)
    lacking = missing()
    if lacking:
        raise NotConfigured(f"not set: {', '.join(lacking)}")
    try:
        payload = Payload(
            settings.IPAU_TEXT_FIELD,
            settings.IPAU_SYMBOLS_FIELD,
            settings.IPAU_SYMBOL_FIELD,
            settings.IPAU_SCORE_FIELD,
            settings.IPAU_LABEL_FIELD,
        )
        return _predictor(
            settings.IPAU_BASE_URL + settings.IPAU_PREDICT_PATH,
            settings.IPAU_TOKEN_URL,
            credential.username,
            credential.password,
            payload,
        )
    except ValueError as error:
        raise NotConfigured(str(error)) from None


@lru_cache(maxsize=4)
def _predictor(
    address: str, token_address: str, client_id: str, client_secret: str, payload: Payload
) -> Predictor:
    return Predictor(address, token_address, client_id, client_secret, payload, clock=clock.now)
