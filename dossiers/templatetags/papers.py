"""Words and marks for the parts of a read paper: what an amendment changes, and what it underlines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from apiclient.documents import Change, Claim, Filing
from dossiers.models import Picture
from dossiers.views.reading import Anchor, Shown
from dossiers.views.words import picture_words

register = template.Library()

_LONGEST = 20_000  # characters of one part, and
_MOST_OF_ALL = 40_000  # of all changes of an amendment: the full text beside it has everything
_MOST_FRAMES = 20


@dataclass(frozen=True)
class Fitting:
    """The changes of an amendment that are shown as such, and whether there are `more`."""

    changes: tuple[Change, ...]
    more: bool


@register.filter
def fitting(filing: Filing) -> Fitting:
    """Of an amendment as much as a page holds, always the beginning."""
    room, shown = _MOST_OF_ALL, []
    for change in filing.changes:
        if room <= 0:
            return Fitting(tuple(shown), True)
        claims = list(_that_fit(change.claims, room))
        room -= sum(map(_size, claims)) if change.claims else _size(change)
        shown.append(replace(change, claims=tuple(claims)))
        if len(claims) < len(change.claims):
            return Fitting(tuple(shown), True)
    return Fitting(tuple(shown), any(len(part.text) > _LONGEST for part in _parts(shown)))


def _parts(changes: Iterable[Change]) -> Iterator[Change | Claim]:
    for change in changes:
        yield from change.claims or (change,)


def _that_fit(claims: Iterable[Claim], room: int) -> Iterator[Claim]:
    for claim in claims:
        if room <= 0:
            return
        yield claim
        room -= _size(claim)


def _size(part: Change | Claim) -> int:
    """What it takes of a page: its characters, and its heading."""
    return 50 + min(len(part.text), _LONGEST)


@register.filter
def underlined(part: Change | Claim) -> SafeString:
    """The part's text with what the paper underlines underlined."""
    text, pieces, place = part.text[:_LONGEST], [], 0
    for first, last in part.underlined:
        pieces += [("", text[place:first], ""), ("<u>", text[first:last], "</u>")]
        place = last
    pieces.append(("", text[place:] + ("…" if len(part.text) > _LONGEST else ""), ""))
    marked = ((SafeString(opening), text, SafeString(closing)) for opening, text, closing in pieces)
    return format_html_join("", "{}{}{}", marked)


@register.filter
def document_part(printed: str) -> str:
    """The amended document: by its name where it is one of the usual ones, else as printed."""
    names = {
        "claims": gettext("Claims"),
        "description": pgettext("part of an application", "Description"),
        "drawings": pgettext("part of an application", "Drawings"),
        "abstract": pgettext("part of an application", "Abstract"),
    }
    return names.get(printed, printed)


@register.filter
def way_words(way: str | None) -> str:
    names = {
        "add": pgettext("by an amendment", "added"),
        "delete": pgettext("by an amendment", "deleted"),
        "change": pgettext("by an amendment", "changed"),
    }
    return names.get(way or "", pgettext("by an amendment", "not said how"))


@register.filter
def place_of(shown: Shown, number: int) -> Anchor | None:
    """Where the provision of this number stands in the text: its anchor, or nothing."""
    return shown.at.get(f"article{number}")


@register.filter
def frames(picture: Picture) -> range:
    """The pages of a picture that are shown."""
    return range(min(picture.frames, _MOST_FRAMES))


register.filter("picture_words", picture_words)
