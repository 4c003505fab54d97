from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from apiclient.clock import JST
from apiclient.sandbox import Sandbox

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=JST)  # a Tuesday after a holiday


class Caller:
    """A client that knows nothing but the office's public manners."""

    def __init__(self, office: Sandbox) -> None:
        self.office = office
        self.session = requests.Session()
        self.token = self.login().json()["access_token"]

    def login(self, **form: str) -> requests.Response:
        form = form or {
            "grant_type": "password",
            "username": self.office.username,
            "password": self.office.password,
        }
        return self.session.post(self.office.url + "/auth/token", data=form, timeout=10)

    def get(self, path: str, token: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.session.get(self.office.url + path, headers=headers, timeout=10)

    def result(self, path: str) -> dict[str, Any]:
        return dict(json.loads(self.get(path).content)["result"])

    def data(self, path: str) -> dict[str, Any]:
        result = self.result(path)
        assert result["statusCode"] == "100", result
        return dict(result["data"])


@pytest.fixture
def office() -> Iterator[Sandbox]:
    with Sandbox(seed=7, cases=1500, now=NOW, edge_seconds=0) as office:
        yield office


@pytest.fixture
def caller(office: Sandbox) -> Iterator[Caller]:
    caller = Caller(office)
    yield caller
    caller.session.close()
