"""Who is calling, and the people whom a case can be given to."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from . import access, shapes, words
from .rights import Token, may
from .scopes import allowed

router = Router(tags=["About the caller"])


@router.get(
    "token", auth=Token(), response=shapes.TokenShown, summary="This token", operation_id="read_token"
)
def read_token(request: HttpRequest) -> shapes.TokenShown:
    """What the token may do, and which cases it shows."""
    token = request.auth
    return shapes.TokenShown(
        name=token.name,
        owner=words.person(token.owner),
        scopes=[scope for scope in token.scopes if allowed(token.owner, scope)],
        reach=words.worded(token.reach, token.get_reach_display()),
        watchlist=token.watchlist_id,
        expires_at=token.expires_at,
        calls_a_minute=settings.API_PER_MINUTE,
    )


@router.get(
    "people",
    auth=may("cases:read"),
    response=shapes.People,
    summary="People a case can be given to",
    operation_id="list_people",
)
def list_people(request: HttpRequest) -> shapes.People:
    """Everybody of the firm who can sign in, with the user name to be used as `owner` or `deputy`."""
    return shapes.People(items=[words.person(one) for one in access.people()])
