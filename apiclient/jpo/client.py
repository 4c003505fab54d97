"""Asking the office: reserve, send, settle, try again where that helps, and say what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from apiclient.jpo.catalogue import ENDPOINTS, BadArgument, Endpoint
from apiclient.jpo.envelope import Reading, read
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import (
    Bucket,
    DailyLimitReached,
    Ledger,
    MinuteLimitReached,
    Policy,
    Purpose,
    Reservation,
)
from apiclient.tokens import CredentialsRefused, TokenKeeper, TokenUnavailable
from apiclient.transport import JSON_CAP, ZIP_CAP, Received, Transport, TransportFailure

MAX_ATTEMPTS = 3
_FIRST_PAUSE = {Outcome.BUSY: 6.0, Outcome.TIMEOUT: 2.0, Outcome.DOWN: 2.0}
_SHORTEST_WAIT = 0.05


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Office:
    """What every call to the office shares."""

    credential: str
    transport: Transport
    tokens: TokenKeeper = field(repr=False)
    ledger: Ledger
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    max_wait_seconds: float


class JpoClient:
    """The office, asked with one ID. Threads may share it.

    `ledger` and `policy` are the account and the limits of that ID; LookupError if the policy leaves out an
    endpoint. `max_wait_seconds` is how long one call may sleep in all, for a free minute or before another
    try. `clock` gives aware instants.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        ledger: Ledger,
        policy: Policy,
        *,
        clock: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
        max_wait_seconds: float = 90.0,
        token_path: str = "/auth/token",  # noqa: S107 (a path, not a secret)
    ) -> None:
        for row in ENDPOINTS:
            policy.day_rule(Bucket(username, row.bucket_name, row.group))
        transport = Transport(base_url)
        tokens = TokenKeeper(transport, token_path, username, password, clock)
        self._office = _Office(username, transport, tokens, ledger, clock, sleep, max_wait_seconds)

    def bucket(self, endpoint: Endpoint) -> Bucket:
        """The account a call to `endpoint` is charged to."""
        return Bucket(self._office.credential, endpoint.bucket_name, endpoint.group)

    def call(self, endpoint: Endpoint, *arguments: str, purpose: Purpose = Purpose.BACKGROUND) -> Answer:
        """Ask `endpoint` about `arguments`; every trouble with the network or the office is an `Answer`.

        DailyLimitReached and MinuteLimitReached are raised where no call may go, or not soon enough; nothing
        has been sent then. Arguments the endpoint cannot take give BAD_INPUT with 0 attempts.
        """
        try:
            path = endpoint.url_path(*arguments)
        except BadArgument as error:
            return _not_answered(endpoint, arguments, Outcome.BAD_INPUT, str(error), self._office.clock())
        return _Call(self._office, self.bucket(endpoint), endpoint, arguments, path, purpose).run()

    def close(self) -> None:
        """Let go of the connections."""
        self._office.transport.close()


class _Call:
    """One question with its tries: how many were sent, how long was slept."""

    def __init__(
        self,
        office: _Office,
        bucket: Bucket,
        endpoint: Endpoint,
        arguments: tuple[str, ...],
        path: str,
        purpose: Purpose,
    ) -> None:
        self._office = office
        self._bucket = bucket
        self._endpoint = endpoint
        self._arguments = arguments
        self._path = path
        self._purpose = purpose
        self._sent = 0
        self._slept = 0.0

    def run(self) -> Answer:
        answer = self._try_once()
        for attempt in range(1, MAX_ATTEMPTS):
            if not answer.outcome.retry_today or not self._pause(_pause_before(answer.outcome, attempt)):
                break
            try:
                answer = self._try_once()
            except (DailyLimitReached, MinuteLimitReached) as limit:
                if not self._sent:
                    raise
                answer = replace(answer, problems=(*answer.problems, f"not asked again: {limit}"))
                break
        return replace(answer, attempts=self._sent)

    def _try_once(self) -> Answer:
        """One try; a token refused on the way is replaced and the question put once more."""
        tokens = self._office.tokens
        try:
            token = tokens.current()
            answer = self._ask(token)
            if answer.outcome is not Outcome.AUTH:
                return answer
            return self._ask_again(tokens.replacing(token))
        except CredentialsRefused as error:
            return self._silence(Outcome.AUTH, str(error))
        except TokenUnavailable as error:
            return self._silence(Outcome.DOWN, str(error))

    def _ask_again(self, token: str) -> Answer:
        """As `_ask`; a limit now is an answer, for a request was sent already."""
        try:
            return self._ask(token)
        except DailyLimitReached as limit:
            return self._silence(Outcome.DAILY_LIMIT, str(limit))
        except MinuteLimitReached as limit:
            return self._silence(Outcome.BUSY, str(limit))

    def _ask(self, token: str) -> Answer:
        """Send the question once, charged to the ledger whatever happens."""
        reservation = self._reserve()
        # Until something is known of the call, the office may have counted it.
        counted, remaining, exhausted = True, None, False
        try:
            received = self._send(token)
            reading = read(self._endpoint, self._arguments, received.http_status, received.body)
            counted = not received.edge_cached
            remaining = reading.remaining
            exhausted = counted and reading.outcome is Outcome.DAILY_LIMIT
            return self._answer(received, reading)
        except TransportFailure as failure:
            counted = failure.sent
            return self._silence(Outcome.DOWN, failure.reason)
        finally:
            self._office.ledger.settle(
                reservation,
                counted=counted,
                remaining=remaining,
                exhausted=exhausted,
                now=self._office.clock(),
            )

    def _reserve(self) -> Reservation:
        while True:
            now = self._office.clock()
            try:
                return self._office.ledger.reserve(self._bucket, self._purpose, now)
            except MinuteLimitReached as full:
                if not self._pause(max(_SHORTEST_WAIT, (full.retry_at - now).total_seconds())):
                    raise

    def _send(self, token: str) -> Received:
        self._sent += 1
        cap = ZIP_CAP if self._endpoint.answer == "zip" else JSON_CAP
        return self._office.transport.get(self._path, token=token, cap=cap)

    def _answer(self, received: Received, reading: Reading) -> Answer:
        return Answer(
            endpoint=self._endpoint,
            arguments=self._arguments,
            outcome=reading.outcome,
            http_status=received.http_status,
            status_code=reading.status_code,
            message=reading.message,
            remaining=reading.remaining,
            body=received.body,
            reply=reading.reply,
            received_at=self._office.clock(),
            edge_cached=received.edge_cached,
            attempts=self._sent,
            problems=reading.problems,
        )

    def _silence(self, outcome: Outcome, message: str) -> Answer:
        return _not_answered(self._endpoint, self._arguments, outcome, message, self._office.clock())

    def _pause(self, seconds: float) -> bool:
        """Sleep, unless that would be longer than this call may sleep in all."""
        if self._slept + seconds > self._office.max_wait_seconds:
            return False
        self._slept += seconds
        self._office.sleep(seconds)
        return True


def _pause_before(outcome: Outcome, attempt: int) -> float:
    """Seconds before try `attempt` + 1: doubling, and never two workers in step."""
    return float(_FIRST_PAUSE[outcome] * 2 ** (attempt - 1) * random.uniform(1.0, 1.5))  # noqa: S311


def _not_answered(
    endpoint: Endpoint, arguments: tuple[str, ...], outcome: Outcome, message: str, now: datetime
) -> Answer:
    return Answer(
        endpoint=endpoint,
        arguments=arguments,
        outcome=outcome,
        http_status=None,
        status_code="",
        message=message,
        remaining=None,
        body=b"",
        reply=None,
        received_at=now,
        edge_cached=False,
        attempts=0,
        problems=(message,),
    )
