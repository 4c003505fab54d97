"""Where a text speaks of the documents it cites: 引用文献１及び２, 引用例１－３, 引用発明Ａ."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice

from apiclient.documents.layout import plain

_NAME = r"(?:引用(?:文献|例|発明|意匠|商標|刊行物)|(?<!特許)文献|刊行物)等?"
_LABEL = r"(?:[0-9]{1,3}(?![0-9]|頁|ページ|行|図|段落|項|条|年|月|日|号|件|つ)|[A-Z](?![A-Za-z]))"
_JOIN = r"(?:又は|及び|または|および|並びに|ならびに|ないし|乃至|から|[,、・~と-])"
_MENTION = re.compile(rf"{_NAME}(?P<list>{_LABEL}(?:{_JOIN}{{1,3}}(?:{_NAME})?{_LABEL}){{0,60}})")
_PIECE = re.compile(rf"(?P<label>{_LABEL})|(?P<range>ないし|乃至|から|[~-])|(?:{_JOIN})|(?:{_NAME})")
_MOST = 2_000  # of one text; no notice speaks of its documents more often


def mentions_of(compact: str, labels: Collection[str]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Each mention in a text without spaces: the labels it names, of those listed, and where it stands."""
    for match in islice(_MENTION.finditer(plain(compact)), _MOST):
        named = tuple(label for label in labels_of(match["list"]) if label in labels)
        if named:
            yield named, match.start(), match.end()


def labels_of(printed: str) -> list[str]:
    """ "1、2及び引用文献4" as 1, 2 and 4; "1-3" as 1, 2 and 3."""
    found: list[str] = []
    through = False
    for piece in _PIECE.finditer(printed):
        label = piece["label"]
        if label is None:
            through = through or bool(piece["range"])
            continue
        found += _between(found[-1], label) if through and found else []
        found.append(label)
        through = False
    return list(dict.fromkeys(found))


def _between(first: str, last: str) -> list[str]:
    if not (first.isdecimal() and last.isdecimal()):
        return []
    return [str(n) for n in range(int(first) + 1, int(last))]
