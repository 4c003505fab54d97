"""A text as it was printed, with stretches of it marked. No database, no clock; everything is escaped."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

MOST_MARKS = 6_000


@dataclass(frozen=True)
class Mark:
    """`text[start:end]` is marked. `of` is what it is a mark of, `name` its anchor, `look` its CSS classes.

    `wide`: a passage, shown by its edge; other marks are shown as such.
    """

    start: int
    end: int
    of: str
    name: str
    look: str
    wide: bool = False


def marked(text: str, marks: Iterable[Mark]) -> SafeString:
    """`text` as HTML. Of two marks that overlap in part, the later is cut; its first piece has the anchor."""
    queue = [
        (mark.start, -mark.end, order, mark, True)
        for order, mark in enumerate(marks)
        if order < MOST_MARKS and 0 <= mark.start < mark.end <= len(text)
    ]
    heapq.heapify(queue)
    pieces: list[str] = []
    open_marks: list[tuple[int, str]] = []  # where each ends, and its tag
    place = 0
    while queue or open_marks:
        if open_marks and (not queue or open_marks[-1][0] <= queue[0][0]):
            end, tag = open_marks.pop()
            pieces += [escape(text[place:end]), f"</{tag}>"]
            place = end
            continue
        start, minus_end, order, mark, first = heapq.heappop(queue)
        end = -minus_end
        if open_marks and end > open_marks[-1][0]:
            heapq.heappush(queue, (open_marks[-1][0], -end, order, mark, False))
            end = open_marks[-1][0]
        pieces += [escape(text[place:start]), _opening(mark, first)]
        place = start
        open_marks.append((end, _tag(mark)))
    return SafeString("".join([*pieces, escape(text[place:])]))


def _tag(mark: Mark) -> str:
    return "span" if mark.wide else "mark"


def _opening(mark: Mark, first: bool) -> str:
    anchor = format_html(' id="{}"', mark.name) if first else ""
    return format_html('<{}{} class="{}" data-of="{}">', _tag(mark), anchor, mark.look, mark.of)
