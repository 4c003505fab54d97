"""A digest that its reader wants once more, and one that came back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers.alerts import again, bounces, digest, outbox
from dossiers.models import Alert, Delivery, Digest, News, User
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
def ann(case, smtp, clock) -> User:
    """She has a piece of news in store for her digest of today, which has gone out."""
    reader = make.user("ann", language="en", digest_from=NOW - timedelta(days=3))
    case.owner = reader
    case.save()
    news = News.objects.create(case=case, kind="registered", key="1", created_at=NOW - timedelta(hours=2))
    Alert.objects.create(
        news=news, user=reader, state="daily", message_id="<a@x>", created_at=news.created_at
    )
    assert run(clock) == 1
    return reader


def run(clock) -> int:
    return digest.pump(budget_seconds=20, clock=clock)


def plain(smtp, number: int) -> str:
    return smtp.taken[number][1].get_body(("plain",)).get_content()


def test_it_goes_out_again_as_it_was_under_a_new_name_and_says_for_whom(ann, case, smtp, clock):
    one, told_until = Digest.objects.get(), Digest.objects.get().covers_until
    clock.passes(hours=5)
    News.objects.create(case=case, kind="decision", key="later", created_at=clock.at)
    again.send_again(one, by=ann)
    assert digest.standing(clock.at).late == 0
    assert run(clock) == 1
    first, second = (mail for _, mail in smtp.taken)
    assert second["Subject"] == first["Subject"] and second["Message-ID"] != first["Message-ID"]
    assert "Sent again at the request of ann" in plain(smtp, 1)
    assert plain(smtp, 0).split() == plain(smtp, 1).split()[-len(plain(smtp, 0).split()) :]
    html = second.get_body(("html",)).get_content()
    assert "Sent again at the request of ann" in html and html.count("<body") == 1
    one.refresh_from_db()
    assert (one.state, one.covers_until) == ("sent", told_until)  # what is new belongs to the next one
    assert Delivery.objects.order_by("pk").last().again_by == ann


def test_it_can_be_had_again_when_a_later_one_has_gone_and_digests_are_off(ann, smtp, clock):
    clock.passes(days=1)
    assert run(clock) == 1
    User.objects.update(digest_on=False)
    again.send_again(Digest.objects.order_by("day").first(), by=ann)
    assert run(clock) == 1 and len(set(smtp.ids)) == 3


def test_one_that_came_back_gives_its_news_to_the_next_one(ann, smtp, clock):
    assert Alert.objects.get().state == "sent"
    raw = report(smtp.taken[0][1], to="ann@example.com", status="5.2.2", told="552 5.2.2 full")
    assert bounces.take(raw, clock.at) == bounces.Outcome.SOFT
    assert (Digest.objects.get().state, Alert.objects.get().state) == ("failed", "daily")
    clock.passes(days=1)
    assert run(clock) == 1
    carried = Alert.objects.get()
    assert carried.state == "sent" and carried.digest == Digest.objects.latest("day")
    assert "2023-000123" in plain(smtp, 1)


def test_one_that_came_back_for_good_leaves_its_news_undelivered_for_the_deputy(ann, bob, smtp, clock):
    User.objects.filter(pk=ann.pk).update(deputy=bob)
    assert bounces.take(report(smtp.taken[0][1], to="ann@example.com"), clock.at) == bounces.Outcome.HARD
    assert Alert.objects.get().state == "failed"
    assert outbox.pump(budget_seconds=20, clock=clock) == 1
    assert Alert.objects.get(user=bob).instead_of == ann
