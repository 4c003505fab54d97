"""What the watchdog takes for a queue that has stopped, and how it keeps the schedules."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from hypothesis import given
from hypothesis import strategies as st

from dossiers.runtime import cluster
from dossiers.runtime.cluster import Look
from dossiers.runtime.restarts import HEALTHY_RUN, LONGEST_PAUSE, Restarts
from dossiers.runtime.worker import Manner, Watch

BEAT = {"name": "beat", "func": "dossiers.runtime.cluster.answer", "minutes": 1}
MANNER = Manner(patience=100, grace=1, probe_every=10)


@given(st.lists(st.sets(st.integers(1, 6), min_size=1), min_size=2, max_size=8))
def test_a_queue_is_stuck_only_when_no_message_has_left_it_for_long(looks):
    """However messages come: only leaving counts."""
    look = Look(frozenset(looks[0]), 0)
    moved = 0
    for now, (before, after) in enumerate(pairwise(looks), start=1):
        look = look.next(after, now)
        moved = now if before - after else moved
        assert look.stuck(now, 2) == (now - moved > 2)


def test_an_empty_queue_is_not_stuck():
    assert not Look(frozenset({1}), 0).next([], 50).stuck(1000, 10)


def test_the_watchdog_keeps_one_probe_in_the_queue_and_another_when_it_was_served(db):
    watch = Watch(MANNER, 0)
    assert not watch.stuck(0)
    assert not watch.stuck(50)
    assert OrmQ.objects.count() == 1
    OrmQ.objects.all().delete()
    assert not watch.stuck(99)
    assert OrmQ.objects.count() == 1
    assert not watch.stuck(99 + 100)
    assert watch.stuck(99 + 101)


def test_a_watchdog_that_could_not_look_starts_judging_anew(db):
    watch = Watch(MANNER, 0)
    watch.stuck(0)
    watch.forgive(500)
    assert not watch.stuck(550)
    assert watch.stuck(601)


def test_schedules_become_what_the_code_says(db):
    Schedule.objects.create(name="old", func="gone.away", schedule_type="I", minutes=5)
    Schedule.objects.create(name="beat", func="other", args="broken(", schedule_type="D")
    Schedule.objects.create(name="beat", func="twice")
    cluster.reconcile([BEAT])
    row = Schedule.objects.get()
    assert (row.name, row.func, row.minutes, row.schedule_type, row.args) == (
        "beat",
        BEAT["func"],
        1,
        Schedule.MINUTES,
        None,
    )


def test_schedules_that_are_right_keep_their_time(db):
    cluster.reconcile([BEAT])
    soon = timezone.now() + timedelta(seconds=40)
    Schedule.objects.update(next_run=soon)
    cluster.reconcile([BEAT])
    assert Schedule.objects.get().next_run == soon


def test_a_schedule_of_a_function_that_does_not_exist_stops_the_start(db):
    with pytest.raises(ImportError):
        cluster.reconcile([{**BEAT, "func": "dossiers.runtime.cluster.nothing"}])


def test_schedules_late_for_long_mean_that_the_scheduler_has_stopped(db):
    cluster.reconcile([BEAT])
    watch = Watch(MANNER, 0)
    assert not watch.schedules_stopped(0)
    Schedule.objects.update(next_run=timezone.now() - timedelta(hours=5))  # the machine slept
    assert not watch.schedules_stopped(60)
    assert watch.schedules_stopped(91)
    cluster.reconcile([BEAT])
    assert not watch.schedules_stopped(92)


def test_a_clock_set_back_by_a_day_holds_neither_schedules_nor_messages_up(db):
    """They were given their instants by the clock that was a day ahead."""
    cluster.reconcile([BEAT])
    cluster.probe()
    ahead = timezone.now() + timedelta(days=1)
    Schedule.objects.update(next_run=ahead)
    OrmQ.objects.update(lock=ahead)
    assert Watch(MANNER, 0).reason_to_restart(0) == ""
    assert Schedule.objects.get().next_run <= timezone.now()
    assert not OrmQ.objects.filter(lock__gt=timezone.now()).exists()


def test_what_is_being_worked_on_stays_taken_and_a_schedule_keeps_its_minute(db):
    cluster.reconcile([BEAT])
    cluster.probe()
    soon = timezone.now() + timedelta(seconds=50)
    taken = timezone.now() + timedelta(seconds=Conf.RETRY)
    Schedule.objects.update(next_run=soon)
    OrmQ.objects.update(lock=taken)
    cluster.forget_another_clock()
    assert Schedule.objects.get().next_run == soon
    assert OrmQ.objects.get().lock == taken


@given(st.lists(st.floats(0, 500), max_size=30))
def test_a_cluster_is_always_started_again_within_a_minute(runs):
    now, restarts = 0.0, Restarts(0.0)
    for run in runs:
        now += run
        restarts = restarts.ended(now)
        assert 0 <= restarts.pause <= LONGEST_PAUSE
        assert run < HEALTHY_RUN or restarts.pause == 0
        restarts = restarts.began(now)


def test_one_that_keeps_dying_is_started_ever_more_slowly():
    restarts, pauses = Restarts(0.0), []
    for now in range(1, 10):
        restarts = restarts.ended(now).began(now)
        pauses.append(restarts.pause)
    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60]
