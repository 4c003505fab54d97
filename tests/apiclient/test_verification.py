"""The office compared with the sandbox: what is alike is passed over, every difference of shape is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from apiclient.jpo.catalogue import ENDPOINTS, endpoint
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Outcome
from apiclient.sandbox import Sandbox
from apiclient.verification import (
    Question,
    Reference,
    differences,
    kind_of,
    questions_about,
    reference_office,
    sandbox_answers,
    shape,
    verify,
)

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "live"
PROGRESS = endpoint("patent", "app_progress")
KNOWN = {row.bucket_name: row for row in ENDPOINTS}


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Sandbox, JpoClient]]:
    with reference_office() as pair:
        yield pair


@pytest.fixture
def office(pair) -> Sandbox:
    return pair[0]


@pytest.fixture
def client(pair) -> JpoClient:
    return pair[1]


def reference_for(office, client, *rows, sample=25):
    return Reference.of(sandbox_answers(office, client, rows, sample))


def numbers(office, count, law="patent"):
    return [sight.case.number for sight in office.cases(law, count)]


def question(number, row=PROGRESS):
    return Question(row, (number,))


def test_an_office_like_the_sandbox_shows_no_difference(office, client):
    rows = [PROGRESS, endpoint("patent", "app_doc_cont_refusal_reason"), endpoint("patent", "cite_doc_info")]
    reference = reference_for(office, client, *rows)
    asked = [question(number, row) for row in rows for number in numbers(office, 3)]
    report = verify(client.call, asked, budget=20, reference=reference)
    assert len(report.asked) == len(asked)
    assert report.differences == [] and report.problems == [] and report.unasked == []


def test_no_call_is_made_beyond_the_budget(office, client):
    asked = [question(number) for number in numbers(office, 5)]
    reference = reference_for(office, client, PROGRESS, sample=1)
    office.fault("999", "app_progress", times=2)
    report = verify(client.call, asked, budget=4, reference=reference)
    assert sum(answer.attempts for answer in report.asked) == 4, "two of the tries failed and count"
    assert [left for left, _ in report.unasked] == asked[2:]


def test_the_most_telling_questions_come_first():
    asked = questions_about({"patent": "2020123456", "design": "2020012345"}, dossier=True)
    named = [one.endpoint.bucket_name for one in asked]
    assert named[:2] == ["patent/app_progress", "design/app_progress"]
    assert "opd/family_list" in named[:10] and "design/cite_doc_info" not in named
    for one in asked:
        assert one.endpoint.url_path(*one.arguments)


def test_an_outcome_the_sandbox_was_never_seen_to_give_is_told(office, client):
    reference = reference_for(office, client, PROGRESS, sample=2)
    (answer,) = verify(client.call, [question("2020999999")], budget=1, reference=reference).asked
    assert answer.outcome is Outcome.EMPTY
    report = verify(client.call, [question("2020999998")], budget=1, reference=reference)
    assert [one.where for one in report.differences] == ["empty"]


def body(**data):
    return json.dumps({"result": {"statusCode": "100", "data": data}}).encode()


def told(theirs: bytes, *ours: bytes):
    shapes = [shape(one) for one in ours]
    seen: dict[str, frozenset[str]] = {}
    for one in shapes:
        for place, kinds in one.items():
            seen[place] = seen.get(place, frozenset()) | kinds
    always = frozenset.intersection(*map(frozenset, shapes))
    return [
        (one.where.removeprefix("/result/data"), one.sentence)
        for one in differences("x", shape(theirs), seen, always)
    ]


def test_keys_that_come_or_go_are_told_once_each():
    assert [where for where, _ in told(body(a="1", b={"c": "1", "d": "2"}), body(a="2"))] == ["/b"]
    assert [where for where, _ in told(body(a="1"), body(a="2", e=""), body(a="2", e="3"))] == ["/e"]


def test_a_value_of_another_kind_is_told():
    assert told(body(a=1), body(a="1")) != []
    assert told(body(a=None), body(a="1")) != []
    assert told(body(a="架空"), body(a="20200101")) != []
    assert told(body(a=["1"]), body(a="1")) != []


def test_what_the_sandbox_also_could_say_is_no_difference():
    assert told(body(a=""), body(a="20200101")) == [], "an empty form says nothing"
    assert told(body(a="20200101"), body(a="架空")) == [], "text may be digits"
    assert told(body(a=[]), body(a=[{"b": "1"}])) != [("/a", "")]
    assert told(body(a={"0": "x", "1": "y"}), body(a={"0": "x"})) == [], "a list in disguise may be longer"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "nothing"),
        ("20240227", "date"),
        ("2024-02-27", "ISO date"),
        ("20241399", "digits"),
        ("JPA 414433033", "code"),
        ("https://docket.example/a", "address"),
        ("架空", "text"),
    ],
)
def test_kinds_of_value(text, kind):
    assert kind_of(text) == kind


def test_numbers_in_file_names_are_no_difference(office, client):
    row = endpoint("trademark", "app_doc_cont_refusal_reason")
    places = [
        set(shape(answer.body))
        for answer in sandbox_answers(office, client, [row], 40)
        if answer.outcome is Outcome.OK
    ]
    assert {"99999999999P.HTM"} <= set.union(*places)


@pytest.mark.parametrize("sent", [b"", b"hello", b"\xff\xfe", b"{", b"<a", b"<a><b></a>"])
def test_a_body_without_a_shape_is_said_to_have_none(sent):
    with pytest.raises(ValueError):
        shape(sent)


def recorded():
    files = sorted(RECORDINGS.glob("*.*"))
    return [path for path in files if ".".join(path.name.split(".")[:2]).replace(".", "/", 1) in KNOWN]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not on this machine")
@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.name)
def test_the_sandbox_has_the_shape_of_what_was_recorded(office, client, path):
    law, name, _ = path.name.split(".", 2)
    row = KNOWN[f"{law}/{name}"]
    answers = list(sandbox_answers(office, client, [row], 60))
    if "not_found" in path.name:
        answers = [client.call(row, "2020999999")]
    outcome = Outcome.EMPTY if "not_found" in path.name else Outcome.OK
    reference = Reference.of(answers)
    key = (row.bucket_name, outcome)
    found = differences(row.bucket_name, shape(path.read_bytes()), reference.seen[key], reference.always[key])
    assert [(one.where, one.sentence) for one in found] == []
