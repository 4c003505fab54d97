"""Everything the real office has been seen to send is read without loss."""

import json
import re
from pathlib import Path

import pytest

from apiclient.jpo.catalogue import ENDPOINTS, endpoint
from apiclient.jpo.envelope import read
from apiclient.jpo.replies import Download
from apiclient.outcomes import Outcome
from tests.apiclient.office_form import TABLES, differences

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings"
KNOWN = {row.bucket_name: row for row in ENDPOINTS}
CODES = {"100": "ok", "107": "empty", "108": "no_body", "111": "out_of_range", "203": "daily_limit"}
CODES |= {"204": "bad_input", "208": "bad_input", "999": "down"}

COMMON = [
    ("common.http401.210.json", 401, "auth"),
    ("common.http429.303.json", 429, "busy"),
    ("common.http500.999.json", 500, "down"),
    ("common.http504.302.json", 504, "timeout"),
    ("common.http504.999.json", 504, "down"),
]

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not on this machine")


def row_of(path):
    """The endpoint that answered, from the name of the file; None where any may have."""
    if path.name.startswith("edge_cache."):
        return KNOWN["patent/app_progress_simple"]
    law, _, rest = path.name.partition(".")
    return KNOWN.get(f"{law}/{rest.partition('.')[0]}")


def files(pattern):
    found = sorted(path for path in RECORDINGS.glob(pattern) if row_of(path))
    return [pytest.param(path, id=path.name) for path in found]


def good_replies():
    return [
        *(param for param in files("official-examples/*.http200.100.json") if "doc_cont" not in param.id),
        *(param for param in files("live/*.json") if "not_found" not in param.id),
    ]


def arguments_for(row, data):
    """What was asked, from what the reply tells of its case."""
    named = re.search(r"JP-(\d{4})-(\d{6})/|_(\d{4})(\d{6})[.]zip", data.get("URL", ""))
    told = "".join(part for part in named.groups() if part) if named else "2020008423"
    number = data.get("applicationNumber", told)
    return (number,) if len(row.parameters) == 1 else ("application", number)


def parse(row, document):
    data = document["result"]["data"]
    return read(row, arguments_for(row, data), 200, json.dumps(document).encode())


def leaves(value, path=()):
    """(path, text) of every scalar that says something."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    elif value.strip():
        yield path, value


def changed(text):
    """A text of the same shape that says something else."""
    if text.isdigit() and len(text) == 8:
        return f"{text[:7]}{(int(text[7]) + 1) % 8 + 1}" if text[6:] != "30" else text[:6] + "29"
    if text in {"0", "1"}:
        return str(1 - int(text))
    return text[:-1] + str((int(text[-1]) + 1) % 10) if text[-1].isdigit() else text + "改"


def with_leaf(document, path, text):
    copy = json.loads(json.dumps(document))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = text
    return copy


def test_every_file_is_some_endpoints_and_every_endpoint_has_its_examples():
    examples = sorted((RECORDINGS / "official-examples").iterdir())
    common = [path.name for path in examples if row_of(path) is None]
    assert (len(examples), common) == (193, [name for name, _, _ in COMMON])
    assert all(row_of(path) for path in (RECORDINGS / "live").iterdir())
    named = {path.name for path in examples}
    for row in (row for row in ENDPOINTS if row.group == "domestic"):
        good = {"100"} if row.answer == "json" else set()
        for code in {"107", "203", "208", "999"} | good:
            assert f"{row.law}.{row.name}.http200.{code}.json" in named
    read = {param.id for param in (*files("official-examples/*.json"), *files("live/*"))}
    assert len(read) == 188 + 18


@pytest.mark.parametrize("path", good_replies())
def test_a_recorded_reply_is_read(path):
    found = parse(row_of(path), json.loads(path.read_bytes()))
    assert found.outcome is Outcome.OK and found.reply is not None
    assert found.reply.extras == ()
    data = json.loads(path.read_bytes())["result"]["data"]
    assert list(differences(data, found.reply, TABLES[row_of(path).bucket_name])) == []
    assert all("misprinted" in problem for problem in found.problems), found.problems
    assert not found.problems or "official-examples" in str(path), "the live office prints its keys right"


@pytest.mark.parametrize("path", good_replies())
def test_every_value_of_a_recorded_reply_makes_a_difference(path):
    row, document = row_of(path), json.loads(path.read_bytes())
    data = document["result"]["data"]
    original = parse(row, document)
    lost = []
    for place, text in leaves(data):
        if place == ("applicationNumber",):
            continue
        reread = parse(row, with_leaf(document, ("result", "data", *place), changed(text)))
        if reread.reply == original.reply:
            lost.append(place)
    assert lost == []


@pytest.mark.parametrize("path", files("official-examples/*.json"))
def test_every_official_example_has_its_outcome(path):
    row, code = row_of(path), path.name.split(".")[-2]
    sent = path.read_bytes()
    result = json.loads(sent)["result"]
    found = read(row, arguments_for(row, result.get("data") or {}), 200, sent)
    assert (found.status_code, found.message) == (code, result["errorMessage"])
    assert found.remaining == (int(result["remainAccessCount"]) if result["remainAccessCount"] else None)
    if row.is_document and code == "100":
        assert isinstance(found.reply, Download)
    else:
        assert found.outcome == CODES[code]


@pytest.mark.parametrize(("name", "http", "outcome"), COMMON)
def test_common_errors(name, http, outcome):
    sent = (RECORDINGS / "official-examples" / name).read_bytes()
    assert read(endpoint("design", "app_progress"), ("2020123456",), http, sent).outcome == outcome


def test_a_number_that_does_not_exist_is_empty_and_carries_the_counter():
    sent = (RECORDINGS / "live" / "patent.app_progress.not_found.json").read_bytes()
    found = read(endpoint("patent", "app_progress"), ("2020999999",), 200, sent)
    assert found.outcome is Outcome.EMPTY and found.remaining == 786


@pytest.mark.parametrize("path", files("live/*.zip"))
def test_recorded_bundles_are_zips(path):
    assert read(row_of(path), ("2020123456",), 200, path.read_bytes()).outcome is Outcome.OK
