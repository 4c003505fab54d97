"""Anything may come: nothing breaks the API, and each answer is what its description says.

FUZZ_EXAMPLES=500 pytest tests/api/test_fuzz.py looks further than each run of the tests does.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from dossiers.api import description
from dossiers.docketing import instructions
from tests import make
from tests.pages import docket

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
_CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
OPERATIONS = [
    (path, method) for path, methods in description.written()["paths"].items() for method in methods
]


@pytest.fixture(autouse=True)
def _one_transaction(real):
    """As in Django's own test client, a request does not close the connection that the test goes on with."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def real(caller, alice, bob, case, limit) -> dict[str, Any]:
    """Parts of addresses that lead somewhere: with made-up ones alone, nothing but 404 would be tried."""
    event = limit.event
    paper = docket.paper(event, docket.notice(case).to_json())
    instructions.give(case, by=bob, about="any", text="先に分割")
    one = make.watchlist(alice, case)
    made = caller.post("imports", {"rows": [{"number": "特願2021-000456"}]}).json()
    return {
        "law": "patent",
        "number": case.application_number,
        "document": event.pk,
        "file": paper.pk,
        "limit": limit.pk,
        "list_id": str(one.pk),
        "import_id": made["id"],
    }


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda one: one.name)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_nothing_that_is_sent_breaks_it(caller, real, request, path, method, mode):
    request.getfixturevalue("settings").API_PER_MINUTE = 1_000_000
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    operation = schema[path][method]
    headers = {"Authorization": f"Bearer {caller.text}"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), at_home=st.booleans())
    def sent(case: Any, at_home: bool) -> None:
        if at_home:
            known = {name: real[name] for name in case.path_parameters or {} if name in real}
            case.path_parameters = {**(case.path_parameters or {}), **known}
        with transaction.atomic():
            asked = _CHECKS if not at_home else _CHECKS[:-1]  # what was negative may be positive by now
            case.call_and_validate(headers=headers, checks=asked)
            transaction.set_rollback(True)

    sent()
