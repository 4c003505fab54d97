"""One access token per credential: fetched once for all threads, renewed before it ends.

Password grant first, refresh grant while the refresh token lives (handbook v1.4, Exhibit 5). A refusal of the
ID or password is remembered for some minutes, for the office watches for suspicious log-ins.

Each process has tokens of its own: the office lets several of one ID live at once, a later log-in ends no
earlier one, and a token kept nowhere can be stolen from nowhere.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from apiclient.transport import Received, Transport, TransportFailure

RENEW_BEFORE_END = timedelta(seconds=60)
REFUSAL_REMEMBERED = timedelta(minutes=10)
# A token that replaced a refused one, and is refused as well, is not the reason: no log-in for every call.
REPLACED_AT_MOST_EVERY = timedelta(minutes=1)
_TOKEN_CAP = 256 * 1024


class CredentialsRefused(Exception):
    """The office does not accept the ID and password, or no token it gives for them.

    It is not asked for another before `until`.
    """

    def __init__(self, until: datetime, reason: str = "the office refused the ID and password") -> None:
        super().__init__(reason)
        self.until = until


class TokenUnavailable(Exception):
    """No token came for a reason that may pass."""


@dataclass(frozen=True)
class _Tokens:
    access: str = field(repr=False)
    renew_at: datetime
    refresh: str | None = field(repr=False)
    refresh_until: datetime
    refreshed: bool = False  # obtained with the refresh token before, not by a log-in


def by_password(username: str, password: str) -> Mapping[str, str]:
    """The form of a password grant, as the JPO wants it."""
    return {"grant_type": "password", "username": username, "password": password}


def by_client_credentials(client_id: str, client_secret: str) -> Mapping[str, str]:
    """The form of a client-credentials grant (OAuth 2.0), as IP Australia wants it."""
    return {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}


class TokenKeeper:
    """Hands out the access token of one ID. `clock` gives aware instants; `grant` is how one logs in."""

    def __init__(
        self,
        transport: Transport,
        path: str,
        username: str,
        password: str,
        clock: Callable[[], datetime],
        grant: Callable[[str, str], Mapping[str, str]] = by_password,
    ) -> None:
        self._grant = grant
        self._transport = transport
        self._path = path
        self._username = username
        self._password = password
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: _Tokens | None = None
        self._refused_until: datetime | None = None
        self._replaced_at: datetime | None = None

    def current(self) -> str:
        """A token good for at least a minute; CredentialsRefused or TokenUnavailable if none is to be had."""
        with self._lock:
            if self._tokens is None or self._clock() >= self._tokens.renew_at:
                self._tokens = self._renewed()
            return self._tokens.access

    def replacing(self, rejected: str) -> str:
        """A token other than `rejected`, which the office refused; fetched only if no one has done so yet.

        Failures as for `current`; also CredentialsRefused if the last one was replaced a moment ago.
        """
        with self._lock:
            if self._tokens is None or self._tokens.access == rejected:
                now = self._clock()
                if self._replaced_at is not None and abs(now - self._replaced_at) < REPLACED_AT_MOST_EVERY:
                    until = self._replaced_at + REPLACED_AT_MOST_EVERY
                    raise CredentialsRefused(until, "the office refuses the tokens it gives")
                if self._tokens is not None and self._tokens.refreshed:
                    # What refreshing gives is refused: only a log-in can help now, not more of the same.
                    self._tokens = replace(self._tokens, refresh=None)
                self._tokens = self._renewed()
                self._replaced_at = now
            return self._tokens.access

    def _renewed(self) -> _Tokens:
        old = self._tokens
        if old is not None and old.refresh and self._clock() < old.refresh_until:
            form = {"grant_type": "refresh_token", "refresh_token": old.refresh}
            fresh = _tokens(self._ask(form), self._clock())
            if fresh is not None:
                return replace(fresh, refreshed=True)
        return self._by_password()

    def _by_password(self) -> _Tokens:
        now = self._clock()
        # Further ahead than it can be, it was remembered by a clock that has since been put back.
        if self._refused_until is not None and now < self._refused_until <= now + REFUSAL_REMEMBERED:
            raise CredentialsRefused(self._refused_until)
        received = self._ask(self._grant(self._username, self._password))
        fresh = _tokens(received, now)
        if fresh is not None:
            self._refused_until = None
            return fresh
        if _refuses(received):
            self._refused_until = now + REFUSAL_REMEMBERED
            raise CredentialsRefused(self._refused_until)
        raise TokenUnavailable(f"the log-in was answered with HTTP {received.http_status} and no token")

    def _ask(self, form: Mapping[str, str]) -> Received:
        try:
            return self._transport.post_form(self._path, form, cap=_TOKEN_CAP)
        except TransportFailure as failure:
            reason = failure.reason
        raise TokenUnavailable(f"log-in: {reason}")


def _tokens(received: Received, now: datetime) -> _Tokens | None:
    answer = _object(received.body)
    access = answer.get("access_token")
    if received.http_status != 200 or not isinstance(access, str) or not _can_be_sent(access):
        return None
    refresh = answer.get("refresh_token")
    life = _lifetime(answer.get("expires_in"))
    return _Tokens(
        access=access,
        # A very short life must not mean a log-in for every call.
        renew_at=now + max(life - RENEW_BEFORE_END, life / 2),
        refresh=refresh if isinstance(refresh, str) and refresh else None,
        refresh_until=now + _lifetime(answer.get("refresh_expires_in")) - RENEW_BEFORE_END,
    )


def _lifetime(seconds: object) -> timedelta:
    """Seconds as the office gives them, a number or its digits; a minute if it gives none we can read."""
    try:
        return timedelta(seconds=min(max(float(str(seconds)), 60.0), 86400.0))
    except ValueError:
        return timedelta(seconds=60)


def _can_be_sent(token: str) -> bool:
    return token.isascii() and token.isprintable() and bool(token) and " " not in token


def _refuses(received: Received) -> bool:
    """Whether the answer to a password grant is about the credentials and not about the moment."""
    answer = _object(received.body)
    result = answer.get("result")
    if isinstance(result, dict) and result.get("statusCode") == "212":
        return True
    return received.http_status in {401, 403} or answer.get("error") in {"invalid_grant", "invalid_client"}


def _object(body: bytes) -> dict[str, object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
