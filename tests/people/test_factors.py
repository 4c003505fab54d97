"""Second factors: real codes, used once, demanded of the roles that the firm names."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests import make

from .conftest import again, set_up_app, sign_in, signed_in, totp

pytestmark = pytest.mark.django_db


def with_code(client, code):
    return client.post("/login/factor/", {"code": code})


def test_the_code_of_rfc_6238():
    assert totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59) == "287082"
    assert totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1111111109) == "081804"


def test_the_password_alone_opens_nothing_once_an_app_is_set_up(bob, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up_app(signed_in(bob))
    assert mail.outbox[-1].to == ["bob@example.com"]
    client = Client()
    assert sign_in(client, "bob", next="/limits/").headers["Location"] == "/login/factor/"
    assert client.get("/settings/").status_code == 302
    assert with_code(client, "000000").status_code == 200
    assert client.get("/settings/").status_code == 302
    cache.clear()
    assert with_code(client, totp(secret)).headers["Location"] == "/limits/"
    assert client.get("/settings/").status_code == 200


def test_a_code_that_was_seen_is_worth_nothing(bob):
    secret = set_up_app(signed_in(bob))
    cache.clear()
    code = totp(secret, time.time())
    first, thief = Client(), Client()
    sign_in(first, "bob"), sign_in(thief, "bob")
    assert with_code(first, code).status_code == 302
    assert with_code(thief, code).status_code == 200
    assert thief.get("/settings/").status_code == 302


def test_codes_are_not_guessed(bob):
    secret = set_up_app(signed_in(bob))
    cache.clear()
    client = Client()
    sign_in(client, "bob")
    for number in range(12):
        with_code(client, f"{number:06}")
    assert with_code(client, totp(secret)).status_code in (200, 429)
    assert client.get("/settings/").status_code == 302


def test_a_recovery_code_stands_in_once(bob):
    client = signed_in(bob)
    set_up_app(client)
    codes = re.findall(
        r'<code class="verbatim">(\d{10})</code>', client.get("/settings/security/codes/").text
    )
    assert len(codes) == len(set(codes)) == 10
    cache.clear()
    guest = Client()
    sign_in(guest, "bob")
    assert with_code(guest, codes[0]).status_code == 302
    another = Client()
    sign_in(another, "bob")
    assert with_code(another, codes[0]).status_code == 200
    assert with_code(another, codes[1]).status_code == 302


def test_new_recovery_codes_end_the_old_ones(bob):
    client = signed_in(bob)
    set_up_app(client)
    page = "/settings/security/codes/"
    old = set(re.findall(r"\d{10}", client.get(page).text))
    client.post("/settings/security/codes/new/")
    assert not old & set(re.findall(r"\d{10}", client.get(page).text))


def test_codes_and_the_setting_up_ask_once_more_who_it_is(bob):
    client = signed_in(bob)
    for page in ("app/", "passkeys/add/"):
        answer = client.get(f"/settings/security/{page}")
        assert answer.headers["Location"].startswith("/settings/security/again/"), page
    again(client)
    assert client.get("/settings/security/app/").status_code == 200


def test_a_copy_of_the_database_opens_nothing(bob):
    secret = set_up_app(signed_in(bob))
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        assert secret not in repr(cursor.fetchall())
    assert Authenticator.objects.filter(user=bob).count() == 2


def test_whoever_needs_a_factor_and_has_none_can_do_nothing_else(boss, bob, settings):
    settings.SECOND_FACTOR = True
    client = signed_in(boss)
    for page in ("/", "/cases/", "/settings/", "/settings/people/", "/settings/password/", "/exports/"):
        assert client.get(page).headers["Location"] == "/settings/security/", page
    assert client.post("/settings/people/invite/", {"email": "x@firm.example"}).status_code == 302
    assert "needs a second factor" in client.get("/settings/security/").text
    set_up_app(client)
    assert client.get("/settings/people/").status_code == 200
    assert signed_in(bob).get("/cases/").status_code == 200  # a docketing clerk needs none, as it is set


def test_the_firm_says_which_roles_need_one(boss, bob, settings):
    settings.SECOND_FACTOR = True
    client = signed_in(boss)
    set_up_app(client)
    client.post("/settings/people/factors/", {"roles": ["docketer", "administrator"]})
    assert signed_in(bob).get("/cases/").headers["Location"] == "/settings/security/"


def test_the_last_factor_stays_with_a_role_that_needs_one(boss, settings):
    settings.SECOND_FACTOR = True
    client = signed_in(boss)
    set_up_app(client)
    assert "Add another one" in client.get("/settings/security/app/remove/").text
    client.post("/settings/security/app/remove/")
    assert Authenticator.objects.filter(user=boss, type="totp").exists()


def test_a_factor_goes_where_none_is_needed_and_the_owner_is_told(bob):
    client = signed_in(bob)
    set_up_app(client)
    client.post("/settings/security/app/remove/")
    assert not Authenticator.objects.filter(user=bob).exists()
    assert sign_in(Client(), "bob", make.PASSWORD).headers["Location"] == "/"
    assert "removed" in mail.outbox[-1].body


def test_somebody_elses_passkey_cannot_be_removed(bob, alice):
    other = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "x", "credential": {}})
    client = signed_in(bob)
    again(client)
    assert client.post(f"/settings/security/passkeys/{other.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=other.pk).exists()


def a_passkey(user) -> None:
    """A key of somebody's as the library keeps it; nobody holds its other half."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from fido2.cose import ES256
    from fido2.utils import websafe_encode
    from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    key = AttestedCredentialData.create(b"\0" * 16, b"key-of-" + user.username.encode(), public)
    said = AttestationObject.create("none", AuthenticatorData.create(b"\0" * 32, 0x41, 0, bytes(key)), {})
    told = {
        "clientDataJSON": websafe_encode(b'{"type": "webauthn.create", "challenge": "eA", "origin": "x"}')
    }
    told["attestationObject"] = websafe_encode(bytes(said))
    credential = {"id": websafe_encode(key.credential_id), "rawId": websafe_encode(key.credential_id)}
    credential |= {"type": "public-key", "response": told}
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": credential}
    )


REFUSED = "The passkey could not be used."


@pytest.mark.parametrize("credential", ['{"id": "other"}', "{}", "[1]", "null", "no json", ""])
def test_a_passkey_that_is_not_accepted_is_told_where_it_was_asked_for(boss, credential):
    client = signed_in(boss)
    a_passkey(boss)
    there = "/settings/security/again/passkey/?next=/settings/sessions/"
    assert client.get(there).status_code == 200
    answer = client.post(there, {"credential": credential})
    assert answer.status_code == 200 and answer.text.count(REFUSED) == 2  # the script's, hidden; and this one
    assert 'name="next"' in answer.text and "data-options" in answer.text  # it can be tried again
    assert client.get("/settings/").context["user"] == boss


@pytest.mark.parametrize(
    "credential", ['{"id": "other"}', '{"response": {"userHandle": 1}}', "[1]", "no json"]
)
def test_whoever_signs_in_with_no_passkey_at_all_is_told_so(db, credential):
    client = Client()
    client.get("/login/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
    answer = client.post("/login/passkey/", {"credential": credential}, follow=True)
    assert answer.status_code == 200 and "パスキー" in "".join(str(m) for m in answer.context["messages"])


def test_a_passkey_that_is_not_accepted_as_second_factor_is_told_too(boss):
    a_passkey(boss)
    client = Client()
    assert sign_in(client, "boss").headers["Location"] == "/login/factor/"
    answer = client.post("/login/factor/", {"credential": '{"id": "other"}'})
    assert answer.text.count("パスキーを使えませんでした") == 2 and client.get("/cases/").status_code == 302
