"""What the pages read. Each function costs the same number of queries whatever the number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest

from apiclient import numbers
from dossiers import clock
from dossiers.models import (
    Case,
    CaseVisit,
    Event,
    Follow,
    Heartbeat,
    Law,
    News,
    Paper,
    ReviewTask,
    TimeLimit,
    User,
)
from dossiers.refresh.search import fold

PER_PAGE = 50
NEWS_DAYS = 30  # what nobody opened for a month is no longer news; its limits and accounts still show
STALE_DAYS = 3  # longer than a weekend and a holiday's Monday without a word is worth a look
RUNNING = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)
_LONGEST_QUERY, _MOST_WORDS = 200, 8


def page_of(request: HttpRequest, rows: Any, name: str = "page") -> Page:
    """The page that the address asks for; a number out of range gives the nearest page."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get(name))


# --- whose ------------------------------------------------------------------------------------------------


def is_mine(user: User, case: str = "") -> Q:
    """Cases a person is in charge of, or is mailed about. `case` is the path to the case, as "case__"."""
    followed = Follow.objects.filter(user=user, active=True).values("watchlist__entries__case")
    return Q(**{f"{case}owner": user}) | Q(**{f"{case or 'pk'}".removesuffix("__") + "__in": followed})


def has_own(user: User) -> bool:
    return Case.objects.filter(is_mine(user)).exists()


# --- cases ------------------------------------------------------------------------------------------------


def is_stale() -> Q:
    """Cases that the office has not confirmed lately: never, too long ago, or the last question failed."""
    since = clock.now() - timedelta(days=STALE_DAYS)
    return Q(confirmed_at=None) | Q(confirmed_at__lt=since) | ~Q(last_outcome="ok")


def unread_events(user: User) -> QuerySet[Event]:
    """Documents of the office that were news and that this person has not opened the case of since."""
    news = News.objects.filter(event=OuterRef("pk"))
    visited = CaseVisit.objects.filter(user=user, case=OuterRef("case"), at__gte=OuterRef("first_seen_at"))
    since = clock.now() - timedelta(days=NEWS_DAYS)
    recent = Event.objects.filter(side=Event.Side.OFFICE, first_seen_at__gte=since)
    return recent.filter(Exists(news), ~Exists(visited)).order_by("-first_seen_at", "-pk")


@dataclass(frozen=True)
class CaseFilter:
    """What the list of cases is narrowed to; unknown values narrow nothing."""

    query: str = ""
    law: str = ""
    stage: str = ""
    freshness: str = ""
    owner: str = ""
    unread: bool = False
    order: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> CaseFilter:
        given = request.GET
        return cls(
            query=_plain(given.get("q", "")),
            law=given.get("law", "") if given.get("law") in Law.values else "",
            stage=_plain(given.get("stage", "")),
            freshness=given.get("freshness", ""),
            owner=given.get("owner", ""),
            unread=given.get("unread") == "1",
            order=given.get("order", ""),
        )


def _plain(text: str) -> str:
    """Typed text without characters that nobody types; some databases refuse them."""
    spaced = (" " if character.isspace() else character for character in text)  # full-width spaces, too
    return "".join(character for character in spaced if character.isprintable()).strip()[:_LONGEST_QUERY]


_ORDERS = {
    "due": (F("next_due").asc(nulls_last=True), "pk"),
    "confirmed": (F("confirmed_at").asc(nulls_first=True), "pk"),
}


def case_list(user: User, wanted: CaseFilter) -> QuerySet[Case]:
    """Cases for the list."""
    rows = Case.objects.filter(_search(wanted.query), _owned(user, wanted.owner))
    if wanted.law:
        rows = rows.filter(law=wanted.law)
    if wanted.stage:
        rows = rows.filter(stage=wanted.stage)
    if wanted.freshness == "stale":
        rows = rows.filter(is_stale())
    elif wanted.freshness == "fresh":
        rows = rows.exclude(is_stale())
    if wanted.unread:
        rows = rows.filter(pk__in=unread_events(user).order_by().values("case"))
    rows = rows.select_related("owner").defer("note", "search_text", "parties")
    return rows.order_by(*_ORDERS.get(wanted.order, ("-application_number", "law")))


def mark_unread(user: User, cases: list[Case]) -> None:
    """Put `unread` on the cases of one page; asked for them alone, it costs the same in any docket."""
    with_news = set(unread_events(user).filter(case__in=cases).order_by().values_list("case", flat=True))
    for case in cases:
        case.unread = case.pk in with_news


def _owned(user: User, owner: str) -> Q:
    if owner == "mine":
        return is_mine(user)
    if owner == "none":
        return Q(owner=None)
    return Q(owner_id=int(owner)) if owner.isdecimal() and len(owner) < 10 else Q()


def _search(query: str) -> Q:
    """Every word of the query somewhere in the case's search text, or the number that it writes."""
    words = [word for word in map(fold, query.split()) if word][:_MOST_WORDS]
    text = Q()
    for word in words:
        text &= Q(search_text__contains=word)
    return (text | _by_number(query)) if words else text


_NUMBER_FIELDS = {
    "application": "application_number",
    "publication": "publication_number",
    "national_publication": "publication_number",
    "registration": "registration_number",
    "pct_application": "international_application_number",
}


def _by_number(query: str) -> Q:
    found = Q(pk__in=())
    for reading in numbers.parse(query):
        field = _NUMBER_FIELDS.get(reading.kind)
        if field:
            one = Q(**{field: reading.canonical})
            found |= one & Q(law=reading.law) if reading.law else one
    return found


def owners() -> QuerySet[User]:
    return User.objects.filter(is_active=True).order_by("display_name", "username")


def stages() -> list[str]:
    """The stages that occur, for the filter."""
    return list(Case.objects.order_by("stage").values_list("stage", flat=True).distinct())


# --- limits -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LimitFilter:
    scope: str = "all"  # mine, all
    state: str = "open"  # open, claimed, closed, any
    law: str = ""
    due: str = ""  # overdue, 7, 30, unknown
    on: date | None = None  # due on this very day

    @classmethod
    def of(cls, request: HttpRequest) -> LimitFilter:
        given = request.GET

        def one(name: str, allowed: tuple[str, ...], default: str) -> str:
            return given[name] if given.get(name) in allowed else default

        return cls(
            scope=one("scope", ("mine", "all"), "all"),
            state=one("state", ("open", "claimed", "closed", "any"), "open"),
            law=one("law", tuple(Law.values), ""),
            due=one("due", ("overdue", "7", "30", "unknown"), ""),
            on=_date(given.get("on", "")),
        )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def limit_list(user: User, wanted: LimitFilter) -> QuerySet[TimeLimit]:
    """Limits for the list: those without a date first, because nobody can see how late they are."""
    rows = TimeLimit.objects.select_related("case", "case__owner", "event", "confirmed_by")
    rows = rows.defer("calculation", "case__note", "case__search_text", "case__parties")
    states = {
        "open": Q(state__in=RUNNING),
        "claimed": Q(state=TimeLimit.State.CLAIMED),
        "closed": ~Q(state__in=RUNNING),
    }
    rows = rows.filter(states.get(wanted.state, Q()), _due(wanted.due, clock.office_today()))
    if wanted.on:
        rows = rows.filter(due=wanted.on)
    if wanted.scope == "mine":
        rows = rows.filter(is_mine(user, "case__"))
    if wanted.law:
        rows = rows.filter(case__law=wanted.law)
    if wanted.state == "closed":
        return rows.order_by("-state_at", "-pk")
    return rows.order_by(F("due").asc(nulls_first=True), "pk")


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
    if window == "overdue":
        return Q(due__lt=today)
    if window == "unknown":
        return Q(due=None)
    if window in ("7", "30"):
        return Q(due__gte=today, due__lte=today + timedelta(days=int(window)))
    return Q()


# --- accounts ---------------------------------------------------------------------------------------------


def open_reviews() -> QuerySet[ReviewTask]:
    return ReviewTask.objects.filter(closed_at=None).select_related("case", "event")


def unplaced_events() -> QuerySet[Event]:
    """Documents not accounted for that no open review speaks of."""
    task = ReviewTask.objects.filter(event=OuterRef("pk"), closed_at=None)
    rows = Event.objects.filter(~Exists(task), account=Event.Account.OPEN, vanished_at=None)
    return rows.select_related("case").order_by("first_seen_at", "pk")


# --- today ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Glance:
    """The numbers of the first page. None of them is hidden when it is zero."""

    cases: int
    stale: int
    unowned: int
    overdue: int
    within_7: int
    within_30: int
    undated: int
    claimed: int
    unread: int  # cases with a document that was news and that this person has not seen
    reviews: int


def glance(user: User, *, mine: bool) -> Glance:
    today = clock.office_today()
    cases = Case.objects.filter(is_mine(user) if mine else Q())
    of_case = is_mine(user, "case__") if mine else Q()
    about_cases = cases.aggregate(
        cases=Count("pk"), stale=Count("pk", filter=is_stale()), unowned=Count("pk", filter=Q(owner=None))
    )
    about_limits = TimeLimit.objects.filter(of_case, state__in=RUNNING).aggregate(
        overdue=Count("pk", filter=_due("overdue", today)),
        within_7=Count("pk", filter=_due("7", today)),
        within_30=Count("pk", filter=_due("30", today)),
        undated=Count("pk", filter=_due("unknown", today)),
        claimed=Count("pk", filter=Q(state=TimeLimit.State.CLAIMED)),
    )
    return Glance(
        **about_cases,
        **about_limits,
        unread=unread_events(user).filter(of_case).order_by().values("case").distinct().count(),
        reviews=open_reviews().filter(of_case).count() + unplaced_events().filter(of_case).count(),
    )


def nearest_limits(user: User, *, mine: bool, most: int = 12) -> QuerySet[TimeLimit]:
    """Overdue, undated and due within thirty days."""
    horizon = clock.office_today() + timedelta(days=30)
    rows = limit_list(user, LimitFilter(scope="mine" if mine else "all"))
    return rows.filter(Q(due=None) | Q(due__lte=horizon))[:most]


def newest_documents(user: User, *, mine: bool, most: int) -> QuerySet[Event]:
    rows = unread_events(user).filter(is_mine(user, "case__") if mine else Q())
    limits = TimeLimit.objects.filter(state__in=RUNNING).defer("calculation")
    return rows.select_related("case").prefetch_related(Prefetch("limits", limits, to_attr="running"))[:most]


def last_round() -> dict[str, Heartbeat]:
    """The last signs of life by name."""
    return {beat.name: beat for beat in Heartbeat.objects.all()}


# --- one case ---------------------------------------------------------------------------------------------


def events_of(case: Case, user: User) -> list[Event]:
    """The case's events, oldest first, with `unread`, their parts, papers (without bodies) and limits."""
    unread = unread_events(user).filter(pk=OuterRef("pk")).order_by()
    rows = case.events.annotate(unread=Exists(unread)).select_related("accounted_by")
    papers = Paper.objects.defer("body", "notice")
    limits = TimeLimit.objects.defer("calculation")
    return list(
        rows.prefetch_related("documents", Prefetch("papers", papers), Prefetch("limits", limits)).order_by(
            F("legal_date").asc(nulls_last=True), "pk"
        )
    )


def visit(case: Case, user: User) -> None:
    """The person has now seen the case."""
    CaseVisit.objects.update_or_create(user=user, case=case, defaults={"at": clock.now()})
