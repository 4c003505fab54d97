"""Pictures of every page, to be looked at: desktop and phone, Japanese and English, light and dark.

    make shots            into var/shots/<language>-<colours>-<width>/<page>.png

`IPPORTAL_SHOTS` narrows them to addresses that match a pattern: `IPPORTAL_SHOTS=^/settings/ make shots`.
Not run with the tests (its name does not begin with test_): `pytest -m browser tests/browser/shots.py` takes
one picture of each page in each look.
"""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache

from dossiers.alerts import heartbeats
from dossiers.models import Role
from dossiers.people import invitations
from tests import make
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


ONLY = re.compile(os.environ.get("IPPORTAL_SHOTS", ""))
# Before anybody is signed in, and of one's own account: the catalogue of pages has none of these.
OUTSIDE = {
    "login": "/login/",
    "login-after": "/login/?next=/cases/",
    "forgotten": "/login/forgotten/",
    "forgotten-sent": "/login/forgotten/sent/",
    "forgotten-done": "/login/forgotten/done/",
    "forgotten-over": "/login/forgotten/1-none/",
    "account-off": "/login/off/",
    "invitation-over": "/login/invitation/none/",
    "stranger-not-found": "/no/such/page/",
    "mail-link-over": "/u/nonsense/",
}
OWN = {
    "own-password": "/settings/password/",
    "own-email": "/settings/email/",
    "own-security": "/settings/security/",
    "own-sessions": "/settings/sessions/",
    "own-again": "/settings/security/again/?next=/settings/security/app/",
}
AFTER_THE_PASSWORD = {
    "own-app": "/settings/security/app/",
    "own-passkey": "/settings/security/passkeys/add/",
}
OF_EACH_ROLE = ("/", "/cases/", "/limits/", "/settings/", "/settings/people/", "/status/", "/audit/")


def take(page, language: str, addresses: dict[str, str]) -> None:
    """A picture of each page, by the name of its file, in each look and width."""
    for name, address in addresses.items():
        if not ONLY.search(address):
            continue
        page.goto(address)
        photograph(page, language, name)
    page.troubles.clear()  # a page that answers 404 is among them


def photograph(page, language: str, name: str) -> None:
    for colours, (width, size) in product(("light", "dark"), WIDTHS.items()):
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size(size)
        file = FOLDER / f"{language}-{colours}-{width}" / f"{name[:80]}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file, full_page=True)


def test_every_page_has_its_picture_taken(page, reader, pages):  # noqa: F811
    sign_in(page, "reader")
    take(page, reader.language, first_of_each(pages))


@pytest.fixture(params=["ja", "en"])
def stranger(request, page, live_server) -> str:
    """The language of a browser in which nobody is signed in."""
    page.goto("/login/")
    page.context.add_cookies([{"name": "django_language", "value": request.param, "url": live_server.url}])
    cache.clear()  # attempts of other tests are counted there
    return request.param


def test_the_pages_before_signing_in_have_theirs(page, stranger):
    _made, link = invitations.invite(by=None, email="new@example.com", role=Role.READER, language=stranger)
    take(page, stranger, OUTSIDE | {"invitation": urlsplit(link).path})


def test_the_pages_of_ones_account_have_theirs(page, stranger):
    make.user("kim", language=stranger, display_name="Kim Specimen")
    sign_in(page, "kim")
    take(page, stranger, OWN)
    page.goto(OWN["own-again"])
    page.fill("#id_password", make.PASSWORD)
    page.click("main form:has(#id_password) button")
    take(page, stranger, AFTER_THE_PASSWORD)


@pytest.mark.parametrize("role", Role.values)
def test_what_each_role_sees_has_its_picture_taken(page, stranger, role):
    client = {"client": "Specimen K.K."} if role == Role.CLIENT else {}
    make.user("kim", language=stranger, display_name="Kim Specimen", role=role, **client)
    sign_in(page, "kim")
    take(page, stranger, {f"as-{role}{address.replace('/', '-')}": address for address in OF_EACH_ROLE})


def test_what_is_said_of_a_failure_has_its_picture_taken(page, stranger, monkeypatch):
    make.user("kim", language=stranger, display_name="Kim Specimen")
    sign_in(page, "kim")
    monkeypatch.setattr(heartbeats, "standings", lambda: 1 / 0)
    take(page, stranger, {"failure": "/status/"})
    page.context.clear_cookies(name="sessionid")
    for _ in range(12):
        page.goto("/login/")
        page.fill("input[name=username]", "kim")
        page.fill("input[name=password]", "wrong")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    photograph(page, stranger, "too-many-attempts")
    page.troubles.clear()
