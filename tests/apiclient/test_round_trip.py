"""What the office writes is what the reader holds, field by field, and what goes wrong is never silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.clock import JST
from apiclient.jpo.catalogue import ENDPOINTS, Endpoint, endpoint_named, policy
from apiclient.jpo.client import JpoClient
from apiclient.jpo.envelope import Reading, read
from apiclient.jpo.fields import Extra
from apiclient.jpo.keys import KEYS, missing
from apiclient.jpo.replies import Progress
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import MemoryLedger
from apiclient.sandbox import Sandbox
from apiclient.sandbox.relations import KINDS
from tests.apiclient.office_form import TABLES, as_sent, differences

Place = tuple[str | int, ...]
JSON_ENDPOINTS = sorted(
    row.bucket_name for row in ENDPOINTS if row.group == "domestic" and not row.is_document
)
LAWS = ("patent", "design", "trademark")

# Without these at the top it is no reply of its kind.
ESSENTIAL = {
    "applicationNumber",
    "URL",
    "applicantAttorneyName",
    "bibliographyInformation",
    "patentDoc",
    "nonPatentDoc",
}
ESSENTIAL_TO = {
    "applicant_attorney": "applicantAttorney",
    "divisional_app_info": "divisionalApplicationInformation",
    "priority_right_app_info": "priorityRightInformation",
}


def asked_for(row: Endpoint, data: dict[str, Any]) -> tuple[str, ...]:
    """Arguments to which `data` is an answer."""
    if row.name in ("applicant_attorney", "applicant_attorney_cd", "pct_national_phase_application_number"):
        return tuple(parameter.example for parameter in row.parameters)
    number = (
        data["URL"].split("/JP-")[1][:11].replace("-", "") if "URL" in data else data["applicationNumber"]
    )
    return (number,) if len(row.parameters) == 1 else ("application", number)


def reading(row: Endpoint, arguments: tuple[str, ...], data: Any) -> Reading:
    result = {"statusCode": "100", "errorMessage": "", "remainAccessCount": "99", "data": data}
    return read(row, arguments, 200, json.dumps({"result": result}, ensure_ascii=False).encode())


def objects(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where the objects of a reply stand, the lists in disguise left out."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from objects(item, (*place, position))
    elif isinstance(value, dict) and place[-1:] not in (("viennaClass",), ("transliteration",)):
        yield place
        for key, item in value.items():
            yield from objects(item, (*place, key))


def spelt(place: Place) -> str:
    """A place as problems and extras name it: a.b[1].c, counted from 1."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    # The office's own misspelling is told by its right name.
    return text.replace("DecisiondDate", "DecisionDate")


def at(data: Any, place: Place) -> Any:
    for step in place:
        data = data[step]
    return data


def is_essential(row: Endpoint, place: Place) -> bool:
    return len(place) == 1 and (place[0] in ESSENTIAL or place[0] == ESSENTIAL_TO.get(row.name))


@st.composite
def replies(draw: st.DrawFn) -> tuple[Endpoint, tuple[str, ...], dict[str, Any]]:
    name = draw(st.sampled_from(JSON_ENDPOINTS))
    data = draw(as_sent(TABLES[name]))
    return endpoint_named(name), asked_for(endpoint_named(name), data), data


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[Endpoint, tuple[str, ...], dict[str, Any], dict[str, Any], Place]:
    """A whole reply, a copy that may be spoilt, and the place of one of its keys."""
    row, arguments, data = draw(replies())
    place = draw(st.sampled_from([(*where, key) for where in objects(data) for key in at(data, where)]))
    return row, arguments, data, json.loads(json.dumps(data)), place


def test_every_json_endpoint_has_its_table_of_keys_and_the_reader_knows_them_all() -> None:
    assert sorted(TABLES) == sorted(KEYS) == JSON_ENDPOINTS


@pytest.mark.parametrize("name", JSON_ENDPOINTS)
@given(st.data())
@settings(max_examples=20)
def test_a_reply_is_read_field_by_field(name: str, drawn: st.DataObject) -> None:
    row, data = endpoint_named(name), drawn.draw(as_sent(TABLES[name]))
    found = reading(row, asked_for(row, data), data)
    assert (found.outcome, found.problems) == (Outcome.OK, ())
    assert found.reply is not None and found.reply.extras == ()
    assert list(differences(data, found.reply, TABLES[row.bucket_name])) == []
    hash(found.reply)  # frozen all the way down


@given(spoilt())
def test_a_key_gone_missing_is_survived_and_told(case: Any) -> None:
    row, arguments, data, copy, place = case
    del at(copy, place[:-1])[place[-1]]
    found = reading(row, arguments, copy)
    assert f"{spelt(place)}: the key is missing" in found.problems or place[:-1] == _emptied(copy, place)
    if is_essential(row, place):
        assert found.outcome is Outcome.UNREADABLE and found.reply is None
    elif str(place[-1]).startswith("AD"):
        assert found.reply == reading(row, arguments, data).reply, "the era-coded number tells it, too"
    else:
        assert found.outcome is Outcome.OK
        assert list(differences(copy, found.reply, TABLES[row.bucket_name])) == []


def _emptied(copy: Any, place: Place) -> Place | None:
    """The place of the object that has no key left, which is how the office writes that there is none."""
    return place[:-1] if len(place) > 1 and not at(copy, place[:-1]) else None


@given(spoilt())
def test_a_misprinted_key_is_read_and_told(case: Any) -> None:
    row, arguments, data, copy, place = case
    holder = at(copy, place[:-1])
    holder[f"{place[-1]}'"] = holder.pop(place[-1])
    found = reading(row, arguments, copy)
    assert found.reply == reading(row, arguments, data).reply
    assert len(found.problems) == 1 and "misprinted" in found.problems[0]


@given(spoilt(), st.sampled_from(["新", ["新"], {"新": "1"}, [{"新": ["1"]}], 7, True, "新" * 400]))
def test_an_unknown_key_is_kept_whole_and_told(case: Any, value: Any) -> None:
    row, arguments, data, copy, place = case
    at(copy, place[:-1])["responseDueDate"] = value
    found = reading(row, arguments, copy)
    where = spelt((*place[:-1], "responseDueDate"))
    assert found.reply is not None
    assert found.reply.extras == (Extra(where, json.dumps(value, ensure_ascii=False)),)
    assert replace(found.reply, extras=()) == reading(row, arguments, data).reply
    assert len(found.problems) == 1 and where in found.problems[0]


@given(
    spoilt(), st.sampled_from(["印7", ["印7"], {"印7": "1"}, {"a": ["印7"]}, [["印7"]], 87123, 0.87123, True])
)
@settings(max_examples=200)
def test_a_value_of_another_kind_is_kept_or_the_reply_refused_but_never_lost(case: Any, value: Any) -> None:
    row, arguments, _, copy, place = case
    at(copy, place[:-1])[place[-1]] = value
    found = reading(row, arguments, copy)
    if found.outcome is Outcome.UNREADABLE:
        assert found.reply is None and found.problems
        return
    assert found.outcome is Outcome.OK
    assert any(mark in repr(found.reply) for mark in ("印7", "87123", "'true'"))
    assert found.problems or isinstance(value, str | list), "text, and lists, may fit elsewhere"


@given(spoilt())
def test_null_is_read_as_nothing(case: Any) -> None:
    row, arguments, data, copy, place = case
    blank: Any = "" if isinstance(at(data, place), str) else type(at(data, place))()
    at(copy, place[:-1])[place[-1]] = None
    with_null = reading(row, arguments, copy)
    at(copy, place[:-1])[place[-1]] = blank
    assert with_null.outcome is Outcome.UNREADABLE or with_null.reply == reading(row, arguments, copy).reply


@given(
    replies(), st.sampled_from(["1", "第2020000001号", "２０２０１２３４５６", "202012345", "20201234567"])
)
def test_a_reply_whose_number_is_none_is_refused(reply: Any, number: str) -> None:
    row, arguments, data = reply
    if "applicationNumber" in data:
        for asked in (arguments, (*arguments[:-1], number)):
            found = reading(row, asked, {**data, "applicationNumber": number})
            assert found.outcome is Outcome.UNREADABLE and found.reply is None


@given(replies())
def test_a_reply_about_another_case_is_refused(reply: Any) -> None:
    row, arguments, data = reply
    another = (*arguments[:-1], str(int(arguments[-1]) + 1)) if arguments[-1].isdigit() else arguments
    found = reading(row, another, data)
    tells = "applicationNumber" in data or "URL" in data
    assert (found.outcome is Outcome.UNREADABLE) == (tells and another != arguments)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", ["registration", "publication"])
@pytest.mark.parametrize("told", ["7000002", ""])
def test_a_lookup_that_tells_another_number_is_refused(law: str, kind: str, told: str) -> None:
    row = endpoint_named(f"{law}/case_number_reference")
    data = dict.fromkeys(TABLES[row.bucket_name], "") | {"applicationNumber": "2020000001"}
    key = f"{kind}Number"
    if key not in data:
        return
    assert reading(row, (kind, "7000001"), {**data, key: "7000001"}).outcome is Outcome.OK
    found = reading(row, (kind, "7000001"), {**data, key: told})
    assert found.outcome is Outcome.UNREADABLE and "7000001" in found.problems[-1]


def test_a_publication_in_japanese_of_an_international_application_is_found_by_its_number() -> None:
    row = endpoint_named("patent/case_number_reference")
    data = dict.fromkeys(TABLES[row.bucket_name], "") | {"applicationNumber": "2020500001"}
    found = reading(row, ("publication", "2021500002"), {**data, "nationalPublicationNumber": "2021500002"})
    assert found.outcome is Outcome.OK


def test_the_address_of_another_cases_documents_is_refused() -> None:
    row = endpoint_named("patent/app_doc_cont_opinion_amendment")
    data = {"URL": "https://storage.example.com/docContOpinionAmendment_2020000002.zip?signature=secret"}
    found = reading(row, ("2020000001",), data)
    assert found.outcome is Outcome.UNREADABLE and found.reply is None
    assert "secret" not in repr(found)
    assert reading(row, ("2020000002",), data).reply is not None
    # How OPD would name such a file is not known.
    asked = ("JP.2020000001.A", "Written_Opinion_52000000002_JP")
    assert reading(endpoint_named("opd/jp_doc_cont"), asked, data).reply is not None


@pytest.mark.parametrize("name", JSON_ENDPOINTS)
def test_an_empty_reply_misses_every_key_of_its_endpoint(name: str) -> None:
    told = {key.replace("DecisiondDate", "DecisionDate") for key in TABLES[name]}
    assert set(missing({}, KEYS[name])) == told


# --- over real HTTP, from the sandbox

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=JST)
STAGES = (
    "unrequested",
    "examination",
    "notice",
    "answered",
    "allowed",
    "refused",
    "appeal",
    "decided",
    "withdrawn",
    "registered",
    "lapsed",
)
BY_APPLICATION = (
    "app_progress",
    "app_progress_simple",
    "registration_info",
    "jpp_fixed_address",
    "priority_right_app_info",
    "divisional_app_info",
    "cite_doc_info",
)


@pytest.fixture(scope="module")
def office() -> Iterator[Sandbox]:
    many = dict.fromkeys((row.bucket_name for row in ENDPOINTS), 100_000)
    with Sandbox(seed=7, cases=3000, now=NOW, edge_seconds=0, limits=many) as office:
        yield office


@pytest.fixture(scope="module")
def client(office: Sandbox) -> JpoClient:
    many = {row.bucket_name: 100_000 for row in ENDPOINTS if row.raisable}
    limits = replace(policy(many), per_minute={"domestic": 100_000, "opd": 100_000})
    ledger = MemoryLedger(limits)
    return JpoClient(office.url, office.username, office.password, ledger, limits, clock=office.now)


def agrees(answer: Answer) -> bool:
    """Whether there was anything to compare; fails where the typed reply and the bytes say two things."""
    if answer.outcome is Outcome.EMPTY:
        return False
    assert (answer.outcome, answer.problems) == (Outcome.OK, ()), answer.endpoint.bucket_name
    raw = json.loads(answer.body)["result"]["data"]
    assert list(differences(raw, answer.reply, TABLES[answer.endpoint.bucket_name])) == []
    return True


def all_read_back(client: JpoClient, law: str, number: str) -> set[str]:
    """The endpoints that had something to say of the case, each read back field by field."""
    rows = {row.name: row for row in ENDPOINTS if row.scope == law and row.bucket_name in TABLES}
    asked = [(rows[name], (number,)) for name in BY_APPLICATION if name in rows]
    progress = client.call(rows["app_progress"], number).reply
    assert isinstance(progress, Progress)
    published = progress.publication_number or progress.national_publication_number
    known = {
        "application": number,
        "registration": progress.registration_number,
        "publication": published,
        "international_application": progress.international_application_number,
        "international_publication": progress.international_publication_number,
    }
    for kind, its_number in known.items():
        pct = kind.startswith("international")
        name = "pct_national_phase_application_number" if pct else "case_number_reference"
        if its_number:
            asked.append((rows[name], (kind, its_number)))
    for party in progress.parties:
        asked.append((rows["applicant_attorney_cd"], (party.code,)))
        asked.append((rows["applicant_attorney"], (party.name,)))
    return {row.name for row, arguments in asked if agrees(client.call(row, *arguments))}


@pytest.mark.parametrize("law", LAWS)
def test_what_the_sandbox_serves_is_read_back_field_by_field(
    office: Sandbox, client: JpoClient, law: str
) -> None:
    sights = [sight for stage in STAGES for sight in office.cases(law, 3, stage)]
    if law == "patent":
        sights += [sight for kind in KINDS for sight in office.cases(law, 6, kind=kind)]
    answered = set[str]().union(*(all_read_back(client, law, sight.case.number) for sight in sights))
    assert answered == {row.name for row in ENDPOINTS if row.scope == law and row.bucket_name in TABLES}


def test_relatives_and_claims_of_the_sandboxs_cases_are_there_to_be_compared(
    office: Sandbox, client: JpoClient
) -> None:
    row = endpoint_named("patent/app_progress")
    found = {
        kind: [client.call(row, sight.case.number).reply for sight in office.cases("patent", 6, kind=kind)]
        for kind in KINDS
    }
    assert all(reply.international_application_number for reply in found["pct"])
    assert all(reply.priorities[0].national_date for reply in found["national_priority"])
    assert all(reply.parent and len(reply.divisionals) > 1 for reply in found["divisional"])
