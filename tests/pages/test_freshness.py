"""The board that says how fresh the docket is, and a case's own day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers import clock
from dossiers.models import Case, CoverageDay, DayPlan, Difference
from tests import make

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def numbers_of(answer) -> list[str]:
    return [case.application_number for case in answer.context["page"]]


@pytest.fixture
def cases(bob) -> dict[str, Case]:
    """One case in each standing."""
    now = clock.now()
    fields = {
        "today": {"confirmed_at": now},
        "promised": {"confirmed_at": now - timedelta(1)},
        "late": {"confirmed_at": now - timedelta(9), "owner": bob},
        "not_answered": {"confirmed_at": now - timedelta(1), "last_outcome": "timeout"},
        "not_found": {"last_outcome": "empty", "confirmed_at": None},
        "not_read": {"last_outcome": "unreadable", "law": "design"},
        "never": {"last_outcome": "", "confirmed_at": None, "asked_at": None},
    }
    return {
        name: docket.confirmed_case(f"202300000{n}", **one) for n, (name, one) in enumerate(fields.items())
    }


def test_every_case_is_counted_in_one_standing(signed_in, cases):
    answer = signed_in.get("/freshness/")
    assert {name: n for name, _words, n, _loud in answer.context["total"]} == dict.fromkeys(cases, 1)
    text = text_of(answer)
    assert "2 of 7 cases are as fresh as promised" in text
    assert "Asked, not answered: 1" in text and "Not known to the office: 1" in text


def test_those_behind_are_listed_and_the_longest_unconfirmed_come_first(signed_in, cases):
    shown = numbers_of(signed_in.get("/freshness/"))
    behind = ("not_found", "never", "late", "not_answered", "not_read")
    assert shown == [cases[name].application_number for name in behind]


def test_the_list_goes_on_until_everything_it_counts_was_shown(signed_in):
    for n in range(1, 61):
        docket.confirmed_case(f"2023{n:06}", confirmed_at=None, asked_at=None, last_outcome="")
    for query in ("", "&standing=never"):
        first, last = (signed_in.get(f"/freshness/?page={page}{query}") for page in (1, 2))
        assert "Page 1 of 2 (60 in all)" in text_of(first)
        assert len({*numbers_of(first), *numbers_of(last)}) == 60


def test_an_answer_of_today_counts_only_if_it_was_one(signed_in):
    docket.confirmed_case("2023000001", last_outcome="timeout", confirmed_at=clock.now())
    docket.confirmed_case("2023000002", last_outcome="empty", confirmed_at=clock.now())
    docket.confirmed_case("2023000003", last_outcome="gave_up", confirmed_at=clock.now())
    total = {name: n for name, _words, n, _loud in signed_in.get("/freshness/").context["total"]}
    assert (total["today"], total["not_answered"], total["not_found"], total["not_read"]) == (0, 1, 1, 1)


def test_each_standing_has_its_own_list(signed_in, cases):
    for name, case in cases.items():
        assert numbers_of(signed_in.get("/freshness/", {"standing": name})) == [case.application_number]


def test_a_case_asked_in_vain_does_not_look_confirmed(signed_in, cases):
    text = text_of(signed_in.get("/freshness/", {"standing": "not_answered"}))
    assert "No answer in time" in text


def test_counts_are_by_law_and_by_person_in_charge(signed_in, cases, bob):
    context = signed_in.get("/freshness/").context
    laws = {law: sum(n for _h, _name, n, _l in cells) for law, _label, cells in context["by_law"]}
    assert laws == {"patent": 6, "design": 1}
    people = {person: sum(n for _h, _name, n, _l in cells) for person, cells in context["by_owner"]}
    assert people == {None: 6, bob: 1}


def test_the_board_narrows_by_law_person_and_scope(signed_in, cases, bob):
    assert numbers_of(signed_in.get("/freshness/", {"law": "design"})) == ["2023000005"]
    assert numbers_of(signed_in.get("/freshness/", {"owner": bob.pk})) == ["2023000002"]
    assert numbers_of(signed_in.get("/freshness/", {"scope": "mine"})) == ["2023000002"]


def test_what_no_filter_means_narrows_nothing(signed_in, cases):
    odd = {"scope": "theirs", "law": "utility", "owner": "²", "standing": "<b>", "page": "x"}
    assert len(numbers_of(signed_in.get("/freshness/", odd))) == 5


def test_an_empty_docket_promises_nothing_about_cases(signed_in):
    text = text_of(signed_in.get("/freshness/"))
    assert "There are no cases here" in text and "as fresh as promised" not in text


def test_cases_that_differ_from_own_records_are_counted_beside(signed_in, cases):
    for field in ("title", "filing_date"):
        Difference.objects.create(case=cases["today"], field=field, own="1", office="2")
    Difference.objects.create(case=cases["late"], field="title", own="1", state="ignored")
    assert signed_in.get("/freshness/").context["differs"] == 1


def test_what_cannot_be_promised_is_not_promised(signed_in, settings):
    settings.JPO_DAILY_LIMITS = {"design/app_progress": 0, "design/app_progress_simple": 0}
    case = docket.confirmed_case("2023000001", "design")
    text = text_of(signed_in.get("/freshness/"))
    assert "other live cases: no day can be promised" in text
    assert "no day can be promised" in text_of(signed_in.get(docket.page_of(case)))


def test_the_board_makes_the_promise_of_the_plan(signed_in):
    DayPlan.objects.create(
        day=docket.days_ago(1),
        promises=[
            {"law": "patent", "class": "live", "days": 49},
            {"law": "patent", "class": "new", "days": 1},
            {"law": "patent", "class": "finished", "days": 30},
        ],
    )
    case = docket.confirmed_case(plan_class="live", confirmed_at=clock.now() - timedelta(40))
    answer = signed_in.get("/freshness/")
    text = text_of(answer)
    assert "other live cases: every 49 days" in text and "the first time: within 1 day" in text
    assert "something is due or awaited: no day can be promised" in text
    assert {name: n for name, _words, n, _loud in answer.context["total"]}["promised"] == 1
    assert f"again by {docket.days_ago(-9).isoformat()}" in text_of(signed_in.get(docket.page_of(case)))


def test_the_first_round_is_shown_with_its_end_as_long_as_it_lasts(signed_in, cases):
    assert "The first round" not in text_of(signed_in.get("/freshness/"))
    until = docket.days_ago(-25)
    DayPlan.objects.create(
        day=docket.days_ago(0), first_round={"waiting": 11, "done": 20, "until": until.isoformat()}
    )
    text = text_of(signed_in.get("/freshness/"))
    assert "1 case has never been asked; 30 that came with it or after it have been." in text
    assert f"The last will have been by {until.isoformat()}" in text
    DayPlan.objects.update(first_round={"waiting": 11, "done": 20, "until": None})
    assert "no day can be promised" in text_of(signed_in.get("/freshness/"))
    Case.objects.update(asked_at=clock.now())
    assert "The first round" not in text_of(signed_in.get("/freshness/"))


def test_the_last_days_are_shown_newest_first(signed_in, cases):
    for n in range(40):
        CoverageDay.objects.create(
            day=docket.days_ago(n), dispatched=0, accounted=0, cases=1000 + n, cases_not_confirmed=n
        )
    answer = signed_in.get("/freshness/")
    assert [row.day for row, _ in answer.context["days"]] == [docket.days_ago(n) for n in range(30)]
    assert "1,000 / 1,003" in text_of(answer)


def test_a_case_says_by_when_it_is_confirmed_again(signed_in):
    case = docket.confirmed_case(confirmed_at=clock.now())
    tomorrow = docket.days_ago(-1).isoformat()
    assert f"To be confirmed again by {tomorrow}" in text_of(signed_in.get(docket.page_of(case)))


def test_a_case_whose_day_has_passed_says_that_it_is_late(signed_in):
    case = docket.confirmed_case(confirmed_at=clock.now() - timedelta(5))
    text = text_of(signed_in.get(docket.page_of(case)))
    assert re.search(rf"again by {docket.days_ago(4).isoformat()} \S+ late", text)


def test_hostile_words_are_shown_as_words(signed_in):
    owner = make.user("eve", display_name="<script>alert(1)</script>")
    docket.confirmed_case(own_reference="<script>alert(2)</script>", confirmed_at=None, owner=owner)
    assert "<script>alert" not in signed_in.get("/freshness/").content.decode()


def test_the_board_costs_the_same_for_few_and_for_many(signed_in, bob):
    def cost() -> int:
        signed_in.get("/freshness/")
        with CaptureQueriesContext(connection) as queries:
            signed_in.get("/freshness/")
        return len(queries)

    def fill(start: int, stop: int) -> None:
        for n in range(start, stop):
            fields = {"last_outcome": "timeout"} if n % 2 else {}
            docket.confirmed_case(f"2023{n + 1:06d}", owner=bob if n % 3 else None, **fields)

    fill(0, 6)
    few = cost()
    fill(6, 60)
    assert cost() == few
