"""Asking the office: reserve, send, settle, try again where that helps, and say what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from apiclient.addresses import STORAGE_HOST, UnfitAddress
from apiclient.jpo.catalogue import ENDPOINTS, BadArgument, Endpoint
from apiclient.jpo.envelope import Reading, read
from apiclient.jpo.replies import Download
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
from apiclient.redaction import LEFT_OUT, without_addresses
from apiclient.tokens import CredentialsRefused, TokenKeeper, TokenUnavailable
from apiclient.transport import JSON_CAP, ZIP_CAP, Received, Storage, TooLarge, Transport, TransportFailure

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
    storage: Storage
    tokens: TokenKeeper = field(repr=False)
    ledger: Ledger
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    max_wait_seconds: float


class JpoClient:
    """The office, asked with one ID. Threads may share it.

    `ledger` and `policy` are the account and the limits of that ID; LookupError if the policy leaves out an
    endpoint. `max_wait_seconds` is how long one call may sleep in all, for a free minute or before another
    try. `clock` gives aware instants. `storage_hosts` are the hosts from which documents too large to be sent
    at once are fetched.
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
        storage_hosts: Collection[str] = (STORAGE_HOST,),
    ) -> None:
        for row in ENDPOINTS:
            policy.day_rule(Bucket(username, row.bucket_name, row.group))
        transport = Transport(base_url)
        storage = Storage(base_url, storage_hosts)
        tokens = TokenKeeper(transport, token_path, username, password, clock)
        self._office = _Office(username, transport, storage, tokens, ledger, clock, sleep, max_wait_seconds)

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
        self._office.storage.close()


def meaning(endpoint: Endpoint, arguments: tuple[str, ...], http_status: int, body: bytes) -> Reading:
    """As `envelope.read`; a fault of our own readers makes the answer UNREADABLE, it does not end the run."""
    try:
        return read(endpoint, arguments, http_status, body)
    except Exception as error:
        return Reading(Outcome.UNREADABLE, problems=(f"reading it failed: {type(error).__name__}",))


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
        self._fetched_in_vain = False

    def run(self) -> Answer:
        answer = self._try_once()
        for attempt in range(1, MAX_ATTEMPTS):
            if not answer.outcome.retry_today or self._fetched_in_vain:
                break
            if not self._pause(_pause_before(answer.outcome, attempt)):
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
        """Send the question once and fetch what is too large to come with the answer."""
        answer = self._put(token)
        if isinstance(answer.reply, Download):
            return self._fetched(answer, answer.reply.url)
        if self._endpoint.is_document and answer.outcome is Outcome.UNREADABLE:
            return _without_addresses(answer)
        return answer

    def _put(self, token: str) -> Answer:
        """Send the question once, charged to the ledger whatever happens."""
        reservation = self._reserve()
        # Until something is known of the call, the office may have counted it.
        counted, remaining, exhausted = True, None, False
        try:
            received = self._send(token)
            reading = meaning(self._endpoint, self._arguments, received.http_status, received.body)
            counted = not received.edge_cached
            remaining = reading.remaining
            exhausted = counted and reading.outcome is Outcome.DAILY_LIMIT
            return self._answer(received, reading)
        except TooLarge as failure:
            return self._silence(Outcome.UNREADABLE, failure.reason)
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
        cap = ZIP_CAP if self._endpoint.is_document else JSON_CAP
        received = self._office.transport.get(self._path, token=token, cap=cap)
        return _without_token(received, token)

    def _fetched(self, answer: Answer, address: str) -> Answer:
        """`answer`, which named `address`, with the documents that lie there, or why they could not be had.

        Fetching costs no call. The address is a key to the documents, so what remains of it is its host.
        """
        named = replace(answer, reply=None, body=without_addresses(answer.body))
        try:
            stored = self._office.storage.fetch(address)
        except UnfitAddress as unfit:
            return _failed(named, Outcome.UNREADABLE, f"{unfit}; nothing was fetched")
        except TooLarge as large:
            return _failed(
                named, Outcome.UNREADABLE, f"the documents at the office's storage: {large.reason}"
            )
        except TransportFailure as failure:
            self._fetched_in_vain = True  # may have taken a minute: the caller says when to try again
            return _failed(named, Outcome.DOWN, f"the office's storage: {failure.reason}; {_NEXT_TIME}")
        return self._stored(named, stored)

    def _stored(self, named: Answer, stored: Received) -> Answer:
        """What the storage answered; it counts as the office's answer only if it is the file."""
        reading = meaning(self._endpoint, self._arguments, stored.http_status, stored.body)
        now = self._office.clock()
        if reading.outcome is Outcome.OK and reading.reply is None:
            return replace(named, outcome=Outcome.OK, body=stored.body, received_at=now, problems=())
        if stored.http_status == 200:
            words = f"the office's storage did not give a file: {'; '.join(reading.problems)}"
            shown = without_addresses(stored.body[:_SHOWN_OF_STORED])
            return _failed(replace(named, body=shown), Outcome.UNREADABLE, words)
        if 300 <= stored.http_status < 400:
            return _failed(
                named, Outcome.UNREADABLE, "the office's storage sent us on elsewhere; not followed"
            )
        words = f"the address of the documents is no longer good (HTTP {stored.http_status}); {_NEXT_TIME}"
        return _failed(named, Outcome.TIMEOUT, words)

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


_BLANK = b"\xef\xbb\xbf \t\r\n"
_SHOWN_OF_STORED = 1024 * 1024  # bytes kept of what was no file, for a person to look at
_SHORTEST_TOKEN = 16  # characters; a shorter one, which no office gives, may be a word of the answer
_NEXT_TIME = "the next try asks the office for a new address"


def _without_token(received: Received, token: str) -> Received:
    """`received`; a gateway that shows the request it refused would have our token kept with its page."""
    if len(token) < _SHORTEST_TOKEN:
        return received
    return replace(received, body=received.body.replace(token.encode(), LEFT_OUT))


def _without_addresses(answer: Answer) -> Answer:
    """`answer`, which may name an address of documents in a way not understood, without it."""
    if not answer.body.lstrip(_BLANK).startswith((b"{", b"[")):
        return answer
    telling = [problem for problem in answer.problems if "//" not in problem and "url" not in problem.lower()]
    left_out = len(answer.problems) - len(telling)
    words = [f"{left_out} problems are left out, for they quote an address"] if left_out else []
    return replace(answer, body=without_addresses(answer.body), problems=(*telling, *words))


def _failed(answer: Answer, outcome: Outcome, words: str) -> Answer:
    return replace(answer, outcome=outcome, message=words, problems=(words,))


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
