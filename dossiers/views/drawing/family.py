"""The tree of a family: priorities, the applications at home by generation, and those abroad by office.

A line is drawn where a source tells who comes from whom, and nowhere else. No database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .text import clean, short

Look = Literal["", "this", "granted", "over", "told"]
BOX, HIGH = 208, 36  # px
_COLUMN, _ROW, _LEFT, _TOP = 256, 46, 8, 8
_HEADING = 24
_COLUMNS = 32  # of a line in a box, a full-width character taking two
DEEPEST = 12  # columns


@dataclass
class Relative:
    """An application or priority claim. `words` and `sub` are its two lines; `link` may be ""."""

    key: str
    words: str
    sub: str = ""
    link: str = ""
    look: Look = ""
    children: list[Relative] = field(default_factory=list)


@dataclass(frozen=True)
class Group:
    """Applications whose relation to each other nobody tells, under the name of their office."""

    name: str
    members: list[Relative]


@dataclass(frozen=True)
class Box:
    relative: Relative
    words: str
    sub: str
    said: str
    x: int
    y: int


@dataclass(frozen=True)
class Head:
    words: str
    x: int
    y: int


@dataclass(frozen=True)
class Claim:
    """A line from the right edge of one box to the left edge of another."""

    x1: int
    y1: int
    x2: int
    y2: int
    kind: Literal["priority", "divisional"]

    @property
    def middle(self) -> int:
        return (self.x1 + self.x2) // 2


@dataclass(frozen=True)
class Tree:
    boxes: list[Box]
    heads: list[Head]
    claims: list[Claim]
    width: int
    height: int
    box: int = BOX
    high: int = HIGH


def draw(
    priorities: Sequence[tuple[Relative, Sequence[str]]], roots: Sequence[Relative], groups: Sequence[Group]
) -> Tree:
    """`priorities` stand to the left with the keys of those that claim them, `roots` with their children to
    the right, `groups` beneath."""
    boxes: list[Box] = []
    heads: list[Head] = []
    claims: list[Claim] = []
    start = 1 if priorities else 0
    row = 0
    for root in roots:
        for relative, depth, parent in walk(root):
            box = _box(relative, start + min(depth, DEEPEST), _TOP + row * _ROW)
            boxes.append(box)
            if parent:
                claims.append(_claim(_of(boxes, parent), box, "divisional"))
            row += 1
    claimed = {box.relative.key: box for box in boxes}
    for place, (relative, by) in enumerate(priorities):
        box = _box(relative, 0, _TOP + place * _ROW)
        boxes.append(box)
        claims += [_claim(box, claimed[key], "priority") for key in by if key in claimed]
    y = _TOP + max(row, len(priorities)) * _ROW
    for group in groups:
        heads.append(Head(clean(group.name), _LEFT + start * _COLUMN, y + _HEADING - 8))
        y += _HEADING
        boxes += [_box(one, start, y + n * _ROW) for n, one in enumerate(group.members)]
        y += len(group.members) * _ROW
    return Tree(boxes, heads, claims, max(box.x for box in boxes) + BOX + _LEFT if boxes else 0, y + _TOP)


def walk(root: Relative) -> Iterator[tuple[Relative, int, Relative | None]]:
    """Each relative with its depth and its parent, a parent before its children; none twice."""
    seen: set[str] = set()
    waiting: list[tuple[Relative, int, Relative | None]] = [(root, 0, None)]
    while waiting:
        relative, depth, parent = waiting.pop()
        if relative.key in seen:
            continue
        seen.add(relative.key)
        yield relative, depth, parent
        waiting += [(child, depth + 1, relative) for child in reversed(relative.children)]


def _of(boxes: Sequence[Box], relative: Relative) -> Box:
    return next(box for box in reversed(boxes) if box.relative is relative)


def _box(relative: Relative, column: int, y: int) -> Box:
    words, sub = clean(relative.words), clean(relative.sub)
    x = _LEFT + column * _COLUMN
    return Box(relative, short(words, _COLUMNS), short(sub, _COLUMNS), f"{words} {sub}".strip(), x, y)


def _claim(one: Box, other: Box, kind: Literal["priority", "divisional"]) -> Claim:
    return Claim(one.x + BOX, one.y + HIGH // 2, other.x, other.y + HIGH // 2, kind)
