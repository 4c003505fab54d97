"""What every page needs to know of its reader."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


def language_of_the_reader(get_response: Callable[[HttpRequest], HttpResponse]):
    """A signed-in person's own language and time zone win over the browser's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return get_response(request)
        zone = zoneinfo.ZoneInfo(user.time_zone)
        with translation.override(user.language), timezone.override(zone):
            request.LANGUAGE_CODE = user.language
            response = get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        return response

    return middleware
