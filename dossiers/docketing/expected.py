"""What is expected to happen by itself: publication, the end of a term, a decision of the board."""

from collections.abc import Iterator
from datetime import date

from .conditions import earliest_priority, filed_on, fits, on_file
from .dates import OutOfRange
from .facts import CaseFacts
from .register import expires_on, plausible, registered_on
from .results import Expected
from .rules import Rule, RuleBook


def expected(facts: CaseFacts, rules: RuleBook) -> tuple[Expected, ...]:
    """The events of the rules for this case, by day. None of them is moved off closed days."""
    found = [
        Expected(
            rule.id,
            rule.title.ja,
            rule.title.en,
            day,
            rule.article.ja,
            rule.article.en,
            rule.note.ja,
            rule.note.en,
        )
        for rule in rules.events(facts.law)
        for day in sorted({*_days(rule, facts)})
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.rule_id)))


def _days(rule: Rule, facts: CaseFacts) -> Iterator[date]:
    if rule.family == "term":
        yield from _term(rule, facts)
        return
    for base in _bases(rule, facts):
        if plausible(base) and rule.in_force(base) and rule.resident is not None:
            try:
                yield rule.length(rule.resident).end(base, rule.counting, lambda day: day)
            except OutOfRange:
                continue


def _term(rule: Rule, facts: CaseFacts) -> Iterator[date]:
    """The end of a registered right: as the register says, else counted from the filing."""
    registered, expires, filed = registered_on(facts), expires_on(facts), filed_on(facts)
    if registered is None:
        return
    if expires is not None:
        if plausible(expires):
            yield expires
        return
    if rule.starts != "filing" or facts.derived or filed is None or rule.resident is None:
        return
    if plausible(filed) and rule.in_force(filed):
        yield rule.length(rule.resident).end(filed, rule.counting, lambda day: day)


def _bases(rule: Rule, facts: CaseFacts) -> Iterator[date]:
    if rule.codes:
        seen = on_file(facts.events)
        closed = [e.legal_date for e in facts.events if e.code in rule.closed_by and e.legal_date]
        for event in facts.events:
            day = event.legal_date
            if event.code in rule.codes and day and fits(rule, seen) and not any(c >= day for c in closed):
                yield day
        return
    if rule.starts == "earliest_priority":
        base = None if facts.derived or registered_on(facts) else earliest_priority(facts)
    elif rule.starts == "registration":
        base = registered_on(facts)
    else:
        base = filed_on(facts)
    if base is not None:
        yield base
