"""What became of every document, as figures, and the figure of each day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection

from apiclient.clock import JST
from dossiers.docketing import coverage
from dossiers.docketing.actions import account_for
from dossiers.docketing.store import reconcile
from dossiers.models import Case, CoverageDay, Event
from tests import make
from tests.make import SEEN

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=JST)


@pytest.fixture
def case(db) -> Case:
    """A notice with its limit, a number notice, an unknown document, and an amendment of our own."""
    case = make.case(confirmed_at=NOON, last_outcome="ok")
    make.event(case)
    make.event(case, "A523", on=date(2026, 11, 21), side="applicant", description="手続補正書")
    make.event(case, "A232", on=date(2023, 1, 20), description="出願番号通知")
    make.event(case, "Z999", on=date(2026, 11, 5), description="未知の通知")
    reconcile(case, now=SEEN)
    return case


def test_each_document_stands_in_one_account_and_our_own_in_none(case):
    found = coverage.tally(coverage.dispatched())
    kinds = {event.code: event.account for event in case.events.all()}
    assert kinds["A523"] == "own" and kinds["Z999"] == "open" and kinds["A131"] == "limit"
    assert (found.dispatched, found.open, found.oldest_open_on) == (3, 1, date(2026, 11, 5))
    assert found.accounted == 2


def test_a_persons_decision_accounts_for_a_document(case, alice):
    account_for(case.events.get(code="Z999"), by=alice, reason="期限なし")
    found = coverage.tally(coverage.dispatched())
    assert (found.person, found.open, found.accounted) == (1, 0, 3)


def test_a_document_that_left_the_offices_list_is_not_in_the_figure(case):
    case.events.filter(code="Z999").update(vanished_at=SEEN)
    assert coverage.tally(coverage.dispatched()).dispatched == 2


def test_laws_are_told_apart_and_add_up(case):
    other = make.case("2024000001", "trademark")
    make.event(other, "Z998", on=date(2026, 10, 1))
    reconcile(other, now=SEEN)
    by_law = coverage.tally_by_law(coverage.dispatched())
    assert {law: one.open for law, one in by_law.items()} == {"patent": 1, "trademark": 1}
    assert coverage.together(by_law.values()) == coverage.tally(coverage.dispatched())


@pytest.mark.parametrize(
    ("fields", "doubtful"),
    [
        ({}, False),
        ({"confirmed_at": None}, True),
        ({"confirmed_at": NOON - timedelta(days=4)}, True),
        ({"last_outcome": "unreadable"}, True),
        ({"last_outcome": "timeout"}, True),
    ],
)
def test_a_case_without_a_fresh_answer_is_never_counted_as_safe(case, fields, doubtful):
    Case.objects.update(**fields)
    assert Case.objects.filter(coverage.not_confirmed(NOON)).exists() is doubtful


# --- the figure of the day --------------------------------------------------------------------------------


def test_the_figure_of_an_office_day_is_written_once(case):
    assert coverage.keep_day(NOON)
    Event.objects.filter(code="Z999").update(account="no_limit")
    assert not coverage.keep_day(NOON + timedelta(hours=11))
    row = CoverageDay.objects.get()
    assert (row.day, row.accounted, row.dispatched) == (date(2026, 11, 24), 2, 3)
    assert (row.oldest_open_on, row.cases, row.cases_not_confirmed) == (date(2026, 11, 5), 1, 0)


def test_the_day_changes_at_midnight_in_japan(case):
    coverage.keep_day(NOON)
    assert not coverage.keep_day(datetime(2026, 11, 24, 23, 59, tzinfo=JST))
    assert coverage.keep_day(datetime(2026, 11, 25, 0, 0, tzinfo=JST))


def test_a_docket_without_cases_has_no_figure_to_boast_of(db):
    assert not coverage.keep_day(NOON)
    assert not CoverageDay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_at_once_write_one_figure():
    make.case(confirmed_at=NOON, last_outcome="ok")

    def work() -> None:
        try:
            coverage.keep_day(NOON)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert CoverageDay.objects.count() == 1
