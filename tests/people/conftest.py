"""People who sign in by the real forms, and the codes of a real authenticator app."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from django.core.cache import cache
from django.test import Client

from dossiers.models import Role
from tests import make


@pytest.fixture
def boss(db):
    """An administrator who reads English."""
    return make.user("boss", role=Role.ADMINISTRATOR, language="en", display_name="Bo Specimen")


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet(request):
    """Attempts are counted in the shared cache, which outlives a test whose rows are really written."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        cache.clear()
    yield


def sign_in(client: Client, name: str, password: str = make.PASSWORD, **fields: str):
    return client.post("/login/", {"username": name, "password": password, **fields})


def signed_in(user) -> Client:
    """A session begun by the form, as a person begins it."""
    client = Client()
    assert sign_in(client, user.username).status_code == 302
    return client


def again(client: Client, password: str = make.PASSWORD) -> None:
    """Show once more that it is you."""
    assert client.post("/settings/security/again/", {"password": password}).status_code == 302


def link_in(mail) -> str:
    """The address in a mail, as a path of this site."""
    return re.search(r"https?://[^/\s]+(/\S+)", mail.body)[1]


def totp(secret: str, at: float | None = None) -> str:
    """The code of RFC 6238 (SHA-1, thirty seconds, six digits)."""
    key = base64.b32decode(secret, casefold=True)
    step = struct.pack(">Q", int((time.time() if at is None else at) // 30))
    digest = hmac.new(key, step, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def secret_on(page) -> str:
    return re.search(r'<code class="verbatim">([A-Z2-7]+)</code>', page.text)[1]


def set_up_app(client: Client) -> str:
    """Set up an authenticator app by its page; the secret that the app then has."""
    again(client)
    secret = secret_on(client.get("/settings/security/app/"))
    answer = client.post("/settings/security/app/", {"code": totp(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret
