"""Reminders of time limits and of the firm's own dates, computed from the docket as it stands.

Nothing is planned ahead. A round looks which rung of its ladder each running limit has reached, and orders a
mail for whoever has not been told of that rung yet; a row keeps that it is never told twice. So a date that
moved is reminded of on its own rungs, a limit that ended on none, and after a standstill the most urgent rung
alone goes out, late, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Coalesce

from apiclient.clock import JST, office_day
from dossiers.alerts import acknowledge, preferences
from dossiers.alerts.follow import followers
from dossiers.alerts.prompts import order
from dossiers.alerts.stand_ins import Charge, People, charges_of
from dossiers.docketing.calendar import OfficeCalendar
from dossiers.docketing.dates import ONE_DAY
from dossiers.docketing.rules import all_rules
from dossiers.docketing.store import RUNNING, calendar
from dossiers.models import (
    Alert,
    EventKind,
    FirmPolicy,
    Follow,
    News,
    OwnDate,
    Prompt,
    Reminder,
    Rhythm,
    TimeLimit,
    User,
    firm_policy,
)
from dossiers.reach import Eyes

FROM = timedelta(hours=8)  # after midnight in Japan
LATE_AFTER = timedelta(hours=1)
LEGAL = "legal"
URGENT = 3  # days before the last day, and after it
SINGLE = 5  # mails about one limit each that a person gets in a day; more come as one
_ROLLED_BACK = timedelta(days=14)  # a rung moves back no further: the office is never closed for so long
_ONCE_TOLD = 7  # rungs further ahead are not made up for where the date became known after them
_DAYS_IN_DIGEST = 30
_KINDS = (EventKind.LIMIT_DUE, EventKind.LIMIT_OVERDUE)
_FEES = frozenset({"fee", "annuity", "renewal"})

Ladder = tuple[int, ...]


# --- rungs ------------------------------------------------------------------------------------------------


def ladder_in(text: str) -> Ladder:
    """Days before the last day, the earliest rung first: "30 14 7". ValueError where it is something else."""
    days = {int(word) for word in text.replace(",", " ").replace("、", " ").split()}
    if any(not 0 <= day <= 365 for day in days):
        raise ValueError("days from 0 to 365")
    return tuple(sorted(days, reverse=True))


@dataclass(frozen=True)
class Rung:
    """`days` before the date, below 0 after it, and the office day on which people are reminded."""

    days: int
    on: date

    @property
    def at(self) -> datetime:
        return datetime.combine(self.on, time(), JST) + FROM


def rung_on(
    due: date, ladder: Ladder, day: date, office: OfficeCalendar, *, after: int | None
) -> Rung | None:
    """The most urgent rung reached by `day`; None before the first.

    A rung on a closed day falls on the last open day before. After the due date each open day is a rung
    (`after` is None), the first one alone (1), or none is (0).
    """
    last_open = _open_on_or_before(day, office)
    past = (last_open - due).days
    if past > 0 and after is None:
        return Rung(-past, last_open)
    if past > 0:
        return Rung(-1, office.roll(due + ONE_DAY)[0]) if after else None
    reached = [(days, _open_on_or_before(due - timedelta(days), office)) for days in ladder]
    return min(
        (Rung(days, on) for days, on in reached if on <= day), key=lambda rung: rung.days, default=None
    )


def _open_on_or_before(day: date, office: OfficeCalendar) -> date:
    while office.why_closed(day):
        day -= ONE_DAY
    return day


# --- what people could be reminded of ---------------------------------------------------------------------


@dataclass(frozen=True)
class Dated:
    """One date of a running limit with the rung it has reached. `kind` is "legal" or that of an own date.

    `in_digest`: daily digest and weekly summary name it, too.
    """

    limit: int
    case: int
    owner: int | None
    kind: str
    due: date
    rung: Rung
    known_at: datetime
    in_digest: bool = False

    @property
    def key(self) -> tuple[int, str, date]:
        return self.limit, self.kind, self.due


@dataclass
class _Ladders:
    """The firm's ladders, and the rung of each date, worked out once."""

    policy: FirmPolicy
    day: date
    office: OfficeCalendar
    _known: dict[tuple[str, date], Rung | None] = field(default_factory=dict)

    @property
    def longest(self) -> timedelta:
        ladders = [self.of(kind) for kind in ("limits", "fees", "chances", "own_dates")]
        return timedelta(max((days for ladder in ladders for days in ladder), default=0)) + _ROLLED_BACK

    def of(self, kind: str) -> Ladder:
        return ladder_in(getattr(self.policy, f"remind_{kind}"))

    def rung(self, kind: str, due: date) -> Rung | None:
        """An own date that has passed is reminded of once, a chance never: it has ended."""
        key = kind, due
        if key not in self._known:
            after = {"own_dates": 1, "chances": 0}.get(kind)
            self._known[key] = rung_on(due, self.of(kind), self.day, self.office, after=after)
        return self._known[key]


def _kind_of(duty: str, rule_id: str) -> str:
    if duty == "chance":
        return "chances"
    rule = all_rules().rules.get(rule_id)
    return "fees" if rule and rule.family in _FEES else "limits"


def _running() -> QuerySet[TimeLimit]:
    """What passed before its case was added nobody missed here: it is decided on, not reminded of."""
    return TimeLimit.objects.filter(state__in=RUNNING, passed_on_adding=False).order_by()


def _legal(ladders: _Ladders) -> list[Dated]:
    rows = _running().filter(due__lte=ladders.day + ladders.longest)
    rows = rows.annotate(in_charge=Coalesce("case__owner_id", "case__deputy_id"))
    names = ("pk", "case_id", "in_charge", "due", "duty", "rule_id", "created_at")
    found = []
    for pk, case, owner, due, duty, rule_id, known_at in rows.values_list(*names):
        if rung := ladders.rung(_kind_of(duty, rule_id), due):
            in_digest = duty == "limit" and (due - ladders.day).days <= _DAYS_IN_DIGEST
            found.append(Dated(pk, case, owner, LEGAL, due, rung, known_at, in_digest))
    return found


def _own(ladders: _Ladders) -> list[Dated]:
    """Own dates set by hand, while the last day itself has not passed."""
    rows = OwnDate.objects.filter(limit__in=_running()).exclude(limit__due__lt=ladders.day)
    rows = rows.annotate(in_charge=Coalesce("limit__case__owner_id", "limit__case__deputy_id"))
    names = ("limit_id", "kind", "day", "at", "limit__case_id", "in_charge")
    newest = {(row[0], row[1]): row for row in rows.order_by("at", "pk").values_list(*names)}
    found = []
    for limit, kind, day, at, case, owner in newest.values():
        rung = ladders.rung("own_dates", day) if day else None
        if rung:
            found.append(Dated(limit, case, owner, kind, day, rung, at))
    return found


# --- who is reminded --------------------------------------------------------------------------------------


def readers(people: People, charges: Mapping[int, Charge]) -> dict[int, dict[int, int | None]]:
    """For each case, who is reminded and instead of whom.

    The person in charge, and followers of its lists who chose so; where that is nobody whom mail reaches, all
    followers; where there is none, the administrators, or of a restricted case all inside its wall. Never
    anybody who does not see the case. A few queries.
    """
    followers, eyes = followers_of(charges), Eyes(charges)
    found = {}
    for case, charge in charges.items():
        sees = eyes.of(case)
        chosen = [charge.person] if charge.person else []
        chosen += [pk for pk, chose in followers.get(case, {}).items() if chose]
        told = (
            people.told(chosen, charge.named, sees)
            or people.told(followers.get(case, {}), sees=sees)
            or people.told(eyes.insiders(case) if eyes.wall_of(case) else people.staff, sees=sees)
        )
        found[case] = told
    return found


def followers_of(cases: Iterable[int]) -> dict[int, dict[int, bool]]:
    """Who follows each case, and whether they chose to be reminded of it: of all lists, or of this follow."""
    keen = set(User.objects.filter(reminders_of_lists=True).values_list("pk", flat=True))
    following = followers(cases)
    choices = preferences.Choices({user for users in following.values() for user in users})
    return {
        case: {user: user in keen or _asked(choices, user, rows) for user, rows in users.items()}
        for case, users in following.items()
    }


def _asked(choices: preferences.Choices, user: int, follows: Iterable[Follow]) -> bool:
    """Whether it is chosen for one of these follows how to be told of time limits, other than not at all."""
    chosen = (choices.chosen_for(user, row, kind) for row in follows for kind in _KINDS)
    return any(rhythm and rhythm != Rhythm.NEVER for rhythm in chosen)


# --- a round ----------------------------------------------------------------------------------------------


def write(now: datetime, last: datetime | None) -> int:
    """Order the mails that are due by `now` and not ordered yet; returns how many reminders they hold.

    `last` is when that was last done. As many queries for ten limits as for thousands. To be called inside a
    transaction, by one worker at a time.
    """
    day = office_day(now - FROM)
    ladders = _Ladders(firm_policy(), day, calendar())
    acknowledge.open_for_limits(office_day(now), now)
    due = [one for one in (*_legal(ladders), *_own(ladders)) if _wanted(one, last)]
    if not due:
        return 0
    missing = _not_told(due, day, now)
    _order(missing, last, now)
    return len(missing)


def _wanted(dated: Dated, last: datetime | None) -> bool:
    """Whether the rung was reached with the date known; else what told of the date has told enough of it."""
    if dated.rung.days <= _ONCE_TOLD:
        return True
    return dated.known_at <= dated.rung.at and (last is None or last < dated.rung.at)


def _not_told(due: Sequence[Dated], day: date, now: datetime) -> list[tuple[Dated, Reminder]]:
    told = _told(due)
    missed = _told_that_it_passed(day) if any(one.rung.days < 0 for one in due) else set()
    people = People(office_day(now))
    reading = readers(people, charges_of(one.case for one in due))
    otherwise = _told_otherwise(due, reading, people)
    missing = []
    for one in due:
        for user, instead_of in reading[one.case].items():
            if (one.key, user) in otherwise:
                continue
            before = told.get((*one.key, user))
            if before is not None and before <= one.rung.days:
                continue
            if one.kind == LEGAL and one.rung.days < 0 and (one.limit, user) in missed:
                continue
            row = Reminder(
                limit_id=one.limit,
                user_id=user,
                kind=one.kind,
                due=one.due,
                rung=one.rung.days,
                instead_of_id=instead_of,
            )
            missing.append((one, row))
    return missing


def _told_otherwise(
    due: Sequence[Dated], reading: Mapping[int, Mapping[int, int | None]], people: People
) -> set[tuple[tuple[int, str, date], int]]:
    """Of which dates whom no reminder is to be sent, because they have chosen so: the daily digest or the
    weekly summary names it, or they want to hear nothing of it and others are reminded."""
    choices = preferences.Choices({user for users in reading.values() for user in users})
    if not choices.any_of(*_KINDS):
        return set()
    following = followers(one.case for one in due)
    found = set()
    for one in due:
        rhythms = _rhythms(one, reading[one.case], following[one.case], choices)
        all_silent = set(rhythms.values()) == {Rhythm.NEVER}
        for user, rhythm in rhythms.items():
            daily = rhythm == Rhythm.DAILY and people.all[user].digest_on
            by_digest = one.in_digest and (rhythm == Rhythm.WEEKLY or daily)
            if by_digest or (rhythm == Rhythm.NEVER and not all_silent):
                found.add((one.key, user))
    return found


def _rhythms(
    one: Dated,
    readers: Mapping[int, int | None],
    following: Mapping[int, list[Follow]],
    choices: preferences.Choices,
) -> dict[int, Rhythm]:
    kind = EventKind.LIMIT_OVERDUE if one.rung.days < 0 else EventKind.LIMIT_DUE
    return {
        user: choices.of(
            user,
            kind,
            [] if instead_of else following.get(user, []),
            in_charge=one.owner is not None and one.owner in (user, instead_of),
        )
        for user, instead_of in readers.items()
    }


def _told(due: Sequence[Dated]) -> dict[tuple[int, str, date, int], int]:
    """The most urgent rung of each date that each person was told of."""
    rows = Reminder.objects.filter(due__lte=max(one.due for one in due), limit__in=_running()).order_by()
    found = rows.values_list("limit_id", "kind", "due", "user_id").annotate(Min("rung"))
    return {(limit, kind, day, user): rung for limit, kind, day, user, rung in found}


def _told_that_it_passed(day: date) -> set[tuple[int, int]]:
    """Limits and people that an alert has told today that the limit has passed."""
    midnight = datetime.combine(day, time(), JST)
    rows = Alert.objects.filter(news__kind=News.Kind.LIMIT_MISSED, created_at__gte=midnight)
    return {
        (int(detail["limit"]), user)
        for detail, user in rows.values_list("news__detail", "user_id")
        if detail.get("limit")
    }


def _order(missing: Sequence[tuple[Dated, Reminder]], last: datetime | None, now: datetime) -> None:
    by_reader: dict[int, list[tuple[Dated, Reminder]]] = defaultdict(list)
    for dated, row in sorted(missing, key=lambda one: (one[0].due, one[0].limit, one[0].kind)):
        by_reader[row.user_id].append((dated, row))
    sent = _mails_today(office_day(now))
    mails = [
        (user, [row for _, row in mail], min(_ought_at(dated, last, now) for dated, _ in mail))
        for user, mine in by_reader.items()
        for mail in _mails(mine, SINGLE - sent.get(user, 0), office_day(now))
    ]
    order(Prompt.Kind.REMINDER, mails, now=now)


def _mails_today(today: date) -> dict[int, int]:
    rows = Prompt.objects.filter(
        kind=Prompt.Kind.REMINDER, created_at__gte=datetime.combine(today, time(), JST)
    )
    return dict(rows.order_by().values_list("user").annotate(Count("pk")))


def _mails(
    mine: list[tuple[Dated, Reminder]], singles: int, today: date
) -> list[list[tuple[Dated, Reminder]]]:
    """A mail for each urgent limit, and one for all others; in a storm one for all."""
    urgent = [one for one in mine if one[0].kind == LEGAL and (one[0].due - today).days <= URGENT]
    if len(urgent) > singles:
        return [mine]
    others = [one for one in mine if one not in urgent]
    return [*([one] for one in urgent), *([others] if others else [])]


def _ought_at(dated: Dated, last: datetime | None, now: datetime) -> datetime:
    """When it ought to have gone; now, where it could not have been known in time."""
    missed = last is not None and last < dated.rung.at and dated.known_at <= dated.rung.at
    return dated.rung.at if missed and now - dated.rung.at > LATE_AFTER else now
