"""Which document a citation means, however it is written: what is cited twice is counted as one.

Numbers are one document where the grammar of numbers has a single reading for each and these are equal: 特開
2002-433033 and JP2002-433033A, 米国特許出願公開第2015/0378098号 and US2015378098A1. A publication and the
patent granted on it are two documents, and EP1234567, which may be either, is neither. Words are one document
where they are the same but for width, case, spaces and marks.
"""

from __future__ import annotations

import hashlib
import unicodedata

from apiclient import numbers
from apiclient.documents.citations import only_reading
from apiclient.documents.layout import plain
from apiclient.numbers.docdb import DOTTED, from_docdb
from apiclient.numbers.model import Kind

LONGEST = 80  # characters of an identity
_IN_WORDS = "words/"
_OF_DIGEST = 40


def identity_of(printed: str, law: str = "") -> str:
    """ "JP/patent/publication/2002433033", or "words/" and a digest where no number is certain.

    `law` is that of the paper that cites: a registration whose law is not said is one of the same law.
    """
    text = printed.strip()
    reading = _dotted(text) if DOTTED.fullmatch(text.upper()) else only_reading(plain(text))
    found = reading and _of_reading(reading, law)
    return found if found and len(found) <= LONGEST else _of_words(text)


def _dotted(text: str) -> numbers.Reading | None:
    readings = from_docdb(text, "publication")
    return readings[0] if len(readings) == 1 else None


def _of_reading(reading: numbers.Reading, law: str) -> str | None:
    # The office's reprint of an international publication bears its number and its text.
    kind: Kind = "pct_publication" if reading.kind == "republication" else reading.kind
    office = "WO" if kind == "pct_publication" else reading.office
    named = reading.law or law
    if not named:
        return None
    branch = f"~{reading.branch}" if reading.branch else ""
    return f"{office}/{named}/{kind}/{reading.canonical}{branch}"


def _of_words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(character for character in folded if character.isalnum()) or text
    return _IN_WORDS + hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()[:_OF_DIGEST]


def is_words(identity: str) -> bool:
    """Whether no number of the document is certain."""
    return identity.startswith(_IN_WORDS)
