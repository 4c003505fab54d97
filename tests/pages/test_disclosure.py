"""The disclosure list: which office cites what, and nothing not known passes for not cited."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from lxml import html

from apiclient.documents.model import Cited
from dossiers import clock
from dossiers.models import Case, CitedDocument, FamilyMember, RefreshJob
from dossiers.refresh import citing

from . import docket
from .test_access import _compare, _count
from .test_family import member

ONE = Cited("1", "特開2002-433033号公報", "JP2002-433033A", "特開2002-433033")


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def case(db) -> Case:
    """A case whose only notice, read, cites one document."""
    case = docket.confirmed_case()
    event = docket.refused(case, notice_state="read")
    docket.paper(event, docket.notice(case, cited=(ONE,)).to_json())
    citing.catch_up(clock.now())
    return case


def told(one: FamilyMember, *numbers: str) -> FamilyMember:
    """The dossier has told what is cited against `one`."""
    one.cited_asked_at = one.cited_confirmed_at = clock.now()
    one.cited_outcome = "ok"
    one.save()
    for number in numbers:
        document = citing.identity_of(number)
        one.cited.create(
            case=one.case, document=document, display=number, use="unknown", drafted_on=date(2026, 1, 5),
            cited_in="Non-Final Rejection",
        )  # fmt: skip
    return one


def table(client, case: Case, **query) -> dict[str, list[str]]:
    """By document the words of each office's cell."""
    page = html.fromstring(client.get(docket.page_of(case, "family/disclosure/"), query).content.decode())
    rows = page.xpath("//table[contains(@class, 'offices')]/tbody/tr")
    words = [[" ".join(cell.text_content().split()) for cell in row.xpath("th|td")] for row in rows]
    said = ("cited", "not cited", "not known")
    return {
        first.split(" ")[0]: [next(one for one in said if cell.startswith(one)) for cell in cells]
        for first, *cells in words
    }


def known(client, case: Case) -> str:
    page = html.fromstring(client.get(docket.page_of(case, "family/disclosure/")).content.decode())
    return " ".join(page.get_element_by_id("known").text_content().split())


def test_what_one_office_cites_and_the_other_does_not_stands_side_by_side(signed_in, case):
    told(member(case), "JP.2002433033.A", "US.2015378098.A1")
    assert table(signed_in, case) == {
        "特開2002-433033": ["cited", "cited"],
        "US.2015378098.A1": ["not cited", "cited"],
    }
    assert list(table(signed_in, case, lacks="JP")) == ["US.2015378098.A1"]
    text = signed_in.get(docket.page_of(case, "family/disclosure/")).content.decode()
    assert ">not cited<" in text and "Non-Final Rejection" in text
    assert "is not known, or not wholly" not in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "not known: not asked for"),
        ({"cited_outcome": "empty"}, "not known: the dossier tells nothing of it"),
        ({"cited_outcome": "down"}, "not known: asked in vain"),
        ({"office": "AU"}, "not known: the dossier does not offer this office"),
        ({"application_number": ""}, "not known: no application number is told"),
    ],
)
def test_what_was_not_asked_or_is_not_told_is_not_known(signed_in, case, fields, words):
    us = member(case)
    if "cited_outcome" in fields:
        us.cited_asked_at = clock.now()
    for name, value in fields.items():
        setattr(us, name, value)
    us.save()
    text = signed_in.get(docket.page_of(case, "family/disclosure/")).content.decode()
    assert ">not known<" in text and ">not cited<" not in text
    assert "1 application of the family is not known" in text
    assert words in known(signed_in, case)


def test_one_member_not_known_makes_its_whole_office_unknown(signed_in, case):
    told(member(case), "US.2015378098.A1")
    member(case, "US.202399999999.A")
    text = signed_in.get(docket.page_of(case, "family/disclosure/")).content.decode()
    assert ">not known<" in text and text.count(">not cited<") == 1  # of the JPO, which is known


def test_a_notice_not_read_leaves_the_jpo_unknown(signed_in, case):
    told(member(case), "US.2015378098.A1")
    docket.refused(case, document_number="06126000002", notice_state="not_fetched")
    assert table(signed_in, case)["US.2015378098.A1"] == ["not known", "cited"]
    text = signed_in.get(docket.page_of(case, "family/disclosure/")).content.decode()
    assert text.count(">not cited<") == 1 and "1 text not read" in text  # by the US, which is known


def test_a_sister_case_of_the_docket_counts_for_the_jpo_and_one_outside_is_unknown(signed_in, case):
    docket.confirmed_case("2024000321")
    member(case, "JP.2024000321.A")
    citing.catch_up(clock.now())
    assert "not in the docket" not in known(signed_in, case)
    member(case, "JP.2024000999.A")
    assert "not known: not in the docket" in known(signed_in, case)


def test_a_publication_of_the_family_itself_is_marked(signed_in, case):
    us = member(case, publications=[{"number": "US.2024123456.A1", "day": ""}])
    told(us, "US.2024123456.A1")
    text = signed_in.get(docket.page_of(case, "family/disclosure/")).content.decode()
    assert "of this family" in text


def test_asking_orders_the_members_abroad_once(signed_in, case, bob):
    us, _ = member(case), member(case, "WO.2023012345.A")
    for _ in range(2):
        signed_in.post(docket.page_of(case, "family/citations/"))
    (order,) = RefreshJob.objects.filter(bucket="opd/global_cite_class")
    assert (order.member, order.requested_by) == (us, bob)
    assert "asked for, no answer yet" in known(signed_in, case)


def test_a_family_nobody_can_ask_about_says_so(signed_in, case):
    answer = signed_in.post(docket.page_of(case, "family/citations/"), follow=True)
    assert "can be asked about no application" in answer.content.decode()
    assert not RefreshJob.objects.exists()


def test_nothing_known_is_no_empty_list(signed_in):
    case = docket.confirmed_case("2023000777")
    text = signed_in.get(docket.page_of(case, "family/disclosure/")).content.decode()
    assert "No cited document is known" in text and "That says nothing yet" in text


def test_the_file_says_what_is_not_known_and_holds_no_formula(signed_in, case):
    told(member(case), "=1+1")
    member(case, "EP.23123456.A")
    answer = signed_in.get(docket.page_of(case, "family/disclosure.csv"))
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["Document", "Of this family", "JP", "US", "EP"]
    by_document = {line[0]: line[2:] for line in lines[1:3]}
    assert by_document["'=1+1"][0] == "not cited, as far as the office tells"
    assert by_document["'=1+1"][2] == "not known"
    assert ["EP.23123456.A", "not known: not asked for", ""] in lines


def test_a_design_has_no_such_list(signed_in):
    design = docket.confirmed_case("2023000124", law="design")
    for tail in ("family/disclosure/", "family/disclosure.csv"):
        assert signed_in.get(docket.page_of(design, tail)).status_code == 404
    assert signed_in.post(docket.page_of(design, "family/citations/")).status_code == 404


def test_a_hostile_document_is_only_text(signed_in, case):
    told(member(case), docket.HOSTILE[:300])
    text = signed_in.get(docket.page_of(case, "family/disclosure/")).content.decode()
    assert "<script>alert" not in text


def test_the_list_costs_the_same_with_five_and_with_sixty_members(signed_in, case):
    def grow(start: int, stop: int) -> None:
        for n in range(start, stop):
            told(member(case, f"US.2023{n:08d}.A"), f"US.{2000 + n}378098.A1", "JP.2002433033.A")

    page = docket.page_of(case, "family/disclosure/")
    grow(0, 5)
    few = _count(signed_in, page)
    grow(5, 60)
    assert _count(signed_in, page) == few
    _compare("/cases/<law>/<number>/family/disclosure/", few)
    assert CitedDocument.objects.count() == 1 + 120
