"""The confirmation round: one limit after another, the date seen or found before it is seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from dossiers.docketing import actions
from dossiers.models import BlindCheck, FirmPolicy, TimeLimit

from . import docket

ROUND = "/limits/confirm/"
A_DAY = timedelta(days=1)


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def limits(db, bob) -> list[TimeLimit]:
    """Three limits of Bob's cases, the soonest first."""
    for serial, days in enumerate((30, 20, 10)):
        docket.refused(docket.confirmed_case(f"202300000{serial}", owner=bob), dispatched=days)
    return list(TimeLimit.objects.filter(rule_id="pat.oa.response").order_by("due"))


@pytest.fixture
def blind(db):
    FirmPolicy.objects.create(pk=1, blind_check=True)


def shown(client, **query):
    return client.get(ROUND, {"scope": "all", **query})


def post(client, limit, action: str, follow: bool = True, **sent):
    place = {"scope": "all", "law": "", "after": "0", "n": "1"}
    answer = client.post(f"{ROUND}{limit.pk}/{action}/", {**place, **sent}, follow=follow)
    limit.refresh_from_db()
    return answer


def test_the_soonest_comes_first_and_says_how_many_there_are(signed_in, limits):
    answer = shown(signed_in)
    text = answer.content.decode()
    assert answer.context["limit"] == limits[0]
    assert "1 of 3" in text and limits[0].due.isoformat() in text
    assert "that day itself is not counted" in text


def test_what_had_passed_before_its_case_was_added_is_decided_and_not_confirmed(signed_in, limits):
    old = docket.refused(docket.confirmed_case("2015000001", owner=limits[0].case.owner), dispatched=900)
    TimeLimit.objects.filter(event=old).update(passed_on_adding=True)
    answer = shown(signed_in)
    assert answer.context["limit"] == limits[0] and "1 of 3" in answer.content.decode()


def test_confirming_goes_on_to_the_next_and_offers_the_way_back(signed_in, limits, bob):
    answer = post(signed_in, limits[0], "confirm", due=limits[0].due.isoformat())
    assert limits[0].confirmed_by == bob
    assert answer.context["limit"] == limits[1]
    text = answer.content.decode()
    assert "2 of 3" in text and f"/limits/{limits[0].pk}/#unconfirm" in text


def test_skipping_comes_to_an_end_that_says_so(signed_in, limits):
    address = ROUND + "?scope=all"
    for limit in limits:
        answer = signed_in.get(address)
        assert answer.context["limit"] == limit
        address = answer.context["next"]
    assert "Nothing left to confirm here" in signed_in.get(address).content.decode()
    assert not TimeLimit.objects.filter(confirmed_by__isnull=False).exists()


def test_a_date_that_moved_since_it_was_seen_stays_in_front_of_the_person(signed_in, limits):
    answer = post(signed_in, limits[0], "confirm", due=(limits[0].due - A_DAY).isoformat())
    assert "The date has moved since you saw it" in answer.content.decode()
    assert answer.context["limit"] == limits[0] and limits[0].confirmed_by is None


def test_pressing_twice_confirms_one_limit(signed_in, limits):
    for _ in range(2):
        post(signed_in, limits[0], "confirm", due=limits[0].due.isoformat())
    assert TimeLimit.objects.filter(confirmed_by__isnull=False).count() == 1
    assert limits[0].changes.filter(field="confirmed").count() == 1


def test_not_needed_asks_why(signed_in, limits):
    answer = post(signed_in, limits[0], "not-needed", reason=" ")
    assert answer.context["limit"] == limits[0] and limits[0].state == "open"
    answer = post(signed_in, limits[0], "not-needed", reason="放棄の指示")
    assert limits[0].state == "not_needed" and answer.context["limit"] == limits[1]


def test_the_document_is_quoted_where_it_says_the_period(signed_in, limits):
    event = limits[0].event
    words = "はじめに。" * 300 + "発送の日から６０日以内に" + "おわりに。" * 300
    docket.paper(event, docket.notice(event.case, text=words).to_json())
    answer = shown(signed_in)
    assert "発送の日から６０日以内に" in answer.context["quote"]
    assert answer.context["excerpt"].startswith("… ") and len(answer.context["excerpt"]) < 1000


def test_what_i_entered_myself_waits_for_somebody_else(signed_in, client, limits, alice, bob):
    own = actions.enter_by_hand(
        limits[0].case, by=bob, title="報告", due=limits[0].due - A_DAY, reason="電話"
    )
    assert shown(signed_in).context["limit"] == limits[0]
    client.force_login(alice)
    answer = shown(client)
    assert answer.context["limit"] == own and "電話" in answer.content.decode()


def test_mine_team_and_all(client, limits, alice, bob):
    client.force_login(alice)
    assert client.get(ROUND).context["limit"] is None  # mine
    assert shown(client, scope="team").context["limit"] is None
    for person in (alice, bob):
        person.groups.add(Group.objects.get_or_create(name="patents")[0])
    assert shown(client, scope="team").context["limit"] == limits[0]
    assert shown(client).context["limit"] == limits[0]
    assert shown(client, law="design").context["limit"] is None


# --- blind ------------------------------------------------------------------------------------------------


def test_the_computed_date_is_not_on_the_page_until_one_has_given_one_s_own(signed_in, limits, blind):
    limit = limits[0]
    for query in ({}, {"limit": limit.pk}, {"after": 0, "n": 1}):
        text = shown(signed_in, **query).content.decode()
        assert limit.event.legal_date.isoformat() in text
        for hidden in (limit.due, limit.raw_end):
            assert hidden.isoformat() not in text
        assert "days left" not in text and "I have checked" not in text


def test_the_same_date_confirms(signed_in, limits, blind, bob):
    answer = post(signed_in, limits[0], "blind", entered=limits[0].due.strftime("%Y/%m/%d"))
    assert limits[0].confirmed_by == bob and answer.context["limit"] == limits[1]
    assert "The same date: it is confirmed." in answer.content.decode()


def test_another_date_shows_both_and_asks_to_settle(signed_in, limits, blind, bob):
    own = limits[0].due + A_DAY
    answer = post(signed_in, limits[0], "blind", entered=own.isoformat())
    text = answer.content.decode()
    assert answer.context["limit"] == limits[0] and limits[0].confirmed_by is None
    assert own.isoformat() in text and limits[0].due.isoformat() in text
    assert "Two different dates" in text and "Nothing is confirmed" in text
    assert signed_in.get(answer.context["next"]).context["limit"] == limits[1]
    answer = post(signed_in, limits[0], "settle", due=limits[0].due.isoformat(), reason="数え間違い")
    assert limits[0].confirmed_by == bob and answer.context["limit"] == limits[1]
    assert "found" in signed_in.get(f"/limits/{limits[0].pk}/").content.decode()


def test_nobody_sees_both_dates_by_the_address_of_somebody_else_s_check(signed_in, limits, blind, alice):
    check = BlindCheck.objects.create(
        limit=limits[0], by=alice, entered=limits[0].due + A_DAY, computed=limits[0].due
    )
    text = shown(signed_in, differs=check.pk).content.decode()
    assert limits[0].due.isoformat() not in text


def test_the_date_seen_cannot_be_confirmed_past_the_blind_check(signed_in, limits, blind):
    answer = post(signed_in, limits[0], "confirm", due=limits[0].due.isoformat())
    assert "The firm checks dates blind" in answer.content.decode() and limits[0].confirmed_by is None
    page = signed_in.get(f"/limits/{limits[0].pk}/").content.decode()
    assert "I have checked" not in page and f"limit={limits[0].pk}" in page


@pytest.mark.parametrize("entered", ["", "2027-02-30", "x", "99999999"])
def test_what_is_no_day_is_said_to_be_none(signed_in, limits, blind, entered):
    answer = post(signed_in, limits[0], "blind", entered=entered)
    assert answer.context["limit"] == limits[0] and not BlindCheck.objects.exists()
    assert "nothing was changed" in answer.content.decode()


# --- odd addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [{"after": "9" * 30}, {"after": "-1", "n": "x"}, {"n": "9" * 17}, {"limit": "x"}, {"differs": "9" * 40}],
)
def test_an_odd_address_gives_a_page(signed_in, limits, query):
    assert shown(signed_in, **query).status_code == 200


def test_an_act_that_there_is_not_does_not_exist(signed_in, limits):
    assert post(signed_in, limits[0], "explode").status_code == 404


def test_a_limit_of_a_case_costs_the_same_number_of_queries_in_any_docket(
    signed_in, limits, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        shown(signed_in)
    for serial in range(20):
        docket.refused(docket.confirmed_case(f"20240000{serial + 10}"), dispatched=5)
    with django_assert_max_num_queries(14):
        shown(signed_in)
