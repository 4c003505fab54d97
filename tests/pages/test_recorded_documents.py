"""The office's recorded bundles as people read them: in place, searched, compared and downloaded.

The recordings name real people: they lie beside the project, and nothing of them is written here.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from itertools import permutations

import pytest
from lxml import html

from dossiers.models import Case
from dossiers.views import reading
from tests.docketing.test_recorded_cases import taken_in

from . import docket

REFUSAL, FILED = "app_doc_cont_refusal_reason", "app_doc_cont_opinion_amendment"
BUNDLES = [
    ("patent", "2020123456", ("app_progress", REFUSAL, FILED)),
    ("trademark", "2024123456", ("app_progress", REFUSAL)),
]
MOST = 500_000  # bytes of a page
every_bundle = pytest.mark.parametrize(("law", "number", "names"), BUNDLES, ids=("patent", "trademark"))


@pytest.fixture
def reader(client, bob):
    client.force_login(bob)
    return client


def _received(folder, case: Case, names) -> dict[str, str]:
    """Each file of the recorded bundles: the hash of its bytes, and its name."""
    found = {}
    for name in names[1:]:
        with zipfile.ZipFile(folder / "live" / f"{case.law}.{name}.{case.application_number}.zip") as bundle:
            for member in bundle.infolist():
                if not member.is_dir():
                    found[hashlib.sha256(bundle.read(member)).hexdigest()] = member.filename
    return found


def _place(paper) -> str:
    return docket.page_of(paper.case, f"documents/{paper.event.pk}/")


@every_bundle
def test_each_delivered_file_belongs_to_its_document_and_is_given_out_as_it_came(
    recordings, reader, law, number, names
):
    case = taken_in(recordings, law, number, *names)
    given = {}
    for paper in case.papers.select_related("event"):
        answer = reader.get(f"{_place(paper)}{paper.pk}/")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        given[hashlib.sha256(answer.content).hexdigest()] = paper.name
    assert given == _received(recordings, case, names)


@every_bundle
def test_each_is_read_in_place_with_its_parts_marked_in_its_own_words(recordings, reader, law, number, names):
    case = taken_in(recordings, law, number, *names)
    for paper in case.papers.select_related("event"):
        answer = reader.get(_place(paper))
        tree = html.fromstring(answer.content)
        words = "".join(tree.xpath('//*[contains(@class, "verbatim")]//text()'))
        assert paper.readable and len(words) > 200 and "\ufffd" not in words, paper.event.code
        assert len(answer.content) < MOST
        leads = {one[1:] for one in tree.xpath(f'//a/@href[starts-with(., "#p{paper.pk}-")]')}
        assert leads <= set(tree.xpath("//@id"))
        marks = set(tree.xpath('//*[contains(@class, "verbatim")]//@id'))
        if paper.event.side == "office":
            assert leads & marks, "nothing of the notice leads to its words"


@every_bundle
def test_a_word_of_it_is_found_where_it_stands(recordings, reader, law, number, names):
    case = taken_in(recordings, law, number, *names)
    for paper in case.papers.select_related("event"):
        text = reading.text_of(paper, reading.notice_of(paper))
        word = re.findall(r"[一-龥]{2}", text)[-1]
        tree = html.fromstring(reader.get(_place(paper), {"q": word, "paper": paper.pk}).content)
        hits = tree.xpath('//*[contains(@class, "verbatim")]//mark[contains(@class, "hit")]')
        assert len(hits) == text.count(word)
        assert {"".join(one.itertext()) for one in hits} == {word}
        assert len(tree.xpath('//mark[contains(@class, "here")]')) == 1


def test_any_two_of_the_recorded_texts_are_compared_and_all_of_both_can_be_read(recordings, reader):
    law, number, names = BUNDLES[0]
    case = taken_in(recordings, law, number, *names)
    compared = 0
    for old, new in permutations(case.papers.all(), 2):
        for of in ("text", "claims"):
            answer = reader.get(
                docket.page_of(case, "compare/"), {"old": old.pk, "new": new.pk, "of": of, "whole": "1"}
            )
            assert answer.status_code == 200 and len(answer.content) < MOST
            assert b"\xef\xbf\xbd" not in answer.content
            compared += bool(html.fromstring(answer.content).xpath('//*[contains(@class, "redline")]'))
    assert compared >= 6
