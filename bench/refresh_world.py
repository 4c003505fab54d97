"""Lives of invented patents, designs and trademarks before the office, drawn from its published figures.

A docket in its steady state: as many cases leave at the end of their life as are filed. Every act of the
office and of the applicant falls on a day the office is open and can be seen through the API on the next day.
The figures are those of the office's annual reports (first-action pendency, shares of outcomes, appeals) and
of studies of when examination is requested; waits are gamma distributed, with a mean for every technical
field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dossiers.docketing.calendar import office_calendar

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MONTH = 365.25 / 12
# Days a case stays in the docket: fifteen and a half years, after which most rights have been given up. So a
# docket of 50,000 has some 9,000 cases that can still move and about 13 acts of the office a day.
LIFE = 5660
SHARES = {"patent": 0.8, "design": 0.08, "trademark": 0.12}
LAW_NAMES = ("patent", "design", "trademark")
CODES = ("A621", "A871", "A131", "A53", "A01", "A02", "A191", "C60", "C211", "C13", "C03", "R150")
CODE_AT = {code: at for at, code in enumerate(CODES)}
ACTS = frozenset({"A131", "A01", "A02", "A191", "C13", "C03"})
OVERSEAS = 0.25


@dataclass(slots=True)
class World:
    """Cases in the order of their filing, and their documents by case and day; days are ordinals.

    `first[n]:first[n + 1]` are the documents of case n. `visible` is the day after a document's own.
    """

    law: Ints
    filed: Ints
    overseas: NDArray[np.bool_]
    case: Ints
    code: Ints
    day: Ints
    first: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.first = np.searchsorted(self.case, np.arange(len(self.filed) + 1))

    @property
    def visible(self) -> Ints:
        """The first day on which each document shows."""
        return self.day + 1


@dataclass(frozen=True, slots=True)
class Examination:
    """The figures of one law: months to the first action, and shares of what becomes of a case."""

    first_action: float
    fields: tuple[float, float]  # the first action's mean in the quickest and the slowest field
    accelerated: float  # share
    accelerated_months: float
    allowed_at_once: float
    after_answer: tuple[float, float]  # allowed, noticed again; the rest is refused
    appealed: float
    variation: float = 0.25


EXAMINATIONS = {
    "patent": Examination(9.4, (8.2, 10.6), 0.08, 2.3, 0.14, (0.62, 0.24), 0.29),
    "design": Examination(6.0, (5.4, 6.6), 0.02, 2.1, 0.78, (0.75, 0.08), 0.08),
    "trademark": Examination(6.1, (5.5, 6.7), 0.02, 1.7, 0.72, (0.72, 0.08), 0.10),
}


def make_world(cases: int, start: date, days: int, seed: int, *, burst: float = 0.0) -> World:
    """A docket of `cases` from `start` on for `days`; `burst`: share of it filed within one week, so that its
    requests and actions come together."""
    chance = np.random.default_rng(seed)
    total = round(cases * (LIFE + days) / LIFE)
    begin = start.toordinal() - LIFE
    filed = np.sort(chance.integers(begin, begin + LIFE + days, total))
    if burst:
        # Three years and a half before the start: most requests of such a week have just been made.
        crowd = chance.random(total) < burst
        filed[crowd] = start.toordinal() - 1280 + chance.integers(0, 7, int(crowd.sum()))
        filed.sort()
    law = chance.choice(len(SHARES), total, p=list(SHARES.values()))
    overseas = chance.random(total) < OVERSEAS
    writer = _Writer(chance, filed, overseas, _open_days(begin - 1, begin + 2 * LIFE + days))
    for at, name in enumerate(LAW_NAMES):
        _examine(writer, np.flatnonzero(law == at), EXAMINATIONS[name], name)
    case, code, day = writer.all()
    kept = day < start.toordinal() + days
    case, code, day = case[kept], code[kept], day[kept]
    order = np.lexsort((code, day, case))
    return World(law, filed, overseas, case[order], code[order], day[order])


@cache
def calendar_of(first: int, last: int) -> tuple[bool, ...]:
    """Whether the office is open on each day from `first` to `last`."""
    calendar = office_calendar()
    days = (date.fromordinal(first) + timedelta(days=at) for at in range(last - first))
    return tuple(calendar.why_closed(day) is None for day in days)


def _open_days(first: int, last: int) -> tuple[int, Ints]:
    """(first day, for each day from there the first open day on or after it)."""
    opened = np.array(calendar_of(first, last))
    days = np.arange(first, last)
    following = np.where(opened, days, last)
    return first, np.minimum.accumulate(following[::-1])[::-1]


class _Writer:
    """Draws waits and collects documents."""

    def __init__(
        self, chance: np.random.Generator, filed: Ints, overseas: NDArray[np.bool_], opened: tuple[int, Ints]
    ) -> None:
        self.chance = chance
        self.filed = filed
        self.overseas = overseas
        self._first, self._following = opened
        self._documents: list[tuple[Ints, Ints, Ints]] = []

    def write(self, rows: Ints, code: str, day: Floats | Ints) -> Ints:
        """A document per row on the first open day from `day` on; returns those days."""
        at = np.clip(np.asarray(day, np.float64).astype(np.int64) - self._first, 0, len(self._following) - 1)
        days = self._following[at]
        self._documents.append((rows, np.full(len(rows), CODE_AT[code]), days))
        return days

    def wait(self, mean: float | Floats, variation: float, size: int) -> Floats:
        """Days, gamma distributed."""
        shape = 1 / variation**2
        return self.chance.gamma(shape, np.asarray(mean) / shape, size)

    def split(self, rows: Ints, *shares: float) -> list[NDArray[np.bool_]]:
        """One mask per share, and one for the rest."""
        bounds = np.concatenate([[0.0], np.cumsum(shares), [1.0 + 1e-9]])
        drawn = self.chance.random(len(rows))
        return [(drawn >= low) & (drawn < high) for low, high in pairwise(bounds)]

    def all(self) -> tuple[Ints, Ints, Ints]:
        """(case, code, day) of every document, in no order."""
        case, code, day = zip(*self._documents, strict=True)
        return np.concatenate(case), np.concatenate(code), np.concatenate(day)


def _examine(writer: _Writer, rows: Ints, figures: Examination, law: str) -> None:
    filed = writer.filed[rows]
    if law == "patent":
        rows, requested = _request(writer, rows, filed)
    else:
        requested = filed
    field_mean = writer.chance.uniform(*figures.fields, len(rows)) * MONTH
    until = writer.wait(field_mean, figures.variation, len(rows))
    quick = writer.chance.random(len(rows)) < figures.accelerated
    until[quick] = 20 + writer.wait(figures.accelerated_months * MONTH, 0.4, int(quick.sum()))
    writer.write(rows[quick], "A871", requested[quick] + 15)
    allowed, noticed = writer.split(rows, figures.allowed_at_once)
    _allow(writer, rows[allowed], requested[allowed] + until[allowed])
    _notice(writer, rows[noticed], requested[noticed] + until[noticed], figures, again=0)


def _request(writer: _Writer, rows: Ints, filed: Ints) -> tuple[Ints, Ints]:
    """A patent's request: soon, within two years, or before the third anniversary; 28 of 100 never."""
    soon, first, second, third, _ = writer.split(rows, 0.185, 0.10, 0.17, 0.263)
    draw = writer.chance
    after = np.full(len(rows), -1.0)
    after[soon] = draw.uniform(0, 150, int(soon.sum()))
    after[first] = draw.uniform(150, 540, int(first.sum()))
    after[second] = draw.uniform(540, 900, int(second.sum()))
    after[third] = 1090 - np.minimum(185, draw.exponential(45, int(third.sum())))
    made = after >= 0
    return rows[made], writer.write(rows[made], "A621", filed[made] + after[made])


def _notice(writer: _Writer, rows: Ints, day: Floats, figures: Examination, again: int) -> None:
    if not len(rows):
        return
    noticed = writer.write(rows, "A131", day)
    abroad = writer.overseas[rows]
    extended = writer.chance.random(len(rows)) < np.where(abroad, 0.25, 0.12)
    period = np.where(abroad, 90, 60) + np.where(extended, 60, 0)
    left = writer.chance.random(len(rows)) < 0.08
    early = np.minimum(period - 2, writer.chance.exponential(8, len(rows)))
    answered = writer.write(rows[~left], "A53", noticed[~left] + (period - early)[~left])
    quiet = noticed[left] + period[left] + writer.wait(60, 0.4, int(left.sum()))
    _refuse(writer, rows[left], quiet, figures.appealed * 0.2)
    rows = rows[~left]
    acted = answered + writer.wait(95, 0.55, len(rows))
    noticed_again = figures.after_answer[1] * (1.0, 0.5, 0.25, 0.0)[min(again, 3)]
    allowed, other, refused = writer.split(rows, figures.after_answer[0], noticed_again)
    _allow(writer, rows[allowed], acted[allowed])
    _notice(writer, rows[other], acted[other], figures, again + 1)
    _refuse(writer, rows[refused], acted[refused], figures.appealed)


def _allow(writer: _Writer, rows: Ints, day: Floats) -> None:
    allowed = writer.write(rows, "A01", day)
    paid = writer.chance.random(len(rows)) < 0.98
    fee = np.minimum(30, 5 + writer.wait(18, 0.4, int(paid.sum())))
    writer.write(rows[paid], "R150", allowed[paid] + fee + 12)


def _refuse(writer: _Writer, rows: Ints, day: Floats, appealed: float) -> None:
    refused = writer.write(rows, "A02", day)
    dismissed = writer.chance.random(len(rows)) < 0.08
    writer.write(rows[dismissed], "A191", refused[dismissed])
    goes_on = writer.chance.random(len(rows)) < appealed
    rows, refused = rows[goes_on], refused[goes_on]
    appeal = writer.write(rows, "C60", refused + 90 - np.minimum(60, writer.chance.exponential(6, len(rows))))
    reported = appeal + writer.wait(100, 0.35, len(rows))
    granted, kept = writer.split(rows, 0.6)
    _allow(writer, rows[granted], reported[granted])
    _board(writer, rows[kept], reported[kept])


def _board(writer: _Writer, rows: Ints, day: Floats) -> None:
    moved = writer.write(rows, "C211", day)
    noticed, straight = writer.split(rows, 0.4)
    writer.write(rows[straight], "C03", moved[straight] + writer.wait(365, 0.35, int(straight.sum())))
    notice = writer.write(rows[noticed], "C13", moved[noticed] + writer.wait(280, 0.35, int(noticed.sum())))
    answer = writer.write(rows[noticed], "A53", notice + 55)
    writer.write(rows[noticed], "C03", answer + writer.wait(100, 0.5, int(noticed.sum())))
