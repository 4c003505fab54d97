"""Sessions: when they began, when they were last used, and when they end.

Both times are the machine's own, kept in the session itself. A session that is used is noted every few
minutes, which also moves on the end of its idle time; reading pages writes nothing in between.
"""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from dossiers.models import User, record

BEGUN, SEEN = "begun_at", "seen_at"
NOTED_EVERY = 300.0  # seconds


def begin(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Whoever signs in, in whatever way, begins a session now (receives Django's `user_logged_in`)."""
    request.session[BEGUN] = request.session[SEEN] = timezone.now().timestamp()


def is_over(request: HttpRequest) -> bool:
    """Whether the session has lasted as long as any may, or was left alone for too long."""
    now = timezone.now().timestamp()
    begun = request.session.get(BEGUN, now)
    seen = request.session.get(SEEN, now)
    return now - begun > settings.SESSION_LONGEST or now - seen > settings.SESSION_COOKIE_AGE


def note(request: HttpRequest) -> bool:
    """Keep that the session is used, if that was not noted lately; whether it was noted now."""
    now = timezone.now().timestamp()
    if abs(now - request.session.get(SEEN, 0)) < NOTED_EVERY:
        return False
    request.session.setdefault(BEGUN, now)
    request.session[SEEN] = now
    UserSession.objects.create_from_request(request)
    return True


def of(person: User) -> list[UserSession]:
    """The person's sessions that still open something, the last used first. Reading them changes nothing."""
    rows = UserSession.objects.filter(user=person).order_by("-last_seen_at", "-pk")
    return [one for one in rows if one.exists()]


def end(person: User, chosen: list[UserSession], *, by: User) -> int:
    """End these sessions of the person at once; how many."""
    for one in chosen:
        one.end()
    if chosen:
        record("people.sessions_end", by=by, person=person.pk, count=len(chosen))
    return len(chosen)


def end_all(person: User, *, by: User | None = None) -> int:
    rows = list(UserSession.objects.filter(user=person))
    return end(person, rows, by=by) if rows else 0
