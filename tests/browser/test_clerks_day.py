"""The rest of a clerk's day: acknowledging by keyboard, the red queue, sorting, own lists, taking out."""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from dossiers import clock
from dossiers.alerts.acknowledge import open_for_news
from dossiers.models import Concern, Event, News, SavedList
from tests import make
from tests.browser.conftest import PHONE
from tests.browser.test_daily_round import sign_in
from tests.pages import docket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_waits_is_acknowledged_on_today_by_keyboard_alone(page, bob):
    event = docket.refused(docket.confirmed_case(owner=bob))
    open_for_news([News.objects.get(event=event)], clock.now())
    sign_in(page, "bob")
    expect(page.locator(".glance")).to_contain_text("for you to acknowledge")
    expect(page.locator("#acknowledge [data-line-key=y]")).to_be_enabled()
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.locator(".messages")).to_contain_text("Acknowledged")
    expect(page.locator("#acknowledge")).to_have_count(0)
    assert Concern.objects.get().acknowledged_by == bob


def test_the_red_queue_is_emptied_with_a_reason_for_the_record(page, bob):
    event = docket.unknown(docket.confirmed_case(owner=bob))
    assert event.account == Event.Account.OPEN
    sign_in(page, "bob")
    page.locator(".glance").get_by_role("link", name="not accounted for").click()
    page.wait_for_url("**/reviews/**")
    page.locator("summary", has_text="No time limit needed").first.click()
    page.get_by_label("Why none is needed").first.fill("a reminder of fees, paid already")
    page.get_by_role("button", name="Account for the document").first.click()
    expect(page.locator(".messages")).to_contain_text("accounted for")
    event.refresh_from_db()
    assert event.account != Event.Account.OPEN and event.accounted_by == bob
    page.goto("/")
    expect(page.locator(".glance").get_by_role("link", name="not accounted for")).to_contain_text("0")


def test_a_table_is_sorted_by_its_heading_without_a_mouse_and_keeps_its_filter(page, bob):
    for serial, reference in enumerate(("B-2", "C-3", "A-1")):
        make.case(f"202300010{serial}", own_reference=reference, owner=bob)
    make.case("2023000200", law="design", own_reference="A-0", owner=bob)
    sign_in(page, "bob")
    page.goto("/cases/?law=patent")
    head = page.locator("thead").get_by_role("link", name="Own reference")
    head.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("order=own"))
    expect(page.locator("td.reference")).to_have_text(["A-1", "B-2", "C-3"])
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Own reference")
    page.locator("thead").get_by_role("link", name="Own reference").press("Enter")
    page.wait_for_url(re.compile("order=-own"))
    expect(page.locator("td.reference")).to_have_text(["C-3", "B-2", "A-1"])
    assert "law=patent" in page.url


def test_a_list_of_ones_own_is_kept_and_opened_from_the_rail(page, bob):
    make.case("2023000100", owner=bob)
    make.case("2023000200", law="design", owner=bob)
    sign_in(page, "bob")
    page.goto("/cases/?law=design")
    page.locator("summary", has_text="Save this list").click()
    page.get_by_label("Name").first.fill("our designs")
    page.locator("form[action='/cases/lists/']").get_by_role("button").first.click()
    page.goto("/")
    page.locator(".rail-lists").get_by_role("link", name="our designs").click()
    page.wait_for_url(f"**/cases/lists/{SavedList.objects.get().pk}/")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".rail-lists [aria-current=page]")).to_have_text("our designs")
    expect(page.locator("#saved-lists")).to_be_hidden()  # what stands in the rail stands there alone


def test_what_was_found_is_taken_away_as_a_table(page, bob):
    make.case("2023000100", owner=bob, own_reference="A-1")
    make.case("2023000200", law="design", owner=bob)
    sign_in(page, "bob")
    page.goto("/cases/?law=patent")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as begun:
        page.get_by_role("link", name="Cases: CSV").click()
    with open(begun.value.path(), encoding="utf-8-sig") as file:
        rows = list(csv.reader(io.StringIO(file.read())))
    assert len(rows) == 2 and "A-1" in rows[1]


def test_each_number_of_today_leads_to_as_many_rows(page, bob):
    docket.refused(docket.confirmed_case("2023000100", owner=bob), dispatched=100)
    docket.refused(docket.confirmed_case("2023000101", owner=bob), dispatched=55)
    sign_in(page, "bob")
    for words, rows in (("overdue", "tbody tr"), ("due within 7 days", "tbody tr")):
        page.goto("/?scope=mine")
        tile = page.locator(".glance").get_by_role("link", name=re.compile(rf"^\d+\s*{words}$"))
        number = int(tile.locator("b").inner_text())
        tile.click()
        page.wait_for_load_state()
        expect(page.locator(rows)).to_have_count(number)
        assert number == 1


def test_the_filters_are_folded_on_a_phone_and_open_by_a_tap(page, bob):
    make.case("2023000100", owner=bob)
    page.set_viewport_size(PHONE)
    sign_in(page, "bob")
    page.goto("/cases/")
    law = page.locator("select#law")
    expect(law).to_be_hidden()
    expect(page.locator("tbody tr")).to_be_in_viewport()
    page.locator(".narrow > summary").click()
    expect(law).to_be_visible()
    law.select_option("design")
    page.wait_for_url(re.compile("law=design"))
    expect(page.locator(".narrow > summary")).to_contain_text("in use")
