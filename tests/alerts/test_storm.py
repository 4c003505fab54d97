"""Many messages at once, and a mail server that wants them slowly: grouped, spread, the urgent ones first."""

from __future__ import annotations

import re
import socket
import threading
import time
from datetime import date, timedelta

import pytest

from dossiers.alerts import acknowledge, outbox, pace, post, prompts, storms
from dossiers.alerts.outbox import fan_out
from dossiers.models import (
    Alert,
    AuditEntry,
    Concern,
    Delivery,
    FirmPolicy,
    MailServer,
    News,
    Prompt,
    TimeLimit,
)
from tests import make
from tests.alerts.conftest import NOW
from tests.alerts.test_sending import Clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


def run(clock, seconds: float = 300) -> int:
    """What both loops send now; the time ends only what waits for its place."""
    sent = outbox.pump(budget_seconds=seconds, clock=clock)
    return sent + prompts.send_due(budget_seconds=seconds, clock=clock)


def many(case, users: int, news: int, *, first: int = 0, kind=News.Kind.OFFICE_ACTION) -> None:
    if not first:
        make.watchlist(make.user("head"), case, followers=tuple(make.user(f"u{n}") for n in range(users)))
    numbers = range(first, first + news)
    fan_out([News.objects.create(case=case, kind=kind, key=f"k{n}") for n in numbers])


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


# --- grouping ---------------------------------------------------------------------------------------------


def test_a_storm_becomes_twenty_mails_and_one_more(case, smtp, clock):
    many(case, users=1, news=50)
    assert run(clock) == 20
    clock.passes(minutes=5)
    assert run(clock) == 1
    assert len(smtp.taken) == 21
    last = smtp.taken[-1][1]
    assert "30件" in last["Subject"]
    assert text_of(last).count("/cases/patent/2023000123/") == 30
    assert set(Alert.objects.values_list("state", flat=True)) == {"sent"}
    assert Prompt.objects.get().alerts.count() == 30
    assert not Alert.objects.filter(group=None, sent_at=clock.at).exists()


def test_the_firm_says_how_many_come_singly(case, smtp, clock):
    FirmPolicy.objects.create(pk=1, most_single_mails=3)
    many(case, users=1, news=10)
    assert run(clock) == 3
    clock.passes(minutes=5)
    assert run(clock) == 1 and "7件" in smtp.taken[-1][1]["Subject"]


def test_what_comes_while_a_storm_lasts_joins_the_mail_that_collects(case, smtp, clock):
    many(case, users=1, news=22)
    run(clock)
    clock.passes(minutes=3)
    many(case, users=1, news=4, first=22)
    assert run(clock) == 0
    clock.passes(minutes=2)
    assert run(clock) == 1 and "6件" in smtp.taken[-1][1]["Subject"]


def test_an_hour_later_alerts_come_singly_again(case, smtp, clock):
    many(case, users=1, news=25)
    run(clock)
    clock.passes(minutes=61)
    many(case, users=1, news=2, first=25)
    assert run(clock) == 3  # the group of the storm, and two by themselves


def test_one_left_over_has_its_details(case, smtp, clock):
    many(case, users=1, news=21)
    run(clock)
    clock.passes(minutes=5)
    assert run(clock) == 1
    last = smtp.taken[-1][1]
    assert last["Message-ID"] == Prompt.objects.get().message_id and "2023-000123" in last["Subject"]


def test_the_most_urgent_come_singly(case, smtp, clock):
    FirmPolicy.objects.create(pk=1, most_single_mails=2)
    many(case, users=1, news=4, kind=News.Kind.NOTICE_READ)
    soon = {}
    for days in (9, 3):
        other = make.case(f"20230009{days:02}")
        event = make.event(other, on=date(2026, 11, 20), account="limit")
        limit(other, event, date(2026, 11, 24) + timedelta(days))
        soon[days] = News.objects.create(
            case=other, event=event, kind=News.Kind.OFFICE_ACTION, key=f"event:{days}"
        )
        make.watchlist(make.user(f"h{days}"), other, followers=(Alert.objects.first().user,), name=f"L{days}")
    fan_out(list(soon.values()))
    assert run(clock) == 2
    singly = Alert.objects.filter(state="sent").order_by("pk").values_list("news", flat=True)
    assert set(singly) == {one.pk for one in soon.values()}
    first = smtp.taken[0][1]
    assert "2026-11-27" in first["Subject"]


def limit(case, event, due: date) -> TimeLimit:
    return TimeLimit.objects.create(
        case=case,
        event=event,
        due=due,
        key=f"k{event.pk}",
        rule_id="pat.oa.response",
        rule_version="1",
        title_ja="意見書・補正書の提出期限",
        title_en="Response to the office action",
        calculation={},
        confidence="sure",
    )


def test_each_case_of_a_group_is_acknowledged_by_itself(case, smtp, clock):
    FirmPolicy.objects.create(pk=1, most_single_mails=1)
    reader = make.user("reader")
    cases = [make.case(f"20230010{n:02}") for n in range(3)]
    make.watchlist(reader, *cases, followers=(reader,))
    events = [make.event(one, on=date(2026, 11, 20), account="limit") for one in cases]
    kind = News.Kind.OFFICE_ACTION
    fan_out([News.objects.create(case=one.case, event=one, kind=kind, key=one.key) for one in events])
    run(clock)
    clock.passes(minutes=5)
    run(clock)
    assert Concern.objects.count() == 3
    carried = Prompt.objects.get().alerts.first()
    acknowledge.acknowledge([carried.news.concern], by=reader, how="page")
    assert Concern.objects.filter(acknowledged_at=None).count() == 2


def test_a_group_that_was_sent_but_not_marked_goes_out_again_as_the_same_group(
    case, smtp, clock, monkeypatch
):
    many(case, users=1, news=30)
    run(clock)
    clock.passes(minutes=5)
    note = prompts._note

    def dies(*rest):
        raise SystemExit

    monkeypatch.setattr(prompts, "_note", dies)
    with pytest.raises(SystemExit):
        run(clock)
    monkeypatch.setattr(prompts, "_note", note)
    many(case, users=1, news=3, first=30)  # these must not join what may have arrived
    clock.passes(minutes=6)
    assert run(clock) >= 1
    again, before = [mail for _, mail in smtp.taken if mail["Message-ID"].startswith("<several.")][:2]
    assert again["Message-ID"] == before["Message-ID"] and text_of(again) == text_of(before)
    assert Prompt.objects.order_by("pk").first().alerts.filter(state="sent").count() == 10


def test_a_group_that_is_refused_leaves_each_alert_failed(case, smtp, clock):
    many(case, users=1, news=23)
    run(clock)
    clock.passes(minutes=5)
    smtp.mode = "reject_data"
    run(clock)
    assert Alert.objects.filter(state="failed", last_error__contains="554").count() == 3
    assert Delivery.objects.filter(prompt__isnull=False, permanent=True).count() == 1


def test_a_message_tried_before_is_not_swept_into_a_storm_under_another_name(case, smtp, clock):
    many(case, users=1, news=30)
    tried = Alert.objects.order_by("not_before", "pk").last()
    Alert.objects.filter(pk=tried.pk).update(attempts=1)  # accepted by the server, perhaps, and never marked
    run(clock)
    assert tried.message_id in smtp.ids


def test_another_reader_is_not_swept_into_a_storm(case, smtp, clock, alice):
    many(case, users=2, news=25)
    run(clock)
    clock.passes(minutes=5)
    run(clock)
    for name in ("u0", "u1"):
        mine = [mail for address, mail in smtp.taken if address == f"{name}@example.com"]
        assert len(mine) == 21


def test_what_must_be_acknowledged_is_so_from_the_one_mail_too(case, smtp, clock, client):
    FirmPolicy.objects.create(pk=1, most_single_mails=1)
    many(case, users=1, news=3)
    acknowledge.open_for_news(list(News.objects.all()), clock.at)
    run(clock)
    clock.passes(minutes=5)
    run(clock)
    link = re.search(r"https://portal\.firm\.example(/a/[^/]+/)", text_of(smtp.taken[-1][1]))
    page = client.get(link[1])
    asked = {one.pk for one in page.context["waiting"]}
    assert asked == set(
        Concern.objects.filter(news__alerts__group__isnull=False).values_list("pk", flat=True)
    )
    client.post(link[1], {"concern": asked})
    reader = Prompt.objects.get().user
    assert {one.pk for one in Concern.objects.filter(acknowledged_by=reader)} == asked
    assert AuditEntry.objects.filter(action="concern.acknowledge", actor=reader).count() == len(asked) == 2


def test_a_limit_that_has_passed_is_acknowledged_from_the_one_mail_too(case, clock):
    user = make.user("u")
    event = make.event(case, on=date(2026, 11, 20), account="limit")
    passed = limit(case, event, date(2026, 11, 23))
    acknowledge.open_for_limits(date(2026, 11, 24), clock.at)
    prompt = Prompt.objects.create(user=user, kind="alerts", due_at=clock.at, message_id="<s@x>")
    for key, detail in (("a", {"limit": passed.pk}), ("b", {})):
        news = News.objects.create(case=case, kind=News.Kind.LIMIT_MISSED, key=key, detail=detail)
        Alert.objects.create(news=news, user=user, group=prompt)
    assert [one.limit for one in acknowledge.of_prompts([prompt.pk])] == [passed]
    other = acknowledge.url_for(make.user("other"), prompt).split("/")[-2]
    with pytest.raises(acknowledge.BadToken):
        acknowledge.asked_by(other)


def test_a_very_large_storm_is_cut_into_mails_that_can_be_read(case, smtp, clock, monkeypatch):
    monkeypatch.setattr(storms, "LARGEST", 10)
    many(case, users=1, news=45)
    run(clock)
    clock.passes(minutes=5)
    assert run(clock) == 3
    assert sorted(one.alerts.count() for one in Prompt.objects.all()) == [5, 10, 10]


def test_a_line_that_cannot_be_written_does_not_spoil_its_group(case, smtp, clock, monkeypatch):
    many(case, users=1, news=25)
    run(clock)
    clock.passes(minutes=5)
    real = outbox.compose.letters.act_of

    def fails(news, reader):
        if news.key == "k24":
            raise ZeroDivisionError
        return real(news, reader)

    monkeypatch.setattr(outbox.compose.letters, "act_of", fails)
    assert run(clock) == 1
    text = text_of(smtp.taken[-1][1])
    assert text.count("/cases/patent/2023000123/") == 5
    assert "要確認  2023000123" in text


# --- the minute of the mail server --------------------------------------------------------------------------


def test_no_more_mails_a_minute_than_allowed(case, smtp, clock, settings):
    settings.MAILS_PER_MINUTE = 4
    many(case, users=10, news=1)
    assert run(clock, seconds=50) == 4
    clock.passes(seconds=59)
    assert run(clock, seconds=1) == 0
    clock.passes(seconds=2)
    assert run(clock, seconds=50) == 4
    assert Alert.objects.filter(attempts__gt=0).count() == 8  # what waits for its place holds no lease


def test_digests_leave_room_for_news(settings, clock, db):
    settings.MAILS_PER_MINUTE = 4
    end = time.monotonic() + 30
    assert [pace.take(end, clock, pace.FOR_DIGESTS) for _ in range(4)] == [True, True, True, False]
    assert [pace.take(end, clock) for _ in range(2)] == [True, False]


def test_a_clock_set_back_gives_the_minute_free(settings, clock, db):
    settings.MAILS_PER_MINUTE = 1
    end = time.monotonic() + 30
    assert pace.take(end, clock)
    clock.passes(hours=-1)
    assert pace.take(end, clock)


def test_processes_share_one_minute(settings, db, clock):
    settings.MAILS_PER_MINUTE = 20
    taken: list[bool] = []

    def takes() -> None:
        from django.db import connection

        taken.extend(pace.take(time.monotonic() + 30, clock) for _ in range(10))
        connection.close()

    threads = [threading.Thread(target=takes) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(300)
    assert sum(taken) == 20 and len(taken) == 40


def test_a_server_that_puts_off_one_after_the_other_is_left_alone_for_a_while(case, smtp, clock):
    many(case, users=8, news=1)
    smtp.mode = "put_off"
    run(clock, seconds=10)
    assert Delivery.objects.count() == 3  # greylisting may be about one reader; three in a row are about us
    server = MailServer.objects.get()
    assert server.failures == 3 and 11 < (server.paused_until - NOW).total_seconds() < 19
    smtp.mode = "take"
    assert run(clock, seconds=1) == 0
    clock.passes(seconds=20)
    assert run(clock) == 5
    assert MailServer.objects.get().failures == 0


def test_pauses_grow_up_to_some_minutes(db):
    for _ in range(30):
        pace.failed("away", NOW)
    assert timedelta(minutes=3) < MailServer.objects.get().paused_until - NOW < timedelta(minutes=7)
    pace.worked()
    assert MailServer.objects.get().paused_until is None


def test_what_is_put_off_together_does_not_come_back_together():
    waits = {pace.spread(timedelta(minutes=10)) for _ in range(50)}
    assert len(waits) > 40
    assert timedelta(minutes=10) <= min(waits) and max(waits) <= timedelta(minutes=11)


def test_a_server_that_drips_its_answer_is_hung_up_on(case, refusal, alice, clock, settings, monkeypatch):
    """Each byte comes in time, so that no timeout of the connection strikes."""
    monkeypatch.setattr(post, "LONGEST_SENDING", 1.0)
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal])
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        thread = threading.Thread(target=_drip, args=(server, stop), daemon=True)
        thread.start()
        began = time.monotonic()
        assert outbox.pump(budget_seconds=60, clock=clock) == 0
        assert time.monotonic() - began < 60
        stop.set()
        thread.join(30)
    assert Alert.objects.get().state == "waiting" and Alert.objects.get().last_error


def _drip(server: socket.socket, stop: threading.Event) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"220 slow\r\n")
        connection.recv(4096)
        connection.sendall(b"250 slow\r\n")  # to EHLO
        connection.recv(4096)
        while not stop.wait(0.1):
            try:
                connection.sendall(b"2")
            except OSError:
                return
