"""Cited documents: counted once however written, by notice and ground, and what is not known said so."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from lxml import html

from apiclient.documents.model import Article, Cited, Reason
from dossiers import clock
from dossiers.models import Case, Citation
from dossiers.refresh import citing
from tests import make

from . import docket
from .test_access import _compare, _count

NOVELTY, STEP = Article("第29条第1項第3号", "patent", "29-1-3"), Article("第29条第2項", "patent", "29-2")
ONE = Cited("1", "特開2002-433033号公報", "JP2002-433033A", "特開2002-433033")
AGAIN = Cited("1", "JP2002-433033A", "JP2002-433033A", "JP2002-433033A")
TWO = Cited("2", "国際公開第2019/011858号", "WO2019/011858", "WO2019/011858")
REASON = Reason("1", "", (STEP,), ("１－３",), ("１",), "本文")


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


def cited_against(number: str = "2023000123", cited=(ONE,), *, law: str = "patent", **fields) -> Case:
    """A case with one notice, read and gathered."""
    owner = fields.pop("owner", None)
    case = docket.confirmed_case(number, law, owner=owner)
    event = docket.refused(case, notice_state="read")
    told = {"cited": cited, "reasons": (REASON,), "articles": (NOVELTY, STEP), **fields}
    docket.paper(event, docket.notice(case, **told).to_json(), name=f"{event.pk}.xml")
    citing.catch_up(clock.now())
    return case


def rows(client, **query) -> list[list[str]]:
    page = html.fromstring(client.get("/citations/", query).content.decode())
    table = page.xpath("//table[contains(@class, 'cards')]/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("th|td")] for row in table]


def test_one_document_in_two_styles_is_counted_once_by_cases_and_notices(signed_in):
    cited_against("2023000001")
    cited_against("2023000002", (AGAIN, TWO))
    first, second = rows(signed_in)
    assert first[0].startswith("特開2002-433033") and first[1:3] == ["2", "2"]
    assert second[0].startswith("WO2019/011858") and second[1:3] == ["1", "1"]
    assert "Art. 29(2) inventive step 2" in first[3] and "ground not told 1" in second[3]


def test_a_second_notice_of_the_same_case_counts_as_a_notice_and_not_as_a_case(signed_in):
    case = cited_against()
    event = docket.refused(case, document_number="06126000002", notice_state="read")
    told = docket.notice(case, cited=(ONE,), drafting_date=docket.days_ago(2))
    docket.paper(event, told.to_json(), name="second.xml", sha256="1" * 64)
    Case.objects.update(cited_with=0)
    citing.catch_up(clock.now())
    assert rows(signed_in)[0][1:3] == ["1", "2"]


def test_law_ground_whose_and_search_narrow(signed_in, bob, alice):
    cited_against("2023000001", owner=bob)
    mark = Cited("", "登録第1234567号", None, "登録第1234567号")
    cited_against("2023000002", (mark,), law="trademark", reasons=(), articles=(), owner=alice)
    assert [row[0][:4] for row in rows(signed_in, law="trademark")] == ["登録第1"]
    assert [row[0][:4] for row in rows(signed_in, scope="mine")] == ["特開20"]
    assert [row[0][:4] for row in rows(signed_in, ground="patent/29-2")] == ["特開20"]
    assert [row[0][:4] for row in rows(signed_in, ground="none")] == ["登録第1"]
    for query in ("JP2002433033A", "特開２００２－４３３０３３", "2002-433", "特願2023-000001"):
        assert [row[0][:4] for row in rows(signed_in, q=query)] == ["特開20"], query
    assert rows(signed_in, q="特開1999-000001") == []


def test_the_reference_document_of_a_grant_is_not_held_against_anybody(signed_in):
    cited_against(kind="grant", reasons=(), articles=())
    assert rows(signed_in) == []
    assert len(rows(signed_in, where="named")) == 1


def test_a_notice_that_nobody_could_read_is_said_to_be_missing(signed_in):
    text = signed_in.get("/citations/").content.decode()
    assert "has not been read" not in text and "No cited documents yet" in text
    case = docket.confirmed_case()
    docket.refused(case, notice_state="unreadable")
    citing.catch_up(clock.now())
    assert "The text of 1 notice or decision" in signed_in.get("/citations/").content.decode()
    assert "1 notice or decision has not been read" in signed_in.get(docket.page_of(case)).content.decode()


def test_cases_not_gathered_yet_are_said(signed_in):
    docket.confirmed_case()
    assert "1 case have not been gathered" in signed_in.get("/citations/").content.decode()


def test_what_abroad_was_not_asked_for_is_said(signed_in):
    text = signed_in.get("/citations/?where=abroad").content.decode()
    assert "somebody has asked for" in text


def test_a_document_of_this_docket_leads_to_its_case(signed_in):
    own = docket.confirmed_case("2001000123", publication_number="2002433033", title="架空の発明")
    cited_against()
    assert "架空の発明" in rows(signed_in)[0][0]
    assert docket.page_of(own) in signed_in.get("/citations/").content.decode()


def test_the_page_of_a_document_tells_notice_ground_and_claims(signed_in):
    case = cited_against()
    page = html.fromstring(signed_in.get("/citations/").content.decode())
    (address,) = page.xpath("//tbody//a[@data-row]/@href")
    text = signed_in.get(address).content.decode()
    assert docket.page_of(case, f"documents/{case.events.get().pk}/") in text
    assert "Art. 29(2) inventive step" in text and "１－３" in text
    assert "j-platpat.inpit.go.jp/c1801/PU/JP-2002-433033/11/ja" in text
    assert "patents.google.com" in text and "worldwide.espacenet.com" in text
    assert signed_in.get("/citations/document/JP/nothing/").status_code == 404


def test_the_case_page_tells_each_document_with_its_ground_and_claims(signed_in):
    case = cited_against(cited=(ONE, TWO))
    page = html.fromstring(signed_in.get(docket.page_of(case)).content.decode())
    part = " ".join(page.get_element_by_id("citations").text_content().split())
    assert "特開2002-433033" in part and "Art. 29(2) inventive step" in part and "１－３" in part
    assert "not told" in part  # of the second document


def test_a_case_not_gathered_yet_shows_what_its_papers_and_lists_say(signed_in):
    case = docket.confirmed_case()
    Citation.objects.create(case=case, citation_type="19", display="特開2002-433033", first_seen_at=make.SEEN)
    assert "特開2002-433033" in signed_in.get(docket.page_of(case)).content.decode()
    assert not case.cited.exists()


def test_the_drawing_is_bounded_and_says_what_it_leaves_out(signed_in):
    many = tuple(
        Cited(str(n), f"特開2002-{433000 + n}", None, f"特開2002-{433000 + n}") for n in range(1, 16)
    )
    for n in range(33):
        cited_against(f"2023{n + 1:06d}", many, reasons=())
    page = html.fromstring(signed_in.get("/citations/").content.decode())
    (drawing,) = page.xpath("//div[@class='joined']/svg")
    assert len(drawing.xpath(".//circle")) == 10 + 20
    assert "13 more cases are not drawn" in page.text_content()
    assert not page.xpath("//*[@style]")


def test_the_file_opens_in_spreadsheets_and_holds_no_formula(signed_in):
    cited_against(cited=(Cited("1", "=1+1", None, "=1+1"),))
    answer = signed_in.get("/citations.csv")
    head, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[0] == "Document" and line[0] == "'=1+1"
    assert line[2] == "2023000123" and line[8:] == ["Art. 29(2) inventive step", "１－３"]


def test_a_hostile_title_is_only_text(signed_in):
    case = cited_against(cited=(Cited("1", docket.HOSTILE, None, docket.HOSTILE),), reasons=())
    for page in ("/citations/", docket.page_of(case)):
        assert "<script>alert" not in signed_in.get(page).content.decode()


def test_the_page_costs_the_same_whatever_is_cited(signed_in):
    def grow(start: int, stop: int) -> None:
        for n in range(start, stop):
            own = Cited("3", f"特開2003-{n + 1:06d}", None, f"特開2003-{n + 1:06d}")
            cited_against(f"2023{n + 1:06d}", (ONE, TWO, own))

    grow(0, 5)
    few = _count(signed_in, "/citations/")
    grow(5, 40)
    assert _count(signed_in, "/citations/") == few
    _compare("/citations/", few)


def test_the_day_of_the_newest_citation_is_shown(signed_in):
    case = cited_against()
    event = docket.refused(case, document_number="06126000002", notice_state="read")
    later = docket.notice(case, cited=(ONE,), drafting_date=docket.days_ago(10) + timedelta(3))
    docket.paper(event, later.to_json(), name="second.xml", sha256="1" * 64)
    Case.objects.update(cited_with=0)
    citing.catch_up(clock.now())
    assert rows(signed_in)[0][4] == f"{docket.days_ago(10)} – {docket.days_ago(7)}"
