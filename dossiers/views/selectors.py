"""What the pages read. Each function costs the same number of queries whatever the number of rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Window,
    prefetch_related_objects,
)
from django.db.models.functions import RowNumber
from django.http import HttpRequest

from dossiers import clock, reach
from dossiers.alerts.follow import keys_followed
from dossiers.docketing import confirming, coverage
from dossiers.docketing.store import PASSED_FOR_GOOD
from dossiers.models import (
    Case,
    CaseVisit,
    Difference,
    Event,
    Heartbeat,
    Law,
    News,
    Paper,
    ReviewTask,
    TimeLimit,
    User,
)
from dossiers.roles import Right, having

PER_PAGE = 50
NEWS_DAYS = 30  # what nobody opened for a month is no longer news; its limits and accounts still show
RUNNING = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)


def page_of(request: HttpRequest, rows: Any, name: str = "page", *, count: int | None = None) -> Page:
    """The page that the address asks for; a number out of range gives the nearest page. `count`: how many
    rows there are, where that was counted already."""
    pages = Paginator(rows, PER_PAGE)
    if count is not None:
        pages.count = count  # a cached property, which else asks the database
    return pages.get_page(request.GET.get(name))


# --- whose ------------------------------------------------------------------------------------------------


def is_mine(user: User, case: str = "") -> Q:
    """Cases a person is in charge of, or is mailed about. `case` is the path to the case, as "case__".

    Of rows of a case only its key is compared: its own wide row is not read for each of them.
    """
    return reach.shown_to(user, case) & _is_mine(user, case)


def _is_mine(user: User, case: str) -> Q:
    return _among(case, _owned_or_followed(user, Q(owner=user)))


def is_team(user: User, case: str = "") -> Q:
    """Cases of the people who share a group with this person, and the person's own."""
    groups = user.groups.values("pk")
    people = User.objects.filter(groups__in=groups).values("pk")
    of_team = _owned_or_followed(user, Q(owner=user) | Q(owner__in=people))
    return reach.shown_to(user, case) & _among(case, of_team)


def _owned_or_followed(user: User, owners: Q) -> QuerySet[Any, Any]:
    return Case.objects.filter(owners).order_by().values("pk").union(*keys_followed(user))


def _among(case: str, keys: QuerySet[Any, Any]) -> Q:
    return Q(**{f"{case or 'pk'}".removesuffix("__") + "__in": keys})


SCOPES = ("mine", "team", "all")


def whose(user: User, scope: str, case: str = "") -> Q:
    """The cases of a scope within the person's reach: "mine", "team", or all."""
    if scope == "mine":
        return is_mine(user, case)
    return is_team(user, case) if scope == "team" else reach.shown_to(user, case)


def has_own(user: User) -> bool:
    return Case.objects.filter(is_mine(user)).exists()


# --- cases ------------------------------------------------------------------------------------------------


def is_stale() -> Q:
    """Cases that the office has not confirmed lately: never, too long ago, or the last question failed."""
    return coverage.not_confirmed(clock.now())


def unread_events(user: User) -> QuerySet[Event]:
    """Documents of the office that were news and that this person has not opened the case of since."""
    news = News.objects.filter(event=OuterRef("pk"))
    visited = CaseVisit.objects.filter(user=user, case=OuterRef("case"), at__gte=OuterRef("first_seen_at"))
    since = clock.now() - timedelta(days=NEWS_DAYS)
    recent = Event.objects.filter(side=Event.Side.OFFICE, first_seen_at__gte=since)
    return recent.filter(Exists(news), ~Exists(visited)).order_by(*_NEWEST)


_NEWEST = ("-first_seen_at", "-pk")


def mark_unread(user: User, cases: list[Case]) -> None:
    """Put `unread` on the cases of one page; asked for them alone, it costs the same in any docket."""
    with_news = set(unread_events(user).filter(case__in=cases).order_by().values_list("case", flat=True))
    for case in cases:
        case.unread = case.pk in with_news


def owners() -> QuerySet[User]:
    return User.objects.filter(having(Right.FIRM)).order_by("display_name", "username")


def gone() -> set[int]:
    """Who can do nothing here any more: a case in the charge of one of them is in nobody's."""
    return set(User.objects.filter(is_active=False).order_by().values_list("pk", flat=True))


# --- limits -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LimitFilter:
    """What the list of limits is narrowed to; unknown values narrow nothing."""

    scope: str = "all"  # mine, team, all
    state: str = "open"  # open, claimed, closed, any
    law: str = ""
    due: str = ""  # overdue, late, lost, before, 7, 30, unknown
    duty: str = ""  # limit, chance
    checked: str = ""  # no, yes, provisional
    on: date | None = None  # due on this very day

    @classmethod
    def of(cls, request: HttpRequest) -> LimitFilter:
        given = request.GET

        def one(name: str, allowed: tuple[str, ...], default: str) -> str:
            return given[name] if given.get(name) in allowed else default

        return cls(
            scope=one("scope", SCOPES, "all"),
            state=one("state", ("open", "claimed", "closed", "any"), "open"),
            law=one("law", tuple(Law.values), ""),
            due=one("due", ("overdue", "late", "lost", "before", "7", "30", "unknown"), ""),
            duty=one("duty", ("limit", "chance"), ""),
            checked=one("checked", ("no", "yes", "provisional"), ""),
            on=_date(given.get("on", "")),
        )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def limit_list(user: User, wanted: LimitFilter) -> QuerySet[TimeLimit]:
    """Limits for the list: those without a date first, because nobody can see how late they are.

    What had passed before its case was added comes last: nothing can be done about it but decide.
    """
    rows = TimeLimit.objects.select_related("case", "case__owner", "event", "confirmed_by")
    rows = rows.defer("calculation", "case__note", "case__parties")
    states = {
        "open": Q(state__in=RUNNING),
        "claimed": Q(state=TimeLimit.State.CLAIMED),
        "closed": ~Q(state__in=RUNNING),
    }
    rows = rows.filter(states.get(wanted.state, Q()), _due(wanted.due, clock.office_today()))
    rows = rows.filter(whose(user, wanted.scope, "case__"), _checked(wanted.checked))
    if wanted.on:
        rows = rows.filter(due=wanted.on)
    if wanted.law:
        rows = rows.filter(case__law=wanted.law)
    if wanted.duty:
        rows = rows.filter(duty=wanted.duty)
    if wanted.state == "closed":
        return rows.order_by("-state_at", "-pk")
    return rows.order_by(*_NEAREST)


_NEAREST = ("passed_on_adding", F("due").asc(nulls_first=True), "pk")


def _checked(wanted: str) -> Q:
    answers = {
        "no": Q(confirmed_by=None),
        "yes": Q(confirmed_by__isnull=False),
        "provisional": Q(provisional=True),
    }
    return answers.get(wanted, Q())


MOST_A_DAY = 6


def by_day(rows: QuerySet[TimeLimit]) -> tuple[dict[date, list[TimeLimit]], dict[date, int]]:
    """The first few limits of each day, and how many each day has; a full month loads no more than that."""
    place = Window(RowNumber(), partition_by=F("due"), order_by=F("pk").asc())
    few: dict[date, list[TimeLimit]] = {}
    for limit in rows.annotate(place=place).filter(place__lte=MOST_A_DAY):
        few.setdefault(limit.due, []).append(limit)
    totals = rows.order_by().values_list("due").annotate(Count("pk"))
    return few, dict(totals)


def _due(window: str, today: date) -> Q:
    if window == "before":  # nobody here could have met it
        return Q(due__lt=today, passed_on_adding=True)
    if window == "overdue":
        return Q(due__lt=today, passed_on_adding=False)
    if window == "late":  # a later way to act still stands
        return Q(due__lt=today, rung__gt=0, stands_until__gte=today)
    if window == "lost":
        passed = Q(stands_until=None) | Q(stands_until__lt=today)
        return Q(due__lt=today, rung__gt=0, passed_on_adding=False) & passed
    if window == "unknown":
        return Q(due=None)
    if window in ("7", "30"):
        return Q(due__gte=today, due__lte=today + timedelta(days=int(window)))
    return Q()


def passed_before() -> QuerySet[TimeLimit]:
    """What had passed before its case was added and nobody has decided about."""
    return TimeLimit.objects.filter(state__in=RUNNING, duty="limit", passed_on_adding=True)


# --- accounts ---------------------------------------------------------------------------------------------


def open_reviews() -> QuerySet[ReviewTask]:
    return ReviewTask.objects.filter(closed_at=None).select_related("case", "event")


def unplaced_events() -> QuerySet[Event]:
    """Documents not accounted for that no open review speaks of."""
    task = ReviewTask.objects.filter(event=OuterRef("pk"), closed_at=None)
    rows = Event.objects.filter(~Exists(task), account=Event.Account.OPEN, vanished_at=None)
    return rows.select_related("case").order_by("first_seen_at", "pk")


def open_differences() -> QuerySet[Difference]:
    """Where the firm's own records and the office's data disagree and nobody has decided."""
    return Difference.objects.filter(state=Difference.State.OPEN).select_related("case")


# --- today ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Glance:
    """The numbers of the first page. None of them is hidden when it is zero."""

    cases: int
    stale: int
    unowned: int
    overdue: int
    passed_before: int  # before their case was added: to be decided
    within_7: int
    within_30: int
    undated: int
    claimed: int
    unread: int  # cases with a document that was news and that this person has not seen
    reviews: int
    differences: int
    documents: coverage.Tally


def glance(user: User, *, mine: bool) -> Glance:
    """Counted are columns of the indexes that are read, never keys: PostgreSQL's indexes hold none."""
    today = clock.office_today()
    scope = "mine" if mine else "all"
    cases = Case.objects.filter(whose(user, scope))
    of_case = whose(user, scope, "case__")
    found = coverage.standings(cases, clock.now())
    nobody = {None, *gone()}
    duty = Q(duty="limit")
    about_limits = TimeLimit.objects.filter(of_case, state__in=RUNNING).aggregate(
        overdue=Count("state", filter=duty & _due("overdue", today)),
        passed_before=Count("state", filter=duty & _due("before", today)),
        within_7=Count("state", filter=duty & _due("7", today)),
        within_30=Count("state", filter=duty & _due("30", today)),
        undated=Count("state", filter=_due("unknown", today)),
        claimed=Count("state", filter=Q(state=TimeLimit.State.CLAIMED)),
    )
    return Glance(
        cases=sum(one.cases for one in found),
        stale=sum(one.stale for one in found),
        unowned=sum(one.cases for one in found if one.owner in nobody),
        **about_limits,
        unread=unread_events(user).filter(of_case).order_by().values("case").distinct().count(),
        reviews=sum(one.reviews for one in found),
        differences=open_differences().filter(of_case).count(),
        documents=coverage.together(one.tally for one in found),
    )


def nearest_limits(user: User, *, mine: bool, most: int = 12) -> QuerySet[TimeLimit]:
    """Undated, overdue and due within thirty days; last those for which nothing can be done any more."""
    horizon = clock.office_today() + timedelta(days=30)
    rows = limit_list(user, LimitFilter(scope="mine" if mine else "all"))
    order = ("lost", *_NEAREST)
    near = rows.filter(Q(due=None) | Q(due__lte=horizon)).alias(lost=PASSED_FOR_GOOD).order_by(*order)
    # Found by an index alone; whole rows are read of these few.
    return rows.filter(pk__in=near.values("pk")[:most]).alias(lost=PASSED_FOR_GOOD).order_by(*order)


def newest_documents(user: User, *, mine: bool, most: int) -> QuerySet[Event]:
    found = unread_events(user).filter(whose(user, "mine" if mine else "all", "case__"))
    # Whole rows, with their cases, are read of these few.
    rows = Event.objects.filter(pk__in=found.values("pk")[:most]).order_by(*_NEWEST).select_related("case")
    limits = TimeLimit.objects.filter(state__in=RUNNING).defer("calculation")
    return rows.prefetch_related(Prefetch("limits", limits, to_attr="running"))


def last_round() -> dict[str, Heartbeat]:
    """The last signs of life by name."""
    return {beat.name: beat for beat in Heartbeat.objects.all()}


# --- one case ---------------------------------------------------------------------------------------------


def events_of(case: Case, user: User) -> list[Event]:
    """The case's events, oldest first, with `unread`."""
    unread = unread_events(user).filter(pk=OuterRef("pk")).order_by()
    rows = case.events.annotate(unread=Exists(unread)).select_related("accounted_by")
    return list(rows.order_by(F("legal_date").asc(nulls_last=True), "pk"))


def with_what_hangs_on(events: Sequence[Event]) -> Sequence[Event]:
    """The events with their parts, papers (without bodies) and limits, in three queries."""
    papers = Paper.objects.defer("body", "notice")
    limits = TimeLimit.objects.defer("calculation")
    prefetch_related_objects(events, "documents", Prefetch("papers", papers), Prefetch("limits", limits))
    return events


def mark_hidden(user: User, limits: Collection[TimeLimit]) -> int:
    """Put `hidden` on limits whose date this person is to find before seeing ours; how many those are."""
    hidden = confirming.hidden_among(user, {one.pk for one in limits})
    for limit in limits:
        limit.hidden = limit.pk in hidden
    return len(hidden)


def visit(case: Case, user: User) -> None:
    """The person has now seen the case."""
    CaseVisit.objects.update_or_create(user=user, case=case, defaults={"at": clock.now()})
