"""Asking IP Australia's classification predictor: one method, a text in, a `Prediction` out.

The token comes by client credentials (External Token API); a token refused is replaced once, and 403 is
about the application's approval, which no new token changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from apiclient.ipaustralia.payload import NotAsConfigured, Payload, Suggestion, read
from apiclient.outcomes import Outcome, classify
from apiclient.tokens import CredentialsRefused, TokenKeeper, TokenUnavailable, by_client_credentials
from apiclient.transport import Received, Transport, TransportFailure

MOST_BYTES = 2_000_000  # of a text, in UTF-8
MOST_TRIES = 3
LONGEST_RETRY_AFTER = timedelta(hours=1)  # a header that asks for more is not believed
_RETRY_AFTER_UNSAID = timedelta(seconds=60)
_ANSWER_CAP = 1024 * 1024


class Trouble(StrEnum):
    """Why there is no prediction, where the outcome alone does not say what to do."""

    EMPTY_TEXT = "empty_text"
    TOO_LONG = "too_long"
    CREDENTIALS = "credentials"
    NOT_APPROVED = "not_approved"
    NOT_AS_CONFIGURED = "not_as_configured"


@dataclass(frozen=True)
class Prediction:
    """What came of one text.

    `suggestions` are ranked, best first; there are some exactly if the outcome is OK, and EMPTY says that the
    predictor found none. `label` is what the predictor calls itself, "" if it does not. `field` names the
    part of `Payload` to correct when the trouble is NOT_AS_CONFIGURED. `retry_at` is the instant before which
    it asks not to be asked again. `problems` are sentences for people. The text itself is not kept.
    """

    outcome: Outcome
    received_at: datetime
    suggestions: tuple[Suggestion, ...] = ()
    label: str = ""
    trouble: Trouble | None = None
    field: str = ""
    http_status: int | None = None
    retry_at: datetime | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Wait:
    """How long the predictor asks to be left alone."""

    seconds: float
    until: datetime


class Predictor:
    """The predictor at `address` (base and path), asked as one application. Threads may share it.

    `token_address` is the whole address of the token service. `most_wait_seconds` is how long one call may
    sleep when the predictor is busy. `clock` gives aware instants. ValueError for an address that is neither
    https nor on this machine.
    """

    def __init__(
        self,
        address: str,
        token_address: str,
        client_id: str,
        client_secret: str,
        payload: Payload,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        most_wait_seconds: float = 20.0,
    ) -> None:
        self._transport = Transport(address, read_timeout=60.0, total_timeout=90.0)
        self._token_transport = Transport(token_address)
        self._tokens = TokenKeeper(
            self._token_transport, "", client_id, client_secret, clock, by_client_credentials
        )
        self._payload = payload
        self._clock = clock
        self._sleep = sleep
        self._most_wait = most_wait_seconds

    def predict(self, text: str) -> Prediction:
        """Classification symbols for the full text of a specification; any trouble is a `Prediction` too."""
        if not text.strip():
            return self._no(Outcome.BAD_INPUT, trouble=Trouble.EMPTY_TEXT)
        if len(text) > MOST_BYTES or len(text.encode("utf-8", "replace")) > MOST_BYTES:
            return self._no(Outcome.BAD_INPUT, trouble=Trouble.TOO_LONG)
        try:
            return self._ask_until_answered(text)
        except CredentialsRefused as refused:
            return self._no(Outcome.AUTH, trouble=Trouble.CREDENTIALS, retry_at=refused.until)
        except (TokenUnavailable, TransportFailure) as failure:
            return self._no(Outcome.DOWN, problems=(str(failure),))

    def log_in(self) -> Prediction:
        """Get a token and ask nothing: OK, or why there is none. The token itself is not told."""
        try:
            self._tokens.current()
        except CredentialsRefused as refused:
            return self._no(Outcome.AUTH, trouble=Trouble.CREDENTIALS, retry_at=refused.until)
        except (TokenUnavailable, TransportFailure) as failure:
            return self._no(Outcome.DOWN, problems=(str(failure),))
        return self._no(Outcome.OK)

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()
        self._token_transport.close()

    def _ask_until_answered(self, text: str) -> Prediction:
        slept = 0.0
        for attempt in range(1, MOST_TRIES + 1):
            received = self._ask(text)
            if received.http_status != 429:
                return self._meaning(received)
            wait = self._wait(received.retry_after)
            if attempt == MOST_TRIES or slept + wait.seconds > self._most_wait:
                break
            slept += wait.seconds
            self._sleep(wait.seconds)
        return self._no(Outcome.BUSY, http_status=429, retry_at=wait.until)

    def _ask(self, text: str) -> Received:
        """Put the text once; a token refused on the way is replaced, and the text put once more."""
        token = self._tokens.current()
        received = self._post(text, token)
        if received.http_status == 401:
            received = self._post(text, self._tokens.replacing(token))
        return received

    def _post(self, text: str, token: str) -> Received:
        return self._transport.post_json("", self._payload.request(text), token=token, cap=_ANSWER_CAP)

    def _meaning(self, received: Received) -> Prediction:
        status = received.http_status
        if status == 401:
            return self._no(Outcome.AUTH, trouble=Trouble.CREDENTIALS, http_status=status)
        if status == 403:
            return self._no(Outcome.AUTH, trouble=Trouble.NOT_APPROVED, http_status=status)
        if status == 413:
            return self._no(Outcome.BAD_INPUT, trouble=Trouble.TOO_LONG, http_status=status)
        if not 200 <= status < 300:
            return self._no(classify("", status), http_status=status)
        if received.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return self._no(Outcome.DOWN, http_status=status, problems=("a page came, not an answer",))
        return self._reading(received)

    def _reading(self, received: Received) -> Prediction:
        status = received.http_status
        try:
            reply = read(self._payload, received.body)
        except NotAsConfigured as misfit:
            return self._no(
                Outcome.UNREADABLE,
                trouble=Trouble.NOT_AS_CONFIGURED,
                field=misfit.field,
                http_status=status,
                problems=(str(misfit),),
            )
        return Prediction(
            Outcome.OK if reply.suggestions else Outcome.EMPTY,
            self._clock(),
            reply.suggestions,
            reply.label,
            http_status=status,
            problems=reply.problems,
        )

    def _wait(self, retry_after: str) -> _Wait:
        """How long Retry-After asks to wait: seconds or a date, and a minute where it says neither."""
        now = self._clock()
        asked = _RETRY_AFTER_UNSAID
        given = retry_after.strip()
        if given.isascii() and given.isdigit():
            asked = timedelta(seconds=min(int(given[:9]), 86_400))
        elif given:
            try:
                asked = parsedate_to_datetime(given) - now
            except (ValueError, TypeError):  # no date, or one without its time zone
                asked = _RETRY_AFTER_UNSAID
        asked = min(max(asked, timedelta(seconds=1)), LONGEST_RETRY_AFTER)
        return _Wait(asked.total_seconds(), now + asked)

    def _no(
        self,
        outcome: Outcome,
        *,
        trouble: Trouble | None = None,
        field: str = "",
        http_status: int | None = None,
        retry_at: datetime | None = None,
        problems: tuple[str, ...] = (),
    ) -> Prediction:
        return Prediction(
            outcome,
            self._clock(),
            trouble=trouble,
            field=field,
            http_status=http_status,
            retry_at=retry_at,
            problems=problems,
        )
