"""Whether a token may do what an address does: each address names what it needs."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from dossiers.models import ApiToken

from .problems import Problem
from .scopes import allowed, covers


class Token(HttpBearer):
    """The authoriser of an address. Without a token that works 401, with one that is not for this 403."""

    openapi_bearerFormat = "ipportal_…"

    def __init__(self, scope: str = "") -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        if request.token is None:
            raise Problem("no_token")
        if self.scope and not covers(request.token.scopes, self.scope):
            raise Problem("scope_missing", values={"scope": self.scope}, scope=self.scope)
        if not allowed(request.token.owner, self.scope):
            raise Problem("role_missing", values={"scope": self.scope}, scope=self.scope)
        return request.token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Never asked: `serving.served` has read the header."""
        return self(request)


def may(scope: str) -> Token:
    return Token(scope)
