"""Pictures of a document: as PNG for the browser, and as received to be saved."""

from __future__ import annotations

import zlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from apiclient.documents.pictures import NotShown, as_png
from dossiers.models import Picture, User

from .case import the_case
from .document import as_received
from .words import picture_words

_MADE = "1"  # of how PNGs are made here; another way makes other bytes


def _picture(user: User, law: str, number: str, event_pk: int, picture_pk: int, **more: int) -> Picture:
    case = the_case(user, law, number)
    event = get_object_or_404(case.events, pk=event_pk)
    return get_object_or_404(event.pictures.defer("body"), pk=picture_pk)


def _tag(request: HttpRequest, **place) -> str:
    return f'"{_picture(request.user, **place).sha256}-{place["frame"]}-{_MADE}"'


@require_safe
@condition(etag_func=_tag)
def shown(request: HttpRequest, frame: int, **place) -> HttpResponse:
    """One page of the picture, always as a PNG made here; what cannot be made says why in words."""
    picture = _picture(request.user, **place)
    try:
        png = as_png(zlib.decompress(bytes(picture.body)), frame)
    except NotShown as refused:
        words = _("This picture cannot be shown: %(why)s") % {"why": picture_words(refused.problem)}
        return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(png, content_type="image/png")
    answer["Content-Disposition"] = "inline"
    # The browser keeps it and asks whether it may show it still: whoever signed out may not.
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


@require_safe
def received(request: HttpRequest, **place) -> HttpResponse:
    picture = _picture(request.user, **place)
    return as_received(bytes(picture.body), picture.name)
