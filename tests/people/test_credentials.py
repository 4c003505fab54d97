"""The offices' credentials: entered in the portal, sealed at rest, shown nowhere, in force at once."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from apiclient.outcomes import Outcome
from apiclient.quota import Purpose
from dossiers import archive, credentials, sealing
from dossiers.credentials import Office
from dossiers.models import AuditEntry, CredentialUse, OfficeCredential, Role, Webhook
from dossiers.refresh import circuit
from dossiers.refresh import office as asking
from tests import make

pytestmark = pytest.mark.django_db

ID, PASSWORD = "firm-0001", "geheim-und-lang"


@pytest.fixture
def admin(db):
    return make.user("ada", role=Role.ADMINISTRATOR, language="en")


@pytest.fixture
def page(admin):
    made = Client()
    made.force_login(admin)
    return made


def entered(page, office="jpo", username=ID, password=PASSWORD):
    given = {"username": username, "password": password}
    return page.post(f"/settings/offices/{office}/enter/", given, follow=True)


@pytest.fixture
def no_environment(settings):
    settings.JPO_USERNAME = settings.JPO_PASSWORD = ""
    settings.IPAU_CLIENT_ID = settings.IPAU_CLIENT_SECRET = ""


def acts(action: str) -> list[dict]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk").values_list("detail", flat=True))


# --- entered ----------------------------------------------------------------------------------------------


def test_what_is_entered_holds_at_once_and_is_shown_nowhere(page, no_environment, admin):
    assert not credentials.jpo()
    answer = entered(page)
    assert "What was entered here is in use" in answer.content.decode()
    assert (credentials.jpo().username, credentials.jpo().password) == (ID, PASSWORD)
    for address in ("/settings/offices/", "/settings/", "/audit/"):
        text = page.get(address).content.decode()
        assert ID not in text and PASSWORD not in text, address


def test_the_database_holds_nothing_that_opens_the_office(page, no_environment):
    entered(page)
    row = OfficeCredential.objects.get()
    assert ID not in row.sealed and PASSWORD not in row.sealed
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail FROM dossiers_auditentry")
        told = str(cursor.fetchall())
    assert PASSWORD not in told and ID not in told
    assert sealing.unseal(row.sealed) == {"username": ID, "password": PASSWORD}


def test_neither_archive_nor_log_holds_it(page, no_environment, caplog):
    entered(page)
    whole = b"".join(archive.write())
    assert row_text().encode() not in whole
    assert PASSWORD not in caplog.text and PASSWORD not in repr(credentials.jpo())


def row_text() -> str:
    return OfficeCredential.objects.get().sealed


def test_the_environment_wins_and_the_page_says_so(page, settings):
    settings.JPO_USERNAME, settings.JPO_PASSWORD = "from-outside", "x" * 12
    text = entered(page).content.decode()
    assert "The server's environment gives" in text and "not in use" in text
    assert credentials.jpo().username == "from-outside"
    settings.JPO_USERNAME = ""
    assert credentials.jpo().username == ID


def test_half_of_it_changes_nothing(page, no_environment):
    entered(page)
    for wrong in ({"username": ""}, {"password": ""}, {"password": "x" * 300}, {"username": "a\0b"}):
        entered(page, **wrong)
    assert credentials.jpo().password == PASSWORD and OfficeCredential.objects.count() == 1


def test_only_administrators_enter_them(no_environment):
    for role in set(Role.values) - {Role.ADMINISTRATOR}:
        client = Client()
        client.force_login(make.user(f"x-{role}", role=role))
        assert client.get("/settings/offices/").status_code == 403
        assert entered(client).status_code == 403
    assert not OfficeCredential.objects.exists()


def test_removing_says_first_what_it_costs(page, no_environment):
    entered(page)
    body = page.get("/settings/offices/").text
    assert body.index("<details>") < body.index("new documents and their time limits are not seen")
    assert body.index("are not seen") < body.index("Remove for good")


def test_every_change_is_on_record_without_the_secret(page, no_environment, admin):
    entered(page)
    entered(page, password="another-secret")
    page.post("/settings/offices/jpo/remove/")
    first, second = acts("credential.change")
    assert first["old"] == "" and first["new"] == second["old"] != second["new"]
    assert acts("credential.remove")[0]["old"] == second["new"]
    assert set(
        AuditEntry.objects.filter(action__startswith="credential").values_list("actor", flat=True)
    ) == {admin.pk}
    assert not credentials.jpo()


def test_the_predictor_takes_what_was_entered_for_it(page, no_environment, settings):
    from dossiers.classification import predictor

    assert "IPAU_CLIENT_ID" in predictor.missing() and "IPAU_CLIENT_SECRET" in predictor.missing()
    entered(page, office="ipaustralia")
    assert not {"IPAU_CLIENT_ID", "IPAU_CLIENT_SECRET"} & set(predictor.missing())


# --- in use -----------------------------------------------------------------------------------------------


@pytest.fixture
def portal(office, settings):
    """The sandbox office, whose ID and password the environment does not give."""
    told = settings.JPO_USERNAME, settings.JPO_PASSWORD
    settings.JPO_USERNAME = settings.JPO_PASSWORD = ""
    return told


def test_a_change_takes_effect_in_a_process_that_runs(page, portal):
    username, password = portal
    with pytest.raises(asking.NoCredentials):
        asking.client()
    entered(page, username=username, password="wrong-password")
    answer = asking.ask("patent", "app_progress", "2020000001", purpose=Purpose.PERSON)
    assert answer.outcome == Outcome.AUTH
    with pytest.raises(circuit.Paused):
        asking.ask("patent", "app_progress", "2020000001", purpose=Purpose.PERSON)
    entered(page, username=username, password=password)  # the refused ones are not these
    answer = asking.ask("patent", "app_progress", "2020000001", purpose=Purpose.PERSON)
    assert answer.outcome in (Outcome.OK, Outcome.EMPTY)


def test_trying_out_says_what_the_office_says(page, portal):
    username, password = portal
    entered(page, username=username, password="wrong-password")
    told = page.post("/settings/offices/jpo/try/", follow=True).content.decode()
    assert "The office refused the user name or password" in told
    entered(page, username=username, password=password)
    assert "it has answered" in page.post("/settings/offices/jpo/try/", follow=True).content.decode()
    assert acts("credential.try")[0]["outcome"] == "auth"


def test_the_first_use_of_a_day_is_on_record(page, portal):
    entered(page, username=portal[0], password=portal[1])
    for number in ("2020000001", "2020000002"):
        asking.ask("patent", "app_progress", number, purpose=Purpose.PERSON)
        credentials._noted.clear()  # another process
    used = acts("credential.use")
    assert len(used) == CredentialUse.objects.count() == 1
    assert used[0]["source"] == "portal" and used[0]["credential"] == credentials.jpo().mark


# --- keys -------------------------------------------------------------------------------------------------


def reseal() -> str:
    out = io.StringIO()
    call_command("reseal", stdout=out)
    return out.getvalue()


def test_a_new_key_seals_and_the_old_one_may_go_after_reseal(admin, no_environment, settings):
    credentials.enter(Office.JPO, ID, PASSWORD, by=admin)
    hook = Webhook.objects.create(
        owner=admin, name="x", url="https://x.example/", service="slack", sealed=sealing.seal({"url": "u"})
    )
    settings.SEALING_KEYS = ["the first sealing key"]
    credentials.forget()
    assert credentials.jpo().password == PASSWORD  # the installation's own key opens it still
    assert reseal().startswith("2 sealed anew, 0 under")
    assert reseal().startswith("0 sealed anew, 2 under")
    settings.SECRET_KEY = "another key of the installation"
    credentials.forget()
    hook.refresh_from_db()
    assert credentials.jpo().password == PASSWORD and sealing.unseal(hook.sealed) == {"url": "u"}
    assert [one["rows"] for one in acts("sealing.reseal")] == [2]


def test_the_installations_own_key_can_be_replaced(admin, no_environment, settings):
    credentials.enter(Office.JPO, ID, PASSWORD, by=admin)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new key of the installation"
    settings.SECRET_KEY_FALLBACKS = [old]
    credentials.forget()
    assert credentials.jpo()
    reseal()
    settings.SECRET_KEY_FALLBACKS = []
    credentials.forget()
    assert credentials.jpo().password == PASSWORD


def test_what_no_key_opens_is_said_and_left_alone(page, admin, no_environment, settings):
    credentials.enter(Office.JPO, ID, PASSWORD, by=admin)
    sealed = row_text()
    settings.SECRET_KEY = "a key that was never used"
    page.force_login(admin)
    credentials.forget()
    assert not credentials.jpo()
    assert "please enter it again" in page.get("/settings/offices/").content.decode()
    with pytest.raises(CommandError, match="OfficeCredential"):
        reseal()
    assert row_text() == sealed


def test_sealed_texts_within_json_are_sealed_anew_too(admin, settings):
    from allauth.mfa.models import Authenticator

    data = {"secret": sealing.seal({"secret": "TOTP"}), "used": [1, "gone"]}
    row = Authenticator.objects.create(user=admin, type="totp", data=data)
    settings.SEALING_KEYS = ["newer"]
    assert reseal().startswith("1 sealed anew")
    row.refresh_from_db()
    assert row.data["used"] == [1, "gone"] and row.data["secret"] != data["secret"]
    assert json.dumps(sealing.unseal(row.data["secret"])) == '{"secret": "TOTP"}'
