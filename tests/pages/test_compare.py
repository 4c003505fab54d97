from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from apiclient.documents import Change, Claim, Filing
from dossiers.models import Case, Paper
from dossiers.views import comparing
from tests import make

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def case(db) -> Case:
    return docket.confirmed_case()


def _event(case: Case, days: int, code: str = "A131"):
    return make.event(case, code=code, on=docket.days_ago(days), description="拒絶理由通知書")


def _paper(
    case: Case, text: str, *, days: int = 9, name: str = "a.xml", code: str = "A131", **fields
) -> Paper:
    notice = docket.notice(case, text=text, raw_text=text, **fields)
    return docket.paper(_event(case, days, code), notice.to_json(), name=name)


def _tree(client, case: Case, **query):
    return html.fromstring(client.get(docket.page_of(case, "compare/"), query).content)


def _told(tree, tag: str) -> list[str]:
    return [
        "".join(one.itertext()).split("] ", 1)[-1]
        for one in tree.xpath(f'//*[contains(@class, "redline")]//{tag}')
    ]


def test_two_notices_show_what_was_inserted_and_deleted_in_words_too(signed_in, case):
    old = _paper(case, "請求項１は、木製の棚である。\n理由は同じ。", days=90)
    new = _paper(case, "請求項１は、金属製の棚である。\n理由は同じ。", name="b.xml")
    tree = _tree(signed_in, case, old=old.pk, new=new.pk)
    assert (_told(tree, "del"), _told(tree, "ins")) == (["木製"], ["金属製"])
    assert "[deleted]" in tree.text_content() and "3 characters inserted, 2 deleted" in tree.text_content()


def test_two_sets_of_amended_claims_are_compared_as_claims(signed_in, case):
    def filed(text: str) -> Filing:
        change = Change("1", "claims", "全文", "change", text, (Claim("1", text),))
        return Filing("A523", None, "", "", (), "", (change,))

    first, second = (
        _paper(
            case, f"手続補正書{n}", days=n, name=f"{n}.xml", code="A523", kind="amendment", filing=filed(text)
        )
        for n, text in ((50, "棚板と脚。"), (5, "棚板と、折り畳み式の脚。"))
    )
    tree = _tree(signed_in, case, old=first.pk, new=second.pk, of="claims")
    assert "折り畳み式" in "".join(_told(tree, "ins")) and _told(tree, "del") == []
    plain = _paper(case, "本文", days=2, name="c.xml")
    assert (
        "No amended claims were read in it"
        in _tree(signed_in, case, old=first.pk, new=plain.pk, of="claims").text_content()
    )


def test_the_last_version_of_the_same_document_is_offered_first(signed_in, case):
    _paper(case, "別の通知", days=200, name="other.xml")
    event = _event(case, 9)
    versions = [
        docket.paper(event, docket.notice(case, text=text, raw_text=text).to_json(), sha256=f"{n}" * 64)
        for n, text in enumerate(("第一版。", "第二版。"))
    ]
    tree = _tree(signed_in, case, new=versions[1].pk)
    assert tree.xpath('//select[@id="old"]/option[@selected]/@value') == [str(versions[0].pk)]
    assert (_told(tree, "del"), _told(tree, "ins")) == (["第一版"], ["第二版"])


def test_what_is_the_same_is_counted_and_shown_when_wanted(signed_in, case):
    same = "\n".join(f"段落{n}は変わらない。" for n in range(30))
    old = _paper(case, f"{same}\n木製。\n{same}", days=90)
    new = _paper(case, f"{same}\n金属製。\n{same}", name="b.xml")
    short = _tree(signed_in, case, old=old.pk, new=new.pk)
    assert "28 paragraphs are the same" in short.text_content()
    assert "段落29は変わらない" in short.text_content() and "段落5は" not in short.text_content()
    assert "段落5は" in _tree(signed_in, case, old=old.pk, new=new.pk, whole="1").text_content()


def test_texts_that_differ_in_nothing_or_in_width_alone_say_so(signed_in, case):
    one = _paper(case, "請求項１", days=90)
    two = _paper(case, "請求項1", name="b.xml")
    assert "None but full or half width" in _tree(signed_in, case, old=one.pk, new=two.pk).text_content()
    assert "character by character" in _tree(signed_in, case, old=one.pk, new=one.pk).text_content()


def test_hostile_texts_stay_text(signed_in, case):
    words = "<script>alert(1)</script><ins>x</ins>"
    old, new = _paper(case, f"前{words}", days=90), _paper(case, f"後{words}", name="b.xml")
    answer = signed_in.get(docket.page_of(case, "compare/"), {"old": old.pk, "new": new.pk, "whole": 1})
    assert b"<script>alert" not in answer.content and answer.content.count(b"&lt;script&gt;") >= 1


def test_a_case_with_one_text_says_what_is_missing(signed_in, case):
    _paper(case, "本文")
    assert "There are not two texts to compare yet" in _tree(signed_in, case).text_content()


@pytest.mark.parametrize("query", [{"old": "9" * 50, "new": "x"}, {"new": "0"}, {"old": "", "new": ""}])
def test_what_is_no_paper_of_the_case_is_not_compared(signed_in, case, query):
    other = docket.confirmed_case("2022000009")
    (
        _paper(case, "本文"),
        _paper(case, "本文", days=3, name="b.xml"),
        _paper(other, "秘密の本文", name="s.xml"),
    )
    text = _tree(signed_in, case, **query).text_content()
    assert "Choose two texts" in text and "秘密" not in text


def test_a_paper_of_another_case_is_never_shown(signed_in, case):
    own = _paper(case, "本文")
    _paper(case, "本文", days=3, name="b.xml")
    foreign = _paper(docket.confirmed_case("2022000009"), "秘密の本文", name="s.xml")
    assert "秘密" not in _tree(signed_in, case, old=own.pk, new=foreign.pk).text_content()


def test_of_very_many_texts_the_newest_are_offered_and_that_is_said(signed_in, case, monkeypatch):
    monkeypatch.setattr(comparing, "MOST_CHOICES", 2)
    papers = [_paper(case, "本文", days=n, name=f"{n}.xml") for n in (30, 20, 10)]
    tree = _tree(signed_in, case)
    assert tree.xpath('//select[@id="new"]/option/@value') == ["", str(papers[2].pk), str(papers[1].pk)]
    assert "more texts than this list" in tree.text_content()


def test_a_result_longer_than_a_page_ends_early_and_says_so(signed_in, case, monkeypatch):
    monkeypatch.setattr(comparing, "_MOST_SHOWN", 50)
    old, new = _paper(case, "あ。" * 90, days=90), _paper(case, "漢。" * 90, name="b.xml")
    text = _tree(signed_in, case, old=old.pk, new=new.pk).text_content()
    assert "it ends early" in text and text.count("漢") < 60


def test_a_comparison_costs_the_same_queries_however_many_texts_there_are(signed_in, case):
    old, new = _paper(case, "木製", days=90), _paper(case, "金属製", name="b.xml")
    query = {"old": old.pk, "new": new.pk}
    counts = []
    for more in (0, 30):
        for n in range(more):
            _paper(case, "本文", days=200 + n, name=f"more{n}.xml")
        signed_in.get(docket.page_of(case, "compare/"), query)
        with CaptureQueriesContext(connection) as queries:
            _tree(signed_in, case, **query)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14
