"""The office's limits hold whatever the number of processes, and whatever becomes of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from apiclient.clock import JST
from apiclient.quota import (
    FURTHEST_AHEAD,
    MINUTE_WINDOW,
    Bucket,
    DailyLimitReached,
    DayRule,
    MinuteLimitReached,
    Policy,
    Purpose,
)
from apiclient.steady import machine_clock
from dossiers.models import QuotaDay
from dossiers.refresh.ledger import DatabaseLedger
from tests.runtime import scratch

BUCKET = Bucket("id", "patent/app_progress")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=JST)
PERSON, BACKGROUND = Purpose.PERSON, Purpose.BACKGROUND

HAMMER = """
import sys, json, django
django.setup()
from datetime import datetime, timedelta
from apiclient.quota import *
from dossiers.refresh.ledger import DatabaseLedger
per_day, per_minute, tries, step = json.loads(sys.argv[1])
start = datetime.fromisoformat(sys.argv[2])
bucket = Bucket("id", "patent/app_progress")
policy = Policy({bucket.name: DayRule(per_day)}, {"domestic": per_minute})
ledger, granted = DatabaseLedger(policy), []
for n in range(tries):
    now = start + timedelta(seconds=n * step)
    try:
        reservation = ledger.reserve(bucket, Purpose.PERSON, now)
    except (DailyLimitReached, MinuteLimitReached):
        continue
    granted.append(now.timestamp())
    if "--die" in sys.argv:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    ledger.settle(reservation, counted=True, remaining=None, exhausted=False, now=now)
print(json.dumps(granted))
"""


def policy(limit: int = 800, reserve: int = 0, per_minute: int = 10) -> Policy:
    return Policy({BUCKET.name: DayRule(limit, reserve)}, {"domestic": per_minute})


def settle(ledger, reservation, now=NOON, *, counted=True, remaining=None, exhausted=False):
    ledger.settle(reservation, counted=counted, remaining=remaining, exhausted=exhausted, now=now)


# --- several processes ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    with scratch.database(folder) as address:
        env = scratch.environment(address)
        scratch.manage(env, "migrate", "--verbosity=0")
        yield env


def hammer(env, *, per_day, per_minute, tries, step=0.0, start=NOON, processes=4, die=False):
    """The instants granted to each of several processes asking at once; None for one that died."""
    numbers = json.dumps([per_day, per_minute, tries, step])
    command = [sys.executable, "-c", HAMMER, numbers, start.isoformat(), *(["--die"] if die else [])]
    running = [
        subprocess.Popen(command, cwd=scratch.ROOT, env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    outputs = [one.communicate(timeout=120)[0] for one in running]
    assert {one.returncode for one in running} == {-signal.SIGKILL if die else 0}
    return [] if die else sorted(at for output in outputs for at in json.loads(output))


@pytest.mark.processes
def test_four_processes_together_get_the_days_limit_and_no_more(migrated):
    assert len(hammer(migrated, per_day=57, per_minute=1000, tries=20)) == 57


@pytest.mark.processes
def test_four_processes_together_never_exceed_a_minute(migrated):
    granted = hammer(migrated, per_day=800, per_minute=10, tries=30, step=5.0, start=NOON + timedelta(days=1))
    assert len(granted) >= 20
    for at in granted:
        assert sum(at <= other < at + 60 for other in granted) <= 10


@pytest.mark.processes
def test_calls_of_killed_workers_stay_counted(migrated):
    start = NOON + timedelta(days=2)
    hammer(migrated, per_day=10, per_minute=1000, tries=1, start=start, processes=3, die=True)
    assert len(hammer(migrated, per_day=10, per_minute=1000, tries=5, start=start)) == 7


# --- one process ------------------------------------------------------------------------------------------


def test_the_office_starts_counting_again_at_midnight_in_japan(db):
    ledger = DatabaseLedger(policy(limit=1))
    evening = datetime(2026, 11, 24, 23, 30, tzinfo=JST)
    settle(ledger, ledger.reserve(BUCKET, PERSON, evening), evening)
    with pytest.raises(DailyLimitReached) as refused:
        ledger.reserve(BUCKET, PERSON, evening + timedelta(minutes=2))
    assert refused.value.until == datetime(2026, 11, 25, 0, 1, tzinfo=JST)
    ledger.reserve(BUCKET, PERSON, refused.value.until.astimezone(UTC))
    assert set(QuotaDay.objects.values_list("day", flat=True)) == {date(2026, 11, 24), date(2026, 11, 25)}


def test_what_the_office_reports_only_lowers_what_is_left(db):
    ledger = DatabaseLedger(policy(limit=800))
    first, second = (ledger.reserve(BUCKET, PERSON, NOON) for _ in range(2))
    settle(ledger, first, remaining=300)
    assert ledger.usage(BUCKET, NOON).left == 299  # the second call is still under way
    settle(ledger, second, remaining=798)
    usage = ledger.usage(BUCKET, NOON)
    assert (usage.left, usage.remaining_reported) == (299, 300)


def test_a_bucket_the_office_calls_exhausted_is_closed_until_midnight_is_past_by_every_clock(db):
    ledger = DatabaseLedger(policy())
    settle(ledger, ledger.reserve(BUCKET, PERSON, NOON), exhausted=True)
    with pytest.raises(DailyLimitReached):
        ledger.reserve(BUCKET, PERSON, NOON + timedelta(hours=5))
    ledger.reserve(BUCKET, PERSON, NOON + timedelta(hours=12, minutes=1))


def test_a_call_the_office_did_not_count_is_given_back(db):
    ledger = DatabaseLedger(policy())
    settle(ledger, ledger.reserve(BUCKET, PERSON, NOON), counted=False)
    assert ledger.usage(BUCKET, NOON).used == 0


def test_a_call_that_ends_after_midnight_weighs_on_both_days(db):
    ledger = DatabaseLedger(policy())
    late = datetime(2026, 11, 24, 23, 59, 59, tzinfo=JST)
    settle(ledger, ledger.reserve(BUCKET, PERSON, late), late + timedelta(seconds=3))
    assert ledger.usage(BUCKET, late).used == ledger.usage(BUCKET, late + timedelta(seconds=3)).used == 1


def test_a_refused_call_costs_nothing(db):
    ledger = DatabaseLedger(policy(per_minute=1))
    only = ledger.reserve(BUCKET, PERSON, NOON)
    with pytest.raises(MinuteLimitReached) as refused:
        ledger.reserve(BUCKET, PERSON, NOON + timedelta(seconds=20))
    assert refused.value.retry_at > NOON + timedelta(seconds=60)
    assert ledger.usage(BUCKET, NOON).used == 1
    settle(ledger, only)
    ledger.reserve(BUCKET, PERSON, NOON + timedelta(seconds=61))


def test_background_work_leaves_the_reserve_to_people(db):
    ledger = DatabaseLedger(policy(limit=3, reserve=2))
    ledger.reserve(BUCKET, BACKGROUND, NOON)
    with pytest.raises(DailyLimitReached):
        ledger.reserve(BUCKET, BACKGROUND, NOON)
    ledger.reserve(BUCKET, PERSON, NOON)


def test_a_clock_put_right_does_not_block_calls_for_long(db):
    """A machine that believed in next year has left a call there."""
    ledger = DatabaseLedger(policy(per_minute=1))
    next_year = NOON + timedelta(days=365)
    settle(ledger, ledger.reserve(BUCKET, PERSON, next_year), next_year)
    with pytest.raises(MinuteLimitReached):
        ledger.reserve(BUCKET, PERSON, NOON)
    ledger.reserve(BUCKET, PERSON, NOON + FURTHEST_AHEAD + MINUTE_WINDOW)


def test_a_clock_set_forward_does_not_make_a_minute_shorter(db):
    ledger = DatabaseLedger(policy(per_minute=1), machine_clock)
    settle(ledger, ledger.reserve(BUCKET, PERSON, NOON))
    with pytest.raises(MinuteLimitReached):
        ledger.reserve(BUCKET, PERSON, NOON + timedelta(hours=1))


def test_a_limit_the_office_has_doubled_is_the_one_in_force(db):
    ledger = DatabaseLedger(policy(limit=800))
    settle(ledger, ledger.reserve(BUCKET, PERSON, NOON), remaining=1599)
    usage = DatabaseLedger(policy(limit=800)).usage(BUCKET, NOON)
    assert (usage.limit, usage.configured, usage.left) == (1600, 800, 1599)


def test_a_long_id_at_the_office_is_counted_like_a_short_one(db):
    long_id = Bucket("x" * 200, BUCKET.name)
    ledger = DatabaseLedger(policy())
    ledger.reserve(long_id, PERSON, NOON)
    assert ledger.usage(long_id, NOON).used == 1 and ledger.usage(BUCKET, NOON).used == 0


def test_a_reservation_is_settled_once(db):
    ledger = DatabaseLedger(policy())
    reservation = ledger.reserve(BUCKET, PERSON, NOON)
    settle(ledger, reservation)
    with pytest.raises(ValueError, match="settled before"):
        settle(ledger, reservation)


def test_a_transaction_around_a_call_is_refused(db):
    """Rolled back, it would take the count of a call that was sent back with it."""
    with pytest.raises(RuntimeError), transaction.atomic():
        DatabaseLedger(policy()).reserve(BUCKET, PERSON, NOON)
    assert not QuotaDay.objects.exists()
