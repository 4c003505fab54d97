"""Two workers that look at the same moment, and clocks that are not quite, or not at all, together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dossiers import leases
from dossiers.models import Pump

NOW = datetime(2026, 11, 22, 16, 54, 41, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def is_free(lease_until: datetime | None, now: datetime) -> bool:
    Pump.objects.create(name="mail", lease_until=lease_until)
    return Pump.objects.filter(leases.free(now, LEASE)).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [0, 0.001, 1, 60, 299])
def test_a_worker_that_looked_at_the_clock_earlier_does_not_overtake_the_one_that_was_first(seconds):
    assert not is_free(NOW + LEASE, NOW - timedelta(seconds=seconds))


@pytest.mark.django_db
@pytest.mark.parametrize("back", [timedelta(minutes=6), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_set_back_holds_nothing_up(back):
    assert is_free(NOW + LEASE, NOW - back)


@pytest.mark.django_db
def test_what_nobody_works_on_or_nobody_works_on_any_more_is_free():
    assert is_free(NOW, NOW)
    Pump.objects.all().delete()
    assert is_free(None, NOW)
