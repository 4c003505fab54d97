"""Pictures of every page, to be looked at: desktop and phone, Japanese and English, light and dark.

    make shots            into var/shots/<language>-<colours>-<width>/<page>.png

Not run with the tests (its name does not begin with test_): `pytest -m browser tests/browser/shots.py` takes
one picture of each page in each look.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_daily_round import sign_in
from tests.pages.test_catalogue import _name, miniature, pages, reader  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOLDER = Path(__file__).resolve().parents[2] / "var" / "shots"
WIDTHS = {"desktop": DESKTOP, "phone": PHONE}


def first_of_each(addresses: list[str]) -> dict[str, str]:
    """One address of each page by the name of its file, the first one."""
    found: dict[str, str] = {}
    for address in addresses:
        path, _, query = address.partition("?")
        name = _name(path) or "not_found"
        found.setdefault(f"{name}-{re.sub(r'[^a-z0-9]+', '-', query)}" if query else name, address)
    return found


def test_every_page_has_its_picture_taken(page, reader, pages):  # noqa: F811
    sign_in(page, "reader")
    for name, address in {"login": "/login/", **first_of_each(pages)}.items():
        page.goto(address)
        for colours, (width, size) in product(("light", "dark"), WIDTHS.items()):
            page.emulate_media(color_scheme=colours)
            page.set_viewport_size(size)
            file = FOLDER / f"{reader.language}-{colours}-{width}" / f"{name[:80]}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=file, full_page=True)
    page.troubles.clear()  # a page that answers 404 is among them
