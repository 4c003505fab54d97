"""A docket invented for trials of scale: whole, the same each time, and never mixed with real cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from apiclient.clock import JST
from dossiers import clock
from dossiers.demo import docket
from dossiers.demo.lives import FIRST_SERIAL, lives
from dossiers.docketing.store import reconcile
from dossiers.models import Alert, Case, Document, Event, Follow, RefreshJob, Snapshot, TimeLimit, User
from dossiers.refresh.search import words_of
from dossiers.refresh.search_index import fits
from dossiers.refresh.snapshots import body_of, read_again
from tests import make

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
ORIGINALS, ALL = 16, 40


@pytest.fixture
def few_originals(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(docket, "PROTOTYPES", ORIGINALS)
    settings.JPO_USERNAME = ""


@pytest.fixture
def grown(few_originals: None, db: None) -> Iterator[docket.Grown]:
    return docket.grow(ALL, people=3)


def test_a_docket_has_as_many_cases_as_were_asked_for_with_long_lists_of_documents(grown: docket.Grown):
    assert grown.cases == Case.objects.count() == ALL
    assert grown.documents == Document.objects.count() > 20 * ALL
    assert set(Case.objects.values_list("law", flat=True)) == {"patent", "design", "trademark"}
    assert Case.objects.values("stage").distinct().count() > 4


def test_every_row_refers_to_rows_of_its_own_case(grown: docket.Grown):
    connection.check_constraints()
    for limit in TimeLimit.objects.select_related("event", "proof"):
        for event in filter(None, (limit.event, limit.proof)):
            assert event.case_id == limit.case_id
    assert not Document.objects.exclude(event__case=F("case")).exists()
    for alert in Alert.objects.select_related("news__case"):
        assert alert.user_id == alert.news.case.owner_id


def test_the_rules_find_nothing_to_change_in_a_copy(grown: docket.Grown):
    for case in Case.objects.order_by("-pk")[:15]:
        before = list(case.limits.order_by("pk").values_list("key", "due", "state"))
        reconcile(case, now=clock.now())
        assert list(case.limits.order_by("pk").values_list("key", "due", "state")) == before


def test_a_copy_says_what_its_kept_replies_say(grown: docket.Grown):
    copy = Case.objects.filter(law="patent").exclude(registration_number="").latest("pk")
    reply = copy.snapshots.filter(endpoint="patent/app_progress").latest("pk")
    answer = read_again(
        "patent", "app_progress", (copy.application_number,), body_of(reply), reply.last_received_at
    )
    assert answer.reply is not None and not answer.problems
    assert answer.reply.application_number == copy.application_number
    assert copy.registration_number in body_of(reply).decode()
    assert copy.register.registration_number == copy.registration_number


def test_each_case_is_found_by_its_own_number_and_its_texts_by_their_words(grown: docket.Grown):
    copy = Case.objects.filter(papers__readable=True).latest("pk")
    assert list(Case.objects.filter(fits(words_of(copy.own_reference, 5)[0]))) == [copy]
    text = copy.search_texts.exclude(paper=None).first().text.split("\n")[-1]
    assert copy in Case.objects.filter(fits(text[:8]))


def test_numbers_are_nobodys_and_each_is_there_once(grown: docket.Grown):
    numbers = set(Case.objects.values_list("law", "application_number"))
    assert len(numbers) == ALL
    assert all(int(number[4:]) >= FIRST_SERIAL for _law, number in numbers)


def test_a_docket_can_be_made_to_grow_and_worked_on_afterwards(grown: docket.Grown):
    more = docket.grow(ALL + 30, people=3)
    assert more.cases == ALL + 30
    case = make.case()
    make.event(case)
    assert Event.objects.filter(case=case).count() == 1


def test_nobody_is_mailed_and_nothing_is_asked_for(grown: docket.Grown):
    assert not Alert.objects.exclude(state=Alert.State.SENT).exists()
    assert not RefreshJob.objects.exists()


def test_nobody_follows_the_whole_docket_and_somebody_follows_every_case(grown: docket.Grown):
    for case in Case.objects.all():
        assert [one.name for one in case.watchlists.all()] == [case.client]
        assert Follow.objects.filter(watchlist__cases=case).exists()
    for person in User.objects.all():
        assert Case.objects.filter(watchlists__follows__user=person).distinct().count() < ALL


def test_a_case_behind_a_wall_is_in_charge_of_somebody_inside(few_originals: None, db: None):
    docket.grow(ALL, people=45)
    walled = Case.objects.exclude(wall=None)
    assert walled.values("client").distinct().count() == 1
    assert not Case.objects.filter(wall=None, client=walled.first().client).exists()
    assert not walled.exclude(owner=None).exclude(owner__walls__wall=F("wall")).exists()


def test_a_greater_docket_has_more_people():
    assert [docket.people_for(size) for size in (300, 5_000, 50_000, 90_000)] == [12, 20, 200, 200]


def test_the_same_seed_gives_the_same_lives(few_originals: None):
    def told(seed: int) -> list[tuple[str, str, int]]:
        _office, born = lives(12, seed, NOW)
        return [(one.sight.case.law, one.number, len(one.on(NOW).acts)) for one in born]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_a_docket_of_real_cases_is_left_alone(few_originals: None, db: None):
    make.case()
    with pytest.raises(CommandError, match="not invented here"):
        call_command("seed", cases=10)
    assert Case.objects.count() == 1
    assert not Snapshot.objects.exists()


def test_no_invented_case_comes_before_the_office_itself(few_originals: None, db: None, settings: Any):
    settings.JPO_USERNAME, settings.DEMO = "somebody", False
    with pytest.raises(CommandError, match="JPO_USERNAME"):
        call_command("seed", cases=10)
    assert not Case.objects.exists()
