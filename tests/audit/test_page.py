"""The page of acts: what was done, by whom and from where, for whoever audits; and every act in words."""

from __future__ import annotations

import ast
import csv
import io
import json
from pathlib import Path

import pytest
from django.test import Client

from dossiers import origin, tasks
from dossiers.audit import chain
from dossiers.models import AuditEntry, Insider, Role, Wall, record
from dossiers.views.words import _ACTIONS
from tests import make

pytestmark = pytest.mark.django_db
SOURCES = Path(__file__).resolve().parents[2] / "dossiers"


@pytest.fixture
def auditor(db):
    return make.user("ada", role=Role.ADMINISTRATOR, language="en", display_name="Ada Auditor")


@pytest.fixture
def page(auditor):
    client = Client()
    client.force_login(auditor)
    return client


def read(client: Client, address: str = "/audit/", **asked: str) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return answer.content.decode() if not answer.streaming else b"".join(answer.streaming_content).decode()


# --- from where -------------------------------------------------------------------------------------------


def test_an_act_on_a_page_says_which_page_and_from_which_address(page, auditor):
    page.post("/settings/data/", REMOTE_ADDR="192.0.2.9")
    act = AuditEntry.objects.get(action="person.export")
    assert (act.way, act.via, act.address, act.actor) == ("page", "own_data", "192.0.2.9", auditor)


def test_only_what_a_trusted_proxy_says_of_the_address_counts(page, settings):
    told = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.66, 192.0.2.50"}
    page.post("/settings/data/", **told)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    page.post("/settings/data/", **told)
    rows = AuditEntry.objects.filter(action="person.export").order_by("pk")
    assert [row.address for row in rows] == ["10.0.0.1", "192.0.2.50"]


def test_an_act_of_a_round_says_so_and_one_of_a_command_too():
    with tasks._only_one("docket"):
        record("limit.claim_not_seen")
    record("docket.restore")
    round_, command = AuditEntry.objects.order_by("pk")
    assert (round_.way, round_.via, command.way) == ("worker", "docket", "command")


def test_the_worker_seals(settings):
    record("docket.restore")
    tasks.sweep()
    assert chain.verify().waiting == 0 and chain.newest().position >= 1


def test_signing_in_out_and_being_refused_are_on_record(auditor):
    client = Client()
    client.post("/login/", {"login": "ada", "username": "ada", "password": "wrong-password-typed"})
    client.post("/login/", {"login": "ada", "username": "ada", "password": make.PASSWORD})
    rows = list(AuditEntry.objects.filter(action__startswith="session.").order_by("pk"))
    assert rows and rows[0].action == "session.refused" and rows[0].detail["user"] == auditor.pk
    assert "wrong-password-typed" not in json.dumps([row.detail for row in rows])
    client.logout()


def test_a_file_taken_out_is_on_record_without_what_was_typed(page, auditor):
    read(page, "/cases/export.csv", q="geheim")
    act = AuditEntry.objects.get(action="export.table")
    assert act.actor == auditor and act.detail["asked"] == ["q"] and "geheim" not in str(act.detail)


# --- shown ------------------------------------------------------------------------------------------------


def test_acts_are_found_by_person_act_case_day_and_way(page, auditor):
    case = make.case("2023000123")
    with origin.coming_from(lambda: origin.Origin(origin.WORKER, "docket", "")):
        record("case.edit", case=case, old="was-so", new="is-so")
    record("case.add", by=auditor)
    assert "was-so" in read(page, case="特願2023-000123") and "was-so" in read(page, way="worker")
    assert "was-so" in read(page, person="program") and "was-so" not in read(page, person=str(auditor.pk))
    assert "was-so" in read(page, act="case.edit") and "was-so" not in read(page, act="case.add")
    assert "was-so" not in read(page, until="2001-01-01") and "was-so" not in read(page, case="2022-000001")


def test_pages_go_on_where_the_last_one_ended(page):
    AuditEntry.objects.bulk_create(AuditEntry(action="case.tag", detail={"n": f"<{n}>"}) for n in range(150))
    first = read(page, act="case.tag")
    assert first.count("&lt;") == 100 and "Older acts" in first
    last = AuditEntry.objects.filter(action="case.tag").order_by("-pk")[99].pk
    second = read(page, act="case.tag", before=str(last))
    assert second.count("&lt;") == 50 and "Older acts" not in second


def test_a_case_behind_a_wall_is_not_named_to_whoever_stands_outside(page, auditor):
    wall = Wall.objects.create(name="w")
    case = make.case("2021000777", title="Geheimsache", wall=wall, own_reference="WALL-1")
    record("case.edit", case=case, old="Geheimsache", new="Geheimsache 2")
    for address in ("/audit/", "/audit/export.csv", "/audit/export.json"):
        text = read(page, address)
        assert "case" in text.lower() and "Geheimsache" not in text and "2021000777" not in text, address
    assert "case edited" in read(page) and "No such act" in read(page, case="WALL-1")
    Insider.objects.create(wall=wall, user=auditor)
    assert "Geheimsache" in read(page) and "2021" in read(page)


def test_the_export_holds_every_act_with_its_seal(page, auditor):
    record("case.edit", old="=1+1", new="b")
    rows = list(csv.DictReader(io.StringIO(read(page, "/audit/export.csv").removeprefix("\ufeff"))))
    assert [int(row["Position"]) for row in rows] == list(range(1, len(rows) + 1))
    assert all(len(row["Seal"]) == 64 for row in rows) and rows[-1]["What"] == "record of acts exported"
    told = AuditEntry.objects.get(action="audit.export").detail["seal"]
    assert chain.verify([chain.Anchor.read(told)]).fault is None
    assert page.get("/audit/export.exe").status_code == 404


def test_only_whoever_audits_reads_it():
    for role in set(Role.values) - {Role.ADMINISTRATOR}:
        client = Client()
        client.force_login(make.user(f"x-{role}", role=role))
        assert client.get("/audit/").status_code == 403 and client.get("/audit/export.csv").status_code == 403


# --- words ------------------------------------------------------------------------------------------------


def test_every_act_that_the_program_records_has_words():
    assert sorted(_recorded() - _ACTIONS.keys()) == []


def _recorded() -> set[str]:
    """The names that stand in the code where an act is written."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for call in (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call)):
            name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
            given = call.args[:1] if name in ("record", "_audit", "on_record") else []
            given += [one.value for one in call.keywords if name == "AuditEntry" and one.arg == "action"]
            for one in (leaf for value in given for leaf in ast.walk(value)):
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and "." in one.value:
                    found.add(one.value)
    return {name for name in found if not name.endswith(".")}
