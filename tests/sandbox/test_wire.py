"""The sandbox's answers have the shape of the office's own: same keys, same order, same kinds of value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apiclient.jpo.catalogue import ENDPOINTS
from apiclient.sandbox import Sandbox
from apiclient.sandbox.counters import OBSERVED_LIMITS
from tests.sandbox.conftest import RECORDINGS, Caller

needs_recordings = pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not here")
LAWS = ("patent", "design", "trademark")


def shape(value: Any) -> Any:
    """Keys in order and types, each list reduced to the distinct shapes of its elements."""
    if isinstance(value, dict):
        if value and all(key.isdigit() for key in value):
            return {"0…": {type(one) for one in value.values()}}
        return [(key.rstrip("'"), shape(one)) for key, one in value.items()]
    if isinstance(value, list):
        return {"list": [shape(one) for one in value]}
    return type(value)


def agree(ours: Any, theirs: Any, where: str = "") -> None:
    """Fail where `ours` has a shape `theirs` has not; empty lists and objects agree with any of theirs."""
    if isinstance(ours, list) and isinstance(theirs, list):
        assert [key for key, _ in ours] == [key for key, _ in theirs] or not ours or not theirs, where
        for (key, mine), (_, other) in zip(ours, theirs, strict=False):
            agree(mine, other, f"{where}/{key}")
    elif isinstance(ours, dict) and "list" in ours and isinstance(theirs, dict):
        if theirs.get("list"):
            for one in ours["list"]:
                agree(one, theirs["list"][0], f"{where}[]")
    elif ours in ([], {"0…": {str}}) or theirs == []:
        assert isinstance(theirs, list | dict), where
    else:
        assert ours == theirs, where


def recorded(name: str) -> Any:
    return json.loads((RECORDINGS / name).read_bytes())


def a_number(office: Sandbox, law: str, stage: str) -> str:
    found = office.cases(law, 1, stage)
    assert found, f"the world of this seed shows no {stage} {law} case"
    return found[0].case.number


EXAMPLES = [
    *(
        (law, name, "")
        for law in LAWS
        for name in ("app_progress", "app_progress_simple", "registration_info")
    ),
    *((law, "case_number_reference", "application/") for law in LAWS),
    *((law, "jpp_fixed_address", "") for law in LAWS),
    ("patent", "cite_doc_info", ""),
    ("patent", "divisional_app_info", ""),
    *((law, "priority_right_app_info", "") for law in LAWS),
]


@needs_recordings
@pytest.mark.parametrize(("law", "name", "kind"), EXAMPLES)
def test_answers_have_the_shape_of_the_official_examples(
    caller: Caller, law: str, name: str, kind: str
) -> None:
    file = f"official-examples/{law}.{name}.http200.100.json"
    if not (RECORDINGS / file).exists():
        file = f"live/{law}.{name}.json"
    for sight in caller.office.cases(law, 40, "registered"):
        ours = caller.result(f"/api/{law}/v1/{name}/{kind}{sight.case.number}")
        if ours["statusCode"] == "100":
            agree(shape({"result": ours}), shape(recorded(file)), name)
            return
    pytest.fail("no case of this world answers")


@needs_recordings
@pytest.mark.parametrize(
    "file",
    [
        "patent.app_progress.2020123456.json",
        "patent.app_progress_simple.2020123456.json",
        "design.app_progress.2020015234.json",
        "trademark.app_progress.2024123456.json",
        "patent.registration_info.2020123456.json",
        "patent.cite_doc_info.2020123456.json",
    ],
)
def test_answers_have_the_shape_of_the_recordings(caller: Caller, file: str) -> None:
    law, name, _, _ = file.split(".")
    answered = 0
    for sight in caller.office.cases(law, 12):
        ours = caller.result(f"/api/{law}/v1/{name}/{sight.case.number}")
        if ours["statusCode"] == "100":
            answered += 1
            agree(shape({"result": ours}), shape(recorded(f"live/{file}")), name)
    assert answered


@needs_recordings
def test_bytes_are_laid_out_like_the_recorded_ones(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "registered")
    ours = caller.get(f"/api/patent/v1/app_progress/{number}").content
    theirs = (RECORDINGS / "live/patent.app_progress.2020123456.json").read_bytes()
    for written in (ours, theirs):
        again = json.dumps(json.loads(written), ensure_ascii=False, separators=(",", ":")).encode()
        assert again == written.strip()


@pytest.mark.parametrize("law", LAWS)
def test_every_scalar_is_a_string(caller: Caller, law: str) -> None:
    def scalars(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [one for part in value.values() for one in scalars(part)]
        if isinstance(value, list):
            return [one for part in value for one in scalars(part)]
        return [value]

    for sight in caller.office.cases(law, 10):
        result = caller.result(f"/api/{law}/v1/app_progress/{sight.case.number}")
        assert {type(one) for one in scalars(result)} == {str}


def test_every_endpoint_of_the_catalogue_is_served(caller: Caller) -> None:
    for row in (row for row in ENDPOINTS if row.scope != "opd"):
        number = a_number(caller.office, row.law, "registered")
        if row.parameters[0].name != "application number":
            arguments: tuple[str, ...] = tuple(parameter.example for parameter in row.parameters)
        else:
            arguments = (number,)
        reply = caller.get(row.url_path(*arguments))
        assert reply.status_code == 200, row.bucket_name
        if reply.headers["Content-Type"] == "application/json":
            assert reply.json()["result"]["statusCode"] in ("100", "107", "108"), row.bucket_name
        assert row.bucket_name in OBSERVED_LIMITS


def test_the_decision_to_grant_is_listed_twice_and_the_register_has_sentinels(caller: Caller) -> None:
    for sight in caller.office.cases("patent", 30, "registered"):
        data = caller.data(f"/api/patent/v1/app_progress/{sight.case.number}")
        blocks = {block["numberType"]: block for block in data["bibliographyInformation"]}
        codes = [row["documentCode"] for block in blocks.values() for row in block["documentList"]]
        if "C03" in codes:
            continue
        assert codes.count("A01") == 2
        assert {row["documentNumber"] for row in blocks["06"]["documentList"]} == {"99999999999"}
        assert "BBBBBBBBBBB" in {row["documentNumber"] for row in blocks["01"]["documentList"]}


def test_numbers_lead_back_to_the_application(caller: Caller) -> None:
    path = "/api/patent/v1/case_number_reference"
    for sight in caller.office.cases("patent", 15, "registered"):
        data = caller.data(f"{path}/application/{sight.case.number}")
        assert caller.data(f"{path}/registration/{data['registrationNumber']}") == data
        if data["publicationNumber"]:
            assert caller.data(f"{path}/publication/{data['publicationNumber']}") == data


def test_the_era_coded_publication_number_is_the_gregorian_one(caller: Caller) -> None:
    seen = 0
    for sight in caller.office.cases("patent", 30):
        data = caller.data(f"/api/patent/v1/app_progress/{sight.case.number}")
        coded, plain = data["publicationNumber"], data["ADPublicationNumber"]
        if plain:
            seen += 1
            assert int(plain[:4]) == {"4": 1988, "5": 2018}[coded[0]] + int(coded[1:3])
            assert coded[3:] == plain[4:] and plain[:4] == data["publicationDate"][:4]
        else:
            assert not coded and not data["publicationDate"]
    assert seen


def test_progress_and_register_tell_the_same(caller: Caller) -> None:
    for law in LAWS:
        for sight in caller.office.cases(law, 10, "registered") + caller.office.cases(law, 3, "lapsed"):
            progress = caller.data(f"/api/{law}/v1/app_progress/{sight.case.number}")
            register = caller.data(f"/api/{law}/v1/registration_info/{sight.case.number}")
            for key in ("registrationNumber", "registrationDate", "expireDate", "disappearanceDate"):
                assert progress[key] == register[key]
            assert (register["erasureIdentifier"] == "01") == bool(register["disappearanceDate"])


def test_before_registration_there_is_no_register(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "notice")
    assert caller.result(f"/api/patent/v1/registration_info/{number}")["statusCode"] == "107"
