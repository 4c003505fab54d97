"""What a case and its documents are found by: folded, so that no search trips over how a thing is written."""

from __future__ import annotations

import re
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
# ウィルス and ウイルス, キャノン and キヤノン; patents before 1990 have カツター for カッター.
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
# Words of titles that are as often in kana as in kanji.
_SPELT = (("及び", "および"), ("並びに", "ならびに"), ("又は", "または"), ("若しくは", "もしくは"))
# Forms of firms, which people leave out, put on the other side, or shorten; after NFKC.
_FORMS_OF_FIRMS = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|\((?:株|有|同|資|名)\)"
    r"|(?:一般|公益)?(?:社団|財団)法人|国立大学法人|学校法人|\((?:独|一社|一財|公財|国|学)\)"
)


def fold(text: str) -> str:
    """`text` as search compares it: letters and digits alone, width, case, kana and old kanji made alike.

    Only for searching; never for what is shown or stored as legal text.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_FORMS)
    return "".join(_hiragana(character) for character in plain if character.isalnum())


def alike(text: str) -> str:
    """`fold`, and one spelling for what is spelt in two ways: by it the index is written and asked."""
    return spelt(fold(text))


def spelt(folded: str) -> str:
    folded = folded.translate(_SMALL)
    for kanji, kana in _SPELT:
        folded = folded.replace(kanji, kana)
    return folded


def _hiragana(character: str) -> str:
    code = ord(character)
    return chr(code - _KATAKANA + _HIRAGANA) if _KATAKANA <= code <= 0x30F6 else character


def words_of(query: str, most: int) -> list[str]:
    """The folded words of what somebody typed; forms of firms only where nothing else was."""
    plain = unicodedata.normalize("NFKC", query)
    named = _FORMS_OF_FIRMS.sub(" ", plain)
    return _folded_words(named, most) or _folded_words(plain, most)


def _folded_words(text: str, most: int) -> list[str]:
    return list(dict.fromkeys(word for word in map(alike, text.split()) if word))[:most]


def text_of(case: Case, tags: Iterable[str] = (), family: Iterable[str] = ()) -> str:
    """Everything a person may look for a case by, folded, one item a line.

    `family` are the numbers and titles of its members abroad.
    """
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
        *family,
    ]
    return lines([number, *items])


def text_of_paper(paper: Paper) -> tuple[str, int]:
    """What a document is found by, and how many of its characters are left out."""
    text = str((paper.notice or {}).get("text") or "")
    return lines(text[:MOST_OF_A_PAPER].splitlines()), max(0, len(text) - MOST_OF_A_PAPER)


def lines(items: Iterable[str]) -> str:
    """Each item as it is looked for, one a line."""
    return "\n".join(filter(None, map(alike, items)))
