"""Words and marks for the parts of a read paper: what an amendment changes, and what it underlines."""

from __future__ import annotations

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from apiclient.documents import Change, Claim
from dossiers.models import Picture
from dossiers.views.reading import Shown
from dossiers.views.words import picture_words

register = template.Library()

_LONGEST = 50_000  # characters of one part; the download has everything
_MOST_FRAMES = 20


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
def place_of(shown: Shown, number: int) -> str:
    """Where the provision of this number stands in the text: its anchor, or nothing."""
    return shown.at.get(f"article{number}", "")


@register.filter
def frames(picture: Picture) -> range:
    """The pages of a picture that are shown."""
    return range(min(picture.frames, _MOST_FRAMES))


register.filter("picture_words", picture_words)
