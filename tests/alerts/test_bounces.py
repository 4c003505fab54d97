"""Mail that comes back: whose address is switched off, who is told instead, and who cannot be fooled."""

from __future__ import annotations

import io
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from dossiers.alerts import (
    addresses,
    again,
    bounce_mailbox,
    bounces,
    digest,
    outbox,
    post,
    prompts,
    tokens,
)
from dossiers.alerts.bounces import Outcome
from dossiers.alerts.outbox import fan_out
from dossiers.alerts.stand_ins import People
from dossiers.models import Alert, AuditEntry, Bounce, Delivery, FirmPolicy, News, Prompt, User
from tests import make
from tests.alerts.conftest import NOW
from tests.alerts.mailbox_server import Mailbox
from tests.alerts.test_sending import Clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


@pytest.fixture
def told(case, refusal, alice, bob, smtp, clock):
    """A mail about a notice went to Alice."""
    make.watchlist(alice, case, followers=(alice,))
    User.objects.filter(pk=alice.pk).update(deputy=bob)
    fan_out([refusal])
    run(clock)
    return Alert.objects.get()


def run(clock) -> int:
    sent = outbox.pump(budget_seconds=300, clock=clock)
    return sent + prompts.send_due(budget_seconds=300, clock=clock)


def report(
    mail,
    *,
    to: str = "alice@example.com",
    status: str = "5.1.1",
    action: str = "failed",
    told: str = "550 5.1.1 <alice@example.com>: no such mailbox",
    headers: str | None = None,
) -> bytes:
    """As a mail server writes one; `mail` is the message it gives back."""
    returned = (
        headers if headers is not None else "".join(f"{name}: {value}\r\n" for name, value in mail.items())
    )
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: portal@firm.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {told}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--b--\r\n"
    ).encode()


def last(smtp):
    return smtp.taken[-1][1]


# --- refused at once -----------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "answer", "gone"),
    [
        (550, "5.1.1 no such user", True),
        (550, "5.2.1 mailbox disabled", True),
        (550, "5.1.10 null MX", True),
        (550, "No such user here", True),
        (551, "user not local", True),
        (550, "5.7.1 relaying denied", False),
        (550, "relay not permitted", False),
        (550, "blocked by our spam policy", False),
        (550, "5.1.7 bad address of the sender", False),
        (552, "5.2.2 mailbox full", False),
        (552, "quota exceeded", False),
        (554, "transaction failed", False),
        (450, "4.1.1 unknown for now", False),
        (451, "greylisted", False),
    ],
)
def test_only_what_speaks_of_the_mailbox_counts_against_it(code, answer, gone):
    assert post.no_such_mailbox(code, answer) is gone


def test_a_mailbox_that_is_not_there_gets_nothing_more_and_the_deputy_does(
    case, refusal, alice, bob, smtp, clock
):
    make.watchlist(alice, case, followers=(alice,))
    User.objects.filter(pk=alice.pk).update(deputy=bob)
    fan_out([refusal])
    smtp.mode = "refuse"
    run(clock)
    alice.refresh_from_db()
    assert alice.address_off_at == NOW and "no such mailbox" in alice.address_off_why
    assert Bounce.objects.get().hard and Bounce.objects.get().status == "5.1.1"
    assert AuditEntry.objects.filter(action="address.off", actor=None).count() == 1
    smtp.mode = "take"
    run(clock)
    assert [address for address, _ in smtp.taken] == ["bob@example.com"]
    text = last(smtp).get_body(("plain",)).get_content()
    assert "whom mail does not reach" in text
    assert run(clock) == 0  # nobody is told twice


def test_later_news_stays_in_the_inbox_and_goes_to_the_deputy(told, case, alice, bob, smtp, clock):
    bounces.take(report(last(smtp)), NOW)
    fan_out([News.objects.create(case=case, kind=News.Kind.DECISION, key="later")])
    run(clock)
    mine = Alert.objects.get(user=alice, news__key="later")
    assert mine.state == "failed" and mine.last_error == addresses.OFF_WORDS
    assert Alert.objects.get(user=bob, news__key="later").state == "sent"


def test_escalation_counts_such_a_person_as_not_reachable(alice, bob):
    User.objects.filter(pk=alice.pk).update(address_off_at=NOW, deputy=bob)
    people = People(NOW.date())
    assert not people.reachable(alice.pk) and people.told([alice.pk]) == {bob.pk: alice.pk}
    assert not people.cut_off(bob.pk)


def test_a_group_refused_for_the_mailbox_leaves_its_alerts_undelivered(case, alice, smtp, clock):
    FirmPolicy.objects.create(pk=1, most_single_mails=1)
    make.watchlist(alice, case, followers=(alice,))
    fan_out([News.objects.create(case=case, kind=News.Kind.DECISION, key=f"k{n}") for n in range(4)])
    run(clock)
    clock.passes(minutes=5)
    smtp.mode = "refuse"
    run(clock)
    alice.refresh_from_db()
    assert alice.address_off_at and addresses.undelivered(alice).count() == 3


# --- reports that come back -----------------------------------------------------------


def test_a_report_about_a_mailbox_that_is_not_there_switches_the_address_off(told, alice, bob, smtp, clock):
    assert bounces.take(report(last(smtp)), NOW) == Outcome.HARD
    told.refresh_from_db()
    alice.refresh_from_db()
    assert alice.address_off_at == NOW
    assert told.state == "failed" and "no such mailbox" in told.last_error
    assert Bounce.objects.get().delivery == Delivery.objects.get()
    assert run(clock) == 1 and smtp.taken[-1][0] == "bob@example.com"


def test_a_report_about_a_mail_sent_before_the_key_was_replaced_counts(told, alice, smtp, settings):
    raw = report(last(smtp))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the key that came after", [settings.SECRET_KEY]
    assert bounces.take(raw, NOW) == Outcome.HARD


def test_a_report_signed_with_a_key_that_was_taken_out_counts_no_more(told, alice, smtp, settings):
    raw = report(last(smtp))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the key that came after", []
    assert bounces.take(raw, NOW) not in (Outcome.HARD, Outcome.SOFT)


def test_the_same_report_counts_once(told, smtp):
    raw = report(last(smtp))
    assert [bounces.take(raw, NOW) for _ in range(2)] == [Outcome.HARD, Outcome.KNOWN]
    assert Bounce.objects.count() == 1


def test_a_full_mailbox_is_tried_again_under_the_same_name(told, alice, smtp, clock):
    raw = report(last(smtp), status="5.2.2", told="552 5.2.2 mailbox full")
    assert bounces.take(raw, NOW) == Outcome.SOFT
    alice.refresh_from_db()
    assert alice.address_off_at is None
    assert run(clock) == 0
    clock.passes(hours=4)
    assert run(clock) == 1
    assert len(smtp.ids) == 2 and len(set(smtp.ids)) == 1


def test_soft_failures_on_three_days_are_enough(told, alice, smtp, clock):
    for day in range(3):
        for hour in range(2):
            clock.at = NOW + timedelta(days=day, hours=hour)
            told = f"452 4.2.2 full, attempt {day}.{hour}"
            bounces.take(report(last(smtp), status="4.2.2", told=told), clock.at)
            alice.refresh_from_db()
            assert bool(alice.address_off_at) == (day == 2)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_a_delay_is_no_failure(told, smtp, action):
    assert bounces.take(report(last(smtp), action=action), NOW) == Outcome.NO_FAILURE
    assert not Bounce.objects.exists()


def test_a_failure_behind_a_forwarding_does_not_end_the_address(told, alice, smtp):
    assert bounces.take(report(last(smtp), to="alice@elsewhere.example"), NOW) == Outcome.SOFT
    alice.refresh_from_db()
    assert alice.address_off_at is None


def test_a_report_about_an_address_since_corrected_changes_nothing_of_the_new_one(told, alice, smtp):
    User.objects.filter(pk=alice.pk).update(email="alice@new.example")
    bounces.take(report(last(smtp)), NOW)
    alice.refresh_from_db()
    assert alice.address_off_at is None and Bounce.objects.get().address == "alice@example.com"


def test_the_diagnostic_says_more_than_a_bare_status(told, smtp):
    assert bounces.take(report(last(smtp), status="5.0.0"), NOW) == Outcome.HARD


def test_a_group_that_comes_back_is_undelivered_in_each_of_its_alerts(case, alice, smtp, clock):
    FirmPolicy.objects.create(pk=1, most_single_mails=1)
    make.watchlist(alice, case, followers=(alice,))
    fan_out([News.objects.create(case=case, kind=News.Kind.DECISION, key=f"k{n}") for n in range(4)])
    run(clock)
    clock.passes(minutes=5)
    run(clock)
    assert last(smtp)["Message-ID"].startswith("<several.")
    assert bounces.take(report(last(smtp)), clock.at) == Outcome.HARD
    assert Prompt.objects.get().state == "failed"
    assert Alert.objects.filter(state="failed", group__isnull=False).count() == 3


# --- forged and hostile -----------------------------------------------------------


def forged(mail, told: Alert) -> list[bytes]:
    token = mail[tokens.HEADER]
    other = f"a{told.pk + 1}.{token.partition('.')[2]}"
    return [
        report(mail, headers=f"Message-ID: {mail['Message-ID']}\r\n"),
        report(mail, headers=f"{tokens.HEADER}: {token[:-1]}{'0' if token[-1] != '0' else '1'}\r\n"),
        report(mail, headers=f"{tokens.HEADER}: {other}\r\n"),
        report(mail, headers=f"{tokens.HEADER}: a1.{'0' * 32}\r\n" * 5000),
    ]


def test_a_forged_report_switches_nobody_off(told, alice, smtp):
    for raw in forged(last(smtp), told):
        assert bounces.take(raw, NOW) == Outcome.NOT_OURS
    alice.refresh_from_db()
    assert alice.address_off_at is None and not Bounce.objects.exists()


def test_an_old_token_counts_no_more(told, alice, smtp):
    assert bounces.take(report(last(smtp)), NOW + timedelta(days=31)) == Outcome.NOT_OURS


def nested(depth: int) -> bytes:
    return b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(depth)
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 5000,
        b"Subject: out of office\r\n\r\nI am away",
        nested(3000),
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
        b"Content-Type: message/delivery-status\r\n\r\n" + b"Final-Recipient: rfc822; a@b\r\n\r\n" * 30_000,
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
        b"A" * 5_000_000,
    ],
    ids=["empty", "zeros", "reply", "nested", "boundaries", "recipients", "nobody", "huge"],
)
def test_hostile_mail_is_read_within_bounds_and_changes_nothing(db, raw):
    assert bounces.take(raw, NOW) in (Outcome.NO_FAILURE, Outcome.NOT_OURS)


def test_words_of_a_report_are_cut_and_carry_no_zeros(told, smtp):
    raw = report(last(smtp), told="550 5.1.1 " + "x\0y" * 5000)
    assert bounces.take(raw, NOW) == Outcome.HARD
    words = Bounce.objects.get().words
    assert len(words) <= 500 and "\0" not in words


# --- the address that reports go to -----------------------------------------------------------


def test_mails_answer_to_an_address_of_their_own_where_one_is_configured(
    case, refusal, alice, smtp, clock, settings
):
    settings.BOUNCE_ADDRESS = "bounce@firm.example"
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal])
    run(clock)
    mail, alert = last(smtp), Alert.objects.get()
    assert smtp.senders == [f"bounce+{tokens.token_of(alert)}@firm.example"]
    assert mail["From"] == "IP Portal <portal@firm.example>"
    assert len(smtp.senders[0].partition("@")[0]) <= 64
    raw = report(mail, headers="").replace(
        b"To: portal@firm.example", f"To: {smtp.senders[0].upper()}".encode()
    )
    assert bounces.take(raw, NOW) == Outcome.HARD


# --- the mailbox -----------------------------------------------------------


def test_reports_are_read_from_a_mailbox_and_marked(told, alice, smtp, settings, capsys):
    with Mailbox([report(last(smtp)), b"Subject: hello\r\n\r\nx", b"A" * 3_000_000]) as mailbox:
        settings.BOUNCE_MAILBOX = mailbox.url
        call_command("bounces")
        assert mailbox.seen == {1, 2, 3}
        call_command("bounces")
    assert capsys.readouterr().out.splitlines() == [
        "3 read: 1 mailbox not there, 2 no report of a failure",
        "0 read",
    ]
    alice.refresh_from_db()
    assert alice.address_off_at


def test_a_mailbox_that_breaks_off_is_read_again_and_counts_once(told, smtp):
    with Mailbox([report(last(smtp))]) as mailbox:
        mailbox.breaks_after = 0
        with pytest.raises(bounce_mailbox.MailboxError):
            bounce_mailbox.read(mailbox.url, NOW)
        mailbox.breaks_after = None
        assert bounce_mailbox.read(mailbox.url, NOW) == {Outcome.KNOWN: 1}
    assert Bounce.objects.count() == 1


def test_a_refused_log_in_says_so_without_the_password(db, settings):
    with Mailbox([]) as mailbox:
        settings.BOUNCE_MAILBOX = mailbox.url.replace("reports", "somebody")
        with pytest.raises(CommandError) as told:
            call_command("bounces")
    assert "AUTHENTICATIONFAILED" in str(told.value) and "se@cret" not in str(told.value)


def test_a_mail_server_can_pipe_a_report(told, alice, smtp, monkeypatch, capsys):
    class Pipe:
        buffer = io.BytesIO(report(last(smtp)) + b"x" * 2_000_000)

    monkeypatch.setattr(sys, "stdin", Pipe)
    call_command("bounces", "--stdin")
    assert capsys.readouterr().out == "1 read: 1 mailbox not there\n"
    assert Pipe.buffer.read() == b""


def test_without_a_mailbox_the_command_says_what_to_set(db, settings):
    settings.BOUNCE_MAILBOX = ""
    with pytest.raises(CommandError, match="IPPORTAL_BOUNCE_MAILBOX"):
        call_command("bounces")


# --- on again -----------------------------------------------------------


def test_switched_on_again_what_was_not_delivered_goes_out_under_its_name(told, alice, smtp, clock):
    name = told.message_id
    bounces.take(report(last(smtp)), NOW)
    assert addresses.undelivered(alice).count() == 1
    clock.passes(days=1)
    assert addresses.switch_on(alice, by=alice, email="alice@new.example", send=True) == 1
    run(clock)
    assert smtp.taken[-1][0] == "alice@new.example" and last(smtp)["Message-ID"] == name
    entry = AuditEntry.objects.get(action="address.on")
    assert entry.actor == alice and entry.detail["was"] == "alice@example.com"


def test_what_was_read_meanwhile_is_not_sent_again(told, alice, smtp, clock):
    bounces.take(report(last(smtp)), NOW)
    Alert.objects.filter(user=alice).update(read_at=NOW)
    assert addresses.switch_on(alice, by=alice, email=alice.email, send=True) == 0


# --- sent once more -----------------------------------------------------------


def test_a_person_has_a_message_sent_again_under_a_new_name_that_says_who(told, alice, bob, smtp, clock):
    again.send_again(told, by=bob)
    assert run(clock) == 1
    first, second = (mail for _, mail in smtp.taken)
    assert second["Message-ID"] != first["Message-ID"] and ".again2@" in second["Message-ID"]
    assert "Bob Attorney さんの指示により、再送しました。" in second.get_body(("plain",)).get_content()
    assert Delivery.objects.order_by("pk").last().again_by == bob
    again.send_again(Alert.objects.get(), by=alice)
    run(clock)
    assert len(set(smtp.ids)) == 3 and ".again3@" in last(smtp)["Message-ID"]


def test_sending_again_makes_no_sense_while_it_waits_or_the_address_is_off(told, alice, smtp):
    again.send_again(told, by=alice)
    with pytest.raises(again.OnItsWay):
        again.send_again(told, by=alice)
    Alert.objects.update(state="sent")
    User.objects.filter(pk=alice.pk).update(address_off_at=NOW)
    with pytest.raises(again.AddressOff):
        again.send_again(told, by=alice)


# --- administrators ---------------------------------------------------------------------------------------


def test_the_digest_of_administrators_names_whom_mail_does_not_reach(alice, bob, clock):
    User.objects.filter(pk=alice.pk).update(address_off_at=NOW)
    assert "有栖川 有紀" not in digest.preview(bob, NOW).trouble
    bob.role = "administrator"
    bob.save()
    assert "Mail does not reach 有栖川 有紀" in digest.preview(bob, NOW).trouble
