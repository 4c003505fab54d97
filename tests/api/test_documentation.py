"""The example of the documentation runs as it stands; the pages for people show the whole description."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dossiers.api import description, problems, sentences
from dossiers.models import ApiToken, AuditEntry, Case
from tests import make

from .conftest import program

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.mark.django_db(transaction=True)
def test_the_example_runs_as_it_stands(live_server, alice, case):
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    given = {"IPPORTAL_TOKEN": program(alice).text, "IPPORTAL_API": f"{live_server.url}/api/v1/"}
    done = subprocess.run(
        [sys.executable, "-c", example],
        env={**os.environ, **given, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2023000123" in done.stdout
    assert "Office action" in done.stdout
    assert Case.objects.get(application_number="2023000123").own_reference == "P-2023000123"
    assert Case.objects.get(application_number="2021000456").own_reference == "P-456"


@pytest.mark.django_db
def test_the_description_needs_no_token_and_the_page_shows_every_address(client, bob):
    assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    assert client.get("/api/").status_code == 302
    client.force_login(bob)
    page = client.get("/api/").content.decode()
    for path in description.written()["paths"]:
        assert path in page
    for kind in problems.KINDS:
        assert f'id="{kind}"' in page
    assert "<script>" not in page and "style=" not in page.split("<main", 1)[1]


def told() -> set[str]:
    """Every sentence of the description that its page shows."""
    written = description.written()
    found = {written["info"]["description"]}
    for methods in written["paths"].values():
        for one in methods.values():
            found |= {one["tags"][0], one["summary"], one.get("description", "")}
            found |= {p["schema"].get("description", "") for p in one["parameters"] if p["in"] != "header"}
    for shape in written["components"]["schemas"].values():
        found |= {field.get("description", "") for field in shape.get("properties", {}).values()}
    return {" ".join(one.split()) for one in found} - {""}


def test_every_sentence_of_the_description_is_for_the_catalogue():
    assert told() == sentences.SENTENCES


@pytest.mark.django_db
def test_a_person_makes_sees_and_takes_back_their_own_tokens(client, alice, bob):
    client.force_login(bob)
    form = {"name": "ERP", "scopes": ["cases:read"], "reach": "all", "days": "90"}
    page = client.post("/settings/programs/make/", form).content.decode()
    (text,) = re.findall(r"ipportal_[A-Za-z0-9]{43}", page)
    token = ApiToken.objects.get()
    assert (token.owner, token.reach, token.scopes) == (bob, "all", ["cases:read"])
    assert token.expires_at
    page = client.get("/settings/programs/").content.decode()
    assert text not in page and f"…{token.ending}" in page and "ERP" in page
    client.force_login(alice)
    assert "ERP" not in client.get("/settings/programs/").content.decode()
    assert client.post(f"/settings/programs/{token.pk}/revoke/").status_code == 404
    client.force_login(bob)
    assert client.post(f"/settings/programs/{token.pk}/revoke/").status_code == 302
    assert "taken back" in client.get("/settings/programs/").content.decode()
    headers = {"Authorization": f"Bearer {text}"}
    assert client.get("/api/v1/token", headers=headers).status_code == 401
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"token.create", "token.revoke"} <= actions


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"scopes": []},
        {"reach": "x"},
        {"days": "-1"},
        {"reach": "mine", "scopes": ["imports:write"]},
    ],
)
def test_a_form_that_makes_no_sense_comes_back_with_what_was_typed(client, bob, wrong):
    client.force_login(bob)
    form = {"name": "My ERP", "scopes": ["cases:read"], "reach": "all", "days": "90", **wrong}
    answer = client.post("/settings/programs/make/", form)
    assert answer.status_code == 422 and not ApiToken.objects.exists()
    assert wrong.get("name", "My ERP") in answer.content.decode()


@pytest.mark.django_db
def test_a_list_of_somebody_else_cannot_be_chosen(client, alice, bob):
    hidden = make.watchlist(alice)
    hidden.shared = False
    hidden.save()
    client.force_login(bob)
    form = {"name": "x", "scopes": ["cases:read"], "reach": str(hidden.pk), "days": ""}
    assert client.post("/settings/programs/make/", form).status_code == 422
