"""A day is read at one glance: on no page of a phone is it broken at its hyphens."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PHONE
from tests.browser.shots import first_of_each
from tests.browser.test_daily_round import sign_in
from tests.pages.test_catalogue import miniature, pages, reader  # noqa: F401 (fixtures: a docket in every state)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The days whose characters stand on more than one line; what the office wrote is shown as it came.
BROKEN = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    if (text.parentElement.closest("pre, .verbatim, textarea, option, svg")) continue;
    for (const day of text.data.matchAll(/\\b[0-9]{4}-[0-9]{2}-[0-9]{2}\\b/g)) {
      const range = document.createRange();
      range.setStart(text, day.index);
      range.setEnd(text, day.index + day[0].length);
      const lines = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
      if (lines.size > 1) found.push(text.data.trim().slice(0, 120));
    }
  }
  return found;
}"""


def test_a_day_that_does_break_is_found(page):
    page.set_content("<main style='width: 3em'>2026-11-23</main>")
    assert page.evaluate(BROKEN) == ["2026-11-23"]


@pytest.mark.parametrize("reader", ["en"], indirect=True)
def test_no_day_is_broken_on_a_phone(page, reader, pages):  # noqa: F811
    sign_in(page, "reader")
    page.set_viewport_size(PHONE)
    found = {}
    for address in first_of_each(pages).values():
        page.goto(address)
        if broken := page.evaluate("() => document.querySelector('main') !== null") and page.evaluate(BROKEN):
            found[address] = broken
    page.troubles.clear()  # pages that answer 404 are among them
    assert found == {}
