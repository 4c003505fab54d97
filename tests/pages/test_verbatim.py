"""Marks in a text, and words looked for in it: nothing lost, nothing of it taken for markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from dossiers.views.finding import MOST_FOUND, find
from dossiers.views.verbatim import Mark, marked

TEXTS = st.text(st.sampled_from("本願発明ａ<>&\"'\n\u202e"), max_size=30)
STRETCHES = st.lists(st.tuples(st.integers(-3, 33), st.integers(-3, 33), st.booleans()), max_size=8)


@given(TEXTS, STRETCHES)
def test_every_character_is_there_once_and_marks_cover_what_they_say(text, stretches):
    marks = [Mark(a, b, f"of{n}", f"m{n}", "x", wide) for n, (a, b, wide) in enumerate(stretches)]
    tree = html.fragment_fromstring(f"<div>{marked(text, marks)}</div>")
    assert tree.text_content() == text
    for mark in marks:
        pieces = tree.xpath(f'.//*[@data-of="{mark.of}"]')
        fits = 0 <= mark.start < mark.end <= len(text)
        assert "".join(piece.text_content() for piece in pieces) == (
            text[mark.start : mark.end] if fits else ""
        )
        assert len(tree.xpath(f'.//*[@id="{mark.name}"]')) == (1 if fits else 0)


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("引用文献１と引用文献２", "引用文献2", ["引用文献２"]),
        ("カタカナとかたかなとｶﾀｶﾅ", "カタカナ", ["カタカナ", "かたかな", "ｶﾀｶﾅ"]),
        ("ガラス、ｶﾞﾗｽ、カラス", "ガラス", ["ガラス", "ｶﾞﾗｽ"]),
        ("進 歩\n性がない", "進歩性", ["進 歩\n性"]),
        ("ＩＰＣ and ipc", "Ipc", ["ＩＰＣ", "ipc"]),
        ("國際公開", "国際", ["國際"]),
        ("aaaa", "aa", ["aa", "aa"]),
        ("本文", "無い", []),
        ("本文", " ", []),
        ("（株）", "。", []),
    ],
)
def test_words_are_found_however_they_are_written(text, query, found):
    assert [text[first:last] for first, last in find(text, query)] == found


def test_so_many_are_found_and_one_more_to_tell():
    assert len(find("あ" * 5_000, "あ")) == MOST_FOUND + 1
