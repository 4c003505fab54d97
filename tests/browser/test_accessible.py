"""Every page, in its colours and on a phone, against WCAG 2.2 AA and good practice, as axe measures it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_daily_round import sign_in
from tests.pages.test_catalogue import _name, miniature, pages, reader  # noqa: F401 (fixtures: a docket in every state)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What a colour or a width can change, of all that axe knows; the rest is measured once for each page.
BY_COLOUR = ["color-contrast", "link-in-text-block"]
BY_WIDTH = ["target-size", "scrollable-region-focusable", "meta-viewport"]
SAMPLE = (
    "/?scope=all",
    "/cases/",
    "/limits/",
    "/limits/?view=month",
    "/reviews/",
    "/alerts/",
    "/settings/",
    "/add/",
)
ALL = {"runOnly": {"type": "tag", "values": STANDARDS}, "rules": {"target-size": {"enabled": True}}}
KIND = re.compile(r"<([a-z][a-z0-9]*)([^<>]*)>")
MARKING = re.compile(r'\b(?:class|role|type|aria-[a-z]+)="[^"]*"')


def only(rules: list[str]) -> dict[str, object]:
    return {"runOnly": {"type": "rule", "values": rules}}


def kinds_of(html: str) -> set[str]:
    """What there is to find fault with: elements by what they are and are marked as, not by what they say."""
    main = html.partition("<main")[2]
    return {f"{tag} {' '.join(sorted(MARKING.findall(rest)))}" for tag, rest in KIND.findall(main)}


def telling(client: Client, addresses: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The first address of each page (True), and any other with an element that none before had (False)."""
    seen: set[str] = set()
    named: set[str] = set()
    for address in addresses:
        name, html = _name(address.partition("?")[0]), client.get(address).text
        if "<main" not in html:  # a part of a page, which is measured where it stands
            continue
        found = kinds_of(html)
        if name not in named or found - seen:
            yield address, name not in named
        named.add(name)
        seen |= found


def faults(page, options: dict[str, object]) -> list[str]:
    """What axe finds on the page as it stands: rule, place, and why."""
    found = page.evaluate(
        "options => axe.run({exclude: [['iframe']]}, options)", {**options, "resultTypes": ["violations"]}
    )
    return [
        f"{fault['id']} {node['target']} {node['html'][:160]} {node.get('failureSummary', '')}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


# Each look as the page is made for whoever chose it: the same classes, other tokens. No page is loaded again.
LOOKS = {
    "dark": ("dark", "not all"),
    "light, more contrast": ("light", "all"),
    "dark, more contrast": ("dark", "all"),
}
WEAR = """([scheme, contrast]) => {
  document.documentElement.dataset.theme = scheme;
  document.querySelector('link[href*="contrast.css"]').media = contrast;
}"""


def looks(page, first: bool) -> Iterator[tuple[str, dict[str, object]]]:
    """The page in its looks, and what to measure in each: all once, then what colours and width can change.

    An address that shows few elements more than its page's first one is not measured in every look.
    """
    yield "light", ALL
    for look, wear in LOOKS.items() if first else ():
        page.evaluate(WEAR, wear)
        yield look, only(BY_COLOUR)
    page.evaluate(WEAR, ("light", "not all"))
    page.set_viewport_size(PHONE)
    yield "phone", only(BY_WIDTH)
    page.set_viewport_size(DESKTOP)


def test_a_look_that_is_worn_is_the_look_that_is_chosen(page, bob):
    """What the looks below put on is what a page has that was made for that choice."""
    sign_in(page, "bob")
    colours = "() => ['color', 'backgroundColor'].map(name => getComputedStyle(document.body)[name])"
    for theme, wear in (("dark", LOOKS["dark"]), ("contrast", LOOKS["light, more contrast"])):
        bob.theme = theme
        bob.save()
        page.goto("/")
        chosen = page.evaluate(colours)
        page.evaluate(WEAR, ("light", "not all"))
        assert page.evaluate(colours) != chosen
        page.evaluate(WEAR, wear)
        assert page.evaluate(colours) == chosen


@pytest.mark.parametrize("reader", ["ja", "en"], indirect=True)
def test_no_page_has_a_fault_that_axe_knows(page, reader, client, pages):  # noqa: F811
    """Every page in Japanese; in English, whose words are longer, the pages of the daily round."""
    found: dict[str, list[str]] = {}
    client.force_login(reader)
    shown = telling(client, pages) if reader.language == "ja" else ((one, True) for one in SAMPLE)
    for address, first in [("/login/", True), *shown]:
        if page.url.endswith("/login/"):
            sign_in(page, "reader")
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        for look, options in looks(page, first):
            if bad := faults(page, options):
                found[f"{address} ({look})"] = bad
    page.troubles.clear()  # pages that answer 404 are among them, and say so in the console
    assert found == {}


@pytest.mark.parametrize("look", ["light", "dark", "contrast"])
def test_the_help_with_the_keys_has_none_either(page, bob, look):
    bob.theme = look
    bob.save()
    sign_in(page, "bob")
    page.keyboard.press("?")
    page.locator("dialog#keys").wait_for()
    page.evaluate(AXE_SCRIPT)
    assert faults(page, ALL) == []
