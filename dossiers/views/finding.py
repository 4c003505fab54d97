"""Looking for words in a text: width, case, kana, old characters, spaces and line ends do not count."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from dossiers.refresh.search import fold

MOST_FOUND = 2_000
LONGEST_QUERY = 200
# A half-width kana and its voicing are one letter: ｶﾞ is ガ.
_LETTER = re.compile(r".[\u3099\u309a\uff9e\uff9f]*", re.DOTALL)
_fold = lru_cache(maxsize=20_000)(fold)


def find(text: str, query: str) -> list[tuple[int, int]]:
    """Where `query` stands in `text`, first and one past the last character; at most MOST_FOUND and one."""
    sought = fold(query[:LONGEST_QUERY])
    if not sought:
        return []
    folded, places, ends = _folded(text)
    return list(islice(_found(sought, folded, places, ends), MOST_FOUND + 1))


def _folded(text: str) -> tuple[str, array[int], array[int]]:
    """The folded text, and of each of its characters where its letter begins and ends in `text`."""
    pieces: list[str] = []
    places, ends = array("I"), array("I")
    for letter in _LETTER.finditer(text):
        piece = _fold(letter[0])
        pieces.append(piece)
        places.extend([letter.start()] * len(piece))
        ends.extend([letter.end()] * len(piece))
    return "".join(pieces), places, ends


def _found(sought: str, folded: str, places: array[int], ends: array[int]) -> Iterator[tuple[int, int]]:
    place = folded.find(sought)
    while place >= 0:
        after = place + len(sought)
        yield places[place], ends[after - 1]
        place = folded.find(sought, after)
