"""A plain script can ask the office: no Django, no settings, no database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import apiclient
from apiclient import reference
from apiclient.sandbox import Sandbox

ROOT = Path(apiclient.__file__).resolve().parent.parent
EXAMPLE = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "apiclient.md").read_text(), re.S).group(1)
NO_DJANGO = """
rooms = [name for name in sys.modules if name.split('.')[0] in ('django', 'dossiers', 'ipportal')]
assert not rooms, rooms
"""


def script(text, folder, **environment):
    """Run `text` in a Python that sees the project and nothing of this process."""
    found = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", found + text + NO_DJANGO],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_public_name_is_there_without_django(tmp_path):
    names = ", ".join(apiclient.__all__)
    assert "JpoClient" in script(f"from apiclient import {names}\nprint(JpoClient)\n", tmp_path)


def test_one_room_does_not_load_the_others(tmp_path):
    text = "import apiclient.clock\nassert 'requests' not in sys.modules and 'lxml' not in sys.modules\n"
    script(text, tmp_path)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="unheard_of"):
        apiclient.unheard_of  # noqa: B018
    assert {name for names in apiclient._HOMES.values() for name in names} == set(apiclient.__all__)


def test_the_documented_example_works_as_printed(tmp_path):
    assert len([line for line in EXAMPLE.splitlines() if line]) == 10
    with Sandbox(seed=7, cases=200) as office:
        case = office.cases("patent", limit=1)[0].case
        environment = {
            "JPO_BASE_URL": office.url,
            "JPO_USERNAME": office.username,
            "JPO_PASSWORD": office.password,
            "NUMBER": f"特願{case.number[:4]}-{int(case.number[4:])}",
        }
        first = script(EXAMPLE, tmp_path, **environment)
        assert first.startswith("ok") and " 799\n" in first and case.title in first
        limits = apiclient.policy()
        ledger = apiclient.SqliteLedger(tmp_path / "calls.sqlite3", limits)
        client = apiclient.JpoClient(office.url, office.username, office.password, ledger, limits)
        row = apiclient.endpoint("patent", "app_progress")
        assert ledger.usage(client.bucket(row), datetime.now(UTC)).used == 1, (
            "the next script goes on from there"
        )
        ledger.close()
        client.close()


def test_the_reference_page_is_up_to_date():
    written = (ROOT / "docs" / "reference.md").read_text()
    assert written == reference.page(), "run `make reference`"


def test_the_reference_page_names_every_endpoint_and_every_reply():
    page = reference.page()
    for row in apiclient.ENDPOINTS:
        assert f"| `{row.name}` | {row.title_en}<br>{row.title_ja} |" in page
        assert row.reply is None or f"### {row.reply.__name__}\n" in page
