"""What is cited most, and the cases it is cited against: two columns with lines between them.

Bounded by the caller; the table beneath says the same in words. No database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .text import clean, short, wide

_ROW, _TOP = 26, 14  # px
_BETWEEN, _BESIDE = 300, 260  # px between the columns, and beside them for the words of the cases
_LARGER = 1.3  # than what `wide` measures: a number is of capitals and digits, and of a larger size
_COLUMNS = 38  # of a label, a full-width character taking two
_MOST_WEIGHT = 4


@dataclass(frozen=True)
class Node:
    """`y` is the middle of its line; `link` leads to the page of the document or case."""

    words: str
    said: str
    link: str
    y: int
    count: int


@dataclass(frozen=True)
class Line:
    """From a document to a case, the thicker the more notices, in words in `said`."""

    y1: int
    y2: int
    weight: int
    said: str


@dataclass(frozen=True)
class Chart:
    documents: list[Node]
    cases: list[Node]
    lines: list[Line]
    height: int
    left_out: int  # cases
    left: int  # of the documents' marks; their words stand before it

    @property
    def right(self) -> int:
        return self.left + _BETWEEN

    @property
    def bend(self) -> int:
        return self.left + _BETWEEN // 2

    @property
    def width(self) -> int:
        return self.right + _BESIDE


def draw(
    edges: Sequence[tuple[str, int, int]],
    documents: Sequence[tuple[str, str, str, int]],
    cases: Mapping[int, tuple[str, str]],
    in_all: int,
) -> Chart | None:
    """`edges` are (document, case, notices), `documents` (key, words, link, number of cases) in their order,
    `cases` words and link by key, out of `in_all`; None when there is nothing to join."""
    drawn = [(document, case, n) for document, case, n in edges if case in cases]
    place = {key: row for row, (key, *_) in enumerate(documents)}
    if not drawn:
        return None
    order = _untangled(drawn, place)
    tall = max(len(place), len(order))
    left = {key: _y(row, len(place), tall) for key, row in place.items()}
    right = {case: _y(row, len(order), tall) for row, case in enumerate(order)}
    words = {key: clean(said) for key, said, _link, _n in documents}
    return Chart(
        documents=[
            Node(short(words[key], _COLUMNS), words[key], link, left[key], n)
            for key, _said, link, n in documents
        ],
        cases=[_case(cases[case], right[case], drawn, case) for case in order],
        lines=[
            Line(left[document], right[case], min(n, _MOST_WEIGHT), f"{words[document]} – {cases[case][0]}")
            for document, case, n in drawn
        ],
        height=_TOP * 2 + tall * _ROW,
        left_out=max(0, in_all - len(order)),
        left=24 + round(_LARGER * max(wide(short(said, _COLUMNS)) for said in words.values())),
    )


def _case(named: tuple[str, str], y: int, edges: Sequence[tuple[str, int, int]], key: int) -> Node:
    words, link = named
    said = clean(words)
    return Node(short(said, _COLUMNS), said, link, y, sum(case == key for _document, case, _n in edges))


def _untangled(edges: Sequence[tuple[str, int, int]], place: Mapping[str, int]) -> list[int]:
    """The cases, each near the middle of its documents, so that few lines cross."""
    rows: dict[int, list[int]] = defaultdict(list)
    for document, case, _n in edges:
        rows[case].append(place[document])
    return sorted(rows, key=lambda case: (sum(rows[case]) / len(rows[case]), case))


def _y(row: int, rows: int, tall: int) -> int:
    """The shorter column is spread over the height of the longer one."""
    return _TOP + round((row + 0.5) * tall / rows * _ROW)
