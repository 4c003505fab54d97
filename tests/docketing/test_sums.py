"""What a case keeps of its documents is what a count of the documents says, after whatever happened to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers import clock
from dossiers.docketing import actions, coverage, recounting
from dossiers.docketing.store import reconcile
from dossiers.models import Case, Event, ReviewTask, TimeLimit
from dossiers.refresh.take_in import take_in
from tests import make
from tests.make import SEEN
from tests.replies import answer, document, progress

PAPERS = [
    document("A63", "20230110", "52300000001", "特許願", "S"),
    document("A131", "20250610", "00000000002", "拒絶理由通知書", "H"),
    document("A53", "20250801", "52500000003", "意見書", "S"),
    document("Z999", "20250901", "00000000004", "名の知れない書類", "H"),
    document("Z998", "20251001", "00000000005", "もう一つの書類", "H"),
    document("A02", "20260110", "00000000006", "拒絶査定", "H"),
]
lists = st.lists(st.sampled_from(range(len(PAPERS))), unique=True, max_size=len(PAPERS))
steps = st.lists(
    st.one_of(
        lists.map(lambda chosen: ("told", tuple(sorted(chosen)))),
        st.just(("account", ())),
        st.just(("close", ())),
        st.just(("limit", ())),
        st.just(("again", ())),
    ),
    min_size=1,
    max_size=7,
)


def live_reviews(case: Case) -> int:
    tasks = ReviewTask.objects.filter(case=case, closed_at=None)
    placed = tasks.filter(event__isnull=False).values("event")
    rows = Event.objects.filter(case=case, account=Event.Account.OPEN, vanished_at=None)
    return tasks.count() + rows.exclude(pk__in=placed).count()


def do(case: Case, step: str, chosen: tuple[int, ...], at, bob) -> None:
    waiting = Event.objects.filter(case=case, account=Event.Account.OPEN, vanished_at=None)
    number = case.application_number
    if step == "told":
        reply = answer(progress(number, *(PAPERS[n] for n in chosen)), number, at=at)
        take_in(case, reply, now=at, tell=lambda news: None)
    elif step == "account" and (event := waiting.first()):
        actions.account_for(event, by=bob, reason="読んだ")
    elif step == "close" and (task := ReviewTask.objects.filter(case=case, closed_at=None).first()):
        actions.close_review(task, by=bob, resolution="済み")
    elif step == "limit":
        actions.enter_by_hand(
            case,
            by=bob,
            title="応答",
            due=at.date() + timedelta(days=30),
            reason="読んだ",
            event=waiting.first(),
        )
    elif step == "again":
        reconcile(case, now=at)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_kept_sums_equal_a_recount_after_any_history(history, bob):
    number = f"2023{Case.objects.count() + 1:06d}"  # what an audit line speaks of is never deleted
    case = make.case(number)
    ours = Case.objects.filter(pk=case.pk)
    for n, (step, chosen) in enumerate(history):
        do(case, step, chosen, SEEN + timedelta(days=n), bob)
        case.refresh_from_db()
        counted = coverage.tally(coverage.dispatched().filter(case=case))
        kept = coverage.together(one.tally for one in coverage.standings(ours, clock.now()))
        assert kept == counted, (step, history)
        assert recounting.differing() == []
        assert case.open_reviews == live_reviews(case), (step, history)


@pytest.mark.django_db
def test_tables_of_boards_are_vacuumed_long_before_a_fifth_of_them_was_written():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's indexes need no table to answer")
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL")
        found = {name: dict(one.split("=") for one in options) for name, options in cursor.fetchall()}
    for model in (Case, Event, TimeLimit, ReviewTask):
        assert float(found[model._meta.db_table]["autovacuum_vacuum_scale_factor"]) <= 0.01
