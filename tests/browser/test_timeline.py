"""The timeline in a browser without scripts: kinds come and go at once, the keyboard reaches each mark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dossiers.models import TimeLimit
from tests.make import PASSWORD
from tests.pages import docket

from .conftest import DESKTOP, PATIENCE, PHONE
from .test_daily_round import sign_in

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


def test_words_of_a_time_limit_stay_in_sight_while_the_drawing_is_scrolled(page, alice):
    case = docket.confirmed_case()
    event = docket.refused(case)
    TimeLimit.objects.filter(event=event).update(base_date=docket.days_ago(1500))
    sign_in(page)
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(docket.page_of(case))
    box, words = page.locator(".timeline"), page.locator(".timeline .bar text:not(.say)").first
    box.evaluate("box => { box.scrollLeft = 0; }")
    start = words.bounding_box()["x"]
    box.evaluate("box => { box.scrollLeft = 300; }")
    expect(words).not_to_have_attribute("x", "28")
    assert abs(words.bounding_box()["x"] - box.bounding_box()["x"]) < start
    box.evaluate("box => { box.scrollLeft = 0; }")
    expect(words).to_have_attribute("x", "28")


def test_arrows_go_from_mark_to_mark(page, alice):
    case = docket.confirmed_case()
    docket.refused(case)
    sign_in(page)
    page.goto(docket.page_of(case))
    marks = page.locator(".timeline a")
    marks.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
