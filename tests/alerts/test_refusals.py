"""A mail server that refuses everybody: nobody is switched off, nothing is given up, somebody is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers.alerts import bounces, deliveries, outbox, prompts
from dossiers.alerts.outbox import fan_out
from dossiers.models import (
    Alert,
    AuditEntry,
    Bounce,
    Delivery,
    FirmPolicy,
    MailServer,
    News,
    Prompt,
    User,
)
from tests import make
from tests.alerts.conftest import NOW
from tests.alerts.test_bounces import report
from tests.alerts.test_sending import Clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


@pytest.fixture
def crowd(case, refusal, clock):
    """Eight people are to be told of a notice."""
    people = tuple(make.user(f"u{n}", language="en") for n in range(8))
    make.watchlist(people[0], case, followers=people)
    fan_out([refusal])
    return people


def run(clock) -> int:
    """What goes out now; shorter than a pause of the server, whose end would never come by this clock."""
    sent = outbox.pump(budget_seconds=10, clock=clock)
    return sent + prompts.send_due(budget_seconds=10, clock=clock)


def off() -> set[str]:
    return set(User.objects.filter(address_off_at__isnull=False).values_list("username", flat=True))


def wait_and_run(clock, minutes: float = 10) -> int:
    """Later, when the server is no longer left alone."""
    clock.passes(minutes=minutes)
    return run(clock)


def patiently(clock, rounds: int = 14) -> int:
    return sum(wait_and_run(clock) for _ in range(rounds))


def test_a_relay_that_refuses_everybody_switches_nobody_off_and_loses_nothing(crowd, smtp, clock):
    smtp.mode = "refuse"
    patiently(clock)
    assert off() == set() and not Alert.objects.exclude(state="waiting").exists()
    assert MailServer.objects.get().refusing_since
    assert Delivery.objects.filter(kept=True, permanent=True).count() == Delivery.objects.count() >= 8
    assert AuditEntry.objects.filter(action="mail.refusing").count() == 1
    smtp.mode = "take"
    assert patiently(clock, 60) == 8
    assert set(Alert.objects.values_list("state", flat=True)) == {"sent"}
    assert MailServer.objects.get().refusing_since is None and off() == set()
    assert len(set(smtp.ids)) == 8  # each under the name it had from the first


def test_who_was_switched_off_before_that_was_seen_is_on_again(case, refusal, smtp, clock):
    people = tuple(make.user(f"u{n}") for n in range(4))
    make.watchlist(people[0], case, followers=people[:1])
    fan_out([refusal])
    smtp.mode = "refuse"
    run(clock)
    assert off() == {"u0"} and Alert.objects.get().state == "failed"
    clock.passes(minutes=20)
    make.watchlist(people[0], case, followers=people, name="all")
    fan_out([News.objects.create(case=case, kind="decision", key="second", created_at=clock.at)])
    run(clock)
    assert off() == set() and set(Alert.objects.values_list("state", flat=True)) == {"waiting"}
    smtp.mode = "take"
    assert patiently(clock, 20) == 5


def test_while_some_are_taken_three_refusals_of_the_last_six_are_the_servers(crowd, smtp, clock):
    order = list(Alert.objects.order_by("act_by", "not_before", "pk").values_list("user__email", flat=True))
    smtp.refused = {order[n] for n in (1, 3, 4)}
    run(clock)
    assert off() == set() and Alert.objects.filter(state="waiting").count() == 3
    smtp.refused = set()
    assert patiently(clock) == 3


def test_two_mailboxes_gone_among_eight_are_gone(crowd, smtp, clock):
    smtp.refused = {"u3@example.com", "u6@example.com"}
    assert run(clock) == 6
    assert off() == {"u3", "u6"} and not MailServer.objects.get().refusing_since


def test_a_mailbox_that_was_really_gone_is_switched_off_once_the_server_is_well(crowd, smtp, clock):
    smtp.mode = "refuse"
    patiently(clock, 3)
    smtp.mode, smtp.refused = "take", {"u5@example.com"}
    patiently(clock, 60)
    assert off() == {"u5"} and Alert.objects.filter(state="sent").count() == 7


def test_messages_refused_for_another_reason_are_kept_too(crowd, smtp, clock):
    smtp.mode = "reject_data"
    patiently(clock, 6)
    assert set(Alert.objects.values_list("state", flat=True)) == {"waiting"}
    smtp.mode = "take"
    assert patiently(clock, 60) == 8


def test_trouble_of_the_server_never_uses_up_a_message(crowd, smtp, clock, settings):
    Alert.objects.update(attempts=deliveries.MAX_ATTEMPTS - 1)
    smtp.mode = "refuse"
    patiently(clock, 3)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    patiently(clock, 3)
    settings.EMAIL_PORT, smtp.mode = port, "take"
    Alert.objects.update(not_before=clock.at)
    assert patiently(clock, 20) == 8


def test_reports_that_come_back_for_everybody_are_the_relays(crowd, smtp, clock):
    assert run(clock) == 8
    clock.passes(minutes=1)
    for address, mail in list(smtp.taken):
        assert bounces.take(report(mail, to=address), clock.at) == bounces.Outcome.HARD
    assert off() == set() and not Alert.objects.exclude(state="waiting").exists()
    assert Bounce.objects.filter(hard=True).count() == 8
    clock.passes(days=1, minutes=1)
    assert run(clock) == 8 and MailServer.objects.get().refusing_since is None


def test_a_group_kept_leaves_its_alerts_waiting(case, smtp, clock):
    FirmPolicy.objects.create(pk=1, most_single_mails=1)
    people = tuple(make.user(f"u{n}") for n in range(2))
    make.watchlist(people[0], case, followers=people[:1])
    fan_out([News.objects.create(case=case, kind="decision", key=f"k{n}") for n in range(4)])
    run(clock)
    smtp.mode = "refuse"
    wait_and_run(clock, 70)
    assert Prompt.objects.get().state == "failed" and off() == {"u0"}
    make.watchlist(people[0], case, followers=people[1:], name="second")
    fan_out([News.objects.create(case=case, kind="decision", key="later", created_at=clock.at)])
    run(clock)
    assert Prompt.objects.get().state == "waiting" and off() == set()
    assert not Alert.objects.filter(state="failed").exists()
    smtp.mode = "take"
    patiently(clock, 12)
    assert not Alert.objects.exclude(state="sent").exists()


# --- given up ----------------------------------------------------------------------------------------------


def give_up(smtp, clock) -> None:
    """Put off to the last attempt, and then no more."""
    smtp.mode = "put_off"
    Alert.objects.update(attempts=deliveries.MAX_ATTEMPTS - 1)
    run(clock)
    wait_and_run(clock, 600)
    assert Alert.objects.get().state == "failed"


def test_a_message_given_up_counts_against_the_address(case, refusal, alice, smtp, clock):
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal])
    give_up(smtp, clock)
    bounce = Bounce.objects.get()
    assert (bounce.hard, bounce.how, bounce.user) == (False, "given", alice)
    assert "Given up after 20 attempts" in bounce.words and not off()


def test_three_given_up_on_three_days_switch_the_address_off(case, alice, smtp, clock):
    make.watchlist(alice, case, followers=(alice,))
    for day in range(3):
        clock.at = NOW + timedelta(days=day)
        fan_out([News.objects.create(case=case, kind="decision", key=str(day), created_at=clock.at)])
        Alert.objects.filter(state="waiting").update(
            attempts=deliveries.MAX_ATTEMPTS, last_error="The mail server put it off: 452 4.2.2 full"
        )
        run(clock)
        assert bool(off()) == (day == 2)


def test_a_message_given_up_for_our_own_fault_says_nothing_of_the_address(case, refusal, alice, smtp, clock):
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal])
    Alert.objects.update(
        attempts=deliveries.MAX_ATTEMPTS, last_error="The message could not be put together; see the log."
    )
    run(clock)
    assert Alert.objects.get().state == "failed" and not Bounce.objects.exists()


def test_the_sender_refused_is_our_fault_and_ends_no_message(case, refusal, alice, smtp, clock):
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal])
    smtp.mode = "refuse_sender"
    Alert.objects.update(attempts=deliveries.MAX_ATTEMPTS - 1)
    for _ in range(3):
        wait_and_run(clock, 600)
    assert Alert.objects.get().state == "waiting" and "sender" in Alert.objects.get().last_error
    smtp.mode = "take"
    assert wait_and_run(clock, 600) == 1
