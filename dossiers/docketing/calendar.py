"""Days on which the office is closed, and moving a last day off them (Patent Act Art. 3(2))."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from .dates import ONE_DAY, OutOfRange

DATA = Path(__file__).parent / "data"

WEEKDAY_CLOSED = {5: "土曜日", 6: "日曜日"}
YEAR_END = "年末年始(12月29日〜1月3日)の閉庁日"

_ENGLISH = {
    "土曜日": "Saturday",
    "日曜日": "Sunday",
    YEAR_END: "year-end closure (29 December to 3 January)",
    "元日": "New Year's Day",
    "成人の日": "Coming of Age Day",
    "建国記念の日": "National Foundation Day",
    "天皇誕生日": "Emperor's Birthday",
    "春分の日": "Vernal Equinox Day",
    "昭和の日": "Showa Day",
    "憲法記念日": "Constitution Memorial Day",
    "みどりの日": "Greenery Day",
    "こどもの日": "Children's Day",
    "海の日": "Marine Day",
    "山の日": "Mountain Day",
    "敬老の日": "Respect for the Aged Day",
    "秋分の日": "Autumnal Equinox Day",
    "スポーツの日": "Sports Day",
    "体育の日": "Health and Sports Day",
    "文化の日": "Culture Day",
    "勤労感謝の日": "Labour Thanksgiving Day",
    "国民の休日": "citizens' holiday",
    "即位礼正殿の儀": "enthronement ceremony",
    "天皇の即位の日": "enthronement day",
    "振替休日": "substitute holiday",
}


@dataclass(frozen=True)
class OfficeCalendar:
    """Closed days of the office: national holidays given, weekends and the year-end closure by rule.

    ``closures`` maps a day to the Japanese name of its reason; ``english`` maps such a name to an
    English one where the package has none of its own. Days after ``confirmed_through`` rest
    on holidays that are predicted, not announced.
    """

    closures: Mapping[date, str]
    confirmed_through: date
    english: Mapping[str, str] = field(default_factory=dict)

    def why_closed(self, day: date) -> str | None:
        """The reason, in Japanese, why the office is closed on ``day``; None when it is open.

        The days are those of Art. 1(1) of the Act on Holidays of Administrative Organs.
        """
        if day in self.closures:
            return self.closures[day]
        if (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
            return YEAR_END
        return WEEKDAY_CLOSED.get(day.weekday())

    def roll(self, day: date) -> tuple[date, tuple[tuple[date, str], ...]]:
        """The first open day on or after ``day``, and each closed day passed over with its reason."""
        skipped: list[tuple[date, str]] = []
        while reason := self.why_closed(day):
            skipped.append((day, reason))
            if day == date.max:
                raise OutOfRange("no open day is left in the calendar")
            day += ONE_DAY
        return day, tuple(skipped)

    def is_confirmed(self, day: date) -> bool:
        """Whether the holidays around ``day`` have been announced."""
        return day <= self.confirmed_through

    def in_english(self, reason: str) -> str:
        """The English name of a reason of closure; the Japanese one again when there is none."""
        names = {**_ENGLISH, **self.english}
        if reason in names:
            return names[reason]
        return ", ".join(names[part] for part in reason.split() if part in names) or reason


def office_calendar(extra: Mapping[date, tuple[str, str]] | None = None) -> OfficeCalendar:
    """The calendar of the Japan Patent Office from this package's data (holidays 1995 to 2060).

    ``extra`` are further closed days with their reason in Japanese and English.
    """
    extra = extra or {}
    announced = _settings()
    closures = {**_holidays(), **{date.fromisoformat(day): why for day, why in announced["closures"].items()}}
    closures.update({day: ja for day, (ja, _) in extra.items()})
    return OfficeCalendar(closures, announced["confirmed_through"], dict(extra.values()))


@cache
def _settings() -> dict[str, Any]:
    return tomllib.loads((DATA / "calendar.toml").read_text(encoding="utf-8"))


@cache
def _holidays() -> dict[date, str]:
    with (DATA / "holidays.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return {date.fromisoformat(day): name for day, name in rows}
