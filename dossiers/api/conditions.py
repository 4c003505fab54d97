"""Writes that hold only for what the program has seen (`If-Match`)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.http import parse_etags
from ninja import Schema
from ninja.renderers import JSONRenderer

from .problems import Problem
from .serving import etag_of


class Renderer(JSONRenderer):
    json_dumps_params = {"ensure_ascii": False}


def unchanged(request: HttpRequest, now: Callable[[], Schema]) -> None:
    """Problem("changed") unless the thing, which is locked, is still what the ETag in `If-Match` was of.

    `now` gives it as reading it would; it is not asked where the call names no ETag.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return
    content = Renderer().render(request, now().model_dump(), response_status=200)
    if etag_of(content.encode("utf-8")) not in parse_etags(header):
        raise Problem("changed")
