"""One paper as the page shows it: what was read in it, and its words with the same parts marked."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from django.utils.safestring import SafeString

from apiclient.documents import Cited, Notice, Place, Reason, passage, places_of
from apiclient.links import JPLATPAT_SEARCH
from dossiers.models import Paper

from .finding import MOST_FOUND, find
from .portions import Portion, holding, portions
from .verbatim import Mark, marked

_MOST_SEARCHED = 1_500_000
_MOST_PASSAGES = 50  # of one cited document
_SEARCH = (("J-PlatPat", JPLATPAT_SEARCH),)  # for a document whose number is not certain
_WIDE = ("reason", "search")
Hit = tuple[int, int, int]  # its number on the page, first and one past the last character


@dataclass(frozen=True)
class Anchor:
    """A mark in the text by its `name`, and `href` that leads to it, on this page or in another portion."""

    name: str
    href: str


Found = list[tuple[Place, Anchor]]


@dataclass(frozen=True)
class Passage:
    """A sentence that mentions a cited document, and the anchor of the mention."""

    anchor: Anchor
    words: str


@dataclass(frozen=True)
class CitedShown:
    cited: Cited
    of: str
    anchor: Anchor | None
    links: tuple[tuple[str, str], ...]
    passages: tuple[Passage, ...]
    more: int  # passages not shown


@dataclass(frozen=True)
class Ground:
    """A reason of the notice; `anchors` are those of its passages."""

    reason: Reason
    of: str
    anchors: tuple[Anchor, ...]


@dataclass(frozen=True)
class Hits:
    """What a search found: `count` in all, of which `at`, from 1, is looked at.

    `more`: there are more, or the text goes on beyond what is searched.
    """

    query: str
    count: int
    at: int
    more: bool

    @property
    def before(self) -> int:
        return self.at - 1 or self.count

    @property
    def after(self) -> int:
        return self.at % self.count + 1 if self.count else 1


@dataclass(frozen=True)
class Shown:
    """A paper as the page shows it. `notice` is None when nothing in it could be made out.

    `verbatim` is a `portion` of its text. `at` gives the anchor of a part by its name: "period0", "article0".
    """

    paper: Paper
    notice: Notice | None
    verbatim: SafeString
    portion: Portion
    grounds: tuple[Ground, ...]
    cited: tuple[CitedShown, ...]
    at: dict[str, Anchor]
    marks: str  # how the anchors of this paper begin


def notice_of(paper: Paper) -> Notice | None:
    """What was read in a paper; None for a reading stored in another shape."""
    if not paper.notice:
        return None
    try:
        return Notice.from_json(paper.notice)
    except (KeyError, TypeError, ValueError):
        return None


def text_of(paper: Paper, notice: Notice | None) -> str:
    """Whatever there is of a paper's words: as rejoined for reading, else as printed, else its bytes."""
    if notice and (notice.text or notice.raw_text):
        return notice.text or notice.raw_text
    return _decoded(bytes(paper.body))


def _decoded(body: bytes) -> str:
    """The stored body as text. The office writes Shift_JIS; bytes that are no characters become marks."""
    try:
        return zlib.decompress(body).decode("cp932", errors="replace")
    except zlib.error:
        return ""


def search(texts: Sequence[str], query: str, at: int) -> tuple[list[list[Hit]], Hits | None]:
    """What is marked in each text, and how much there is; None for a search for nothing."""
    if not query.strip():
        return [[] for _ in texts], None
    found = [find(text[:_MOST_SEARCHED], query) for text in texts]
    more = any(len(one) > MOST_FOUND for one in found) or any(len(text) > _MOST_SEARCHED for text in texts)
    numbers = count(1)
    hits = [[(next(numbers), *hit) for hit in one] for one in found]
    total = sum(map(len, hits))
    return hits, Hits(query, total, min(max(at, 1), max(total, 1)), more)


def shown(
    paper: Paper, notice: Notice | None, text: str, hits: Sequence[Hit] = (), at: int = 0, part: int = 0
) -> Shown:
    """The paper with its marks and with what was searched for, of which the hit `at` is looked at.

    Of a long text one portion: the one of the number `part`, from 1, else the one with that hit, else the
    first.
    """
    prefix = f"p{paper.pk}-"
    cut = portions(text)
    portion = _portion(cut, hits, at, part)
    named = _named(places_of(notice), prefix) if notice and notice.text else []
    places = [(place, _anchor(paper, name, holding(cut, place.start), portion)) for place, name in named]
    marks = [_hit(number, start, end, number == at) for number, start, end in hits]
    marks += [_mark(place, anchor.name, prefix) for place, anchor in places]
    firsts: dict[str, Anchor] = {}
    for place, anchor in places:
        firsts.setdefault(f"{place.part}{place.index}", anchor)
    return Shown(
        paper=paper,
        notice=notice,
        verbatim=marked(text[portion.start : portion.end], _within(portion, marks)),
        portion=portion,
        grounds=tuple(_grounds(notice, places, prefix)) if notice else (),
        cited=tuple(_cited(notice, places, prefix)) if notice else (),
        at=firsts,
        marks=prefix,
    )


def _portion(cut: tuple[Portion, ...], hits: Iterable[Hit], at: int, part: int) -> Portion:
    if 1 <= part <= len(cut):
        return cut[part - 1]
    return next((holding(cut, start) for number, start, _ in hits if number == at), cut[0])


def _anchor(paper: Paper, name: str, stands: Portion, open_: Portion) -> Anchor:
    elsewhere = "" if stands == open_ else f"?paper={paper.pk}&part={stands.number}"
    return Anchor(name, f"{elsewhere}#{name}")


def _within(portion: Portion, marks: Iterable[Mark]) -> Iterator[Mark]:
    """Of the marks what stands in the portion, counted from its beginning."""
    for mark in marks:
        start, end = max(mark.start, portion.start), min(mark.end, portion.end)
        if start < end:
            yield replace(mark, start=start - portion.start, end=end - portion.start)


def _named(places: Iterable[Place], prefix: str) -> list[tuple[Place, str]]:
    """Each place with its anchor: the first of a part bears its name alone."""
    seen: dict[str, int] = {}
    named = []
    for place in places:
        base = f"{prefix}{place.part}{place.index}"
        seen[base] = seen.get(base, 0) + 1
        named.append((place, base if seen[base] == 1 else f"{base}-{seen[base]}"))
    return named


def _mark(place: Place, name: str, prefix: str) -> Mark:
    part = "cited" if place.part == "mention" else place.part
    return Mark(
        place.start,
        place.end,
        of=f"{prefix}{part}{place.index}",
        name=name,
        look=f"at-{place.part}",
        wide=place.part in _WIDE,
    )


def _hit(number: int, start: int, end: int, here: bool) -> Mark:
    return Mark(start, end, of=f"hit-{number}", name=f"hit-{number}", look="hit here" if here else "hit")


def _grounds(notice: Notice, places: Found, prefix: str) -> Iterator[Ground]:
    anchors: dict[int, list[Anchor]] = {}
    for place, anchor in places:
        if place.part == "reason":
            anchors.setdefault(place.index, []).append(anchor)
    for index, reason in enumerate(notice.reasons):
        yield Ground(reason, f"{prefix}reason{index}", tuple(anchors.get(index, ())))


def _cited(notice: Notice, places: Found, prefix: str) -> Iterator[CitedShown]:
    entries = {place.index: anchor for place, anchor in places if place.part == "cited"}
    mentions: dict[int, Found] = {}
    for place, anchor in places:
        if place.part == "mention":
            mentions.setdefault(place.index, []).append((place, anchor))
    for index, cited in enumerate(notice.cited):
        passages = tuple(_passages(notice.text, mentions.get(index, [])))
        yield CitedShown(
            cited=cited,
            of=f"{prefix}cited{index}",
            anchor=entries.get(index),
            links=cited.links or _SEARCH,
            passages=passages[:_MOST_PASSAGES],
            more=max(0, len(passages) - _MOST_PASSAGES),
        )


def _passages(text: str, mentions: Found) -> Iterator[Passage]:
    """The sentences of the mentions, each once."""
    seen = set()
    for place, anchor in mentions:
        low, high = passage(text, place)
        if (low, high) not in seen:
            seen.add((low, high))
            yield Passage(anchor, text[low:high].strip())
