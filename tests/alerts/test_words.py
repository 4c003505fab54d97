"""Both languages say everything."""

from __future__ import annotations

import string

import pytest

from dossiers.alerts import words
from dossiers.models import Event, News


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(words._WORDS))
def test_both_languages_take_the_same_values(key):
    japanese, english = words._WORDS[key]
    assert japanese and english
    assert named(japanese) == named(english)
    assert english.isascii() or "“" in english


def test_every_kind_of_news_and_state_of_a_text_has_words():
    for kind in News.Kind.values:
        assert words.has(kind)
    for state in Event.NoticeState.values:
        assert words.has(f"notice_{state}") or state == Event.NoticeState.READ
