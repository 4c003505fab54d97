"""Rows that one worker at a time works on: `lease_until` says until when the row is somebody's."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q


def free(now: datetime, lease: timedelta) -> Q:
    """Rows that nobody works on, where leases are given for `lease`.

    A lease that ends far later than any given now was given by a clock that has been set back since, and
    holds nobody up. Far later, and not just later: of two workers that look at once, one has the older `now`,
    and must not take the other's new lease for such a relic.
    """
    return Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * lease)
