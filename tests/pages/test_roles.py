"""Who may open what: every address and every call of the API, as everybody, against a table by hand."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver, path, resolve, reverse
from django.urls.exceptions import Resolver404
from lxml import html

from dossiers.api import tokens
from dossiers.api.portal import api
from dossiers.api.scopes import SCOPES
from dossiers.models import Case, Role, TimeLimit, User
from dossiers.roles import RIGHTS, Right, can
from dossiers.views.authorising import without_authoriser
from dossiers.views.middleware import SignedIn
from tests import make

from .test_hostile import NOT_PAGES, POST_ONLY, SECRET, dump, world  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

# Who may, by the letters of the roles: Administrator, Docketer, aTtorney, Reader, Client.
ROLES = {"A": Role.ADMINISTRATOR, "D": Role.DOCKETER, "T": Role.ATTORNEY, "R": Role.READER, "C": Role.CLIENT}
EVERYBODY, OF_THE_FIRM, WHO_DECIDE, CLERKS, HEADS = "ADTRC", "ADTR", "ADT", "AD", "A"

# Each address by its name: who reads it, and, behind the stroke, who sends forms to it where that differs.
WHO_MAY = {
    EVERYBODY: """settings settings_password language logout address_on document_download
        account_change_password account_set_password account_email mfa_index mfa_list_webauthn
        mfa_activate_totp mfa_deactivate_totp mfa_add_webauthn mfa_remove_webauthn mfa_view_recovery_codes
        mfa_generate_recovery_codes account_reauthenticate mfa_reauthenticate mfa_reauthenticate_webauthn
        sessions sessions_end own_data""",
    f"{EVERYBODY}/{OF_THE_FIRM}": "today cases case limits document",
    OF_THE_FIRM: """cases_filters case_columns cases_progress cases_changes case_list case_refresh_status
        document_picture document_picture_file case_compare case_history case_known case_account case_follow
        case_family family_member foreign_text disclosure case_cpc case_cpc_results limit citations
        cited_document calendar fees charts completeness freshness differences reviews watch_ends watchlist
        watchlist_follow inbox alerts_mark_all alert alert_mark alert_again inbox_mails prompt prompt_again
        prompt_copy alert_copy quota quota_plan quota_request quota_request_text notifications follow_rhythms
        settings_leave digest digest_mail digest_sent digest_again settings_digest demo mailbox mail mail_html
        status design
        cases_export case_export case_history_text case_account_csv disclosure_csv citations_csv exports
        export charts_csv completeness_days freshness_days channels channels_webhook chat_new channels_feed
        feed_act webhook webhook_act programs program_make program_revoke api""",
    f"{OF_THE_FIRM}/{WHO_DECIDE}": "watchlists",
    WHO_DECIDE: """cases_change cases_undo cases_change_again case_list_save case_list_delete case_edit
        case_instruct instruction_end limit_enter limit_start case_residency case_records limits_decide
        limits_undo limit_round limit_round_act limit_act own_records difference_act review_close
        event_account watch_end_act watchlist_team watchlist_change watchlist_add watchlist_remove
        watchlist_put_back concern_acknowledge demo_day demo_faults case_wall
        case_refresh case_daily document_fetch case_family_refresh foreign_text_fetch family_citations
        case_cpc_dossier case_cpc_text quota_outlook""",
    CLERKS: """add batch batch_lines batch_line_law batch_save batch_discard batch_again batch_line_leave
        batch_undo batch_result import_columns import_discard""",
    HEADS: """export_docket calendar_change samples sample sample_download sample_delete settings_firm
        settings_firm_reminders addresses wordings wording wording_preview
        people people_invite people_factor_roles invitation_act person person_change person_hand_over
        person_act walls wall_make wall_act offices office_act audit audit_export person_erase""",
}
# Open without signing in: before it, or by a link or key that stands in its place.
OPEN = {
    *("login", "account_login", "mfa_authenticate", "account_logout", "mfa_login_webauthn", "invitation"),
    *("account_inactive", "account_reset_password", "account_reset_password_done", "account_confirm_email"),
    *("account_reset_password_from_key_done", "account_reset_password_from_key"),
    *("openid_connect_login", "openid_connect_callback", "saml_login", "saml_acs", "saml_finish_acs"),
    *("saml_sls", "saml_metadata"),
    *("watch_end_mail", "acknowledge", "unsubscribe", "calendar_feed", "news_feed"),
    *("healthz", "readyz", "metrics"),
}

PARTS = {"uuid": uuid.UUID(int=1), "int": 1}


def expected() -> dict[str, tuple[str, str]]:
    """By name of the address the roles that may read it, and that may send forms to it."""
    found = {}
    for who, names in WHO_MAY.items():
        reading, _stroke, writing = who.partition("/")
        found |= dict.fromkeys(names.split(), (reading, writing or reading))
    return found


def pages() -> dict[str, str]:
    """Every address but the API's, by name; those that belong to nothing get parts that fit."""
    return {one.name: one for one in _patterns(get_resolver().url_patterns)}


def _patterns(patterns):
    for one in patterns:
        if isinstance(one, URLPattern):
            yield one
        elif one.namespace != "api":
            yield from _patterns(one.url_patterns)


def address_of(one: URLPattern, args) -> str:
    if one.name in args:
        return reverse(one.name, kwargs=args[one.name])
    kinds = one.pattern.converters
    if kinds:
        made = {
            name: PARTS.get(type(kind).__name__.removesuffix("Converter").lower(), "x")
            for name, kind in kinds.items()
        }
        return reverse(one.name, kwargs=made)
    for parts in ({}, {"uidb36": "1", "key": "x"}, {"key": "x"}, {"pk": uuid.UUID(int=1), "action": "again"},
                  {"pk": 1, "action": "off"}):  # fmt: skip
        try:
            return reverse(one.name, kwargs=parts)
        except Exception:  # noqa: S112  (of another form)
            continue
    raise AssertionError(f"{one.name} has no address to try it by")


def test_every_address_stands_in_the_table():
    assert set(pages()) - set(OPEN) == {*expected()} & set(pages())


def test_no_address_is_without_an_authoriser():
    assert list(without_authoriser(get_resolver().url_patterns)) == []


def test_an_address_that_names_nobody_is_refused_to_an_administrator_and_found_by_the_check(
    rf: RequestFactory,
):
    from django.core.exceptions import PermissionDenied

    def forgotten(_request) -> HttpResponse:
        return HttpResponse(SECRET)

    request = rf.get("/forgotten/")
    request.user, request.htmx = make.user(role="administrator"), False
    with pytest.raises(PermissionDenied):
        SignedIn(lambda _request: HttpResponse()).process_view(request, forgotten, (), {})
    assert list(without_authoriser([path("forgotten/", forgotten)])) == ["forgotten/"]


@pytest.mark.parametrize("letter", [*ROLES, "nobody", "off"])
def test_every_address_as_everybody(world, letter, settings):  # noqa: F811
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    table, person, tried = expected(), None, 0
    client = Client(raise_request_exception=False)
    if letter != "nobody":
        person = make.user(
            "visitor", role=ROLES.get(letter, Role.ADMINISTRATOR), client="架空電機", language="en"
        )
        client.force_login(person)
    if letter == "off":
        User.objects.filter(pk=person.pk).update(is_active=False)
    wrong = []
    for name, one in pages().items():
        if name in ("logout", *OPEN):
            continue
        address = address_of(one, world)
        for n, method in enumerate(("GET", "POST")):
            may = letter in table[name][n]
            watched = not may and letter in "RC" and method == "POST" and not tried % 7
            before = dump() if watched else None
            answer = client.generic(method, address)
            tried += 1
            if person is None or letter == "off":
                fits = answer.status_code == 302 and answer.headers["Location"].startswith("/login/")
            else:
                fits = (answer.status_code != 403) if may else (answer.status_code == 403)
            if not fits:
                wrong.append((name, method, answer.status_code))
            if not may:
                assert SECRET not in answer.text, name
            if before is not None:
                assert dump() == before, name
    assert wrong == []
    assert tried >= 2 * 170


def test_a_refusal_says_what_is_missing_and_who_can_give_it(client):
    make.user("boss", role="administrator", display_name="Head Of Docketing")
    reader = make.user("reader", role="reader", language="en")
    client.force_login(reader)
    said = client.get("/add/")
    assert said.status_code == 403
    assert "add cases to the docket" in said.text and "Reader" in said.text
    assert "Head Of Docketing" in said.text
    outsider = make.user("theirs", role="client", language="en")
    client.force_login(outsider)
    assert "Head Of Docketing" not in client.get("/add/").text  # who works here is not theirs to know


def test_a_refusal_is_the_same_whether_what_was_asked_for_exists(world):  # noqa: F811
    client = Client()
    client.force_login(make.user("theirs", role="client", language="en"))
    there, nowhere = client.get(f"/limits/{TimeLimit.objects.first().pk}/"), client.get("/limits/999999/")
    assert there.status_code == nowhere.status_code == 403

    def words(answer):
        return html.fromstring(answer.text).text_content()

    assert words(there) == words(nowhere)


@pytest.mark.parametrize("letter", ["R", "T", "D"])
def test_no_page_offers_what_the_reader_may_not_do(world, letter, settings):  # noqa: F811
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    client, table = Client(raise_request_exception=False), expected()
    client.force_login(make.user("visitor", role=ROLES[letter]))
    offered, looked = set(), 0
    for name, one in pages().items():
        if name in OPEN or name in NOT_PAGES | POST_ONLY | {"logout"} or letter not in table[name][0]:
            continue
        answer = client.get(address_of(one, world))
        assert answer.status_code in (200, 302, 404, 405), name
        if answer.status_code != 200 or not answer.text.strip():
            continue
        looked += 1
        for method, there in _ways_on(answer.text, answer.wsgi_request.path):
            try:
                to = resolve(urlsplit(there).path).url_name
            except Resolver404:
                continue
            if to in table and letter not in table[to][method == "POST"]:
                offered.add((name, method, to))
    assert looked > 40
    assert offered == set()


def _ways_on(text: str, here: str):
    page = html.fromstring(text)
    for link in page.iterfind(".//a[@href]"):
        if link.get("href").startswith("/"):
            yield "GET", link.get("href")
    for form in page.iterfind(".//form"):
        yield form.get("method", "get").upper(), form.get("action") or here
        for button in form.iterfind(".//button[@formaction]"):
            yield form.get("method", "get").upper(), button.get("formaction")


# --- clients ---------------------------------------------------------------------------------------------


def test_a_client_reads_their_own_case_and_nothing_of_the_firms(world, alice, bob):  # noqa: F811
    theirs = Case.objects.get(application_number="2023000123")
    Case.objects.filter(pk=theirs.pk).update(client="Kakuu", note=SECRET, own_reference=SECRET)
    other = make.case("2023000456", title="他人の発明", client="Somebody")
    limit = TimeLimit.objects.get(event=theirs.events.get(notice_state="read"))
    client = Client()
    client.force_login(make.user("theirs", role="client", client="Kakuu", language="en"))
    args, table = {name: world[name] for name in ("case", "document")}, expected()
    for there in ("/", "/cases/", "/limits/", *(reverse(name, kwargs=parts) for name, parts in args.items())):
        said = client.get(there).text
        assert SECRET not in said and "他人の発明" not in said and other.application_number not in said, there
        ways = {(method, resolve(urlsplit(on).path).url_name) for method, on in _ways_on(said, there)}
        assert [way for way in ways if "C" not in table[way[1]][way[0] == "POST"]] == [], there
    assert "being checked by the firm" in client.get("/limits/").text
    assert limit.due.isoformat() not in client.get("/limits/").text
    TimeLimit.objects.filter(pk=limit.pk).update(confirmed_by=alice, confirmed_at=limit.created_at)
    assert limit.due.isoformat() in client.get("/limits/").text
    unseen = client.get(f"/cases/patent/{other.application_number}/")
    assert unseen.status_code == client.get("/cases/patent/2023999999/").status_code == 404


# --- programs -----------------------------------------------------------------------------------------------

NEEDS = {
    "cases:read": OF_THE_FIRM, "documents:read": OF_THE_FIRM, "limits:read": OF_THE_FIRM,
    "events:read": OF_THE_FIRM, "lists:read": OF_THE_FIRM, "": OF_THE_FIRM,
    "follows:read": OF_THE_FIRM, "follows:write": OF_THE_FIRM,  # one's own
    "cases:write": WHO_DECIDE, "limits:write": WHO_DECIDE, "lists:write": WHO_DECIDE, "imports:write": CLERKS,
}  # fmt: skip


def operations() -> list[tuple[str, str, str]]:
    """Method, address and scope of each operation, with parts that fit it."""
    found = []
    for prefix, router in api._routers:
        for address, view in router.path_operations.items():
            for one in view.operations:
                for method in one.methods:
                    there = "/".join(part.strip("/") for part in (prefix, address) if part.strip("/"))
                    found.append((method, f"/api/v1/{there}", one.auth_callbacks[0].scope))
    return found


@pytest.mark.parametrize("letter", ROLES)
def test_a_token_does_at_most_what_its_owner_may_at_that_moment(letter, settings):
    settings.API_PER_MINUTE = 10_000
    owner = make.user(role="administrator")
    case = make.case()
    every = [*SCOPES]
    _token, text = tokens.create(by=owner, name="all", scopes=every, reach="all")
    User.objects.filter(pk=owner.pk).update(role=ROLES[letter], client="x")
    tried, bearer = 0, f"Bearer {text}"
    for method, address, scope in operations():
        filled = address.replace("{law}", case.law).replace("{number}", case.application_number)
        for kind in ("{int:", "{uuid:", "{"):
            while kind in filled:
                head, _brace, tail = filled.partition(kind)
                filled = head + (str(uuid.UUID(int=1)) if kind == "{uuid:" else "1") + tail.partition("}")[2]
        answer = Client(raise_request_exception=False).generic(
            method,
            filled,
            b"{}",
            content_type="application/json",
            headers={"Authorization": bearer},
        )
        tried += 1
        if letter == "C":
            assert answer.status_code == 401, (method, address)
        elif letter in NEEDS[scope]:
            assert answer.status_code not in (401, 403), (method, address, answer.content[:200])
        else:
            assert answer.status_code == 403, (method, address)
            assert answer.json()["type"].endswith("role_missing"), answer.text
    assert tried >= 20


def test_nobody_makes_a_token_that_may_do_more_than_they_may():
    reader = make.user(role="reader")
    with pytest.raises(tokens.TokenRefused) as refused:
        tokens.create(by=reader, name="x", scopes=["limits:write"], reach="mine")
    assert refused.value.code == "not_allowed"
    client = Client()
    client.force_login(reader)
    page = client.get("/settings/programs/").text
    assert "limits:read" in page and "limits:write" not in page and "imports:write" not in page


def test_each_right_is_somebodys_and_an_administrator_has_them_all():
    assert {right for held in RIGHTS.values() for right in held} == set(Right) == RIGHTS[Role.ADMINISTRATOR]
    left = make.user(role="administrator", is_active=False)
    assert not any(can(left, right) for right in Right)
