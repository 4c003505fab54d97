"""Which addresses are asked: the office's own, and where it lays down what is too large to send at once."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

# Where the official examples of large answers lie.
STORAGE_HOST = "ipapi-prd-upload-10mbdata-from-ecs.s3.amazonaws.com"

# No user, no fragment, no backslash, no blank, nothing outside ASCII: nothing that two readers of addresses
# could read in two ways, so that the host checked here is surely the host asked.
_STORED = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"/[!$-\[\]^-~]{0,8000}",
    re.ASCII | re.IGNORECASE,
)


class UnfitAddress(ValueError):
    """An address that is not opened. The words may be shown: they hold no more of it than its host."""


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_base(base_url: str) -> str:
    """An office's address without its last slash; ValueError unless secrets may be sent there."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the office's address must be an https address")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("the office's address must hold no ID, password, query or fragment")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"{parts.hostname} must be asked by https: password and token go with the request")
    return base_url.rstrip("/")


def storage_host(name: str) -> str:
    """The name of a storage host as it stands in addresses; ValueError if `name` is none."""
    try:
        host = name.strip().encode("idna").decode().lower()
    except UnicodeError:
        host = ""
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
        raise ValueError(f"this is no name of a storage host: {name!r}")
    return host


def check_stored(address: str, hosts: Collection[str], office: str) -> None:
    """UnfitAddress unless a large answer of `office` (its base address) may be fetched from `address`.

    It may from one of `hosts` (see `storage_host`) by https at the usual port, and where the office is on
    this machine from the office's own port.
    """
    match = _STORED.fullmatch(address)
    if match is None:
        raise UnfitAddress("the office named an address for the documents that is not a plain web address")
    host, port = match["host"].lower().strip("[]"), match["port"]
    if match["scheme"].lower() == "https":
        if host not in hosts:
            raise UnfitAddress(
                f"the office laid the documents down at {host}, which is not known as its storage"
            )
        if port not in (None, "443"):
            raise UnfitAddress(f"the office laid the documents down at an unusual port of {host}")
    elif not (is_loopback(host) and _on_port_of(office, port)):
        raise UnfitAddress(f"the office laid the documents down at {host}, but not by https")


def _on_port_of(office: str, port: str | None) -> bool:
    parts = urlsplit(office)
    return (
        is_loopback(parts.hostname or "") and parts.scheme == "http" and (parts.port or 80) == int(port or 80)
    )
