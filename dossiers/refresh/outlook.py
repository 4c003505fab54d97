"""Forecasts of how late acts of the office will be seen on this docket, worked out in the background.

Playing two months forward takes seconds at fifty thousand cases, so no page ever waits for it. The row is the
order, as with refresh orders; one is made each office day, more when people ask with another number of cases.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apiclient.clock import JST, office_day
from apiclient.jpo.catalogue import MOST_DOUBLED, day_rule, endpoint_named
from dossiers import clock, leases
from dossiers.docketing.store import calendar
from dossiers.models import Case, Outlook, User

from . import office
from .case_views import POLICY, budgets, case_views
from .planner import Budget, CaseView, Forecast, Hazards, forecast
from .planner.forecast import DAYS, SETTLING

log = logging.getLogger(__name__)

FORECASTS = ("as_is", "more", "doubled")
"""The docket as it is; with `Outlook.more` cases like its own on top; with the best limits doubled."""
MORE = 500
MOST_MORE = 100_000
LEASE = timedelta(minutes=5)  # longer than the queue's own timeout, so that two never work on one order
MOST_ATTEMPTS = 3
_PAUSE = timedelta(minutes=10)
State = Outlook.State


# --- orders -----------------------------------------------------------------------------------------------


def order_daily(now: datetime) -> bool:
    """Order the forecast of the office day of `now`, once, after it was planned; whether this call did."""
    day = office_day(now)
    key = f"day:{day}"
    if now.astimezone(JST).hour < settings.REFRESH_FROM_HOUR or Outlook.objects.filter(key=key).exists():
        return False
    if not Case.objects.exists():
        return False
    return Outlook.objects.get_or_create(key=key, defaults={"day": day, "more": MORE, "created_at": now})[1]


@transaction.atomic
def order(*, by: User, more: int, now: datetime) -> Outlook:
    """A person wants a forecast with `more` cases; an order of theirs that waits is changed, not doubled.

    ValueError unless `more` is from 1 to MOST_MORE.
    """
    if not 1 <= more <= MOST_MORE:
        raise ValueError(f"{more} cases cannot be played")
    waiting = Outlook.objects.select_for_update().filter(
        state=State.WAITING, requested_by=by, lease_until=None
    )
    if mine := waiting.first():
        mine.more = more
        mine.save(update_fields=["more"])
        return mine
    return Outlook.objects.create(
        key=f"asked:{uuid.uuid4().hex}", day=office_day(now), more=more, requested_by=by, created_at=now
    )


def pump(*, budget_seconds: float) -> bool:
    """Carry out orders until none is due or the time is used up; whether more are due now."""
    end = time.monotonic() + budget_seconds
    while time.monotonic() < end:
        one = _claim()
        if one is None:
            return False
        try:
            _carry_out(one)
        except Exception as error:
            log.exception("outlook %s failed", one.key)
            _update(
                one,
                lease_until=None,
                not_before=clock.now() + _PAUSE,
                detail=f"{type(error).__name__}: {error}",
            )
    return True


def _claim() -> Outlook | None:
    """The oldest due order, leased to the caller; attempts count before the work."""
    for _ in range(20):
        free = leases.free(timezone.now(), LEASE)
        due = Outlook.objects.filter(free, state=State.WAITING, not_before__lte=clock.now())
        candidate = due.order_by("created_at", "pk").first()
        if candidate is None:
            return None
        won = due.filter(pk=candidate.pk).update(
            lease_until=timezone.now() + LEASE, attempts=F("attempts") + 1
        )
        if not won:
            continue
        if candidate.attempts < MOST_ATTEMPTS:
            return candidate
        _update(
            candidate, state=State.FAILED, lease_until=None, finished_at=clock.now(),
            detail=candidate.detail or "its worker died each time",
        )  # fmt: skip
    return None


def _carry_out(one: Outlook) -> None:
    now = clock.now()
    assumed, found = play(now, one.more)
    _update(
        one, state=State.DONE, lease_until=None, finished_at=now, day=office_day(now), detail="",
        assumed=assumed, found=found,
    )  # fmt: skip


def _update(one: Outlook, **values: Any) -> None:
    if "detail" in values:
        values["detail"] = values["detail"].replace("\0", "")[:500]
    Outlook.objects.filter(pk=one.pk).update(**values)


# --- playing ----------------------------------------------------------------------------------------------


def play(now: datetime, more: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is assumed and what comes out, per name of FORECASTS, both ready for JSON.

    "doubled" is missing where no limit may be doubled any more.
    """
    views, given = list(case_views()), budgets(now)
    hazards, closed = Hazards.learned(views), calendar()
    by_law = Counter(view.law for view in views)
    doubled = worth_doubling(by_law, given)

    def played(with_budgets: Sequence[Budget], more: int = 0) -> dict[str, Any]:
        return _json(
            forecast(
                views, with_budgets, office_day(now), hazards=hazards, policy=POLICY, more=more,
                open_day=lambda day: closed.why_closed(day) is None,
            )
        )  # fmt: skip

    found = {"as_is": played(given), "more": played(given, more)}
    if doubled:
        found["doubled"] = played(double(given, doubled))
    return _assumed(views, by_law, given, doubled), found


def _assumed(
    views: Sequence[CaseView], by_law: Counter[str], given: Sequence[Budget], doubled: Sequence[str]
) -> dict[str, Any]:
    return {
        "cases": len(views),
        "by_law": dict(by_law),
        "budgets": [{"bucket": one.bucket, "daily": one.a_day} for one in given],
        "doubled": list(doubled),
        "settling": SETTLING,
        "days": DAYS,
    }


def worth_doubling(cases: dict[str, int] | Counter[str], given: Iterable[Budget]) -> list[str]:
    """The buckets whose doubling helps most, at most as many as the office may still grant this ID.

    One after the other: of the law with the most cases per call, the bucket that confirms whole cases and has
    the most calls. Those doubled already are left out.
    """
    whole = [one for one in given if one.detector.whole and endpoint_named(one.bucket).raisable]
    calls = Counter[str]()
    for one in whole:
        calls[_law(one)] += one.a_day
    free = [one for one in whole if one.bucket not in settings.JPO_DOUBLED and cases.get(_law(one))]
    chosen: list[str] = []
    while free and len(chosen) < MOST_DOUBLED - len(set(settings.JPO_DOUBLED)):
        best = max(free, key=lambda one: (cases[_law(one)] / max(1, calls[_law(one)]), one.a_day))
        free.remove(best)
        chosen.append(best.bucket)
        calls[_law(best)] += _more_a_day(best.bucket)
    return chosen


def double(given: Iterable[Budget], buckets: Sequence[str]) -> list[Budget]:
    """`given` with the limits of `buckets` doubled; of the calls more, people's share is kept for them."""
    return [
        replace(one, daily=one.a_day + _more_a_day(one.bucket)) if one.bucket in buckets else one
        for one in given
    ]


def _more_a_day(bucket: str) -> int:
    rule = office.limits().daily[bucket]
    twice = day_rule(2 * rule.limit)
    return (twice.limit - twice.reserve_for_people) - (rule.limit - rule.reserve_for_people)


def _law(one: Budget) -> str:
    return one.bucket.partition("/")[0]


def _json(one: Forecast) -> dict[str, Any]:
    return {
        "mean_delay": one.mean_delay,
        "acts_a_day": one.acts_a_day,
        "calls_a_day": one.calls_a_day,
        "sweep_days": one.sweep_days if math.isfinite(one.sweep_days) else None,
        "promise": dict(one.promise),
    }


# --- what a page shows ------------------------------------------------------------------------------------


def latest() -> Outlook | None:
    """The newest forecast there is."""
    return Outlook.objects.filter(state=State.DONE).order_by("-finished_at", "-pk").first()


def under_way() -> Outlook | None:
    """The order made last, unless it is done."""
    newest = Outlook.objects.order_by("-created_at", "-pk").first()
    return newest if newest and newest.state != State.DONE else None
