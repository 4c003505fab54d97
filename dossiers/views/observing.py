"""What every request leaves behind: an identity, a line in the log, and a figure for monitors."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from dossiers import faults, log_lines

logger = logging.getLogger("dossiers.requests")
HEADER = "X-Request-ID"
_SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_UNKNOWN = "none"  # no address of ours: one name for them all, or anybody could make as many as they like

REQUESTS = Counter("ipportal_requests_total", "Requests answered.", ["view", "status"])
DURATIONS = Histogram(
    "ipportal_request_seconds",
    "How long answering took.",
    ["view"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def observed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The line names the view and never the address, which may hold a token, nor anybody's name."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.identity = identity_of(request)
        began = time.monotonic()
        with log_lines.about(request=request.identity):
            response = get_response(request)
            seconds = time.monotonic() - began
            match = request.resolver_match
            view = (match.view_name or _UNKNOWN) if match else _UNKNOWN
            REQUESTS.labels(view, response.status_code).inc()
            DURATIONS.labels(view).observe(seconds)
            user = getattr(request, "_cached_user", None)  # only where somebody has asked already
            told = {
                "method": request.method if request.method in _METHODS else "other",
                "view": view,
                "status": response.status_code,
                "seconds": round(seconds, 4),
                "user": getattr(user, "pk", None),
            }
            words = "%(method)s %(view)s %(status)s %(seconds)ss user=%(user)s"
            logger.info(words, told, extra={"told": told})
        faults.keep()
        response.headers[HEADER] = request.identity
        return response

    return middleware


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def identity_of(request: HttpRequest) -> str:
    """The proxy's, where one is trusted and what it says is safe to write into a log; else a new one."""
    given = request.headers.get(HEADER, "") if settings.BEHIND_PROXY else ""
    return given if _SAFE.fullmatch(given) else secrets.token_hex(8)
