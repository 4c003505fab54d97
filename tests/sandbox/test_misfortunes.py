"""Whatever comes over the line, the project's client ends in a named outcome and its readers stay upright."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from apiclient.documents.archive import read_bundle
from apiclient.documents.notice import read_notice
from apiclient.jpo.catalogue import endpoint_named, policy
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import MemoryLedger
from apiclient.sandbox import Sandbox
from apiclient.sandbox.faults import KINDS
from tests.sandbox.conftest import NOW, Caller

OPINIONS = "patent/app_doc_cont_opinion_amendment"
ASKED = {  # one endpoint for each sort of answer
    "json": "patent/app_progress",
    "xml": "opd/global_doc_list",
    "zip": OPINIONS,
    "opd zip": "opd/jp_doc_cont",
    "pdf": "opd/global_doc_cont",
}
DOWN, UNREADABLE, OK = Outcome.DOWN, Outcome.UNREADABLE, Outcome.OK
EVERYWHERE = {
    "slow": OK,
    "drop": DOWN,
    "cut": DOWN,
    "garbage": UNREADABLE,
    "wrong_encoding": UNREADABLE,
    "html": DOWN,
    "html_200": DOWN,
    "203": Outcome.DAILY_LIMIT,
    "210": Outcome.AUTH,
    "302": Outcome.TIMEOUT,
    "303": Outcome.BUSY,
    "999": DOWN,
    "no_counter": OK,
    "low_counter": OK,
    "json_types": UNREADABLE,
    "large": OK,
}
# A page or a document of XML where data belongs comes from something before the office.
IN_TEXT = {"xml_entities": (DOWN, UNREADABLE), "xml_deep": (UNREADABLE, DOWN), "htm_script": (DOWN,)}
LIMITS = replace(policy(), per_minute={"domestic": 10**6, "opd": 10**6})


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(seed=7, cases=600, now=NOW, edge_seconds=0) as office:
        yield office


@pytest.fixture
def office(shared: Sandbox) -> Iterator[Sandbox]:
    yield shared
    shared.clear_faults()
    shared.reset_counters()


def a_client(office: Sandbox) -> JpoClient:
    return JpoClient(
        office.url,
        office.username,
        office.password,
        MemoryLedger(LIMITS),
        LIMITS,
        clock=office.now,
        sleep=lambda _seconds: None,
    )


def ask(office: Sandbox, name: str) -> Answer:
    opinions = (
        (sight, act) for sight in office.cases("patent", 50) for act in sight.acts if act.code == "A53"
    )
    sight, opinion = next(opinions)
    number = sight.case.number
    docdb = f"JP.{number}.A"
    arguments = {
        "opd/global_doc_list": (docdb,),
        "opd/jp_doc_cont": (docdb, f"Written_Opinion_{opinion.number}_JP"),
        "opd/global_doc_cont": (docdb, f"Written_Opinion_{opinion.number}_JP"),
    }.get(name, (number,))
    client = a_client(office)
    try:
        return client.call(endpoint_named(name), *arguments)
    finally:
        client.close()


@pytest.mark.parametrize("sort", ASKED)
@pytest.mark.parametrize("kind", KINDS)
def test_every_misfortune_ends_in_a_named_outcome(office: Sandbox, kind: str, sort: str) -> None:
    name = ASKED[sort]
    office.fault(kind, endpoint=name, times=None, seconds=0.01)
    answer = ask(office, name)
    if kind in EVERYWHERE:
        assert answer.outcome is EVERYWHERE[kind]
    elif "zip" in sort:
        assert answer.outcome is OK  # the archive itself is judged by who opens it
    elif kind.startswith("zip"):
        assert answer.outcome in (OK, UNREADABLE)
    else:
        assert answer.outcome in IN_TEXT[kind]
    silent = kind.isdigit() or answer.outcome is OK
    assert answer.problems or silent or answer.message
    if answer.outcome is OK and kind.startswith("zip") and sort == "pdf":
        assert answer.problems  # an archive instead of a page is told


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith(("zip", "xml", "htm_"))])
def test_a_hostile_archive_is_read_as_far_as_can_be_and_told_of(office: Sandbox, kind: str) -> None:
    office.fault(kind, endpoint=OPINIONS)
    hostile = ask(office, OPINIONS).body
    honest = ask(office, OPINIONS).body
    read, true = read_bundle(hostile), {member.sha256 for member in read_bundle(honest).members}
    assert true and not read_bundle(honest).problems
    if kind != "zip_cut":
        assert true <= {member.sha256 for member in read.members}
    if kind.startswith("zip"):
        assert read.problems
    for member in read.members:
        if member.sha256 not in true:
            notice = read_notice(member, "patent")
            assert not notice.readable or notice.problems or kind == "htm_script"
            assert "root:" not in str(notice)  # nothing of this machine's files


def test_a_counter_may_be_missing_or_lower_than_ours(office: Sandbox) -> None:
    client = a_client(office)
    row = endpoint_named("patent/app_progress")
    number = office.cases("patent", 1)[0].case.number
    office.fault("no_counter", endpoint=row.bucket_name)
    assert client.call(row, number).remaining is None
    office.fault("low_counter", endpoint=row.bucket_name)
    answer = client.call(row, number)
    assert answer.remaining == (row.observed_limit - 2) // 2
    assert client.call(row, number).remaining == row.observed_limit - 3  # the office's own again
    client.close()


# Documents at an address


@pytest.fixture
def caller(office: Sandbox) -> Iterator[Caller]:
    caller = Caller(office)
    yield caller
    caller.session.close()


def address(caller: Caller) -> str:
    number = caller.office.cases("patent", 1, "answered")[0].case.number
    caller.office.fault("large", endpoint=OPINIONS)
    return str(caller.data(f"/api/patent/v1/app_doc_cont_opinion_amendment/{number}")["URL"])


def test_large_documents_lie_at_an_address_for_five_minutes_and_cost_nothing(caller: Caller) -> None:
    url = address(caller)
    assert re.fullmatch(
        rf"{caller.office.url}/_storage/docContOpinionAmendment_\d+_\d+\.zip\?signature=\w+", url
    )
    used = caller.office.office.counters.used(caller.office.today())
    reply = requests.get(url, timeout=10)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/zip")
    assert read_bundle(reply.content).members
    assert caller.office.office.counters.used(caller.office.today()) == used
    caller.office.advance(seconds=301)
    late = requests.get(url, timeout=10)
    caller.office.advance(seconds=-301)
    assert (late.status_code, "<Code>AccessDenied</Code>" in late.text) == (403, True)


@pytest.mark.parametrize("wrong", ["?signature=0", "?signature=é", ""])
def test_an_address_without_its_signature_is_refused(caller: Caller, wrong: str) -> None:
    reply = requests.get(address(caller).partition("?")[0] + wrong, timeout=10)
    assert (reply.status_code, "<Code>AccessDenied</Code>" in reply.text) == (403, True)


def test_who_shows_the_offices_token_to_the_storage_is_refused(caller: Caller) -> None:
    path = address(caller).removeprefix(caller.office.url)
    assert caller.get(path).status_code == 400


def test_the_client_fetches_what_lies_at_an_address(office: Sandbox) -> None:
    office.fault("large", endpoint=OPINIONS)
    fetched, direct = ask(office, OPINIONS), ask(office, OPINIONS)
    assert fetched.outcome is direct.outcome is OK
    shas = [{member.sha256 for member in read_bundle(answer.body).members} for answer in (fetched, direct)]
    assert shas[0] == shas[1] != set()


def test_a_misfortune_at_the_storage_is_named_too(office: Sandbox) -> None:
    office.fault("large", endpoint=OPINIONS)
    office.fault("html_200", "/_storage/")
    answer = ask(office, OPINIONS)
    assert answer.outcome is UNREADABLE and answer.problems


def test_the_kinds_there_are_can_be_asked_for(caller: Caller) -> None:
    listed = caller.session.get(f"{caller.office.url}/_sandbox/faults", timeout=10).json()
    assert listed["kinds"] == dict(KINDS) and listed["faults"] == []
