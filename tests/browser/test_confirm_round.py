"""The confirmation round by keyboard alone, with scripts and without."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dossiers.models import FirmPolicy, TimeLimit
from tests.browser.conftest import PHONE
from tests.pages import docket

from .test_daily_round import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def limits(bob) -> list[TimeLimit]:
    for serial, days in enumerate((30, 20, 10)):
        docket.refused(docket.confirmed_case(f"202300000{serial}", owner=bob), dispatched=days)
    return list(TimeLimit.objects.filter(rule_id="pat.oa.response").order_by("due"))


def begin(page):
    sign_in(page, "bob")
    page.goto("/limits/confirm/?scope=all")


def press(page, key: str):
    """Press a key that leads to another page, once the page is ready to decide."""
    page.wait_for_selector("[data-rest]:enabled")
    with page.expect_navigation():
        page.keyboard.press(key)


def test_three_limits_are_skipped_confirmed_and_found_not_needed_by_keyboard_alone(page, limits, bob):
    begin(page)
    assert "1 of 3" in page.locator("main").inner_text()
    press(page, "s")
    assert str(limits[1].due) in page.locator("main").inner_text()
    press(page, "c")
    assert "3 of 3" in page.locator("main").inner_text()
    page.keyboard.press("n")
    page.keyboard.type("nothing to file, says the client")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Nothing left to confirm here" in page.locator("main").inner_text()
    for limit in limits:
        limit.refresh_from_db()
    assert [limit.confirmed_by for limit in limits] == [None, bob, None]
    assert [limit.state for limit in limits] == ["open", "open", "not_needed"]
    assert limits[2].state_reason_en == "nothing to file, says the client"


def test_a_letter_typed_into_a_field_confirms_nothing(page, limits):
    begin(page)
    page.keyboard.press("n")
    page.keyboard.type("cscn")
    assert page.input_value("#not-needed") == "cscn"
    page.keyboard.press("Escape")
    press(page, "s")
    assert not TimeLimit.objects.filter(confirmed_by__isnull=False).exists()


def test_pressing_c_twice_confirms_one(page, limits):
    begin(page)
    page.wait_for_selector("[data-rest]:enabled")
    with page.expect_navigation():
        page.keyboard.press("c")
        page.keyboard.press("c")
    assert "2 of 3" in page.locator("main").inner_text()
    assert TimeLimit.objects.filter(confirmed_by__isnull=False).count() == 1


def test_the_help_names_the_keys_of_the_round(page, limits):
    begin(page)
    page.keyboard.press("?")
    assert "Skip to the next" in page.locator("dialog#keys").inner_text()


def test_blind_by_keyboard_one_date_agrees_and_one_does_not(page, limits, bob):
    FirmPolicy.objects.create(pk=1, blind_check=True)
    begin(page)
    assert str(limits[0].due) not in page.content()
    type_day(page, limits[0].due)
    assert "2 of 3" in page.locator("main").inner_text()
    type_day(page, limits[1].due + timedelta(days=1))
    text = page.locator("main").inner_text()
    assert "Two different dates" in text and str(limits[1].due) in text
    with page.expect_navigation():
        page.keyboard.press("s")
    assert str(limits[2].due) not in page.content()
    confirmed = TimeLimit.objects.filter(confirmed_by=bob)
    assert [limit.pk for limit in confirmed] == [limits[0].pk]


def type_day(page, day):
    """Type a date into the field that has the focus, as a person does, and send it."""
    assert page.evaluate("document.activeElement.name") == "entered"
    page.keyboard.type(f"{day:%Y%m%d}")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_without_scripts_the_forms_do_it(chromium, live_server, limits, bob):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "bob")
    page.goto("/limits/confirm/?scope=all")
    page.locator("button[data-key=c]").click()
    page.wait_for_url(re.compile("after="))
    assert "2 of 3" in page.locator("main").inner_text()
    context.close()
    limits[0].refresh_from_db()
    assert limits[0].confirmed_by == bob


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_round_and_the_rules_fit_a_phone(page, limits, bob, language):
    bob.language = language
    bob.save()
    case = limits[0].case
    sign_in(page, "bob")
    page.set_viewport_size(PHONE)
    by_rule = f"/cases/patent/{case.application_number}/limits/rule/?rule=pat.priority.paris&base=2026-10-20"
    for path in ("/limits/confirm/?scope=all", f"/limits/{limits[0].pk}/", by_rule, "/limits/?due=late"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
