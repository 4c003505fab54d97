"""From rows of the office's document list to acts: every part of one filing is one event.

The office gives the same document under several numbers of the case (a decision stands under the application
and, without its number, under the registration) and one filing as several parts. Sentinels such as
99999999999 are no identities.
"""

from __future__ import annotations

from datetime import date

from apiclient.jpo.replies import DocumentRow, NumberBlock

SENTINELS = frozenset({"99999999999", "BBBBBBBBBBB", ""})
# One filing arrives in parts; this one names it: the request before claims, description, drawings, abstract.
_NAMING_PART = "S"


def real_number(row: DocumentRow) -> str:
    """The document's own number, "" where the office put a sentinel."""
    return "" if row.number in SENTINELS else row.number


def identity(block: NumberBlock, row: DocumentRow) -> str:
    """The row's name within the case: every field that tells it from its neighbours."""
    on = row.legal_date.strftime("%Y%m%d") if row.legal_date else ""
    return "|".join((block.number_type, block.number, row.number, row.code, row.separator.strip(), on))


def rows_of(blocks: tuple[NumberBlock, ...]) -> list[tuple[NumberBlock, DocumentRow]]:
    """All rows, those with a number of their own first, so that numberless twins find them."""
    rows = [(block, row) for block in blocks for row in block.documents]
    return sorted(rows, key=lambda pair: (real_number(pair[1]) == "", pair[1].separator != _NAMING_PART))


def event_key(row: DocumentRow) -> str:
    """The name of a new event within its case."""
    number = real_number(row)
    if number:
        return f"{row.code}:{number}"
    return f"{row.code}:{_day(row.legal_date)}"


def _day(day: date | None) -> str:
    return day.strftime("%Y%m%d") if day else "undated"
