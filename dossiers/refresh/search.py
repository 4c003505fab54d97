"""One folded text per case, so that a search does not trip over width, kana or hyphens."""

from __future__ import annotations

import unicodedata

from apiclient.numbers import display
from dossiers.models import Case

_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−ーｰ─━－﹣~〜～"), "-")
_VARIANTS = str.maketrans("髙﨑濵邊邉齋齊斎澤廣國濱嶋", "高崎浜辺辺斉斉斉沢広国浜島")
_KATAKANA, _HIRAGANA = 0x30A1, 0x3041


def fold(text: str) -> str:
    """`text` as search compares it: width, case, kana, hyphens, old characters and spaces made alike.

    Only for searching; never for what is shown or stored as legal text.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_HYPHENS).translate(_VARIANTS)
    return "".join(_hiragana(character) for character in plain if not character.isspace())


def _hiragana(character: str) -> str:
    code = ord(character)
    return chr(code - _KATAKANA + _HIRAGANA) if _KATAKANA <= code <= 0x30F6 else character


def search_text_of(case: Case) -> str:
    """Everything a person may look for a case by, folded, one item a line."""
    number = case.application_number
    items = [
        number,
        display(case.law, "application", number, "ja"),
        f"{number[:4]}-{number[4:]}",
        case.publication_number,
        case.registration_number,
        case.international_application_number,
        case.title,
        case.applicants_text,
        case.own_reference,
        case.client,
        case.note,
    ]
    return "\n".join(fold(item) for item in items if item)
