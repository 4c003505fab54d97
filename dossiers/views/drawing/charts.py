"""Numbers as columns or bars. Heights are in proportion; a small number is still to be seen, zero is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .text import clean, short, wide

_HIGH, _TOP, _BELOW, _LEFT = 130, 22, 24, 12  # px of columns
_STEP, _GAP = 26, 6  # px a column, px between two
_ROW, _THICK, _LONG = 24, 14, 360  # px of bars
_LABEL = 44  # columns of words beside a bar
_LEAST = 3  # px


@dataclass(frozen=True)
class Entry:
    """One column or bar: its words, a shorter form where there is little room, a number for each series."""

    words: str
    values: Sequence[int]
    tick: str = ""

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True)
class Block:
    style: str
    x: int
    y: int
    width: int
    height: int
    said: str


@dataclass(frozen=True)
class Word:
    x: int
    y: int
    text: str
    place: Literal["start", "middle", "end"] = "start"


@dataclass(frozen=True)
class Picture:
    """Blocks and words, and the line they stand on from (x1, y1) to (x2, y2)."""

    width: int
    height: int
    blocks: tuple[Block, ...]
    words: tuple[Word, ...]
    base: tuple[int, int, int, int]


def columns(entries: Sequence[Entry], styles: Sequence[str]) -> Picture | None:
    """Columns side by side, the series of each upon the other; None when there is nothing to show."""
    most = max((entry.total for entry in entries), default=0)
    if not most:
        return None
    base, width = _TOP + _HIGH, _LEFT * 2 + _STEP * len(entries)
    blocks: list[Block] = []
    words: list[Word] = []
    for place, entry in enumerate(entries):
        x, y = _LEFT + _STEP * place, base
        for style, value in zip(styles, entry.values, strict=True):
            height = _length(value, most, _HIGH)
            y -= height
            if height:
                blocks.append(Block(style, x, y, _STEP - _GAP, height, _said(entry, value)))
        middle = x + (_STEP - _GAP) // 2
        if entry.total:
            words.append(Word(middle, y - 4, _figure(entry.total), "middle"))
        if entry.tick:
            words.append(Word(x, base + 15, entry.tick))
    lowest = min((block.y for block in blocks), default=0)
    return _moved(Picture(width, base + _BELOW, tuple(blocks), tuple(words), (0, base, width, base)), lowest)


def bars(entries: Sequence[Entry], styles: Sequence[str]) -> Picture | None:
    """Bars one under the other, words and numbers at their left; None when there is nothing to show."""
    most = max((entry.total for entry in entries), default=0)
    if not most:
        return None
    labels = [f"{short(clean(entry.words), _LABEL)}  {entry.total:,}" for entry in entries]
    left = max(wide(label) for label in labels) + 16
    blocks: list[Block] = []
    words: list[Word] = []
    for place, (entry, label) in enumerate(zip(entries, labels, strict=True)):
        x, y = left, 6 + _ROW * place
        words.append(Word(left - 8, y + 11, label, "end"))
        for style, value in zip(styles, entry.values, strict=True):
            length = _length(value, most, _LONG)
            if length:
                blocks.append(Block(style, x, y, length, _THICK, _said(entry, value)))
            x += length
    height = 8 + _ROW * len(entries)
    width = max(block.x + block.width for block in blocks) + 12
    return Picture(width, height, tuple(blocks), tuple(words), (left, 2, left, height - 2))


def _length(value: int, most: int, whole: int) -> int:
    return max(_LEAST, round(value / most * whole)) if value > 0 else 0


def _said(entry: Entry, value: int) -> str:
    return f"{clean(entry.words)}: {value:,}"


def _figure(value: int) -> str:
    """What fits above a column."""
    return f"{value}" if value < 10_000 else f"{value // 1000}k"


def _moved(picture: Picture, lowest: int) -> Picture:
    """Down, when many small numbers upon each other have grown out of the top."""
    down = max(0, _TOP - 4 - lowest)
    if not down:
        return picture
    x1, y1, x2, y2 = picture.base
    return Picture(
        picture.width,
        picture.height + down,
        tuple(Block(b.style, b.x, b.y + down, b.width, b.height, b.said) for b in picture.blocks),
        tuple(Word(w.x, w.y + down, w.text, w.place) for w in picture.words),
        (x1, y1 + down, x2, y2 + down),
    )
