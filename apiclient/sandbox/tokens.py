"""Bearer tokens of the sandbox: long, opaque, short-lived, several alive at once."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from threading import Lock
from typing import Any

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 28_800
# Invented for the sandbox and no secret: the office outside knows nothing of them.
USERNAME = "sandbox-user"
PASSWORD = "sandbox-password"  # noqa: S105


def _jwt_like(kind: str, username: str, size: int) -> str:
    """Three base64 parts of more than a thousand characters; nothing in it is signed."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    head = json.dumps({"alg": "RS256", "typ": "JWT", "kid": "sandbox"}).encode()
    body = json.dumps({"typ": kind, "preferred_username": username, "jti": secrets.token_hex(size)}).encode()
    return f"{part(head)}.{part(body)}.{part(secrets.token_bytes(256))}"


class TokenDesk:
    """Hands out and checks tokens by the sandbox's clock; a later login revokes nothing."""

    def __init__(self, username: str = USERNAME, password: str = PASSWORD) -> None:
        self.username, self.password = username, password
        self._lock = Lock()
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}

    def grant(self, form: dict[str, str], now: datetime) -> tuple[int, dict[str, Any]]:
        """The HTTP status and body for a token request, as an identity server words them."""
        kind = form.get("grant_type")
        if kind == "password":
            right = compare_digest(form.get("username", "").encode(), self.username.encode())
            right &= compare_digest(form.get("password", "").encode(), self.password.encode())
            return (200, self._issue(now)) if right else _refused("Invalid user credentials")
        if kind == "refresh_token":
            expires = self._refresh.get(form.get("refresh_token", ""))
            if expires is None or expires <= now:
                return 400, {"error": "invalid_grant", "error_description": "Token is not active"}
            return 200, self._issue(now)
        return 400, {"error": "unsupported_grant_type", "error_description": "Unsupported grant_type"}

    def _issue(self, now: datetime) -> dict[str, Any]:
        access = _jwt_like("Bearer", self.username, 260)
        refresh = _jwt_like("Refresh", self.username, 160)
        with self._lock:
            for kept in (self._access, self._refresh):
                for old in [token for token, expires in kept.items() if expires <= now]:
                    del kept[old]
            self._access[access] = now + timedelta(seconds=ACCESS_SECONDS)
            self._refresh[refresh] = now + timedelta(seconds=REFRESH_SECONDS)
        return {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "refresh_expires_in": REFRESH_SECONDS,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "id_token": _jwt_like("ID", self.username, 40),
            "not-before-policy": 0,
            "session_state": secrets.token_hex(16),
            "scope": "openid profile",
        }

    def accepts(self, authorization: str, now: datetime) -> bool:
        """Whether the header is "Bearer" and one space and a token that is still alive."""
        expires = self._access.get(authorization.removeprefix("Bearer "))
        return authorization.startswith("Bearer ") and expires is not None and now < expires


def _refused(description: str) -> tuple[int, dict[str, Any]]:
    return 401, {"error": "invalid_grant", "error_description": description}
