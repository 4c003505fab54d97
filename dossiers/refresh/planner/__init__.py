"""Which cases to ask the office about today, by which API, and why.

A pure function of what is known about each case and of the calls left: no clock, no database, no Django. How
it decides is in `ranking`; what it assumes about the office in `hazards`, and what it learns there too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import numpy as np

from .docket import Docket, News
from .forecast import Forecast, forecast
from .hazards import Hazards
from .model import (
    EVERYTHING,
    LAWS,
    Budget,
    CaseView,
    Choice,
    Detector,
    Plan,
    Policy,
    PromiseClass,
    Reason,
)
from .ranking import CLASSES, Chosen, choose, promised, widest
from .reasons import reason_for
from .states import State, state_of
from .words import reason_words

__all__ = [
    "DISPATCHED",
    "DOSSIER_LIST",
    "NOTICES",
    "REGISTER",
    "STATUS",
    "Budget",
    "CaseView",
    "Choice",
    "Detector",
    "Forecast",
    "Hazards",
    "Plan",
    "Policy",
    "PromiseClass",
    "Reason",
    "State",
    "detector",
    "forecast",
    "plan",
    "promises",
    "reason_words",
    "state_of",
]

_ALL = frozenset(LAWS)
STATUS = Detector(EVERYTHING, _ALL)
"""Status and simplified status: the whole history, two counters."""
NOTICES = Detector(frozenset({"notice"}), _ALL)
DISPATCHED = Detector(frozenset({"notice", "decision"}), _ALL)
REGISTER = Detector(frozenset({"other"}), _ALL, states=frozenset({"registered"}))
DOSSIER_LIST = Detector(EVERYTHING, frozenset({"patent"}))
"""One Portal Dossier: the list of a patent application's documents."""

_BY_ENDPOINT = {
    "app_progress": STATUS,
    "app_progress_simple": STATUS,
    "app_doc_cont_refusal_reason": NOTICES,
    "app_doc_cont_refusal_reason_decision": DISPATCHED,
    "registration_info": REGISTER,
    "global_doc_list": DOSSIER_LIST,
}


def detector(bucket: str) -> Detector | None:
    """What a bucket ("patent/app_progress", "opd/global_doc_list") detects; None if it tells of no change."""
    scope, _, endpoint = bucket.partition("/")
    found = _BY_ENDPOINT.get(endpoint)
    if found is None or scope == "opd":
        return found
    return Detector(found.sees, frozenset({scope}) & found.laws, found.states) if scope in LAWS else None


def plan(
    cases: Iterable[CaseView],
    budgets: Sequence[Budget],
    day: date,
    *,
    open_day: Callable[[date], bool],
    hazards: Hazards | None = None,
    policy: Policy | None = None,
) -> Plan:
    """The cases to ask on `day`, best first, each once, within the calls of every budget.

    `open_day`: whether the office worked on a day; what it did is visible on the next. Cases of laws that no
    API knows are left out. The same arguments always give the same plan, in whatever order the cases come.
    """
    hazards, policy = hazards or Hazards.published(), policy or Policy()
    docket = Docket.of(cases, day)
    chosen = choose(docket, budgets, News(day, open_day), hazards, policy)
    names = [CLASSES[at] for at in chosen.classes]
    return Plan(
        choices=_choices(docket, chosen, budgets, day, hazards),
        promise=widest(chosen.promises),
        promises=chosen.promises,
        left_out=chosen.left_out,
        sweep_days=chosen.sweep_days,
        classes=dict(zip(docket.key.tolist(), names, strict=True)),
        longest=chosen.longest,
    )


def promises(
    cases: Mapping[PromiseClass, int], budgets: Sequence[Budget], policy: Policy | None = None
) -> dict[PromiseClass, int]:
    """Days per class, as a plan would promise them to so many `cases` of one law that uses all `budgets`."""
    count = np.array([cases.get(klass, 0) for klass in CLASSES], np.int64)
    a_day = sum(one.a_day for one in budgets if one.detector.whole)
    registers = sum(one.a_day for one in budgets if one.detector.states is not None)
    found = promised(count, a_day, registers, policy or Policy())
    return {CLASSES[at]: days for at, days in found.items()}


def _choices(
    docket: Docket, chosen: Chosen, budgets: Sequence[Budget], day: date, hazards: Hazards
) -> list[Choice]:
    return [
        Choice(
            case=int(docket.key[row]),
            bucket=budgets[bucket].bucket,
            score=float(score),
            reason=reason_for(docket, int(row), CLASSES[klass], bool(forced), day, hazards, chosen.promises),
        )
        for row, bucket, score, klass, forced in zip(
            chosen.row, chosen.bucket, chosen.score, chosen.klass, chosen.forced, strict=True
        )
    ]
