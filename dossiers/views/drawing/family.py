"""The tree of a family: priorities, the applications at home by generation, and those abroad by office.

A line is drawn where a source tells who comes from whom, and nowhere else. No database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .text import clean, short

Look = Literal["", "this", "granted", "over", "told"]
BOX, HIGH = 208, 50  # px
_COLUMN, _ROW, _LEFT, _TOP = 256, 60, 8, 8
_ABREAST, _PITCH = 4, 228  # groups beside each other: so many fill a page of a desktop
_HEADING = 24
# Of the first line in a box, and of those beneath; a full-width character takes two.
_COLUMNS, _SMALL = 30, 35
DEEPEST = 12  # columns


@dataclass
class Relative:
    """An application or priority claim. `words`, `sub` and `foot` are its lines; `link` may be ""."""

    key: str
    words: str
    sub: str = ""
    foot: str = ""
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
    foot: str
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
    the right, `groups` beneath, beside each other."""
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
    for first in range(0, len(groups), _ABREAST):
        abreast = groups[first : first + _ABREAST]
        for place, group in enumerate(abreast):
            x = _LEFT + place * _PITCH
            heads.append(Head(clean(group.name), x, y + _HEADING - 8))
            boxes += [_boxed(one, x, y + _HEADING + n * _ROW) for n, one in enumerate(group.members)]
        y += _HEADING + max(len(group.members) for group in abreast) * _ROW
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
    return _boxed(relative, _LEFT + column * _COLUMN, y)


def _boxed(relative: Relative, x: int, y: int) -> Box:
    lines = [clean(line) for line in (relative.words, relative.sub, relative.foot)]
    words, sub, foot = lines
    said = " ".join(filter(None, lines))
    return Box(relative, short(words, _COLUMNS), short(sub, _SMALL), short(foot, _SMALL), said, x, y)


def _claim(one: Box, other: Box, kind: Literal["priority", "divisional"]) -> Claim:
    return Claim(one.x + BOX, one.y + HIGH // 2, other.x, other.y + HIGH // 2, kind)
