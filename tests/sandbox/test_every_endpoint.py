"""All 42 endpoints over real HTTP: each answers a suitable case, and the client makes a typed reply of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from apiclient.documents.archive import read_bundle
from apiclient.jpo.catalogue import ENDPOINTS, Endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import MemoryLedger
from apiclient.sandbox import Sandbox
from apiclient.sandbox.routes import bucket_of, parsed
from apiclient.sandbox.world import Sight
from tests.sandbox.conftest import NOW

LIMITS = replace(policy(), per_minute={"domestic": 10**6, "opd": 10**6})
each_endpoint = pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.bucket_name)


@pytest.fixture(scope="module")
def office() -> Iterator[Sandbox]:
    with Sandbox(seed=7, cases=1500, now=NOW, edge_seconds=0) as office:
        yield office


@pytest.fixture(scope="module")
def client(office: Sandbox) -> Iterator[JpoClient]:
    ledger = MemoryLedger(LIMITS)
    client = JpoClient(office.url, office.username, office.password, ledger, LIMITS, clock=office.now)
    yield client
    client.close()


def suits(sight: Sight) -> bool:
    """A case that has been refused, answered and registered has something of everything."""
    codes = {act.code for act in sight.acts if act.available}
    return {"A131", "A53"} <= codes and sight.registered_on is not None


def suitable(office: Sandbox, row: Endpoint) -> tuple[str, ...]:
    sight = next(one for one in office.cases(row.law, 2000) if suits(one))
    number = sight.case.number
    by_name: dict[str, Callable[[], tuple[str, ...]]] = {
        "applicant code": lambda: (sight.case.applicants[0].code,),
        "applicant name": lambda: (sight.case.applicants[0].name,),
        "application number": lambda: (number,),
        "DOCDB application number": lambda: (f"JP.{number}.A",),
    }
    if row.name == "pct_national_phase_application_number":
        international = office.cases("patent", 1, kind="pct")[0].case.international
        assert international
        return "international_application", international.application_number
    if row.parameters[0].name == "kind of number":
        return "application", f"JP.{number}.A" if row.group == "opd" else number
    arguments = by_name[row.parameters[0].name]()
    if len(row.parameters) == 2:
        opinion = next(act for act in sight.acts if act.code == "A53")
        arguments += (f"Written_Opinion_{opinion.number}_JP",)
    return arguments


@each_endpoint
def test_every_endpoint_answers_a_suitable_case_and_its_reply_is_typed(
    office: Sandbox, client: JpoClient, row: Endpoint
) -> None:
    answer = client.call(row, *suitable(office, row))
    assert answer.outcome is Outcome.OK, answer.message
    assert not answer.problems and answer.attempts == 1
    if row.reply is None:
        assert row.is_document and is_whole(answer)
    else:
        assert isinstance(answer.reply, row.reply)
        assert answer.remaining is not None


def is_whole(answer: Answer) -> bool:
    if answer.endpoint.answer == "pdf":
        return answer.body.startswith(b"%PDF-") and answer.body.rstrip().endswith(b"%%EOF")
    bundle = read_bundle(answer.body)
    return bool(bundle.members) and not bundle.problems


@each_endpoint
def test_the_sandboxs_path_of_a_row_is_the_catalogues(row: Endpoint) -> None:
    path = row.url_path(*(parameter.example for parameter in row.parameters))
    query = parsed(path)
    assert query and query.endpoint is row and bucket_of(path) == row.bucket_name
    assert query.arguments == tuple(parameter.example for parameter in row.parameters)
    assert parsed(path + "/more") is None and parsed(row.path) is None
    assert parsed(path.replace("/v1/", "/v2/")) is None
    other = path.replace("/opdapi/", "/api/") if row.group == "opd" else path.replace("/api/", "/opdapi/")
    assert parsed(other) is None


UNKNOWN = {
    "application number": "2011000001",
    "applicant code": "999999999",
    "applicant name": "いない株式会社",
    "DOCDB application number": "JP.2011000001.A",
    "international number": "JP2011000001",
    "number": "2011000001",
    "DOCDB number": "JP.2011000001.A",
}


@each_endpoint
def test_every_endpoint_answers_that_it_does_not_know_a_number_and_counts_it(
    office: Sandbox, client: JpoClient, row: Endpoint
) -> None:
    arguments = tuple(UNKNOWN.get(one.name, one.example) for one in row.parameters)
    before = office.office.counters.used(office.today()).get(row.bucket_name, 0)
    assert client.call(row, *arguments).outcome is Outcome.EMPTY
    assert office.office.counters.used(office.today())[row.bucket_name] == before + 1


def refused(office: Sandbox, client: JpoClient, row: Endpoint, *arguments: str) -> str:
    """The office's code for arguments our own client would not send."""
    path = "/".join([row.path, *(re.sub(":", "%3A", one) for one in arguments)])
    token = client._office.tokens.current()
    body = office.office.answer(path, f"Bearer {token}").body.decode()
    found = re.search(r'statusCode(?:>|":")([0-9]+)', body)
    return found[1] if found else body[:80]


@each_endpoint
def test_a_forbidden_character_is_refused_and_a_misshapen_value_where_the_office_looks(
    office: Sandbox, client: JpoClient, row: Endpoint
) -> None:
    good = [parameter.example for parameter in row.parameters]
    assert refused(office, client, row, *good[:-1], "20:20") == "208"
    looks = row.parameters[0].name == "kind of number" or row.group == "opd"
    misshapen = ["x", *good[1:]]
    assert refused(office, client, row, *misshapen) == ("204" if looks else "107")
