from __future__ import annotations

import pytest

from dossiers.views.document import international, searches

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
    assert "another case&#x27;s number" in _page(signed_in, event) or "another case's number" in _page(
        signed_in, event
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("not_fetched", "The text has not been fetched yet"),
        ("unreadable", "The text could not be read"),
        ("none", "The office delivers no text of this document"),
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


@pytest.mark.parametrize(
    ("printed", "abroad"),
    [
        ("JP2002-433033A", "JP2002433033A"),
        ("JP2020-000123A", "JP2020000123A"),
        ("JPH04-012345A", "JPH0412345A"),
        ("JP6789012B", "JP6789012B"),
        ("WO2019/123456", "WO2019/123456"),
    ],
)
def test_numbers_are_written_as_databases_abroad_write_them(printed, abroad):
    assert international(printed) == abroad


def test_an_uncertain_number_is_never_made_into_an_address():
    assert [name for name, _ in searches(None)] == ["J-PlatPat"]
    assert all("<" not in address for _, address in searches('JP"><x>'))
