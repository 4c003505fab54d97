"""The daily digest: at each reader's hour, on each day the office is open, also when nothing happened."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apiclient.clock import JST
from dossiers.alerts import deliveries, digest, digest_report, outbox
from dossiers.alerts.digest import day_due, due_at, prepare, pump, standing
from dossiers.alerts.follow import follow
from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.store import reconcile
from dossiers.models import (
    Alert,
    AuditEntry,
    Case,
    Circuit,
    Delivery,
    Difference,
    Digest,
    Event,
    Heartbeat,
    News,
    Preference,
    ReviewTask,
    TimeLimit,
    User,
)
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
TUESDAY = datetime(2026, 11, 24, 8, 0, tzinfo=JST)  # the Monday before is a holiday
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = TUESDAY.astimezone(UTC)

    def __call__(self):
        return self.at

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


@pytest.fixture
def ann(clock):
    """An attorney who reads English."""
    return reader("ann", language="en")


@pytest.fixture
def head(clock):
    """The head of the docket, who reads Japanese and sees everything."""
    return reader("head", language="ja", role="administrator")


def reader(name: str, **fields) -> User:
    return make.user(name, digest_from=LONG_AGO, **fields)


def run(clock) -> int:
    return pump(budget_seconds=600, clock=clock)


def confirmed(number: str, at: datetime | None = None, **fields) -> Case:
    """A case that the office has confirmed this morning."""
    at = at or TUESDAY - timedelta(hours=1)
    return make.case(number, confirmed_at=at, asked_at=at, last_outcome="ok", **fields)


def limit(case: Case, due: date | None, **fields) -> TimeLimit:
    given = {
        "key": f"k{TimeLimit.objects.count()}",
        "rule_id": "pat.oa.response",
        "rule_version": "1",
        "title_ja": "意見書・補正書の提出期限",
        "title_en": "Response to the office action",
        "calculation": {},
        "confidence": "sure",
        **fields,
    }
    return TimeLimit.objects.create(case=case, due=due, **given)


def in_days(days: int) -> date:
    return TUESDAY.date() + timedelta(days)


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def html_of(mail) -> str:
    return mail.get_body(("html",)).get_content()


def only(smtp):
    assert len(smtp.taken) == 1
    return smtp.taken[0][1]


# --- when ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hour", "day", "instant"),
    [
        ("Asia/Tokyo", 8, "2026-11-24", "2026-11-23T23:00"),
        ("Europe/Berlin", 8, "2026-11-24", "2026-11-24T07:00"),
        ("Europe/Berlin", 8, "2026-07-01", "2026-07-01T06:00"),  # summer time
        ("America/New_York", 8, "2026-11-24", "2026-11-24T13:00"),
        ("Pacific/Auckland", 0, "2026-11-24", "2026-11-23T11:00"),
        ("Europe/Berlin", 2, "2027-03-28", "2027-03-28T01:00"),  # 02:00 does not exist: 03:00
        ("Europe/Berlin", 2, "2026-10-25", "2026-10-25T00:00"),  # 02:00 comes twice: the first
        ("Mars/Olympus", 8, "2026-11-24", "2026-11-23T23:00"),  # not known here: the installation's
    ],
)
def test_it_is_due_at_the_readers_hour_whatever_their_clocks_do(zone, hour, day, instant):
    someone = User(time_zone=zone, digest_hour=hour)
    assert due_at(someone, date.fromisoformat(day)) == datetime.fromisoformat(f"{instant}+00:00")


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-24T07:59", "2026-11-20"),  # 21 and 22 November are a weekend, the 23rd is a holiday
        ("2026-11-24T08:00", "2026-11-24"),
        ("2026-11-24T23:59", "2026-11-24"),
        ("2026-11-22T12:00", "2026-11-20"),
        ("2027-01-03T12:00", "2026-12-28"),  # the turn of the year
        ("2027-01-04T08:00", "2027-01-04"),
    ],
)
def test_it_is_due_on_days_the_office_is_open(at, day):
    someone = User(time_zone="Asia/Tokyo", digest_hour=8, digest_from=LONG_AGO)
    now = datetime.fromisoformat(f"{at}+09:00")
    assert day_due(someone, now, office_calendar()) == date.fromisoformat(day)


def test_a_day_the_firm_entered_as_closed_has_none():
    someone = User(time_zone="Asia/Tokyo", digest_hour=8, digest_from=LONG_AGO)
    closed = office_calendar({date(2026, 11, 24): ("臨時休庁", "closed")})
    assert day_due(someone, TUESDAY, closed) == date(2026, 11, 20)


def test_nobody_gets_one_for_an_hour_before_they_wanted_it():
    someone = User(time_zone="Asia/Tokyo", digest_hour=8, digest_from=TUESDAY + timedelta(minutes=1))
    assert day_due(someone, TUESDAY + timedelta(hours=5), office_calendar()) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Tokyo", "Europe/London", "Pacific/Honolulu"])
def test_over_a_month_each_open_day_has_one_wherever_the_reader_lives(clock, zone, smtp):
    reader("ann", time_zone=zone, digest_hour=2)
    clock.at = datetime(2026, 10, 20, tzinfo=UTC)  # clocks go back in London on the 25th
    Digest.objects.all().delete()
    prepare(clock())
    Digest.objects.all().delete()
    while clock.at < datetime(2026, 11, 20, tzinfo=UTC):
        prepare(clock())
        clock.passes(minutes=30)
    days = sorted(Digest.objects.values_list("day", flat=True))
    calendar = office_calendar()
    first, last = days[0], days[-1]
    open_days = [
        day for n in range((last - first).days + 1) if not calendar.why_closed(day := first + timedelta(n))
    ]
    assert days == open_days and len(days) > 18


# --- once a day, to each -----------------------------------------------------------------------------------


def test_each_reader_gets_one_a_day_and_one_the_next(ann, head, smtp, clock):
    assert run(clock) == 2
    for _ in range(3):
        clock.passes(hours=4)
        assert run(clock) == 0
    clock.passes(hours=12)
    assert run(clock) == 2
    assert sorted(smtp.ids) == sorted(
        f"<digest.{day}.{user.pk}@firm.example>"
        for user in (ann, head)
        for day in ("2026-11-24", "2026-11-25")
    )


def test_a_minute_too_early_there_is_none(ann, smtp, clock):
    ann.digest_from = TUESDAY - timedelta(hours=1)
    ann.save()
    clock.passes(minutes=-1)
    assert run(clock) == 0
    clock.passes(minutes=1)
    assert run(clock) == 1


@pytest.mark.parametrize("gone", [{"digest_on": False}, {"mail_on": False}, {"is_active": False}])
def test_who_wants_none_gets_none_also_when_it_was_ordered_already(ann, smtp, clock, gone):
    prepare(clock())
    User.objects.update(**gone)
    assert run(clock) == 0 and not smtp.taken
    assert Digest.objects.get().state == Digest.State.DROPPED
    clock.passes(days=1)
    assert run(clock) == 0 and Digest.objects.count() == 1


def test_a_clock_set_back_gives_nobody_a_second_one(ann, smtp, clock):
    run(clock)
    for hours in (1, 5, 30):
        clock.at = TUESDAY.astimezone(UTC) - timedelta(hours=hours)
        run(clock)
    clock.at = TUESDAY.astimezone(UTC)
    run(clock)
    assert smtp.ids.count(f"<digest.2026-11-24.{ann.pk}@firm.example>") == 1


def test_what_is_new_after_a_clock_was_set_back_is_told_all_the_same(ann, smtp, clock):
    case = confirmed("2023000123", owner=ann)
    clock.passes(days=1)
    run(clock)  # a day too early
    clock.passes(days=-1)
    run(clock)
    clock.passes(hours=5)
    event = make.event(case, description="その後の書類", code="Z999", account="no_limit")
    News.objects.create(case=case, event=event, kind="dispatch", key="later", created_at=clock())
    clock.passes(days=2)
    run(clock)
    assert "その後の書類" in text_of(smtp.taken[-1][1])


def test_a_clock_set_back_does_not_hold_one_up_by_its_own_lease(ann, smtp, clock):
    prepare(clock())
    clock.passes(days=2)
    digest.claim(clock())  # and its holder dies
    clock.passes(days=-2)
    assert run(clock) == 1


def test_what_was_sent_is_kept(ann, smtp, clock):
    run(clock)
    kept, mail = Delivery.objects.get(), only(smtp)
    assert kept.digest == Digest.objects.get() and kept.alert is None and kept.accepted
    assert kept.to == ann.email and kept.subject == mail["Subject"]
    assert kept.text.split() == text_of(mail).split() and kept.html.split() == html_of(mail).split()


def test_the_headers_say_what_it_is_and_how_to_leave(ann, smtp, clock):
    run(clock)
    mail = only(smtp)
    assert mail["Auto-Submitted"] == "auto-generated" and mail["List-Id"] == "<digest.firm.example>"
    assert mail["List-Unsubscribe"].strip().startswith("<https://portal.firm.example/u/")
    assert mail["List-Unsubscribe-Post"] is None  # the page warns first


# --- late -------------------------------------------------------------------------------------------------


def test_after_a_standstill_it_goes_out_late_and_says_so(ann, smtp, clock):
    clock.passes(hours=3)
    run(clock)
    said = text_of(only(smtp))
    assert "was due at 2026-11-24 08:00 JST and comes late" in said and "was not at work at that hour" in said


def test_on_time_it_does_not_speak_of_lateness(ann, smtp, clock):
    clock.passes(minutes=2)
    run(clock)
    assert "late" not in text_of(only(smtp))


def test_after_days_of_standstill_there_is_one_and_it_tells_of_all_of_them(ann, smtp, clock):
    run(clock)
    case = confirmed("2023000123", owner=ann)
    event = make.event(case, on=date(2026, 11, 24))
    clock.passes(hours=5)
    News.objects.create(case=case, event=event, kind="office_action", key="a", created_at=clock())
    clock.passes(days=2)
    run(clock)
    assert len(smtp.taken) == 2
    said = text_of(smtp.taken[1][1])
    assert "Daily digest of 2026-11-26" in said and "2026-11-24  JP Patent Appl. 2023-000123" in said


def test_one_kept_back_by_the_mail_server_until_the_next_day_is_replaced(ann, smtp, clock):
    smtp.mode = "put_off"
    run(clock)
    smtp.mode = "take"
    clock.passes(days=1)
    assert run(clock) == 1
    assert smtp.ids == [f"<digest.2026-11-25.{ann.pk}@firm.example>"]
    states = dict(Digest.objects.values_list("day", "state"))
    assert states == {date(2026, 11, 24): "dropped", date(2026, 11, 25): "sent"}


def test_a_server_away_is_named_as_the_reason(ann, smtp, clock, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert run(clock) == 0
    settings.EMAIL_PORT = port
    clock.passes(hours=1)
    assert run(clock) == 1
    assert "could not be handed over before (The mail server could not be reached" in text_of(only(smtp))


def test_an_hour_changed_to_one_that_has_passed_is_named_as_the_reason(ann, smtp, clock):
    ann.digest_hour = 18
    ann.save()
    clock.passes(hours=2)
    Digest.objects.create(user=ann, day=date(2026, 11, 20), due_at=LONG_AGO, state="sent")
    assert run(clock) == 0
    ann.digest_hour = 9
    ann.save()
    AuditEntry.objects.create(
        action="settings.digest", actor=ann, at=clock(), detail={"fields": ["digest_hour"]}
    )
    assert run(clock) == 1
    assert "hour or time zone was changed after that hour" in text_of(only(smtp))


# --- the mail server ---------------------------------------------------------------------------------------


def test_the_connection_cut_after_the_message_gives_the_same_message_again(ann, smtp, clock):
    smtp.mode = "drop"
    assert run(clock) == 0
    smtp.mode = "take"
    clock.passes(hours=1)
    assert run(clock) == 1
    assert len(smtp.ids) == 2 and len(set(smtp.ids)) == 1


def test_a_refusal_for_good_is_shown_as_failed_with_the_servers_words(ann, smtp, clock):
    smtp.mode = "refuse"
    assert run(clock) == 0
    row = Digest.objects.get()
    assert row.state == "failed" and "550 5.1.1" in row.last_error
    assert Delivery.objects.get().permanent


def test_a_server_that_is_away_ends_the_round_and_loses_nothing(ann, head, smtp, clock, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert run(clock) == 0 and Delivery.objects.count() == 1
    settings.EMAIL_PORT = port
    assert run(clock) == 2  # the first success makes the other's wait moot


def test_no_transaction_is_open_while_the_server_is_spoken_to(ann, smtp, clock, monkeypatch):
    seen, real = [], digest.post.send

    def watched(message, connection_given=None):
        seen.append(connection.in_atomic_block)
        return real(message, connection_given)

    monkeypatch.setattr(digest.post, "send", watched)
    run(clock)
    assert seen == [False]


def test_given_up_in_the_open_after_twenty_attempts(ann, smtp, clock):
    prepare(clock())
    Digest.objects.update(attempts=deliveries.MAX_ATTEMPTS)
    assert run(clock) == 0
    assert Digest.objects.get().last_error.startswith("Given up after 20 attempts")


# --- deaths ------------------------------------------------------------------------------------------------

SENDER = """
import os, signal, sys, django
django.setup()
from datetime import datetime, timedelta
from django.conf import settings
if name := os.environ.get("TEST_DATABASE_NAME"):
    settings.DATABASES["default"]["NAME"] = name
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
settings.MAILS_PER_MINUTE = 0
settings.DEFAULT_FROM_EMAIL = "IP Portal <portal@firm.example>"
from dossiers.alerts import digest
if sys.argv[2] == "die":
    digest._note = lambda *rest: os.kill(os.getpid(), signal.SIGKILL)
late = timedelta(minutes=6 if sys.argv[2] == "later" else 0)
print(digest.pump(budget_seconds=30, clock=lambda: datetime.fromisoformat(sys.argv[3]) + late))
"""


@pytest.fixture
def sender(smtp, tmp_path):
    """Starts another process that sends the digests due in this test's database."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ipportal.settings"}

    def start(how: str) -> subprocess.Popen[str]:
        if connection.vendor != "sqlite":
            environment["TEST_DATABASE_NAME"] = str(connection.settings_dict["NAME"])
        elif not (file := tmp_path / "shared.sqlite3").exists():
            connection.ensure_connection()
            copy = sqlite3.connect(file)
            connection.connection.backup(copy)
            copy.close()
            environment["DATABASE_URL"] = f"sqlite:///{file}"
        command = [sys.executable, "-c", SENDER, str(smtp.port), how, TUESDAY.isoformat()]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    return start


def said_by(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.strip()


@pytest.mark.processes
def test_killed_after_sending_the_same_message_is_sent_again_and_no_other(ann, smtp, sender):
    dying = sender("die")
    dying.communicate(timeout=120)
    assert dying.returncode == -9 and len(smtp.ids) == 1
    assert said_by(sender("live")) == "0"  # the lease still runs
    assert said_by(sender("later")) == "1"
    assert len(smtp.ids) == 2 and len(set(smtp.ids)) == 1
    assert said_by(sender("later")) == "0"


@pytest.mark.processes
def test_killed_after_the_weekly_summary_the_same_one_goes_again_and_holds_the_same(ann, smtp, clock, sender):
    User.objects.filter(pk=ann.pk).update(digest_on=False)
    Preference.objects.create(user=ann, kind="register", rhythm="weekly", chosen_at=LONG_AGO)
    case = confirmed("2023000123")
    follow(case, ann, by=ann)
    clock.passes(hours=-1)
    outbox.fan_out([News.objects.create(case=case, kind="registered", key="1", created_at=clock())])
    clock.passes(hours=1)
    sender("die").communicate(timeout=120)
    assert said_by(sender("live")) == "0"  # the lease still runs
    assert said_by(sender("later")) == "1"
    assert said_by(sender("later")) == "0"
    assert len(smtp.ids) == 2 and len(set(smtp.ids)) == 1
    assert all("Weekly summary" in mail["Subject"] for _, mail in smtp.taken)
    assert all("New (1)" in text_of(mail) for _, mail in smtp.taken)


@pytest.mark.processes
def test_processes_side_by_side_send_each_once(clock, smtp, sender):
    for n in range(12):
        reader(f"u{n}")
    processes = [sender("live") for _ in range(3)]
    assert sum(int(said_by(process)) for process in processes) == 12
    assert len(smtp.ids) == len(set(smtp.ids)) == 12


# --- nothing happened --------------------------------------------------------------------------------------


def test_when_nothing_happened_it_says_what_was_checked_and_when(ann, smtp, clock):
    for n in range(3):
        case = confirmed(f"202300000{n}", owner=ann)
        make.event(case, on=date(2026, 9, 1), account="no_limit")
    run(clock)
    mail = only(smtp)
    assert mail["Subject"] == "[IP Portal] All quiet, cases checked: 3 – 2026-11-24"
    said = text_of(mail)
    assert "All quiet." in said
    assert "3 of 3 dispatched documents are accounted for." in said
    assert "3 of 3 cases are confirmed by the office as promised." in said
    assert "The office last answered at 2026-11-24 07:00 JST." in said
    assert "Overdue 0 | Due today 0" in said  # no number is hidden when it is zero
    assert "If none comes, something is wrong." in said


def test_a_case_not_confirmed_as_promised_is_never_quiet(ann, smtp, clock):
    confirmed("2023000001", owner=ann, at=TUESDAY - timedelta(days=60))
    make.case("2023000002", owner=ann, asked_at=TUESDAY, last_outcome="timeout", confirmed_at=None)
    make.case("2023000003", owner=ann, asked_at=TUESDAY, last_outcome="empty", confirmed_at=TUESDAY)
    make.case("2023000004", owner=ann, asked_at=TUESDAY, last_outcome="unreadable", confirmed_at=TUESDAY)
    make.case("2023000005", owner=ann)
    run(clock)
    mail = only(smtp)
    said = text_of(mail)
    assert "quiet" not in said and mail["Subject"].startswith("[IP Portal] 5 not checked")
    for words in ("the office knows no such case", "could not be read", "never asked yet"):
        assert words in said
    assert "0 of 5 cases are confirmed" in said


def test_who_watches_nothing_is_told_so(ann, smtp, clock):
    confirmed("2023000001")
    run(clock)
    assert "this digest watches nothing for you" in text_of(only(smtp))
    assert "All quiet" not in text_of(only(smtp))


def test_an_office_that_cannot_be_asked_is_named(ann, smtp, clock, settings):
    settings.JPO_USERNAME = settings.JPO_PASSWORD = "invented"
    confirmed("2023000001", owner=ann)
    until = TUESDAY + timedelta(hours=1)
    Circuit.objects.create(name="domestic", outcome="down", opened_at=TUESDAY, until=until)
    run(clock)
    said = text_of(only(smtp))
    assert (
        "cannot be asked now (the office could not be reached); the next try is at 2026-11-24 09:00" in said
    )


# --- what it tells -----------------------------------------------------------------------------------------


@pytest.fixture
def busy(ann, head, clock):
    """A docket with something in every section; the first case is Ann's, the second nobody's."""
    mine = confirmed("2023000123", owner=ann, own_reference="ABC-0123")
    other = confirmed("2022000777", own_reference="XYZ-9")
    for case in (mine, other):
        limit(case, in_days(-3), rung=1, stands_until=in_days(20))
        limit(case, in_days(0), confirmed_by=head, confirmed_at=clock())
        limit(case, in_days(7), provisional=True)
        limit(case, in_days(30))
        limit(case, in_days(31), confirmed_by=head, confirmed_at=clock())
        limit(case, in_days(2), duty="chance", confirmed_by=head, confirmed_at=clock())
        limit(case, None)
        make.event(case, "Z999", description="謎の通知書", account="open")
        event = make.event(case, account="limit")
        News.objects.create(
            case=case, event=event, kind="office_action", key="n", created_at=clock() - timedelta(hours=9)
        )
        ReviewTask.objects.create(
            case=case, key="r", kind="k", detail_ja="期間の記載が違います", detail_en="The period differs"
        )
        Difference.objects.create(case=case, field="title", own="所内の名", office="庁の名")
    make.case("2023000009", owner=ann, asked_at=clock(), last_outcome="unreadable", confirmed_at=clock())
    return mine, other


def test_a_reader_is_told_of_their_own_cases_and_of_no_other(busy, ann, smtp, clock):
    run(clock)
    mail = next(mail for address, mail in smtp.taken if address == ann.email)
    assert mail["Subject"] == (
        "[IP Portal] 1 overdue, 2 due within 7 days (1 today), 1 without a date, 1 not accounted for"
        " – 2026-11-24"
    )
    said = text_of(mail)
    assert "2022000777" not in said and "XYZ-9" not in said and "XYZ-9" not in html_of(mail)
    for line in (
        "Your own cases, in your charge or on a list you follow: 2",
        "2026-11-21  JP Patent Appl. 2023-000123 — ABC-0123  Response to the office action"
        " (3 days past · can be rescued until 2026-12-14 · not yet confirmed)",
        "2026-11-24  JP Patent Appl. 2023-000123 — ABC-0123  Response to the office action"
        " (today is the last day)",
        "(7 days left · provisional · not yet confirmed)",
        "Due in 8 to 30 days (1)",
        "Documents not accounted for (1)",
        "To be decided by a person (1)",
        "The period differs",
        "Cases not checked (1)",
        "New (1)",
        "Title: own “所内の名”, office “庁の名”",
        "Time limits to be confirmed (3)",
        "1 of 2 dispatched documents are accounted for.",
        "1 of 2 cases are confirmed by the office as promised.",
        "The whole docket: 2 of 4 documents, 2 of 3 cases.",
    ):
        assert line in said, line
    assert "2026-12-25" not in said  # more than thirty days away


def test_staff_are_told_of_the_whole_docket_and_whose_each_case_is(busy, head, smtp, clock):
    run(clock)
    mail = next(mail for address, mail in smtp.taken if address == head.email)
    said = text_of(mail)
    assert mail["Subject"].startswith(
        "[IP Portal] 徒過 2件・7日以内 4件（本日 2件）・期日不明 2件・扱い未定 2件"
    )
    assert "全案件 3件" in said and "担当 未定" in said and "担当 ann" in said
    assert "JP Patent" not in said and "特願2022-000777 — XYZ-9" in said


def test_a_followed_list_counts_as_ones_own_until_it_is_left(ann, smtp, clock):
    case = confirmed("2023000123", own_reference="LIST-1")
    limit(case, in_days(1))
    owner = reader("owner", digest_on=False)
    followed = make.watchlist(owner, case, followers=(ann,))
    run(clock)
    assert "LIST-1" in text_of(only(smtp))
    followed.follows.update(active=False)
    clock.passes(days=1)
    run(clock)
    assert "LIST-1" not in text_of(smtp.taken[1][1])


def test_what_is_new_is_told_once_and_nothing_falls_between_two(ann, smtp, clock):
    case = confirmed("2023000123", owner=ann)
    for hours in range(-50, 30, 5):
        at = clock() + timedelta(hours=hours)
        event = make.event(case, description=f"書類{hours}", code="Z999", account="no_limit")
        News.objects.create(case=case, event=event, kind="dispatch", key=str(hours), created_at=at)
    told = []
    for _ in range(3):
        run(clock)
        said = text_of(smtp.taken[-1][1])
        told += re.findall(r"New \((\d+)\)", said)
        clock.passes(days=1)
    assert [int(n) for n in told] == [10, 5, 1]


def test_a_section_shows_ten_and_says_how_many_more_there_are(ann, smtp, clock, client):
    case = confirmed("2023000123", owner=ann)
    for n in range(47):
        limit(case, in_days(-1 - n), confirmed_by=ann, confirmed_at=clock())
    run(clock)
    said = text_of(only(smtp))
    part = said.split("■ Overdue (47)")[1].split("■")[0]
    assert len(re.findall(r"/limits/\d+/", part)) == 10
    assert "and 37 more: https://portal.firm.example/limits/?scope=mine&due=overdue&duty=limit" in part


def test_every_link_of_the_mail_leads_somewhere(busy, ann, smtp, clock, client):
    run(clock)
    mail = next(mail for address, mail in smtp.taken if address == ann.email)
    client.force_login(ann)
    links = set(re.findall(r"https://portal\.firm\.example(/[^\s\"<>]*)", text_of(mail) + html_of(mail)))
    assert len(links) > 15
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_the_numbers_are_those_of_the_pages_they_lead_to(busy, ann, smtp, clock, client):
    client.force_login(ann)
    docket = digest_report.docket(clock())
    report = digest_report.report(ann, docket, since=LONG_AGO, until=clock(), now=clock())
    for kind in ("overdue", "today", "week", "undated"):
        section = report.by_kind[kind]
        page = client.get(section.path).context["page"]
        assert sum(row.duty == "limit" for row in page) == section.total, kind


def test_hostile_words_stay_words(ann, smtp, clock):
    nasty = '<script>alert("x")</script>\r\nBcc: evil@example.com\u202e'
    case = confirmed("2023000123", owner=ann, own_reference=nasty[:60], title=nasty)
    limit(case, in_days(-1), title_en=nasty)
    make.event(case, "Z999", description=nasty, account="open")
    Difference.objects.create(case=case, field="title", own=nasty, office="b" * 900)
    run(clock)
    mail = only(smtp)
    assert mail["Bcc"] is None and "<script>" not in html_of(mail)
    assert "\u202e" not in text_of(mail) + html_of(mail)
    assert not [line for line in text_of(mail).splitlines() if line.startswith("Bcc:")]


def test_a_part_that_cannot_be_read_is_said_and_keeps_nothing_else_back(ann, smtp, clock, monkeypatch):
    limit(confirmed("2023000123", owner=ann), in_days(-1))

    def broken(sight):
        raise ValueError("a fault")

    monkeypatch.setitem(digest_report._SECTIONS, "not_accounted", broken)
    run(clock)
    mail = only(smtp)
    assert mail["Subject"].startswith("[IP Portal] 1 overdue, parts could not be read")
    assert "That does not mean there is nothing" in text_of(mail)
    assert "Documents not accounted for ?" in text_of(mail)


def test_a_computed_docket_tells_of_its_own_limits(ann, smtp, clock):
    case = confirmed("2023000123", owner=ann, residency="resident")
    make.event(case, on=date(2026, 9, 28))
    reconcile(case, now=clock())
    run(clock)
    assert re.search(r"2026-11-27  JP Patent Appl. 2023-000123 .*3 days left", text_of(only(smtp)))


# --- its cost ----------------------------------------------------------------------------------------------


def queries(user: User, clock) -> int:
    with CaptureQueriesContext(connection) as found:
        shared = digest_report.docket(clock())
        digest_report.report(user, shared, since=LONG_AGO, until=clock(), now=clock())
    return len(found)


def test_it_costs_the_same_queries_for_ten_thousand_cases(ann, head, smtp, clock):
    _many(0, 20, ann)
    few = queries(ann, clock), queries(head, clock)
    _many(20, 10_000, ann)
    assert (queries(ann, clock), queries(head, clock)) == few
    assert max(few) < 50
    run(clock)
    assert "10,000" in text_of(smtp.taken[0][1])


def _many(start: int, stop: int, owner: User) -> None:
    at = TUESDAY - timedelta(hours=1)
    cases = Case.objects.bulk_create(
        Case(
            law="patent", application_number=f"20{n:08d}", owner=owner, confirmed_at=at, asked_at=at,
            last_outcome="timeout" if n % 7 == 0 else "ok",
        )
        for n in range(start, stop)
    )  # fmt: skip
    Event.objects.bulk_create(
        Event(
            case=case, key="a", code="A131", side="office", legal_date=date(2026, 11, 2), first_seen_at=at,
            description="拒絶理由通知書", account="open" if case.pk % 5 == 0 else "limit",
        )
        for case in cases
    )  # fmt: skip
    TimeLimit.objects.bulk_create(
        TimeLimit(
            case=case, key="a", rule_id="r", rule_version="1", title_ja="期限", title_en="Limit",
            calculation={}, confidence="sure", due=in_days(case.pk % 90 - 30),
        )
        for case in cases
    )  # fmt: skip
    events = {event.case_id: event for event in Event.objects.filter(case__in=cases[:50])}
    for case in cases[:50]:
        News.objects.create(case=case, event=events[case.pk], kind="office_action", key="a", created_at=at)


def test_looking_for_what_is_due_costs_the_same_for_one_person_and_for_thirty(clock, smtp):
    reader("first")
    run(clock)
    counts = []
    for number in (0, 30):
        for n in range(number):
            reader(f"u{n}")
        run(clock)
        with CaptureQueriesContext(connection) as found:
            assert run(clock) == 0
            standing(clock())
        counts.append(len(found))
    assert counts[0] == counts[1]


# --- leaving -----------------------------------------------------------------------------------------------


def test_the_link_asks_first_and_ends_the_digest_alone(ann, smtp, clock, client):
    run(clock)
    link = only(smtp)["List-Unsubscribe"].strip(" \r\n<>").removeprefix("https://portal.firm.example")
    page = client.get(link).content.decode()
    assert "daily digests" in page and "ALL mails" not in page
    ann.refresh_from_db()
    assert ann.digest_on
    assert client.post(link).status_code == 200
    ann.refresh_from_db()
    assert not ann.digest_on and ann.mail_on
    case = confirmed("2023000123", owner=ann)
    outbox.fan_out([News.objects.create(case=case, kind="dispatch", key="k")])
    assert Alert.objects.filter(user=ann, state="waiting").exists()


# --- the alarm ---------------------------------------------------------------------------------------------


def test_its_absence_is_an_alarm_two_hours_later(ann, head, clock, smtp, client):
    User.objects.update(digest_from=TUESDAY - timedelta(hours=1))
    clock.passes(hours=1, minutes=59)
    assert standing(clock()).late == 0
    clock.passes(minutes=1)
    assert standing(clock()).late == 2
    run(clock)
    assert standing(clock()) == digest.Standing(late=0, failed=0, last_sent=clock())


def test_one_that_the_server_never_takes_is_counted_until_the_next_arrives(ann, smtp, clock):
    smtp.mode = "reject_data"
    run(clock)
    assert standing(clock()).failed == 1
    smtp.mode = "take"
    clock.passes(days=1)
    run(clock)
    assert standing(clock()).failed == 0


def test_over_a_weekend_no_absence_is_an_alarm(ann, smtp, clock):
    clock.at = datetime(2026, 11, 27, 8, 0, tzinfo=JST).astimezone(UTC)
    run(clock)
    clock.passes(days=2, hours=6)
    assert standing(clock()).late == 0


@pytest.mark.parametrize("late", [False, True])
def test_a_monitor_hears_of_it(client, ann, smtp, clock, late):
    from django.utils import timezone

    Heartbeat.objects.create(name="worker", at=timezone.now())
    if not late:
        run(clock)
    clock.passes(hours=2)
    answer = client.get("/healthz")
    assert answer.status_code == (503 if late else 200)
    assert answer.json()["digests"]["late"] == int(late)


def test_what_had_passed_before_a_case_was_added_is_not_overdue(ann, smtp, clock):
    case = confirmed("2023000123", owner=ann)
    limit(case, in_days(-3))
    for days in (400, 800):
        limit(case, in_days(-days), rung=1, stands_until=None, passed_on_adding=True)
    run(clock)
    mail = only(smtp)
    said = text_of(mail)
    assert mail["Subject"].startswith("[IP Portal] 1 overdue") and "2 passed" not in mail["Subject"]
    assert said.index("Overdue (1)") < said.index("Passed before the case was added (2)")
    assert "due=before" in html_of(mail)
    assert "Time limits to be confirmed (1)" in said


def test_they_do_not_let_the_digest_say_that_all_is_quiet(ann, smtp, clock):
    limit(confirmed("2023000123", owner=ann), in_days(-400), rung=1, passed_on_adding=True)
    run(clock)
    assert only(smtp)["Subject"].startswith("[IP Portal] 1 passed before being added")
    assert "Nothing is overdue" not in text_of(only(smtp))
