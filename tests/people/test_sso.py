"""Single sign-on by OpenID Connect, against a real provider on this machine; and who it lets in."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

import pytest
import requests
from django.core import mail
from django.test import Client

from dossiers.models import AuditEntry, Role, User
from tests import make

from .conftest import link_in, set_up_app, sign_in, signed_in, totp

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]


@pytest.fixture
def provider(settings):
    """A provider that signs in whoever is asked for: `claims` are what it says of them."""
    mock = pytest.importorskip("oidc_provider_mock")
    with mock.run_server_in_thread() as server:
        site = f"http://localhost:{server.server_port}"
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "APPS": [
                    {
                        "provider_id": "oidc",
                        "name": "架空ID",
                        "client_id": "portal",
                        "secret": "hush",
                        "settings": {"server_url": site, "oauth_pkce_enabled": False},
                    }
                ]
            }
        }
        yield site


def knows(provider, subject, **claims):
    assert requests.put(f"{provider}/users/{subject}", json=claims, timeout=10).status_code in (200, 204)


def come_in(provider, subject, client=None, **query):
    """Follow the whole way: our page, the provider's, and back."""
    client = client or Client()
    start = client.get("/login/sso/oidc/", query)
    assert start.status_code == 302 and start.headers["Location"].startswith(provider)
    session = requests.Session()
    session.trust_env = False
    back = session.post(
        start.headers["Location"], data={"sub": subject}, allow_redirects=False, timeout=10
    ).headers["Location"]
    there = urlsplit(back)
    return client, client.get(f"{there.path}?{there.query}")


def test_the_sign_in_page_leads_to_the_provider(provider):
    page = Client().get("/login/").text
    assert "架空ID" in page and 'href="/login/sso/oidc/"' in page


def test_somebody_we_know_by_a_confirmed_address_comes_in(provider, bob):
    knows(provider, "b-1", email="Bob@example.com", email_verified=True)
    client, answer = come_in(provider, "b-1", next="/limits/")
    assert answer.headers["Location"] == "/limits/"
    assert client.get("/settings/").context["user"] == bob
    assert User.objects.get(pk=bob.pk).check_password(make.PASSWORD)  # what they had stays
    assert AuditEntry.objects.filter(action="people.sso_connect", actor=bob).exists()
    # from now on by the provider's name for them, whatever address it tells
    knows(provider, "b-1", email="other@example.com", email_verified=True)
    client, answer = come_in(provider, "b-1")
    assert client.get("/settings/").context["user"] == bob


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "bob@example.com", "email_verified": False},
        {"email": "bob@example.com"},
        {"email": "stranger@example.com", "email_verified": True},
        {},
    ],
)
def test_nobody_else_comes_in_and_is_told_what_to_do(provider, bob, claims):
    knows(provider, "x-1", **claims)
    client, answer = come_in(provider, "x-1")
    assert answer.status_code == 403 and b'class="alone"' in answer.content
    assert client.get("/settings/").status_code == 302
    assert User.objects.count() == 1


def test_somebody_invited_comes_in_as_what_they_were_invited_as(provider, boss):
    given = {"email": "new@firm.example", "role": "attorney", "language": "ja"}
    signed_in(boss).post("/settings/people/invite/", given)
    knows(provider, "n-1", email="new@firm.example", email_verified=True, name="Neo Specimen")
    client, _answer = come_in(provider, "n-1")
    person = User.objects.get(email="new@firm.example")
    assert person.role == Role.ATTORNEY and client.get("/settings/").status_code == 200
    assert Client().get(link_in(mail.outbox[0])).status_code == 410  # the invitation is used


def test_somebody_switched_off_stays_outside(provider, bob):
    knows(provider, "b-1", email="bob@example.com", email_verified=True)
    come_in(provider, "b-1")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    client, answer = come_in(provider, "b-1")
    assert answer.status_code == 403
    assert client.get("/settings/").status_code == 302


def test_an_answer_that_nobody_asked_for_is_refused(provider, bob):
    knows(provider, "b-1", email="bob@example.com", email_verified=True)
    asked = Client()
    start = asked.get("/login/sso/oidc/")
    session = requests.Session()
    session.trust_env = False
    back = urlsplit(
        session.post(
            start.headers["Location"], data={"sub": "b-1"}, allow_redirects=False, timeout=10
        ).headers["Location"]
    )
    victim = Client()
    victim.get(f"{back.path}?{back.query}")
    assert victim.get("/settings/").status_code == 302


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/"])
def test_the_way_back_never_leads_off_the_site(provider, bob, there):
    knows(provider, "b-1", email="bob@example.com", email_verified=True)
    _client, answer = come_in(provider, "b-1", next=there)
    assert answer.headers["Location"] == "/"


def test_where_the_firm_demands_it_a_password_opens_nothing_but_for_administrators(
    provider, bob, boss, settings
):
    settings.SSO_ONLY = True
    client = Client()
    assert sign_in(client, "bob").status_code == 403
    assert client.get("/settings/").status_code == 302
    assert sign_in(Client(), "boss").headers["Location"] == "/"
    knows(provider, "b-1", email="bob@example.com", email_verified=True)
    assert come_in(provider, "b-1")[0].get("/settings/").status_code == 200


def test_the_provider_s_word_is_no_second_factor_unless_the_firm_says_so(provider, boss, settings):
    settings.SECOND_FACTOR = True
    knows(provider, "o-1", email="boss@example.com", email_verified=True)
    client, _answer = come_in(provider, "o-1")
    for page in ("/", "/cases/", "/settings/people/"):
        assert client.get(page).headers["Location"] == "/settings/security/", page
    assert "needs a second factor" in client.get("/settings/security/").text
    settings.SSO_TRUST_FACTORS = True
    client, _answer = come_in(provider, "o-1")
    assert client.get("/settings/people/").status_code == 200
    assert "needs a second factor" not in client.get("/settings/security/").text
    assert signed_in(boss).get("/cases/").headers["Location"] == "/settings/security/"  # by the password


def test_a_factor_of_the_portal_s_own_is_asked_for_whatever_the_provider_says(provider, boss, settings):
    settings.SECOND_FACTOR = settings.SSO_TRUST_FACTORS = True
    secret = set_up_app(signed_in(boss))
    knows(provider, "o-1", email="boss@example.com", email_verified=True)
    client, answer = come_in(provider, "o-1")
    assert answer.headers["Location"] == "/login/factor/"
    assert client.get("/cases/").status_code == 302
    at = time.time() + 30  # the code of this half minute was used when the app was set up
    client.post("/login/factor/", {"code": totp(secret, at)})
    assert client.get("/cases/").status_code == 200


def test_without_a_provider_there_is_no_such_address(db, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert Client().get("/login/sso/oidc/").status_code == 404
    assert Client().get("/login/saml/saml/").status_code == 404
    assert not re.search("/login/s(so|aml)/", Client().get("/login/").text)
