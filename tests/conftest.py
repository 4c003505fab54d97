"""What every test may use: people, an office day, and no network beyond this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Playwright's synchronous API runs an event loop in the test's thread; it may use the database all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Where a test database and static files may lie; a fresh clone has neither.
(Path(__file__).resolve().parent.parent / "var" / "static").mkdir(parents=True, exist_ok=True)

RECORDINGS = Path(__file__).resolve().parent.parent.parent / "shared" / "recordings"


def pytest_sessionstart(session: pytest.Session) -> None:
    """A run that is to prove PostgreSQL must not quietly run on SQLite."""
    from django.db import connection

    if os.environ.get("IPPORTAL_REQUIRE_POSTGRES") == "1" and connection.vendor != "postgresql":
        pytest.exit("PostgreSQL is demanded, but DATABASE_URL names none", returncode=1)


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Tests need no collected, hashed copies."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def recordings() -> Path:
    """The folder of the office's recorded replies, which is not part of the project."""
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings beside the project")
    return RECORDINGS


@pytest.fixture
def alice(db):
    """A docketing clerk who reads Japanese."""
    from tests import make

    return make.user("alice", language="ja", display_name="有栖川 有紀")


@pytest.fixture
def bob(db):
    """An attorney who reads English."""
    from tests import make

    return make.user("bob", language="en", display_name="Bob Attorney")


@pytest.fixture
def office(settings, monkeypatch):
    """A sandbox office whose clock the application follows: a Tuesday morning, with no limit a minute."""
    from datetime import datetime

    from apiclient.clock import JST
    from apiclient.sandbox import Sandbox
    from dossiers.refresh import office as asking

    start = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
    with Sandbox(seed=7, cases=600, now=start, edge_seconds=0) as sandbox:
        settings.JPO_BASE_URL = sandbox.url
        settings.JPO_USERNAME, settings.JPO_PASSWORD = sandbox.username, sandbox.password
        settings.JPO_PER_MINUTE = 1000
        monkeypatch.setattr("dossiers.clock.now", sandbox.now)
        monkeypatch.setattr(asking, "MOST_WAIT", 0.0)
        asking._client.cache_clear()
        yield sandbox
        asking._client.cache_clear()
