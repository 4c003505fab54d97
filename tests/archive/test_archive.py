"""What is taken out can be put back, whole, or nothing is."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from dossiers import archive
from dossiers.archive import ArchiveRefused, reading, restore
from dossiers.archive.contents import LEFT_OUT, LEFT_OUT_FIELDS, kept
from dossiers.models import (
    AuditEntry,
    Case,
    Event,
    Feed,
    Snapshot,
    TimeLimit,
    User,
    Webhook,
)
from dossiers.refresh.search_index import is_whole
from dossiers.refresh.snapshots import body_of
from dossiers.views.portfolio.filters import CaseFilter, found
from tests import make

from .docket import forget_everything, lived_in, read_by

pytestmark = pytest.mark.django_db


def taken() -> bytes:
    return b"".join(archive.write())


def manifest_of(made: bytes) -> dict:
    return json.loads(zipfile.ZipFile(io.BytesIO(made)).read("manifest.json"))


@pytest.fixture
def world(office, alice, bob) -> Case:
    return lived_in(office, alice, bob)


def test_what_is_restored_and_taken_out_again_is_the_same_file(world, office):
    bodies = {one.pk: body_of(one) for one in Snapshot.objects.all()}
    due = dict(TimeLimit.objects.values_list("key", "due"))
    assert bodies and due
    made = taken()
    forget_everything()
    assert not Case.objects.exists()

    restored = restore(io.BytesIO(made))
    assert taken() == made
    assert {one.pk: body_of(one) for one in Snapshot.objects.all()} == bodies
    assert dict(TimeLimit.objects.values_list("key", "due")) == due
    assert restored.rows["dossiers.Case"] == 2 == Case.objects.count()
    assert (restored.docket.equal, restored.docket.other_rules, restored.docket.differ) == (2, 0, 0)


def test_a_restored_docket_goes_on_working(world, office, alice):
    made = taken()
    forget_everything()
    restore(io.BytesIO(made))
    assert is_whole()
    case = Case.objects.get(pk=world.pk)
    assert [one.pk for one in found(User.objects.get(pk=alice.pk), CaseFilter(query=case.title))] == [case.pk]
    before = set(Event.objects.values_list("pk", flat=True))
    office.add_document("patent", case.application_number, "A02", office.today())
    office.advance(days=1)
    read_by(office, case)
    new = case.events.get(code="A02")
    assert new.pk not in before, "keys go on after those restored"
    assert make.user("dora").pk not in (alice.pk, None)


def test_the_manifest_says_what_each_table_holds_and_what_stays_behind(world):
    made = taken()
    told = manifest_of(made)
    assert (told["format"], told["version"]) == ("ip-portal docket", 1)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert opened.testzip() is None
        for table in told["tables"]:
            rows = opened.read(table["file"])
            assert hashlib.sha256(rows).hexdigest() == table["sha256"]
            assert (len(rows), rows.count(b"\n")) == (table["bytes"], table["rows"])
    names = {table["name"] for table in told["tables"]}
    assert names.isdisjoint(LEFT_OUT) and told["left_out"].keys() >= LEFT_OUT.keys()
    assert {"dossiers.Snapshot", "dossiers.AuditEntry", "dossiers.User_groups", "auth.Group"} <= names


def test_no_secret_leaves_with_it(world, alice):
    alice.set_password("Geheimnis Nummer eins")
    alice.save()
    Webhook.objects.create(
        owner=alice, name="x", url="https://hooks.example/geheim-2", sealed="geheim-3", salt="geheim-4"
    )
    Feed.objects.create(owner=alice, kind="news", token_hash="geheim-5")
    made = taken()
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        whole = b"".join(opened.read(name) for name in opened.namelist())
    assert alice.password.encode() not in whole and b"geheim-" not in whole
    forget_everything()
    restore(io.BytesIO(made))
    again = User.objects.get(pk=alice.pk)
    assert not again.has_usable_password() and not again.check_password("Geheimnis Nummer eins")


SOUNDS_SECRET = re.compile(r"pass|secret|token|salt|seal|credential|hash|private|_key$")
HARMLESS = {
    "dossiers.QuotaDay.credential",  # the user name at the office, without its password
    "dossiers.TimeLimit.passed_on_adding",
    # Of the chain in which the audit trail is sealed; it is to hold after restoring, too.
    "dossiers.AuditChain.seal",
    "dossiers.AuditEntry.seal",
    "dossiers.AuditEntry.address_salt",
    "dossiers.AuditEntry.address_hash",
    "dossiers.AuditEntry.detail_salt",
    "dossiers.AuditEntry.detail_hash",
}


def test_every_column_that_sounds_like_a_secret_has_been_decided_on():
    """A new one belongs into LEFT_OUT or LEFT_OUT_FIELDS or, where it holds none, into this list."""
    asked = {f"{one.name}.{field.attname}" for one in kept() for field in one.fields}
    undecided = {name for name in asked if SOUNDS_SECRET.search(name.rpartition(".")[2])}
    assert undecided - HARMLESS == set()


def test_what_is_left_out_exists():
    from django.apps import apps

    labels = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert labels >= LEFT_OUT.keys()
    columns = {f"{model._meta.label}.{f.attname}" for model in apps.get_models() for f in model._meta.fields}
    assert columns >= LEFT_OUT_FIELDS.keys()


# --- refused ----------------------------------------------------------------------------------------------


def rewritten(made: bytes, change) -> bytes:
    """The archive with its members changed: `change` gets and may alter a mapping of names to bytes."""
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, body in members.items():
            written.writestr(name, body)
    return out.getvalue()


def retold(made: bytes, table: str, change, *, honest: bool = True) -> bytes:
    """The archive with the rows of one table changed; an honest one has a manifest to match."""

    def alter(members: dict[str, bytes]) -> None:
        file = f"rows/{table}.jsonl"
        rows = [json.loads(line) for line in members[file].splitlines()]
        change(rows)
        members[file] = b"".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in rows
        )
        told = json.loads(members["manifest.json"])
        entry = next(one for one in told["tables"] if one["name"] == table)
        if honest:
            body = members[file]
            entry.update(rows=len(rows), bytes=len(body), sha256=hashlib.sha256(body).hexdigest())
        members["manifest.json"] = json.dumps(told).encode()

    return rewritten(made, alter)


def of_manifest(made: bytes, **fields) -> bytes:
    def alter(members: dict[str, bytes]) -> None:
        told = json.loads(members["manifest.json"])
        told.update(fields)
        members["manifest.json"] = json.dumps(told).encode()

    return rewritten(made, alter)


def refused(made: bytes) -> str:
    with pytest.raises(ArchiveRefused) as caught:
        restore(io.BytesIO(made))
    return caught.value.code


@pytest.fixture
def small(alice, bob):
    """A small archive, and an empty database to restore it into."""
    case = make.case(added_by=alice)
    make.event(case)
    made = taken()
    forget_everything()
    return made


def test_a_database_that_holds_anything_is_refused(small, db):
    make.case("2020000001")
    assert refused(small) == "not_empty"
    assert [one.application_number for one in Case.objects.all()] == ["2020000001"]


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(small, cut):
    assert refused(small[: int(len(small) * cut)]) == "no_archive"


def test_a_flipped_byte_anywhere_restores_nothing_or_the_same(small):
    """The ZIP's own notes (times, flags nobody reads) may differ; rows never."""
    for place in range(0, len(small), len(small) // 60):
        broken = bytearray(small)
        broken[place] ^= 0x41
        try:
            restore(io.BytesIO(bytes(broken)))
        except ArchiveRefused:
            assert not Case.objects.exists() and not User.objects.exists()
        else:
            assert taken() == small
            forget_everything()


def test_rows_that_do_not_match_the_manifest_are_refused(small):
    def other_title(rows):
        rows[0]["title"] = "別の発明"

    assert refused(retold(small, "dossiers.Case", other_title, honest=False)) == "damaged"
    assert refused(retold(small, "dossiers.Event", list.clear, honest=False)) == "damaged"
    assert (
        refused(retold(small, "dossiers.Event", lambda rows: rows.append(rows[0]), honest=False)) == "damaged"
    )
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", "1"),
        ("id", True),
        ("id", 10**30),
        ("open_reviews", 1.5),
        ("open_reviews", -1),
        ("application_number", None),
        ("application_number", 2023000123),
        ("application_number", ["2023000123"]),
        ("added_at", "2026-11-24T00:00:00"),
        ("added_at", 5),
        ("filing_date", "2026-13-45"),
        ("filing_date", "gestern"),
        ("owner_id", "alice"),
    ],
)
def test_values_that_a_column_cannot_hold_restore_nothing(small, field, value):
    def change(rows):
        rows[0][field] = value

    assert refused(retold(small, "dossiers.Case", change)) == "inconsistent"
    assert not Case.objects.exists() and not User.objects.exists()


def test_a_row_that_refers_to_nothing_restores_nothing(small):
    def astray(rows):
        rows[0]["case_id"] = 999_999

    assert refused(retold(small, "dossiers.Event", astray)) == "inconsistent"
    assert not Case.objects.exists()


def test_two_rows_of_one_key_restore_nothing(small):
    assert refused(retold(small, "dossiers.Case", lambda rows: rows.append(rows[0]))) == "inconsistent"


def test_another_format_or_version_is_said_to_be_one(small):
    assert refused(of_manifest(small, version=2)) == "newer"
    assert refused(of_manifest(small, version="1")) == "newer"
    assert refused(of_manifest(small, format="other")) == "other_format"
    assert refused(of_manifest(small, tables=7)) == "damaged"
    assert refused(rewritten(small, lambda members: members.pop("manifest.json"))) == "other_format"
    assert refused(rewritten(small, lambda m: m.update({"manifest.json": b"[" * 100_000}))) == "damaged"
    assert refused(b"") == "no_archive" and refused(b"PK\x03\x04nothing") == "no_archive"


def test_a_table_or_column_of_a_newer_program_is_refused_and_not_dropped(small):
    told = manifest_of(small)["tables"]
    more = [{**told[0], "name": "dossiers.Unheard", "file": "rows/dossiers.Unheard.jsonl"}, *told[1:]]
    assert refused(of_manifest(small, tables=more)) == "newer"
    column = [{**told[0], "fields": [*told[0]["fields"], "unheard_of"]}, *told[1:]]
    assert refused(of_manifest(small, tables=column)) == "newer"


def test_an_archive_of_an_older_program_fills_new_columns_as_new_rows_are(small):
    """As if `Case.note` had been added since."""

    def without(rows):
        for row in rows:
            del row["note"]

    older = retold(small, "dossiers.Case", without)
    told = manifest_of(older)["tables"]
    for entry in told:
        if entry["name"] == "dossiers.Case":
            entry["fields"].remove("note")
    restore(io.BytesIO(of_manifest(older, tables=told)))
    assert Case.objects.get().note == ""


@pytest.mark.parametrize("name", ["../../etc/passwd", "rows/dossiers.Webhook.jsonl", "C:\\x", "rows/"])
def test_members_that_no_export_writes_are_refused_and_nothing_is_unpacked(small, name):
    assert refused(rewritten(small, lambda members: members.update({name: b"x"}))) == "foreign_member"


def test_a_table_that_stays_behind_cannot_be_smuggled_in(small):
    told = manifest_of(small)["tables"]
    told[0] = {**told[0], "name": "dossiers.ApiToken"}
    assert refused(of_manifest(small, tables=told)) == "newer"
    assert refused(of_manifest(small, tables=[*manifest_of(small)["tables"], told[1]])) == "damaged"


def test_a_bomb_is_not_unpacked(small, monkeypatch):
    def bomb(members):
        members["rows/dossiers.Case.jsonl"] = b"0" * 60_000_000

    assert refused(rewritten(small, bomb)) == "too_large"
    monkeypatch.setattr(reading, "MOST_OF_A_ROW", 300)
    assert refused(small) == "too_large"


# --- commands ---------------------------------------------------------------------------------------------


def test_the_commands_export_to_a_file_for_the_owner_alone_and_restore_from_it(world, tmp_path, capsys):
    path = tmp_path / "docket.zip"
    call_command("export_docket", str(path))
    assert path.stat().st_mode & 0o777 == 0o600 and [one.name for one in tmp_path.iterdir()] == ["docket.zip"]
    with pytest.raises(CommandError, match="there already"):
        call_command("export_docket", str(path))
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore_docket", str(path))
    forget_everything()
    call_command("restore_docket", str(path))
    said = capsys.readouterr().out
    assert "2 equal, 0 of other rules" in said and "changepassword" in said
    assert list(AuditEntry.objects.values_list("action", flat=True)[:2]) == [
        "docket.restore",
        "docket.export",
    ]


def test_the_commands_say_what_is_wrong_with_a_file(tmp_path, db):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("restore_docket", str(tmp_path / "none.zip"))
    path = tmp_path / "x.zip"
    path.write_bytes(b"no archive")
    with pytest.raises(CommandError, match=r"cut off.*Nothing was restored"):
        call_command("restore_docket", str(path))
    with pytest.raises(CommandError, match="could not be written"):
        call_command("export_docket", str(tmp_path / "none" / "x.zip"))


def test_a_docket_that_is_not_what_its_facts_give_is_said_to_differ(world):
    limit = TimeLimit.objects.filter(case=world, state="open", due__isnull=False).first()
    TimeLimit.objects.filter(pk=limit.pk).update(due=limit.due + timedelta(days=1))
    Case.objects.exclude(pk=world.pk).update(docketed_with="older")
    made = taken()
    forget_everything()
    told = restore(io.BytesIO(made)).docket
    assert (told.equal, told.other_rules, told.differ, told.named) == (0, 1, 1, [str(world)])
