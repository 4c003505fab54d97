"""Single sign-on by SAML: an identity provider's answers, signed here as it signs them."""

from __future__ import annotations

import base64
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from lxml import etree

from dossiers.models import Role, User

pytestmark = pytest.mark.django_db
ENTITY = "https://idp.firm.example/entity"
SITE = "http://testserver"
AUDIENCE = f"{SITE}/login/saml/saml/metadata/"
ACS = f"{SITE}/login/saml/saml/acs/"
MAIL = "urn:oid:0.9.2342.19200300.100.1.3"


def key_pair() -> tuple[bytes, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.firm.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = (
        made.serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signed = made.sign(key, hashes.SHA256())
    return pem, signed.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def keys():
    return key_pair()


@pytest.fixture
def idp(settings, keys):
    from ipportal import accounts

    environment = {
        "IPPORTAL_SAML_ENTITY_ID": ENTITY,
        "IPPORTAL_SAML_SSO_URL": "https://idp.firm.example/sso",
        "IPPORTAL_SAML_CERTIFICATE": keys[1],
    }
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [accounts.saml()]}}
    return keys[0]


def browser() -> Client:
    return Client(headers={"host": "testserver"})


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(key: bytes, request_id: str, **other: str | datetime) -> str:
    """A response with a signed assertion about `email`; anything else may be given otherwise."""
    now = datetime.now(UTC)
    until = other.get("until", now + timedelta(minutes=5))
    audience, email = other.get("audience", AUDIENCE), other.get("email", "bob@example.com")
    assertion = "_" + uuid.uuid4().hex
    text = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{uuid.uuid4().hex}" Version="2.0" IssueInstant="{written(now)}" Destination="{ACS}" InResponseTo="{request_id}"><saml:Issuer>{ENTITY}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="{assertion}" Version="2.0" IssueInstant="{written(now)}"><saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">person-7</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{written(until)}" Recipient="{ACS}" InResponseTo="{request_id}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{written(now - timedelta(minutes=9))}" NotOnOrAfter="{written(until)}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{written(now)}" SessionIndex="_1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="{MAIL}"><saml:AttributeValue>{email}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>"""  # noqa: E501
    tree = etree.fromstring(text)
    if other.get("unsigned"):
        return base64.b64encode(etree.tostring(tree)).decode()
    [part] = tree.findall("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
    signature = xmlsec.template.create(part, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256, ns="ds")
    part.insert(1, signature)
    reference = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri=f"#{assertion}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.tree.add_ids(tree, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    said = etree.tostring(tree)
    if forged := other.get("then"):
        said = said.replace(b"bob@example.com", str(forged).encode())
    return base64.b64encode(said).decode()


def asked(client: Client) -> str:
    """Begin at our page; the identity of the request that goes to the provider."""
    start = client.get("/login/saml/saml/", {"next": "/limits/"})
    assert start.headers["Location"].startswith("https://idp.firm.example/sso?")
    sent = parse_qs(urlsplit(start.headers["Location"]).query)["SAMLRequest"][0]
    return etree.fromstring(zlib.decompress(base64.b64decode(sent), -15)).get("ID")


def come_back(client: Client, said: str):
    """As the provider's page has the browser do: a form of another site, then our own page."""
    there = client.post("/login/saml/saml/acs/", {"SAMLResponse": said, "RelayState": ""})
    return client.get(there.headers["Location"])


def inside(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def test_a_signed_answer_lets_in_whom_we_know(idp, bob):
    client = browser()
    back = come_back(client, answer(idp, asked(client)))
    assert back.headers["Location"] == "/limits/", back.content.decode()
    assert client.get("/settings/").context["user"] == bob


def test_the_provider_s_word_is_no_second_factor_unless_the_firm_says_so(idp, bob, settings):
    settings.SECOND_FACTOR = True
    User.objects.filter(pk=bob.pk).update(role=Role.ADMINISTRATOR)
    client = browser()
    come_back(client, answer(idp, asked(client)))
    assert client.get("/settings/").headers["Location"] == "/settings/security/"
    settings.SSO_TRUST_FACTORS = True
    assert inside(client)


@pytest.mark.parametrize("wrong", ["key", "unsigned", "changed", "audience", "over", "other request"])
def test_an_answer_that_is_not_right_lets_nobody_in(idp, bob, wrong):
    client = browser()
    request_id = asked(client)
    key = key_pair()[0] if wrong == "key" else idp
    other: dict = {
        "unsigned": {"unsigned": "1"},
        "changed": {"then": "bob@example.com "},
        "audience": {"audience": "https://another.example/"},
        "over": {"until": datetime.now(UTC) - timedelta(minutes=6)},
    }.get(wrong, {})
    back = come_back(client, answer(key, "_other" if wrong == "other request" else request_id, **other))
    assert back.status_code in (200, 401, 403)
    assert not inside(client)


def test_an_answer_that_was_used_opens_nothing_again(idp, bob):
    client = browser()
    said = answer(idp, asked(client))
    come_back(client, said)
    assert inside(client)
    client.post("/logout/")
    come_back(client, said)
    assert not inside(client)
    thief = browser()
    asked(thief)
    come_back(thief, said)
    assert not inside(thief)


def test_an_answer_that_nobody_asked_for_lets_nobody_in(idp, bob):
    client = browser()
    come_back(client, answer(idp, ""))
    assert not inside(client)


def test_whom_the_provider_knows_and_we_do_not_stays_outside(idp, bob):
    client = browser()
    back = come_back(client, answer(idp, asked(client), email="stranger@example.com"))
    assert back.status_code == 403 and not inside(client)
    assert User.objects.count() == 1


def test_our_description_for_the_provider_can_be_read(idp, db):
    told = browser().get("/login/saml/saml/metadata/")
    assert ACS.encode() in told.content
    assert browser().get("/login/saml/saml/out/").status_code == 404
