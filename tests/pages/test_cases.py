from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


def _found(client, **query) -> list[str]:
    return [case.application_number for case in client.get("/cases/", {"order": "", **query}).context["page"]]


@pytest.mark.parametrize(
    "words",
    [
        "特願2023-000123",
        "2023-123",
        "２０２３－０００１２３",
        "JP2023-000123",
        "abc-0001",
        "ＡＢＣ－０００１",
        "はいせん",
        "ハイセン",
        "架空 配線",
        "特許第6789012号",
    ],
)
def test_any_style_of_number_and_any_width_finds_the_case(signed_in, words):
    docket.confirmed_case(own_reference="ABC-0001", title="ハイセン配線構造体", registration_number="6789012")
    docket.confirmed_case("2022000999", title="別の発明", applicants_text="別の会社")
    assert _found(signed_in, q=words) == ["2023000123"]


def test_all_words_must_fit(signed_in):
    docket.confirmed_case()
    assert _found(signed_in, q="架空 容器") == []


@pytest.mark.parametrize("words", ["%", "_", "' OR 1=1 --", "\\", "発明\x00者", "(" * 300])
def test_strange_searches_find_nothing_and_break_nothing(signed_in, words):
    docket.confirmed_case()
    assert _found(signed_in, q=words) == []


def test_a_search_for_one_number_opens_its_case(signed_in):
    docket.confirmed_case()
    assert (
        signed_in.get("/cases/", {"q": "特願2023-000123"}).headers["Location"].endswith("/patent/2023000123/")
    )


def test_the_same_number_in_two_laws_stays_a_choice(signed_in):
    docket.confirmed_case()
    docket.confirmed_case(law="design")
    assert len(_found(signed_in, q="2023-000123")) == 2
    assert len(_found(signed_in, q="意願2023-000123")) == 1


def test_filters_narrow_and_unknown_values_do_not(signed_in, bob, alice):
    docket.confirmed_case("2023000001", owner=bob, stage="filed")
    docket.confirmed_case("2023000002", law="design", owner=alice)
    docket.confirmed_case("2023000003", confirmed_at=timezone.now() - timedelta(days=9))
    assert _found(signed_in, law="design") == ["2023000002"]
    assert _found(signed_in, stage="filed") == ["2023000001"]
    assert _found(signed_in, owner="mine") == ["2023000001"]
    assert _found(signed_in, owner="none") == ["2023000003"]
    assert _found(signed_in, owner=str(alice.pk)) == ["2023000002"]
    assert _found(signed_in, freshness="stale") == ["2023000003"]
    assert _found(signed_in, freshness="fresh") == ["2023000002", "2023000001"]
    assert len(_found(signed_in, law="plant", owner="x", freshness="?", page="999")) == 3


def test_pages_hold_every_case_once(signed_in):
    for i in range(120):
        docket.confirmed_case(f"2023{i + 1:06d}", next_due=None)
    for order in ("", "due", "confirmed"):
        shown = [number for page in (1, 2, 3) for number in _found(signed_in, order=order, page=page)]
        assert len(shown) == len(set(shown)) == 120


def test_the_next_limit_shows_its_days_left_and_the_overdue_ones_say_so(signed_in):
    docket.confirmed_case("2023000001", next_due=docket.days_ago(-12))
    docket.confirmed_case("2023000002", next_due=docket.days_ago(2))
    text = signed_in.get("/cases/").content.decode()
    assert "12 days left" in text
    assert '<span class="tag danger">2 days overdue</span>' in text


def test_a_case_never_confirmed_is_said_to_be_so(signed_in):
    docket.confirmed_case(confirmed_at=None, last_outcome="", title="")
    text = signed_in.get("/cases/").content.decode()
    assert "never" in text and "Not asked yet" in text and "title not known yet" in text


def test_an_empty_list_teaches_and_an_empty_search_says_how_to_go_on(signed_in):
    assert "No cases yet" in signed_in.get("/cases/").content.decode()
    assert "No case fits" in signed_in.get("/cases/", {"q": "何もない"}).content.decode()


def test_hostile_titles_are_escaped(signed_in):
    docket.confirmed_case(title=docket.HOSTILE, applicants_text="<b>会社</b>", client="x")
    text = signed_in.get("/cases/", {"q": '"><script>'}).content.decode()
    assert '"><script>' not in text
    text = signed_in.get("/cases/").content.decode()
    assert "<script>alert" not in text and "<b>会社" not in text
    assert "<bdi" in text
