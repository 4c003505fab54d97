"""Where a case stands for the planner, from its dates and documents alone. Any documents, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .model import CaseView

STATES = (
    *("unknown", "unrequested", "requested", "accelerated", "notice", "notice_overseas", "answered"),
    *("allowed", "refused", "appeal", "board", "registered", "closed"),
)
FINISHED = frozenset({"registered", "closed"})

# In the order in which documents of one day count: the last one says where the case stands.
_STEPS = {
    **dict.fromkeys(("A621", "A625"), (1, "request")),
    **dict.fromkeys(("A871", "A87"), (2, "accelerate")),
    **dict.fromkeys(("A53", "A523", "A524", "C53", "C523"), (3, "answer")),
    **dict.fromkeys(("A131", "A132", "A133", "C13"), (4, "notice")),
    "A02": (5, "refuse"),
    "C60": (6, "appeal"),
    "C211": (7, "board"),
    **dict.fromkeys(("A01", "A03", "C03"), (8, "allow")),
    **dict.fromkeys(("R100", "R150"), (9, "register")),
    **dict.fromkeys(
        (
            *("A761", "A762", "C761", "C762", "A300", "A031", "A032", "A034"),
            *("A041", "A042", "A043", "A044", "A045", "A047"),
        ),
        (10, "close"),
    ),
}

PREFIX = "A63"  # the first request paper of an application
CODES = frozenset(_STEPS)
"""The codes of the documents that tell where a case stands, beside those that begin with PREFIX."""


@dataclass(frozen=True, slots=True)
class State:
    """One of STATES, and since when (None if no date says so); never after the day it was asked for."""

    name: str
    since: date | None


@dataclass(slots=True)
class Walk:
    """A case on its way through its documents."""

    law: str
    overseas: bool
    accelerated: bool
    name: str
    since: date | None

    def take(self, step: str, day: date) -> None:
        """One document more; a step that does not follow from where the case stands changes nothing."""
        match step:
            case "request" if self.name in ("unknown", "unrequested"):
                self._go("accelerated" if self.accelerated else "requested", day)
            case "accelerate":
                self.accelerated = True
                if self.name == "requested":
                    self._go("accelerated", day)
            case "answer" if self.name in ("notice", "notice_overseas"):
                self._go("answered", day)
            case "notice":
                self._go("notice_overseas" if self.overseas else "notice", day)
            case "refuse" | "appeal" | "board" | "allow" | "register" | "close":
                self._go(_LEADS_TO[step], day)

    def _go(self, name: str, day: date) -> None:
        self.name, self.since = name, day


_LEADS_TO = {
    "refuse": "refused",
    "appeal": "appeal",
    "board": "board",
    "allow": "allowed",
    "register": "registered",
    "close": "closed",
}


def steps(case: CaseView, until: date) -> list[tuple[date, int, str, str]]:
    """(day, order, step, code) of the documents that move a case, oldest first; none after `until`."""
    found = []
    for code, day in case.documents:
        step = _STEPS.get(code)
        if step is not None and day is not None and day <= until:
            found.append((day, step[0], step[1], code))
    if case.requested_on is not None and case.requested_on <= until:
        found.append((case.requested_on, 1, "request", ""))
    found.sort()
    return found


def start(case: CaseView, day: date) -> Walk:
    """Before the first document: a patent waits for its request, a design or mark for its examiner."""
    filed = _filed(case, day)
    overseas = case.residency == "overseas"
    if case.law != "patent":
        return Walk(
            case.law, overseas, case.accelerated, "accelerated" if case.accelerated else "requested", filed
        )
    name = "unrequested" if filed is not None else "unknown"
    return Walk(case.law, overseas, case.accelerated, name, filed)


def _filed(case: CaseView, day: date) -> date | None:
    """The day from which the case really is before the office: a divisional or an international application
    has an earlier date of filing than its first request paper (A63 and those that begin so)."""
    filed = case.filed_on if case.filed_on is not None and case.filed_on <= day else None
    first = None
    for code, when in case.documents:
        if code.startswith(PREFIX) and when is not None and when <= day and (first is None or when < first):
            first = when
    return filed if first is None else first if filed is None else max(filed, first)


def state_of(case: CaseView, day: date) -> State:
    """The state on `day`; later dates are not believed. A right that ended or is registered comes first."""
    if case.expire_on is not None and case.expire_on <= day:
        return State("closed", case.expire_on)
    if case.registered_on is not None and case.registered_on <= day:
        return State("registered", case.registered_on)
    walk = start(case, day)
    for when, _, step, _ in steps(case, day):
        walk.take(step, when)
    return State(walk.name, walk.since)
