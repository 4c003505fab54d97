"""Reminders: computed from the docket as it stands, once for each rung, also late."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apiclient.clock import JST
from dossiers.alerts import prompts, reminders, rounds
from dossiers.alerts.acknowledge import acknowledge
from dossiers.alerts.outbox import fan_out
from dossiers.alerts.reminders import ladder_in, rung_on
from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.eras import in_era
from dossiers.docketing.store import reconcile
from dossiers.models import (
    Case,
    Concern,
    Delivery,
    Follow,
    Heartbeat,
    News,
    OwnDate,
    Prompt,
    Reminder,
    TimeLimit,
    User,
    firm_policy,
)
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
TUESDAY = date(2026, 11, 24)  # the Monday before is a holiday
LADDER = ladder_in("30 14 7 3 1")


class Clock:
    """A clock that stands still until it is moved: half past ten in Tokyo."""

    def __init__(self) -> None:
        self.at = morning(TUESDAY)

    def __call__(self):
        return self.at

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)

    def goes_to(self, day: date, hour: int = 10) -> None:
        self.at = morning(day, hour)


def morning(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=JST).astimezone(UTC)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


@pytest.fixture
def ann(clock):
    return make.user("ann", language="en", display_name="Ann Attorney")


@pytest.fixture
def mine(ann):
    return make.case(owner=ann, own_reference="ABC-0123")


def limit(case, due: date | None, **fields) -> TimeLimit:
    given = {
        "key": f"k{TimeLimit.objects.count()}",
        "rule_id": "pat.oa.response",
        "rule_version": "1",
        "title_ja": "意見書・補正書の提出期限",
        "title_en": "Response to the office action",
        "calculation": {},
        "confidence": "sure",
        "created_at": morning(date(2026, 6, 1)),
        **fields,
    }
    return TimeLimit.objects.create(case=case, due=due, **given)


def run(clock) -> int:
    """A round, after which somebody acknowledges whatever is asked, so that nothing is escalated."""
    sent = rounds.pump(budget_seconds=60, clock=clock)
    acknowledge(Concern.objects.filter(acknowledged_at=None), by=User.objects.first(), how="page")
    return sent


def each_day(clock, first: date, last: date) -> dict[date, list[str]]:
    """The subjects of the mails of each day on which any came."""
    found, before = {}, Delivery.objects.count()
    day = first
    while day <= last:
        clock.goes_to(day)
        run(clock)
        new = list(Delivery.objects.order_by("pk").values_list("subject", flat=True))[before:]
        before += len(new)
        if new:
            found[day] = new
        day += timedelta(days=1)
    return found


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def days(n: int) -> date:
    return TUESDAY + timedelta(n)


# --- rungs -----------------------------------------------------------------------------------------------

OFFICE = office_calendar()


@pytest.mark.parametrize(
    ("due", "day", "days", "on"),
    [
        ("2026-12-24", "2026-11-23", None, None),  # 31 days before
        ("2026-12-24", "2026-11-24", 30, "2026-11-24"),
        ("2026-12-24", "2026-12-09", 30, "2026-11-24"),
        ("2026-12-24", "2026-12-10", 14, "2026-12-10"),
        ("2026-12-01", "2026-11-26", 7, "2026-11-24"),
        ("2026-11-30", "2026-11-20", 7, "2026-11-20"),  # seven days before is a holiday
        (
            "2026-11-30",
            "2026-11-27",
            1,
            "2026-11-27",
        ),  # a Monday: two rungs are one
        ("2027-01-04", "2026-12-28", 1, "2026-12-28"),  # the year's end is closed
        ("2026-11-24", "2026-11-24", 1, "2026-11-20"),  # the last day itself: told before
        ("2026-11-20", "2026-11-21", 1, "2026-11-19"),  # a Saturday after it: told on the next open day
        ("2026-11-20", "2026-11-24", -4, "2026-11-24"),
        ("2026-11-20", "2026-11-25", -5, "2026-11-25"),
    ],
)
def test_the_most_urgent_rung_reached_counts_and_closed_days_move_it_back(due, day, days, on):
    found = rung_on(date.fromisoformat(due), LADDER, date.fromisoformat(day), OFFICE, after=None)
    assert (found and found.days) == days
    assert (found and found.on.isoformat()) == on


@pytest.mark.parametrize(("text", "ladder"), [("7 30,3、3", (30, 7, 3)), ("", ()), ("0", (0,))])
def test_a_ladder_is_typed_as_days(text, ladder):
    assert ladder_in(text) == ladder


@pytest.mark.parametrize("text", ["soon", "-1", "366", "7.5", "9" * 5000])
def test_what_is_no_ladder_is_refused(text):
    with pytest.raises(ValueError):
        ladder_in(text)


# --- from the first rung to the proof --------------------------------------------------------------------


def test_over_its_life_a_limit_is_reminded_of_on_each_rung_and_each_open_day_after(mine, smtp, clock):
    limit(mine, date(2026, 12, 24))
    got = each_day(clock, date(2026, 11, 20), date(2026, 12, 29))
    assert [day.isoformat() for day in got] == [
        *("2026-11-24", "2026-12-10", "2026-12-17", "2026-12-21", "2026-12-23"),
        *("2026-12-25", "2026-12-28"),  # the week-end between is closed, and so are the days from the 29th
    ]
    assert all(len(mails) == 1 for mails in got.values())
    assert got[date(2026, 12, 21)] == [
        "[due 2026-12-24, 3 days left] JP Patent Appl. 2023-000123 Response to the office action — ABC-0123"
    ]
    assert got[date(2026, 12, 28)][0].startswith("[due 2026-12-24, 4 days overdue]")
    assert len(set(smtp.ids)) == len(smtp.ids) == 7


def test_before_eight_in_tokyo_nobody_is_reminded(mine, smtp, clock):
    limit(mine, days(30))
    clock.at = datetime(2026, 11, 24, 7, 59, tzinfo=JST).astimezone(UTC)
    rounds.look(clock())
    clock.passes(minutes=1)
    assert run(clock) == 0  # the last round was a minute ago
    clock.passes(minutes=4)
    assert run(clock) == 1


@pytest.mark.parametrize("state", ["done", "not_needed", "gone", "expired"])
def test_a_limit_that_ended_is_not_reminded_of_also_when_the_mail_was_ordered(mine, smtp, clock, state):
    one = limit(mine, days(3))
    limit(mine, days(2), state=state)
    rounds.look(clock())
    TimeLimit.objects.filter(pk=one.pk).update(state=state)
    assert run(clock) == 0 and not smtp.taken
    assert [(row.state, row.last_error) for row in Prompt.objects.all()] == [
        ("dropped", "Settled before it was sent.")
    ]


def test_what_is_said_to_be_done_is_reminded_of_with_that_word_and_asks_for_nothing(mine, smtp, clock):
    limit(mine, days(3), state="claimed", state_reason_en="sent by courier", claim_until=days(5))
    assert run(clock) == 1
    text = text_of(smtp.taken[0][1])
    assert "It was said to be done, and waits to be seen at the office." in text
    assert "/a/" not in text


def test_what_passed_before_the_case_was_added_is_decided_on_and_not_reminded_of(mine, smtp, clock):
    limit(mine, days(-300), passed_on_adding=True)
    assert run(clock) == 0


def test_a_chance_is_reminded_of_until_it_passes(mine, smtp, clock):
    limit(mine, days(3), duty="chance")
    got = each_day(clock, days(0), days(8))
    assert list(got) == [days(0), days(2)]
    assert "A chance, not a duty" in text_of(smtp.taken[0][1])


def test_a_limit_without_a_date_has_no_rung(mine, smtp, clock):
    limit(mine, None)
    assert run(clock) == 0


# --- dates that move -------------------------------------------------------------------------------------


def test_a_moved_date_reminds_again_on_its_own_rungs(mine, smtp, clock):
    one = limit(mine, days(7))
    assert run(clock) == 1
    TimeLimit.objects.filter(pk=one.pk).update(due=days(37))
    got = each_day(clock, days(1), days(31))
    assert list(got) == [days(7), days(23), days(30)]
    assert all("due 2026-12-31" in mails[0] for mails in got.values())


def test_a_mail_ordered_for_a_date_that_moved_meanwhile_is_not_sent(mine, smtp, clock):
    one = limit(mine, days(7))
    rounds.look(clock())
    TimeLimit.objects.filter(pk=one.pk).update(due=days(60))
    assert run(clock) == 0 and not smtp.taken


def test_a_date_that_moves_close_is_reminded_of_at_once(mine, smtp, clock):
    one = limit(mine, days(90))
    assert run(clock) == 0
    TimeLimit.objects.filter(pk=one.pk).update(due=days(2))
    clock.passes(minutes=6)
    assert run(clock) == 1
    assert "ought to have come" not in text_of(smtp.taken[0][1])


def test_a_rung_that_passed_before_the_limit_was_known_is_not_made_up_for(mine, smtp, clock):
    run(clock)
    limit(mine, days(20), created_at=clock())
    clock.passes(minutes=6)
    assert run(clock) == 0  # the alert has just told of it
    assert list(each_day(clock, days(1), days(10))) == [days(6)]


# --- downtime and clocks ---------------------------------------------------------------------------------


def test_after_a_standstill_the_most_urgent_rung_alone_goes_out_late_and_says_so(mine, smtp, clock):
    limit(mine, days(30))
    assert run(clock) == 1
    clock.goes_to(days(28))  # three rungs later
    assert run(clock) == 1
    late = text_of(smtp.taken[1][1])
    assert "This ought to have come at 2026-12-21 08:00 JST and comes late." in late
    assert "IP Portal was not at work at that hour." in late
    assert run(clock) == 0
    assert sorted(Reminder.objects.values_list("rung", flat=True)) == [3, 30]


def test_on_time_it_does_not_speak_of_lateness(mine, smtp, clock):
    limit(mine, days(7))
    clock.goes_to(TUESDAY, hour=8)
    run(clock)
    assert "late" not in text_of(smtp.taken[0][1])


def test_a_server_that_is_away_is_the_reason_given_and_what_was_overtaken_is_not_sent(
    mine, smtp, clock, settings
):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    limit(mine, days(3))
    for day in range(3):
        clock.goes_to(days(day))
        assert run(clock) == 0
    settings.EMAIL_PORT = port
    clock.passes(hours=3)
    assert run(clock) == 1
    [(_, mail)] = smtp.taken
    assert "1 day left" in mail["Subject"] and "The mail server could not be reached" in text_of(mail)
    assert sorted(Prompt.objects.values_list("state", flat=True)) == ["dropped", "sent"]


def test_a_clock_set_back_repeats_nothing_and_one_set_forward_loses_nothing(mine, smtp, clock):
    limit(mine, days(30))
    run(clock)
    clock.goes_to(days(16))
    run(clock)
    clock.goes_to(days(0))
    assert run(clock) == 0
    clock.goes_to(days(16))
    assert run(clock) == 0
    clock.goes_to(days(23))
    assert run(clock) == 1
    assert sorted(Reminder.objects.values_list("rung", flat=True)) == [7, 14, 30]


def test_a_lease_of_a_clock_set_back_holds_nothing_up(mine, smtp, clock):
    limit(mine, days(3))
    rounds.look(clock())
    Prompt.objects.update(lease_until=clock() + timedelta(days=300), not_before=clock() + timedelta(days=300))
    assert run(clock) == 1


# --- who -------------------------------------------------------------------------------------------------


def addresses(smtp) -> list[str]:
    return sorted(address for address, _ in smtp.taken)


def test_followers_are_reminded_if_they_chose_to_be(mine, smtp, clock, ann):
    chose = make.user("chose", reminders_of_lists=True)
    make.watchlist(ann, mine, followers=(chose, make.user("did_not")))
    limit(mine, days(7))
    assert run(clock) == 2
    assert addresses(smtp) == ["ann@example.com", "chose@example.com"]


def test_a_case_of_nobody_is_told_to_all_followers_and_without_any_to_administrators(smtp, clock, ann):
    head = make.user("head", role="administrator")
    followed, alone = make.case("2023000001"), make.case("2023000002")
    make.watchlist(head, followed, followers=(ann,))
    limit(followed, days(7))
    limit(alone, days(7))
    assert run(clock) == 2
    assert addresses(smtp) == ["ann@example.com", "head@example.com"]
    assert "管理者として" in text_of(next(mail for to, mail in smtp.taken if to.startswith("head")))


def test_somebody_on_leave_is_reminded_and_so_is_the_deputy_from_the_first_day_to_the_last(
    mine, smtp, clock, ann
):
    bea = make.user("bea", language="en")
    User.objects.filter(pk=ann.pk).update(deputy=bea, away_from=days(6), away_until=days(7))
    limit(mine, days(7))
    run(clock)
    assert addresses(smtp) == ["ann@example.com"]
    smtp.taken.clear()
    clock.goes_to(days(6))
    run(clock)
    assert addresses(smtp) == ["ann@example.com", "bea@example.com"]
    bea_reads = text_of(next(mail for to, mail in smtp.taken if to.startswith("bea")))
    assert "You get this because you stand in for Ann Attorney, who is away." in bea_reads
    smtp.taken.clear()
    clock.goes_to(days(8))
    run(clock)
    assert addresses(smtp) == ["ann@example.com"]


def test_leave_taken_this_minute_brings_the_deputy_what_is_urgent_at_once(mine, smtp, clock, ann):
    bea, cyd = make.user("bea"), make.user("cyd")
    limit(mine, days(3))
    run(clock)
    User.objects.filter(pk=bea.pk).update(deputy=cyd, away_from=days(0))  # the deputy is away, too
    User.objects.filter(pk=ann.pk).update(deputy=bea, away_from=days(0))
    clock.passes(minutes=6)
    assert run(clock) == 1
    assert addresses(smtp) == ["ann@example.com", "cyd@example.com"]


def test_the_deputy_of_the_case_comes_before_the_person_s_own_and_passes_it_on(mine, smtp, clock, ann):
    bea, cyd, dan = make.user("bea"), make.user("cyd"), make.user("dan")
    User.objects.filter(pk=ann.pk).update(deputy=bea, away_from=days(0))
    Case.objects.filter(pk=mine.pk).update(deputy=cyd)
    limit(mine, days(3))
    run(clock)
    assert addresses(smtp) == ["ann@example.com", "cyd@example.com"]
    smtp.taken.clear()
    User.objects.filter(pk=cyd.pk).update(deputy=dan, away_from=days(0))
    clock.goes_to(days(1))
    run(clock)
    assert "dan@example.com" in addresses(smtp) and "bea@example.com" not in addresses(smtp)


def test_where_nobody_is_in_charge_any_more_the_deputy_of_the_case_is_reminded(smtp, clock, ann):
    head, bea = make.user("head", role="administrator"), make.user("bea")
    left, nobodys = make.case("2023000001", owner=ann, deputy=bea), make.case("2023000002", deputy=bea)
    User.objects.filter(pk=ann.pk).update(is_active=False)
    limit(left, days(7))
    limit(nobodys, days(7))
    assert run(clock)
    assert set(addresses(smtp)) == {"bea@example.com"}
    assert head.pk not in Reminder.objects.values_list("user", flat=True)


def test_deputies_in_a_ring_end(mine, smtp, clock, ann):
    bea = make.user("bea", deputy=ann, away_from=days(0))
    User.objects.filter(pk=ann.pk).update(deputy=bea, away_from=days(0))
    limit(mine, days(3))
    assert run(clock) == 1


# --- own dates and the firm's ladders --------------------------------------------------------------------


def test_own_dates_have_rungs_of_their_own_and_one_word_after(mine, smtp, clock, ann):
    one = limit(mine, days(60))
    OwnDate.objects.create(limit=one, kind="target", day=days(5), by=ann, at=clock() - timedelta(days=90))
    row = OwnDate.objects.create(
        limit=one, kind="target", day=days(7), note="draft to client", by=ann, at=clock()
    )
    row.at = clock() - timedelta(days=80)
    row.save()
    got = each_day(clock, days(0), days(20))
    assert list(got) == [days(0), days(3), days(6), days(8)]
    assert got[days(0)][0].startswith("[target date 2026-12-01, 7 days left]")
    text = text_of(smtp.taken[0][1])
    assert "draft to client" in text and "Ann Attorney" in text and "2027-01-23" in text
    assert "/a/" not in text


def test_an_own_date_taken_back_is_not_reminded_of(mine, smtp, clock, ann):
    one = limit(mine, days(60))
    OwnDate.objects.create(limit=one, kind="internal", day=days(7), by=ann, at=clock() - timedelta(days=80))
    OwnDate.objects.create(limit=one, kind="internal", day=None, by=ann, at=clock() - timedelta(days=70))
    assert run(clock) == 0


def test_each_kind_of_limit_has_the_ladder_the_firm_gave_it(mine, smtp, clock):
    policy = firm_policy()
    policy.remind_fees, policy.remind_limits = "60", ""
    policy.save()
    limit(mine, days(60), rule_id="pat.annuity", title_en="Annuity")
    limit(mine, days(30))
    assert run(clock) == 1
    assert "Annuity" in smtp.taken[0][1]["Subject"]


# --- what the mails say ----------------------------------------------------------------------------------


def test_a_mail_says_what_is_due_when_and_asks_to_acknowledge_it(mine, smtp, clock):
    one = limit(mine, days(3))
    run(clock)
    mail = smtp.taken[0][1]
    text = text_of(mail)
    assert "A time limit comes near." in text and "2026-11-27 (Fri)  3 days left" in text
    assert f"/limits/{one.pk}/" in text and "https://portal.firm.example/a/" in text
    assert mail["In-Reply-To"] == "<case.patent.2023000123@firm.example>"
    assert mail["Message-ID"].startswith("<reminder.")
    assert "https://portal.firm.example/a/" in mail.get_body(("html",)).get_content()


def test_a_mail_in_japanese(smtp, clock):
    hana = make.user("hana", language="ja")
    limit(make.case(owner=hana, own_reference="ABC-0123"), days(-4))
    run(clock)
    mail = smtp.taken[0][1]
    assert mail["Subject"] == "[期限 2026-11-20・4日超過] 特願2023-000123 意見書・補正書の提出期限 — ABC-0123"
    assert "期限日を過ぎましたが、手続が庁データで確認できていません。" in text_of(mail)
    assert "受領確認のページを開く" in text_of(mail)


def test_far_rungs_of_a_day_come_as_one_mail_and_urgent_ones_each_by_itself(smtp, clock, ann):
    for n in range(4):
        limit(make.case(f"202300010{n}", owner=ann), days(14))
    for n in range(3):
        limit(make.case(f"202300020{n}", owner=ann), days(n + 1))
    assert run(clock) == 4
    several = next(mail for _, mail in smtp.taken if "Reminders of" in mail["Subject"])
    assert several["Subject"] == "[IP Portal] Reminders of 4 dates (nearest 2026-12-08)"
    assert text_of(several).count("/limits/") == 4


def test_hostile_words_stay_words(smtp, clock, ann):
    nasty = '"><script>alert(1)</script>\u202e\r\nBcc: x@evil.example'
    case = make.case(owner=ann, own_reference=nasty[:40], title=nasty, client=nasty)
    one = limit(case, days(3), title_en=nasty)
    OwnDate.objects.create(limit=one, kind="target", day=days(1), note=nasty, by=ann, at=clock())
    limit(make.case("2023000999", owner=ann), days(14), title_en=nasty)
    run(clock)
    for _, mail in smtp.taken:
        assert mail["Bcc"] is None and "\u202e" not in mail["Subject"]
        assert "<script" not in mail.get_body(("html",)).get_content()


def test_on_the_day_an_alert_tells_that_it_passed_no_reminder_repeats_it(mine, smtp, clock, ann):
    one = limit(mine, days(-1), stands_until=None)
    news = News.objects.create(
        case=mine, kind=News.Kind.LIMIT_MISSED, key="missed", detail={"limit": one.pk}, created_at=clock()
    )
    fan_out([news])
    assert run(clock) == 0
    clock.goes_to(days(1))
    assert run(clock) == 1


# --- storms and deaths -----------------------------------------------------------------------------------


def test_a_thousand_limits_come_in_a_few_mails_at_the_cost_of_as_many_queries(smtp, clock, ann):
    def cost(limits: int) -> int:
        first = TimeLimit.objects.count()
        for n in range(first, first + limits):
            limit(make.case(f"20240{n:05}", owner=ann), days((n % 30) - 5), key=f"s{n}")
        Heartbeat.objects.all().delete()  # the first round of all
        with CaptureQueriesContext(connection) as counted:
            rounds.look(clock())
        return len(counted)

    few = cost(30)
    many = cost(1000)
    assert many <= few + 25  # rows are written by the hundred
    run(clock)
    assert Reminder.objects.count() >= 1000
    assert len(smtp.taken) <= 5 + 1 + 6
    told = sum(text_of(mail).count("/limits/") for _, mail in smtp.taken)
    assert told == Reminder.objects.count()
    clock.passes(minutes=6)
    assert run(clock) == 0


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
from dossiers.alerts import prompts, rounds, escalation
dies = lambda *rest, **more: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "die sending":
    prompts._note = dies
if sys.argv[2] == "die looking":
    escalation.raise_due = dies
late = timedelta(minutes=6 if sys.argv[2] == "later" else 0)
print(rounds.pump(budget_seconds=60, clock=lambda: datetime.fromisoformat(sys.argv[3]) + late))
"""


@pytest.fixture
def sender(smtp, tmp_path, clock):
    """Starts another process that makes a round on this test's database."""
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
        command = [sys.executable, "-c", SENDER, str(smtp.port), how, clock().isoformat()]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    return start


def said_by(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.strip()


@pytest.mark.processes
def test_killed_while_looking_nothing_is_lost_and_killed_while_sending_the_same_mail_goes_again(
    mine, smtp, sender
):
    limit(mine, days(3))
    for how, mails in (("die looking", 0), ("die sending", 1)):
        dying = sender(how)
        dying.communicate(timeout=120)
        assert dying.returncode == -signal.SIGKILL and len(smtp.ids) == mails
    assert said_by(sender("live")) == "0"  # the lease still runs
    assert said_by(sender("later")) == "1"
    assert len(smtp.ids) == 2 and len(set(smtp.ids)) == 1
    assert said_by(sender("later")) == "0"


def test_a_mail_that_cannot_be_written_keeps_no_other_back(mine, smtp, clock, monkeypatch):
    limit(mine, days(1))
    limit(mine, days(2))
    real, failed = prompts.prompt_mail.message, []

    def fails(prompt, *, now):
        if not failed:
            failed.append(prompt.pk)
            raise ZeroDivisionError
        return real(prompt, now=now)

    monkeypatch.setattr(prompts.prompt_mail, "message", fails)
    assert run(clock) == 1
    waiting = Prompt.objects.get(pk=failed[0])
    assert waiting.state == "waiting" and "could not be put together" in waiting.last_error


def test_a_computed_docket_is_reminded_of(smtp, clock, ann):
    case = make.case(owner=ann, residency="resident", confirmed_at=clock(), asked_at=clock())
    make.event(case, on=date(2026, 10, 1))
    reconcile(case, now=morning(date(2026, 10, 2)))
    computed = case.limits.get(duty="limit", state="open")
    assert computed.due == date(2026, 11, 30)
    TimeLimit.objects.update(created_at=morning(date(2026, 10, 2)))
    assert run(clock) == 1
    assert "How it was computed" in text_of(smtp.taken[0][1])
    assert Follow.objects.count() == 0 and reminders.ladder_in(firm_policy().remind_limits) == LADDER


def test_days_are_written_by_the_era_for_whoever_wants_it(mine, smtp, clock, ann):
    User.objects.filter(pk=ann.pk).update(era_dates=True, language="ja")
    limit(mine, days(3))
    run(clock)
    mail = smtp.taken[0][1]
    assert in_era(days(3)) in text_of(mail)
