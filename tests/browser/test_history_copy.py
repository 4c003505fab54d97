"""The history of the proceedings is copied whole by one press."""

from __future__ import annotations

import pytest

from tests.make import PASSWORD
from tests.pages import docket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_press_copies_what_is_shown(page, alice):
    case = docket.confirmed_case()
    docket.refused(case)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/login/")
    page.fill("[name=username]", alice.username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    page.goto(docket.page_of(case, "history/?language=ja"))
    page.click("[data-copy]")
    page.wait_for_function("document.querySelector('[data-copy]').textContent === 'コピーしました'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == page.inner_text("#history").strip() and "拒絶理由通知書" in copied
    page.select_option("#history-language", "en")
    page.wait_for_url("**language=en**")
    assert "Notice of Reasons for Refusal" in page.inner_text("#history")
