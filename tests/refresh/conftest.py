"""The office in miniature as the office of these tests."""

from __future__ import annotations

from datetime import datetime

import pytest

from apiclient.clock import JST
from apiclient.sandbox import Sandbox
from dossiers.refresh import office as asking

START = datetime(2026, 11, 24, 9, 0, tzinfo=JST)  # a Tuesday


@pytest.fixture
def office(settings, monkeypatch):
    """A sandbox office whose clock the application follows, with no limit a minute."""
    with Sandbox(seed=7, cases=600, now=START, edge_seconds=0) as sandbox:
        settings.JPO_BASE_URL = sandbox.url
        settings.JPO_USERNAME, settings.JPO_PASSWORD = sandbox.username, sandbox.password
        settings.JPO_PER_MINUTE = 1000
        monkeypatch.setattr("dossiers.clock.now", sandbox.now)
        monkeypatch.setattr(asking, "MOST_WAIT", 0.0)
        asking._client.cache_clear()
        yield sandbox
        asking._client.cache_clear()


@pytest.fixture
def examined(office):
    """A patent application under examination whose next acts the test decides."""
    return office.cases("patent", limit=1, stage="examination")[0]
