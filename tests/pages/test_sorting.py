"""Tables are sorted by their headings: one press orders, the next turns it round, nothing else is lost."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from dossiers.models import Case, TimeLimit
from tests import make

from . import docket

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


def numbers(page) -> list[str]:
    return html.fromstring(page.content).xpath("//tbody//a[@data-row]/text()")


def heading(page, words: str):
    return next(
        one
        for one in html.fromstring(page.content).xpath("//thead//th")
        if one.text_content().split(" ↑")[0].split(" ↓")[0].strip() == words
    )


def test_cases_are_sorted_by_a_press_on_a_heading_and_the_next_turns_them_round(signed_in, bob):
    for serial, reference in enumerate(("B-2", "", "A-1")):
        make.case(f"202300010{serial}", own_reference=reference, owner=bob)
    plain = signed_in.get("/cases/?law=patent&page=1")
    assert heading(plain, "Number").get("aria-sort") == "descending"
    head = heading(plain, "Own reference")
    assert head.get("aria-sort") is None
    up = signed_in.get(head.xpath("a/@href")[0])
    assert [one[-1] for one in numbers(up)] == ["2", "0", "1"], "what has no reference comes last"
    assert heading(up, "Own reference").get("aria-sort") == "ascending"
    down = heading(up, "Own reference").xpath("a/@href")[0]
    assert parse_qs(urlsplit(down).query) == {"law": ["patent"], "order": ["-own"]}
    assert [one[-1] for one in numbers(signed_in.get(down))] == ["0", "2", "1"]


@pytest.mark.parametrize("order", ["own", "-own", "title", "client", "stage", "-stage", "owner", "-deputy"])
def test_every_order_shows_every_case_once(signed_in, bob, order):
    for serial, stage in enumerate(("registered", "filed", "a stage of tomorrow", "")):
        make.case(f"202300010{serial}", stage=stage, owner=bob if serial else None)
    shown = signed_in.get(f"/cases/?order={order}")
    assert sorted(one[-1] for one in numbers(shown)) == ["0", "1", "2", "3"]
    assert f'value="{order}" selected' in shown.text, "the choice above the table says it, too"


def test_stages_come_in_the_order_of_the_proceedings(signed_in, bob):
    for serial, stage in enumerate(("registered", "filed", "response_due")):
        make.case(f"202300010{serial}", stage=stage, owner=bob)
    assert [one[-1] for one in numbers(signed_in.get("/cases/?order=stage"))] == ["1", "2", "0"]


def test_a_saved_list_stays_the_list_when_it_is_sorted(signed_in, bob):
    make.case("2023000100", owner=bob)
    signed_in.post("/cases/lists/", {"name": "ours", "asked": "law=patent"})
    saved = bob.saved_lists.get()
    link = heading(signed_in.get(f"/cases/lists/{saved.pk}/"), "Title").xpath("a/@href")[0]
    asked = parse_qs(urlsplit(link).query)
    assert asked == {"law": ["patent"], "order": ["title"], "list": [str(saved.pk)]}


def test_limits_are_sorted_with_their_filters_and_those_without_a_day_are_never_behind(signed_in, bob):
    for serial, day in enumerate((20, 40)):
        docket.refused(docket.confirmed_case(f"202300010{serial}", owner=bob), dispatched=day)
    undated = docket.refused(docket.confirmed_case("2023000109", owner=bob)).limits.get()
    TimeLimit.objects.filter(pk=undated.pk).update(due=None)
    page = signed_in.get("/limits/?law=patent")
    link = heading(page, "Last day").xpath("a/@href")[0]
    assert parse_qs(urlsplit(link).query) == {"law": ["patent"], "order": ["due"]}
    rows = html.fromstring(signed_in.get(f"/limits/{link}").content).xpath(
        "//tbody//a[@class='nowrap']/text()"
    )
    assert [one[-1] for one in rows] == ["9", "1", "0"]
    turned = html.fromstring(signed_in.get("/limits/?order=-case").content)
    assert [one[-1] for one in turned.xpath("//tbody//a[@class='nowrap']/text()")] == ["9", "1", "0"]
    assert turned.xpath("//th[@aria-sort='descending']")[0].text_content().startswith("Case")
    assert turned.xpath("//form//input[@name='order']/@value") == ["-case"], "a filter keeps the order"


def test_a_heading_that_nothing_orders_by_is_plain(signed_in, bob):
    make.case("2023000100", owner=bob, expire_date=date(2043, 1, 1))
    bob.case_columns = ["tags", "expire_date"]
    bob.save()
    page = signed_in.get("/cases/")
    assert not heading(page, "Tags").xpath("a")
    assert heading(page, "Expires").xpath("a")
    assert Case.objects.count() == 1
