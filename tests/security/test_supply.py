"""What we ship of others, and what we say of ourselves, can be looked up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from supply import advisories, asvs, licences
from supply.pins import LISTS, ROOT, Pin, read


def audit(*more: str, **env: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, **env}
    command = [sys.executable, "-m", "supply", "audit", *more]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True)


@pytest.mark.parametrize("name", LISTS)
def test_each_requirement_is_one_version_with_its_hash(name):
    assert read(ROOT / name)


@pytest.mark.parametrize(
    "line",
    [
        "thing>=1.0 --hash=sha256:" + "0" * 64, "thing==1.0", "thing==1.* --hash=sha256:" + "0" * 64,
        "thing==1.0 --hash=md5:" + "0" * 32, "thing @ https://x.example/thing.whl", "--index-url https://x.example",
    ],
)  # fmt: skip
def test_a_requirement_that_could_become_another_is_found(tmp_path, line):
    (tmp_path / "list.txt").write_text(line + "\n")
    with pytest.raises(ValueError):
        read(tmp_path / "list.txt")


def advisory(folder, **affected):
    package = {"ecosystem": "PyPI", "name": "Jango_Thing"}
    told = {"id": "T-1", "summary": "a fault", "affected": [{"package": package, **affected}]}
    (folder / "T-1.json").write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("version", "hit"), [("1.9", False), ("2.0", True), ("2.4.9", True), ("2.5", False), ("3.0", True)]
)
def test_a_version_is_known_to_be_at_fault_as_the_advisory_says(tmp_path, version, hit):
    events = [{"introduced": "2.0"}, {"fixed": "2.5"}, {"introduced": "3.0"}]
    advisory(tmp_path, ranges=[{"type": "ECOSYSTEM", "events": events}])
    pins = [Pin("jango-thing", version, 1, True), Pin("other", "2.0", 1, True)]
    assert bool(advisories.in_folder(pins, tmp_path)) is hit


def test_a_fault_in_what_is_pinned_fails(tmp_path):
    pin = next(one for one in read(ROOT / "requirements.txt") if one.name == "django")
    package = {"ecosystem": "PyPI", "name": "Django"}
    told = {"id": "T-2", "affected": [{"package": package, "versions": [pin.version]}]}
    (tmp_path / "a.json").write_text(json.dumps(told))
    for more in ((), ("--lint",)):
        done = audit(*more, ADVISORIES=str(tmp_path))
        assert done.returncode == 1 and "T-2" in done.stderr


@pytest.mark.parametrize("source", [{"ADVISORIES": "/nowhere"}, {"ADVISORIES_URL": "http://127.0.0.1:9/"}])
def test_when_nobody_can_be_asked_it_says_so_and_does_not_pass(source):
    alone = audit(**source)
    assert alone.returncode == 1 and "NOT AUDITED" in alone.stderr
    in_lint = audit("--lint", **source)
    assert in_lint.returncode == 0 and "NOT AUDITED" in in_lint.stderr


def test_every_part_is_listed_with_a_licence():
    text = (ROOT / "docs" / "licences.md").read_text()
    for pin in read(ROOT / "requirements.txt"):
        row = re.search(
            rf"^\| {re.escape(pin.name)} \| {re.escape(pin.version)} \| (.+) \|$", text, re.MULTILINE
        )
        assert row, f"{pin.name} {pin.version}: run make licences"
        assert row[1] not in ("?", "not installed"), pin.name
    assert licences.licence_of("no-such-thing") == "not installed"


# --- what is said of ourselves ------------------------------------------------------------------------------


def test_each_requirement_of_the_standard_is_judged_once():
    numbers = [one for row in asvs.entries() for one in row["id"]]
    assert len(numbers) == len(set(numbers)) == 253  # levels 1 and 2 of ASVS 5.0.0
    assert {row["is"] for row in asvs.entries()} <= set(asvs.WORDS)


def test_what_is_said_to_hold_can_be_seen():
    for row in asvs.entries():
        assert row["how"], row["id"]
        if row["is"] in ("met", "partly"):
            assert row.get("see"), row["id"]
        for evidence in row.get("see", []):
            assert not asvs.missing(evidence), (row["id"], asvs.missing(evidence))
    assert asvs.missing("docs/asvs.yaml::test_nothing") and asvs.missing("no/such/file.py")


def test_the_page_is_written_from_the_list():
    assert (ROOT / "docs" / "asvs.md").read_text() == asvs.text(), "run make asvs"


def test_every_place_that_the_threat_model_names_is_there():
    text = (ROOT / "docs" / "threat-model.md").read_text()
    for name in re.findall(r"`([a-z_]+/[\w./-]+)`", text):
        assert (ROOT / name).exists() or (ROOT / "tests" / name).exists(), name
    for name in re.findall(r"\]\(([\w.-]+\.md)\)", text):
        assert (ROOT / "docs" / name).exists(), name
