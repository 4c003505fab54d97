"""The timeline in a browser without scripts: kinds come and go at once, the keyboard reaches each mark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.make import PASSWORD
from tests.pages import docket

from .conftest import DESKTOP, PATIENCE, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plain_page(chromium, live_server, alice):
    """A browser that runs no scripts, signed in."""
    context = chromium.new_context(
        base_url=live_server.url, viewport=DESKTOP, locale="ja-JP", java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", alice.username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    yield page
    context.close()


def test_an_unticked_kind_is_gone_at_once_and_back_when_it_is_ticked(plain_page):
    case = docket.confirmed_case()
    docket.refused(case)
    plain_page.goto(docket.page_of(case))
    marks, bars = plain_page.locator(".timeline a.mark.office"), plain_page.locator(".timeline a.bar.limit")
    expect(marks).to_have_count(1)
    expect(marks).to_be_visible()
    plain_page.uncheck("[name=show][value=office]")
    expect(marks).to_be_hidden()
    expect(bars.first).to_be_visible()
    plain_page.check("[name=show][value=office]")
    expect(marks).to_be_visible()


def test_a_mark_says_what_it_is_when_the_keyboard_reaches_it_and_leads_to_its_document(plain_page):
    case = docket.confirmed_case()
    event = docket.refused(case)
    plain_page.goto(docket.page_of(case))
    mark = plain_page.locator(".timeline a.mark.office")
    expect(mark.locator(".say")).to_be_hidden()
    mark.focus()
    expect(mark.locator(".say")).to_be_visible()
    expect(mark.locator(".say")).to_contain_text(event.legal_date.isoformat())
    plain_page.keyboard.press("Enter")
    plain_page.wait_for_url(f"**/documents/{event.pk}/")


def test_on_a_phone_the_axis_runs_downward_and_no_wider_than_the_page(plain_page):
    case = docket.confirmed_case()
    event = docket.refused(case)
    plain_page.set_viewport_size(PHONE)
    plain_page.goto(docket.page_of(case))
    expect(plain_page.locator(".timeline svg").first).to_be_hidden()
    said = plain_page.locator(".down .office .said")
    expect(said).to_be_visible()
    own_side = plain_page.locator(".down .limit .said").first
    assert said.bounding_box()["x"] < own_side.bounding_box()["x"]
    assert plain_page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    plain_page.uncheck("[name=show][value=office]")
    expect(said).to_be_hidden()
    plain_page.check("[name=show][value=office]")
    said.click()
    plain_page.wait_for_url(f"**/documents/{event.pk}/")


def test_on_paper_a_long_life_is_printed_downward(plain_page):
    case = docket.confirmed_case()
    docket.refused(case)
    docket.refused(case, dispatched=1500)
    plain_page.emulate_media(media="print")
    plain_page.goto(docket.page_of(case))
    expect(plain_page.locator(".down")).to_be_visible()
    expect(plain_page.locator(".timeline svg").first).to_be_hidden()
