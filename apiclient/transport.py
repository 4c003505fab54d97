"""One session to one office: the only place that knows `requests`.

It limits time and size, follows no redirects, keeps no cookies and lets no secret into an exception, a log
or a repr: whatever goes wrong becomes a `TransportFailure` made of words of our own.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3

JSON_CAP = 10 * 1024 * 1024
ZIP_CAP = 60 * 1024 * 1024
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
TOTAL_TIMEOUT = 120.0
_CHUNK = 64 * 1024


class TransportFailure(Exception):
    """No complete answer came. `sent` is False if the request surely never reached the office."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


@dataclass(frozen=True)
class Received:
    """An answer as it came: `edge_cached` if the distribution network gave it without asking the office."""

    http_status: int
    body: bytes = field(repr=False)
    edge_cached: bool


class Transport:
    """HTTP to one `base_url`; https, or http to this machine only. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        total_timeout: float = TOTAL_TIMEOUT,
    ) -> None:
        self._base = _checked_base(base_url)
        self._timeouts = (connect_timeout, read_timeout)
        self._total = total_timeout
        self._session = _session(trust_env=not is_loopback(urlsplit(self._base).hostname or ""))

    def get(self, path: str, *, token: str, cap: int = JSON_CAP) -> Received:
        """GET `path` with `token`; TransportFailure if no whole answer of at most `cap` bytes comes."""
        return self._send("GET", self._base + path, _Bearer(token), cap)

    def post_form(self, path: str, form: Mapping[str, str], *, cap: int = JSON_CAP) -> Received:
        """POST `form`, URL-encoded, to `path`; failures as for `get`."""
        return self._send("POST", self._base + path, _no_authorization, cap, form)

    def close(self) -> None:
        self._session.close()

    def _send(
        self, method: str, url: str, auth: _Auth, cap: int, form: Mapping[str, str] | None = None
    ) -> Received:
        try:
            return self._exchange(method, url, auth, cap, form)
        except TransportFailure as known:
            failure = known
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            failure = TransportFailure(_reason(error), sent=_may_have_been_sent(error))
        # Raised outside the handlers: the library's exception holds the request with its secrets.
        raise failure

    def _exchange(
        self, method: str, url: str, auth: _Auth, cap: int, form: Mapping[str, str] | None
    ) -> Received:
        give_up_at = time.monotonic() + self._total
        with self._session.request(
            method,
            url,
            data=form,
            auth=auth,
            timeout=self._timeouts,
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _read(response.raw, cap, give_up_at)
            edge = response.headers.get("X-Cache", "").strip().lower()
            return Received(response.status_code, body, edge.startswith("hit from cloudfront"))


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_base(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the office's address must be an https address")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("the office's address must hold no ID, password, query or fragment")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"{parts.hostname} must be asked by https: password and token go with the request")
    return base_url.rstrip("/")


def _session(*, trust_env: bool) -> requests.Session:
    session = requests.Session()
    # The environment's proxies serve firms that have one; nothing on this machine is behind a proxy.
    session.trust_env = trust_env
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Unpacked sizes cannot be capped before unpacking, so nothing packed is asked for.
    session.headers.update({"User-Agent": "ip-portal", "Accept-Encoding": "identity"})
    return session


class _Bearer(requests.auth.AuthBase):
    """Sets the header itself, so that no .netrc entry of the account can replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _NoAuthorization(requests.auth.AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


_Auth = _Bearer | _NoAuthorization
_no_authorization = _NoAuthorization()


def _read(raw: urllib3.BaseHTTPResponse, cap: int, give_up_at: float) -> bytes:
    """The whole body; TransportFailure past `cap` bytes or past the monotonic instant `give_up_at`."""
    if raw.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise TransportFailure("the answer is packed in a way not asked for", sent=True)
    body = bytearray()
    while chunk := raw.read1(_CHUNK):
        body += chunk
        if len(body) > cap:
            raise TransportFailure(f"the answer is larger than {cap} bytes", sent=True)
        if time.monotonic() > give_up_at:
            raise TransportFailure("the answer took too long", sent=True)
    return bytes(body)


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
