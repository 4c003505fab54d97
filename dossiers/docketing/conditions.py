"""Small questions about the facts of a case that several parts of docketing ask."""

from collections.abc import Iterable
from datetime import date

from .codes import lookup
from .dates import OutOfRange, Period, add
from .facts import CaseFacts, EventFact
from .register import plausible, registered_on
from .rules import Rule
from .stage import EXAMINATION_REQUESTS

JAPAN = "JP"
COMPENSATED_SINCE = date(2020, 3, 10)
"""Delay is compensated for applications filed from then on (Patent Act Art. 67(2), as amended)."""


def on_file(events: Iterable[EventFact], before: EventFact | None = None) -> frozenset[str]:
    """The codes on file; with ``before``, those of documents dated up to it, itself left out."""
    if before is None or before.legal_date is None:
        return frozenset(event.code for event in events)
    return frozenset(
        event.code
        for event in events
        if event is not before and event.legal_date and event.legal_date <= before.legal_date
    )


def fits(rule: Rule, seen: frozenset[str]) -> bool:
    """Whether the documents a rule needs are on file, and none of those that rule it out."""
    return (not rule.needs or bool(seen & {*rule.needs})) and not seen & {*rule.unless}


def filed_on(facts: CaseFacts) -> date | None:
    """The filing date; of a derived application the day its request was really received."""
    received = [event.legal_date for event in facts.events if event.code == "A63" and event.legal_date]
    return min(received, default=facts.filing_date) if facts.derived else facts.filing_date


def earliest_priority(facts: CaseFacts) -> date | None:
    """The earliest day claimed as priority, else the filing date. None when neither is known."""
    claimed = [claim.day for claim in facts.priorities if claim.day and plausible(claim.day)]
    return min(claimed, default=facts.filing_date)


def last_act_of_office(facts: CaseFacts) -> EventFact | None:
    """The latest dated document of the office: what must have happened before it has."""
    acts = [
        event
        for event in facts.events
        if event.legal_date and plausible(event.legal_date) and lookup(event.code, facts.law).side == "office"
    ]
    return max(acts, key=lambda event: (event.legal_date or date.min, event.key), default=None)


def claims_foreign_priority(facts: CaseFacts) -> bool:
    """Whether a priority of another country is claimed here for the first time.

    The documents of a derived application count as filed with its original (Patent Act Art. 44(4)); those of
    an international application go through the International Bureau.
    """
    foreign = any(claim.country != JAPAN for claim in facts.priorities)
    return foreign and not facts.derived and not facts.international_filing


def registered_late_enough(facts: CaseFacts) -> bool:
    """Whether the delay until registration may be compensated (Patent Act Art. 67(2)).

    Registration must come after five years from filing and three from the request for examination, whichever
    ends later. A request not on file is taken as early: the chance is then shown rather than hidden.
    """
    filed, registered = filed_on(facts), registered_on(facts)
    if filed is None or registered is None or not plausible(filed) or filed < COMPENSATED_SINCE:
        return False
    requests = [e.legal_date for e in facts.events if e.code in EXAMINATION_REQUESTS and e.legal_date]
    try:
        ends = [add(filed, (Period(5, "year"),))]
        if requests:
            ends.append(add(min(requests), (Period(3, "year"),)))
    except OutOfRange:
        return False
    return registered > max(ends)


def maybe_international_registration(facts: CaseFacts) -> bool:
    """Whether the application number is in the series used for designations of Japan.

    Trademarks under the Madrid Protocol are numbered from 350000 a year, designs under the Hague Agreement
    from 500000. The office describes this nowhere in its API, so that it is only ever asked about.
    """
    number = facts.application_number
    if len(number) != 10 or not (number.isascii() and number.isdigit()):
        return False
    if facts.law == "trademark":
        return number[4:6] == "35"
    return facts.law == "design" and number[4] == "5"
