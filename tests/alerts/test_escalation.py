"""What nobody acknowledges goes further, step by step in office hours; an acknowledgement alone ends it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apiclient.clock import JST
from dossiers.alerts import acknowledge, escalation, outbox, rounds
from dossiers.alerts.escalation import office_time_before
from dossiers.alerts.escalation_log import chain
from dossiers.docketing.calendar import office_calendar
from dossiers.models import (
    Alert,
    AuditEntry,
    Case,
    Concern,
    Escalation,
    FirmPolicy,
    News,
    Prompt,
    Role,
    TimeLimit,
    User,
    firm_policy,
)
from tests import make
from tests.alerts.test_reminders import Clock, days, limit, morning, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


@pytest.fixture
def ann(clock):
    return make.user("ann", language="en", display_name="Ann Attorney")


@pytest.fixture
def case(ann):
    return make.case(owner=ann, own_reference="ABC-0123")


@pytest.fixture
def head(clock):
    return make.user("head", language="ja", role="administrator")


def told(case, kind=News.Kind.OFFICE_ACTION, **fields) -> News:
    """News that alerts have been written for."""
    event = make.event(case, on=date(2026, 11, 20), account="limit")
    news = News.objects.create(case=case, event=event, kind=kind, key=f"event:{event.key}", **fields)
    outbox.fan_out([news])
    return news


def run(clock, smtp) -> list[str]:
    """Who got a mail in a round of everything."""
    smtp.taken.clear()
    outbox.pump(budget_seconds=60, clock=clock)
    rounds.pump(budget_seconds=60, clock=clock)
    return sorted(address.partition("@")[0] for address, _ in smtp.taken)


def jst(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00").astimezone(UTC)


# --- office hours ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "hours", "since"),
    [
        ("2026-11-26T17:00", 8, "2026-11-26T09:00"),
        ("2026-11-26T17:29", 8, "2026-11-26T09:29"),
        ("2026-11-26T23:00", 8, "2026-11-26T09:30"),
        ("2026-11-26T10:00", 8, "2026-11-25T10:30"),
        ("2026-11-26T08:00", 8, "2026-11-25T09:30"),
        ("2026-11-24T09:30", 8, "2026-11-20T10:00"),  # a week-end and a holiday lie between
        ("2027-01-04T10:00", 17, "2026-12-25T10:00"),  # and the turn of the year
    ],
)
def test_hours_count_while_the_firm_is_at_work_on_days_the_office_is_open(now, hours, since):
    policy = FirmPolicy(escalate_hours=hours)
    assert office_time_before(jst(now), policy, office_calendar()) == jst(since)


def test_the_firms_own_hours_count():
    policy = FirmPolicy(escalate_hours=3, opens_at=time(10), closes_at=time(12))
    assert office_time_before(jst("2026-11-26T11:00"), policy, office_calendar()) == jst("2026-11-25T10:00")


# --- what asks for an acknowledgement --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        *((kind, True) for kind in ("office_action", "decision", "not_found", "not_read")),
        *((kind, False) for kind in ("dispatch", "registered", "family", "limit_moved", "notice_read")),
    ],
)
def test_office_actions_decisions_and_what_could_not_be_checked_ask_for_one(case, smtp, clock, kind, asks):
    make.at_once(case.owner)
    told(case, kind)
    run(clock, smtp)
    assert Concern.objects.exists() == asks
    assert ("/a/" in text_of(smtp.taken[0][1])) == asks


def test_who_may_only_read_is_told_and_not_asked_for_what_they_may_not_do(case, smtp, clock):
    make.at_once(case.owner)
    User.objects.filter(pk=case.owner.pk).update(role=Role.READER)
    told(case, "office_action")
    run(clock, smtp)
    assert case.title in text_of(smtp.taken[0][1]) and "/a/" not in text_of(smtp.taken[0][1])


def test_an_old_document_found_when_a_case_is_added_asks_for_none(case, clock):
    told(case, found_on_adding=True)
    told(case, News.Kind.NOT_FOUND, found_on_adding=True)
    assert [one.news.kind for one in Concern.objects.all()] == ["not_found"]


@pytest.mark.parametrize(
    ("fields", "stages"),
    [
        ({"due": days(8)}, []),
        ({"due": days(7)}, ["week"]),
        ({"due": days(0)}, ["week"]),
        ({"due": days(-1)}, ["overdue"]),
        ({"due": days(3), "duty": "chance"}, []),
        ({"due": days(3), "state": "claimed"}, []),
        ({"due": days(-3), "passed_on_adding": True}, []),
        ({"due": None}, []),
    ],
)
def test_limits_that_press_ask_for_one(case, smtp, clock, fields, stages):
    limit(case, **fields)
    run(clock, smtp)
    assert [one.stage for one in Concern.objects.all()] == stages


def test_a_week_acknowledged_does_not_cover_the_day_it_passes_nor_another_date(case, ann, smtp, clock):
    one = limit(case, days(1))
    run(clock, smtp)
    acknowledge.acknowledge(Concern.objects.all(), by=ann, how="page")
    clock.goes_to(days(2))
    run(clock, smtp)
    assert list(acknowledge.waiting(days(2)).values_list("stage", "due")) == [("overdue", days(1))]
    TimeLimit.objects.filter(pk=one.pk).update(due=days(4))
    clock.passes(minutes=6)
    run(clock, smtp)
    assert list(acknowledge.waiting(days(2)).values_list("stage", "due")) == [("week", days(4))]


# --- the chain -------------------------------------------------------------------------------------------


def test_from_the_same_people_to_deputy_team_and_administrators_eight_office_hours_each(
    case, ann, head, smtp, clock
):
    bea, cyd, dan = (make.user(name, language="en") for name in ("bea", "cyd", "dan"))
    User.objects.filter(pk=ann.pk).update(deputy=bea)
    team = Group.objects.create(name="first")
    team.user_set.set([ann, cyd])
    told(case)
    make.watchlist(head, case, followers=(dan,))  # followed after the alert
    assert run(clock, smtp) == ["ann"]  # Tuesday, 10:30
    steps = []
    while clock() < morning(days(8)):
        clock.passes(minutes=10)
        if got := run(clock, smtp):
            steps.append((clock().astimezone(JST).strftime("%d %H:%M"), got))
    assert steps == [
        ("25 10:00", ["ann"]),
        ("26 09:30", ["bea"]),
        ("26 17:30", ["cyd", "dan"]),
        ("27 17:00", ["head"]),
        ("30 16:30", ["ann", "head"]),  # and so on until somebody acknowledges
        ("01 16:00", ["ann", "head"]),
    ]
    concern = Concern.objects.get()
    with translation.override("en"):
        log = [(str(link.user), link.words) for link in chain(concern)]
    assert log[:3] == [("Ann Attorney", ""), ("Ann Attorney", "told again"), ("bea", "as deputy")]
    acknowledge.acknowledge([concern], by=head, how="page")
    clock.goes_to(days(20))
    assert run(clock, smtp) == []


def test_the_escalated_mail_says_what_since_when_and_who_was_told(case, ann, smtp, clock):
    told(case)
    run(clock, smtp)
    clock.goes_to(days(1), hour=16)
    assert run(clock, smtp) == ["ann"]
    [(_, mail)] = smtp.taken
    assert mail["Subject"].startswith("[not acknowledged] ")
    assert "JP Patent Appl. 2023-000123" in mail["Subject"] and "ABC-0123" in mail["Subject"]
    text = text_of(mail)
    assert "Nobody has acknowledged the following yet." in text
    assert "Told since: 2026-11-24 10:30 JST" in text
    assert "Told so far: 2026-11-24 10:30 JST Ann Attorney" in text
    assert "Acknowledging does not stop the time limit." in text
    assert mail["In-Reply-To"] == "<case.patent.2023000123@firm.example>"


def test_the_escalated_mail_in_japanese(smtp, clock):
    hana = make.user("hana", language="ja", display_name="花子")
    limit(make.case(owner=hana), days(-1))
    run(clock, smtp)
    clock.passes(hours=24)
    run(clock, smtp)
    raised = next(mail for _, mail in smtp.taken if "受領未確認" in mail["Subject"])
    assert raised["Subject"].startswith("[受領未確認] [期限 2026-11-23・2日超過] 特願2023-000123")
    assert "次の知らせは、まだ誰も受領確認していません。" in text_of(raised)


def test_without_deputy_team_or_followers_the_next_step_is_the_administrators(case, head, smtp, clock):
    told(case)
    run(clock, smtp)
    got = []
    for day in (1, 2):
        clock.goes_to(days(day), hour=16)
        got.append(run(clock, smtp))
    assert got == [["ann"], ["head"]]


def test_on_a_case_of_nobody_the_administrators_are_told(head, smtp, clock):
    told(make.case())
    assert run(clock, smtp) == []
    clock.goes_to(days(1), hour=16)
    assert run(clock, smtp) == ["head"]


def test_where_nobody_can_be_told_it_goes_on_waiting_and_shows(case, ann, smtp, clock):
    User.objects.update(mail_on=False)
    told(case)
    for day in range(1, 4):
        clock.goes_to(days(day), hour=16)
        assert run(clock, smtp) == []
    User.objects.filter(pk=ann.pk).update(mail_on=True, role="administrator")
    clock.goes_to(days(6), hour=16)
    assert run(clock, smtp) == ["ann"]


def test_an_alert_to_somebody_on_leave_goes_to_the_deputy_too_and_so_does_its_repetition(
    case, ann, smtp, clock
):
    bea = make.user("bea", language="en")
    User.objects.filter(pk=ann.pk).update(deputy=bea, away_from=days(0), away_until=days(3))
    told(case)
    assert run(clock, smtp) == ["ann", "bea"]
    letter = text_of(next(mail for to, mail in smtp.taken if to.startswith("bea")))
    assert "You get this because you stand in for Ann Attorney, who is away." in letter
    clock.goes_to(days(1), hour=16)
    assert run(clock, smtp) == ["ann", "bea"]
    assert Alert.objects.get(user=bea).instead_of == ann


def test_the_deputy_step_goes_to_whom_the_case_names(case, ann, smtp, clock):
    make.user("bea")
    cyd = make.user("cyd", language="en")
    User.objects.filter(pk=ann.pk).update(deputy=User.objects.get(username="bea"))
    Case.objects.filter(pk=case.pk).update(deputy=cyd)
    told(case)
    for _ in range(4):
        run(clock, smtp)
        clock.passes(hours=24)
    assert Escalation.objects.get(role="deputy").user == cyd


def test_who_switched_mail_off_for_the_leave_is_stood_in_for_all_the_same(case, ann, smtp, clock):
    bea = make.user("bea")
    User.objects.filter(pk=ann.pk).update(deputy=bea, away_from=days(0), mail_on=False)
    told(case)
    assert run(clock, smtp) == ["bea"]


# --- what ends it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"state": "done"}, {"state": "not_needed"}, {"due": days(60)}])
def test_a_limit_that_ended_or_moved_is_not_escalated_also_when_the_mail_was_ordered(
    case, smtp, clock, change
):
    limit(case, days(7))
    run(clock, smtp)
    clock.goes_to(days(1), hour=16)
    rounds.look(clock())
    TimeLimit.objects.update(**change)
    assert run(clock, smtp) == []
    assert [row.state for row in Prompt.objects.filter(kind="escalation")] == ["dropped"]


def test_only_an_acknowledgement_ends_the_escalation_of_an_office_action(case, ann, smtp, clock):
    news = told(case)
    TimeLimit.objects.update(state="done")
    Alert.objects.update(read_at=clock())
    run(clock, smtp)
    clock.goes_to(days(1), hour=16)
    rounds.look(clock())
    acknowledge.acknowledge([news.concern], by=ann, how="page")
    assert run(clock, smtp) == []


# --- standstills, clocks, storms -------------------------------------------------------------------------


def test_after_a_standstill_there_is_one_step_and_the_next_comes_in_its_time(case, head, smtp, clock):
    told(case)
    run(clock, smtp)
    clock.goes_to(days(20))
    assert run(clock, smtp) == ["ann"]
    clock.passes(minutes=6)
    assert run(clock, smtp) == []
    clock.goes_to(days(21))
    assert run(clock, smtp) == ["head"]


def test_a_server_that_was_away_for_days_brings_the_newest_step_alone(case, smtp, clock, settings):
    User.objects.update(role="administrator")
    told(case)
    run(clock, smtp)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for day in (1, 2, 3):
        clock.goes_to(days(day), hour=16)
        run(clock, smtp)
    settings.EMAIL_PORT = port
    clock.passes(hours=10)
    assert run(clock, smtp) == ["ann"]
    assert "comes late" in text_of(smtp.taken[0][1])
    assert Escalation.objects.count() == 3


def test_a_clock_set_back_repeats_nothing_and_holds_nothing_up_for_long(case, smtp, clock):
    told(case)
    run(clock, smtp)
    clock.goes_to(days(1), hour=16)
    assert run(clock, smtp) == ["ann"]
    clock.passes(minutes=-40)
    assert run(clock, smtp) == []
    Concern.objects.update(raised_at=clock() + timedelta(days=3000))
    clock.passes(minutes=6)
    User.objects.update(role="administrator")
    assert run(clock, smtp) == ["ann"]


def test_a_storm_comes_as_a_few_mails_and_costs_as_many_queries(ann, head, smtp, clock):
    def raised(limits: int) -> tuple[int, list[str]]:
        first = TimeLimit.objects.count()
        for n in range(first, first + limits):
            limit(make.case(f"20240{n:05}", owner=ann), days(5), key=f"s{n}")
        clock.passes(minutes=6)
        run(clock, smtp)
        clock.passes(days=1, hours=6)
        with CaptureQueriesContext(connection) as counted:
            rounds.look(clock())
        return len(counted), run(clock, smtp)

    few, _ = raised(10)
    acknowledge.acknowledge(Concern.objects.all(), by=head, how="page")
    many, got = raised(1000)
    assert many <= few + 25  # rows are written by the hundred
    assert got.count("ann") <= 6 + 6  # two hundred to a mail; and the next rung of the reminders
    assert Escalation.objects.filter(rung=1, user=ann).count() == 1010


def test_two_workers_in_one_round_raise_each_once(case, smtp, clock):
    told(case)
    run(clock, smtp)
    clock.goes_to(days(1), hour=16)
    rounds.look(clock())
    rounds.look(clock())
    assert escalation.raise_due(clock()) == 0
    assert run(clock, smtp) == ["ann"]


# --- acknowledging from the mail -------------------------------------------------------------------------


def link_of(mail) -> str:
    return re.search(r"https://portal\.firm\.example(/a/\S+)", text_of(mail))[1]


def csrf_of(body: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', body)[1]


def test_opening_the_link_acknowledges_nothing_and_the_button_does_in_the_readers_name(
    case, ann, smtp, clock
):
    told(case)
    run(clock, smtp)
    page, stranger = link_of(smtp.taken[0][1]), Client(enforce_csrf_checks=True)
    for method in ("get", "head"):
        assert getattr(stranger, method)(page).status_code == 200
    assert stranger.post(page).status_code == 403  # a program that presses every button has no cookie
    assert not Concern.objects.filter(acknowledged_at__isnull=False).exists()
    body = stranger.get(page).content.decode()
    assert "Ann Attorney" in body and "2023-000123" in body
    sent = {"csrfmiddlewaretoken": csrf_of(body), "concern": Concern.objects.get().pk}
    assert "Acknowledged" in stranger.post(page, sent).content.decode()
    concern = Concern.objects.get()
    assert (concern.acknowledged_by, concern.acknowledged_at, concern.acknowledged_how) == (
        ann,
        clock(),
        "mail",
    )
    line = AuditEntry.objects.get(action="concern.acknowledge")
    assert line.actor == ann and line.case == case and line.detail["how"] == "mail"


def test_the_first_acknowledgement_stands(case, ann, head, smtp, clock):
    news = told(case)
    acknowledge.acknowledge([news.concern], by=ann, how="page")
    clock.passes(hours=1)
    assert acknowledge.acknowledge([news.concern], by=head, how="mail") == 0
    assert Concern.objects.get().acknowledged_by == ann
    assert AuditEntry.objects.filter(action="concern.acknowledge").count() == 1


def test_a_mail_about_many_lets_its_reader_choose_and_reaches_no_other_concern(ann, smtp, clock):
    for n in range(7):
        limit(make.case(f"202300010{n}", owner=ann), days(1))
    run(clock, smtp)
    foreign = told(make.case("2023000999", owner=make.user("zoe"))).concern
    page = link_of(smtp.taken[0][1])
    client = Client()
    body = client.get(page).content.decode()
    assert body.count('type="checkbox"') == 7 and "2023-000999" not in body
    first, second, *_rest = Concern.objects.filter(news=None)
    client.post(page, {"concern": [first.pk, foreign.pk, "x", "9" * 400]})
    assert list(Concern.objects.exclude(acknowledged_at=None)) == [first]
    assert client.get(page).content.decode().count('type="checkbox"') == 6
    assert second.acknowledged_at is None


@pytest.mark.parametrize("token", ["x", "e30:x", "a" * 4000, "%00", "eyJ1IjoxfQ:abc"])
def test_a_link_that_is_cut_or_made_up_says_so(client, db, token):
    assert client.get(f"/a/{token}/").status_code == 404


def test_a_link_of_somebody_who_left_the_firm_acknowledges_nothing(case, ann, smtp, clock):
    told(case)
    run(clock, smtp)
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert Client().post(link_of(smtp.taken[0][1]), {"concern": 1}).status_code == 404


def test_the_firm_sets_the_hours(case, smtp, clock):
    policy = firm_policy()
    policy.escalate_hours = 1
    policy.save()
    told(case)
    run(clock, smtp)
    clock.passes(minutes=61)
    assert run(clock, smtp) == ["ann"]
