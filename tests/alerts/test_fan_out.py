"""Who is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dossiers.alerts.outbox import fan_out, release
from dossiers.models import Alert, Follow, News
from tests import make
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db


def test_followers_and_the_person_in_charge_are_told_once_each(case, refusal, alice, bob):
    case.owner = alice
    case.save()
    first = make.watchlist(alice, case, name="A", followers=(alice, bob))
    make.watchlist(bob, case, name="B", followers=(bob,))
    assert fan_out([refusal]) == 2
    assert dict(Alert.objects.values_list("user__username", "watchlist")) == {
        "alice": first.pk,
        "bob": first.pk,
    }


def test_the_person_in_charge_is_told_without_following_anything(case, refusal, alice):
    case.owner = alice
    case.save()
    assert fan_out([refusal]) == 1
    assert Alert.objects.get().watchlist is None


def test_the_deputy_of_a_case_stands_in_for_who_is_away_and_alone_where_there_is_nobody(
    case, refusal, alice, bob
):
    case.owner, case.deputy = alice, bob
    case.save()
    assert fan_out([refusal]) == 1
    Alert.objects.all().delete()
    alice.away_from = date(2020, 1, 1)
    alice.save()
    fan_out([refusal])
    assert dict(Alert.objects.values_list("user__username", "instead_of__username")) == {
        "alice": None,
        "bob": "alice",
    }
    Alert.objects.all().delete()
    case.owner = None
    case.save()
    fan_out([refusal])
    assert dict(Alert.objects.values_list("user__username", "instead_of__username")) == {"bob": None}


@pytest.mark.parametrize("field", ["is_active", "mail_on"])
def test_who_has_left_or_wants_no_mail_is_not_told(case, refusal, alice, bob, field):
    make.watchlist(alice, case, followers=(alice, bob))
    setattr(bob, field, False)
    bob.save()
    fan_out([refusal])
    assert list(Alert.objects.values_list("user__username", flat=True)) == ["alice"]


def test_an_ended_follow_and_another_list_bring_nothing(case, refusal, alice, bob):
    make.watchlist(alice, case, followers=(bob,))
    Follow.objects.update(active=False)
    make.watchlist(alice, make.case("2023000999"), followers=(bob,))
    assert fan_out([refusal]) == 0


def test_the_same_news_told_again_writes_nothing_new(case, refusal, alice):
    make.watchlist(alice, case, followers=(alice,))
    assert fan_out([refusal]) == 1
    first = Alert.objects.get()
    assert fan_out([refusal]) == 0
    assert Alert.objects.get().message_id == first.message_id


def test_it_goes_with_the_transaction_that_wrote_the_news(case, refusal, alice):
    make.watchlist(alice, case, followers=(alice,))
    with pytest.raises(RuntimeError), transaction.atomic():
        fan_out([refusal])
        raise RuntimeError
    assert not Alert.objects.exists()


def test_a_held_message_waits_and_is_released_by_its_case_alone(case, refusal, alice):
    other = make.case("2023000999")
    make.watchlist(alice, case, other, followers=(alice,))
    elsewhere = News.objects.create(case=other, kind=News.Kind.DISPATCH, key="x")
    fan_out([refusal, elsewhere], hold_until=NOW + timedelta(minutes=3))
    assert set(Alert.objects.values_list("not_before", flat=True)) == {NOW + timedelta(minutes=3)}
    assert release(case, now=NOW) == 1
    assert Alert.objects.get(news=refusal).not_before == NOW
    assert Alert.objects.get(news=elsewhere).not_before > NOW


def test_release_does_not_hurry_a_message_that_the_server_put_off(case, refusal, alice):
    make.watchlist(alice, case, followers=(alice,))
    fan_out([refusal])
    Alert.objects.update(attempts=1, not_before=NOW + timedelta(hours=1))
    assert release(case, now=NOW) == 0


def test_queries_do_not_grow_with_news_or_followers(case, alice, bob):
    counts = []
    make.watchlist(alice, case, followers=(alice,))
    for size in (1, 6):
        followers = tuple(make.user(f"u{size}-{n}") for n in range(size))
        make.watchlist(bob, case, followers=followers)
        rows = [
            News.objects.create(case=case, kind=News.Kind.DISPATCH, key=f"{size}:{n}") for n in range(size)
        ]
        with CaptureQueriesContext(connection) as queries:
            fan_out(rows)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_no_news_is_no_trouble(db):
    assert fan_out([]) == 0
