"""A backup brings back everything there was, is never half of one, and never replaces what it should not."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from dossiers.upkeep import rotation
from dossiers.upkeep.rotation import Keep, kept
from tests.runtime.scratch import ROOT

from . import databases
from .databases import python, refuses, succeeds

SECRETS = """
from django.contrib.sessions.backends.db import SessionStore
s = SessionStore(); s["who"] = "alice"; s.create()
u = User.objects.create_user("alice", "alice@firm.example", "a long pass phrase")
print(s.session_key, u.password)
"""


@pytest.fixture
def lived_in(address):
    python(address, SECRETS)
    succeeds(address, "seed", "--cases", "8")
    return address


def made_in(folder: Path) -> Path:
    (found,) = folder.glob("*.backup.zip")
    return found


def test_what_is_lost_comes_back_with_sessions_and_passwords(lived_in, tmp_path):
    folder = tmp_path / "backups"
    said = succeeds(lived_in, "backup", str(folder), "--verify")
    assert "all with the checksums of the backup" in said
    before = python(lived_in, "print(User.objects.get(username='alice').password, Event.objects.count())")
    python(
        lived_in, "Event.objects.all().delete(); User.objects.filter(username='alice').update(password='')"
    )
    name = lived_in.rpartition("/")[2]
    assert "kept as" in succeeds(lived_in, "restore", str(made_in(folder)), "--over", name)
    after = python(lived_in, "print(User.objects.get(username='alice').password, Event.objects.count())")
    assert after == before
    sessions = "from django.contrib.sessions.models import Session; print(Session.objects.count())"
    assert python(lived_in, sessions) == "1"
    assert python(lived_in, "print(AuditEntry.objects.filter(action='backup.restore').count())") == "1"
    python(lived_in, "make = Tag.objects.create(name='new', folded='new')")


def test_a_database_that_holds_something_is_not_restored_over_unless_it_is_named(lived_in, tmp_path):
    succeeds(lived_in, "backup", str(tmp_path / "b"))
    for over in ((), ("--over", "another")):
        said = refuses(lived_in, "restore", str(made_in(tmp_path / "b")), *over)
        assert "is not empty" in said and "Nothing was restored" in said
    assert int(python(lived_in, "print(Case.objects.count())")) == 8


def test_nobody_is_restored_over_while_they_work(lived_in, tmp_path):
    succeeds(lived_in, "backup", str(tmp_path / "b"))
    code = "import django, sys; django.setup()\nfrom dossiers.models import Case\n"
    code += "print(Case.objects.count(), flush=True); sys.stdin.read()"
    working = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=databases.environment(lived_in),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert working.stdout.readline().strip() == b"8"
        name = lived_in.rpartition("/")[2]
        assert "is in use: stop" in refuses(lived_in, "restore", str(made_in(tmp_path / "b")), "--over", name)
    finally:
        working.communicate()
    assert int(python(lived_in, "print(Case.objects.count())")) == 8


@pytest.mark.parametrize("harm", ["cut off", "a changed byte", "no backup"])
def test_a_damaged_backup_is_not_believed(address, tmp_path, harm):
    succeeds(address, "backup", str(tmp_path / "b"))
    path = made_in(tmp_path / "b")
    body = bytearray(path.read_bytes())
    if harm == "cut off":
        body = body[: len(body) // 2]
    elif harm == "a changed byte":
        body[len(body) // 3] ^= 1
    else:
        body = bytearray(b"not a backup")
    path.write_bytes(body)
    said = refuses(address, "backup", "verify", str(path))
    assert "Use another one" in said or "failed" in said


def test_a_backup_whose_rows_are_not_those_of_its_manifest_is_not_believed(address, tmp_path):
    """As it would be if the dump and the count had looked at different states."""
    succeeds(address, "backup", str(tmp_path / "b"))
    path = made_in(tmp_path / "b")
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "manifest.json":
                body = re.sub(rb'("rows": )1,', rb"\g<1>2,", body)
            new.writestr(name, body)
    assert "is not what the backup says" in refuses(address, "backup", "verify", str(forged))


def test_where_a_backup_does_not_fit_the_last_good_one_stays(address, tmp_path):
    """The disk is full at a byte that nobody chose: a limit on the size of files stands for it."""
    folder = tmp_path / "b"
    succeeds(address, "backup", str(folder))
    good = made_in(folder)
    before = good.read_bytes()
    command = f"ulimit -f 8; exec {sys.executable} manage.py backup {folder}"
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=ROOT,
        env=databases.environment(address, PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert good.read_bytes() == before
    assert [one.name for one in folder.iterdir() if not one.name.startswith(".")] == [good.name]


def test_only_whoever_runs_it_can_read_a_backup(address, tmp_path):
    succeeds(address, "backup", str(tmp_path / "b"))
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0
    assert made_in(tmp_path / "b").stat().st_mode & 0o077 == 0


def test_a_backup_gives_its_sign_of_life_and_one_that_fails_gives_none(address, tmp_path):
    asked = "print(Heartbeat.objects.filter(name='backup').count())"
    (tmp_path / "file").write_text("in the way")
    refuses(address, "backup", str(tmp_path / "file"))
    assert python(address, asked) == "0"
    succeeds(address, "backup", str(tmp_path / "b"))
    assert python(address, asked) == "1"


def test_the_password_of_the_database_is_on_no_command_line(tmp_path, monkeypatch):
    from dossiers.upkeep.places import PostgresPlace

    place = PostgresPlace({"NAME": "docket", "HOST": "db", "USER": "portal", "PASSWORD": "gr3at s3cret"})
    assert "s3cret" not in place.address
    assert place.environment()["PGPASSWORD"] == "gr3at s3cret"


def test_a_backup_made_while_rows_are_written_is_of_one_instant(address, tmp_path):
    """Somebody adds a case and its audit line in one transaction, again and again."""
    code = "import django, itertools; django.setup()\nfrom django.db import transaction\n"
    code += "from dossiers.models import *\nfor n in itertools.count():\n  with transaction.atomic():\n"
    code += (
        "    Tag.objects.create(name=f't{n}', folded=f't{n}'); AuditEntry.objects.create(action=f'tag{n}')\n"
    )
    code += "  print(n, flush=True)"
    writing = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=databases.environment(address), stdout=subprocess.PIPE
    )
    try:
        assert writing.stdout.readline()
        succeeds(address, "backup", str(tmp_path / "b"), "--verify")
        assert writing.poll() is None
    finally:
        writing.kill()
        writing.communicate()
    name = address.rpartition("/")[2]
    succeeds(address, "restore", str(made_in(tmp_path / "b")), "--over", name)
    asked = "print(Tag.objects.count() - AuditEntry.objects.filter(action__startswith='tag').count())"
    assert python(address, asked) == "0"
    assert int(python(address, "print(Tag.objects.count())")) > 0


# --- what is kept -----------------------------------------------------------------------------------------


def daily(days: int) -> list[datetime]:
    start = datetime(2026, 11, 22, 3, tzinfo=UTC)
    return [start - timedelta(days=one) for one in range(days)]


def test_of_a_year_of_backups_the_last_days_weeks_and_months_stay():
    found = sorted(kept(daily(400), Keep(7, 5, 12)), reverse=True)
    assert found[:7] == daily(7)
    assert len({at.isocalendar()[:2] for at in found}) >= 5
    assert len({(at.year, at.month) for at in found}) == 12
    assert len(found) < 7 + 5 + 12


def test_the_newest_is_kept_whatever_is_asked():
    assert kept(daily(3), Keep(0, 0, 0)) == {daily(1)[0]}


def test_after_a_month_without_backups_the_old_ones_are_still_there():
    old = [at - timedelta(days=40) for at in daily(7)]
    assert set(old) <= kept(old, Keep(7, 0, 0))


def test_only_backups_are_removed(tmp_path):
    for at in daily(30):
        (tmp_path / rotation.name_of(at)).touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "ipportal-99999999T999999Z.backup.zip").touch()
    rotation.rotate(tmp_path, Keep(2, 1, 1))
    left = {one.name for one in tmp_path.iterdir()}
    assert {"notes.txt", "ipportal-99999999T999999Z.backup.zip"} <= left
    assert len(left) == 4


def test_sqlite_is_not_read_through_a_log_that_belongs_to_another_file(address, tmp_path):
    """A log left behind by the lost database would be applied to the restored one."""
    if connection.vendor == "postgresql":
        pytest.skip("SQLite's own")
    path = tmp_path / "docket.sqlite3"
    succeeds(address, "backup", str(tmp_path / "b"))
    with closing(sqlite3.connect(path)) as lost:
        lost.execute("PRAGMA journal_mode=WAL")
        lost.execute("CREATE TABLE lost (x)")
        lost.commit()
        log = path.with_name("docket.sqlite3-wal").read_bytes()
    path.unlink()
    path.with_name("docket.sqlite3-wal").write_bytes(log)
    succeeds(address, "restore", str(made_in(tmp_path / "b")))
    assert (
        not path.with_name("docket.sqlite3-wal").exists()
        or not path.with_name("docket.sqlite3-wal").stat().st_size
    )
    asked = "from django.db import connection; print(connection.introspection.table_names())"
    assert "'lost'" not in python(address, asked)
