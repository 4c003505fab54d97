"""What is asked of the office today and why, how far that reaches, and the request for more calls."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db import models
from django.db.models import Count, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apiclient.clock import JST, office_day
from apiclient.quota import Purpose, reserve_at
from dossiers import clock, credentials, reach
from dossiers.models import Case, DayPlan, Heartbeat, Law, OfficeCall, Outlook, RefreshJob, User
from dossiers.refresh import circuit, office, outlook, usage
from dossiers.refresh.demand import Demand, demand
from dossiers.refresh.planner import Reason, detector, reason_words

from . import limit_request, selectors
from .health import WORKER_SILENT_AFTER
from .posting import typed

# How a planned order stands, in the order of the page.
STATES = {
    "next": pgettext_lazy("work order", "Next"),
    "put_off": pgettext_lazy("work order", "Put off"),
    "done": pgettext_lazy("work order", "Done"),
    "failed": pgettext_lazy("work order", "Failed"),
}
REASONS = {
    "person": gettext_lazy("asked for by a person"),
    "added": gettext_lazy("just added"),
    "hot": gettext_lazy("watched every day"),
    "daily": gettext_lazy("asked every day"),
    "new": gettext_lazy("never asked yet"),
    "promise": gettext_lazy("the promise falls due"),
    "expected": gettext_lazy("an act is expected by a person"),
    "limit": gettext_lazy("a time limit is near"),
    "notice": gettext_lazy("a notice is to be answered"),
    "answered": gettext_lazy("answered, waiting for the examiner"),
    "requested": gettext_lazy("waiting for examination"),
    "accelerated": gettext_lazy("accelerated examination"),
    "allowed": gettext_lazy("decided to be granted, fee awaited"),
    "refused": gettext_lazy("refused, an appeal is possible"),
    "appeal": gettext_lazy("in appeal"),
    "unrequested": gettext_lazy("no request for examination yet"),
    "registered": gettext_lazy("registered"),
    "closed": gettext_lazy("finished"),
    "unknown": gettext_lazy("where the case stands is not known"),
    "vain": gettext_lazy("asked in vain before"),
    "family": gettext_lazy("weekly round of the family abroad"),
    "": gettext_lazy("no reason on record"),
}
_SAME = {"new_undated": "new", "filed": "requested", "board": "appeal", "over": "closed"}  # to a reader
CLASSES = {
    "hot": gettext_lazy("a time limit ends within a week, or a person wants it"),
    "due": gettext_lazy("something is due"),
    "live": gettext_lazy("other live cases"),
    "new": gettext_lazy("never asked yet"),
    "finished": gettext_lazy("finished cases"),
}


# --- the plan of today ------------------------------------------------------------------------------------


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    today = office_day(now)
    counted = list(_counted(request.user, now, today))
    wanted = Wanted.of(request, counted)
    return render(
        request,
        "pages/quota_plan.html",
        {
            "plan": (plan := DayPlan.objects.filter(day=today).first()),
            "never_asked": reach.cases(request.user).filter(asked_at=None).count(),
            "why_none": None if plan else _why_none(now),
            "hindrances": _hindrances(now),
            "starts_at": f"{settings.REFRESH_FROM_HOUR}:00",
            "groups": _groups(_budgets(plan, counted, now)),
            "states": [(name, words, _sum(counted, name)) for name, words in STATES.items()],
            "reasons": _by_reason(counted),
            "laws": Law.choices,
            "promises": _promises(plan),
            "wanted": wanted,
            "page": (page := selectors.page_of(request, wanted.orders(request.user, now, today))),
            "lines": [Line.of(order, now) for order in page],
            **_outlook(),
        },
    )


_Counted = tuple[str, str, str, str, int]  # bucket, code of the reason, law, one of STATES, orders


def _orders(user: User, now: datetime, today: date) -> QuerySet[RefreshJob]:
    """Today's orders within reach, and whatever else waits there, each with `stands`, one of STATES."""
    waiting = Q(state=RefreshJob.State.WAITING)
    stands = models.Case(
        When(waiting & Q(not_before__gt=now), then=Value("put_off")),
        When(waiting, then=Value("next")),
        default=F("state"),
        output_field=models.CharField(),
    )
    shown = RefreshJob.objects.filter(reach.shown_to(user, "case__"))
    return shown.filter(Q(planned_for=today) | waiting).annotate(stands=stands)


def _counted(user: User, now: datetime, today: date) -> QuerySet[Any, _Counted]:
    rows = _orders(user, now, today).order_by()
    return rows.values_list("bucket", "reason_code", "case__law", "stands").annotate(Count("pk"))


def _sum(counted: Iterable[_Counted], stands: str) -> int:
    return sum(n for _b, _r, _l, state, n in counted if state == stands)


def _by_reason(counted: Iterable[_Counted]) -> list[tuple[str, str, dict[str, int], int]]:
    """Per reason its code and words, the orders by law and in all; the most first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for _bucket, code, law, _stands, n in counted:
        found[_SAME.get(code, code)][law] += n
    rows = [
        (code, str(REASONS.get(code, code)), {law: laws[law] for law in Law.values}, laws.total())
        for code, laws in found.items()
    ]
    return sorted(rows, key=lambda row: (-row[3], row[1]))


def _promises(plan: DayPlan | None) -> list[tuple[str, list[tuple[str, int | None]]]]:
    """Per law the days of each class that is promised any."""
    days = {(one.get("law"), one.get("class")): one.get("days") for one in plan.promises} if plan else {}
    rows = [
        (
            str(label),
            [(str(words), days[law, name]) for name, words in CLASSES.items() if (law, name) in days],
        )
        for law, label in Law.choices
    ]
    return [row for row in rows if row[1]]


# --- why nothing is asked ---------------------------------------------------------------------------------


def _why_none(now: datetime) -> str:
    """Why there is no plan today: "no_cases", "too_early", else it is about to be made."""
    if not Case.objects.exists():
        return "no_cases"
    return "too_early" if now.astimezone(JST).hour < settings.REFRESH_FROM_HOUR else "soon"


def _hindrances(now: datetime) -> dict[str, Any]:
    """What keeps a plan from being carried out."""
    beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
    silent = beat is None or timezone.now() - beat > timedelta(seconds=WORKER_SILENT_AFTER)
    return {
        "no_credentials": not credentials.jpo(),
        "no_worker": silent,
        "circuits": [one for one in circuit.state(now) if one.until and one.until > now],
    }


# --- the calls of each API --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Calls:
    """One API's calls today. `people`, `elsewhere` and `background` add up to what is used.

    `kept`: what is still kept for people now. `planned`: orders of today, by one of STATES.
    """

    counter: usage.Counter
    people: int
    kept: int
    planned: Mapping[str, int] = field(default_factory=dict)

    @property
    def background(self) -> int:
        return max(0, self.counter.used - self.counter.elsewhere - self.people)

    @property
    def total(self) -> int:
        return sum(self.planned.values())


@dataclass(frozen=True)
class Group:
    """The calls of one law, or of the One Portal Dossier."""

    scope: str
    rows: list[Calls]

    @property
    def used(self) -> int:
        return sum(row.counter.used for row in self.rows)

    @property
    def planned(self) -> int:
        return sum(row.total for row in self.rows)


def _budgets(plan: DayPlan | None, counted: Iterable[_Counted], now: datetime) -> list[Calls]:
    """The APIs that show changes of a case, and any other that the plan uses."""
    planned: dict[str, Counter[str]] = defaultdict(Counter)
    for bucket, _reason, _law, stands, n in counted:
        planned[bucket][stands] += n
    named = {one.get("bucket") for one in plan.budgets} if plan else set()
    people, rules = _by_people(now), office.limits().daily
    return [
        Calls(counter, min(people.get(name, 0), counter.used), reserve_at(rules[name], now), planned[name])
        for counter in usage.counters()
        for name in [counter.name]
        if name in named or name in planned or (detector(name) and counter.endpoint.scope != "opd")
    ]


def _groups(rows: Iterable[Calls]) -> list[Group]:
    return [Group(scope, list(of)) for scope, of in groupby(rows, lambda row: row.counter.endpoint.scope)]


def _by_people(now: datetime) -> dict[str, int]:
    """Calls of this office day for which somebody waited at a screen, by API."""
    midnight = datetime.combine(office_day(now), datetime.min.time(), tzinfo=JST)
    calls = OfficeCall.objects.filter(started_at__gte=midnight, purpose=Purpose.PERSON)
    return dict(calls.order_by().values_list("endpoint").annotate(Count("pk")))


# --- the orders -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """Which orders the list shows; what the address says wrongly narrows nothing."""

    stands: str = ""
    law: str = ""
    reason: str = ""

    @classmethod
    def of(cls, request: HttpRequest, counted: Iterable[_Counted]) -> Wanted:
        given = request.GET
        stands, law, reason = given.get("state", ""), given.get("law", ""), given.get("reason", "")
        reasons = {_SAME.get(code, code) for _bucket, code, _law, _stands, _n in counted}
        return cls(
            stands=stands if stands in STATES else "",
            law=law if law in Law.values else "",
            reason=reason if reason in reasons else "",
        )

    def orders(self, user: User, now: datetime, today: date) -> QuerySet[RefreshJob]:
        """In the order in which they are taken up; then what was put off, then what is over."""
        rows = _orders(user, now, today).select_related("case").defer("case__note", "case__parties")
        if self.stands:
            rows = rows.filter(stands=self.stands)
        if self.law:
            rows = rows.filter(case__law=self.law)
        if self.reason:
            codes = [self.reason, *(code for code, same in _SAME.items() if same == self.reason)]
            rows = rows.filter(reason_code__in=codes)
        turn = models.Case(When(stands="next", then=0), When(stands="put_off", then=1), default=2)
        return rows.order_by(turn, "rank", "created_at", "pk")


@dataclass(frozen=True)
class Line:
    """One order: `api` is None where whichever counter has calls is used; `at` when it ended or is due."""

    order: RefreshJob
    api: usage.Endpoint | None
    reason: str
    stands: str
    words: str
    at: datetime | None

    @classmethod
    def of(cls, order: RefreshJob, now: datetime) -> Line:
        stands = cast(Any, order).stands
        return cls(
            order=order,
            api=_BY_BUCKET.get(order.bucket),
            reason=_reason(order),
            stands=stands,
            words=str(_("being asked now") if _runs(order) else STATES.get(stands, stands)),
            at={"put_off": order.not_before, "next": None}.get(stands, order.finished_at),
        )


_BY_BUCKET = {row.bucket_name: row for row in usage.ENDPOINTS}


def _runs(order: RefreshJob) -> bool:
    leased = order.lease_until is not None and order.lease_until > timezone.now()
    return order.state == RefreshJob.State.WAITING and leased


def _reason(order: RefreshJob) -> str:
    """The sentence of an order's reason, in the reader's language; a stored one may be of any shape."""
    if not order.reason_code:
        return str(REASONS[""])
    values = order.reason_values if isinstance(order.reason_values, dict) else {}
    return reason_words(Reason(order.reason_code, values), get_language() or "ja")


# --- the forecast -----------------------------------------------------------------------------------------


def _outlook() -> dict[str, Any]:
    done = outlook.latest()
    return {
        "outlook": done,
        "forecasts": _forecasts(done) if done else [],
        "doubled": [_BY_BUCKET[name] for name in done.assumed["doubled"] if name in _BY_BUCKET]
        if done
        else [],
        "assumed": _assumed(done) if done else [],
        "under_way": outlook.under_way(),
        "more": done.more if done else outlook.MORE,
        "most_more": outlook.MOST_MORE,
    }


def _forecasts(done: Outlook) -> list[tuple[str, dict[str, Any]]]:
    return [(name, done.found[name]) for name in outlook.FORECASTS if name in done.found]


def _assumed(done: Outlook) -> list[tuple[usage.Endpoint, int]]:
    """The APIs with calls a day that the forecast was played with."""
    given = [(_BY_BUCKET.get(one["bucket"]), one["daily"]) for one in done.assumed["budgets"]]
    return [(row, daily) for row, daily in given if row and daily]


@require_POST
def order_outlook(request: HttpRequest) -> HttpResponse:
    """Have the forecast worked out again, with as many cases more as the form says."""
    text = typed(request, "more").strip()
    try:
        more = int(text) if len(text) < 10 else 0
        outlook.order(by=request.user, more=more, now=clock.now())
    except ValueError:
        most = f"{outlook.MOST_MORE:,}"
        messages.error(
            request,
            _("Please give a number of cases from 1 to %(most)s; nothing was ordered.") % {"most": most},
        )
    else:
        messages.success(request, _("The forecast is being worked out; it appears here in a minute or two."))
    return redirect("quota_plan")


# --- the request for more calls ---------------------------------------------------------------------------


@require_safe
def request_page(request: HttpRequest) -> HttpResponse:
    measured, done = demand(clock.now()), outlook.latest()
    provider = request.GET.get("provider") == "1"
    return render(
        request,
        "pages/quota_request.html",
        {
            "demand": measured,
            "text": _request_text(measured, done, provider=provider),
            "provider": provider,
            "outlook": done,
            "enough": limit_request.ENOUGH_A_YEAR,
            "filed": sum(measured.filed.values()),
            "doubled_already": settings.JPO_DOUBLED,
        },
    )


@require_safe
def request_text(request: HttpRequest) -> HttpResponse:
    """The text as a file; with a byte order mark, so that every editor reads its Japanese."""
    provider = request.GET.get("provider") == "1"
    text = _request_text(demand(clock.now()), outlook.latest(), provider=provider)
    answer = HttpResponse("\ufeff" + text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="jpo-limits.txt"'
    return answer


def _request_text(measured: Demand, done: Outlook | None, *, provider: bool) -> str:
    return limit_request.text_of(
        measured,
        _comparable(measured, done),
        clock.office_today(),
        per_minute=settings.JPO_PER_MINUTE,
        from_hour=settings.REFRESH_FROM_HOUR,
        provider=provider,
    )


def _comparable(measured: Demand, done: Outlook | None) -> dict[str, Any] | None:
    """The forecasts, without the one that doubled other limits than are asked for."""
    if done is None:
        return None
    same = set(done.assumed["doubled"]) == {one.endpoint.bucket_name for one in measured.doubled}
    return {name: one for name, one in done.found.items() if same or name != "doubled"}
