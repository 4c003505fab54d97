"""Where a request comes from."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest

_THIS_MACHINE = "127.0.0.1"


def client_address(request: HttpRequest) -> str:
    """The address of the reader's machine, as far as it can be believed.

    Of X-Forwarded-For only what our own proxies wrote counts: the last IPPORTAL_TRUSTED_PROXIES entries, of
    which the first is the reader. A request that came past them has the address of the connection; one
    through a local socket, which has none, is this machine's.
    """
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    through = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
    candidates = [through[-proxies]] if 0 < proxies <= len(through) else []
    for text in (*candidates, request.META.get("REMOTE_ADDR", "")):
        with suppress(ValueError):
            return str(ipaddress.ip_address(text.strip("[]")))
    return _THIS_MACHINE
