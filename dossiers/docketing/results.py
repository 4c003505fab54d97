"""What docketing answers: plain values that a store can keep and a page can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

PeriodSource = Literal["notice", "table", "register"]
Confidence = Literal["official", "secondary", "unsure"]
RungKind = Literal["extension", "late_extension", "grace", "restoration", "notice"]
"""``notice``: nothing is lost before the office has sent a notice, which sets a period of its own."""
Duty = Literal["limit", "chance"]
"""``limit``: an act is due, and missing it costs. ``chance``: one may act until then, and need not."""
AccountState = Literal["limit", "no_limit", "open", "own"]

Value = str | int | bool | date | None


@dataclass(frozen=True)
class Step:
    """One step of a computation: a code that ``explain`` words, and the values it needs."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Rung:
    """One way to act later than the due date. ``due`` is None when its end is no date we can hold.

    ``article`` is the English citation, ``article_ja`` the Japanese one. ``requested`` is True when
    the file shows that this extension was asked for. ``fee`` is the id of its official fee, "" when none
    is named; what it costs is asked of the table of fees for the days ``act_from`` to ``act_until`` in
    which it is done, so that a changed fee changes no calculation. ``fee_jpy`` is read from calculations
    stored before there was such a table.
    """

    kind: RungKind
    due: date | None
    condition_ja: str
    condition_en: str
    article: str
    article_ja: str = ""
    requested: bool = False
    fee: str = ""
    act_from: date | None = None
    act_until: date | None = None
    fee_jpy: int | None = None


@dataclass(frozen=True)
class Calculation:
    """A time limit and how it was found.

    ``raw_end`` is the end of the period by the calendar; ``due`` the last day to act after moving
    off days on which the office is closed. ``base_date`` is the day that is counted from (itself not
    counted). ``ladder`` is in the order in which the rungs come; ``notes`` are codes of what a person
    has to look at. ``provisional`` is True when ``due`` rests on something not settled: residency, a
    notice not read yet, holidays not announced yet, an unsure rule.
    """

    rule_id: str
    rule_version: str
    base_date: date
    residency: str
    period_text: str
    period_source: PeriodSource
    raw_end: date
    due: date
    rolled: bool
    steps: tuple[Step, ...]
    ladder: tuple[Rung, ...]
    provisional: bool
    confidence: Confidence
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedLimit:
    """A time limit the case has, open or settled. ``key`` is stable and unique within the case.

    ``done_by`` names the event that settles it and is its proof; ``done_reason`` is "answered",
    "overtaken", "right_ended" or, for a chance that later documents show to be over, "expired"; None while
    it is open. ``warnings`` are codes of reviews that touch it.
    """

    key: str
    rule_id: str
    title_ja: str
    title_en: str
    event_key: str | None
    calculation: Calculation
    done_by: str | None = None
    done_reason: str | None = None
    done_ja: str = ""
    done_en: str = ""
    warnings: tuple[str, ...] = ()
    duty: Duty = "limit"


@dataclass(frozen=True)
class Expected:
    """Something that should happen by itself on ``day``: publication, the end of a term. Nobody need act."""

    rule_id: str
    title_ja: str
    title_en: str
    day: date
    article_ja: str
    article_en: str
    note_ja: str = ""
    note_en: str = ""


@dataclass(frozen=True)
class PlannedReview:
    """Something a person has to look at. ``kind`` is a stable code; ``key`` unique within the case."""

    key: str
    event_key: str | None
    kind: str
    detail_ja: str
    detail_en: str


@dataclass(frozen=True)
class Account:
    """What became of one event: a limit, no limit (and why), the applicant's own act, or still open."""

    state: AccountState
    rule_id: str | None = None
    reason_ja: str = ""
    reason_en: str = ""


@dataclass(frozen=True)
class Docket:
    """The whole answer for one case. Every event of the facts has an account."""

    limits: tuple[PlannedLimit, ...]
    reviews: tuple[PlannedReview, ...]
    accounts: Mapping[str, Account]
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True)
class Stage:
    """Where the application stands, and the fact that says so."""

    code: str
    basis_ja: str
    basis_en: str
