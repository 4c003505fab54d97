"""What people decide on limits and documents, and that it stays decided."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossiers.docketing import actions
from dossiers.docketing.store import reconcile
from dossiers.models import AuditEntry, Event, TimeLimit
from tests import make
from tests.make import SEEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def limit(alice):
    case = make.case()
    make.event(
        case, "A621", on=case.filing_date + timedelta(days=30), side="applicant", description="出願審査請求書"
    )
    make.event(case)
    reconcile(case, now=SEEN)
    return case.limits.get(rule_id="pat.oa.response")


def test_a_confirmation_names_the_person_and_the_date(limit, alice):
    confirmed = actions.confirm(limit, by=alice)
    assert confirmed.confirmed_by == alice
    entry = AuditEntry.objects.get(action="limit.confirm")
    assert entry.actor == alice and entry.detail["due"] == limit.due.isoformat()


def test_a_moved_date_is_no_longer_confirmed_and_keeps_its_old_value(limit, alice):
    actions.confirm(limit, by=alice)
    old = limit.due
    Event.objects.filter(pk=limit.event_id).update(legal_date=limit.base_date + timedelta(days=7))
    changed = reconcile(limit.case, now=SEEN)
    limit.refresh_from_db()
    assert limit.due > old and limit.confirmed_by is None
    assert limit.changes.filter(field="due", old=old.isoformat(), new=limit.due.isoformat()).exists()
    assert [moved.pk for moved, _ in changed.moved] == [limit.pk]


def test_not_needed_wants_a_reason(limit, alice):
    with pytest.raises(actions.ActionRefused, match="reason_required"):
        actions.not_needed(limit, by=alice, reason="  ")
    limit.refresh_from_db()
    assert limit.state == TimeLimit.State.OPEN


def test_not_needed_stays_so_when_the_case_is_computed_again(limit, alice):
    actions.not_needed(limit, by=alice, reason="放棄の指示を受けた")
    limit.case.refresh_from_db()
    assert limit.case.next_due is None
    reconcile(limit.case, now=SEEN)
    limit.refresh_from_db()
    assert limit.state == TimeLimit.State.NOT_NEEDED and limit.state_by == alice


def test_a_claimed_limit_is_proved_by_the_office_data(limit, alice):
    actions.claim_done(limit, by=alice, reason="本日提出")
    proof = make.event(
        limit.case, "A53", on=limit.base_date + timedelta(days=20), side="applicant", description="意見書"
    )
    reconcile(limit.case, now=SEEN)
    limit.refresh_from_db()
    assert limit.state == TimeLimit.State.DONE and limit.proof == proof


def test_a_decision_can_be_taken_back_with_a_word(limit, alice):
    actions.not_needed(limit, by=alice, reason="誤り")
    reopened = actions.reopen(limit, by=alice, reason="指示の取り違え")
    assert reopened.state == TimeLimit.State.OPEN
    assert [change.new for change in reopened.changes.filter(field="state").order_by("pk")] == [
        "not_needed",
        "open",
    ]


def test_a_limit_done_by_evidence_cannot_be_called_not_needed(limit, alice):
    TimeLimit.objects.filter(pk=limit.pk).update(state=TimeLimit.State.DONE)
    with pytest.raises(actions.ActionRefused, match="state_does_not_allow"):
        actions.not_needed(limit, by=alice, reason="x")


def test_a_document_is_accounted_for_by_a_named_person_and_its_task_closes(alice):
    case = make.case()
    event = make.event(case, "A9Q7", description="新設通知書")
    reconcile(case, now=SEEN)
    assert case.open_reviews == 1
    actions.account_for(event, by=alice, reason="参考の通知のため")
    case.refresh_from_db()
    event.refresh_from_db()
    assert case.open_reviews == 0
    assert event.account == Event.Account.PERSON and event.accounted_by == alice
    reconcile(case, now=SEEN)
    event.refresh_from_db()
    assert event.account == Event.Account.PERSON


def test_a_task_is_closed_once(alice, bob):
    case = make.case()
    make.event(case, "A9Q7", description="新設通知書")
    reconcile(case, now=SEEN)
    task = case.reviews.get()
    actions.close_review(task, by=alice, resolution="確認した")
    with pytest.raises(actions.ActionRefused, match="already_closed"):
        actions.close_review(task, by=bob, resolution="x")
    task.refresh_from_db()
    assert task.closed_by == alice


def test_closing_the_task_does_not_hide_a_document_nobody_has_placed(alice):
    case = make.case()
    make.event(case, "A9Q7", description="新設通知書")
    reconcile(case, now=SEEN)
    actions.close_review(case.reviews.get(), by=alice, resolution="あとで見る")
    case.refresh_from_db()
    assert case.open_reviews == 1


def test_a_limit_entered_by_hand_stays_whatever_the_rules_say_and_places_its_document(alice):
    case = make.case()
    event = make.event(case, "A9Q7", description="新設通知書")
    reconcile(case, now=SEEN)
    entered = actions.enter_by_hand(
        case, by=alice, title="新設通知への応答", due=date(2027, 1, 12), reason="通知書2頁", event=event
    )
    reconcile(case, now=SEEN)
    entered.refresh_from_db()
    case.refresh_from_db()
    event.refresh_from_db()
    assert (entered.state, entered.due) == (TimeLimit.State.OPEN, date(2027, 1, 12))
    assert event.account == Event.Account.PERSON and event.accounted_by == alice
    assert case.open_reviews == 0
    assert entered.changes.get(field="entered").reason_ja == "通知書2頁"
    assert AuditEntry.objects.get(action="limit.enter").actor == alice


def test_a_limit_entered_by_hand_says_where_its_date_comes_from(alice):
    with pytest.raises(actions.ActionRefused, match="reason_required"):
        actions.enter_by_hand(make.case(), by=alice, title="応答", due=date(2027, 1, 12), reason=" ")
    assert not TimeLimit.objects.exists()


def test_a_limit_cannot_follow_from_a_document_of_another_case(alice):
    event = make.event(make.case("2023000124"))
    with pytest.raises(actions.ActionRefused, match="not_of_this_case"):
        actions.enter_by_hand(
            make.case(), by=alice, title="応答", due=date(2027, 1, 12), reason="x", event=event
        )


def test_the_same_entry_sent_twice_is_one_limit(alice):
    case = make.case()
    for _ in range(2):
        actions.enter_by_hand(case, by=alice, title="応答", due=date(2027, 1, 12), reason="通知書2頁")
    assert case.limits.filter(rule_id="by_hand").count() == 1
    assert AuditEntry.objects.filter(action="limit.enter").count() == 1


def test_the_first_confirmation_stands(limit, alice, bob):
    actions.confirm(limit, by=alice)
    assert actions.confirm(limit, by=bob).confirmed_by == alice
    assert limit.changes.filter(field="confirmed").count() == 1


def test_an_ended_limit_is_not_confirmed(limit, alice):
    actions.not_needed(limit, by=alice, reason="放棄")
    with pytest.raises(actions.ActionRefused, match="state_does_not_allow"):
        actions.confirm(limit, by=alice)
