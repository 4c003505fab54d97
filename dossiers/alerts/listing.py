"""A mail about several things at once: a line for each, in its reader's language, as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.template.loader import render_to_string

from dossiers.alerts.letter import Ask, Pair, Tone
from dossiers.alerts.words import Language


@dataclass(frozen=True)
class Row:
    """One thing: its date or what stands in its place, which case, what, and what else there is to know."""

    when: str
    number: str
    words: str
    url: str
    remark: str = ""
    tone: Tone = "calm"


@dataclass(frozen=True)
class Listing:
    """A whole mail. `late` says that it comes late, "" where it does not; `leave` is the way out."""

    language: Language
    subject: str
    title: str
    intro: str
    late: str
    rows: tuple[Row, ...]
    ask: Ask | None
    why: str
    leave: Pair
    opening: str = ""  # the firm's own words, and what they may name (alerts.wording)
    closing: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def as_html(listing: Listing) -> str:
    context = {"listing": listing, "language": listing.language, "subject": listing.subject}
    return render_to_string("mail/listing.html", context)


def as_text(listing: Listing) -> str:
    """The same in plain text; lines are left long, so that numbers and addresses are never broken."""
    ask = listing.ask
    mark = "※" if listing.language == "ja" else "!"
    label, leave = listing.leave
    parts = [
        listing.opening,
        f"{listing.title}\n{listing.intro}",
        f"{mark} {listing.late}" if listing.late else "",
        f"■ {ask.title}\n{ask.words}\n{ask.link[0]}: {ask.link[1]}" if ask else "",
        "\n".join(_row_text(row) for row in listing.rows),
        listing.closing,
        f"{'─' * 30}\n{listing.why}\n{label}: {leave}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _row_text(row: Row) -> str:
    remark = f" ({row.remark})" if row.remark else ""
    return f"  {row.when}  {row.number}  {row.words}{remark}\n      {row.url}"
