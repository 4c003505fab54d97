"""From rows of the office's document list to acts: every part of one filing is one event.

The office gives the same document under several numbers of the case (a decision stands under the application
and, without its number, under the registration) and one filing as several parts. Sentinels such as
99999999999 are no identities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass
class Act:
    """One act as the office's list tells it: all rows of it, whatever number of the case they stand under.

    `number` is "" where the office gives none. `dates` are the different dates its rows name, best first.
    """

    code: str
    number: str
    rows: list[tuple[NumberBlock, DocumentRow]] = field(default_factory=list)

    @property
    def dates(self) -> list[date]:
        """The dates of the rows with the act's own number; the application's block before all others."""
        own = [(block, row) for block, row in self.rows if real_number(row) == self.number]
        told = {(block.number_type != "01", row.legal_date) for block, row in own if row.legal_date}
        return list(dict.fromkeys(day for _, day in sorted(told)))

    @property
    def on(self) -> date | None:
        return self.dates[0] if self.dates else None

    @property
    def description(self) -> str:
        return self.rows[0][1].description

    @property
    def key(self) -> str:
        """The name of a new event of this act within its case."""
        return f"{self.code}:{self.number or _day(self.on)}"


def acts_of(blocks: tuple[NumberBlock, ...]) -> list[Act]:
    """The acts of a document list, the same for the same rows in any order.

    Rows with a number of their own belong together by it; a row without one belongs to the act of its code
    and day.
    """
    acts: list[Act] = []
    for block, row in sorted(((b, r) for b in blocks for r in b.documents), key=_rank):
        act = _act_of(row, acts)
        if act is None:
            act = Act(row.code, real_number(row))
            acts.append(act)
        act.rows.append((block, row))
    return acts


def _act_of(row: DocumentRow, acts: list[Act]) -> Act | None:
    number = real_number(row)
    for act in acts:
        if act.code != row.code:
            continue
        if act.number == number if number else row.legal_date in (act.dates or [None]):
            return act
    return None


def _rank(pair: tuple[NumberBlock, DocumentRow]) -> tuple[bool, bool, str, str]:
    """Rows with a number first, so that numberless twins find them; then the part that names the filing."""
    block, row = pair
    return (real_number(row) == "", row.separator.strip() != _NAMING_PART, block.number_type, identity(*pair))


def _day(day: date | None) -> str:
    return day.strftime("%Y%m%d") if day else "undated"
