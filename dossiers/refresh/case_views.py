"""The docket as the planner takes it: what is known of each case, and the calls there are. Only reads.

Rows are streamed, and there are as many queries for one case as for fifty thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from apiclient.clock import JST, office_day
from apiclient.jpo.catalogue import Endpoint, endpoint
from apiclient.outcomes import Outcome
from apiclient.quota import DayRule, reserve_at
from dossiers import clock
from dossiers.models import Case, Event, Law, OfficeCall, QuotaDay, Snapshot

from . import office, usage
from .planner import Budget, CaseView, Policy, detector
from .planner.model import Document, Kind, Watch
from .planner.states import CODES, PREFIX

STATUS_ENDPOINTS = ("app_progress", "app_progress_simple")
FINISHED_STAGES = ("lapsed", "withdrawn", "dismissed", "expired")
WATCHED_WITHIN = 7  # days before a limit on which a pending case is asked every day
LEFT_FOR_THE_DAY = 20  # calls of each law not planned: for cases added in the course of the day
# A small docket is asked every day, a large one as often as the promise's share of the calls allows.
POLICY = Policy(shortest=0.0, finished_days=30, finished_at_most_every=7)
IN_PART = ("app_doc_cont_refusal_reason", "app_doc_cont_refusal_reason_decision", "registration_info")
KEPT_FOR_READING = (
    0.5  # of the calls that show a part: what the status shows to be new has to be fetched, too
)
_LONGEST_PARTLY = timedelta(days=180)  # an answer that shows a part and is older says nothing of today
_ELSEWHERE_OVER = 7  # office days over which the calls of others with the same ID are averaged
_CHUNK = 2000
_FIELDS = (
    *("pk", "law", "application_number", "filing_date", "registration_date", "expire_date"),
    *("disappearance_date", "stage", "next_due", "last_outcome", "residency", "daily_until"),
)


class _OfficeDay(TruncDate):
    """The office's day of an instant, told by the database in a tenth of the time that Python takes."""

    def __init__(self, instant: Any, **extra: Any) -> None:
        super().__init__(instant, tzinfo=JST, **extra)

    def get_db_converters(self, connection: Any) -> list[Any]:
        return self.output_field.get_db_converters(connection)  # it is a date as it comes


_DAYS = {
    "confirmed_on": _OfficeDay("confirmed_at"),
    "asked_on": _OfficeDay("asked_at"),
    "added_on": _OfficeDay("added_at"),
    "in_vain_on": _OfficeDay("in_vain_since"),
}


def case_views(cases: QuerySet[Case] | None = None, *, ordered: Collection[int] = ()) -> Iterator[CaseView]:
    """Every case (or those of `cases`), by key; four queries. Days are the office's, in Japan.

    An act that left the office's list is not told, nor documents that tell the planner nothing. Only answers
    that were taken in count as asked. `ordered`: keys of cases whose question of today is put already.
    """
    chosen = Case.objects.all() if cases is None else cases
    ours: Mapping[str, Any] = {} if cases is None else {"case__in": chosen.order_by().values("pk")}
    partly = _partly_asked(ours)
    nothing_new = _nothing_new()
    read = chosen.order_by("pk").annotate(**_DAYS).values_list(*_FIELDS, *_DAYS, named=True)
    rows, today = read.iterator(_CHUNK), clock.office_today()
    for case, documents in _with_documents(rows, ours):
        dates = partly.get(case.pk, {})
        silent = nothing_new.get((case.law, case.application_number), {})
        yield _view(case, documents, _latest(dates, silent), case.pk in ordered, today)


def budgets(now: datetime) -> list[Budget]:
    """The calls that a plan may use today in each bucket whose answers are taken in; two queries.

    What is used, and what is kept for people and for cases added today, is taken off; so is, of the calls
    that show a part of a case, a share for what is known to be new and not read yet. Waiting orders are not.
    Of a whole day's calls are taken off, too, those that others with the same ID have made lately.
    """
    elsewhere, rules = _elsewhere(now), office.limits().daily
    return [
        _budget(counter, rules[counter.name], elsewhere.get(counter.name, 0), now) for counter in _counters()
    ]


def calls_left(now: datetime) -> dict[str, int]:
    """Calls left today to the plan, and of those that show a part to reading, in each of those buckets; one
    query. Negative where even what is kept for cases added today is gone."""
    rules = office.limits().daily
    return {
        counter.name: _left(counter, rules[counter.name], now) - _kept_for_added(counter.endpoint)
        for counter in _counters()
    }


def _counters() -> list[usage.Counter]:
    return usage.counters(endpoint(law, name) for law in Law.values for name in (*STATUS_ENDPOINTS, *IN_PART))


def _left(counter: usage.Counter, rule: DayRule, now: datetime) -> int:
    return max(0, counter.left - reserve_at(rule, now))


def _budget(counter: usage.Counter, rule: DayRule, elsewhere: float, now: datetime) -> Budget:
    sees = detector(counter.name)
    if sees is None:
        raise LookupError(f"the planner does not know what {counter.name} shows")
    kept = _kept(counter.endpoint, counter.limit)
    others = round(max(counter.elsewhere, elsewhere))
    return Budget(
        bucket=counter.name,
        calls=max(0, _left(counter, rule, now) - kept),
        detector=sees,
        daily=max(0, counter.limit - rule.reserve_for_people - kept - others),
    )


def _elsewhere(now: datetime) -> dict[str, float]:
    """Per bucket the calls a day that others have made on the last days before today."""
    today = office_day(now)
    days = QuotaDay.objects.filter(day__lt=today, day__gte=today - timedelta(_ELSEWHERE_OVER))
    sums = days.order_by().values_list("bucket").annotate(Sum("elsewhere"))
    return {bucket: calls / _ELSEWHERE_OVER for bucket, calls in sums}


def _kept(row: Endpoint, limit: int) -> int:
    """Calls a day of this bucket that are not the plan's, beside those for people."""
    return _kept_for_added(row) or round(limit * KEPT_FOR_READING)


def _kept_for_added(row: Endpoint) -> int:
    return LEFT_FOR_THE_DAY // len(STATUS_ENDPOINTS) if row.name in STATUS_ENDPOINTS else 0


# --- one case ---------------------------------------------------------------------------------------------


def _view(
    case: Any, documents: tuple[Document, ...], partly: Mapping[Kind, date], ordered: bool, today: date
) -> CaseView:
    asked = case.confirmed_on
    since = {kind: day for kind, day in sorted(partly.items()) if asked is None or day > asked}
    over = case.stage in FINISHED_STAGES and case.next_due is None
    pending = case.stage not in (*FINISHED_STAGES, "registered")
    wanted = case.daily_until is not None and case.daily_until >= today
    watched = wanted or (pending and _ends_soon(case.next_due, today))
    watch: Watch = "hot" if watched else "resting" if over else "normal"
    return CaseView(
        key=case.pk,
        law=case.law,
        filed_on=case.filing_date,
        registered_on=case.registration_date,
        expire_on=min(filter(None, (case.expire_date, case.disappearance_date)), default=None),
        documents=documents,
        last_asked=asked,
        last_outcome=case.last_outcome,
        added_on=case.added_on,
        residency=case.residency,
        watch=watch,
        running_limit=case.next_due,
        partly_asked=tuple(since.items()),
        tried_on=case.asked_on,
        in_vain_since=case.in_vain_on,
        ordered=ordered,
    )


def _ends_soon(limit: date | None, today: date) -> bool:
    return limit is not None and 0 <= (limit - today).days <= WATCHED_WITHIN


def _with_documents(
    cases: Iterable[Any], ours: Mapping[str, Any]
) -> Iterator[tuple[Any, tuple[Document, ...]]]:
    """Both streams side by side, each in the order of the cases, so that neither is held whole."""
    telling = Q(code__in=CODES) | Q(code__startswith=PREFIX)
    rows = Event.objects.filter(telling, vanished_at=None, **ours).order_by("case_id", "pk")
    stream = rows.values_list("case_id", "code", "legal_date").iterator(_CHUNK)
    groups = groupby(stream, itemgetter(0))
    key, group = next(groups, (None, ()))
    for case in cases:
        while key is not None and key < case.pk:
            key, group = next(groups, (None, ()))
        yield case, tuple((code, day) for _, code, day in group) if key == case.pk else ()


# --- asked in part ----------------------------------------------------------------------------------------

_BUCKETS = {endpoint(law, name).bucket_name: law for law in Law.values for name in IN_PART}
_SHOWS = {bucket: sees.sees if (sees := detector(bucket)) else frozenset() for bucket in _BUCKETS}
_Days = dict[Kind, date]


def _partly_asked(ours: Mapping[str, Any]) -> dict[int, _Days]:
    """Per case the days on which an answer came that was taken in."""
    found: dict[int, _Days] = defaultdict(dict)
    rows = Snapshot.objects.filter(endpoint__in=_BUCKETS, taken_in=True, **ours).order_by()
    last = _OfficeDay(Max("last_received_at"))
    for case, bucket, day in rows.values_list("case_id", "endpoint").annotate(last=last):
        _note(found[case], bucket, day)
    return found


def _nothing_new() -> dict[tuple[str, str], _Days]:
    """Per law and number the days on which the office said that it has no such document.

    That it knows no such case proves nothing about its documents, and is left out.
    """
    found: dict[tuple[str, str], _Days] = defaultdict(dict)
    since = clock.office_today() - _LONGEST_PARTLY
    calls = OfficeCall.objects.filter(endpoint__in=_BUCKETS, office_day__gte=since)
    rows = calls.filter(outcome=Outcome.NO_BODY).order_by()
    for bucket, number, day in rows.values_list("endpoint", "argument").annotate(Max("office_day")):
        _note(found[_BUCKETS[bucket], number], bucket, day)
    return found


def _note(days: _Days, bucket: str, day: date) -> None:
    for kind in _SHOWS[bucket]:
        days[kind] = max(day, days.get(kind, day))


def _latest(one: _Days, other: _Days) -> _Days:
    if not (one and other):
        return one or other
    return {kind: max(filter(None, (one.get(kind), other.get(kind)))) for kind in {*one, *other}}
