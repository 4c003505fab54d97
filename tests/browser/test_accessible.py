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
MOST_TELLING = ("/design/", "/?scope=all")
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


def looks(page, address: str, first: bool) -> Iterator[tuple[str, dict[str, object]]]:
    """The page in its looks, and what to measure in each.

    Dark is measured once a page: its colours are the same tokens. The high contrast is measured on the page
    that shows every part; tests/pages/test_design.py tries every pair of tokens.
    """
    yield "light", ALL
    if first:
        page.emulate_media(color_scheme="dark")
        yield "dark", only(BY_COLOUR)
    if address in MOST_TELLING:
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme, contrast="more")
            yield f"{scheme}, more contrast", only(BY_COLOUR)
    page.emulate_media(color_scheme="light", contrast="no-preference")
    page.set_viewport_size(PHONE)
    yield "phone", only(BY_WIDTH)
    page.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("reader", ["ja"], indirect=True)
def test_no_page_has_a_fault_that_axe_knows(page, reader, client, pages):  # noqa: F811
    client.force_login(reader)
    sign_in(page, "reader")
    found: dict[str, list[str]] = {}
    for address, first in [("/login/", True), *telling(client, pages)]:
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        for look, options in looks(page, address, first):
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
