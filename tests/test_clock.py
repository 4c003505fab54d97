"""One clock, for what is made as for what is asked of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dossiers.models import Alert, BatchLine, CpcSuggestion, Digest, Outlook, RefreshJob

LONG_AGO = datetime(2024, 2, 29, 14, 59, 30, tzinfo=UTC)  # half a minute before midnight in Japan


@pytest.mark.parametrize("order", [Alert, BatchLine, CpcSuggestion, Digest, Outlook, RefreshJob])
@pytest.mark.parametrize("offset", [timedelta(), timedelta(days=4000)])
def test_what_is_ordered_without_a_time_is_due_at_once_by_the_clock(monkeypatch, order, offset):
    monkeypatch.setattr("dossiers.clock.now", lambda: LONG_AGO + offset)
    assert order().not_before == LONG_AGO + offset
