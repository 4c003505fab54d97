"""Programs follow for their owner as the pages do; lists are read in the order asked for."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group

from dossiers import clock
from dossiers.alerts import preferences
from dossiers.alerts.follow import follow, followers, reaching
from dossiers.api import cursors
from dossiers.models import AuditEntry, Batch, Case, FirmPolicy, Follow, TimeLimit, Watchlist
from tests import make
from tests.pages import docket

from .conftest import program

pytestmark = pytest.mark.django_db


def path_of(case: Case) -> str:
    return f"cases/{case.law}/{case.application_number}/follow"


def test_a_case_is_followed_once_and_no_longer(caller, alice, case):
    for _ in range(2):
        answer = caller.call("PUT", path_of(case))
        assert answer.status_code == 200 and answer.json()["case"]["application_number"] == "2023000123"
    assert list(followers([case.pk])[case.pk]) == [alice.pk]
    assert caller.read("follows")["items"] == [answer.json()]
    for _ in range(2):
        assert caller.call("DELETE", path_of(case)).status_code == 204
    assert caller.read("follows")["items"] == [] and not followers([case.pk])
    told = AuditEntry.objects.filter(action__startswith="follow.").order_by("pk")
    assert list(told.values_list("action", flat=True)) == ["follow.started", "follow.ended"]


def test_a_list_is_followed_and_says_so(caller, alice, bob, case):
    one = make.watchlist(bob, case)
    one.shared = True
    one.save()
    made = caller.call("PUT", f"lists/{one.pk}/follow").json()
    assert made["watchlist"]["name"] == one.name and made["case"] is None and made["team"] is None
    assert caller.read(f"lists/{one.pk}")["followed"]
    assert caller.call("DELETE", f"lists/{one.pk}/follow").status_code == 204
    assert not caller.read(f"lists/{one.pk}")["followed"]


def test_who_leaves_what_the_team_follows_hears_nothing_of_it(caller, alice, bob, case):
    team = Group.objects.create(name="特許一課")
    alice.groups.add(team)
    bob.groups.add(team)
    follow(case, team, by=bob)
    (shown,) = caller.read("follows")["items"]
    assert shown["team"] == "特許一課"
    caller.call("DELETE", path_of(case))
    assert list(followers([case.pk])[case.pk]) == [bob.pk]


def test_how_soon_is_chosen_for_all_and_for_one_follow(caller, alice, case):
    usual = caller.read("rhythms")["rhythms"]
    assert usual["office_action"] == "at_once" and len(usual) == 9
    changed = caller.patch("rhythms", {"rhythms": {"status": "weekly", "family": "never"}}).json()["rhythms"]
    assert changed == {**usual, "status": "weekly", "family": "never"}
    back = caller.patch("rhythms", {"rhythms": {"status": None}}).json()["rhythms"]
    assert back == {**usual, "family": "never"} == preferences.own(alice)
    made = caller.call("PUT", path_of(case)).json()
    address = f"follows/{made['id']}/rhythms"
    assert caller.patch(address, {"rhythms": {"status": "at_once", "register": "daily"}}).json()[
        "rhythms"
    ] == {
        "status": "at_once",
        "register": "daily",
    }
    assert caller.patch(address, {"rhythms": {"status": None}}).json()["rhythms"] == {"register": "daily"}
    assert preferences.chosen_for(Follow.objects.get(), alice) == {"register": "daily"}


@pytest.mark.parametrize(
    "wrong", [{}, {"rhythms": {"status": "hourly"}}, {"rhythms": {"weather": "daily"}}, {"rhythms": None}]
)
def test_a_rhythm_there_is_none_of_is_refused(caller, alice, wrong):
    assert caller.patch("rhythms", wrong).status_code == 422
    assert preferences.own(alice) == preferences.own(make.user("new"))


def test_a_token_follows_only_what_it_shows_and_may(alice, bob, case, other):
    one = make.watchlist(alice, case)
    narrow = program(alice, "follows:write", reach="list", watchlist=one)
    follow(other, alice, by=alice)
    follow(make.watchlist(alice, other, name="second"), alice, by=alice)
    assert narrow.read("follows")["items"] == []
    assert narrow.call("PUT", path_of(case)).status_code == 200
    assert narrow.call("PUT", path_of(other)).status_code == 404
    assert narrow.call("DELETE", path_of(other)).status_code == 404
    hidden = Follow.objects.get(case=other)
    assert narrow.patch(f"follows/{hidden.pk}/rhythms", {"rhythms": {}}).status_code == 404
    reader = program(alice, "follows:read")
    assert reader.call("PUT", path_of(case)).status_code == 403
    assert reaching(bob).count() == 0


# --- orders -------------------------------------------------------------------------------------------------


@pytest.fixture
def ten(db) -> list[Case]:
    """Cases whose next day falls as their number rises; two have none, two the same."""
    made = []
    for n in range(10):
        due = None if n in (3, 6) else date(2027, 1, 20) - timedelta(n - (n == 8))
        made.append(docket.confirmed_case(f"20230001{n:02}", next_due=due))
        Case.objects.filter(pk=made[-1].pk).update(added_at=clock.now() - timedelta(minutes=n))
    return made


@pytest.mark.parametrize("per_page", [1, 3, 10])
def test_cases_come_by_their_next_day_whole_and_once(caller, ten, per_page):
    found = caller.all_of(f"cases?order=due&per_page={per_page}")
    days = [one["derived"]["next_due"] for one in found]
    assert days == [*sorted(day for day in days if day), None, None]
    assert len({one["application_number"] for one in found}) == 10


@pytest.mark.parametrize("per_page", [1, 4])
def test_cases_come_by_the_day_of_adding_and_new_ones_at_the_end(caller, ten, per_page):
    found = caller.all_of(f"cases?order=added&per_page={per_page}")
    assert [one["application_number"] for one in found] == [f"20230001{n:02}" for n in reversed(range(10))]
    page = caller.read("cases?order=added&per_page=9")
    docket.confirmed_case("1999000001")
    rest = caller.read(f"cases?order=added&cursor={page['next']}")["items"]
    assert [one["application_number"] for one in rest] == ["2023000100", "1999000001"]


def test_limits_come_by_their_last_day(caller, case):
    docket.refused(docket.confirmed_case("2022000001"), dispatched=40)
    docket.refused(docket.confirmed_case("2022000002"), dispatched=20)
    last = TimeLimit.objects.order_by("pk").last()
    TimeLimit.objects.filter(pk=last.pk).update(due=None)
    found = caller.all_of("limits?order=due&per_page=1")
    days = [one["due"] for one in found]
    assert days == [*sorted(day for day in days if day), None] and len({one["id"] for one in found}) == len(
        days
    )


def test_a_day_to_be_found_blind_has_no_place_in_an_order(caller, case, limit):
    docket.refused(docket.confirmed_case("2022000001"), dispatched=40)
    seen = docket.refused(docket.confirmed_case("2022000002"), dispatched=20)
    FirmPolicy.objects.create(pk=1, blind_check=True)
    by = make.user("checker")
    TimeLimit.objects.filter(event=seen).update(confirmed_by=by, confirmed_at=clock.now())
    days = [one["due"] for one in caller.all_of("limits?order=due&per_page=2")]
    assert [bool(day) for day in days] == sorted((bool(day) for day in days), reverse=True)
    assert any(days) and not all(days)
    cases = caller.all_of("cases?order=due&per_page=1")
    shown = [one["derived"]["next_due"] for one in cases]
    assert shown == [*filter(None, shown), *[None] * shown.count(None)] and len(cases) == 3


def test_a_place_in_one_order_is_none_in_another(caller, ten):
    cursor = caller.read("cases?order=due&per_page=2")["next"]
    for order in ("number", "added"):
        answer = caller.get(f"cases?order={order}&cursor={cursor}")
        assert answer.status_code == 400 and answer.json()["type"].endswith("#unusable_cursor")
    assert caller.get(f"limits?order=due&cursor={cursor}").status_code == 200
    assert caller.get("cases?order=colour").status_code == 422


# --- orders of documents, lists and imports -----------------------------------------------------------------


@pytest.fixture
def dated(case) -> list[int]:
    """The keys of documents as they became known: the days go up and down, two are the same, two unknown."""
    case.events.all().delete()
    days = [date(2026, 3, 5), None, date(2026, 1, 9), date(2026, 3, 5), None, date(2026, 4, 1)]
    return [make.event(case, on=day).pk for day in days]


@pytest.mark.parametrize("per_page", [1, 2, 50])
def test_documents_come_by_their_date_whole_and_once(caller, case, dated, per_page):
    path = f"{path_of(case).removesuffix('/follow')}/documents?per_page={per_page}"
    first, unknown, early, same, without, last = dated
    found = [one["id"] for one in caller.all_of(f"{path}&order=date")]
    assert found == [early, first, same, last, unknown, without]
    newest = [one["id"] for one in caller.all_of(f"{path}&order=newest")]
    assert newest == found[::-1]  # one without a date may be the newest: it is not left to the end
    assert [one["id"] for one in caller.all_of(path)] == dated


@pytest.mark.parametrize("per_page", [1, 3, 50])
def test_lists_come_as_they_were_made_or_by_name(caller, alice, per_page):
    names = ["乙　重要", "Zeta", "乙　重要", "亜" * 80, "Alpha"]
    made = [str(make.watchlist(alice, name=name).pk) for name in names]
    now = clock.now()
    for age, key in zip([3, 9, 9, 1, 5], made, strict=True):
        Watchlist.objects.filter(pk=key).update(created_at=now - timedelta(hours=age))
    found = [one["id"] for one in caller.all_of(f"lists?per_page={per_page}")]
    assert found == [*sorted(made[1:3]), made[4], made[0], made[3]]
    by_name = caller.all_of(f"lists?order=name&per_page={per_page}")
    assert [one["id"] for one in by_name] == [
        str(key) for key in Watchlist.objects.order_by("name", "pk").values_list("pk", flat=True)
    ]
    assert {one["name"] for one in by_name} == set(names) and len(by_name) == 5


@pytest.mark.parametrize("per_page", [1, 4, 50])
def test_the_cases_of_a_list_come_as_they_were_put_on_it_or_by_number(caller, alice, ten, per_page):
    mixed = [ten[n] for n in (4, 0, 9, 2, 7)]
    one = make.watchlist(alice, *mixed)
    path = f"lists/{one.pk}/cases?per_page={per_page}"
    assert [row["application_number"] for row in caller.all_of(path)] == [
        case.application_number for case in mixed
    ]
    assert [row["application_number"] for row in caller.all_of(f"{path}&order=number")] == [
        f"20230001{n:02}" for n in (9, 7, 4, 2, 0)
    ]


@pytest.mark.parametrize("per_page", [1, 2, 50])
def test_imports_come_oldest_or_newest_first(caller, alice, per_page):
    made = [str(Batch.objects.create(owner=alice, source="paste").pk) for _ in range(4)]
    for age, key in zip([2, 8, 2, 5], made, strict=True):
        at = datetime(2026, 5, 20, 12, tzinfo=UTC) - timedelta(days=age)
        Batch.objects.filter(pk=key).update(created_at=at)
    found = [one["id"] for one in caller.all_of(f"imports?per_page={per_page}")]
    assert found == [made[1], made[3], *sorted([made[0], made[2]])]
    newest = caller.all_of(f"imports?order=newest&per_page={per_page}")
    assert [one["id"] for one in newest] == found[::-1]


def test_an_import_made_meanwhile_comes_at_the_end_and_hides_none(caller, alice):
    made = [str(Batch.objects.create(owner=alice).pk) for _ in range(2)]
    page = caller.read("imports?per_page=1")
    made.append(str(Batch.objects.create(owner=alice).pk))
    rest = caller.read(f"imports?cursor={page['next']}")["items"]
    assert [one["id"] for one in [*page["items"], *rest]] == made


@pytest.mark.parametrize(
    "place",
    [
        ("made", "2026-05-20", "no key"),
        ("made", "2026-05-20T12:00:00", str(uuid.uuid4())),
        ("name", "\x00", str(uuid.uuid4())),
        ("name", "x" * 101, str(uuid.uuid4())),
        ("name", "x", 5),
    ],
)
def test_a_cursor_made_up_is_refused(caller, place):
    answer = caller.get(f"lists?order={place[0]}&cursor={cursors.write(*place)}")
    assert answer.status_code == 400 and answer.json()["type"].endswith("#unusable_cursor")
