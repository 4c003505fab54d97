"""An office in trouble is left alone, tried by one call at a time, and asked again as soon as it is back."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from apiclient.outcomes import Outcome
from apiclient.quota import Purpose
from dossiers import clock, tasks
from dossiers.intake import batches
from dossiers.models import Case, Circuit, OfficeCall, RefreshJob
from dossiers.refresh import circuit, jobs
from dossiers.refresh import office as asking
from tests import make
from tests.runtime import scratch

pytestmark = pytest.mark.django_db(transaction=True)

TROUBLES = ["302", "303", "999", "html", "drop"]


@pytest.fixture
def cases(office) -> list[Case]:
    """Six cases waiting for their first question."""
    found = office.cases("patent", limit=6, stage="examination")
    return [make.case(sight.case.number, title="", filing_date=None) for sight in found]


def order(*cases: Case, bucket: str = "") -> None:
    for case in cases:
        key = f"daily:{case.pk}:{clock.now().timestamp()}"
        RefreshJob.objects.create(
            case=case, key=key, purpose="daily", bucket=bucket, created_at=clock.now(), not_before=clock.now()
        )


def work() -> int:
    """What the worker does with all that is due; how many questions it put."""
    before = OfficeCall.objects.count()
    tasks.pump_refresh()
    return OfficeCall.objects.count() - before


def waiting() -> list[RefreshJob]:
    return list(RefreshJob.objects.filter(state="waiting").order_by("pk"))


# --- opening ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_office_in_trouble_is_left_alone_after_three_questions(office, cases, trouble):
    office.fault(trouble, match="/api/", times=None)
    order(*cases)
    assert work() == circuit.MOST_FAILURES
    assert work() == 0
    [pause] = circuit.state(clock.now())
    assert pause.group == "domestic" and pause.until > clock.now()
    assert len(waiting()) == len(cases)
    untouched = [job for job in waiting() if not job.steps]
    assert len(untouched) == len(cases) - circuit.MOST_FAILURES
    assert {job.attempts for job in untouched} == {0}


def test_an_office_that_is_not_there_at_all_is_left_alone(office, cases, settings):
    asking.client().call(asking.endpoint("patent", "app_progress"), cases[0].application_number)  # a token
    settings.JPO_BASE_URL = "http://127.0.0.1:9"
    order(*cases)
    assert work() == circuit.MOST_FAILURES
    assert work() == 0


def test_one_case_that_always_fails_stops_no_other(office, cases):
    office.fault("999", match=cases[0].application_number, times=None)
    order(*cases)
    for _ in range(4):
        work()
        office.advance(seconds=3 * 3600)
    assert {job.case for job in waiting()} == {cases[0]}
    assert not circuit.state(clock.now())
    assert RefreshJob.objects.filter(state="done").count() == len(cases) - 1


@pytest.mark.parametrize("oddity", ["garbage", "json_types"])
def test_answers_that_cannot_be_read_stop_nothing(office, cases, oddity):
    office.fault(oddity, match="/api/", times=None)
    order(*cases)
    assert work() >= len(cases)
    assert not circuit.state(clock.now())
    assert all(case.reviews.filter(kind="answer_not_read").exists() for case in cases)


def test_a_spent_counter_is_no_trouble_of_the_office(office, cases):
    office.fault("203", match="/api/", times=None)
    order(*cases)
    work()
    assert not circuit.state(clock.now())


# --- trying again -------------------------------------------------------------------------------------------


def shut(office, cases) -> None:
    office.fault("html", match="/api/", times=None)
    order(*cases)
    work()
    assert circuit.state(clock.now())


def test_when_the_pause_is_over_one_call_tries_and_the_next_pause_is_longer(office, cases):
    shut(office, cases)
    pauses = []
    for _ in range(6):
        [pause] = circuit.state(clock.now())
        pauses.append(pause.until - clock.now())
        office.advance(seconds=pauses[-1].total_seconds() + 1)
        assert work() == 1
    assert pauses[-1] > pauses[0] * 3
    assert max(pauses) <= timedelta(minutes=15)
    assert {job.attempts for job in waiting()} <= {0, 1}, "the office's trouble uses up no try"


def test_once_the_office_is_back_all_that_waited_goes_at_once(office, cases):
    shut(office, cases)
    office.clear_faults()
    office.advance(seconds=61)
    work()
    assert not circuit.state(clock.now())
    assert not waiting()
    assert all(case.confirmed_at for case in Case.objects.all())


def test_a_case_that_always_fails_cannot_keep_the_others_from_the_office(office, cases):
    shut(office, cases)
    office.clear_faults()
    poison = jobs.claim()
    poison = waiting()[0] if poison is None else poison
    RefreshJob.objects.update(lease_until=None)
    office.fault("999", match=poison.case.application_number, times=None)
    for _ in range(3):
        office.advance(seconds=16 * 60)
        work()
    assert [job.case for job in waiting()] == [poison.case]


def test_an_office_that_answers_now_and_then_is_asked_on(office, cases):
    office.fault("303", match="/api/", times=2)
    order(*cases)
    assert work() >= len(cases)
    assert not circuit.state(clock.now())
    assert Circuit.objects.get(name="domestic").failures == 0


def test_a_pause_of_a_clock_since_put_back_is_over(office, cases):
    shut(office, cases)
    office.clear_faults()
    office.advance(seconds=-3 * 86400)
    assert work() >= len(cases)
    assert not waiting()


def test_the_dossier_and_the_domestic_office_pause_apart(office, cases):
    shut(office, cases)
    office.clear_faults()
    assert set(circuit.paused(clock.now())) == {"domestic"}
    with pytest.raises(circuit.Paused):
        asking.ask("patent", "app_progress", cases[0].application_number, purpose=Purpose.PERSON)
    number = f"JP.{cases[0].application_number}.A"
    answer = asking.ask("opd", "global_doc_list", number, purpose=Purpose.PERSON)
    assert answer.outcome in (Outcome.OK, Outcome.EMPTY)


def test_a_person_who_asks_now_is_told_why_nothing_happens(office, cases, client, bob):
    shut(office, cases)
    client.force_login(bob)
    page = f"/cases/patent/{cases[-1].application_number}/refresh/"
    told = client.post(page, headers={"HX-Request": "true"}).content.decode()
    assert "The office cannot be asked until" in told and "The office was not available" in told
    office.clear_faults()
    office.advance(seconds=61)
    work()
    assert "The office cannot be asked" not in client.get(f"{page}status/").content.decode()


def test_pasted_numbers_wait_for_the_office_to_come_back(office, cases, alice):
    shut(office, cases)
    number = office.cases("patent", limit=9, stage="examination")[-1].case.number
    batch = batches.start_batch(text=number, by=alice, default_law="patent")
    tasks.pump_intake()
    line = batch.lines.get()
    assert (line.state, line.message, line.attempts) == ("ready", "office_unavailable", 0)
    office.clear_faults()
    office.advance(seconds=16 * 60)
    tasks.pump_intake()
    line.refresh_from_db()
    assert line.state == "found" and line.title


# --- the log-in ---------------------------------------------------------------------------------------------


def test_a_refused_password_is_not_tried_again_for_long_and_said_loudly(office, cases, settings, caplog):
    right, settings.JPO_PASSWORD = settings.JPO_PASSWORD, "wrong"
    order(*cases)
    assert work() == 1
    tried = 1
    end = clock.now() + timedelta(hours=24)
    while clock.now() < end:
        office.advance(seconds=600)
        tried += work()
    assert tried <= 12, "a day of log-ins with a wrong password may lock the ID"
    assert any(record.levelname == "ERROR" and "auth" in record.message for record in caplog.records)
    assert "wrong" not in caplog.text.replace("wrong_path", "")
    assert set(circuit.paused(clock.now())) <= {"domestic", "opd"}
    settings.JPO_PASSWORD = right
    assert not circuit.state(clock.now()), "new credentials are tried at once"
    work()
    assert not waiting()


def test_nothing_of_the_credentials_is_kept(office, cases, settings):
    settings.JPO_PASSWORD = "s3cret-and-wrong"
    order(*cases)
    work()
    kept = " ".join(str(value) for row in Circuit.objects.values_list() for value in row)
    assert settings.JPO_PASSWORD not in kept and settings.JPO_USERNAME not in kept


def test_without_credentials_the_office_says_so(settings, db):
    settings.JPO_USERNAME = ""
    [pause] = circuit.state(clock.now())
    assert (pause.outcome, pause.until) == ("no_credentials", None)
    assert set(circuit.paused(clock.now())) == {"domestic", "opd"}


# --- several processes --------------------------------------------------------------------------------------

TRY = """
import django, json, sys
django.setup()
from datetime import datetime
from dossiers.refresh import circuit
from django.conf import settings
settings.JPO_USERNAME = settings.JPO_PASSWORD = "x"
now = datetime.fromisoformat(sys.argv[1])
try:
    circuit.enter("domestic", now)
    print("goes")
except circuit.Paused:
    print("waits")
"""

OPEN = """
import django, sys
django.setup()
from datetime import datetime, timedelta
from dossiers.models import Circuit
now = datetime.fromisoformat(sys.argv[1])
opened = now - timedelta(minutes=2)
Circuit.objects.create(name="domestic", failures=3, openings=1, opened_at=opened, until=now)
"""


@pytest.mark.processes
def test_of_six_processes_exactly_one_tries(tmp_path):
    now = clock.now().isoformat()
    with scratch.database(tmp_path) as address:
        env = scratch.environment(address)
        scratch.manage(env, "migrate", "--verbosity=0")
        subprocess.run([sys.executable, "-c", OPEN, now], cwd=scratch.ROOT, env=env, check=True)
        running = [
            subprocess.Popen(
                [sys.executable, "-c", TRY, now], cwd=scratch.ROOT, env=env, stdout=subprocess.PIPE, text=True
            )
            for _ in range(6)
        ]
        said = sorted(one.communicate(timeout=300)[0].strip() for one in running)
    assert said == ["goes", *["waits"] * 5]


def test_a_trial_whose_worker_died_is_taken_up_by_another(office, cases):
    shut(office, cases)
    office.clear_faults()
    office.advance(seconds=61)
    circuit.enter("domestic", clock.now())  # and is never heard of again
    assert work() == 0
    office.advance(seconds=circuit.TRIAL_LEASE.total_seconds() + 1)
    assert work() >= len(cases)
