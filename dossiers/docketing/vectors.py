"""Worked examples of time limits: a table of base days, lengths and the days they must lead to.

One example a line, tab-separated, under a line that names the columns in any order. ``period`` is a length
of `dates.parse_length`; the days are ISO dates; ``rolls_over`` is yes or no. ``kind`` is "positive" for what
must come out, "negative" for a wrong statement (in ``stated_by_source``) that must not. ``law`` names a law
of Japan, or an office abroad, whose months count date to date unless the rule named counts otherwise.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from .calendar import OfficeCalendar
from .dates import Counting, Length, OutOfRange, parse_length
from .engine import NeedsDocument, compute, off_weekends
from .rules import LAWS, RuleBook

OWN_VECTORS = Path(__file__).parent / "data" / "vectors.tsv"

COLUMNS = (
    *("id", "rule_id", "law", "event", "base_date", "residency", "period", "expected_raw_end", "rolls_over"),
    *("expected_due", "stated_by_source", "check", "kind", "status", "source", "note"),
)
NEEDED = frozenset(
    {"id", "law", "base_date", "period", "expected_raw_end", "rolls_over", "expected_due", "kind"}
)
DOMESTIC = (*LAWS, "any")
RESIDENCIES = {"resident": "resident", "overseas": "overseas", "any": "resident", "": "resident"}


class VectorError(ValueError):
    """A line of a table that cannot be understood. The message says what to do about it."""


@dataclass(frozen=True)
class VectorResult:
    """What came of one line.

    ``line`` counts from 1, the line of names included. ``message`` is empty when it passed. ``raw_end`` and
    ``due`` are what was computed, None for a line that could not be read. ``by_rule`` is True when the rule
    it names was computed as well, not the arithmetic alone.
    ``no_rule`` is the rule it names that is not here.
    """

    line: int
    id: str
    kind: Literal["positive", "negative", "unreadable"]
    passed: bool
    raw_end: date | None = None
    due: date | None = None
    by_rule: bool = False
    message: str = ""
    no_rule: str = ""


def run_vectors(lines: Iterable[str], rules: RuleBook, calendar: OfficeCalendar) -> list[VectorResult]:
    """Every example of a table, computed. A line that cannot be read is a failed result, never left out.

    A positive example passes when raw end, due date and what the source states come out. A negative one
    passes when its own days come out and what the source states does not.
    """
    numbered = [(number, line.rstrip("\r\n")) for number, line in enumerate(lines, start=1)]
    table = [(number, line) for number, line in numbered if line.strip() and not line.startswith("#")]
    if not table:
        return [VectorResult(1, "-", "unreadable", False, message="the table is empty")]
    head, names = table[0][0], table[0][1].lstrip("\ufeff").split("\t")
    if missing := NEEDED - {*names}:
        words = f"the first line must name the columns; missing: {', '.join(sorted(missing))}"
        return [VectorResult(head, "-", "unreadable", False, message=words)]
    return [_run_line(number, line, names, rules, calendar) for number, line in table[1:]]


def _run_line(
    number: int, line: str, names: list[str], rules: RuleBook, calendar: OfficeCalendar
) -> VectorResult:
    fields = next(csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE))
    row = dict(zip(names, (field.strip() for field in fields), strict=False))
    name = row.get("id") or "-"
    if len(fields) != len(names):
        words = f"has {len(fields)} fields, not {len(names)}"
        return VectorResult(number, name, "unreadable", False, message=words)
    try:
        return _run(number, row, rules, calendar)
    except VectorError as error:
        return VectorResult(number, name, "unreadable", False, message=str(error))


def _run(number: int, row: Mapping[str, str], rules: RuleBook, calendar: OfficeCalendar) -> VectorResult:
    base, length = _day(row, "base_date"), _length(row["period"])
    domestic = row["law"] in DOMESTIC
    counting = _counting(row, rules, domestic)

    def roll(day: date) -> date:
        return calendar.roll(day)[0] if domestic else off_weekends(day)[0]

    expected = (_day(row, "expected_raw_end"), _day(row, "expected_due"))
    if row["rolls_over"] not in ("yes", "no"):
        raise VectorError(f"rolls_over is {row['rolls_over']!r}; write yes or no")
    if row["kind"] not in ("positive", "negative"):
        raise VectorError(f"kind is {row['kind']!r}; write positive or negative")
    try:
        end = length.end(base, counting, roll)
        due = roll(end) if row["rolls_over"] == "yes" else end
    except OutOfRange as error:
        raise VectorError(str(error)) from error
    ruled = _by_rule(row, base, length, rules, calendar)
    words = _compare(row, expected, (end, due), ruled)
    kind: Literal["positive", "negative"] = "negative" if row["kind"] == "negative" else "positive"
    named = row.get("rule_id", "")
    return VectorResult(
        line=number,
        id=row["id"] or "-",
        kind=kind,
        passed=not words,
        raw_end=end,
        due=due,
        by_rule=bool(ruled),
        message=words,
        no_rule="" if named in rules.rules else named,
    )


def _counting(row: Mapping[str, str], rules: RuleBook, domestic: bool) -> Counting:
    """That of the rule the example names, else that of its office."""
    rule = rules.rules.get(row.get("rule_id", ""))
    if rule is not None:
        return rule.counting
    return "article_3" if domestic else "date_to_date"


def _compare(
    row: Mapping[str, str], expected: tuple[date, date], found: tuple[date, date], ruled: frozenset[date]
) -> str:
    """What is wrong with an example, in words; empty when nothing is."""
    if found != expected:
        return f"computed {found[0]} → {found[1]}, expected {expected[0]} → {expected[1]}"
    if ruled and expected[1] not in ruled:
        return f"the rule {row['rule_id']} gives {', '.join(sorted(map(str, ruled)))}, expected {expected[1]}"
    stated = row.get("stated_by_source", "")
    if not stated:
        return "" if row["kind"] == "positive" else "a negative example must say what is stated wrongly"
    stands = _day(row, "stated_by_source") in {*found, *ruled}
    if row["kind"] == "positive" and not stands:
        return f"the source states {stated}, computed {found[0]} → {found[1]}"
    if row["kind"] == "negative" and stands:
        return f"the wrong statement {stated} came out"
    return ""


def _by_rule(
    row: Mapping[str, str], base: date, length: Length, rules: RuleBook, calendar: OfficeCalendar
) -> frozenset[date]:
    """The due date and the rungs of the named rule, when its table begins as the example does."""
    rule = rules.rules.get(row.get("rule_id", ""))
    residency = RESIDENCIES.get(row.get("residency", ""))
    if rule is None or residency is None or not rule.in_force(base):
        return frozenset()
    periods = rule.overseas if residency == "overseas" else rule.resident
    if periods is None or length.periods[: len(periods)] != periods:
        return frozenset()
    if rule.length(length.periods) != length or rule.rolls != (row["rolls_over"] == "yes"):
        return frozenset()
    try:
        found = compute(rule, base=base, residency=residency, calendar=calendar)
    except (NeedsDocument, OutOfRange):
        return frozenset()
    rungs = {rung.due for rung in found.ladder if rung.due}
    # Longer than the table: an extension, or an older law that the rule does not hold.
    if length.periods == periods:
        return frozenset({found.due})
    extended = {(*periods, *rung.add) for rung in rule.ladder}
    return frozenset(rungs) if length.periods in extended else frozenset()


def _day(row: Mapping[str, str], column: str) -> date:
    try:
        return date.fromisoformat(row.get(column, ""))
    except ValueError as error:
        raise VectorError(f"{column} is {row.get(column, '')!r}; write a day such as 2026-11-22") from error


def _length(text: str) -> Length:
    try:
        return parse_length(text)
    except ValueError as error:
        raise VectorError(str(error)) from error
