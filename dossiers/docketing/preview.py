"""What would follow from a day that a person is about to enter: computed as it will be, written nowhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from dossiers.models import Case

from .docket import docket
from .facts import EnteredFact
from .results import PlannedLimit, PlannedReview
from .rules import all_rules
from .store import calendar, facts_of

_KEY = "preview"


@dataclass(frozen=True)
class Preview:
    """The limit that would follow, None when none would, and what would be put before a person."""

    limit: PlannedLimit | None
    reviews: tuple[PlannedReview, ...]


def preview_start(case: Case, *, rule_id: str, base: date, by: str) -> Preview:
    """What the rule gives for the case from this day, with everything else that is known of it."""
    known = facts_of(case, list(case.events.all()))
    entered = EnteredFact(_KEY, rule_id, base, by)
    result = docket(replace(known, entered=(*known.entered, entered)), all_rules(), calendar())
    limit = next((one for one in result.limits if one.key == f"{rule_id}:entered:{_KEY}"), None)
    asked = tuple(one for one in result.reviews if f"entered:{_KEY}" in one.key)
    return Preview(limit, asked)
