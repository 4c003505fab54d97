"""A program that others wrote for the real office, with nothing changed but the host it asks."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from apiclient.sandbox import Sandbox

# Python of an environment that holds the package; `make strangers` makes one and sets this.
PYTHON = os.environ.get("IPPORTAL_STRANGERS_PYTHON", ".venv-strangers/bin/python")
REAL_HOST = "https://ip-data.jpo.go.jp"
CALLS = Path(__file__).with_name("calls.py")
NEVER = "1900-01-01 00:00:00"


class Stranger:
    """The package `easy_patents`, copied to `folder` with the sandbox's address in place of the office's."""

    def __init__(self, folder: Path, office: Sandbox) -> None:
        self.folder = folder
        self.office = office
        package = folder / "easy_patents"
        shutil.copytree(_installed(), package, ignore=shutil.ignore_patterns("sample", "__pycache__"))
        changed = 0
        for source in package.glob("*.py"):
            text = source.read_text(encoding="utf-8")
            changed += text.count(f'"{REAL_HOST}')
            source.write_text(text.replace(f'"{REAL_HOST}', f'"{office.url}'), encoding="utf-8")
        assert changed == 2, "the addresses of the domestic APIs and of the dossier APIs"
        self._configure()

    def _configure(self) -> None:
        user = configparser.ConfigParser()
        user["AuthInfo"] = {
            "token_path": f"{self.office.url}/auth/token",
            "username": self.office.username,
            "password": self.office.password,
        }
        with (self.folder / "easy_patents/config/user.ini").open("w") as file:
            user.write(file)

    @property
    def tokens(self) -> dict[str, str]:
        """The tokens as the package keeps them."""
        return dict(self._read_config()["AuthInfo"])

    def set_tokens(self, **changes: str) -> None:
        config = self._read_config()
        config["AuthInfo"].update(changes)
        with (self.folder / "easy_patents/config/config.ini").open("w") as file:
            config.write(file)

    def _read_config(self) -> configparser.ConfigParser:
        config = configparser.ConfigParser(interpolation=None)
        config.read(self.folder / "easy_patents/config/config.ini")
        return config

    def run(self, *calls: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Results of calls (function, argument, …, {keywords}?) of `get_info`, all in one process."""
        return self.run_in("get_info", *calls)

    def run_in(self, module: str, *calls: tuple[Any, ...]) -> list[dict[str, Any]]:
        sent = []
        for function, *arguments in calls:
            keywords = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
            sent.append([module, function, arguments, keywords])
        done = subprocess.run(
            [PYTHON, str(CALLS), str(self.folder)],
            input=json.dumps(sent),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return list(json.loads(done.stdout))

    def data(self, *call: Any) -> dict[str, Any]:
        """`data` of one call that succeeds."""
        (result,) = self.run(call)
        assert "value" in result, result
        return dict(result["value"]["result"]["data"])

    def dossier(self, *call: Any) -> dict[str, Any]:
        """What stands under the root of one dossier answer, as the package's XML reader makes it."""
        (result,) = self.run(call)
        assert "value" in result, result
        return dict(result["value"]["api-data"])


def _installed() -> Path:
    script = (
        "import importlib.util; print(importlib.util.find_spec('easy_patents').submodule_search_locations[0])"
    )
    found = subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return Path(found.stdout.strip())


@pytest.fixture
def office() -> Iterator[Sandbox]:
    with Sandbox(seed=7, cases=1500, edge_seconds=0) as office:
        yield office


@pytest.fixture
def stranger(tmp_path: Path, office: Sandbox) -> Stranger:
    return Stranger(tmp_path, office)


def moment(text: str) -> datetime:
    """An instant as the package writes it, in local time."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
