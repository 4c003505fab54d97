"""Feeds that programs read: the address is the authority, nobody signs in, nothing of it is passed on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.alerts.channels import atom, feeds
from dossiers.alerts.channels import calendar as limits
from dossiers.models import Feed

Writer = Callable[..., bytes]


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Time limits as iCalendar."""
    return _read(request, token, Feed.Kind.LIMITS, limits.write, "text/calendar; charset=utf-8")


@login_not_required
@require_safe
def news(request: HttpRequest, token: str) -> HttpResponse:
    """News as Atom."""
    return _read(request, token, Feed.Kind.NEWS, atom.write, "application/atom+xml; charset=utf-8")


def _read(
    request: HttpRequest, token: str, kind: Feed.Kind, write: Writer, content_type: str
) -> HttpResponse:
    feed = feeds.feed_for(token, kind)
    if feed is None:
        raise Http404
    with translation.override(feed.owner.language):
        body = write(feed, now=clock.now())
    etag, changed_at = feeds.note_read(feed, body, read_at=clock.now(), machine_now=timezone.now())
    response = _conditional(request, HttpResponse(body, content_type=content_type), f'"{etag}"', changed_at)
    response["Cache-Control"] = "private, no-cache"  # kept by its reader alone, and asked about each time
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Content-Disposition"] = f'inline; filename="{feeds.PATHS[kind]}"'
    return response


def _conditional(request: HttpRequest, whole: HttpResponse, etag: str, changed_at: datetime) -> HttpResponse:
    stamp = int(changed_at.timestamp())
    whole["ETag"], whole["Last-Modified"] = etag, http_date(stamp)
    return get_conditional_response(request, etag=etag, last_modified=stamp, response=whole)
