"""In memory, in a SQLite file and in the portal's database, the same history gives the same account."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiclient.clock import JST
from apiclient.quota import (
    Bucket,
    DailyLimitReached,
    DayRule,
    MemoryLedger,
    MinuteLimitReached,
    Policy,
    Purpose,
)
from apiclient.sqlite_ledger import SqliteLedger
from apiclient.steady import Steady, no_clock
from dossiers.models import QuotaDay, QuotaMinute
from dossiers.refresh.ledger import DatabaseLedger

START = datetime(2026, 11, 24, 23, 50, tzinfo=JST)
BUCKETS = (
    Bucket("id", "patent/app_progress"),
    Bucket("id", "opd/family", "opd"),
    Bucket("二", "opd/family", "opd"),
)
RULES = Policy({"patent/app_progress": DayRule(12, 3), "opd/family": DayRule(6)})

ASK = st.tuples(st.just("ask"), st.sampled_from(BUCKETS), st.sampled_from(list(Purpose)))
ANSWER = st.tuples(
    st.just("answer"),
    st.integers(0, 20),
    st.booleans(),
    st.none() | st.integers(0, 40),
    st.sampled_from([False, False, False, True]),
)
SET = st.tuples(st.just("set"), st.sampled_from([-3600, -70, 70, 3600]))
HISTORY = st.lists(st.tuples(st.floats(0, 40), ASK | ASK | ANSWER | SET), max_size=50)


def told(ledger, history, clock):
    """What a ledger says at every step of the history."""
    said, open_calls, shift = [], [], timedelta()
    for seconds, (what, *details) in history:
        clock["seconds"] += seconds
        now = START + timedelta(seconds=clock["seconds"]) + shift
        if what == "set":
            shift += timedelta(seconds=details[0])
        elif what == "ask":
            try:
                open_calls.append(ledger.reserve(*details, now))
                said.append("granted")
            except DailyLimitReached as limit:
                said.append(("day", limit.until))
            except MinuteLimitReached as limit:
                said.append(("minute", limit.retry_at))
        elif open_calls:
            which, counted, remaining, exhausted = details
            call = open_calls.pop(which % len(open_calls))
            ledger.settle(call, counted=counted, remaining=remaining, exhausted=exhausted, now=now)
        said.append([ledger.usage(bucket, now) for bucket in BUCKETS])
    return said


@pytest.mark.django_db
@pytest.mark.parametrize("steady", [False, True])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(history=HISTORY)
def test_three_ledgers_tell_one_story(tmp_path_factory, steady, history):
    QuotaDay.objects.all().delete()
    QuotaMinute.objects.all().delete()
    path = tmp_path_factory.mktemp("agree") / "calls.sqlite3"
    clock = {"seconds": 0.0}
    ticks = (lambda: Steady("m", clock["seconds"])) if steady else no_clock
    sqlite = SqliteLedger(path, RULES, ticks)
    stories = []
    for ledger in (MemoryLedger(RULES, ticks), sqlite, DatabaseLedger(RULES, ticks)):
        clock["seconds"] = 0.0
        stories.append(told(ledger, history, clock))
    sqlite.close()
    assert stories[0] == stories[1]
    assert stories[0] == stories[2]
