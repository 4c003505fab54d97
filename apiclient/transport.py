"""One session to one office: the only place that knows `requests`.

It limits time and size, follows no redirects, keeps no cookies and lets no secret into an exception, a log
or a repr: whatever goes wrong becomes a `TransportFailure` made of words of our own.
"""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3

from apiclient.addresses import check_stored, checked_base, is_loopback, storage_host

JSON_CAP = 10 * 1024 * 1024
ZIP_CAP = 60 * 1024 * 1024
STORED_CAP = 200 * 1024 * 1024
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
TOTAL_TIMEOUT = 120.0
STORED_TIMEOUT = 60.0
_CHUNK = 64 * 1024


class TransportFailure(Exception):
    """No complete answer came. `sent` is False if the request surely never reached the office."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class TooLarge(TransportFailure):
    """The answer is larger than is taken in; asking again would bring the same."""


@dataclass(frozen=True)
class Received:
    """An answer as it came: `edge_cached` if the distribution network gave it without asking the office."""

    http_status: int
    body: bytes = field(repr=False)
    edge_cached: bool
    retry_after: str = ""  # the header as it came: seconds or an HTTP date


class _Wire:
    """A session with its limits on time."""

    def __init__(self, host: str, connect_timeout: float, read_timeout: float, total_timeout: float) -> None:
        self._timeouts = (connect_timeout, read_timeout)
        self._total = total_timeout
        self._session = _session(trust_env=not is_loopback(host))

    def close(self) -> None:
        self._session.close()

    def _send(self, method: str, url: str, auth: _Auth, cap: int, data: _Data = None) -> Received:
        try:
            return self._exchange(method, url, auth, cap, data)
        except TransportFailure as known:
            failure = known
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            failure = TransportFailure(_reason(error), sent=_may_have_been_sent(error))
        # Raised outside the handlers: the library's exception holds the request with its secrets.
        raise failure

    def _exchange(self, method: str, url: str, auth: _Auth, cap: int, data: _Data) -> Received:
        give_up_at = time.monotonic() + self._total
        with self._session.request(
            method,
            url,
            data=data,
            auth=auth,
            timeout=self._timeouts,
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _read(response.raw, cap, give_up_at)
            edge = response.headers.get("X-Cache", "").strip().lower()
            from_edge = edge.startswith("hit from cloudfront")
            return Received(response.status_code, body, from_edge, response.headers.get("Retry-After", ""))


class Transport(_Wire):
    """HTTP to one `base_url`; https, or http to this machine only. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        total_timeout: float = TOTAL_TIMEOUT,
    ) -> None:
        self._base = checked_base(base_url)
        host = urlsplit(self._base).hostname or ""
        super().__init__(host, connect_timeout, read_timeout, total_timeout)

    def get(self, path: str, *, token: str, cap: int = JSON_CAP) -> Received:
        """GET `path` with `token`; TransportFailure if no whole answer of at most `cap` bytes comes."""
        return self._send("GET", self._base + path, _Bearer(token), cap)

    def post_form(self, path: str, form: Mapping[str, str], *, cap: int = JSON_CAP) -> Received:
        """POST `form`, URL-encoded, to `path`; failures as for `get`."""
        return self._send("POST", self._base + path, _no_authorization, cap, form)

    def post_json(self, path: str, payload: object, *, token: str, cap: int = JSON_CAP) -> Received:
        """POST `payload` as JSON in UTF-8 to `path` with `token`; failures as for `get`."""
        text = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        return self._send("POST", self._base + path, _Bearer(token, "application/json"), cap, text)


class Storage(_Wire):
    """Files that the office lays down at signed addresses: each opens to whoever knows it, so none is logged.

    `hosts` are the names of the office's storage, asked by https; an office on this machine may also name an
    address of its own. Nothing of the office's token or cookies goes there.
    """

    def __init__(
        self, base_url: str, hosts: Collection[str], *, total_timeout: float = STORED_TIMEOUT
    ) -> None:
        self._base = checked_base(base_url)
        self._hosts = frozenset(storage_host(host) for host in hosts)
        super().__init__(urlsplit(self._base).hostname or "", CONNECT_TIMEOUT, READ_TIMEOUT, total_timeout)

    def fetch(self, address: str, *, cap: int = STORED_CAP) -> Received:
        """GET what lies at `address`; UnfitAddress before anything is sent, else failures as for `get`."""
        check_stored(address, self._hosts, self._base)
        with _silence():
            return self._send("GET", address, _no_authorization, cap)


def _session(*, trust_env: bool) -> requests.Session:
    session = requests.Session()
    # The environment's proxies serve firms that have one; nothing on this machine is behind a proxy.
    session.trust_env = trust_env
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Unpacked sizes cannot be capped before unpacking, so nothing packed is asked for.
    session.headers.update({"User-Agent": "ip-portal", "Accept-Encoding": "identity"})
    return session


_silent: ContextVar[bool] = ContextVar("_silent", default=False)


def _spoken(_record: logging.LogRecord) -> bool:
    return not _silent.get()


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing asked meanwhile is logged: urllib3 writes whole addresses when it is told to debug."""
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_spoken)
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)


class _Bearer(requests.auth.AuthBase):
    """Sets the header itself, so that no .netrc entry of the account can replace it."""

    def __init__(self, token: str, content_type: str = "") -> None:
        self._token = token
        self._content_type = content_type

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        if self._content_type:
            request.headers["Content-Type"] = self._content_type
        return request


class _NoAuthorization(requests.auth.AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


_Auth = _Bearer | _NoAuthorization
_Data = Mapping[str, str] | bytes | None
_no_authorization = _NoAuthorization()


def _read(raw: urllib3.BaseHTTPResponse, cap: int, give_up_at: float) -> bytes:
    """The whole body; TransportFailure past `cap` bytes or past the monotonic instant `give_up_at`."""
    if raw.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise TransportFailure("the answer is packed in a way not asked for", sent=True)
    body = io.BytesIO()  # hands out what it holds without a second copy
    while chunk := raw.read1(_CHUNK):
        if body.tell() + len(chunk) > cap:
            raise TooLarge(f"the answer is larger than {cap} bytes", sent=True)
        body.write(chunk)
        if time.monotonic() > give_up_at:
            raise TransportFailure("the answer took too long", sent=True)
    return body.getvalue()


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (requests.exceptions.SSLError, "the office's certificate or encryption was refused"),
    (requests.exceptions.ProxyError, "the proxy did not let the request through"),
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (requests.exceptions.Timeout, "no answer in time"),
    (urllib3.exceptions.TimeoutError, "no answer in time"),
    (requests.exceptions.InvalidHeader, "the token cannot be sent as it is"),
    (requests.exceptions.ConnectionError, "the connection failed"),
    (urllib3.exceptions.HTTPError, "the answer was cut off"),
    (OSError, "the connection failed"),
)
_BEFORE_SENDING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.SSLError,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


def _reason(error: BaseException) -> str:
    return next((words for kind, words in _WORDS if isinstance(error, kind)), "the request failed")


def _may_have_been_sent(error: BaseException) -> bool:
    if isinstance(error, _BEFORE_SENDING):
        return False
    cause = error.args[0] if error.args else None
    return not isinstance(getattr(cause, "reason", None), urllib3.exceptions.NewConnectionError)
