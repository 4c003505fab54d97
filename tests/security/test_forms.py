"""Forms: from other sites, with fields that nobody offered, and with a way back that leads elsewhere."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from dossiers import account_urls
from dossiers.models import Role, User
from dossiers.urls import urlpatterns
from tests import make
from tests.pages import docket

pytestmark = pytest.mark.django_db

# Where another site, a mail program or a program of the firm sends, and what it shows instead of a cookie.
BY_OTHER_MEANS = {
    "unsubscribe": "a link signed for one person",
    "saml_acs": "an answer signed by the identity provider",
}
PARTS = {
    "law": "patent", "number": "2023000123", "pk": 1, "event_pk": 1, "paper_pk": 1,
    "picture_pk": 1, "frame": 0,
    "document_pk": 1, "text_pk": 1, "delivery": 1, "position": 1, "kind": "limits", "form": "csv",
    "document": "X", "name": "jpo", "language": "ja", "service": "slack", "identity": "x", "token": "x",
    "provider_id": "oidc", "organization_slug": "saml", "uidb36": "1", "key": "x-y", "action": "off",
}  # fmt: skip
UUID = "00000000-0000-4000-8000-000000000000"
AWAY = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "///evil.example",
    "javascript:alert(1)", "https:evil.example", "http:///evil.example", "/%0d%0aX-Evil: 1",
    "\t//evil.example",
    "https://testserver@evil.example/", "https://testserver.evil.example/", "//evil.example\\@testserver/",
)  # fmt: skip


def address_of(one) -> str:
    """An address of that name, with parts of the right form; nothing need be there."""
    args = {}
    for name, converter in one.pattern.converters.items():
        args[name] = UUID if type(converter).__name__ == "UUIDConverter" else PARTS[name]
    for name in getattr(getattr(one.pattern, "regex", None), "groupindex", {}):
        args.setdefault(name, UUID if "0-9a-f-" in one.pattern.regex.pattern else PARTS[name])
    if one.name == "invitation_act":
        args["action"] = "again"
    return reverse(one.name, kwargs=args)


ADDRESSES = {one.name: address_of(one) for one in urlpatterns}


def test_every_address_refuses_a_form_that_does_not_come_from_our_pages(boss):
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    open_to_others = set()
    for name, address in ADDRESSES.items():
        answer = client.post(address, {"next": "/"})
        if answer.status_code != 403:
            open_to_others.add(name)
    assert open_to_others == set(BY_OTHER_MEANS)


def test_a_form_from_another_site_with_a_stolen_token_is_refused_over_tls(boss):
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    page = client.get("/settings/", secure=True)
    token = str(page.context["csrf_token"])
    form = {"csrfmiddlewaretoken": token, "language": "ja"}
    there = reverse("language")
    for origin in ({"origin": "https://evil.example"}, {"referer": "https://evil.example/"}, {}):
        assert client.post(there, form, secure=True, headers=origin).status_code == 403, origin
    ours = client.post(there, form, secure=True, headers={"origin": "https://testserver"})
    assert ours.status_code == 302


def test_a_program_s_token_is_no_session_and_a_session_is_no_token(boss):
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    case = docket.confirmed_case()
    answer = client.patch(
        f"/api/v1/cases/patent/{case.application_number}", {"title": "x"}, content_type="application/json"
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("there", AWAY[:3])
def test_no_address_takes_its_reader_to_another_site(boss, there):
    """Every name by which a page or the library takes a way back, on every address, asked and sent."""
    names = ("next", "return", "return_to", "redirect", "url", "RelayState", "state", "continue", "back")
    for name, address in ADDRESSES.items():
        if name in ("openid_connect_login", "saml_login"):
            continue  # lead to the firm's own provider: tests/people
        client = Client(raise_request_exception=False)
        client.force_login(boss)
        for answer in (
            client.get(address, dict.fromkeys(names, there)),
            client.post(address, dict.fromkeys(names, there)),
        ):
            location = answer.headers.get("Location", "/").replace("\\", "/")
            assert location.startswith(("/", "?")) and not location.startswith("//"), (name, location)
            assert "X-Evil" not in answer.headers


def test_after_signing_in_nobody_is_taken_elsewhere(boss):
    for there in AWAY:
        form = {"username": "boss", "password": make.PASSWORD, "next": there}
        for path in ("/login/", f"/login/?next={there}"):
            answer = Client().post(path, form)
            assert answer.status_code == 302
            location = answer.headers["Location"]
            assert location == "/" or (location.startswith("/%0d%0a") and "evil" not in location), there


FIELDS_NOBODY_OFFERED = {
    "role": "administrator", "is_staff": "on", "is_superuser": "on", "is_active": "on", "password": "x",
    "username": "king", "email": "king@evil.example", "client": "架空電機株式会社", "groups": "1",
    "user_permissions": "1", "teams": "1", "id": "1", "pk": "1", "user": "1", "owner": "1",
    "last_login": "2020-01-01", "date_joined": "2020-01-01",
}  # fmt: skip


def test_nobody_makes_more_of_themselves_by_adding_fields_to_a_form(db, boss):
    carol = make.user("carol", role=Role.READER)
    kept = ("role", "is_staff", "is_superuser", "is_active", "username", "email", "password", "date_joined")
    before = User.objects.filter(pk=carol.pk).values(*kept).get()
    everybody = User.objects.count()
    rest = {"display_name": "C", "language": "en", "time_zone": "Asia/Tokyo"}
    for name, address in ADDRESSES.items():
        if name in ("logout", "account_logout", "login", "account_login"):
            continue
        client = Client(raise_request_exception=False)
        client.force_login(User.objects.get(pk=carol.pk))
        client.post(address, {**FIELDS_NOBODY_OFFERED, **rest})
        assert User.objects.filter(pk=carol.pk).values(*kept).get() == before, name
    assert User.objects.count() == everybody
    assert User.objects.get(pk=boss.pk).role == Role.ADMINISTRATOR


def test_a_case_takes_from_a_form_what_its_form_offers_and_nothing_the_office_says(db, boss):
    case = docket.confirmed_case()
    docket.refused(case)
    offices = (
        "application_number", "law", "filing_date", "registration_number", "confirmed_at", "stage",
        "stage_basis_ja", "last_outcome", "docketed_with",
    )  # fmt: skip
    before = type(case).objects.filter(pk=case.pk).values(*offices).get()
    limits = list(case.limits.values_list("due", "state"))
    client = Client()
    client.force_login(boss)
    client.post(
        reverse("case_edit", kwargs={"law": case.law, "number": case.application_number}),
        {
            **dict.fromkeys(offices, "2020-01-01"),
            "due": "2099-01-01",
            "residency": case.residency,
            "note": "seen",
        },
    )
    assert type(case).objects.filter(pk=case.pk).values(*offices).get() == before
    assert list(case.limits.values_list("due", "state")) == limits
    assert type(case).objects.get(pk=case.pk).note == "seen"  # the form was taken


def test_the_library_s_addresses_are_the_ones_we_chose():
    """No way to sign up, no list of accounts, none that we did not look at."""
    names = {one.name for one in account_urls.urlpatterns}
    assert not {"account_signup", "socialaccount_signup", "socialaccount_connections"} & names
