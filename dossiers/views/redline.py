"""Two texts compared word by word. No database, no clock; the same texts always compare the same.

Paragraphs are aligned first, then the words of those that differ. Japanese has no spaces: a word is a run of
one script, and every mark of punctuation. Full and half width and all spaces count as the same, for two
generations of the office's printer differ in nothing else. Time and memory are bounded by what is compared
at once; where a text is too long for that, the result says what was not looked into.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import LCSseq

from apiclient.documents.layout import plain

How = Literal["same", "gone", "new"]
LONGEST = 2_000_000  # characters of a text that are compared
_MOST_CELLS = 200_000_000  # of one comparison: 25 megabytes, a second
_WORD = re.compile(
    r"[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]+(?:[.．,，][0-9０-９]+)*"
    r"|[\u3040-\u309f]+|[\u30a0-\u30ff\uff66-\uff9f]+|[々〇\u3400-\u9fff\uf900-\ufaff]+|\S"
)
_SENTENCE = re.compile(r"[^。]*。|[^。]+$")
# Particles and marks: so few of them that are the same between two changes are taken into these.
_LEFT_OVER = re.compile(r"[\u3040-\u309f、。，．・,.()（）]{1,2}\s*")
_LEAST_ALIKE = 0.25  # of the words of changed paragraphs; below it they are shown one after the other


@dataclass(frozen=True)
class Piece:
    how: How
    text: str


@dataclass(frozen=True)
class Stretch:
    """Paragraphs that are all the same, or that differ by `pieces`."""

    same: bool
    pieces: tuple[Piece, ...]

    @property
    def lines(self) -> int:
        return sum(piece.text.count("\n") for piece in self.pieces) + 1


@dataclass(frozen=True)
class Redline:
    """`gone` and `new` are characters. `coarse`: somewhere only whole paragraphs were compared.

    `left_out`: characters at the end of the two texts that were not compared at all.
    """

    stretches: tuple[Stretch, ...]
    gone: int
    new: int
    changes: int
    coarse: bool
    left_out: int

    @property
    def same(self) -> bool:
        return not self.changes and not self.left_out


def compare(old: str, new: str) -> Redline:
    """How `new` differs from `old`."""
    before, after = _paragraphs(old[:LONGEST]), _paragraphs(new[:LONGEST])
    left_out = len(old[LONGEST:]) + len(new[LONGEST:])
    stretches: list[Stretch] = []
    coarse = False
    for equal, old_part, new_part in _aligned(before, after, list(map(_key, before)), list(map(_key, after))):
        if equal:
            stretches.append(Stretch(True, (Piece("same", "\n".join(new_part)),)))
            continue
        one, other = "\n".join(old_part), "\n".join(new_part)
        long = len(one) * len(other) > _MOST_CELLS
        pieces, fine = _sentences_compared(one, other) if long else _words_compared(one, other)
        coarse = coarse or not fine
        stretches.append(Stretch(not any(piece.how != "same" for piece in pieces), pieces))
    changed = [piece for stretch in stretches for piece in stretch.pieces if piece.how != "same"]
    return Redline(
        stretches=tuple(stretches),
        gone=sum(len(piece.text) for piece in changed if piece.how == "gone"),
        new=sum(len(piece.text) for piece in changed if piece.how == "new"),
        changes=len(changed),
        coarse=coarse,
        left_out=left_out,
    )


def _paragraphs(text: str) -> list[str]:
    """Lines with something on them, each with the blank ones after it."""
    found: list[str] = []
    for line in text.split("\n"):
        if line.strip() or not found:
            found.append(line)
        else:
            found[-1] += "\n"
    return found


def _key(text: str) -> str:
    return "".join(plain(text).split())


_Run = tuple[bool, Sequence[str], Sequence[str]]


def _aligned(
    before: Sequence[str], after: Sequence[str], old_keys: Sequence[str], new_keys: Sequence[str]
) -> Iterator[_Run]:
    """Runs that are equal by their keys and what stands between; where it is too much, all of it differs."""
    first = _common(zip(old_keys, new_keys, strict=False))
    last = _common(zip(reversed(old_keys[first:]), reversed(new_keys[first:]), strict=False))
    old_end, new_end = len(before) - last, len(after) - last
    if first:
        yield True, before[:first], after[:first]
    old_at, new_at = first, first
    for old_from, new_from, length in [
        *_blocks(old_keys[first:old_end], new_keys[first:new_end]),
        (old_end - first, new_end - first, 0),
    ]:
        old_start, new_start = old_from + first, new_from + first
        if old_at < old_start or new_at < new_start:
            yield False, before[old_at:old_start], after[new_at:new_start]
        if length:
            yield True, before[old_start : old_start + length], after[new_start : new_start + length]
        old_at, new_at = old_start + length, new_start + length
    if last:
        yield True, before[old_end:], after[new_end:]


def _common(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


_Block = tuple[int, int, int]  # where a run begins in both, and its length


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    """Runs that are common to both: of the longest common subsequence, where that is not too much."""
    if not _too_much(old, new):
        yield from _longest(old, new)
        return
    old_at, new_at = 0, 0
    for old_next, new_next in [*_anchors(old, new), (len(old), len(new))]:
        gaps = old[old_at:old_next], new[new_at:new_next]
        if not _too_much(*gaps):
            for old_from, new_from, length in _longest(*gaps):
                yield old_at + old_from, new_at + new_from, length
        if old_next < len(old):
            yield old_next, new_next, 1
        old_at, new_at = old_next + 1, new_next + 1


def _longest(old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    numbers: dict[str, int] = {}
    ones, others = ([numbers.setdefault(key, len(numbers)) for key in keys] for keys in (old, new))
    for step in LCSseq.opcodes(ones, others):
        if step.tag == "equal":
            yield step.src_start, step.dest_start, step.src_end - step.src_start


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """What stands once in each and in the same order in both, as many as can be: places in both."""
    once_old, once_new = Counter(old), Counter(new)
    at = {key: place for place, key in enumerate(new) if once_new[key] == 1}
    pairs = [(place, at[key]) for place, key in enumerate(old) if key in at and once_old[key] == 1]
    lasts: list[int] = []  # of the best run of each length, its last place in `new`
    ends: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(lasts, place)
        before.append(ends[length - 1] if length else -1)
        lasts[length : length + 1] = [place]
        ends[length : length + 1] = [number]
    found, number = [], ends[-1] if ends else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _too_much(old: Sequence[str], new: Sequence[str]) -> bool:
    return len(old) * len(new) > _MOST_CELLS


# --- words ------------------------------------------------------------------------------------------------


def _sentences_compared(old: str, new: str) -> tuple[tuple[Piece, ...], bool]:
    """As `_words_compared`, sentence by sentence where a paragraph is as long as a book."""
    before, after = _SENTENCE.findall(old), _SENTENCE.findall(new)
    pieces: list[Piece] = []
    fine = True
    for equal, old_run, new_run in _aligned(before, after, list(map(_key, before)), list(map(_key, after))):
        if equal:
            pieces.append(Piece("same", "".join(new_run)))
            continue
        inside, looked_into = _words_compared("".join(old_run), "".join(new_run))
        pieces += inside
        fine = fine and looked_into
    return tuple(pieces), fine


def _words_compared(old: str, new: str) -> tuple[tuple[Piece, ...], bool]:
    """The pieces of two differing stretches, and whether their words were compared."""
    before, after = _words(old), _words(new)
    old_keys, new_keys = [_key(word) for word in before], [_key(word) for word in after]
    if _too_much(old_keys, new_keys):
        return _whole(old, new), False
    pieces: list[Piece] = []
    alike = 0
    for equal, old_run, new_run in _aligned(before, after, old_keys, new_keys):
        if equal:
            alike += len(new_run)
            pieces.append(Piece("same", "".join(new_run)))
        else:
            pieces += [Piece("gone", "".join(old_run))] if old_run else []
            pieces += [Piece("new", "".join(new_run))] if new_run else []
    if alike < _LEAST_ALIKE * max(len(before), len(after)):
        return _whole(old, new), True
    return tuple(_smoothed(pieces)), True


def _words(text: str) -> list[str]:
    """Words, each with the spaces after it; spaces before the first word go with it."""
    starts = [match.start() for match in _WORD.finditer(text)]
    if not starts:
        return []
    starts[0] = 0
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _whole(old: str, new: str) -> tuple[Piece, ...]:
    ends = "" if not old or old.endswith("\n") or not new else "\n"
    both = (Piece("gone", f"{old}{ends}"), Piece("new", new))
    return tuple(piece for piece in both if piece.text)


def _smoothed(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Without the particles and marks that happen to be the same within what is otherwise written anew."""
    gone, new = "", ""
    for at, piece in enumerate(pieces):
        inside = (gone or new) and at + 1 < len(pieces)
        if piece.how == "gone":
            gone += piece.text
        elif piece.how == "new":
            new += piece.text
        elif inside and gone and new and _LEFT_OVER.fullmatch(piece.text):
            gone, new = gone + piece.text, new + piece.text
        else:
            yield from _change(gone, new)
            gone, new = "", ""
            yield piece
    yield from _change(gone, new)


def _change(gone: str, new: str) -> Iterator[Piece]:
    if gone:
        yield Piece("gone", gone)
    if new:
        yield Piece("new", new)
