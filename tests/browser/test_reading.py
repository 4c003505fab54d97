"""Reading a notice in a real browser: from a part to its words and back, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.apiclient import test_notices
from tests.browser.conftest import DESKTOP
from tests.browser.test_daily_round import sign_in
from tests.pages import docket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PARTS = ("articles", "period", "reasons", "cited", "search_record", "text", "raw_text", "addressee")


@pytest.fixture
def notice(alice):
    """The address of a notice with all its parts and a picture."""
    case = docket.confirmed_case(owner=alice)
    event = docket.refused(case, notice_state="read")
    read = test_notices.read(test_notices.patent_xml())
    docket.paper(event, docket.notice(case, **{name: getattr(read, name) for name in PARTS}).to_json())
    docket.picture(event)
    return docket.page_of(case, f"documents/{event.pk}/")


def test_pointing_at_a_cited_document_lights_its_places_and_the_other_way_round(page, notice):
    sign_in(page)
    page.goto(notice)
    entry = page.locator(".cited > li").first
    entry.locator("> span > a").first.focus()
    lit = page.locator(".verbatim mark.lit")
    expect(lit).to_have_count(4)  # its entry in the list, and three mentions
    page.locator(".verbatim .at-cited").nth(1).hover()
    expect(page.locator(".cited > li").nth(1)).to_have_class("lit")
    page.mouse.move(0, 0)


def test_a_picture_is_drawn(page, notice):
    sign_in(page)
    page.goto(notice)
    picture = page.locator("figure img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 30


def test_on_paper_its_words_are_all_there_and_lie_under_nothing(page, notice):
    sign_in(page)
    page.goto(notice)
    page.set_viewport_size({"width": 794, "height": 300})  # a sheet of A4, upright
    page.emulate_media(media="print")
    words = page.locator(".reading > .text > .verbatim")
    assert words.evaluate("box => box.scrollHeight <= box.clientHeight + 1")


def test_links_lead_to_the_words_without_scripts_and_by_keyboard_alone(chromium, live_server, notice):
    context = chromium.new_context(base_url=live_server.url, viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    sign_in(page)
    page.goto(notice)
    page.locator(".said dl a").first.focus()
    page.keyboard.press("Enter")
    target = page.locator(".verbatim mark:target")
    expect(target).to_be_in_viewport()
    expect(target).to_have_css("outline-style", "solid")
    page.goto(f"{notice}?q=引用文献")
    page.get_by_role("link", name="→").click()
    expect(page.locator("mark.hit.here")).to_be_in_viewport()
    context.close()
