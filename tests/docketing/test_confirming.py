"""A date counts as confirmed when somebody saw that very date, or found the same one before seeing it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers import clock
from dossiers.docketing import actions, confirming
from dossiers.docketing.actions import ActionRefused
from dossiers.docketing.store import reconcile
from dossiers.models import AuditEntry, BlindCheck, FirmPolicy, ReviewTask, TimeLimit
from tests.pages import docket

A_DAY = timedelta(days=1)


@pytest.fixture
def limit(db) -> TimeLimit:
    return docket.refused(docket.confirmed_case()).limits.get()


def blindly() -> None:
    FirmPolicy.objects.update_or_create(pk=1, defaults={"blind_check": True})


def refused(act, *args, **kwargs) -> str:
    with pytest.raises(ActionRefused) as caught:
        act(*args, **kwargs)
    return caught.value.code


def tasks_of(limit: TimeLimit) -> list[ReviewTask]:
    return list(limit.case.reviews.filter(kind="blind_check_differs", closed_at=None))


def test_only_the_date_that_was_seen_is_confirmed(limit, alice):
    assert refused(confirming.confirm_seen, limit, by=alice, seen=limit.due + A_DAY) == "date_moved"
    assert refused(confirming.confirm_seen, limit, by=alice, seen=None) == "date_moved"
    assert confirming.confirm_seen(limit, by=alice, seen=limit.due).confirmed_by == alice


def test_pressing_twice_is_one_confirmation_and_nobody_takes_over_anothers(limit, alice, bob):
    for _ in range(2):
        confirming.confirm_seen(limit, by=alice, seen=limit.due)
    assert refused(confirming.confirm_seen, limit, by=bob, seen=limit.due) == "state_does_not_allow"
    assert AuditEntry.objects.filter(action="limit.confirm").count() == 1


def test_where_the_firm_checks_blind_seeing_is_not_enough(limit, alice):
    blindly()
    assert refused(confirming.confirm_seen, limit, by=alice, seen=limit.due) == "blind_check_first"


def test_the_same_date_found_before_seeing_it_confirms(limit, alice):
    blindly()
    check = confirming.check_blind(limit, by=alice, entered=limit.due)
    limit.refresh_from_db()
    assert check.agrees and limit.confirmed_by == alice and not tasks_of(limit)
    assert AuditEntry.objects.get(action="limit.blind_check").detail["entered"] == limit.due.isoformat()


def test_another_date_is_a_task_and_confirms_nothing(limit, alice):
    check = confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    limit.refresh_from_db()
    (task,) = tasks_of(limit)
    assert not check.agrees and limit.confirmed_by is None
    assert str(limit.due) in task.detail_en and str(limit.due + A_DAY) in task.detail_ja
    limit.case.refresh_from_db()
    assert limit.case.open_reviews >= 1


def test_the_same_form_sent_twice_is_one_check(limit, alice):
    for _ in range(2):
        confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    assert BlindCheck.objects.count() == 1 and len(tasks_of(limit)) == 1


def test_whoever_has_seen_the_computed_date_cannot_check_blind_any_more(limit, alice):
    confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    assert refused(confirming.check_blind, limit, by=alice, entered=limit.due) == "blind_check_seen"
    assert refused(confirming.confirm_seen, limit, by=alice, seen=limit.due) == "settle_first"


def test_somebody_elses_own_computation_settles_the_difference(limit, alice, bob):
    confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    confirming.check_blind(limit, by=bob, entered=limit.due)
    limit.refresh_from_db()
    assert limit.confirmed_by == bob and not tasks_of(limit)


def test_a_difference_is_settled_with_a_reason_and_a_name(limit, alice):
    confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    seen = limit.due
    assert refused(confirming.settle, limit, by=alice, seen=seen, reason=" ") == "reason_required"
    assert refused(confirming.settle, limit, by=alice, seen=seen + A_DAY, reason="x") == "date_moved"
    confirming.settle(limit, by=alice, seen=seen, reason="数え間違い")
    limit.refresh_from_db()
    task = limit.case.reviews.get(kind="blind_check_differs")
    assert limit.confirmed_by == alice and (task.closed_by, task.resolution) == (alice, "数え間違い")
    assert refused(confirming.settle, limit, by=alice, seen=seen, reason="x") == "already_closed"


def test_reading_the_office_again_leaves_the_task_open(limit, alice):
    confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    reconcile(limit.case, now=clock.now())
    assert len(tasks_of(limit)) == 1


def test_the_task_closes_when_the_limit_ends(limit, alice):
    confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    actions.not_needed(limit, by=alice, reason="取下げ")
    assert not tasks_of(limit)


def test_after_the_date_has_moved_everybody_may_check_it_again(limit, alice):
    confirming.check_blind(limit, by=alice, entered=limit.due + A_DAY)
    limit.case.residency = "overseas"
    limit.case.save()
    reconcile(limit.case, now=clock.now())
    limit.refresh_from_db()
    confirming.check_blind(limit, by=alice, entered=limit.due)
    limit.refresh_from_db()
    assert limit.confirmed_by == alice and not tasks_of(limit)


def test_a_confirmation_taken_back_can_be_given_again(limit, alice):
    confirming.check_blind(limit, by=alice, entered=limit.due)
    actions.take_back_confirmation(limit, by=alice, reason="もう一度見る")
    confirming.check_blind(limit, by=alice, entered=limit.due)
    limit.refresh_from_db()
    assert limit.confirmed_by == alice


def test_what_one_entered_somebody_else_checks(limit, alice, bob):
    day = limit.due + A_DAY
    own = actions.enter_by_hand(limit.case, by=alice, title="報告", due=day, reason="電話")
    assert refused(confirming.check_blind, own, by=alice, entered=day) == "own_entry"
    assert refused(confirming.confirm_seen, own, by=alice, seen=day) == "own_entry"
    assert confirming.confirm_seen(own, by=bob, seen=day).confirmed_by == bob


def test_a_limit_without_a_date_or_ended_is_not_checked(limit, alice):
    actions.not_needed(limit, by=alice, reason="x")
    assert refused(confirming.check_blind, limit, by=alice, entered=limit.due) == "state_does_not_allow"
    TimeLimit.objects.filter(pk=limit.pk).update(due=None)
    assert (
        refused(confirming.check_blind, limit, by=alice, entered=docket.days_ago(0)) == "no_date_to_confirm"
    )
