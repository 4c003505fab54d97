"""What a case and its documents are found by: folded, so that no search trips over how a thing is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from apiclient.numbers import display
from dossiers.models import Case, Paper

MOST_OF_A_PAPER = 20_000  # characters; what a document says beyond them is not searched
_KATAKANA, _HIRAGANA = 0x30A1, 0x3041

# Old and personal forms of kanji beside the form in general use: the pairs of the 常用漢字表 (old
# forms in parentheses), then forms met in names of people and firms.
_PAIRS = (Path(__file__).parent / "old_kanji.txt").read_text(encoding="utf-8").split()
_LONG = dict.fromkeys(map(ord, "ーｰ"))  # サーバ and サーバー are one word
_FORMS: dict[int, str | None] = {**{ord(old): new for old, new in _PAIRS}, **_LONG}


def fold(text: str) -> str:
    """`text` as search compares it: letters and digits alone, width, case, kana and old kanji made alike.

    Only for searching; never for what is shown or stored as legal text.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_FORMS)
    return "".join(_hiragana(character) for character in plain if character.isalnum())


def _hiragana(character: str) -> str:
    code = ord(character)
    return chr(code - _KATAKANA + _HIRAGANA) if _KATAKANA <= code <= 0x30F6 else character


def words_of(query: str, most: int) -> list[str]:
    """The folded words of what somebody typed."""
    return list(dict.fromkeys(word for word in map(fold, query.split()) if word))[:most]


def text_of(case: Case, tags: Iterable[str] = ()) -> str:
    """Everything a person may look for a case by, folded, one item a line."""
    number = case.application_number
    items = [
        display(case.law, "application", number, "ja"),
        case.publication_number,
        case.registration_number,
        case.international_application_number,
        case.title,
        case.applicants_text,
        case.own_reference,
        case.client,
        *tags,
        *case.note.splitlines(),
    ]
    return lines([number, *items])


def text_of_paper(paper: Paper) -> tuple[str, int]:
    """What a document is found by, and how many of its characters are left out."""
    text = str((paper.notice or {}).get("text") or "")
    return lines(text[:MOST_OF_A_PAPER].splitlines()), max(0, len(text) - MOST_OF_A_PAPER)


def lines(items: Iterable[str]) -> str:
    """Each item folded, one a line."""
    return "\n".join(filter(None, map(fold, items)))
