from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]


def test_an_address_beyond_this_machine_is_refused() -> None:
    with pytest.raises(CommandError, match="loopback"):
        call_command("sandbox", host="192.0.2.1", cases=100)


def test_another_worlds_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text('{"seed": 2, "cases": 100}')
    with pytest.raises(CommandError, match="belongs to seed 2"):
        call_command("sandbox", seed=1, cases=100, state_dir=tmp_path)


@pytest.mark.processes
def test_the_command_serves_until_it_is_stopped(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--cases", "100"]
    process = subprocess.Popen(
        [*command, "--state-dir", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        clock = requests.get(found[0] + "/_sandbox/clock", timeout=60).json()
        assert clock["offset_seconds"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
        process.communicate()
