"""A clerk's day, journey by journey: each goes through the pages as a person does, and ends in the docket."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from dossiers import clock
from dossiers.alerts.acknowledge import open_for_news
from dossiers.models import Case, Concern, News, Preference, TimeLimit
from tests import make
from tests.browser.conftest import PHONE
from tests.browser.test_daily_round import sign_in
from tests.pages import docket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def notice(bob):
    """A notice of reasons for refusal that Bob has not seen, and that somebody must acknowledge."""
    event = docket.refused(docket.confirmed_case(owner=bob), notice_state="read")
    docket.paper(event, docket.notice(event.case).to_json())
    open_for_news([News.objects.get(event=event)], clock.now())
    return event


def test_the_morning_round_ends_with_nothing_open(page, notice, bob):
    sign_in(page, "bob")
    new = page.locator("#new [data-row]")
    expect(new).to_have_count(1)
    new.click()
    page.wait_for_url("**/documents/*/")
    expect(page.locator(".reading > .text .verbatim")).to_contain_text("全文")
    page.goto("/alerts/")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    page.goto("/limits/")
    page.locator("[data-rows] [data-row]").first.click()
    page.wait_for_url("**/limits/*/")
    page.get_by_role("button", name="I have checked").click()
    expect(page.locator(".messages")).to_be_visible()
    page.goto("/")
    expect(page.locator("#new .empty")).to_be_visible()
    assert Concern.objects.get(news__event=notice).acknowledged_by == bob
    assert notice.limits.get().confirmed_by == bob


def test_cases_are_found_tagged_together_and_the_tag_is_taken_back(page, bob):
    for serial in range(3):
        docket.confirmed_case(f"202300010{serial}", title=f"蓄電池の電極{serial}", owner=bob)
    docket.confirmed_case("2023000200", title="配線構造体", owner=bob)
    sign_in(page, "bob")
    page.keyboard.press("/")
    page.keyboard.type("電極")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/?q=*")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    for box in page.locator("tbody input[name=case]").all():
        box.check()
    page.get_by_label("Change to make").select_option(label="with the tag below")
    page.get_by_label("New tag").fill("prior art")
    page.locator("#change").get_by_role("button", name="Go on").click()
    expect(page.locator(".changed").first).to_contain_text("3 of 3")
    assert Case.objects.filter(tags__name="prior art").count() == 3
    page.locator(".changed").first.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text("3 cases are as before")
    assert not Case.objects.filter(tags__name="prior art").exists()


def test_what_was_filed_is_claimed_with_its_reason_and_can_be_opened_again(page, notice, bob):
    limit = notice.limits.get()
    sign_in(page, "bob")
    page.goto(f"/limits/{limit.pk}/")
    page.locator("summary", has_text="It has been done").click()
    page.fill("#done", "filed online, receipt 51")
    page.locator("form[action$='/done/'] button").click()
    expect(page.locator("main")).to_contain_text("filed online, receipt 51")
    limit.refresh_from_db()
    assert (limit.state, limit.state_reason_en) == (TimeLimit.State.CLAIMED, "filed online, receipt 51")
    page.locator("summary", has_text="Open it again").click()
    page.fill("#reopen", "wrong case")
    page.locator("form[action$='/reopen/'] button").click()
    expect(page.locator("summary", has_text="It has been done")).to_be_visible()
    limit.refresh_from_db()
    assert limit.state == TimeLimit.State.OPEN


def test_how_and_when_one_is_told_is_chosen_and_kept(page, bob):
    sign_in(page, "bob")
    page.goto("/settings/")
    page.locator("#digest select").select_option("6")
    page.locator("#digest button.primary").click()
    expect(page.locator(".messages")).to_be_visible()
    page.locator("main").get_by_role("link", name="Notifications").click()
    page.wait_for_url("**/settings/notifications/")
    page.locator(".matrix input[value=weekly]").first.check()
    page.locator("form:has(.matrix) button.primary").click()
    expect(page.locator(".messages")).to_be_visible()
    expect(page.locator(".matrix input[value=weekly]").first).to_be_checked()
    bob.refresh_from_db()
    assert bob.digest_hour == 6
    assert Preference.objects.filter(user=bob, rhythm="weekly").count() == 1


def test_the_colours_chosen_are_worn_at_once(page, bob):
    sign_in(page, "bob")
    page.goto("/settings/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.select_option("#id_theme", "dark")
    page.locator("form:has(#id_theme) button.primary").click()
    expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_the_round_on_a_phone_needs_no_sideways_scrolling_and_no_mouse(page, notice, bob):
    page.set_viewport_size(PHONE)
    sign_in(page, "bob")
    page.locator("#new [data-row]").click()
    page.wait_for_url("**/documents/*/")
    says, text = page.locator(".said"), page.locator(".reading > .text")
    expect(says).to_be_visible()
    expect(text).to_be_hidden()
    page.locator(".reading > .tabs a").last.click()
    expect(text).to_be_visible()
    expect(says).to_be_hidden()
    expect(page.locator(".reading > .tabs [aria-current]")).to_have_text("Full text")
    page.locator(".rail .primary").get_by_role("link", name="Time limits").click()
    page.wait_for_url("**/limits/")
    page.locator("[data-row]").first.click()
    page.wait_for_url("**/limits/*/")
    page.get_by_role("button", name="I have checked").click()
    expect(page.locator(".messages")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert notice.limits.get().confirmed_by == bob


def test_what_was_typed_is_there_again_when_the_session_had_ended(page, notice, bob):
    limit = notice.limits.get()
    sign_in(page, "bob")
    page.goto(f"/limits/{limit.pk}/")
    page.locator("summary", has_text="It is not needed").click()
    page.fill("#not-needed", "the client lets the case go")
    Session.objects.all().delete()
    page.locator("form[action$='/not-needed/'] button").click()
    page.wait_for_url("**/login/?next=**")
    page.fill("input[name=username]", "bob")
    page.fill("input[name=password]", make.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/limits/{limit.pk}/")
    expect(page.locator("#not-needed")).to_have_value("the client lets the case go")
    expect(page.get_by_text("has been put back")).to_be_visible()
    page.locator("form[action$='/not-needed/'] button").click()
    expect(page.locator("main")).to_contain_text("the client lets the case go")
    page.reload()
    expect(page.get_by_text("has been put back")).to_have_count(0)


def test_nobody_else_finds_what_was_typed(page, notice, alice):
    limit = notice.limits.get()
    sign_in(page, "bob")
    page.goto(f"/limits/{limit.pk}/")
    page.locator("summary", has_text="It is not needed").click()
    page.fill("#not-needed", "mine alone")
    Session.objects.all().delete()
    page.locator("form[action$='/not-needed/'] button").click()
    page.wait_for_url("**/login/?next=**")
    page.fill("input[name=username]", "alice")
    page.fill("input[name=password]", make.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/limits/{limit.pk}/")
    expect(page.locator("#not-needed")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('typed')") is None


def test_the_help_names_every_key_and_they_can_be_switched_off(page, bob):
    sign_in(page, "bob")
    page.keyboard.press("?")
    help_ = page.locator("dialog#keys")
    expect(help_).to_be_visible()
    keys = page.eval_on_selector_all("[data-go]", "links => links.map(link => link.dataset.go)")
    named = help_.locator("[data-go-list] dt").all_inner_texts()
    assert [name.split() for name in named] == [["g", key] for key in keys]
    assert len(set(keys)) == len(keys)
    page.get_by_label("Keys work on this device").uncheck()
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "search"
    page.locator("[data-keys]").click()
    page.get_by_label("Keys work on this device").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
