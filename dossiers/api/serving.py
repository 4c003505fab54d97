"""Around every address of the API: whose token it is, how often it calls, language, ETags, and what fails."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import partial, wraps

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from dossiers.views.authorising import open_to_all

from . import rate, tokens, writes
from .problems import Problem, reply_to

log = logging.getLogger("django.request")
View = Callable[..., HttpResponseBase]
_SAFE = ("GET", "HEAD", "OPTIONS")


def served(view: View) -> View:
    """The view as programs see it. `request.token` is the working token that came with it, or None: what it
    may do is asked of it at each address (`rights.may`)."""

    @csrf_exempt
    @wraps(view)
    def reply(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        request.token = None
        return _guarded(request, lambda: _served(request, partial(view, request, *args, **kwargs)))

    return open_to_all("the token that a program sends is asked instead", reply)


def _served(request: HttpRequest, do: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    request.token = tokens.presented(request)
    with translation.override(_language(request)):
        return _told(request, _guarded(request, lambda: _called(request, do)))


def _language(request: HttpRequest) -> str:
    """The one asked for; where none is, that of the token's owner."""
    if "Accept-Language" not in request.headers and request.token:
        return request.token.owner.language
    return translation.get_language_from_request(request)


def _guarded(request: HttpRequest, do: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """What `do` answers, or the problem that kept it from answering."""
    try:
        answer = do()
    except Problem as problem:
        return reply_to(request, problem)
    except RequestDataTooBig:
        return reply_to(request, Problem("too_large"))
    except (SuspiciousOperation, BadRequest):
        return reply_to(request, Problem("unreadable"))
    except Exception:
        log.exception("Internal Server Error: %s", request.path, extra={"request": request})
        got_request_exception.send(sender=None, request=request)
        return reply_to(request, Problem("server_error"))
    if answer.status_code == 405:
        return reply_to(request, Problem("method_not_allowed", headers={"Allow": _allowed(answer)}))
    return answer


def _called(request: HttpRequest, do: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if request.token is None:
        return do()
    request.rate = rate.count(request.token)
    if not request.rate.allowed:
        raise Problem("too_many_calls")
    if request.method in _SAFE:
        return do()
    if request.body and not _is_json(request):
        raise Problem("not_json")
    return writes.once(request, request.token, do)


def _allowed(answer: HttpResponseBase) -> str:
    return ", ".join(sorted(answer["Allow"].replace(" ", "").split(",")))


def _is_json(request: HttpRequest) -> bool:
    kind = request.content_type or ""
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _told(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """The answer with what every answer says; not at all where the reader has it already (304)."""
    if request.token is None and answer.status_code == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="IP Portal"'
    if answer.status_code == 200 and not answer.streaming and not answer.has_header("ETag"):
        answer["ETag"] = etag_of(answer.content)
    if request.method in _SAFE and answer.status_code == 200 and "If-None-Match" in request.headers:
        answer = get_conditional_response(request, etag=answer.get("ETag"), response=answer)
    for name, value in (request.rate.headers if hasattr(request, "rate") else {}).items():
        answer[name] = value
    answer.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
    answer.headers.setdefault("Cache-Control", "private, no-cache")  # asked about each time
    patch_vary_headers(answer, ["Authorization", "Accept-Language"])
    return answer


def etag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def not_here(request: HttpRequest, **_anywhere: str) -> HttpResponse:
    """Every address that is none."""
    raise Problem("not_found")
