from __future__ import annotations

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html
from PIL import Image

from apiclient.documents import Change, Cited, Claim, Decision, EarlierPaper, Filing, Notice, Party
from apiclient.links import JPLATPAT_SEARCH
from dossiers import clock
from dossiers.models import Document, Event, RefreshJob
from dossiers.refresh import jobs
from tests import make
from tests.apiclient import test_notices

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def case(db):
    return docket.confirmed_case()


def _page(client, event) -> str:
    return client.get(docket.page_of(event.case, f"documents/{event.pk}/")).content.decode()


def test_a_read_notice_shows_grounds_period_claims_and_cited_documents(signed_in, case):
    event = docket.refused(case, notice_state="read")
    docket.paper(event, docket.notice(case).to_json())
    text = _page(signed_in, event)
    for words in (
        "Art. 29(2)",
        "進歩性",
        "60 days from dispatch",
        "・請求項 １－３",
        "特開2002-433033",
        "final notice",
    ):
        assert words in text
    assert "Record of the prior-art search" in text


def test_the_offices_own_markup_is_never_run(signed_in, case):
    event = docket.refused(case, notice_state="read")
    hostile = "<script>alert(3)</script><img src=x onerror=alert(4)>"
    docket.paper(event, docket.notice(case, text=hostile, raw_text=hostile).to_json())
    text = _page(signed_in, event)
    assert "<script>alert" not in text and "<img src=x" not in text
    assert "&lt;script&gt;alert(3)" in text


def test_an_unreadable_notice_keeps_its_whole_text_and_warns(signed_in, case):
    event = docket.refused(case, notice_state="unreadable")
    docket.paper(event, None, body="これは読めない通知の全文です".encode("cp932"), problems=["bad <tag>"])
    text = _page(signed_in, event)
    assert "これは読めない通知の全文です" in text
    assert "could not be read with certainty" in text
    assert "bad &lt;tag&gt;" in text


def test_a_reading_stored_in_another_shape_falls_back_to_the_words(signed_in, case):
    event = docket.refused(case, notice_state="read")
    docket.paper(event, {"kind": "refusal"}, body="本文そのもの".encode("cp932"))
    assert "本文そのもの" in _page(signed_in, event)


def test_another_cases_number_in_the_text_is_red(signed_in, case):
    event = docket.refused(case, notice_state="unreadable")
    docket.paper(event, docket.notice(case, application_number="2020999999").to_json(), readable=False)
    page = _page(signed_in, event)
    assert "another case&#x27;s number" in page or "another case's number" in page
    assert "JP Patent Appl. 2020-999999" in page and "2020999999" not in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("not_fetched", "The text has not been fetched yet"),
        ("unreadable", "The text could not be read"),
        ("none", "No text of this document is kept here"),
    ],
)
def test_without_a_text_the_page_says_why(signed_in, case, state, words):
    assert words in _page(signed_in, docket.refused(case, notice_state=state))


def test_the_download_is_the_file_as_received_and_never_opens(signed_in, case):
    event = docket.refused(case)
    body = b"\x82\xa0<script>\xff\xfe"
    paper = docket.paper(event, None, body=body, name='../..\\x/"evil"\r\nname.xml')
    answer = signed_in.get(docket.page_of(case, f"documents/{event.pk}/{paper.pk}/"))
    assert answer.content == body
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%22evil%22%0D%0Aname.xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_document_is_found_under_its_own_case_only(signed_in, case):
    event = docket.refused(case)
    other = docket.confirmed_case("2022000001")
    paper = docket.paper(event, None)
    assert signed_in.get(docket.page_of(other, f"documents/{event.pk}/")).status_code == 404
    assert signed_in.get(docket.page_of(other, f"documents/{event.pk}/{paper.pk}/")).status_code == 404


def test_reading_the_only_new_document_counts_as_having_seen_the_case(signed_in, case, bob):
    first = docket.refused(case)
    second = docket.refused(case, dispatched=1)
    _page(signed_in, first)
    assert not case.visits.exists()
    second.news.all().delete()
    _page(signed_in, first)
    assert case.visits.filter(user=bob).exists()


def test_cited_documents_of_all_offices_are_linked_where_they_can_be_read(signed_in, case):
    event = docket.refused(case, notice_state="read")
    cited = (
        Cited("1", "特開平９－０１２３４５号公報", "JPH09-012345A", "特開平9-012345"),
        Cited("2", "米国特許第９９９９９９１号明細書", "US9999991", "米国特許第9999991号"),
    )
    docket.paper(event, docket.notice(case, cited=cited).to_json())
    text = _page(signed_in, event)
    assert "https://worldwide.espacenet.com/patent/search?q=pn%3DJPH0912345A" in text
    assert "https://worldwide.espacenet.com/patent/search?q=pn%3DUS9999991" in text


def test_an_uncertain_number_is_never_made_into_an_address(signed_in, case):
    event = docket.refused(case, notice_state="read")
    printed = 'JP"><x>2002'
    docket.paper(event, docket.notice(case, cited=(Cited("1", printed, printed, printed),)).to_json())
    text = _page(signed_in, event)
    assert JPLATPAT_SEARCH in text
    assert "espacenet" not in text and "patents.google" not in text


def _filing(**fields) -> Filing:
    claim = Claim("1", "棚板と<b>脚</b>", ((0, 2),))
    change = Change("1", "claims", "全文", "change", claim.text, (claim,))
    gone = Change("2", "description", "０００７", "delete", "")
    said = {
        "document_code": "A523",
        "submitted_on": None,
        "reference": "",
        "dispatch_number": "000001",
        "parties": (Party("applicant", "架空みどり株式会社", "000900001"), Party("agent", "例示　太郎")),
        "opinion": "",
        "changes": (change, gone),
    }
    return Filing(**{**said, **fields})


def test_an_amendment_shows_each_change_and_what_it_underlines(signed_in, case):
    event = docket.refused(case, notice_state="read")
    docket.paper(event, docket.notice(case, kind="amendment", filing=_filing()).to_json())
    text = _page(signed_in, event)
    assert "<u>棚板</u>と&lt;b&gt;脚&lt;/b&gt;" in text
    for words in ("架空みどり株式会社", "000001", "changed", "０００７", "deleted"):
        assert words in text
    assert "Period printed in it" not in text


def test_an_opinion_shows_its_words(signed_in, case):
    event = docket.refused(case, notice_state="read")
    filing = _filing(opinion="引用文献１には<脚>の記載がない。", changes=())
    docket.paper(event, docket.notice(case, kind="opinion", filing=filing).to_json())
    assert "引用文献１には&lt;脚&gt;の記載がない。" in _page(signed_in, event)


def test_a_decision_shows_what_it_rests_on(signed_in, case):
    event = docket.refused(case, notice_state="read")
    earlier = EarlierPaper("refusal", date(2024, 2, 20), "理由１", "令和６年２月２０日付け拒絶理由通知書")
    decision = Decision("拒絶をすべきものです。", (earlier,), claims=5, grace_period=True)
    docket.paper(event, docket.notice(case, kind="refusal_decision", decision=decision).to_json())
    text = _page(signed_in, event)
    for words in ("拒絶をすべきものです。", "令和６年２月２０日付け", "Number of claims", "Article 30"):
        assert words in text


# --- the parts in their own words -------------------------------------------------------------------------


def _read_notice(case, **fields) -> Notice:
    notice = test_notices.read(test_notices.patent_xml())
    return docket.notice(case, **{name: getattr(notice, name) for name in _READ} | fields)


_READ = ("articles", "period", "reasons", "cited", "search_record", "text", "raw_text", "final", "addressee")


def _tree(client, event, query: str = ""):
    return html.fromstring(client.get(docket.page_of(event.case, f"documents/{event.pk}/{query}")).content)


@pytest.fixture
def notice_page(signed_in, case):
    event = docket.refused(case, notice_state="read")
    docket.paper(event, _read_notice(case).to_json())
    return _tree(signed_in, event)


def _words_at(tree, anchor: str) -> str:
    """What an anchor of the text leads to; it leads to one place."""
    (found,) = tree.xpath(f'//*[@id="{anchor}"]')
    assert found.xpath('ancestor::*[contains(@class, "verbatim")]')
    return "".join(found.text_content().split())


def test_every_link_into_the_text_leads_to_what_it_speaks_of(notice_page):
    links = notice_page.xpath('//*[contains(@class, "said")]//a[starts-with(@href, "#p")]')
    led = {
        link.text_content().strip(): _words_at(notice_page, link.get("href")[1:])
        for link in links
        if "said" not in link.get("href") and not link.get("href").endswith("text")
    }
    assert led["Art. 29(2) inventive step"] == "特許法第２９条第２項"
    assert led["1. 特開2011-123456"] == "特開２０１１－１２３４５６号公報"
    assert led["引用文献２の構成を採用することは容易である。"] == "引用文献２"
    assert any(words.startswith("これについて意見が") for words in led)
    assert led["3. 明確性"].startswith("３．（明確性）この出願は")


def test_each_citation_lists_the_passages_that_mention_it(notice_page):
    entries = notice_page.xpath('//*[contains(@class, "cited")]/li')
    passages = [
        [one.text_content() for one in entry.xpath('.//ol[@class="passages"]//a')] for entry in entries
    ]
    assert passages[0] == [
        "・引用文献等\u3000１",
        "引用文献１（段落［００１２］）には、折り畳み式の見本棚が記載されている。",
        "・引用文献等\u3000１、又は、２",
    ]
    assert passages[3] == [] and "No passage" in entries[3].text_content()


def test_marks_leave_the_text_as_it_was_printed(notice_page):
    (region,) = notice_page.xpath('//div[contains(@class, "verbatim") and @role="region"]')
    assert region.text_content() == test_notices.read(test_notices.patent_xml()).text


def test_no_two_anchors_of_a_page_are_the_same(signed_in, case):
    event = docket.refused(case, notice_state="read")
    for n in range(3):
        docket.paper(event, _read_notice(case).to_json(), name=f"{n}.xml")
    anchors = _tree(signed_in, event).xpath("//@id")
    assert len(anchors) == len(set(anchors)) > 30


def test_whether_it_is_final_and_to_whom_it_went_is_shown(signed_in, case):
    for final, words in ((True, "final notice"), (False, "not a final notice"), (None, "not clear whether")):
        event = docket.refused(case, notice_state="read", news=False)
        docket.paper(event, _read_notice(case, final=final).to_json(), name=f"{final}.xml")
        text = _page(signed_in, event)
        assert words in text and "見本　一郎（外1名）" in text


def test_a_cited_document_that_is_in_the_docket_is_named_by_its_title(signed_in, case):
    docket.confirmed_case("2011000001", publication_number="2011123456", title="折り畳み式の棚")
    event = docket.refused(case, notice_state="read")
    docket.paper(event, _read_notice(case).to_json())
    text = _page(signed_in, event)
    assert "折り畳み式の棚" in text and "/cases/patent/2011000001/" in text


def test_of_many_versions_the_newest_are_shown_and_the_others_can_be_chosen(signed_in, case):
    event = docket.refused(case, notice_state="read")
    papers = [
        docket.paper(event, None, name=f"v{n}.xml", body=f"第{n}版の本文".encode("cp932")) for n in range(5)
    ]
    text = _page(signed_in, event)
    assert "5 files of this document" in text and text.count("版の本文") == 3
    chosen = _tree(signed_in, event, f"?paper={papers[0].pk}")
    assert "第0版の本文" in chosen.text_content() and "第1版の本文" not in chosen.text_content()


# --- searching --------------------------------------------------------------------------------------------


def test_a_search_marks_and_counts_its_hits_and_leads_from_one_to_the_next(signed_in, case):
    event = docket.refused(case, notice_state="read")
    docket.paper(event, _read_notice(case).to_json())
    tree = _tree(signed_in, event, "?q=引用文献1&at=2")
    hits = tree.xpath('//mark[contains(@class, "hit")]')
    assert {hit.text_content() for hit in hits} == {"引用文献１"}
    assert f"{len(hits)} hit" in tree.xpath('string(//*[@role="status"])')
    here = tree.xpath('//mark[contains(@class, "here")]/@id')
    assert here == ([f"hit-{min(2, len(hits))}"])
    assert tree.xpath('//a[@rel="next"]/@href')[0].endswith("#hit-1")


def test_hostile_words_of_a_search_stay_words(signed_in, case):
    event = docket.refused(case, notice_state="read")
    words = '"><script>alert(1)</script>'
    docket.paper(event, docket.notice(case, text=f"前{words}後", raw_text="").to_json())
    answer = signed_in.get(docket.page_of(case, f"documents/{event.pk}/"), {"q": words, "at": "-9"})
    assert b"<script>alert" not in answer.content
    hit = html.fromstring(answer.content).xpath('string(//mark[contains(@class, "hit")])')
    assert hit == "script>alert(1)</script"


def test_a_search_without_a_hit_says_so(signed_in, case):
    event = docket.refused(case, notice_state="read")
    docket.paper(event, _read_notice(case).to_json())
    assert "Nothing found" in _tree(signed_in, event, "?q=量子").text_content()


# --- filed papers on demand -------------------------------------------------------------------------------


def _filed(case, *, available: bool = True) -> Event:
    event = make.event(case, code="A53", on=docket.days_ago(2), description="意見書", side="applicant")
    Document.objects.create(
        case=case, event=event, identity="1", number_type="01", number=case.application_number,
        document_number=event.document_number, code="A53", available=available, first_seen_at=clock.now(),
    )  # fmt: skip
    return event


def test_an_opinion_is_fetched_when_somebody_presses_for_it(signed_in, case, bob):
    event = _filed(case)
    assert "Fetch this document" in _page(signed_in, event)
    answer = signed_in.post(docket.page_of(case, f"documents/{event.pk}/fetch/"), follow=True)
    assert "The office is being asked for this text" in answer.text
    job = RefreshJob.objects.get(case=case)
    assert (job.bucket, job.purpose, job.requested_by) == (f"patent/{jobs.FILED_BY}", "person", bob)


def test_what_came_of_an_order_is_said(signed_in, case, bob):
    event = _filed(case)
    job = jobs.request_filed(case, by=bob)
    jobs.finish(job, ok=True, outcome="no_body")
    text = _page(signed_in, event)
    assert "The office delivers no document" in text and "Fetch this document" in text


def test_a_text_the_office_does_not_hold_is_not_offered(signed_in, case):
    assert "Fetch this document" not in _page(signed_in, _filed(case, available=False))


def test_nothing_is_ordered_for_a_document_of_another_kind(signed_in, case):
    event = docket.refused(case)
    signed_in.post(docket.page_of(case, f"documents/{event.pk}/fetch/"))
    assert not RefreshJob.objects.exists()


# --- pictures ---------------------------------------------------------------------------------------------


def _tiff(pages: int = 2) -> bytes:
    made = io.BytesIO()
    page = Image.new("1", (30, 20))
    page.save(made, "TIFF", save_all=True, append_images=[page] * (pages - 1))
    return made.getvalue()


def test_a_tiff_is_shown_as_png_page_by_page_and_kept_by_the_browser(signed_in, case):
    event = docket.refused(case)
    picture = docket.picture(event, _tiff())
    sources = _tree(signed_in, event).xpath("//figure//img/@src")
    assert len(sources) == 2
    answer = signed_in.get(sources[1])
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"]
    assert Image.open(io.BytesIO(answer.content)).size == (30, 20)
    again = signed_in.get(sources[1], headers={"if-none-match": answer.headers["ETag"]})
    assert again.status_code == 304
    saved = signed_in.get(docket.page_of(case, f"documents/{event.pk}/pictures/{picture.pk}/file/"))
    assert saved.content == _tiff() and saved.headers["Content-Disposition"].startswith("attachment")
    assert signed_in.get(sources[0].replace("0.png", "7.png")).status_code == 422


@pytest.mark.parametrize("data", [b"<svg onload='alert(1)'/>", b"II*\x00broken", b""])
def test_what_is_no_picture_is_never_shown_and_says_why(signed_in, case, data):
    event = docket.refused(case)
    picture = docket.picture(event, data, name='"><script>alert(1)</script>.tif')
    text = _page(signed_in, event)
    assert "This picture cannot be shown" in text and "<script>alert" not in text
    answer = signed_in.get(docket.page_of(case, f"documents/{event.pk}/pictures/{picture.pk}/0.png"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "text/plain; charset=utf-8")
    assert data == b"" or data not in answer.content


def test_a_picture_is_found_under_its_own_document_only(signed_in, case):
    event, other = docket.refused(case), docket.refused(case, dispatched=9)
    picture = docket.picture(event, _tiff())
    for tail in ("0.png", "file/"):
        page = docket.page_of(case, f"documents/{other.pk}/pictures/{picture.pk}/{tail}")
        assert signed_in.get(page).status_code == 404


# --- cost -------------------------------------------------------------------------------------------------


def test_a_document_costs_the_same_queries_however_much_hangs_on_it(signed_in, case):
    small, large = docket.refused(case, notice_state="read"), docket.refused(case, dispatched=9)
    docket.paper(small, _read_notice(case).to_json())
    for n in range(30):
        docket.paper(large, _read_notice(case).to_json(), name=f"{n}.xml")
        docket.picture(large, name=f"{n}.tif")
        docket.confirmed_case(f"2011{n:06d}", publication_number=f"2011{123456 + n}")
    docket.picture(small)
    counts = []
    for event in (small, large):
        _page(signed_in, event)
        with CaptureQueriesContext(connection) as queries:
            _page(signed_in, event)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 24
