"""Days on which the office is closed, and moving a last day off them (Patent Act Art. 3(2))."""

import hashlib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from .dates import ONE_DAY, OutOfRange

Basis = Literal[
    "weekend", "year_end", "holiday", "equinox", "substitute", "citizens", "enthronement", "games", "added"
]
"""Why a day is closed; each is a provision of its own, ``added`` what people of the firm entered."""

DATA = Path(__file__).parent / "data"

FIRST_YEAR, LAST_YEAR = 1995, 2060
"""The years whose national holidays this package knows; later ones are never confirmed."""
FEWEST_HOLIDAYS = 15

WEEKDAY_CLOSED = {5: "土曜日", 6: "日曜日"}
YEAR_END = "年末年始（12月29日〜1月3日）の閉庁日"

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


class CalendarBroken(ValueError):
    """A file of closed days that cannot be relied on. The message says where, and what to do."""


@dataclass(frozen=True)
class ClosedDay:
    """One day on which the office is closed. ``predicted``: the day may still be announced otherwise."""

    day: date
    reason: str
    basis: Basis
    predicted: bool


@dataclass(frozen=True)
class OfficeCalendar:
    """Closed days of the office: national holidays given, weekends and the year-end closure by rule.

    ``closures`` maps a day to the Japanese name of its reason; ``english`` maps such a name to an
    English one where the package has none of its own. Days after ``confirmed_through`` rest
    on holidays that are predicted, not announced. ``added`` are the closures that people entered,
    ``opened`` the holidays of ``closures`` that are working days after all.
    """

    closures: Mapping[date, str]
    confirmed_through: date
    english: Mapping[str, str] = field(default_factory=dict)
    added: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def why_closed(self, day: date) -> str | None:
        """The reason, in Japanese, why the office is closed on ``day``; None when it is open.

        The days are those of Art. 1(1) of the Act on Holidays of Administrative Organs.
        """
        if day in self.closures and day not in self.opened:
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


def closed_days(calendar: OfficeCalendar, year: int) -> tuple[ClosedDay, ...]:
    """Every day of ``year`` on which the office is closed, weekends included, in order."""
    days = (
        date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    )
    return tuple(_closed_day(calendar, day, why) for day in days if (why := calendar.why_closed(day)))


def _closed_day(calendar: OfficeCalendar, day: date, reason: str) -> ClosedDay:
    basis = _basis(calendar, day, reason)
    moon_or_sun = basis in ("equinox", "citizens") or reason.startswith(_EQUINOXES)
    return ClosedDay(day, reason, basis, moon_or_sun and not calendar.is_confirmed(day))


_EQUINOXES = ("春分の日", "秋分の日")
_GAMES = {2020: ("海の日", "スポーツの日", "山の日"), 2021: ("海の日", "スポーツの日", "山の日")}
"""Holidays that were moved for the Olympic Games."""


def _basis(calendar: OfficeCalendar, day: date, reason: str) -> Basis:
    if day in calendar.added:
        return "added"
    if day not in calendar.closures:
        return "year_end" if reason == YEAR_END else "weekend"
    if reason.endswith("振替休日"):
        return "substitute"
    if reason == "国民の休日":
        return "citizens"
    if reason in ("天皇の即位の日", "即位礼正殿の儀"):
        return "enthronement"
    if reason in _GAMES.get(day.year, ()):
        return "games"
    return "equinox" if reason in _EQUINOXES else "holiday"


def office_calendar(
    extra: Mapping[date, tuple[str, str]] | None = None,
    confirmed_years: Collection[int] = (),
    opened: Collection[date] = (),
) -> OfficeCalendar:
    """The calendar of the Japan Patent Office from this package's data (holidays 1995 to 2060).

    ``extra`` are further closed days with their reason in Japanese and English. ``confirmed_years`` are
    years whose holidays people compared with the announcement; they count as far as no year is left out.
    ``opened`` are holidays of this package that people found to be working days.
    """
    extra = extra or {}
    closures = {**national_holidays(), **{day: ja for day, (ja, _) in extra.items()}}
    through = packaged().confirmed_through
    while through.year + 1 in confirmed_years and through.year < LAST_YEAR:
        through = date(through.year + 1, 12, 31)
    return OfficeCalendar(closures, through, dict(extra.values()), frozenset(extra), frozenset(opened))


@dataclass(frozen=True)
class Packaged:
    """How far this package's holidays have been announced, and where."""

    confirmed_through: date
    source_ja: str
    source_en: str
    holidays_sha256: str


@cache
def packaged() -> Packaged:
    """What ``calendar.toml`` says. CalendarBroken when it cannot be relied on."""
    return read_settings((DATA / "calendar.toml").read_text(encoding="utf-8"))


@cache
def national_holidays() -> Mapping[date, str]:
    """What ``holidays.tsv`` says. CalendarBroken when it cannot be relied on."""
    return vouched_holidays((DATA / "holidays.tsv").read_text(encoding="utf-8"), packaged())


def read_settings(text: str) -> Packaged:
    """``calendar.toml`` as values. CalendarBroken for anything but a year's last day and its source."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CalendarBroken(f"calendar.toml is not TOML: {error}. Correct that line.") from error
    through = given.pop("confirmed_through", None)
    if type(through) is not date or (through.month, through.day) != (12, 31):
        raise CalendarBroken("calendar.toml: confirmed_through must be the last day of a year: 2027-12-31.")
    if not FIRST_YEAR <= through.year <= LAST_YEAR:
        raise CalendarBroken(f"calendar.toml: confirmed_through must lie in {FIRST_YEAR} to {LAST_YEAR}.")
    sources = [given.pop(name, None) for name in ("source_ja", "source_en")]
    if not all(isinstance(source, str) and source for source in sources):
        raise CalendarBroken(
            "calendar.toml: say in source_ja and source_en where the holidays were announced."
        )
    digest = given.pop("holidays_sha256", None)
    if not isinstance(digest, str):
        raise CalendarBroken("calendar.toml: holidays_sha256 must be the sum of holidays.tsv.")
    if given:
        raise CalendarBroken(f"calendar.toml: {', '.join(sorted(given))} means nothing here. Take it out.")
    return Packaged(through, str(sources[0]), str(sources[1]), digest)


def vouched_holidays(text: str, settings: Packaged) -> Mapping[date, str]:
    """As ``read_holidays``. CalendarBroken when the list is not the one that ``calendar.toml`` vouches for.

    A line lost, or a day changed into its neighbour, could otherwise move a limit too late unseen.
    """
    found = read_holidays(text)
    lines = "".join(f"{day}\t{name}\n" for day, name in found.items())
    digest = hashlib.sha256(lines.encode()).hexdigest()
    if digest != settings.holidays_sha256:
        raise CalendarBroken(
            "holidays.tsv is not the list calendar.toml vouches for. Compare it with the announcement line by"
            f" line; if it is right, write holidays_sha256 = {digest!r} there."
        )
    return found


def read_holidays(text: str) -> Mapping[date, str]:
    """``holidays.tsv`` as days and names. CalendarBroken names the first line that is amiss.

    Days come in order and only once, and every year has as many as the Act has had at any time, so that
    a lost or doubled line does not pass for a year with fewer holidays.
    """
    found: dict[date, str] = {}
    last = date.min
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            continue
        day, name = _holiday(line, number)
        if day <= last:
            raise CalendarBroken(
                f"holidays.tsv, line {number}: {day} must come once, and after the day before."
            )
        found[day], last = name, day
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        held = sum(1 for day in found if day.year == year)
        if held < FEWEST_HOLIDAYS:
            raise CalendarBroken(
                f"holidays.tsv: {year} has {held} holidays, at least {FEWEST_HOLIDAYS} are due."
            )
    return found


def _holiday(line: str, number: int) -> tuple[date, str]:
    day, tab, name = line.partition("\t")
    try:
        read = date.fromisoformat(day)
    except ValueError:
        read = None
    if read is None or not tab or not name.strip() or "\t" in name:
        raise CalendarBroken(f"holidays.tsv, line {number}: write a day, a tab and a name: 2027-01-01\t元日.")
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise CalendarBroken(f"holidays.tsv, line {number}: {read} lies outside {FIRST_YEAR} to {LAST_YEAR}.")
    return read, name.strip()
