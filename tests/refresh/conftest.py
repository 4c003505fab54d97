"""A case under examination, at the office in miniature."""

from __future__ import annotations

import pytest


@pytest.fixture
def examined(office):
    """A patent application under examination whose next acts the test decides."""
    return office.cases("patent", limit=1, stage="examination")[0]
