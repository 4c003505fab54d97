"""The life of a limit: what time, people and the office's data make of it, at a real office in miniature."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dossiers import tasks
from dossiers.docketing import actions, life, news
from dossiers.docketing.duty import ladder_of, standing
from dossiers.docketing.results import Rung
from dossiers.docketing.store import reconcile, recount, rules_mark
from dossiers.models import (
    Alert,
    AuditEntry,
    Case,
    Event,
    ExtensionClaim,
    FirmPolicy,
    News,
    Paper,
    RefreshJob,
    TimeLimit,
    TimeLimitChange,
)
from dossiers.refresh import jobs
from dossiers.refresh.run import run
from tests import make
from tests.make import SEEN

pytestmark = pytest.mark.django_db
S = TimeLimit.State


# --- a walk at the office ---------------------------------------------------------------------------------


@pytest.fixture
def case(office, alice) -> Case:
    examined = office.cases("patent", limit=1, stage="examination")[0]
    return make.case(examined.case.number, title="", filing_date=None, owner=alice, residency="resident")


def ask(case: Case, told: list[News]) -> None:
    """One refresh, as the worker does it."""
    key = f"daily:{RefreshJob.objects.count()}"
    RefreshJob.objects.create(case=case, key=key, purpose="daily", created_at=actions.clock.now())
    run(jobs.claim(), tell=told.extend, release=lambda case: None)
    case.refresh_from_db()


def notice(office, case, told) -> TimeLimit:
    """A notice of today, seen tomorrow."""
    ask(case, told)
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    ask(case, told)
    event = case.events.filter(code="A131").latest("legal_date")
    return case.limits.get(rule_id="pat.oa.response", event=event)


def kinds(told: list[News]) -> list[str]:
    return [news.kind for news in told]


def test_a_notice_an_extension_the_response_seen_and_the_limit_is_closed(office, case):
    told: list[News] = []
    limit = notice(office, case, told)
    first = limit.due
    office.advance(days=20)
    office.add_document("patent", case.application_number, "A601", office.today())
    office.advance(days=1)
    ask(case, told)
    limit.refresh_from_db()
    extended = limit.due
    assert extended > first
    moved = limit.changes.get(field="due")
    assert (moved.old, moved.new) == (first.isoformat(), extended.isoformat())
    assert "an extension of time changed" in moved.reason_en and "期間延長" in moved.reason_ja
    office.advance(days=20)
    response = office.add_document("patent", case.application_number, "A53", office.today())
    office.advance(days=1)
    ask(case, told)
    limit.refresh_from_db()
    assert limit.state == S.DONE and limit.proof.code == "A53"
    assert limit.proof.legal_date.isoformat() in limit.state_reason_en
    assert response.code == "A53"
    assert News.Kind.LIMIT_MISSED not in kinds(told) and News.Kind.CLAIM_NOT_SEEN not in kinds(told)


def test_a_limit_said_to_be_done_and_never_seen_opens_again_and_tells(office, case, alice):
    told: list[News] = []
    limit = notice(office, case, told)
    claimed = actions.claim_done(limit, by=alice, reason="本日提出", document="意見書")
    assert claimed.claim_until == date(2026, 12, 2)  # five office days after Wednesday 25 November
    office.advance(days=7)
    told.clear()
    ask(case, told)
    limit.refresh_from_db()
    assert limit.state == S.CLAIMED, "the last day of the wait is not over"
    office.advance(days=1)
    ask(case, told)
    limit.refresh_from_db()
    assert (limit.state, limit.claim_until, limit.state_by) == (S.OPEN, None, None)
    assert kinds(told) == [News.Kind.CLAIM_NOT_SEEN]
    assert told[0].detail["said_by"] == str(alice)
    assert [change.new for change in limit.changes.filter(field="state").order_by("pk")] == [
        "claimed",
        "open",
    ]
    assert AuditEntry.objects.get(action="limit.claim_not_seen").actor is None
    ask(case, told)
    assert len(told) == 1, "told once"


def test_a_limit_said_to_be_done_and_seen_in_time_is_done_by_proof(office, case, alice):
    told: list[News] = []
    limit = notice(office, case, told)
    actions.claim_done(limit, by=alice, reason="本日提出")
    office.add_document("patent", case.application_number, "A53", office.today())
    office.advance(days=1)
    ask(case, told)
    limit.refresh_from_db()
    assert limit.state == S.DONE and limit.proof.code == "A53" and limit.claim_until is None
    office.advance(days=30)
    ask(case, told)
    assert News.Kind.CLAIM_NOT_SEEN not in kinds(told)


def test_the_sweep_finds_what_passed_while_nobody_asked_and_mails_it_once(office, case, alice):
    limit = notice(office, case, [])
    office.advance(days=62)
    for _ in range(3):
        tasks.pump_docket()
    limit.refresh_from_db()
    assert limit.due < office.today() and limit.rung > 0
    news = News.objects.get(kind=News.Kind.LIMIT_MISSED)
    assert Alert.objects.get(news=news).user == alice


# --- claims -----------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""

    class Clock:
        at = SEEN

        def __call__(self) -> datetime:
            return self.at

        def day(self, day: date) -> datetime:
            self.at = datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)
            return self.at

    clock = Clock()
    monkeypatch.setattr("dossiers.clock.now", clock)
    return clock


@pytest.fixture
def limit(alice, clock) -> TimeLimit:
    case = make.case(residency="resident", confirmed_at=SEEN, owner=alice)
    make.event(case, "A621", on=case.filing_date + timedelta(days=30), side="applicant")
    make.event(case, notice_state="none")
    reconcile(case, now=SEEN)
    return case.limits.get(rule_id="pat.oa.response")


def look(clock, day: date, *, read: bool = True) -> list[News]:
    """The look of a day, after the office was read on it."""
    now = clock.day(day)
    if read:
        Case.objects.update(confirmed_at=now)
    told: list[News] = []
    life.look(now=now, tell=told.extend)
    return told


def test_a_claim_is_not_called_unseen_while_the_office_could_not_be_read(limit, alice, clock):
    until = actions.claim_done(limit, by=alice, reason="提出").claim_until
    assert until == date(2026, 12, 1)
    assert look(clock, until) == []
    assert look(clock, until + timedelta(days=1), read=False) == [], "read on the last day, not after it"
    limit.refresh_from_db()
    assert limit.state == S.CLAIMED
    told = look(clock, date(2026, 12, 9), read=False)  # five office days more, and still no reading
    assert kinds(told) == [News.Kind.CLAIM_NOT_SEEN]
    limit.refresh_from_db()
    assert limit.state == S.OPEN and "last read on 2026-12-01" in limit.state_reason_en


def test_the_firm_decides_how_long_a_claim_waits(limit, alice):
    FirmPolicy.objects.update_or_create(pk=1, defaults={"claim_office_days": 1})
    assert actions.claim_done(limit, by=alice, reason="提出").claim_until == date(2026, 11, 25)


def test_an_extension_said_to_be_filed_counts_until_it_should_have_been_seen(limit, alice, clock):
    base = limit.due
    claim = actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 24), note="請求済")
    limit.refresh_from_db()
    longer = limit.due
    assert longer > base and limit.provisional
    told = look(clock, claim.until + timedelta(days=1))
    limit.refresh_from_db()
    claim.refresh_from_db()
    assert limit.due == base and claim.ended_at and "not seen" in claim.ended_reason_en
    assert kinds(told) == [News.Kind.EXTENSION_NOT_SEEN]
    assert (told[0].detail["old"], told[0].detail["new"]) == (longer.isoformat(), base.isoformat())
    history = limit.changes.filter(field="due").order_by("pk")
    assert [(change.old, change.new) for change in history] == [
        (base.isoformat(), longer.isoformat()),
        (longer.isoformat(), base.isoformat()),
    ]
    assert look(clock, claim.until + timedelta(days=2)) == []


def test_an_extension_seen_at_the_office_replaces_the_claim_and_counts_once(limit, alice, clock):
    claim = actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 24))
    limit.refresh_from_db()
    longer = limit.due
    seen = clock.day(date(2026, 11, 26))
    make.event(limit.case, "A601", on=date(2026, 11, 25), side="applicant", first_seen_at=seen)
    reconcile(limit.case, now=seen)
    limit.refresh_from_db()
    claim.refresh_from_db()
    assert limit.due == longer
    assert claim.ended_at == seen and "A601 of 2026-11-25" in claim.ended_reason_en
    look(clock, claim.until + timedelta(days=10))
    limit.refresh_from_db()
    assert limit.due == longer


def test_a_claimed_extension_taken_back_gives_the_old_date_again(limit, alice):
    base = limit.due
    claim = actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 24))
    told: list[News] = []
    actions.withdraw_claim(claim, by=alice, reason="請求していなかった", tell=told.extend)
    limit.refresh_from_db()
    assert limit.due == base and kinds(told) == [News.Kind.LIMIT_MOVED]
    with pytest.raises(actions.ActionRefused, match="already_closed"):
        actions.withdraw_claim(claim, by=alice, reason="x")


def test_a_date_that_comes_back_is_told_again(limit, alice):
    told: list[News] = []
    for _ in range(2):
        claim = actions.claim_extension(
            limit, by=alice, code="A601", filed_on=date(2026, 11, 24), tell=told.extend
        )
        actions.withdraw_claim(claim, by=alice, reason="誤り", tell=told.extend)
    assert [news.detail["new"] for news in told] == ["2027-03-19", "2027-01-19"] * 2


# --- passing by -------------------------------------------------------------------------------------------


def test_a_passed_limit_steps_down_its_ladder_and_is_told_once_for_each_step(limit, clock):
    rungs = [rung for rung in ladder_of(limit) if rung.kind == "late_extension"]
    assert rungs, "a resident's notice can be extended after expiry"
    assert look(clock, limit.due) == [], "the last day is not past"
    told = look(clock, limit.due + timedelta(days=1))
    assert kinds(told) == [News.Kind.LIMIT_MISSED]
    assert told[0].detail["how"] == "late_extension" and told[0].detail["until"] == str(rungs[0].due)
    assert (told[0].detail["fee_ja"], told[0].detail["fee_en"]) == ("51,000円", "¥51,000")
    limit.refresh_from_db()
    assert limit.state == S.OPEN and limit.stands_until == rungs[0].due
    assert look(clock, rungs[0].due) == []
    told = look(clock, rungs[0].due + timedelta(days=1))
    assert kinds(told) == [News.Kind.LIMIT_MISSED] and told[0].detail["until"] == ""
    limit.refresh_from_db()
    assert limit.state == S.OPEN and limit.rung == len(ladder_of(limit)) + 1 and limit.stands_until is None
    assert look(clock, rungs[0].due + timedelta(days=400)) == [], "it stays as it is until a person decides"
    assert limit.changes.filter(field="rung").count() == 2


def test_days_on_which_nobody_looked_are_made_up_for(limit, clock):
    told = look(clock, limit.due + timedelta(days=500))
    limit.refresh_from_db()
    assert kinds(told) == [News.Kind.LIMIT_MISSED] and limit.rung == len(ladder_of(limit)) + 1


def test_a_clock_set_back_takes_the_step_back_and_tells_nobody_twice(limit, clock):
    look(clock, limit.due + timedelta(days=1))
    assert look(clock, limit.due) == []
    limit.refresh_from_db()
    assert (limit.rung, limit.stands_until) == (0, limit.due)
    assert look(clock, limit.due + timedelta(days=1)) == []
    limit.refresh_from_db()
    assert limit.rung > 0
    assert limit.changes.filter(field="rung").count() == 3, "the history has every step"


def test_a_limit_said_to_be_done_is_not_called_missed_before_the_wait_is_over(limit, alice, clock):
    clock.day(limit.due)
    actions.claim_done(limit, by=alice, reason="最終日に提出")
    assert look(clock, limit.due + timedelta(days=1)) == []
    told = look(clock, limit.due + timedelta(days=14))
    assert sorted(kinds(told)) == sorted([News.Kind.CLAIM_NOT_SEEN, News.Kind.LIMIT_MISSED])


def test_a_date_that_moves_on_starts_anew(limit, clock):
    look(clock, limit.due + timedelta(days=1))
    Event.objects.filter(pk=limit.event_id).update(legal_date=limit.base_date + timedelta(days=60))
    reconcile(limit.case, now=clock())
    limit.refresh_from_db()
    assert (limit.rung, limit.stands_until) == (0, limit.due)
    change = limit.changes.filter(field="due").first()
    assert "the day it counts from changed (2026-11-20 → 2027-01-19)" in change.reason_en


def test_a_chance_that_passes_is_quiet(limit, clock):
    TimeLimit.objects.filter(pk=limit.pk).update(duty="chance")
    assert look(clock, limit.due + timedelta(days=1)) == []
    limit.refresh_from_db()
    assert limit.state == S.EXPIRED
    assert limit.state_reason_en not in S.EXPIRED.label, "the reason does not say the state again"
    assert limit.state_reason_ja == "最終日を経過"
    limit.case.refresh_from_db()
    assert limit.case.next_due is None


def beside(limit: TimeLimit, key: str, due: date, duty: str = "limit") -> TimeLimit:
    """Another running limit of the same case."""
    return TimeLimit.objects.create(
        case=limit.case,
        key=key,
        rule_id="by_hand",
        due=due,
        duty=duty,
        calculation={},
        created_at=SEEN,
        state_at=SEEN,
    )


def test_what_cannot_be_helped_any_more_hides_no_duty_that_can(limit, clock):
    lost = beside(limit, "lost", date(2019, 5, 7))
    Case.objects.filter(pk=limit.case_id).update(added_at=datetime(2018, 1, 9, tzinfo=UTC))
    recount(limit.case)
    assert limit.case.next_due == lost.due, "not looked at yet"
    look(clock, SEEN.date())
    limit.case.refresh_from_db()
    assert limit.case.next_due == limit.due
    TimeLimit.objects.filter(pk=limit.pk).update(state=S.NOT_NEEDED)
    recount(limit.case)
    assert limit.case.next_due == lost.due, "nor does it vanish when it is the only one"


def test_what_had_passed_before_the_case_was_added_is_no_next_duty_and_stays_open(limit, clock):
    before = beside(limit, "before", date(2019, 5, 7))
    look(clock, SEEN.date())
    TimeLimit.objects.filter(pk=limit.pk).update(state=S.NOT_NEEDED)
    limit.case.refresh_from_db()
    recount(limit.case)
    before.refresh_from_db()
    assert before.passed_on_adding and before.state == S.OPEN
    assert limit.case.next_due is None


@pytest.mark.parametrize(("added", "before"), [(date(2021, 1, 4), True), (date(2020, 11, 2), False)])
def test_a_rescue_that_stood_when_the_case_was_added_was_missed_here(clock, added, before):
    """A notice of 27 August 2020: answered until 26 October, or by a late request until 28 December."""
    case = make.case(residency="resident", added_at=datetime(added.year, added.month, added.day, tzinfo=UTC))
    make.event(case, on=date(2020, 8, 27), notice_state="none")
    reconcile(case, now=SEEN)
    limit = case.limits.get(rule_id="pat.oa.response")
    assert max(rung.due for rung in ladder_of(limit)) == date(2020, 12, 28)
    with transaction.atomic():
        life.look_at(case, now=SEEN)
    limit.refresh_from_db()
    assert limit.passed_on_adding is before
    assert limit.state == S.OPEN, "nobody but a person closes it"


def test_a_limit_that_a_changed_rule_adds_is_told_as_new_and_by_which_version(limit, clock):
    limit.case.limits.all().delete()
    Case.objects.update(confirmed_at=SEEN, docketed_with="rules of before")
    (told,) = look(clock, SEEN.date())
    assert told.kind == News.Kind.LIMIT_MOVED and told.detail["old"] == ""
    assert (told.detail["change"], told.detail["rules"]) == (
        "new",
        told.case.limits.get(rule_id="pat.oa.response").rule_version,
    )


def test_a_chance_does_not_look_like_the_next_duty(limit):
    beside(limit, "chance", limit.due - timedelta(days=30), duty="chance")
    recount(limit.case)
    assert limit.case.next_due == limit.due


def test_what_was_lost_long_before_the_case_was_added_is_shown_without_a_mail(clock):
    case = make.case(filing_date=date(2015, 1, 5))
    make.event(case, on=date(2016, 5, 10), notice_state="none")
    reconcile(case, now=SEEN)
    with transaction.atomic():
        assert life.look_at(case, now=SEEN, first=True) == []
    limit = case.limits.get(rule_id="pat.oa.response")
    assert limit.state == S.OPEN and limit.rung == len(ladder_of(limit)) + 1


def test_a_limit_entered_by_hand_passes_too(alice, clock):
    case = make.case(confirmed_at=SEEN, owner=alice)
    entered = actions.enter_by_hand(case, by=alice, title="応答", due=date(2026, 11, 30), reason="通知書2頁")
    Case.objects.update(docketed_with=rules_mark())
    told = look(clock, date(2026, 12, 1))
    entered.refresh_from_db()
    assert kinds(told) == [News.Kind.LIMIT_MISSED] and entered.rung == 1 and entered.stands_until is None


# --- renewed rules ----------------------------------------------------------------------------------------


def test_a_renewed_rule_computes_again_keeps_the_old_date_and_says_that_it_was_the_rule(limit, clock):
    old, due = dict(limit.calculation), limit.due
    TimeLimit.objects.filter(pk=limit.pk).update(
        due=due - timedelta(days=7),
        rule_version="2020-01-01",
        calculation=old | {"rule_version": "2020-01-01"},
    )
    Case.objects.update(docketed_with="2020-01-01:x")
    told = look(clock, SEEN.date())
    limit.refresh_from_db()
    assert limit.due == due and kinds(told) == [News.Kind.LIMIT_MOVED]
    change = limit.changes.get(field="due")
    assert change.old == (due - timedelta(days=7)).isoformat()
    assert change.reason_en.startswith("computed again: a rule changed (2020-01-01 → ")
    assert "規則が変わった" in change.reason_ja and "fact" not in change.reason_en
    assert Case.objects.get().docketed_with == rules_mark()
    assert look(clock, SEEN.date()) == []


def test_a_duty_that_only_a_new_rule_finds_is_told(limit, clock):
    passed = make.case("2015000001", confirmed_at=SEEN, filing_date=date(2015, 1, 5))
    make.event(passed, "A02", on=date(2016, 5, 10), notice_state="none")
    reconcile(passed, now=SEEN)
    TimeLimit.objects.all().delete()  # as if no rule had known them
    Case.objects.update(docketed_with="2020-01-01:0000", confirmed_at=SEEN)
    told = look(clock, SEEN.date())
    assert {news.case for news in told} == {limit.case}, "what was lost ten years ago is shown, and no news"
    again = TimeLimit.objects.get(case=limit.case, rule_id=limit.rule_id)
    (about,) = [news for news in told if news.event == again.event]
    assert (about.kind, about.detail["old"], about.detail["new"]) == ("limit_moved", "", str(again.due))
    assert passed.limits.filter(rule_id="pat.appeal", state=S.OPEN).exists()


def test_a_limit_that_only_the_text_gives_is_told_when_the_text_comes_later(clock):
    case = make.case(confirmed_at=SEEN)
    seen = make.event(case, "A251", notice_state="not_fetched")
    reconcile(case, now=SEEN)
    assert not case.limits.filter(event=seen).exists()
    Event.objects.filter(pk=seen.pk).update(notice_state="read")
    period = {"period": {"n": 30, "unit": "day", "quote": "発送の日から30日以内"}}
    Paper.objects.create(
        case=case,
        event=seen,
        received_at=SEEN,
        body=b"x",
        readable=True,
        notice=period,
        sha256="0",
        name="x",
    )
    later = SEEN + timedelta(days=1)
    changes = reconcile(case, now=later)
    (told,) = news.of_changes(case, changes, now=later)
    assert told.detail["new"] == str(changes.created[0].due)


def test_a_limit_marked_as_not_needed_that_moves_is_told_and_stays_as_decided(alice, clock):
    """Marked by the date it had: the applicants prove to live overseas, and the day is another one."""
    case = make.case(residency="resident", confirmed_at=SEEN)
    make.event(case, on=SEEN.date() - timedelta(days=5), notice_state="none")
    reconcile(case, now=SEEN)
    limit = case.limits.get(rule_id="pat.oa.response")
    actions.not_needed(limit, by=alice, reason="放棄")
    Case.objects.filter(pk=case.pk).update(residency="overseas")
    case.refresh_from_db()
    changes = reconcile(case, now=SEEN)
    told = [one for one in news.of_changes(case, changes, now=SEEN) if one.detail["limit"] == limit.pk]
    was, limit = limit.due, TimeLimit.objects.get(pk=limit.pk)
    assert limit.state == S.NOT_NEEDED and limit.due > was
    assert [(one.detail["change"], one.detail["old"]) for one in told] == [("decided", was.isoformat())]


def test_a_claim_the_office_can_never_show_waits_for_a_person_to_name_the_proof(alice, bob, clock):
    case = make.case(confirmed_at=SEEN, owner=alice)
    entered = actions.enter_by_hand(case, by=alice, title="応答", due=date(2026, 12, 30), reason="通知書2頁")
    assert actions.claim_done(entered, by=alice, reason="提出済み").claim_until is None
    Case.objects.update(docketed_with=rules_mark())
    assert look(clock, date(2027, 2, 1)) == []
    paper = make.event(case, "A53", on=date(2026, 12, 1), side="applicant", description="意見書")
    actions.prove(entered, by=bob, event=paper, reason="this is the answer")
    entered.refresh_from_db()
    assert (entered.state, entered.proof, entered.state_by) == (S.DONE, paper, bob)
    Event.objects.filter(pk=paper.pk).update(vanished_at=clock())
    changed = reconcile(case, now=clock())
    entered.refresh_from_db()
    assert entered.state == S.OPEN and changed.reopened == [entered]


def test_an_answer_that_may_be_meant_for_two_notices_is_placed_by_a_person_and_stays(limit, alice, clock):
    case, day = limit.case, date(2026, 12, 1)
    make.event(case, on=date(2026, 11, 24), notice_state="none")
    answer = make.event(case, "A53", on=day, side="applicant", description="意見書")
    reconcile(case, now=clock.day(day))
    limit.refresh_from_db()
    assert limit.state == S.OPEN and case.reviews.filter(kind="response_ambiguous").exists()
    actions.prove(limit, by=alice, event=answer, reason="最初の通知への意見書")
    reconcile(case, now=clock())
    limit.refresh_from_db()
    assert (limit.state, limit.proof, limit.state_by) == (S.DONE, answer, alice)
    reopened = actions.reopen(limit, by=alice, reason="取り違え")
    assert reopened.state == S.OPEN and reopened.proof is None


def test_what_cannot_be_the_proof_is_refused(limit, alice, clock):
    early = make.event(limit.case, "A53", on=date(2026, 11, 1), side="applicant")
    gone = make.event(limit.case, "A53", on=date(2026, 12, 1), side="applicant", vanished_at=SEEN)
    other = make.event(make.case("2023000888"), "A53", on=date(2026, 12, 1), side="applicant")
    for event, why in (
        (early, "not_a_proof"),
        (gone, "not_a_proof"),
        (limit.event, "not_a_proof"),
        (other, "not_of_this_case"),
    ):
        with pytest.raises(actions.ActionRefused, match=why):
            actions.prove(limit, by=alice, event=event, reason="x")
    limit.refresh_from_db()
    assert limit.state == S.OPEN and limit.proof is None


def test_a_case_that_cannot_be_looked_at_does_not_keep_back_the_others(limit, clock, caplog):
    other = make.case("2023000999", confirmed_at=SEEN)
    make.event(other, notice_state="none")
    reconcile(other, now=SEEN)
    first = TimeLimit.objects.filter(rule_id="pat.oa.response").order_by("due", "pk").first()
    day = limit.due + timedelta(days=1)
    now = clock.day(day)
    told: list[News] = []

    def tell(news: list[News]) -> None:
        if any(one.case_id == first.case_id for one in news):
            raise RuntimeError("no")
        told.extend(news)

    assert life.look(now=now, tell=tell) == 2
    assert "could not be looked at" in caplog.text
    assert {news.case_id for news in told} == {limit.case_id, other.pk} - {first.case_id}
    first.refresh_from_db()
    assert first.rung == 0, "what failed was not half done"


# --- what stands, as a function ---------------------------------------------------------------------------

DUE = date(2027, 1, 19)
days = st.dates(date(2026, 1, 1), date(2030, 1, 1))
rungs = st.builds(
    Rung,
    kind=st.sampled_from(("extension", "late_extension", "grace", "restoration")),
    due=st.one_of(st.none(), days),
    fee_jpy=st.none(),
    condition_ja=st.just(""),
    condition_en=st.just(""),
    article=st.just(""),
    requested=st.booleans(),
)


@given(st.lists(rungs, max_size=4), days, days)
def test_what_stands_never_ends_before_today_and_never_comes_back(ladder, one, other):
    earlier, later = sorted((one, other))
    now, then = standing(DUE, ladder, earlier), standing(DUE, ladder, later)
    assert now.until is None or now.until >= earlier
    assert (now.rung == 0) == (earlier <= DUE)
    assert now.step is None or (now.step.kind != "extension" and not now.step.requested)
    assert now.rung <= then.rung


# --- any life at all --------------------------------------------------------------------------------------

numbers = itertools.count(2024200000)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 45)),
        st.tuples(st.just("back"), st.integers(1, 10)),
        st.tuples(st.sampled_from(("claim", "not_needed", "reopen", "confirm")), st.just(0)),
        st.tuples(st.sampled_from(("A601", "A603")), st.integers(0, 20)),
        st.tuples(
            st.sampled_from(("withdraw", "response", "vanish", "extension_seen", "residency")), st.just(0)
        ),
    ),
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_whatever_happens_nothing_is_lost_and_done_means_proof(alice, bob, clock, sequence):
    with transaction.atomic():
        clock.at = SEEN
        case = make.case(str(next(numbers)), residency="resident", confirmed_at=SEEN)
        make.event(case, notice_state="none")
        reconcile(case, now=SEEN)
        seen: dict[int, set[str]] = {}
        for step, value in sequence:
            _live(case, step, value, alice, clock)
            _check(case, seen)
        transaction.set_rollback(True)


def _live(case, step, value, alice, clock) -> None:
    limit = case.limits.get(rule_id="pat.oa.response")
    today = clock().date()
    try:
        if step == "wait":
            clock.at += timedelta(days=value)
            Case.objects.filter(pk=case.pk).update(confirmed_at=clock.at)
        elif step == "back":
            clock.at -= timedelta(days=value)
        elif step == "claim":
            actions.claim_done(limit, by=alice, reason="提出")
        elif step == "not_needed":
            actions.not_needed(limit, by=alice, reason="放棄")
        elif step == "reopen":
            actions.reopen(limit, by=alice, reason="やり直し")
        elif step == "confirm":
            actions.confirm(limit, by=alice)
        elif step in ("A601", "A603"):
            actions.claim_extension(limit, by=alice, code=step, filed_on=today - timedelta(days=value))
        elif step == "withdraw":
            for claim in ExtensionClaim.objects.filter(limit=limit, ended_at=None):
                actions.withdraw_claim(claim, by=alice, reason="誤り")
        elif step == "response":
            make.event(case, "A53", on=today, side="applicant", first_seen_at=clock())
        elif step == "extension_seen":
            make.event(case, "A601", on=today, side="applicant", first_seen_at=clock())
        elif step == "vanish":
            case.events.filter(code__in=("A53", "A601")).update(vanished_at=clock())
        else:
            actions.set_residency(case, by=alice, value="overseas" if value else "mixed")
    except actions.ActionRefused:
        pass
    case.refresh_from_db()
    reconcile(case, now=clock())
    life.look(now=clock(), tell=lambda news: None)
    assert life.look(now=clock(), tell=_nobody_is_told) in (0, 1), "a second look finds nothing new"


def _nobody_is_told(news: list[News]) -> None:
    assert news == []


def _check(case: Case, seen: dict[int, set[str]]) -> None:
    """Done only with proof; every value a limit ever had is its present one or stands in its history."""
    case.refresh_from_db()
    limits = {limit.pk: limit for limit in case.limits.all()}
    assert set(seen) <= set(limits), "nothing is deleted"
    for limit in limits.values():
        assert (limit.state == S.DONE) == (limit.proof_id is not None)
        assert limit.proof is None or limit.proof.vanished_at is None
        assert (limit.state == S.CLAIMED) == (limit.claim_until is not None)
        if limit.state not in (S.OPEN, S.CLAIMED):
            assert limit.state_reason_ja
        values = seen.setdefault(limit.pk, set())
        values |= {f"due:{limit.due}", f"state:{limit.state}"}
        changes = TimeLimitChange.objects.filter(limit=limit, field__in=("due", "state"))
        known = {f"{change.field}:{value}" for change in changes for value in (change.old, change.new)}
        assert values <= known | {f"due:{limit.due}", f"state:{limit.state}"}
    running = [limit for limit in limits.values() if limit.state in (S.OPEN, S.CLAIMED) and limit.due]
    duties = [limit for limit in running if limit.duty == "limit"]
    standing = [limit for limit in duties if limit.rung == 0 or limit.stands_until]
    assert case.next_due == min((limit.due for limit in standing or duties), default=None)
