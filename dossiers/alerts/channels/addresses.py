"""Which addresses may be called: public ones by https, so that nobody reaches into the firm's own network.

The name is resolved once for a call, every address it has is looked at, and the call goes to one of these: a
name that answers otherwise a moment later leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

_LONGEST = 500
# Nothing that two readers of addresses could read in two ways: no user, no fragment, no backslash, no blank.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!$-\[\]^-~]*)?",
    re.ASCII | re.IGNORECASE,
)
_LOWEST_OTHER_PORT = 1024  # below it other services live
# Addresses that carry another one inside, which a gateway on the way may unpack, and a cloud's own service.
_CARRIERS = tuple(
    map(ipaddress.ip_network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
)
_CLOUD = frozenset(map(ipaddress.ip_address, ("168.63.129.16",)))


class Refused(ValueError):
    """An address that is not called; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """An address taken apart. `path` holds the query, too. `own`: it may lie in the firm's own network."""

    scheme: str
    host: str
    port: int
    path: str
    own: bool = False


def read(address: str, *, own: bool = False) -> Target:
    """The parts of an address that may be called; Refused("bad_address", "not_https", "not_public",
    "bad_port") for any other. A name is not resolved here.

    `own`: whoever runs the installation has set it in the environment, so that it may be a machine of the
    firm's own network, also by http, on any port. Nothing that people enter on pages may be.
    """
    match = _ADDRESS.fullmatch(address) if len(address) <= _LONGEST else None
    if match is None:
        raise Refused("bad_address")
    scheme, host = match["scheme"].lower(), match["host"].lower().strip("[]").rstrip(".")
    port = int(match["port"] or (443 if scheme == "https" else 80))
    literal = _literal(host)
    if (
        scheme == "http"
        and not own
        and not (settings.WEBHOOK_LOOPBACK and (host == "localhost" or _here(literal)))
    ):
        raise Refused("not_https")
    if port > 65535 or (not own and scheme == "https" and port != 443 and port < _LOWEST_OTHER_PORT):
        raise Refused("bad_port")
    if not host or (literal is not None and not _may_be_called(literal, own)):
        raise Refused("not_public" if host else "bad_address")
    return Target(scheme, host, port, match["path"] or "/", own)


def host_of(address: str) -> str:
    """The name or number of the machine alone: the rest of an address may be a key."""
    return urlsplit(address).hostname or ""


def resolve(target: Target, *, seconds: float) -> list[str]:
    """The addresses of a name, all of them public; Refused("unknown_name", "not_public", "timeout")."""
    found = [ipaddress.ip_address(one) for one in _asked(target, seconds)]
    if not found:
        raise Refused("unknown_name")
    at_home = target.own or target.scheme == "https" or all(map(_here, found))
    if not (at_home and all(_may_be_called(one, target.own) for one in found)):
        raise Refused("not_public")
    return [str(one) for one in dict.fromkeys(found)]


def _asked(target: Target, seconds: float) -> list[str]:
    """What the resolver says. It knows no time limit, so it is asked beside, and left alone when late."""
    answer: list[list[str]] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            rows = []
        answer.append([str(row[4][0]).partition("%")[0] for row in rows])

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(0.0, seconds))
    if not answer:
        raise Refused("timeout")
    return answer[0]


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _here(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return address is not None and address.is_loopback


def _may_be_called(address: ipaddress.IPv4Address | ipaddress.IPv6Address, own: bool) -> bool:
    if _here(address):
        return own or bool(settings.WEBHOOK_LOOPBACK)
    if own and address.is_private and not address.is_link_local and not address.is_unspecified:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or address.is_site_local:
            return False
        if any(address in carrier for carrier in _CARRIERS):
            return False
    return address.is_global and not address.is_multicast and address not in _CLOUD
