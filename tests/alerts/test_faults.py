"""Administrators hear that pages or background work fail: once an hour of each kind, no word of a case."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from dossiers import fault_lines, faults, tasks
from dossiers.alerts import heartbeats
from dossiers.docketing import recounting
from dossiers.models import Fault, Heartbeat, Role
from dossiers.personal import retention
from dossiers.runtime.watcher import Watcher
from tests import make

pytestmark = pytest.mark.django_db
SECRET = "Specimen K.K. and its secret"


@pytest.fixture(autouse=True)
def _heard_of_nothing():
    fault_lines.taken()
    yield
    fault_lines.taken()


@pytest.fixture
def watcher(tmp_path, db, mailoutbox):
    make.user("boss", role=Role.ADMINISTRATOR, language="en")
    make.user("clerk")
    for part in heartbeats.parts():
        heartbeats.beat(part.name)
    return Watcher(tmp_path)


@pytest.fixture
def broken_page(client, monkeypatch):
    """A page whose reader fails, with words about a client in its failure."""

    def fails():
        raise ValueError(SECRET)

    monkeypatch.setattr(heartbeats, "standings", fails)
    client.force_login(make.user("reader"))
    client.raise_request_exception = False
    yield lambda: client.get(f"/status/?q={SECRET}")
    monkeypatch.undo()


def test_a_page_that_fails_is_counted_by_its_place_without_a_word_of_the_failure(broken_page):
    assert [broken_page().status_code for _ in range(3)] == [500] * 3
    row = Fault.objects.get()
    assert (row.where, row.times) == ("status", 3)
    assert row.what.startswith("ValueError tests/alerts/test_faults.py:")
    assert SECRET not in f"{row.where}{row.what}"


def test_administrators_are_told_once_an_hour_of_each_kind_and_only_when_it_came_up_again(
    broken_page, watcher, mailoutbox, monkeypatch
):
    def look():
        with monkeypatch.context() as whole:
            whole.setattr(heartbeats, "standings", list)
            watcher.look()
        return len(mailoutbox)

    broken_page()
    assert look() == 1
    broken_page()
    assert look() == 1
    Fault.objects.update(told_at=timezone.now() - faults.AGAIN)
    assert look() == 2
    Fault.objects.update(told_at=timezone.now() - faults.AGAIN)
    assert look() == 2
    first = mailoutbox[0]
    assert first.to == ["boss@example.com"] and first.subject == "[IP Portal] FAULT: status"
    assert "1 time, last at" in first.body and "ValueError tests/alerts/test_faults.py" in first.body
    assert SECRET not in first.body
    assert len({mail.extra_headers["Message-ID"] for mail in mailoutbox}) == 2


def test_a_mail_that_nobody_took_is_tried_at_the_next_look(broken_page, watcher, mailoutbox, monkeypatch):
    broken_page()
    monkeypatch.undo()
    with monkeypatch.context() as away:
        away.setattr("django.core.mail.EmailMessage.send", lambda *_args, **_more: 0)
        watcher.look()
    assert Fault.objects.get().told_at is None
    watcher.look()
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_step_of_the_background_work_that_fails_is_counted(monkeypatch):
    def keep_honest(now):
        raise KeyError(SECRET)

    monkeypatch.setattr(recounting, "keep_honest", keep_honest)
    tasks.sweep()
    row = Fault.objects.get()
    assert row.where == "sweep" and row.what.startswith("KeyError ")


def test_a_round_that_ends_in_a_failure_is_counted_and_still_ends_so(monkeypatch):
    def fails(*_args, **_more):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("dossiers.tasks.digest.pump", fails)
    with pytest.raises(RuntimeError):
        tasks.pump_digest()
    assert Fault.objects.get().where == "digest"
    assert not Heartbeat.objects.filter(name="digest").exists()


def test_what_strangers_bring_about_is_no_fault(client):
    client.get("/login/", headers={"host": "elsewhere.example"})
    client.get("/no/such/page/")
    assert not Fault.objects.exists()


def test_what_cannot_be_written_down_waits(broken_page, monkeypatch):
    def away(*_args):
        raise OperationalError("away")

    with monkeypatch.context() as broken:
        broken.setattr(faults, "_count", away)
        assert broken_page().status_code == 500
    assert not Fault.objects.exists()
    faults.keep()
    assert Fault.objects.get().times == 1


def test_no_flood_of_kinds_fills_the_memory():
    for n in range(fault_lines.MOST_KINDS + 5):
        try:
            raise ValueError(n)
        except ValueError:
            logging.getLogger(f"specimen.{n}").exception("it failed")
    assert len(fault_lines.taken()) == fault_lines.MOST_KINDS


def test_kinds_are_forgotten_in_the_end():
    old = timezone.now() - faults.KEPT - timedelta(days=1)
    Fault.objects.create(where="old", what="ValueError", times=1, last_at=old)
    Fault.objects.create(where="new", what="ValueError", times=1)
    retention.clean(timezone.now())
    assert [row.where for row in Fault.objects.all()] == ["new"]
