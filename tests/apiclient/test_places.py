"""Each part of a notice is found again in its text, where it was read, or it has no place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.documents import Notice, Place, passage, places_of
from apiclient.documents.layout import plain
from apiclient.documents.places import LONGEST
from tests.apiclient.test_notices import BODY, CONCLUSION, DESIGN, TRADEMARK, htm, patent_xml, read


def bare(text: str) -> str:
    return "".join(text.split())


def said(notice: Notice, part: str) -> list[tuple[int, str]]:
    return [(one.index, notice.text[one.start : one.end]) for one in places_of(notice) if one.part == part]


PAPERS = [(patent_xml(), "patent"), (htm(TRADEMARK), "trademark"), (htm(DESIGN), "design")]
LINES = st.sampled_from(
    [
        *BODY.split("\n"),
        *CONCLUSION.split("\n"),
        "・請求項　１",
        "　引用文献１、２及び４を参照。",
        "理由１について",
    ]
)
_NAMED = ("特許法第２９条第１項第３号", "特許法第２９条第２項", "特許法第３６条第６項第２号")
BODIES = st.lists(LINES, max_size=40).map("\n".join) | st.just(BODY)


def _read(notice: Notice, place: Place) -> str:
    if place.part == "cited":
        return notice.cited[place.index].as_printed
    if place.part == "period":
        return notice.period.quote
    return notice.addressee


def holds(notice: Notice) -> None:
    """What the places promise: each stretch is what was read, whole, and inside the text."""
    text = notice.text
    lines: dict[tuple[str, int], str] = {}  # what may stand in several passages
    for one in places_of(notice):
        assert 0 <= one.start < one.end <= len(text)
        words = text[one.start : one.end]
        assert words == words.strip() or one.part in ("reason", "search")
        if one.part in ("period", "addressee", "cited"):
            assert bare(_read(notice, one)) == bare(words)
        elif one.part in ("reason", "search"):
            key = (one.part, one.index)
            lines[key] = lines.get(key, "") + bare(words)
        elif one.part == "article":
            assert "条" in words
        elif one.part == "mention":
            low, high = passage(text, one)
            assert low <= one.start < one.end <= high
    for (part, index), words in lines.items():
        assert words == bare(notice.search_record if part == "search" else notice.reasons[index].text)


@pytest.mark.parametrize(("paper", "law"), PAPERS)
def test_every_place_says_what_was_read(paper, law):
    holds(read(paper, law))


@given(BODIES)
@settings(max_examples=150, deadline=None)
def test_places_hold_for_whatever_a_notice_prints(body):
    holds(read(patent_xml(body=body.replace("<", "＜").replace("&", "＆"))))


def test_a_patent_notice_has_all_its_places():
    notice = read(patent_xml())
    assert said(notice, "article") == list(enumerate(_NAMED))
    assert [index for index, _ in said(notice, "reason")] == [0, 1, 2, 1, 0, 2]
    assert [words for _, words in said(notice, "cited")] == [one.as_printed for one in notice.cited]
    assert said(notice, "period")[0][1].endswith("提出してください。")
    assert said(notice, "search")[0][1].startswith("・調査した分野")


def test_each_mention_is_told_of_every_document_it_names():
    notice = read(patent_xml())
    told = [(index, plain(bare(words))) for index, words in said(notice, "mention")]
    assert told == [
        (0, "引用文献等1"),
        (0, "引用文献1"),
        (0, "引用文献等1、又は、2"),
        (1, "引用文献等1、又は、2"),
        (1, "引用文献2"),
    ]


@pytest.mark.parametrize(
    ("sentence", "labels"),
    [
        ("引用文献１－３に記載", ["1", "2", "3"]),
        ("引用文献１、３及び引用文献４には", ["1", "3", "4"]),
        ("引用文献２ないし４", ["2", "3", "4"]),
        ("特許文献１には", []),
        ("引用文献１の第２頁", ["1"]),
        ("引用文献１、２頁目", ["1"]),
        ("引用文献１２には", []),
        ("上記文献３", ["3"]),
    ],
)
def test_lists_and_ranges_of_labels(sentence, labels):
    notice = read(
        patent_xml(body=BODY.replace("　「前記第二の脚」が何を指すのか不明である。", f"　{sentence}。"))
    )
    text = notice.text
    at = text.index(f"　{sentence}。")
    found = [p for p in places_of(notice) if p.part == "mention" and at <= p.start < at + len(sentence) + 2]
    assert [notice.cited[one.index].label for one in found] == labels


def test_a_design_notice_shows_where_the_registered_design_stands():
    notice = read(htm(DESIGN), "design")
    assert [words for _, words in said(notice, "cited")] == ["意匠登録第０９９９９９９号"]
    assert said(notice, "drafted") == [(0, "平成元年　３月１０日")]


def test_a_final_notice_shows_its_mark():
    marked = "　　　　　　　　　　＜＜＜＜　　最　　後　　＞＞＞＞\n\n" + CONCLUSION
    assert bare(said(read(patent_xml(conclusion=marked)), "final")[0][1]) == "＜最後＞"


def test_a_part_that_is_not_in_the_text_has_no_place():
    notice = read(patent_xml())
    assert not said(notice, "addressee") and not said(notice, "drafted")  # of the XML's head


def test_only_so_much_of_a_huge_text_is_looked_through():
    notice = read(patent_xml(body=BODY + "\n" + "引用文献１、２－４、" * 40_000 + "\n・請求項　１" * 9_000))
    assert len(notice.text) > LONGEST
    assert max(one.end for one in places_of(notice)) <= LONGEST
    assert 200 <= len(said(notice, "mention")) < 1_000
