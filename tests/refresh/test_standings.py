"""The daily figure: what the digest says, and what is kept of it each day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers import clock, tasks
from dossiers.docketing import coverage
from dossiers.models import Case, CoverageDay
from dossiers.refresh import freshness, standings
from tests import make
from tests.pages import docket

pytestmark = pytest.mark.django_db


def asked(number: str, **fields) -> Case:
    return docket.confirmed_case(number, **fields)


@pytest.fixture
def mixed():
    """One case in each standing that is not kept, two that are, one document accounted for and one open."""
    ago = clock.now() - timedelta(days=900)
    kept = asked("2023000001", confirmed_at=clock.now(), asked_at=clock.now())
    docket.refused(kept)
    docket.unknown(kept)
    asked("2023000002", confirmed_at=clock.now(), asked_at=clock.now())
    asked("2023000003", confirmed_at=ago, asked_at=ago, added_at=ago)
    asked("2023000004", confirmed_at=None, asked_at=None, last_outcome="")
    asked("2023000005", last_outcome="empty")
    asked("2023000006", last_outcome="unreadable")
    asked("2023000007", confirmed_at=clock.now(), last_outcome="timeout")


def test_the_figure_counts_documents_and_cases_each_once(mixed):
    found = standings.figures(clock.now())
    assert (found.accounted, found.dispatched) == (1, 2)
    assert (found.kept, found.cases) == (2, 7)
    behind = (found.late, found.never, found.not_found, found.not_read, found.not_answered)
    assert behind == (1, 1, 1, 1, 1)


def test_an_empty_docket_has_a_figure_of_nothing():
    found = standings.figures(clock.now())
    assert (found.dispatched, found.cases, found.kept) == (0, 0, 0)


def test_the_figure_costs_the_same_for_more_cases(mixed):
    with CaptureQueriesContext(connection) as few:
        standings.figures(clock.now())
    for n in range(30):
        docket.refused(asked(f"20220001{n:02d}"))
    with CaptureQueriesContext(connection) as many:
        standings.figures(clock.now())
    assert len(many) == len(few)


def test_each_days_standings_are_kept_once_beside_its_coverage(mixed):
    now = clock.now()
    assert not standings.keep_day(now), "there is no figure to keep them beside yet"
    coverage.keep_day(now)
    assert standings.keep_day(now)
    kept = CoverageDay.objects.get().standings
    assert set(kept) == set(freshness.STANDINGS) and sum(kept.values()) == 7
    make.case("2021000001")
    assert not standings.keep_day(now)
    assert CoverageDay.objects.get().standings == kept


def test_the_round_of_each_minute_keeps_them(mixed):
    tasks.sweep()
    assert sum(CoverageDay.objects.get(day=clock.office_today()).standings.values()) == 7
