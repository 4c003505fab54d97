"""What lies on the desk while the docket of one case is worked out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from .calendar import OfficeCalendar
from .codes import lookup
from .engine import ExtensionRequest, longest_end
from .facts import CaseFacts, EnteredFact, EventFact
from .results import Account, Calculation, PlannedReview, Step
from .reviews import review
from .rules import Rule, RuleBook


@dataclass
class Draft:
    """A limit in the making. ``calculation`` is None while only the document can say its length.

    ``event`` is the document it runs from, ``entered`` what a person said it runs from; neither for a limit
    that runs from a date of the case.
    """

    rule: Rule
    event: EventFact | None
    base: date
    calculation: Calculation | None
    recompute: Callable[[tuple[ExtensionRequest, ...]], Calculation] | None = None
    entered: EnteredFact | None = None
    requests: tuple[ExtensionRequest, ...] = ()
    notes: tuple[str, ...] = ()
    done_by: str | None = None
    done: tuple[str, str, str] | None = None
    warnings: list[str] = field(default_factory=list)
    doubts: list[Step] = field(default_factory=list)  # why its date is not settled, beyond the computation

    @property
    def key(self) -> str:
        """The stable key of the limit within its case."""
        if self.event:
            return f"{self.rule.id}:{self.event.key}"
        return f"{self.rule.id}:entered:{self.entered.key}" if self.entered else self.rule.id

    @property
    def longest(self) -> date:
        """The last day on which an answer could still count."""
        return longest_end(self.calculation) if self.calculation else date.max

    def settle(self, reason: str, ja: str, en: str, by: str | None = None) -> None:
        """Nothing is left to do, for ``reason`` and in words; ``by`` is the event that shows it."""
        self.done_by, self.done = by, (reason, ja, en)


@dataclass
class Desk:
    """Everything on the desk while one case is worked through."""

    facts: CaseFacts
    rules: RuleBook
    calendar: OfficeCalendar
    registered: date | None
    drafts: list[Draft] = field(default_factory=list)
    reviews: dict[str, PlannedReview] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    appeal_on: date | None = None

    def ask(
        self,
        kind: str,
        event: EventFact | None = None,
        about: str = "case",
        told: Mapping[str, str] | None = None,
    ) -> PlannedReview:
        """Put something before a person, once."""
        names = {**(named(event, self.facts.law) if event else {}), **(told or {})}
        found = review(kind, event.key if event else None, about, **names)
        self.reviews.setdefault(found.key, found)
        return found

    def leave_open(self, event: EventFact, kind: str) -> None:
        """A document nobody can place yet: open, with a word on what to do."""
        asked = self.ask(kind, event)
        self.accounts[event.key] = Account("open", None, asked.detail_ja, asked.detail_en)


def named(event: EventFact, law: str) -> dict[str, str]:
    """What a sentence calls a document: its name, code and date, in both languages."""
    info = lookup(event.code, law)
    day = event.legal_date.isoformat() if event.legal_date else "-"
    ja = event.description or info.ja or "書類"
    en = info.en or event.description or "document"
    return {"doc": f"{ja}（{event.code}、{day}）", "doc_en": f"{en} ({event.code}, {day})"}
