"""Every address of signing in and of people: by strangers, by the wrong method, with nonsense in its form."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.account_urls import urlpatterns
from dossiers.views.authorising import authoriser_of

from .conftest import signed_in

pytestmark = pytest.mark.django_db
PARTS = {
    "invitation": {"token": "A" * 43},
    "account_reset_password_from_key": {"uidb36": "1", "key": "abc-def"},
    "account_confirm_email": {"key": "MQ:1a:b"},
    "openid_connect_login": {"provider_id": "oidc"},
    "openid_connect_callback": {"provider_id": "oidc"},
    "mfa_remove_webauthn": {"pk": 1},
    "invitation_act": {"pk": "00000000-0000-0000-0000-000000000000", "action": "again"},
    "person": {"pk": 1},
    "person_change": {"pk": 1},
    "person_hand_over": {"pk": 1},
    "person_act": {"pk": 1, "action": "off"},
    **{
        name: {"organization_slug": "saml"}
        for name in ("saml_login", "saml_acs", "saml_finish_acs", "saml_sls", "saml_metadata")
    },
}
ADDRESSES = {one.name: reverse(one.name, kwargs=PARTS.get(one.name, {})) for one in urlpatterns}
OPEN = {one.name for one in urlpatterns if authoriser_of(one.callback).open_because}
NONSENSE = (
    b"",
    b"username=a%00b&password=a%00b&email=%00&code=%00&credential=%00&session=%00&role=%00&next=%00&to=%00",
    b"credential={}&name=%ed%a0%80&email=x&session=" + b"9" * 400 + b"&role=king&to=" + b"9" * 400,
    b"credential=[1]&password1=x&password2=y&roles=king&teams=x&groups=" + b"9" * 400,
)
FORM = "application/x-www-form-urlencoded"


def test_strangers_are_led_to_the_sign_in_page_from_all_that_is_not_signing_in(client):
    for name, address in ADDRESSES.items():
        if name not in OPEN:
            for method in ("GET", "POST", "PUT"):
                answer = client.generic(method, address)
                assert answer.headers["Location"].startswith("/login/?next="), (method, address)


def test_nothing_can_be_broken_by_a_method_or_by_nonsense(boss):
    for name, address in ADDRESSES.items():
        for client in (Client(), signed_in(boss)):
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
                assert client.generic(method, address).status_code < 500, (method, address)
            for body in NONSENSE:
                assert client.generic("POST", address, body, content_type=FORM).status_code < 500, (
                    name,
                    body,
                )
        from django.core.cache import cache

        cache.clear()


def test_every_page_holds_to_the_content_security_policy(boss):
    for address in ADDRESSES.values():
        for client in (Client(), signed_in(boss)):
            answer = client.get(address)
            assert "unsafe" not in answer.headers["Content-Security-Policy"], address
            text = answer.content.decode(errors="replace")
            assert " style=" not in text and "<style" not in text and " onclick=" not in text, address
            assert all('src="' in piece.split(">")[0] for piece in text.split("<script")[1:]), address
