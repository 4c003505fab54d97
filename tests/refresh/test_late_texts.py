"""The first mail never waits long for the text of a notice; a text that comes later is told by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from dossiers import clock, tasks
from dossiers.models import Alert, Case, Event, News, RefreshJob
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

NOTICES = "patent/app_doc_cont_refusal_reason"


@pytest.fixture
def case(office, examined, bob) -> Case:
    """A case that bob is in charge of, read once, with a notice dispatched yesterday."""
    case = make.case(examined.case.number, title="", filing_date=None, owner=bob)
    ask(case)
    tasks.pump_alerts()
    mail.outbox.clear()
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    return case


def ask(case: Case) -> None:
    key = f"daily:{clock.now().timestamp()}"
    now = clock.now()
    RefreshJob.objects.create(case=case, key=key, purpose="daily", created_at=now, not_before=now)
    tasks.pump_refresh()


def mails() -> list[str]:
    """The texts of the mails that have gone out since the last time."""
    tasks.pump_alerts()
    texts = [str(message.body) for message in mail.outbox]
    mail.outbox.clear()
    return texts


def test_a_text_that_comes_at_once_is_in_the_first_and_only_mail(office, case):
    ask(case)
    [first] = mails()
    assert "The office has dispatched an office action." in first and "Grounds" in first
    office.advance(seconds=600)
    assert mails() == []
    assert not News.objects.filter(kind="notice_read").exists()


def test_where_the_calls_for_texts_are_spent_the_mail_goes_at_once_and_the_text_follows(office, case):
    office.fault("203", endpoint=NOTICES, times=None)
    ask(case)
    [first] = mails()
    assert "The text has not been fetched yet." in first and "Grounds" not in first
    limit = case.limits.get(rule_id__startswith="pat.oa")
    office.clear_faults()
    office.advance(days=1)
    tasks.pump_refresh()
    [second] = mails()
    assert "The text of a document you were told of has come." in second
    assert "Grounds" in second and limit.due.isoformat() in second
    ask(case)
    office.advance(days=1)
    ask(case)
    assert mails() == [], "the same news is never told twice"


def test_both_mails_are_in_one_thread_and_say_what_they_are(office, case):
    office.fault("203", endpoint=NOTICES, times=None)
    ask(case)
    tasks.pump_alerts()
    office.clear_faults()
    office.advance(days=1)
    tasks.pump_refresh()
    tasks.pump_alerts()
    first, second = mail.outbox
    assert first.extra_headers["References"] == second.extra_headers["References"]
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]
    assert "Text has come" in second.subject and "due" in second.subject


@pytest.mark.parametrize("trouble", ["302", "303", "999", "drop"])
def test_an_office_that_does_not_give_the_text_holds_no_mail_for_long(office, case, trouble):
    office.fault(trouble, endpoint=NOTICES, times=None)
    ask(case)
    office.advance(seconds=tasks.HOLD_FOR_THE_NOTICE.total_seconds() + 1)
    [first] = mails()
    assert "The text has not been fetched yet." in first
    office.clear_faults()
    office.advance(seconds=3600)
    tasks.pump_refresh()
    [second] = mails()
    assert "Grounds" in second


def test_a_text_that_comes_while_the_mail_is_still_held_makes_one_mail(office, case):
    office.fault("302", endpoint=NOTICES, times=1)
    ask(case)
    assert mails() == []
    office.advance(seconds=100)
    tasks.pump_refresh()
    [only] = mails()
    assert "Grounds" in only


def test_of_a_text_that_never_comes_nothing_more_is_said(office, case):
    office.fault("203", endpoint=NOTICES, times=None)
    ask(case)
    assert len(mails()) == 1
    Event.objects.filter(case=case, code="A131").update(notice_state=Event.NoticeState.NONE)
    office.advance(days=1)
    ask(case)
    assert mails() == []


def test_a_text_that_moves_the_limit_is_told_with_the_limit_alone(office, case):
    """The period printed in the notice counts; a mail of its own for the text would say the same again."""
    office.fault("203", endpoint=NOTICES, times=None)
    case.residency = "overseas"
    case.save()
    ask(case)
    mails()
    due = case.limits.get(rule_id__startswith="pat.oa").due
    office.clear_faults()
    office.advance(days=1)
    tasks.pump_refresh()
    told = mails()
    moved = case.limits.get(rule_id__startswith="pat.oa").due != due
    assert len(told) == 1
    assert ("A computed time limit has moved." in told[0]) == moved
    assert "Grounds" in told[0]


def test_nobody_told_nobody_to_tell_again(office, case):
    Case.objects.update(owner=None)
    office.fault("203", endpoint=NOTICES, times=None)
    ask(case)
    office.clear_faults()
    office.advance(days=1)
    tasks.pump_refresh()
    assert case.events.get(code="A131").notice_state == Event.NoticeState.READ
    assert not News.objects.filter(kind="notice_read").exists() and not Alert.objects.exists()


# --- the worker's loop --------------------------------------------------------------------------------------


def test_a_full_minute_puts_off_one_order_and_leaves_the_others_as_they_are(office, settings, monkeypatch):
    settings.JPO_PER_MINUTE = 2
    monkeypatch.setattr(tasks, "BUDGET", 5.0)
    cases = [
        make.case(sight.case.number, title="", filing_date=None)
        for sight in office.cases("patent", limit=8, stage="examination")
    ]
    for one in cases:
        RefreshJob.objects.create(
            case=one, key=f"daily:{one.pk}", purpose="daily", created_at=clock.now(), not_before=clock.now()
        )
    tasks.pump_refresh()
    put_off = RefreshJob.objects.filter(outcome="minute_limit")
    assert put_off.count() == 1
    assert {job.attempts for job in RefreshJob.objects.filter(state="waiting")} == {0}


def test_while_one_worker_is_busy_another_takes_what_people_wait_for(office, examined, alice):
    planned = make.case("2022000777")
    wanted = make.case(examined.case.number, title="", filing_date=None)
    RefreshJob.objects.create(case=planned, key="daily:1", purpose="daily", created_at=clock.now())
    asked_for = tasks.jobs.request_refresh(wanted, by=alice)
    with tasks._only_one("refresh") as mine:
        assert mine
        tasks.pump_refresh()
    asked_for.refresh_from_db()
    assert asked_for.state == "done"
    assert RefreshJob.objects.get(case=planned).state == "waiting"


def test_a_loop_leased_by_a_clock_since_put_back_is_free(db):
    with tasks._only_one("refresh"):
        tasks.Pump.objects.update(lease_until=tasks.timezone.now() + timedelta(days=400))
        with tasks._only_one("refresh") as mine:
            assert mine


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only a server can go away")
def test_a_database_that_goes_away_for_a_moment_costs_one_order_a_few_minutes(office, case):
    gone = []

    def goes_away(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "dossiers_event"') and not gone:
            gone.append(sql)
            context["cursor"].execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(goes_away):
        ask(case)
    assert gone
    job = RefreshJob.objects.get(state="waiting")
    assert job.outcome in ("OperationalError", "InterfaceError") and job.lease_until is None
    assert not case.events.filter(code="A131").exists()
    office.advance(seconds=301)
    tasks.pump_refresh()
    job.refresh_from_db()
    assert job.state == "done" and case.events.filter(code="A131").exists()
