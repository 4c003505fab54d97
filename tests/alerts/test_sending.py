"""From the row to the mail server, with everything that can go wrong on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from dossiers.alerts import deliveries, outbox
from dossiers.alerts.deliveries import backoff
from dossiers.alerts.outbox import claim, deliver, fan_out, pump
from dossiers.models import Alert, Delivery
from tests import make
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

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
def told(case, refusal, alice, bob, clock):
    """Alice and Bob are to be told of a notice."""
    make.watchlist(alice, case, followers=(alice, bob))
    fan_out([refusal])


def run(clock, seconds: float = 20) -> int:
    return pump(budget_seconds=seconds, clock=clock)


def test_each_reader_gets_it_once_over_one_connection(told, smtp, clock):
    assert run(clock) == 2
    assert run(clock) == 0
    assert sorted(address for address, _ in smtp.taken) == ["alice@example.com", "bob@example.com"]
    assert smtp.connections == 1
    assert set(Alert.objects.values_list("state", "attempts", "sent_at")) == {("sent", 1, NOW)}


def test_what_was_sent_is_kept(told, smtp, clock):
    run(clock)
    kept = Delivery.objects.get(to="alice@example.com")
    mail = next(mail for address, mail in smtp.taken if address == "alice@example.com")
    assert kept.accepted and not kept.permanent and kept.at == NOW
    assert kept.subject == mail["Subject"]
    assert kept.text.split() == mail.get_body(("plain",)).get_content().split()
    assert kept.html.split() == mail.get_body(("html",)).get_content().split()


def test_a_held_message_goes_out_when_its_time_comes(case, refusal, alice, smtp, clock):
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal], hold_until=NOW + timedelta(minutes=3))
    assert run(clock) == 0
    clock.passes(minutes=3)
    assert run(clock) == 1


def test_no_transaction_is_open_while_the_server_is_spoken_to(told, smtp, clock, monkeypatch):
    seen = []
    real = outbox.post.send

    def watched(message, connection_given=None):
        seen.append(connection.in_atomic_block)
        return real(message, connection_given)

    monkeypatch.setattr(outbox.post, "send", watched)
    run(clock)
    assert seen == [False, False]


def test_a_claimed_message_is_nobody_elses_until_the_lease_ends(told, clock):
    first, second = claim(NOW), claim(NOW)
    assert first.pk != second.pk
    assert claim(NOW + timedelta(minutes=4)) is None
    again = claim(NOW + timedelta(minutes=5))
    assert again.pk == first.pk and again.attempts == 2


def test_a_clock_set_back_keeps_no_message_of_a_dead_sender(told, clock):
    first, second = claim(NOW), claim(NOW)
    back = NOW - timedelta(hours=3)
    Alert.objects.update(not_before=back)
    assert {claim(back).pk, claim(back).pk} == {first.pk, second.pk}


def test_a_lease_outlives_the_time_the_queue_gives_a_task(settings):
    assert outbox.LEASE.total_seconds() > settings.Q_CLUSTER["timeout"]


# --- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["refuse", "reject_data"])
def test_a_refusal_for_good_is_shown_as_failed_with_the_servers_words(told, smtp, clock, mode):
    Alert.objects.last().delete()  # refused for two and taken for nobody, it would be the server's fault
    smtp.mode = mode
    assert run(clock) == 0
    assert set(Alert.objects.values_list("state", flat=True)) == {"failed"}
    words = Alert.objects.first().last_error
    assert "550 5.1.1 no such mailbox" in words or "554 5.7.1 refused as spam" in words
    assert Delivery.objects.get().permanent and not Delivery.objects.get().kept


def about(found: datetime, wanted: datetime) -> bool:
    """`wanted`, or up to a tenth of the wait later."""
    return wanted <= found <= wanted + timedelta(seconds=12)


def test_what_the_server_puts_off_is_tried_again_later_and_later(told, smtp, clock):
    Alert.objects.last().delete()  # from the third failure in a row on the server itself is left alone
    smtp.mode = "put_off"
    run(clock)
    alert = Alert.objects.get()
    assert (alert.state, alert.lease_until) == ("waiting", None)
    assert about(alert.not_before, NOW + timedelta(minutes=1))
    assert "451" in alert.last_error
    clock.passes(minutes=1.2)
    run(clock)
    assert about(Alert.objects.get().not_before, clock.at + timedelta(minutes=2))
    smtp.mode = "take"
    clock.passes(minutes=2.3)
    assert run(clock) == 1
    assert Alert.objects.get().last_error == ""


def test_waits_never_shrink_and_outlast_four_days():
    waits = [backoff(n) for n in range(1, deliveries.MAX_ATTEMPTS + 1)]
    assert waits == sorted(waits)
    assert sum(waits, timedelta()) > timedelta(days=4)


def test_a_server_that_is_away_ends_the_round_and_loses_nothing(told, smtp, clock, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert run(clock) == 0
    assert Delivery.objects.count() == 1  # one knock is enough to know
    assert Alert.objects.filter(state="waiting").count() == 2
    settings.EMAIL_PORT = port
    assert run(clock) == 2  # the first success makes the other's wait moot
    assert len(smtp.taken) == 2


def test_the_connection_cut_after_the_message_gives_the_same_message_again(told, smtp, clock):
    smtp.mode = "drop"
    run(clock)
    assert Alert.objects.filter(state="sent").count() == 0
    smtp.mode = "take"
    clock.passes(hours=1)
    run(clock)
    assert Alert.objects.filter(state="sent").count() == 2
    assert len(set(smtp.ids)) == 2 < len(smtp.ids)


def test_after_twenty_attempts_it_is_given_up_in_the_open(told, smtp, clock):
    Alert.objects.update(attempts=deliveries.MAX_ATTEMPTS)
    assert run(clock) == 0
    assert not smtp.taken
    assert set(Alert.objects.values_list("state", flat=True)) == {"failed"}
    assert Alert.objects.first().last_error.startswith("Given up after 20 attempts")


def test_a_reader_without_an_address_is_shown_as_failed(told, smtp, clock, alice):
    alice.email = ""
    alice.save()
    assert run(clock) == 1
    assert Alert.objects.get(user=alice).state == "failed"


def test_who_switches_mail_off_meanwhile_gets_none(told, smtp, clock, bob):
    bob.mail_on = False
    bob.save()
    assert run(clock) == 1
    assert Alert.objects.get(user=bob).state == "dropped"


def test_the_budget_ends_a_round(told, smtp, clock):
    smtp.mode = "slow"
    assert run(clock, seconds=0.1) == 1
    assert run(clock) == 1


# --- deaths ------------------------------------------------------------------------------------------------


def test_dying_between_sending_and_marking_repeats_the_same_message(told, smtp, clock):
    before = claim(NOW)
    outbox.post.send(outbox.compose.message(before, now=NOW))  # accepted; then the process dies
    clock.passes(minutes=6)
    assert run(clock) == 2
    repeated = [identity for identity in smtp.ids if identity == before.message_id]
    assert len(repeated) == 2 and len(set(smtp.ids)) == 2


def test_a_message_that_cannot_be_written_keeps_no_other_back(told, smtp, clock, monkeypatch, alice):
    real = outbox.compose.message

    def fails(alert, *, now):
        if alert.user_id == alice.pk:
            raise ZeroDivisionError
        return real(alert, now=now)

    monkeypatch.setattr(outbox.compose, "message", fails)
    assert run(clock) == 1
    waiting = Alert.objects.get(user=alice)
    assert waiting.state == "waiting" and about(waiting.not_before, NOW + timedelta(minutes=1))
    assert "could not be put together" in waiting.last_error


def test_deliver_says_whether_the_server_took_it(told, smtp, clock):
    assert deliver(claim(NOW), now=NOW) is True
    smtp.mode = "put_off"
    assert deliver(claim(NOW), now=NOW) is False
