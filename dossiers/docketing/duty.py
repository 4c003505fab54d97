"""The several dates of one duty, and what of it still stands today. Pure: nothing here asks a clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from dossiers.models import FirmPolicy, OwnDate, TimeLimit

from .calendar import OfficeCalendar
from .dates import ONE_DAY
from .results import Calculation, Rung
from .serial import calculation_from_json

DutyKind = Literal["legal", "extendable", "internal", "target", "instruction"]

AFTER_EXPIRY = frozenset({"late_extension", "grace", "restoration", "notice"})
"""Rungs that can be taken once the due date has passed; an extension must be asked for before."""
WITHOUT_END = date.max
"""Stored as the last day of what ends only when the office sends a notice."""


@dataclass(frozen=True)
class DutyDate:
    """One date of a duty, and in both languages where it comes from. ``by`` names who set it, if anybody."""

    kind: DutyKind
    day: date
    why_ja: str
    why_en: str
    by: str = ""


@dataclass(frozen=True)
class Standing:
    """What can still be done about a limit on a day.

    ``rung`` is 0 for the due date itself, n for the n-th rung of the ladder (from 1), and one more than the
    ladder has when nothing is left; ``until`` is the last day of it, None when nothing is left or no date is
    known. ``step`` is the rung itself.
    """

    rung: int
    until: date | None
    step: Rung | None = None

    @property
    def kept_until(self) -> date | None:
        """`until` as it is stored: a rung that stands without an end keeps to `WITHOUT_END`."""
        return WITHOUT_END if self.step and self.until is None else self.until


def ladder_of(limit: TimeLimit) -> tuple[Rung, ...]:
    """The rungs of a stored limit; none for one entered by hand or stored in a shape no longer read."""
    calculation = calculation_of(limit)
    return calculation.ladder if calculation else ()


def calculation_of(limit: TimeLimit) -> Calculation | None:
    """How a stored limit was computed; None for one entered by hand or in a shape no longer read."""
    try:
        return calculation_from_json(limit.calculation)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def standing(due: date | None, ladder: Sequence[Rung], today: date) -> Standing:
    """The due date while it lasts, then the first later way whose last day has not passed."""
    if due is None or today <= due:
        return Standing(0, due)
    for place, rung in enumerate(ladder, start=1):
        open_still = rung.kind == "notice" if rung.due is None else rung.due >= today
        if rung.kind in AFTER_EXPIRY and not rung.requested and open_still:
            return Standing(place, rung.due, rung)
    return Standing(len(ladder) + 1, None)


def standing_of(limit: TimeLimit, today: date) -> Standing:
    """`standing` of a stored limit."""
    return standing(limit.due, ladder_of(limit), today)


def passed_on(limit: TimeLimit, day: date) -> bool:
    """Whether nothing could be done about the limit any more on `day`; never of one without a date."""
    if limit.due is None:
        return False
    stands = standing_of(limit, day)
    return stands.rung > 0 and stands.step is None


def dates_of(
    limit: TimeLimit, policy: FirmPolicy, calendar: OfficeCalendar, own: Iterable[OwnDate]
) -> tuple[DutyDate, ...]:
    """Every date of the duty: legal, extendable, internal, target, client's instruction, if it has one.

    The internal date is the firm's number of days before the legal one, moved back to a day on which the
    office is open, unless a person set it. Of each kind of own date the newest holds; one without a day takes
    the earlier one back.
    """
    set_by_hand = _newest(own)
    dates = [*_legal(limit), *_extendable(limit)]
    if hand := set_by_hand.get(OwnDate.Kind.INTERNAL):
        dates.append(_by_hand(hand, "internal"))
    elif limit.due and policy.internal_days:
        dates.append(_internal(limit.due, policy.internal_days, calendar))
    if target := set_by_hand.get(OwnDate.Kind.TARGET):
        dates.append(_by_hand(target, "target"))
    if instruction := set_by_hand.get(OwnDate.Kind.INSTRUCTION):
        dates.append(_by_hand(instruction, "instruction"))
    return tuple(dates)


def internal_date(due: date, days: int, calendar: OfficeCalendar) -> date:
    """The day `days` before `due`, moved back to a day on which the office is open."""
    day = due - timedelta(days=min(days, (due - date.min).days))
    while calendar.why_closed(day) and day > date.min:
        day -= ONE_DAY
    return day


def open_days_after(day: date, days: int, calendar: OfficeCalendar) -> date:
    """The `days`-th day after `day` on which the office is open."""
    for _ in range(days):
        day = calendar.roll(day + ONE_DAY)[0]
    return day


def _legal(limit: TimeLimit) -> list[DutyDate]:
    if limit.due is None:
        return []
    if limit.rung == 0 and limit.calculation:
        return [DutyDate("legal", limit.due, "規則により計算した期限", "computed by the rule")]
    if limit.calculation:
        return [
            DutyDate("legal", limit.due, "規則により計算した期限（経過）", "computed by the rule; passed")
        ]
    return [DutyDate("legal", limit.due, "手入力の期限", "entered by hand")]


def _extendable(limit: TimeLimit) -> list[DutyDate]:
    rungs = [
        rung for rung in ladder_of(limit) if rung.kind == "extension" and rung.due and not rung.requested
    ]
    last = max(rungs, key=lambda rung: rung.due or date.min, default=None)
    if last is None or last.due is None or limit.due is None or last.due <= limit.due:
        return []
    ja = f"期限内に請求した場合の延長の末日（{last.article_ja or last.article}）"
    return [DutyDate("extendable", last.due, ja, f"last day if extended in time ({last.article})")]


def _internal(due: date, days: int, calendar: OfficeCalendar) -> DutyDate:
    day = internal_date(due, days, calendar)
    ja, en = f"所内規定：期限の{days}日前", f"firm policy: {days} days before the legal date"
    if day != due - timedelta(days=days):
        ja, en = f"{ja}（閉庁日のため前の開庁日）", f"{en}, moved back to an open day"
    return DutyDate("internal", day, ja, en)


def _by_hand(row: OwnDate, kind: DutyKind) -> DutyDate:
    day = row.day or date.min
    return DutyDate(kind, day, row.note or "手入力", row.note or "set by hand", str(row.by))


def _newest(own: Iterable[OwnDate]) -> dict[str, OwnDate]:
    """Of each kind the newest row, where it has a day."""
    newest: dict[str, OwnDate] = {}
    for row in sorted(own, key=lambda row: (row.at, row.pk)):
        newest[row.kind] = row
    return {kind: row for kind, row in newest.items() if row.day}
