"""What the charts count. Each function is one or two queries, grouped by the database, whatever the docket.

What narrows the cases is put as their keys: a case's own wide row is not read for each of its acts. What is
counted is a column of the index that is read, for PostgreSQL's indexes hold no keys of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from dossiers import reach
from dossiers.docketing.rules import all_rules
from dossiers.docketing.stage import EXAMINATION_REQUESTS, NOTICES
from dossiers.models import Case, Event, Law, Paper, TimeLimit, User

from .completeness import BoardFilter
from .selectors import RUNNING

GRANT, REFUSAL = "A01", "A02"
FIRST_ACTIONS = NOTICES | {GRANT, REFUSAL}
PAYMENTS = ("annuity", "instalment", "renewal")


@dataclass(frozen=True)
class Narrowed:
    """The cases that are counted: those of a filter, as this person sees it."""

    wanted: BoardFilter
    user: User

    def cases(self) -> Q:
        return self.wanted.cases(self.user)

    def of_case(self) -> Q:
        """For rows of a case."""
        if self.wanted.scope == "all" and not (self.wanted.law or self.wanted.owner):
            return reach.shown_to(self.user, "case__")
        return Q(case__in=Case.objects.filter(self.cases()).order_by().values("pk"))


def stages(narrowed: Narrowed) -> dict[str, int]:
    """Cases by stage."""
    rows = Case.objects.filter(narrowed.cases()).order_by().values_list("stage")
    return dict(rows.annotate(Count("law")))


# --- time limits ahead ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ahead:
    """Running limits: by (last day, duty, state) within the days shown, and what lies outside of them."""

    by_day: list[tuple[date, str, str, int]]
    overdue: int
    passed_before: int  # before their case was added
    later: int
    undated: int


def limits_ahead(narrowed: Narrowed, today: date, end: date) -> Ahead:
    """Running limits; shown are the days from `today` to the day before `end`.

    Their days are few, so all are read by the one index that holds everything asked for.
    """
    rows = TimeLimit.objects.filter(narrowed.of_case(), state__in=RUNNING).order_by()
    by_day: list[tuple[date, str, str, int]] = []
    beside: Counter[str] = Counter()
    for due, duty, state, before, n in rows.values_list("due", "duty", "state", "passed_on_adding").annotate(
        Count("state")
    ):
        if due is None:
            beside["undated"] += n
        elif due < today:
            beside["passed_before" if before else "overdue"] += n
        elif due >= end:
            beside["later"] += n
        else:
            by_day.append((due, duty, state, n))
    return Ahead(by_day, **{name: beside[name] for name in ("overdue", "passed_before", "later", "undated")})


# --- acts of the office -----------------------------------------------------------------------------------


def _acts(narrowed: Narrowed, codes: Iterable[str]) -> models.QuerySet[Event]:
    return Event.objects.filter(narrowed.of_case(), code__in=sorted(codes), vanished_at=None).order_by()


def office_actions(narrowed: Narrowed, since: date, today: date) -> list[tuple[date, str, int]]:
    """Notices of reasons and decisions by (day, code) of dispatch."""
    rows = _acts(narrowed, FIRST_ACTIONS).filter(legal_date__gte=since, legal_date__lte=today)
    return list(rows.values_list("legal_date", "code").annotate(Count("code")))


def first_actions(narrowed: Narrowed, since: date, today: date) -> Counter[int | None]:
    """Cases whose first action was dispatched since, by the days they had waited for it.

    Patents wait from the request for examination, others from the filing; None: that day is not known.
    """
    of_case = Event.objects.filter(case=OuterRef("case"), vanished_at=None).order_by()
    before = of_case.filter(code__in=sorted(FIRST_ACTIONS), legal_date__lt=OuterRef("legal_date"))
    requests = of_case.filter(code__in=sorted(EXAMINATION_REQUESTS)).values("case")
    requested = Subquery(requests.annotate(first=Min("legal_date")).values("first"))
    began = models.Case(
        models.When(case__law=Law.PATENT, then=requested),
        default=F("case__filing_date"),
        output_field=models.DateField(),
    )
    rows = _acts(narrowed, FIRST_ACTIONS).filter(
        ~Exists(before), legal_date__gte=since, legal_date__lte=today
    )
    waited = ExpressionWrapper(F("legal_date") - F("began"), output_field=DurationField())
    counted = rows.annotate(began=began).annotate(waited=waited).values_list("waited")
    return _by_days(counted.annotate(Count("case", distinct=True)))


def answers(narrowed: Narrowed, since: date) -> Counter[int | None]:
    """Answers to notices of reasons dispatched since, by the days from dispatch to the answer's receipt."""
    rules = {
        rule.id for law in Law.values for code in NOTICES for rule in all_rules().for_document(code, law)
    }
    rows = TimeLimit.objects.filter(
        narrowed.of_case(), rule_id__in=sorted(rules), state=TimeLimit.State.DONE, base_date__gte=since
    ).exclude(proof=None)
    took = ExpressionWrapper(F("proof__legal_date") - F("base_date"), output_field=DurationField())
    return _by_days(rows.order_by().annotate(took=took).values_list("took").annotate(Count("state")))


def _by_days(rows: Iterable[tuple[timedelta | None, int]]) -> Counter[int | None]:
    """By whole days. Less than none is an office's or a reader's mistake: not known."""
    found: Counter[int | None] = Counter()
    for length, count in rows:
        found[None if length is None or length.days < 0 else length.days] += count
    return found


def grounds(narrowed: Narrowed) -> tuple[Counter[str], int, int]:
    """Notices by ground ("patent/29-2"), a notice under each of its own; notices read, and not read."""
    rows = Paper.objects.filter(narrowed.of_case(), event__isnull=False).exclude(grounds="").order_by()
    found: Counter[str] = Counter()
    for named, count in rows.values_list("grounds").annotate(Count("event", distinct=True)):
        found.update(dict.fromkeys(named.split(), count))
    states: Counter[str] = Counter()
    for _code, state, n in (
        _acts(narrowed, NOTICES).values_list("code", "notice_state").annotate(Count("code"))
    ):
        states[state] += n
    read = states[Event.NoticeState.READ]
    return found, read, states.total() - read


# --- payments ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """So many payments of a fee with this last day, for rights whose term ends on `expires`, if known.

    `year` is the year of the right that is paid, None if not known; `claims` are those of `claims_of` of the
    rights, together.
    """

    fee: str
    on: date
    expires: date | None
    count: int
    year: int | None = None
    claims: int = 0
    claims_of: int = 0


def payments(narrowed: Narrowed) -> tuple[list[Due], int]:
    """Running limits for annuities, instalments and renewals; and how many of them have no date."""
    fees = {id: rule.fee for id, rule in all_rules().rules.items() if rule.fee.split(".")[0] in PAYMENTS}
    rows = TimeLimit.objects.filter(
        narrowed.of_case(), rule_id__in=sorted(fees), state__in=RUNNING
    ).order_by()
    expires = Coalesce("case__expire_date", "case__register__expire_date")
    same = rows.annotate(expires=expires).values_list(
        "rule_id", "due", "expires", "case__register__last_paid_year"
    )
    counted = same.annotate(
        Count("state"), Sum("case__register__claims", default=0), Count("case__register__claims")
    )
    found, undated = [], 0
    for rule, due, ends, paid, n, claims, claims_of in counted:
        if due is None:
            undated += n
        else:
            found.append(Due(fees[rule], due, ends, n, None if paid is None else paid + 1, claims, claims_of))
    return found, undated
