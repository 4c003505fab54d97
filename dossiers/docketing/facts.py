"""What is known of one application, as plain values: what docketing reads besides rules and a calendar.

Nothing here depends on today, on a database or on how an office speaks. A ``None`` always
means "not known", never "does not apply".
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Law = Literal["patent", "utility_model", "design", "trademark"]
Residency = Literal["resident", "overseas", "mixed", "unknown"]
PeriodUnit = Literal["day", "month", "year"]

NoticeState = Literal["read", "unreadable", "not_fetched", "none"]
"""Whether the body of a document was read. ``none``: the office will never serve a body for it."""


@dataclass(frozen=True)
class NoticeFact:
    """What the body of a dispatched document says.

    ``period_n``/``period_unit`` is the designated period it prints, ``None`` when it prints none;
    ``overseas_n`` is a second, longer period printed for overseas parties, in the same unit
    (``overseas_unit`` overrides that). ``final`` is True for a notice marked 最後. ``quote`` is the
    sentence the period was read from.
    """

    period_n: int | None = None
    period_unit: str | None = None
    overseas_n: int | None = None
    final: bool | None = None
    quote: str = ""
    grounds: tuple[str, ...] = ()
    application_number: str | None = None
    overseas_unit: str | None = None


@dataclass(frozen=True)
class EventFact:
    """One document in the file of an application: dispatched by the office or filed with it.

    ``key`` is stable across readings and unique within the case. ``legal_date`` is the dispatch
    date of an office document and the receipt date of a filed one (never a drafting date).
    """

    key: str
    code: str
    legal_date: date | None
    description: str = ""
    document_number: str | None = None
    notice: NoticeFact | None = None
    notice_state: NoticeState = "not_fetched"


@dataclass(frozen=True)
class RegisterFact:
    """What the register says. ``next_annuity_due`` is taken as the office prints it, not rolled.

    ``last_paid_year`` counts years of the right from 1 (trademarks: 10 when paid for ten years).
    """

    registration_date: date | None = None
    expire_date: date | None = None
    next_annuity_due: date | None = None
    last_paid_year: int | None = None
    disappearance_date: date | None = None


@dataclass(frozen=True)
class PriorityFact:
    """One priority claim: the day claimed, the country's two letters, the number as that office writes it."""

    day: date | None
    country: str = ""
    number: str = ""


@dataclass(frozen=True)
class EnteredFact:
    """A named person dockets the rule ``rule_id`` from ``base``, a day the office's data do not tell."""

    key: str
    rule_id: str
    base: date
    by: str = ""


@dataclass(frozen=True)
class ClaimedExtension:
    """A named person says that the document ``code`` was filed to extend one limit, not seen yet."""

    limit_key: str
    code: str
    filed: date
    by: str = ""


@dataclass(frozen=True)
class CaseFacts:
    """One application and everything known of it. ``erased`` is the office's own erasure flag.

    ``derived`` is True for a divisional or converted application; ``original_filing_date`` is the day to
    which its filing counts back, ``original_sure`` False where the parent may be derived itself: then the day
    may be a later one than the true one.
    """

    law: Law
    application_number: str
    residency: Residency = "unknown"
    filing_date: date | None = None
    international_filing: bool = False
    derived: bool = False
    original_filing_date: date | None = None
    original_sure: bool = True
    registration_number: str | None = None
    registration_date: date | None = None
    expire_date: date | None = None
    disappearance_date: date | None = None
    erased: bool = False
    register: RegisterFact | None = None
    events: tuple[EventFact, ...] = ()
    priorities: tuple[PriorityFact, ...] = ()
    entered: tuple[EnteredFact, ...] = ()
    claimed_extensions: tuple[ClaimedExtension, ...] = ()
