"""A program with a token, and a docket for it to read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from dossiers.api import tokens
from dossiers.api.scopes import SCOPES
from dossiers.models import ApiToken, User
from tests import make
from tests.pages import docket


@dataclass
class Program:
    """Calls the API as a program does: with a token, and nothing else of a browser's."""

    token: ApiToken
    text: str
    client: Client

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        given = {"Authorization": f"Bearer {self.text}", "Accept-Language": "en", **headers}
        given = {name.replace("_", "-"): value for name, value in given.items()}
        return self.client.generic(method, f"/api/v1/{path}", headers=given, **sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def read(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def all_of(self, path: str) -> list[Any]:
        """Every item of a list, page after page."""
        found, cursor = [], ""
        while True:
            page = self.read(f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = page["next"]


def program(owner: User, *scopes: str, reach: str = "all", **more: Any) -> Program:
    """A program of this person; without scopes it may do everything."""
    token, text = tokens.create(by=owner, name="Billing", scopes=scopes or SCOPES, reach=reach, **more)
    return Program(token, text, Client())


@pytest.fixture
def caller(alice) -> Program:
    """May do everything, on all cases."""
    return program(alice)


@pytest.fixture
def case(db):
    """A confirmed case with a refusal and its time limit."""
    made = docket.confirmed_case()
    docket.refused(made)
    return made


@pytest.fixture
def limit(case):
    """The time limit to answer the refusal."""
    return case.limits.get(rule_id="pat.oa.response")


@pytest.fixture
def other(db):
    return make.case("2024000777", law="trademark", title="別件", own_reference="TM-7")
