"""Everything that SQLite holds is in PostgreSQL afterwards, or nothing is and it can be begun again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from dossiers.upkeep.canonical import _json
from dossiers.upkeep.places import place_of
from dossiers.upkeep.tables import BESIDE, MADE_BY_MIGRATIONS, tables
from tests.runtime.scratch import ROOT

from . import databases
from .databases import python, refuses, succeeds

AWKWARD = r"""
from django.contrib.sessions.backends.db import SessionStore
from datetime import date
import json
s = SessionStore(); s["who"] = "alice"; s.create()
u = User.objects.create_user("alice", "alice@firm.example", "a long pass phrase")
for n in range(3):
    Tag.objects.create(name=f"重要 🗓 \\ \t \r\n {n}", folded=str(n))
Tag.objects.order_by("-pk").first().delete()
Outlook.objects.create(key="day:1", day=date(2026, 11, 24), more=3,
    assumed={"b": 1.50, "a": [None, "語", True, 1e16, -0.0, 1e-7], "": {"\u2028": "\\u0041"}})
from django_q.models import Task
from django.utils import timezone
now = timezone.now()
Task.objects.create(id="x" * 32, name="n", func="f", args=(1, {"a": 2}), started=now, stopped=now)
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory, migrated_file):
    path = shutil.copy(migrated_file, tmp_path_factory.mktemp("move") / "docket.sqlite3")
    address = f"sqlite:///{path}"
    succeeds(address, "seed", "--cases", "8")
    python(address, AWKWARD)
    return address


@pytest.fixture
def there(migrated_on_server):
    """A new database, in which the migrations have been; what they made gives way."""
    with databases.empty_postgres(migrated_on_server) as made:
        yield made


def move(here, there, *more):
    return succeeds(here, "move_to_postgres", "--to", there, *more)


def test_everything_moves_and_is_proved_to_be_the_same(here, there, tmp_path):
    said = move(here, there, "--report", str(tmp_path / "report.json"))
    assert "equal on both sides" in said
    told = json.loads((tmp_path / "report.json").read_text())["tables"]
    report = {one["table"]: one["rows"] for one in told}
    assert report["django_session"] == 1 and report["dossiers_case"] == 8 and report["django_q_task"] == 1
    for asked in (
        "print(User.objects.get(username='alice').password)",
        "from django.contrib.sessions.models import Session; print(Session.objects.get().get_decoded())",
        "print(Outlook.objects.get(key='day:1').assumed['a'][:3])",
        "from django_q.models import Task; print(Task.objects.get().args, Task.objects.get().started)",
        "print([t.name for t in Tag.objects.order_by('pk')])",
    ):
        assert python(there, asked) == python(here, asked)
    assert "8 of 8 cases" in succeeds(there, "search_index")


def test_keys_are_not_given_twice(here, there):
    """The newest tag was deleted before the move; links and logs may still name its key."""
    move(here, there)
    with closing(sqlite3.connect(here.removeprefix("sqlite:///"))) as source:
        (last,) = source.execute("SELECT seq FROM sqlite_sequence WHERE name = 'dossiers_tag'").fetchone()
    assert int(python(there, "print(Tag.objects.create(name='next', folded='next').pk)")) == last + 1


def test_a_rehearsal_leaves_nothing(here, there):
    assert "nothing was kept" in move(here, there, "--rehearse")
    assert python(there, "print(Case.objects.count(), User.objects.count())") == "0 0"


def test_a_database_in_which_somebody_works_is_no_target(here, there):
    python(there, "User.objects.create_user('bob')")
    assert "is not empty: dossiers_user" in refuses(here, "move_to_postgres", "--to", there)
    assert python(there, "print(Case.objects.count(), User.objects.count())") == "0 1"


def test_it_can_be_begun_again_after_it_was_killed(here, there):
    for wait in (1.5, 4.0):
        running = subprocess.Popen(
            [sys.executable, "manage.py", "move_to_postgres", "--to", there],
            cwd=ROOT,
            env=databases.environment(here),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(wait)
        os.killpg(running.pid, signal.SIGKILL)
        if running.wait() == 0:
            pytest.skip("it was done before it could be killed")
    assert "equal on both sides" in move(here, there)


def test_nobody_may_be_at_work_meanwhile(here, there):
    code = "import django, sys; django.setup()\nfrom dossiers.models import Case\n"
    code += "print(Case.objects.count(), flush=True); sys.stdin.read()"
    working = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=databases.environment(here),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert working.stdout.readline()
        assert "is in use: stop" in refuses(here, "move_to_postgres", "--to", there)
    finally:
        working.communicate()


def test_a_row_that_postgresql_cannot_hold_is_named(here, there, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(Path(here.removeprefix("sqlite:///")), copy)
    address = f"sqlite:///{copy}"
    python(address, "Tag.objects.create(name='a' + chr(0) + 'b', folded='ab')")
    said = refuses(address, "move_to_postgres", "--to", there)
    assert "dossiers_tag" in said and "Nothing was moved" in said
    assert python(there, "print(Case.objects.count())") == "0"


def test_a_password_on_the_command_line_is_refused_and_one_in_a_file_is_not(here, tmp_path):
    address = "postgres://portal:s3cret@127.0.0.1:1/none"
    assert "can be read by everybody" in refuses(here, "move_to_postgres", "--to", address)
    path = tmp_path / "address"
    path.write_text(address)
    done = databases.manage(here, "move_to_postgres", IPPORTAL_MOVE_TO_FILE=str(path))
    assert done.returncode == 1 and "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1, "b": 1e16}', '{"b": 10000000000000000, "a": 1}', True),
        ('{"a": 1.50}', '{"a": 1.5}', True),
        ("[-0.0]", "[0.0]", True),
        ("[1e-7]", "[0.0000001]", True),
        ("[12345678901234567890]", "[12345678901234567891]", False),
        ("null", "0", False),
        ('["1"]', "[1]", False),
        ("[1, 2]", "[2, 1]", False),
    ],
)
def test_json_is_compared_by_what_it_says(one, other, equal):
    assert (_json(one) == _json(other)) is equal


def test_every_table_of_the_database_is_known_and_a_new_one_is_empty(migrated_file):
    """What a migration writes into a table of its own must be named, or no new database would be empty."""
    place = place_of({"ENGINE": "django.db.backends.sqlite3", "NAME": migrated_file})
    with place.reading() as reading:
        known = {table.name for table in tables()}
        assert {name for name in reading.names() - known if not name.startswith(BESIDE)} == set()
        filled = {table.name for table in tables() if any(reading.rows(table))}
    assert filled <= MADE_BY_MIGRATIONS
