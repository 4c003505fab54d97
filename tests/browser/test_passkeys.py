"""Passkeys in a real browser, kept by an authenticator that Chromium itself plays."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from dossiers.models import Role
from tests import make

from .test_daily_round import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECURITY = "/settings/security/"


class Device:
    """What keeps the keys, as the browser's protocol plays it: asks for a finger, and has it or not."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        kind = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.name = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})[
            "authenticatorId"
        ]

    def keys(self) -> list[dict]:
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.name})["credentials"]

    def owner_is_there(self, there: bool) -> None:
        told = {"authenticatorId": self.name, "isUserVerified": there}
        self.session.send("WebAuthn.setUserVerified", told)


@pytest.fixture
def device(page):
    cache.clear()  # attempts of other tests are counted there
    return Device(page)


def open_adding(page) -> None:
    """The page that adds one, after the password once more where it is asked for."""
    page.goto(f"{SECURITY}passkeys/add/")
    if "/again/" in urlsplit(page.url).path:
        page.fill("#id_password", make.PASSWORD)
        page.click("main form:has(#id_password) button")
        wait_for(page, f"{SECURITY}passkeys/add/")


def add_passkey(page, name: str, *, alone: bool = True) -> None:
    """Add one in the settings; the recovery codes are shown with the first."""
    open_adding(page)
    page.fill("#id_name", name)
    page.set_checked("#passkey-alone", alone)
    page.click("#passkey-button")
    page.wait_for_url(lambda address: not address.endswith("/passkeys/add/"))


def wait_for(page, path: str) -> None:
    """Until the page itself is there, not one that names it as the next."""
    page.wait_for_url(lambda address: urlsplit(address).path == path)


def sign_out(page) -> None:
    page.context.clear_cookies()
    page.goto("/login/")


def test_a_passkey_is_added_and_opens_the_portal_without_name_or_password(page, device, alice):
    sign_in(page)
    add_passkey(page, "机の鍵")
    assert page.url.endswith(f"{SECURITY}codes/")
    (key,) = device.keys()
    assert key["isResidentCredential"] and key["rpId"] == "localhost"
    page.goto(SECURITY)
    assert page.get_by_text("机の鍵").is_visible()
    sign_out(page)
    page.goto("/login/?next=/limits/")
    page.click("#passkey-button")
    wait_for(page, "/limits/")
    page.goto("/settings/")
    assert page.locator("main").is_visible() and "/login/" not in page.url


def test_a_passkey_is_the_second_factor_after_the_password(page, device, alice):
    sign_in(page)
    add_passkey(page, "Key", alone=False)
    sign_out(page)
    page.fill("input[name=username]", "alice")
    page.fill("input[name=password]", make.PASSWORD)
    page.keyboard.press("Enter")
    wait_for(page, "/login/factor/")
    page.goto("/cases/")
    assert urlsplit(page.url).path == "/login/factor/"  # the password alone opens nothing
    page.click("#passkey-button")
    page.wait_for_url(lambda address: "/login/" not in address)
    page.goto("/cases/")
    assert "/login/" not in page.url


def test_a_passkey_shows_once_more_who_it_is(page, device, alice):
    sign_in(page)
    add_passkey(page, "Key")
    sign_out(page)
    page.click("#passkey-button")
    page.wait_for_url(lambda address: "/login/" not in address)
    page.goto(f"{SECURITY}again/passkey/?next=/settings/sessions/")
    page.click("#passkey-button")
    wait_for(page, "/settings/sessions/")


def test_a_passkey_that_was_removed_opens_nothing_any_more(page, device, alice):
    sign_in(page)
    add_passkey(page, "Key")
    page.goto(SECURITY)
    page.click("main li:has-text('Key') a")
    page.click("main button.danger")
    wait_for(page, SECURITY)
    assert page.get_by_text("Key", exact=True).count() == 0
    assert not Authenticator.objects.filter(user=alice, type="webauthn").exists()
    sign_out(page)
    with page.expect_navigation():
        page.click("#passkey-button")  # the device has it still
    assert page.locator(".message, [role=alert]:visible, [role=status]:visible").first.inner_text().strip()
    page.goto("/cases/")
    assert "/login/" in page.url


def test_whoever_has_no_such_key_or_is_not_recognised_is_told(page, device, alice):
    page.goto("/login/")
    assert not page.locator("[data-failed]").is_visible()
    page.click("#passkey-button")
    page.locator("[data-failed]").wait_for(state="visible")
    sign_in(page)
    device.owner_is_there(False)
    open_adding(page)
    page.click("#passkey-button")
    page.locator("[data-failed]").wait_for(state="visible")
    assert not Authenticator.objects.filter(user=alice).exists()


def test_an_administrator_without_a_second_factor_comes_in_by_adding_a_passkey(page, device, settings):
    settings.SECOND_FACTOR = True
    boss = make.user("boss", role=Role.ADMINISTRATOR)
    sign_in(page, "boss")
    assert page.url.endswith(SECURITY)
    add_passkey(page, "Key")
    page.goto("/settings/people/")
    assert page.url.endswith("/settings/people/")
    assert Authenticator.objects.filter(user=boss, type="webauthn").count() == 1


def test_at_an_address_in_numbers_the_page_names_the_one_that_takes_passkeys(page, live_server, alice):
    port = urlsplit(live_server.url).port
    page.goto(f"http://127.0.0.1:{port}/login/")
    assert page.locator("#passkey-button").is_disabled()
    page.click("[data-named]")
    page.wait_for_url(f"http://localhost:{port}/login/")
    assert page.locator("#passkey-button").is_enabled()
    assert page.locator("[data-by-name]").is_hidden()
