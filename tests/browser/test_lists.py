"""Lists as somebody sees them at a desk and on paper: nothing stands beyond the edge, and a row is a row."""

from __future__ import annotations

import pytest

from dossiers import clock
from dossiers.models import TimeLimit
from tests import make
from tests.browser.conftest import DESKTOP
from tests.browser.test_daily_round import sign_in
from tests.pages import docket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAPER = {"width": 718, "height": 1016}  # A4 upright within margins of a centimetre, in CSS pixels


@pytest.fixture
def lists(alice):
    """Cases with long names, and limits in the longest of states."""
    alice.language = "en"
    alice.save()
    for n in range(4):
        case = docket.confirmed_case(
            f"202300010{n}", owner=alice, applicants_text="架空重工業株式会社、" * 10
        )
        docket.refused(case)
    rows = TimeLimit.objects.order_by("pk")
    rows.filter(pk=rows[0].pk).update(state=TimeLimit.State.GONE, due=None)
    rows.filter(pk=rows[1].pk).update(state=TimeLimit.State.GONE)
    make.case("2023000200", owner=alice, last_outcome="unlisted", asked_at=clock.now())


BEYOND = """() => [...document.querySelectorAll('.panel > table')].filter((table) => {
  const panel = table.parentElement;
  return getComputedStyle(panel).overflowX === 'visible' && table.offsetWidth > panel.clientWidth + 1;
}).map((table) => table.className)"""


@pytest.mark.parametrize("path", ["/limits/?state=any", "/cases/", "/freshness/", "/watchlists/", "/alerts/"])
@pytest.mark.parametrize("width", [DESKTOP["width"], 1100])
def test_no_list_is_wider_than_a_desk(page, lists, path, width):
    sign_in(page)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    if path in ("/limits/?state=any", "/cases/"):
        assert page.locator("tbody tr").count() >= 4
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BEYOND) == []


@pytest.mark.parametrize("path", ["/limits/?state=any", "/cases/"])
def test_on_paper_a_list_is_a_table_with_its_headings(page, lists, path):
    sign_in(page)
    page.set_viewport_size(PAPER)
    page.goto(path)
    assert page.locator("thead").bounding_box()["width"] <= 2  # on a small screen rows are cards
    page.emulate_media(media="print")
    assert page.locator("thead").bounding_box()["width"] > 400
    cells = page.locator("tbody tr").first.locator("td, th")
    tops = {round(cells.nth(n).bounding_box()["y"]) for n in range(cells.count())}
    assert len(tops) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
