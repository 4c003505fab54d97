"""Before a number is saved the office says what it is; that answer is used, not asked for again."""

from __future__ import annotations

import pytest

from dossiers.intake import checking, save_batch, start_batch
from dossiers.models import BatchLine, Case, OfficeCall
from dossiers.refresh import jobs
from dossiers.refresh.run import run
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
State = BatchLine.State


def check(batch) -> list[BatchLine]:
    assert checking.pump(budget_seconds=30) is False
    return list(batch.lines.all())


def test_the_preview_shows_title_and_applicant_from_the_office(office, alice):
    known = office.cases("patent", limit=1)[0].case
    (line,) = check(start_batch(text=f"特願{known.number[:4]}-{known.number[4:]}", by=alice))
    assert (line.state, line.title) == (State.FOUND, known.title)
    assert line.applicants


def test_saving_a_checked_case_asks_the_office_nothing_twice(office, alice):
    known = office.cases("design", limit=1)[0].case
    batch = start_batch(text=f"意願{known.number[:4]}-{known.number[4:]}", by=alice)
    check(batch)
    save_batch(batch, by=alice)
    run(jobs.claim(), tell=lambda news: None, release=lambda case: None)
    case = Case.objects.get()
    assert case.confirmed_at and case.events.exists()
    assert OfficeCall.objects.filter(endpoint="design/app_progress").count() == 1


def test_a_number_the_office_does_not_know_is_said_to_be_so_and_not_asked_again_today(office, alice):
    for _ in range(2):
        (line,) = check(start_batch(text="特願2020-999999", by=alice))
        assert (line.state, line.message) == (State.NOT_FOUND, "not_found")
    assert OfficeCall.objects.count() == 1


def test_a_registration_number_leads_to_its_application_in_the_docket(office, alice):
    registered = office.cases("trademark", limit=1, stage="registered")[0].case
    watched = make.case(registered.number, law="trademark", filing_date=None)
    jobs.request_refresh(watched, by=alice)
    run(jobs.claim(), tell=lambda news: None, release=lambda case: None)
    watched.refresh_from_db()
    number = watched.registration_number
    (line,) = check(start_batch(text=f"商標登録第{number}号", by=alice))
    assert (line.state, line.application_number) == (State.KNOWN, registered.number)
    assert line.case == watched


def test_an_office_in_trouble_leaves_the_line_to_be_checked_again(office, alice):
    known = office.cases("patent", limit=1)[0].case
    office.fault("999", match="/api/", times=None)
    batch = start_batch(text=f"特願{known.number[:4]}-{known.number[4:]}", by=alice)
    check(batch)
    assert batch.lines.get().state == State.READY
    office.clear_faults()
    office.advance(seconds=600)
    assert check(batch)[0].state == State.FOUND


def test_without_credentials_the_line_says_so_and_can_still_be_saved(alice, settings):
    settings.JPO_USERNAME = ""
    batch = start_batch(text="特願2020-000123", by=alice)
    (line,) = check(batch)
    assert (line.state, line.message) == (State.NOT_CHECKED, "no_credentials")
    assert save_batch(batch, by=alice).added == 1


def test_an_international_application_leads_to_its_case_in_japan(office, alice):
    known = office.cases("patent", 1, kind="pct")[0].case
    number = known.international.application_number
    (line,) = check(start_batch(text=f"PCT/{number[:6]}/{number[6:]}", by=alice))
    assert (line.state, line.application_number, line.title) == (State.FOUND, known.number, known.title)


def test_an_international_publication_leads_to_its_case_in_japan(office, alice):
    known = office.cases("patent", 1, kind="pct")[0].case
    number = known.international.publication_number
    (line,) = check(start_batch(text=f"{number[:6]}/{number[6:]} A1", by=alice))
    assert (line.state, line.application_number) == (State.FOUND, known.number)
    assert save_batch(line.batch, by=alice).added == 1


def test_an_international_application_that_has_not_entered_japan_is_said_to_be_so(office, alice):
    (line,) = check(start_batch(text="PCT/US2024/099999", by=alice))
    assert (line.state, line.message) == (State.NOT_FOUND, "no_national_phase")


def test_a_case_of_another_international_application_is_not_added(office, alice):
    known = office.cases("patent", 1, kind="pct")[0].case
    other = known.international.application_number
    wrong = f"{other[:-1]}{(int(other[-1]) + 1) % 10}"
    batch = start_batch(text=f"PCT/{wrong[:6]}/{wrong[6:]}", by=alice)
    # As if the office's lookup had led astray.
    BatchLine.objects.update(application_number=known.number)
    (line,) = check(batch)
    assert (line.state, line.message) == (State.UNREADABLE, "another_case")
    assert save_batch(batch, by=alice).added == 0
