"""What people decide on limits and documents, and that it stays decided."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

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


# --- one decision for each press --------------------------------------------------------------------------


def test_a_double_press_is_one_act(limit, alice):
    for _ in range(2):
        actions.claim_done(limit, by=alice, reason="本日提出")
    assert limit.changes.filter(field="state").count() == 1
    for _ in range(2):
        actions.not_needed(limit, by=alice, reason="放棄")
    for _ in range(2):
        actions.reopen(limit, by=alice, reason="取り違え")
    assert limit.changes.filter(field="state").count() == 3
    assert AuditEntry.objects.filter(action__startswith="limit.").count() == 3


def test_what_somebody_else_decided_meanwhile_is_not_overruled(limit, alice, bob):
    actions.claim_done(limit, by=alice, reason="本日提出")
    with pytest.raises(actions.ActionRefused, match="state_does_not_allow"):
        actions.claim_done(limit, by=bob, reason="filed")


ENDED = (TimeLimit.State.DONE, TimeLimit.State.GONE, TimeLimit.State.EXPIRED)


@pytest.mark.parametrize("state", ENDED)
def test_what_the_data_or_time_ended_no_person_changes(limit, alice, state):
    TimeLimit.objects.filter(pk=limit.pk).update(state=state)
    for act in (
        lambda: actions.confirm(limit, by=alice),
        lambda: actions.claim_done(limit, by=alice, reason="x"),
        lambda: actions.not_needed(limit, by=alice, reason="x"),
        lambda: actions.reopen(limit, by=alice, reason="x"),
        lambda: actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 21)),
        lambda: actions.set_own_date(limit, by=alice, kind="target", day=date(2026, 12, 1)),
    ):
        with pytest.raises(actions.ActionRefused, match="state_does_not_allow"):
            act()
    limit.refresh_from_db()
    assert limit.state == state and not limit.changes.exists()


def test_every_decision_that_undoes_another_says_why(limit, alice):
    for act in (actions.reopen, actions.not_needed, actions.take_back_confirmation):
        with pytest.raises(actions.ActionRefused, match="reason_required"):
            act(limit, by=alice, reason=" \n")


def test_only_the_date_that_was_seen_is_confirmed(limit, alice):
    with pytest.raises(actions.ActionRefused, match="date_moved"):
        actions.confirm(limit, by=alice, seen=limit.due + timedelta(days=1))
    assert actions.confirm(limit, by=alice, seen=limit.due).confirmed_by == alice


def test_a_confirmation_can_be_taken_back_and_given_anew(limit, alice, bob):
    actions.confirm(limit, by=alice)
    taken = actions.take_back_confirmation(limit, by=bob, reason="起算日を見直す")
    assert taken.confirmed_by is None and taken.confirmed_at is None
    assert actions.confirm(limit, by=bob).confirmed_by == bob
    assert limit.changes.filter(field="confirmed").count() == 3


def test_who_entered_a_limit_does_not_confirm_it(alice, bob):
    case = make.case()
    entered = actions.enter_by_hand(case, by=alice, title="応答", due=date(2027, 1, 12), reason="通知書2頁")
    with pytest.raises(actions.ActionRefused, match="own_entry"):
        actions.confirm(entered, by=alice)
    actions.claim_done(entered, by=bob, reason="filed")
    actions.reopen(entered, by=bob, reason="not yet")  # whoever decided last, the date is still alice's
    with pytest.raises(actions.ActionRefused, match="own_entry"):
        actions.confirm(entered, by=alice)
    assert actions.confirm(entered, by=bob).confirmed_by == bob


# --- extensions that people say were filed ----------------------------------------------------------------


def test_an_extension_cannot_be_claimed_where_the_rule_gives_none(limit, alice, office_day):
    office_day(date(2026, 11, 24))
    before = limit.due
    for code, filed, why in (
        ("A602", date(2026, 11, 24), "extension_not_possible"),
        ("A603", date(2026, 11, 24), "extension_not_possible"),  # only after expiry
        ("A601", date(2026, 11, 25), "implausible_date"),  # tomorrow
        ("A601", date(2026, 11, 19), "implausible_date"),  # before the notice
    ):
        with pytest.raises(actions.ActionRefused, match=why):
            actions.claim_extension(limit, by=alice, code=code, filed_on=filed)
    limit.refresh_from_db()
    assert limit.due == before and not limit.changes.exists() and not limit.extension_claims.exists()


def test_an_extension_the_office_shows_already_is_not_claimed_again(limit, alice, office_day):
    office_day(date(2026, 11, 24))
    make.event(limit.case, "A601", on=date(2026, 11, 23), side="applicant")
    reconcile(limit.case, now=SEEN)
    with pytest.raises(actions.ActionRefused, match="already_seen"):
        actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 23))


def test_an_extension_claimed_twice_is_one_claim(limit, alice, office_day):
    office_day(date(2026, 11, 24))
    first, second = (
        actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 24)) for _ in range(2)
    )
    assert first == second and limit.changes.filter(field="due").count() == 1
    assert AuditEntry.objects.get(action="extension.claim").detail["old"] == "2027-01-19"


# --- own dates --------------------------------------------------------------------------------------------


@pytest.fixture
def office_day(monkeypatch):
    """Set the day it is at the office."""

    def set_day(day: date) -> None:
        at = datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)
        monkeypatch.setattr("dossiers.clock.now", lambda: at)

    return set_day


def test_own_dates_keep_their_history_and_the_newest_holds(limit, alice, bob, office_day):
    office_day(date(2026, 11, 24))
    actions.set_own_date(limit, by=alice, kind="target", day=date(2026, 12, 10))
    for _ in range(2):  # a double press
        actions.set_own_date(limit, by=bob, kind="target", day=date(2026, 12, 14), note="client asked")
    assert limit.own_dates.count() == 2
    assert actions.set_own_date(limit, by=bob, kind="target", day=None).day is None
    assert actions.set_own_date(limit, by=bob, kind="target", day=None).day is None
    assert [
        (change.old, change.new) for change in limit.changes.filter(field="own_target").order_by("pk")
    ] == [
        ("", "2026-12-10"),
        ("2026-12-10", "2026-12-14"),
        ("2026-12-14", ""),
    ]
    assert actions.set_own_date(limit, by=bob, kind="internal", day=None) is None, "nothing to take back"


def test_an_own_date_after_the_legal_one_wants_a_word_and_an_absurd_one_is_refused(limit, alice, office_day):
    office_day(date(2026, 11, 24))
    after = limit.due + timedelta(days=3)
    with pytest.raises(actions.ActionRefused, match="after_due"):
        actions.set_own_date(limit, by=alice, kind="internal", day=after)
    actions.set_own_date(limit, by=alice, kind="internal", day=after, note="延長を予定")
    for day in (date(1, 1, 1), date(2026 - 2, 1, 1), limit.due + timedelta(days=400), date.max):
        with pytest.raises(actions.ActionRefused, match="implausible_date"):
            actions.set_own_date(limit, by=alice, kind="target", day=day)
    with pytest.raises(actions.ActionRefused, match="unknown_kind"):
        actions.set_own_date(limit, by=alice, kind="wish", day=after)
    assert limit.own_dates.count() == 1


# --- limits started by people -----------------------------------------------------------------------------


def test_a_rule_docketed_from_an_entered_day_is_explained_and_confirmed_by_another(alice, bob, office_day):
    office_day(date(2026, 11, 24))
    case = make.case()
    start = actions.enter_start(
        case, by=alice, rule_id="pat.priority.paris", base=date(2026, 9, 1), note="第一国出願 架空国"
    )
    again = actions.enter_start(
        case, by=alice, rule_id="pat.priority.paris", base=date(2026, 9, 1), note="もう一度"
    )
    assert again == start
    limit = actions.limit_of(start)
    assert limit.due == date(2027, 9, 1)
    assert limit.changes.get(field="entered").by == alice
    with pytest.raises(actions.ActionRefused, match="own_entry"):
        actions.confirm(limit, by=alice)
    assert actions.confirm(limit, by=bob).confirmed_by == bob
    actions.withdraw_start(start, by=bob, reason="優先権を主張しない")
    limit.refresh_from_db()
    assert limit.state == TimeLimit.State.GONE and "taken back" in limit.state_reason_en
    with pytest.raises(actions.ActionRefused, match="already_closed"):
        actions.withdraw_start(start, by=bob, reason="x")
    anew = actions.enter_start(
        case, by=bob, rule_id="pat.priority.paris", base=date(2026, 9, 1), note="やはり主張する"
    )
    assert anew != start and actions.limit_of(anew).state == TimeLimit.State.OPEN


def test_a_start_that_leads_nowhere_is_refused_whole(alice, office_day):
    office_day(date(2026, 11, 24))
    case = make.case()
    for rule, base, why in (
        ("no.such.rule", date(2026, 9, 1), "unknown_rule"),
        ("tm.renewal", date(2026, 9, 1), "unknown_rule"),  # a rule of another law
        ("pat.opposition.reply", date(2026, 9, 1), "nothing_follows"),
        ("pat.priority.paris", date(1066, 10, 14), "implausible_date"),
        ("pat.priority.paris", date.max, "implausible_date"),
    ):
        with pytest.raises(actions.ActionRefused, match=why):
            actions.enter_start(case, by=alice, rule_id=rule, base=base, note="x")
    assert not case.entered_starts.exists() and not case.limits.exists()


# --- residency --------------------------------------------------------------------------------------------


def test_a_residency_set_by_a_person_computes_again_and_tells(limit, alice):
    told = []
    before = limit.due
    actions.set_residency(limit.case, by=alice, value="overseas", reason="委任状", tell=told.extend)
    limit.refresh_from_db()
    assert limit.due > before
    assert "residency changed (unknown → overseas)" in limit.changes.get(field="due").reason_en
    assert [news.kind for news in told] == ["limit_moved"]
    entry = AuditEntry.objects.get(action="case.residency")
    assert entry.detail == {"old": "unknown", "new": "overseas", "reason": "委任状"}
    actions.set_residency(limit.case, by=alice, value="overseas")
    assert AuditEntry.objects.filter(action="case.residency").count() == 1
    with pytest.raises(actions.ActionRefused, match="unknown_kind"):
        actions.set_residency(limit.case, by=alice, value="martian")
