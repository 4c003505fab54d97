"""What a digest tells, read from the docket: sections of bounded length, and the figure of coverage.

As many queries for a docket of ten cases as for one of fifty thousand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Value, When

from apiclient.clock import office_day
from dossiers import reach
from dossiers.alerts import addresses
from dossiers.alerts.carried import waiting
from dossiers.alerts.follow import followed_by
from dossiers.audit import chain
from dossiers.docketing import coverage
from dossiers.docketing.store import RUNNING
from dossiers.models import (
    Alert,
    Case,
    Difference,
    Digest,
    Event,
    News,
    ReviewTask,
    TimeLimit,
    TimeLimitChange,
    User,
)
from dossiers.refresh import circuit, freshness, standings
from dossiers.roles import Right, can

logger = logging.getLogger(__name__)

MOST = 10  # lines of one section; the rest is a number and a link
MOST_CARRIED = 50  # lines of news that a digest alone tells of

Kind = str  # "overdue", "week", …: the key of its words


@dataclass(frozen=True)
class Section:
    """One kind of thing: how many there are, the first of them, and the page that shows them all.

    `rows` are limits, events, tasks, cases, news or differences, each with its case at hand. `broken`: they
    could not be read, which is said instead of their number.
    """

    kind: Kind
    total: int
    rows: tuple[models.Model, ...]
    path: str
    broken: bool = False

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Checked:
    """How far what the digest says can be relied on.

    `documents` are those dispatched in the cases, `kept` the cases of `cases` that the office has confirmed
    as promised, `last_answer` when it last answered about any of them.
    """

    documents: coverage.Tally
    cases: int
    kept: int
    last_answer: datetime | None


@dataclass(frozen=True)
class Docket:
    """What is the same for every reader of one morning.

    `trouble`: the office cannot be asked until then; `cut_off`: people whom mail does not reach.
    """

    firm: standings.Figures
    promise: freshness.Promise
    trouble: tuple[str, datetime] | None = None
    cut_off: tuple[str, ...] = ()
    seal: str = ""  # the newest of the audit trail: kept elsewhere, it shows whether the trail was cut


@dataclass(frozen=True)
class Report:
    """One reader's digest. `everything`: it is about the whole docket, else about the reader's own cases.

    `since` is up to when the digest before has told what is new.
    """

    today: date  # in Japan, where limits end
    everything: bool
    since: datetime
    sections: tuple[Section, ...]
    checked: Checked
    docket: Docket
    weekly: bool = False
    by_kind: dict[Kind, Section] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_kind", {one.kind: one for one in self.sections})

    @property
    def quiet(self) -> bool:
        return not any(one.total or one.broken for one in self.sections)


def docket(now: datetime) -> Docket:
    cut_off = tuple(str(user) for user in addresses.people_off())
    newest = chain.newest()
    seal = str(newest) if newest.position else ""
    return Docket(standings.figures(now), freshness.promise(now), _trouble(now), cut_off, seal)


def _trouble(now: datetime) -> tuple[str, datetime] | None:
    """Why the office cannot be asked now, and until when; None when it can."""
    for pause in circuit.paused(now).values():
        return (pause.outcome, pause.until) if pause.until else None
    return None


def report(
    user: User,
    shared: Docket,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    kind: str = Digest.Kind.DAILY,
    carried: QuerySet[Alert] | None = None,
) -> Report:
    """The digest of one person: of all cases for staff, of their own for everybody else, within their reach.

    New is what came after `since` and not after `until`, and what goes out by this digest alone: `carried`,
    or else what waits for the next one.
    """
    mine = waiting(user, kind).filter(created_at__lte=until) if carried is None else carried
    sight = _Sight(user, since, until, now, shared.promise, kind == Digest.Kind.WEEKLY, mine)
    return Report(
        today=sight.today,
        everything=can(user, Right.ADMINISTER),
        since=since,
        sections=tuple(_read(kind, sight) for kind in KINDS),
        checked=_checked(sight),
        docket=shared,
        weekly=sight.weekly,
    )


# --- whose --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sight:
    """What one person looks at, and when."""

    user: User
    since: datetime
    until: datetime
    now: datetime
    promise: freshness.Promise
    weekly: bool
    carried: QuerySet[Alert]

    @property
    def today(self) -> date:
        return office_day(self.now)

    @property
    def scope(self) -> str:
        return "all" if can(self.user, Right.ADMINISTER) else "mine"

    def of_case(self, path: str = "") -> Q:
        """Cases the person is in charge of or follows, all for administrators; `path` is as "case__"."""
        shown = reach.shown_to(self.user, path)
        if can(self.user, Right.ADMINISTER):
            return shown
        return shown & (Q(**{f"{path}owner": self.user}) | followed_by(self.user, f"{path}pk"))


# --- the sections -------------------------------------------------------------------------------------------


def _section(kind: Kind, rows: QuerySet, path: str) -> Section:
    return Section(kind, rows.order_by().count(), tuple(rows[:MOST]), path)


def _limits(sight: _Sight) -> QuerySet[TimeLimit]:
    rows = TimeLimit.objects.filter(sight.of_case("case__"), state__in=RUNNING)
    rows = rows.select_related("case", "case__owner")
    rows = rows.defer("calculation", "case__note", "case__parties")
    return rows.order_by("due", "pk")


def _overdue(sight: _Sight) -> Section:
    """Those that can still be rescued first, the soonest end of it foremost."""
    rows = _limits(sight).filter(duty="limit", due__lt=sight.today, passed_on_adding=False)
    rows = rows.order_by(F("stands_until").asc(nulls_last=True), "due", "pk")
    return _section("overdue", rows, f"/limits/?scope={sight.scope}&due=overdue&duty=limit")


def _today(sight: _Sight) -> Section:
    """A number alone: the limits themselves are the first of those due within seven days."""
    rows = _due_in(sight, 0, 0)
    return Section("today", rows.order_by().count(), (), f"/limits/?scope={sight.scope}&on={sight.today}")


def _week(sight: _Sight) -> Section:
    return _section("week", _due_in(sight, 0, 7), f"/limits/?scope={sight.scope}&due=7&duty=limit")


def _month(sight: _Sight) -> Section:
    return _section("month", _due_in(sight, 8, 30), f"/limits/?scope={sight.scope}&due=30&duty=limit")


def _due_in(sight: _Sight, first: int, last: int) -> QuerySet[TimeLimit]:
    days = [sight.today + timedelta(n) for n in (first, last)]
    return _limits(sight).filter(duty="limit", due__range=days)


def _undated(sight: _Sight) -> Section:
    rows = _limits(sight).filter(due=None)
    return _section("undated", rows, f"/limits/?scope={sight.scope}&due=unknown")


def _passed_before(sight: _Sight) -> Section:
    """What nobody here could have met: no alarm, and yet to be decided by somebody."""
    rows = _limits(sight).filter(duty="limit", due__lt=sight.today, passed_on_adding=True)
    return _section("passed_before", rows, f"/limits/?scope={sight.scope}&due=before&duty=limit")


def _not_accounted(sight: _Sight) -> Section:
    """The longest open first; those without a date foremost, because nobody can see how late they are."""
    rows = coverage.dispatched().filter(sight.of_case("case__"), account=Event.Account.OPEN)
    rows = rows.select_related("case", "case__owner").order_by(F("legal_date").asc(nulls_first=True), "pk")
    return _section("not_accounted", rows, f"/completeness/?scope={sight.scope}")


def _reviews(sight: _Sight) -> Section:
    """What else only a person can decide; tasks about a document not accounted for are counted there."""
    counted = coverage.dispatched().filter(pk=OuterRef("event"), account=Event.Account.OPEN)
    rows = ReviewTask.objects.filter(~Exists(counted), sight.of_case("case__"), closed_at=None)
    rows = rows.select_related("case", "case__owner", "event")
    return _section("reviews", rows, f"/reviews/?scope={sight.scope}")


_WORST_FIRST = ("not_found", "not_read", "not_answered", "late", "never")


def _not_checked(sight: _Sight) -> Section:
    rows = freshness.with_standing(Case.objects.filter(sight.of_case()), sight.promise, sight.now)
    worst = [When(standing=name, then=Value(place)) for place, name in enumerate(_WORST_FIRST)]
    rows = rows.exclude(standing__in=freshness.KEPT).select_related("owner")
    rows = rows.defer("note", "parties").order_by(
        models.Case(*worst, default=Value(len(worst))), F("confirmed_at").asc(nulls_first=True), "pk"
    )
    return _section("not_checked", rows, f"/freshness/?scope={sight.scope}")


def _new(sight: _Sight) -> Section:
    """What this digest alone tells of, and then what else happened, what was found on adding a case last.

    Left out is what goes out, or went, with another digest, and what the reader chose not to be told of. A
    weekly summary has nothing else, for that was told before.
    """
    within = reach.shown_to(sight.user, "case__")
    told_here = News.objects.filter(within, pk__in=sight.carried.values("news"))
    of_alerts = Alert.objects.filter(user=sight.user, news=OuterRef("pk"))
    elsewhere = of_alerts.filter(Q(state__in=_NOT_TOLD_AT_ONCE) | Q(digest__isnull=False))
    window = {"created_at__gt": sight.since, "created_at__lte": sight.until}
    others = News.objects.filter(sight.of_case("case__"), ~Exists(elsewhere), **window)
    if sight.weekly:
        others = others.none()
    rows = [*_in_order(told_here)[:MOST_CARRIED], *_in_order(others)[:MOST]]
    total = sum(news.order_by().count() for news in (told_here, others))
    return Section("new", total, tuple(rows), f"/?scope={sight.scope}")


_NOT_TOLD_AT_ONCE = (Alert.State.DAILY, Alert.State.WEEKLY, Alert.State.INBOX)


def _in_order(rows: QuerySet[News]) -> QuerySet[News]:
    duties = TimeLimit.objects.filter(state__in=RUNNING, duty="limit").defer("calculation").order_by("due")
    rows = rows.select_related("case", "case__owner", "event")
    rows = rows.prefetch_related(Prefetch("event__limits", duties, to_attr="duties"))
    return rows.order_by("found_on_adding", "-created_at", "-pk")


def _differences(sight: _Sight) -> Section:
    rows = Difference.objects.filter(sight.of_case("case__"), state=Difference.State.OPEN)
    return _section("differences", rows.select_related("case"), f"/differences/?scope={sight.scope}")


def _to_confirm(sight: _Sight) -> Section:
    """Those of the confirmation round: what a person entered waits for somebody else. What is overdue is
    named above already, so it comes last."""
    entered = TimeLimitChange.objects.filter(limit=OuterRef("pk"), field="entered", by=sight.user)
    rows = _limits(sight).filter(~Exists(entered), confirmed_by=None, due__isnull=False)
    rows = rows.filter(passed_on_adding=False)
    rows = rows.annotate(past=Q(due__lt=sight.today)).order_by("past", "due", "pk")
    return _section("to_confirm", rows, f"/limits/confirm/?scope={sight.scope}")


_SECTIONS: dict[Kind, Callable[[_Sight], Section]] = {
    "overdue": _overdue,
    "today": _today,
    "week": _week,
    "undated": _undated,
    "not_accounted": _not_accounted,
    "reviews": _reviews,
    "passed_before": _passed_before,
    "not_checked": _not_checked,
    "new": _new,
    "month": _month,
    "differences": _differences,
    "to_confirm": _to_confirm,
}
KINDS = tuple(_SECTIONS)


def _read(kind: Kind, sight: _Sight) -> Section:
    """A fault in one section must not keep the others from their reader."""
    try:
        return _SECTIONS[kind](sight)
    except Exception:
        logger.exception("Section %s of a digest could not be read", kind)
        return Section(kind, 0, (), f"/?scope={sight.scope}", broken=True)


# --- what was checked ---------------------------------------------------------------------------------------


def _checked(sight: _Sight) -> Checked:
    cases = freshness.with_standing(Case.objects.filter(sight.of_case()), sight.promise, sight.now)
    counted = cases.aggregate(
        cases=Count("pk"),
        kept=Count("pk", filter=Q(standing__in=freshness.KEPT)),
        last_answer=Max("confirmed_at"),
    )
    return Checked(coverage.tally(coverage.dispatched().filter(sight.of_case("case__"))), **counted)
