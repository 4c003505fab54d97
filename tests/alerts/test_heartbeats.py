"""Silence must not look like safety: who notices that a part has stopped, who is told, and how often."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone, translation

from apiclient.steady import machine_clock
from dossiers import tasks
from dossiers.alerts import heartbeats, outage_mail, outages, part_words, pings
from dossiers.checks import outside_watchers_can_be_called
from dossiers.models import (
    Alert,
    Heartbeat,
    MailServer,
    News,
    Outage,
    Ping,
    Prompt,
    User,
    Webhook,
    WebhookDelivery,
)
from dossiers.runtime import processes
from dossiers.runtime.watcher import Watcher
from tests import make
from tests.alerts.receiver import Serving

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def all_work() -> None:
    for part in heartbeats.parts():
        heartbeats.beat(part.name)
    MailServer.objects.get_or_create(pk=1)


def reasons() -> dict[str, str]:
    return {one.part.name: one.reason for one in heartbeats.standings() if one.reason}


def silent(name: str, ago: timedelta) -> None:
    """The part last worked that long ago, on another machine."""
    Heartbeat.objects.filter(name=name).update(at=timezone.now() - ago, machine="other", seconds=0)


@pytest.fixture
def admin(db):
    return make.user("root", role="administrator", language="en")


@pytest.fixture
def watcher(tmp_path, smtp, admin):
    """A watcher with a real mail server; all parts work, and one clerk is not to be told."""
    make.user("clerk")
    all_work()
    return Watcher(tmp_path)


def settle() -> None:
    """Let the time pass within which a part that is alive gives a sign."""
    Outage.objects.filter(told_at=None).update(noticed_at=timezone.now() - outages.SETTLES)


def later(**time: float) -> None:
    for row in Outage.objects.exclude(told_at=None):
        row.told_at -= timedelta(**time)
        row.save()


# --- what stands still ------------------------------------------------------------------------------------


def test_parts_that_have_just_worked_are_well():
    all_work()
    assert reasons() == {}


def test_a_loop_that_says_nothing_for_too_long_is_late_and_the_others_are_not():
    all_work()
    silent("digest", 11 * MINUTE)
    silent("alerts", 9 * MINUTE)
    assert reasons() == {"digest": "silent"}


def test_nothing_at_all_is_no_sign_of_safety():
    assert reasons()["worker"] == "never"
    assert "" not in {one.reason for one in heartbeats.standings()}


def test_a_loop_that_never_works_is_late_once_the_worker_awaits_it():
    tasks.sweep()
    assert reasons()["docket"] == "unknown"
    Heartbeat.objects.filter(name="docket").update(at=timezone.now() - 16 * MINUTE, machine="")
    assert reasons()["docket"] == "never"


def test_sweeping_again_takes_nothing_back_from_what_has_worked():
    tasks.sweep()
    heartbeats.beat("alerts", 3)
    tasks.sweep()
    found = {one.part.name: one for one in heartbeats.standings()}
    assert (found["alerts"].done, found["alerts"].reason) == (3, "")


def test_a_backup_is_not_known_until_one_reports_and_late_when_the_next_does_not():
    assert reasons()["backup"] == "unknown"
    call_command("beat", "backup", verbosity=0)
    assert "backup" not in reasons()
    silent("backup", timedelta(hours=31))
    assert reasons()["backup"] == "silent"


def test_a_backup_that_is_demanded_and_never_came_is_late(settings):
    settings.BACKUP_HOURS = 4
    assert reasons()["backup"] == "never"


def test_what_was_last_done_stays_known_while_there_is_nothing_to_do():
    heartbeats.beat("alerts", 7)
    heartbeats.beat("alerts", 0)
    found = next(one for one in heartbeats.standings() if one.part.name == "alerts")
    assert found.done == 7 and found.done_at and found.at >= found.done_at


def test_each_loop_says_that_it_has_worked():
    tasks.sweep()
    for name in tasks.PUMPS.keys() - {"sweep"}:
        getattr(tasks, f"pump_{name}")()
    assert set(reasons()) == {"watch", "backup", "mail"}


# --- clocks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(hours=-1), timedelta(hours=9)])
def test_a_clock_that_is_set_makes_nothing_look_dead_or_alive(monkeypatch, jump):
    all_work()
    seconds = machine_clock().seconds - 12 * 60
    Heartbeat.objects.filter(name="refresh").update(at=timezone.now() - 12 * MINUTE, seconds=seconds)
    real = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: real() + jump)
    assert reasons() == {"refresh": "silent"}


def test_a_sign_of_life_from_the_future_is_called_a_wrong_clock():
    all_work()
    silent("refresh", -20 * MINUTE)
    assert reasons() == {"refresh": "ahead"}


def test_two_machines_a_minute_apart_are_no_alarm():
    all_work()
    silent("refresh", -1 * MINUTE)
    assert reasons() == {}


def test_a_part_that_looks_late_by_the_clock_alone_and_lives_is_not_told(watcher, smtp):
    silent("refresh", timedelta(hours=3))
    for _ in range(3):
        watcher.look()
        settle()
        silent("refresh", timedelta(hours=3))  # it has worked again, by its own wrong clock
    assert smtp.taken == []


def test_a_clock_set_back_by_a_year_does_not_silence_the_repeats(watcher, smtp):
    silent("refresh", timedelta(hours=3))
    watcher.look()
    settle()
    watcher.look()
    Outage.objects.update(told_at=timezone.now() + timedelta(days=365))
    watcher.look()
    watcher.look()
    assert len(smtp.taken) == 2


# --- what lies although it is due ---------------------------------------------------------------------------


def alert(**fields) -> Alert:
    number = News.objects.count()
    news = News.objects.create(case=make.case(f"202300{number:04d}"), kind="dispatch", key=f"k{number}")
    return Alert.objects.create(news=news, user=make.user(f"reader{number}"), **fields)


def test_a_loop_that_works_and_leaves_mail_lying_is_late():
    all_work()
    now = timezone.now()
    alert(not_before=now - timedelta(minutes=5))
    alert(not_before=now + timedelta(days=1))  # of a reader who wants it then
    alert(not_before=now - timedelta(days=1), state="sent")
    assert reasons() == {}
    alert(not_before=now - timedelta(minutes=31))
    alert(not_before=now + timedelta(hours=1), attempts=6)  # the mail server has not taken it six times
    found = next(one for one in heartbeats.standings() if one.late)
    assert (found.part.name, found.reason, found.waiting) == ("alerts", "behind", 2)


def test_reminders_that_do_not_go_are_seen():
    all_work()
    Prompt.objects.create(
        user=make.user(), kind="reminder", due_at=timezone.now(), not_before=timezone.now() - 40 * MINUTE
    )
    assert reasons() == {"reminders": "behind"}


def test_what_cannot_be_counted_is_not_called_well(monkeypatch):
    all_work()
    monkeypatch.setitem(heartbeats._DUE, "digest", lambda now: 1 // 0)
    assert reasons() == {"digest": "unread"}


def test_webhooks_left_lying_are_the_loops_fault_and_those_of_a_bad_receiver_are_not(db, alice):
    all_work()
    hook = Webhook.objects.create(owner=alice, name="h", url="https://hook.example/")
    long_ago = timezone.now() - 31 * MINUTE
    WebhookDelivery.objects.create(webhook=hook, message_id="m", not_before=long_ago)
    assert reasons() == {"webhooks": "behind"}
    Webhook.objects.update(failures=1)
    assert reasons() == {}


def test_a_mail_server_that_refuses_almost_everybody_is_an_outage_of_its_own(watcher, smtp):
    MailServer.objects.update(refusing_since=timezone.now())
    assert reasons() == {"mail": "refused"}
    watcher.look()
    settle()
    assert watcher.look().sent == 1
    assert "Mail server" in smtp.taken[0][1]["Subject"]
    assert "It refuses almost everybody." in smtp.taken[0][1].get_content()
    MailServer.objects.update(refusing_since=None)
    watcher.look()
    assert "Mail server" in smtp.taken[1][1]["Subject"] and len(smtp.taken) == 2


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (0, "0 min"),
        (59, "59 min"),
        (60, "1 h"),
        (90, "1 h 30 min"),
        (1440, "1 d"),
        (1500, "1 d 1 h"),
        (-9, "0 min"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(time, words):
    with translation.override("en"):
        assert part_words.lasting(timedelta(minutes=time)) == words


# --- who is told -------------------------------------------------------------------------------------------


def test_administrators_are_told_once_again_after_hours_and_when_it_is_over(watcher, smtp, admin):
    silent("refresh", 20 * MINUTE)
    watcher.look()
    assert smtp.taken == [], "a moment's silence is not told"
    settle()
    for _ in range(3):
        watcher.look()
    [(address, mail)] = smtp.taken
    text = mail.get_content()
    assert address == admin.email
    assert mail["Subject"] == "[IP Portal] STOPPED: Questions to the office"
    assert "No sign of life for 20 min." in text and "/status/" in text and "comes again every 6 h" in text
    later(hours=6.1)
    watcher.look()
    watcher.look()
    assert smtp.taken[1][1]["Subject"].startswith("[IP Portal] STILL STOPPED")
    heartbeats.beat("refresh")
    watcher.look()
    watcher.look()
    assert [mail["Subject"] for _, mail in smtp.taken[2:]] == [
        "[IP Portal] works again: Questions to the office"
    ]
    assert len(set(smtp.ids)) == 3
    assert Outage.objects.get().over_told_at


def test_what_was_over_before_anybody_heard_of_it_is_kept_and_not_told(watcher, smtp):
    silent("refresh", 20 * MINUTE)
    watcher.look()
    heartbeats.beat("refresh")
    watcher.look()
    assert smtp.taken == [] and Outage.objects.get().over_at


def test_a_dead_worker_is_one_mail_not_eight(watcher, smtp):
    for part in heartbeats.parts():
        silent(part.name, 40 * MINUTE)
    watcher.look()
    settle()
    watcher.look()
    subjects = [mail["Subject"] for _, mail in smtp.taken]
    assert subjects == ["[IP Portal] STOPPED: Background work"]


def test_two_that_stop_together_are_one_mail(watcher, smtp):
    silent("digest", 40 * MINUTE)
    silent("backup", timedelta(days=3))
    watcher.look()
    settle()
    watcher.look()
    assert [mail["Subject"] for _, mail in smtp.taken] == ["[IP Portal] STOPPED: Daily digests; Backup"]


def test_each_is_told_in_their_language_and_clerks_are_not(watcher, smtp, settings):
    settings.WATCH_MAIL = ["duty@firm.example"]
    make.user("honcho", role="administrator", language="ja")
    silent("worker", 20 * MINUTE)
    watcher.look()
    settle()
    watcher.look()
    subjects = {address: mail["Subject"] for address, mail in smtp.taken}
    assert set(subjects) == {"root@example.com", "honcho@example.com", "duty@firm.example"}
    assert subjects["root@example.com"] == "[IP Portal] STOPPED: Background work"
    assert subjects["honcho@example.com"] == "[IP Portal] 停止：自動処理"


@pytest.mark.parametrize("state", [{"mail_on": False}, {"address_off_at": timezone.now()}])
def test_an_administrator_whom_no_mail_reaches_is_told_if_nobody_else_would_be(watcher, smtp, admin, state):
    User.objects.filter(pk=admin.pk).update(**state)
    make.user("second", role="administrator")
    assert [one.address for one in outage_mail.readers()] == ["second@example.com"]
    User.objects.filter(username="second").delete()
    silent("worker", 20 * MINUTE)
    watcher.look()
    settle()
    assert watcher.look().sent == 1


def test_what_the_mail_server_does_not_take_is_told_at_the_next_look(watcher, smtp):
    silent("worker", 20 * MINUTE)
    watcher.look()
    settle()
    smtp.mode = "put_off"
    assert watcher.look().sent == 0
    smtp.mode = "take"
    assert watcher.look().sent == 1
    assert watcher.look().sent == 0


def test_the_same_words_told_twice_by_a_crash_bear_the_same_name(watcher, smtp, monkeypatch):
    silent("worker", 20 * MINUTE)
    watcher.look()
    settle()
    with monkeypatch.context() as crash:
        crash.setattr(outages, "mark", lambda told: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            watcher.look()
    watcher.look()
    assert len(smtp.taken) == 2 and len(set(smtp.ids)) == 1


# --- without the database -----------------------------------------------------------------------------------


@pytest.fixture
def no_database(monkeypatch):
    def away():
        raise OperationalError("connection refused")

    def take() -> None:
        monkeypatch.setattr(heartbeats, "standings", away)

    return take


def past(watcher: Watcher, **time: float) -> None:
    """Let time pass for what the watcher's file holds."""
    path = watcher._notebook.path
    page = json.loads(path.read_text())
    for moment in (page["away"]["noticed"], page["away"]["told"]):
        if moment:
            moment["seconds"] -= timedelta(**time).total_seconds()
    path.write_text(json.dumps(page))


def test_without_the_database_the_last_known_administrators_are_told_once(
    watcher, smtp, no_database, monkeypatch
):
    watcher.look()
    no_database()
    assert not watcher.look().database
    assert smtp.taken == []
    past(watcher, minutes=3)
    for _ in range(3):
        watcher.look()
    [(address, mail)] = smtp.taken
    assert address == "root@example.com"
    assert mail["Subject"] == "[IP Portal] STOPPED: Database"
    assert "noted in the file" in mail.get_content() and "watch.json" in mail.get_content()
    past(watcher, hours=7)
    watcher.look()
    assert smtp.taken[1][1]["Subject"] == "[IP Portal] STILL STOPPED: Database"
    monkeypatch.undo()


def test_that_the_database_is_back_is_told_once(watcher, smtp, monkeypatch):
    watcher.look()
    with monkeypatch.context() as patch:
        patch.setattr(heartbeats, "standings", _away)
        watcher.look()
        past(watcher, minutes=3)
        watcher.look()
    watcher.look()
    watcher.look()
    assert [mail["Subject"] for _, mail in smtp.taken] == [
        "[IP Portal] STOPPED: Database",
        "[IP Portal] works again: Database",
    ]


def _away():
    raise OperationalError("connection refused")


def test_another_process_reads_what_this_one_has_noted(watcher, smtp, no_database, tmp_path):
    watcher.look()
    no_database()
    watcher.look()
    past(watcher, minutes=3)
    watcher.look()
    Watcher(tmp_path).look()
    assert len(smtp.taken) == 1
    assert stat.S_IMODE((tmp_path / "watch.json").stat().st_mode) == 0o600, "it holds people's addresses"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"readers": 5, "away": null}', "\x00"])
def test_a_spoilt_file_keeps_nobody_from_being_told(watcher, smtp, no_database, tmp_path, text, settings):
    settings.WATCH_MAIL = ["duty@firm.example"]
    (tmp_path / "watch.json").write_text(text)
    no_database()
    watcher.look()
    past(watcher, minutes=3)
    assert watcher.look().sent == 1


def test_where_nothing_can_be_noted_people_are_told_all_the_same(watcher, smtp, no_database, tmp_path):
    watcher.look()
    no_database()
    watcher._notebook.path = tmp_path / "no" / "such" / "folder" / "watch.json"
    watcher.look()
    assert "comes too often" in smtp.taken[0][1].get_content()


def test_two_looks_at_once_are_one(watcher, tmp_path):
    held = processes.lock(tmp_path / "watch.lock")
    assert watcher.look() is None
    os.close(held)
    assert watcher.look().well


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_is_silent_and_content_while_all_is_well(watcher, tmp_path, capsys):
    call_command("watch", "--run-dir", str(tmp_path))
    assert capsys.readouterr().out == ""


def test_the_command_ends_with_one_and_says_what_is_wrong(watcher, tmp_path, capsys):
    silent("docket", 20 * MINUTE)
    with pytest.raises(SystemExit) as ended:
        call_command("watch", "--run-dir", str(tmp_path))
    assert ended.value.code == 1
    assert "Docket: No sign of life for 20 min." in capsys.readouterr().out


def test_a_trial_mail_shows_that_it_arrives(watcher, smtp, capsys):
    call_command("watch", "--trial")
    assert "trial" in smtp.taken[0][1]["Subject"]
    assert Outage.objects.count() == 0


# --- the outside watcher ------------------------------------------------------------------------------------


@pytest.fixture
def outside(settings):
    with Serving() as receiver:
        settings.PING_URLS = {"": receiver.url, "alerts": receiver.url}
        settings.WEBHOOK_LOOPBACK = False  # what people may enter; this address is the environment's
        yield receiver


def called(receiver) -> list[str]:
    return [message.path for message in receiver.taken]


def test_the_outside_watcher_is_called_after_each_success_and_told_of_failure(outside):
    all_work()
    assert pings.call(heartbeats.standings()) == 2
    assert pings.call(heartbeats.standings()) == 0, "once for each sign of life"
    silent("alerts", 20 * MINUTE)
    pings.call(heartbeats.standings())
    assert [path.split("?")[0] for path in called(outside)] == ["/hook", "/hook", "/hook/fail", "/hook/fail"]
    assert {row.said for row in Ping.objects.all()} == {"fail"}


def test_a_part_that_nothing_is_known_of_is_not_reported_as_well(outside, settings):
    settings.PING_URLS = {"backup": outside.url}
    all_work()
    Heartbeat.objects.filter(name="backup").delete()
    assert pings.call(heartbeats.standings()) == 0


def test_an_outside_watcher_that_does_not_answer_harms_nothing(settings, watcher):
    settings.PING_URLS = {"": "http://127.0.0.1:9/key"}
    assert watcher.look().well
    assert Ping.objects.get().problem == "unreachable"


@pytest.mark.parametrize(
    "address",
    ["ftp://hc.example/", "https://user@hc.example/", "https://hc.example/#x", "key", "https://[::]/"],
)
def test_an_address_that_cannot_be_called_is_found_at_the_start(settings, address):
    settings.PING_URLS = {"alerts": address}
    [warning] = outside_watchers_can_be_called(None)
    assert "IPPORTAL_PING_URL_ALERTS" in warning.msg and address not in warning.msg


@pytest.mark.parametrize("address", ["http://169.254.169.254/", "https://168.63.129.16/"])
def test_not_even_the_environment_leads_to_a_clouds_own_service(settings, address):
    settings.PING_URLS = {"": address}
    assert pings.problems() == {"": "not_public"}


def test_the_address_of_a_failure_keeps_its_query():
    assert pings.fail_of("https://hc.example/ping/key/?a=b") == "https://hc.example/ping/key/fail?a=b"
