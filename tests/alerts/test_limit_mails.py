"""Mails about limits that passed and about what people said and the office never showed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dossiers.alerts import compose, digest, digest_mail
from dossiers.alerts.outbox import fan_out
from dossiers.docketing import actions, life
from dossiers.docketing.store import reconcile, rules_mark
from dossiers.models import Alert, Case, TimeLimit, User
from tests import make
from tests.make import SEEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    def set_day(day: date) -> datetime:
        at = datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)
        monkeypatch.setattr("dossiers.clock.now", lambda: at)
        return at

    set_day(date(2026, 11, 24))
    return set_day


@pytest.fixture
def limit(alice, bob, clock) -> TimeLimit:
    case = make.case(residency="resident", confirmed_at=SEEN, own_reference="ABC-0123")
    make.watchlist(alice, case, followers=(alice, bob))
    make.event(case, notice_state="none")
    reconcile(case, now=SEEN)
    return case.limits.get(rule_id="pat.oa.response")


def mails(clock, day: date, reader: User) -> list:
    """What a look on `day`, after the office was read, sends to `reader`."""
    now = clock(day)
    Case.objects.update(confirmed_at=now, docketed_with=rules_mark())
    life.look(now=now, tell=fan_out)
    alerts = Alert.objects.filter(user=reader, created_at=now).order_by("pk")
    return [compose.message(alert, now=now) for alert in alerts]


def test_a_passed_limit_says_what_still_helps_until_when_and_for_how_much(limit, clock, alice, bob):
    [english] = mails(clock, limit.due + timedelta(days=1), bob)
    assert english.subject.startswith("[passed, can be rescued until 2027-03-")
    assert "Time limit passed" in english.subject and "ABC-0123" in english.subject
    assert "Extension after expiry: until 2027-03-" in english.body and "¥51,000" in english.body
    [japanese] = mails(clock, limit.due + timedelta(days=1), alice)
    assert japanese.subject.startswith("[期限徒過・2027-03-") and "期間経過後の延長" in japanese.body
    assert "51,000円" in japanese.body


def test_a_limit_with_nothing_left_says_so(limit, clock, alice, bob):
    [english] = mails(clock, limit.due + timedelta(days=400), bob)
    assert english.subject.startswith("[time limit passed]")
    assert "No later way to act is known" in english.body
    [japanese] = mails(clock, limit.due + timedelta(days=400), alice)
    assert "この先の手段は登録されていません" in japanese.body


def test_a_claim_not_seen_names_who_said_it_and_the_running_date(limit, clock, alice, bob):
    actions.claim_done(limit, by=alice, reason="提出")
    [english] = mails(clock, date(2026, 12, 2), bob)
    assert english.subject.startswith(f"[due {limit.due}]") and "Said to be done, not seen" in english.subject
    assert f"Said by: {alice}" in english.body
    [japanese] = mails(clock, date(2026, 12, 2), alice)
    assert "処理済みの申告を確認できず" in japanese.subject


def test_an_extension_not_seen_says_which_date_counts_again(limit, clock, alice, bob):
    actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 24))
    [english] = mails(clock, date(2026, 12, 2), bob)
    assert "Change: from 2027-03-19 to 2027-01-19" in english.body
    assert english.subject.startswith("[due 2027-01-19]")


def test_the_same_step_is_mailed_once_to_each_reader(limit, clock, bob):
    day = limit.due + timedelta(days=1)
    assert len(mails(clock, day, bob)) == 1
    life.look(now=clock(day + timedelta(days=1)), tell=fan_out)
    assert Alert.objects.filter(user=bob).count() == 1


def test_a_digest_never_says_that_something_can_be_rescued_until_a_day_that_has_passed(limit, clock, bob):
    """Between the last day and the look that finds the next way to act, as after a standstill."""
    now = clock(limit.due + timedelta(days=2))
    assert limit.stands_until and limit.stands_until < now.date()
    assert "can be rescued until" not in digest_mail.as_text(digest.preview(bob, now))
    life.look(now=now, tell=fan_out)
    assert "can be rescued until 2027-03-" in digest_mail.as_text(digest.preview(bob, now))
