"""The project's own client and readers, pointed at the sandbox by its address alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apiclient.documents.archive import read_bundle
from apiclient.documents.notice import read_notice
from apiclient.jpo.catalogue import endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Outcome
from apiclient.quota import MemoryLedger
from apiclient.sandbox import Sandbox

RESIDENT_DAYS = {"patent": 60, "design": 40, "trademark": 40}


@pytest.fixture
def client(office: Sandbox) -> JpoClient:
    limits = replace(policy(), per_minute={"domestic": 100_000, "opd": 100_000})
    ledger = MemoryLedger(limits)
    return JpoClient(office.url, office.username, office.password, ledger, limits, clock=office.now)


@pytest.mark.parametrize("law", ["patent", "design", "trademark"])
def test_the_client_finds_nothing_odd_in_the_answers(office: Sandbox, client: JpoClient, law: str) -> None:
    for sight in office.cases(law, 25):
        for name in ("app_progress", "app_progress_simple", "registration_info"):
            answer = client.call(endpoint(law, name), sight.case.number)
            assert answer.outcome in (Outcome.OK, Outcome.EMPTY)
            assert not answer.problems


@pytest.mark.parametrize("kind", ["pct", "national_priority", "divisional"])
def test_the_client_finds_nothing_odd_in_patents_that_come_from_others(
    office: Sandbox, client: JpoClient, kind: str
) -> None:
    names = ("app_progress", "divisional_app_info", "priority_right_app_info", "registration_info")
    for sight in office.cases("patent", 20, kind=kind):
        for name in names:
            answer = client.call(endpoint("patent", name), sight.case.number)
            assert answer.outcome in (Outcome.OK, Outcome.EMPTY)
            assert not answer.problems


@pytest.mark.parametrize("law", ["patent", "design", "trademark"])
def test_the_reader_understands_every_notice(office: Sandbox, client: JpoClient, law: str) -> None:
    read = 0
    for sight in office.cases(law, 90):
        finals = {act.number: act.final for act in sight.acts if act.code == "A131" and act.available}
        if not finals:
            continue
        answer = client.call(endpoint(law, "app_doc_cont_refusal_reason"), sight.case.number)
        notices = [read_notice(member, law) for member in read_bundle(answer.body).members]
        assert {notice.document_number for notice in notices} == set(finals)
        for notice in notices:
            read += 1
            assert notice.readable and not notice.problems and notice.articles and notice.period
            wanted = (3, "month") if sight.case.overseas else (RESIDENT_DAYS[law], "day")
            if law == "patent":
                assert notice.final == finals[notice.document_number or ""]
            assert (notice.period.n, str(notice.period.unit)) == wanted
    assert read > 3
