"""Where the parts of a notice stand in its text, so that a page can show each in its own words.

A notice keeps what was read, not where. Every part but those of an XML head is a stretch of the text, broken
over lines and padded; so each is looked for again, without the spaces. What is not found for certain has no
place. A place is good for the text of that notice alone, and readings stored before this was written have
theirs too.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from apiclient.documents.grounds import articles_at
from apiclient.documents.layout import plain, printed_date
from apiclient.documents.mentions import mentions_of
from apiclient.documents.model import Cited, Notice

Part = Literal[
    "final", "drafted", "addressee", "period", "conclusion", "article", "reason", "cited", "mention", "search"
]
LONGEST = 400_000  # characters of a text in which places are looked for
_MOST_ALIKE = 200  # places of one part
_MOST_MENTIONS = 4_000  # of all cited documents together
_FINAL = ("<最後>", "最後の拒絶理由通知とする理由")
_DRAFTED = "起案日"
_LONGEST_DATE = 16
_ENTRY_MARKS = ".、::)"


@dataclass(frozen=True)
class Place:
    """`notice.text[start:end]` says the part `index` of its kind, spaces and line ends apart.

    `index` counts in `notice.articles`, `reasons` or `cited`; a mention has the index of the cited document.
    """

    part: Part
    index: int
    start: int
    end: int


@dataclass(frozen=True)
class _Compact:
    """A text without its spaces, and where each of its characters stands in it."""

    text: str
    places: array[int]

    @classmethod
    def of(cls, text: str) -> _Compact:
        kept = [place for place, character in enumerate(text) if not character.isspace()]
        return cls("".join(text[place] for place in kept), array("I", kept))

    def found(self, words: str, begin: int = 0) -> Iterator[int]:
        """Where `words`, whose spaces do not count, begin in the compact text."""
        sought = "".join(words.split())
        place = self.text.find(sought, begin) if sought else -1
        while place >= 0:
            yield place
            place = self.text.find(sought, place + len(sought))

    def place(self, part: Part, index: int, begin: int, end: int) -> Place:
        return Place(part, index, self.places[begin], self.places[end - 1] + 1)


def places_of(notice: Notice) -> tuple[Place, ...]:
    """The places of the notice's parts in `notice.text`, in its order; longer ones before those within."""
    text = notice.text[:LONGEST]
    compact = _Compact.of(text)
    found = [
        *_single(notice, compact),
        *_articles(notice, text),
        *_passages(notice, text),
        *_cited(notice, compact),
    ]
    return tuple(
        sorted(dict.fromkeys(found), key=lambda place: (place.start, -place.end, place.part, place.index))
    )


def passage(text: str, place: Place, *, most: int = 300) -> tuple[int, int]:
    """The sentence round a place, within its line; at most `most` characters about it."""
    first, last = max(0, place.start - most), min(len(text), place.end + most)
    low = max(text.rfind(mark, first, place.start) + 1 for mark in "。\n")
    ends = [end for mark in "。\n" if (end := text.find(mark, place.end, last)) >= 0]
    high = min(ends, default=last)
    high += high < last and text[high] == "。"
    return max(low, first), high


# --- parts that are sentences ---------------------------------------------------------------------------


def _single(notice: Notice, compact: _Compact) -> Iterator[Place]:
    yield from _drafted(notice, compact)
    said: list[tuple[Part, str]] = [("addressee", notice.addressee or "")]
    if notice.period:
        said.append(("period", notice.period.quote))
    if notice.decision:
        said.append(("conclusion", notice.decision.conclusion))
    for part, words in said:
        yield from _first(part, 0, words, compact)
    if notice.final:
        folded = _Compact(plain(compact.text), compact.places)
        marks = (place for words in _FINAL for place in _first("final", 0, words, folded))
        yield from islice(marks, 1)


def _first(part: Part, index: int, words: str, compact: _Compact) -> Iterator[Place]:
    length = len("".join(words.split()))
    for begin in islice(compact.found(words), 1):
        yield compact.place(part, index, begin, begin + length)


def _drafted(notice: Notice, compact: _Compact) -> Iterator[Place]:
    """The date after its label; an XML paper has it in its head, outside the text."""
    for begin in islice(compact.found(_DRAFTED), 1):
        start = begin + len(_DRAFTED)
        printed, day, _ = compact.text[start : start + _LONGEST_DATE].partition("日")
        if day and printed_date(printed + day) == notice.drafting_date:
            yield compact.place("drafted", 0, start, start + len(printed) + 1)


# --- grounds ----------------------------------------------------------------------------------------------


def _articles(notice: Notice, text: str) -> Iterator[Place]:
    """Of each provision the first mention that names its article: 「同項第２号」 would say nothing alone."""
    wanted = {(one.law, one.reference): index for index, one in enumerate(notice.articles)}
    offset = 0
    for line in text.split("\n"):
        for article, start in articles_at(line, notice.law) if wanted and "条" in line else ():
            index = wanted.get((article.law, article.reference))
            if index is not None and "条" in article.as_printed:
                del wanted[article.law, article.reference]
                yield Place("article", index, offset + start, offset + start + len(article.as_printed))
        offset += len(line) + 1


def _passages(notice: Notice, text: str) -> Iterator[Place]:
    """Reasons and the record of the search: parts that are lines."""
    lines = _printed_lines(text)
    at: dict[str, list[int]] = {}
    for number, (line, _) in enumerate(lines):
        at.setdefault(line, []).append(number)
    for index, reason in enumerate(notice.reasons):
        yield from islice(_lines_place("reason", index, reason.text, lines, at), _MOST_ALIKE)
    yield from islice(_lines_place("search", 0, notice.search_record, lines, at), _MOST_ALIKE)


def _lines_place(
    part: Part, index: int, said: str, lines: Sequence[tuple[str, int]], at: dict[str, list[int]]
) -> Iterator[Place]:
    """Where the lines of a part stand, one place for each passage of lines that follow one another.

    A part may be gathered from several passages of the text, in its order. `at` has the numbers of `lines`.
    """
    sought = [line.rstrip() for line in said[:LONGEST].split("\n") if line.strip()]
    run: list[int] = []
    for line in sought:
        following = run[-1] + 1 if run else 0
        if following < len(lines) and lines[following][0] == line and run:
            run.append(following)
            continue
        places = at.get(line, [])
        next_one = bisect_left(places, following)
        if next_one == len(places):
            continue
        if run:
            yield _run(part, index, run, lines)
        run = [places[next_one]]
    if run:
        yield _run(part, index, run, lines)


def _printed_lines(text: str) -> list[tuple[str, int]]:
    """Lines that are not blank, without the spaces at their ends, and where each begins."""
    found, offset = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append((line.rstrip(), offset))
        offset += len(line) + 1
    return found


def _run(part: Part, index: int, run: Sequence[int], lines: Sequence[tuple[str, int]]) -> Place:
    last, offset = lines[run[-1]]
    return Place(part, index, lines[run[0]][1], offset + len(last))


# --- cited documents --------------------------------------------------------------------------------------


def _cited(notice: Notice, compact: _Compact) -> Iterator[Place]:
    entries: dict[int, Place] = {}
    for index, cited in enumerate(notice.cited):
        for place in islice(_printed_in_list(index, cited, compact), 1):
            entries[index] = place
            yield place
    named = chain(
        _mentions(notice, compact, {place.start for place in entries.values()}),
        *(_named_again(index, cited, compact) for index, cited in enumerate(notice.cited) if not cited.label),
    )
    yield from islice(named, _MOST_MENTIONS)


def _printed_in_list(index: int, cited: Cited, compact: _Compact) -> Iterator[Place]:
    """The entry: its words behind its label, where it has one."""
    length = len("".join(cited.as_printed.split()))
    for begin in islice(compact.found(cited.as_printed), _MOST_ALIKE):
        before = plain(compact.text[max(0, begin - len(cited.label) - 1) : begin])
        labelled = before[:-1] == cited.label and before[-1:] in tuple(_ENTRY_MARKS)
        if labelled or not cited.label:
            yield compact.place("cited", index, begin, begin + length)


def _mentions(notice: Notice, compact: _Compact, entries: set[int]) -> Iterator[Place]:
    """Mentions by label, but for the labels of the list's own entries."""
    by_label: dict[str, list[int]] = {}
    for index, cited in enumerate(notice.cited):
        by_label.setdefault(plain(cited.label), []).append(index)
    told = dict.fromkeys(range(len(notice.cited)), 0)
    for labels, begin, end in mentions_of(compact.text, by_label.keys() - {""}):
        after = compact.places[end + 1] if end + 1 < len(compact.places) else -1
        if after in entries:
            continue
        for index in (index for label in labels for index in by_label[label]):
            told[index] += 1
            if told[index] <= _MOST_ALIKE:
                yield compact.place("mention", index, begin, end)


def _named_again(index: int, cited: Cited, compact: _Compact) -> Iterator[Place]:
    length = len("".join(cited.as_printed.split()))
    for begin in islice(compact.found(cited.as_printed), 1, _MOST_ALIKE):
        yield compact.place("mention", index, begin, begin + length)
