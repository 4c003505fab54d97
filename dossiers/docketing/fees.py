"""The office's fees: read from a YAML file, checked field by field, chosen by the day of the act.

Amounts move: each has the days for which it holds, where it was read, and the day as of which it was checked.
What nobody has read is None, never 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

from .data_file import Part, Text, read_yaml
from .dates import ONE_DAY
from .facts import Law
from .results import Confidence, Rung

FEES = Path(__file__).parent / "data" / "fees.yaml"

_UNKNOWN = "unknown"
_SURE_ENOUGH: tuple[str, ...] = tuple(one for one in get_args(Confidence) if one != "unsure")


@dataclass(frozen=True)
class YearAmount:
    """Yen for each of the years ``first`` to ``last`` of a right, both included, paid year by year."""

    first: int
    last: int
    base: int
    per_claim: int = 0


@dataclass(frozen=True)
class Cost:
    """Yen of one kind of payment, added up. ``at_least`` counts those whose claims or classes are not known:
    of them the basic fee alone, or one class, is in ``yen``."""

    yen: int
    at_least: int = 0


@dataclass(frozen=True)
class FeeAmount:
    """What a fee costs for acts from ``valid_from`` to ``valid_to``, both included.

    Yen: ``base``, with ``per_claim`` and ``per_class`` added for each, or ``by_law`` where the kind of
    application decides, or ``by_year`` where the year of the right does; or ``percent`` of the fee ``of``.
    ``valid_from`` is None when nobody has read since
    when it holds, ``valid_to`` when no end is known. ``checked_on`` is the day as of which it was true.
    """

    base: int
    valid_from: date | None
    valid_to: date | None
    checked_on: date
    sources: tuple[Text, ...]
    confidence: Confidence
    per_claim: int = 0
    per_class: int = 0
    by_law: Mapping[str, int] = field(default_factory=dict)
    by_year: tuple[YearAmount, ...] = ()
    percent: int = 0
    of: str = ""

    @property
    def yen(self) -> int | None:
        """The amount when it is one number whatever the case; None when it depends on the case."""
        depends = self.per_claim or self.per_class or self.by_law or self.by_year or self.of
        return None if depends else self.base

    def cost(self, payments: int, *, year: int | None, claims: int, claims_of: int) -> Cost | None:
        """What so many payments cost together, for this year of the right (None: not known).

        ``claims`` are those of ``claims_of`` of the rights together; of the others their number is not known.
        None where the amount cannot be told.
        """
        if self.by_law or self.of:
            return None
        if self.by_year:
            rows = [row for row in self.by_year if year is not None and row.first <= year <= row.last]
            base, per_claim = (rows[0].base, rows[0].per_claim) if rows else (None, 0)
        else:
            base, per_claim = self.base + self.per_class, self.per_claim
        if base is None:
            return None
        at_least = payments if self.per_class else payments - claims_of if per_claim else 0
        return Cost(payments * base + claims * per_claim, at_least)

    def holds(self, day: date) -> bool:
        """Whether it is the amount for an act of this day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Fee:
    """One official fee. ``article`` is the provision of its act, ``waived`` says when it is not taken."""

    id: str
    what: Text
    laws: tuple[str, ...]
    article: Text
    waived: Text
    amounts: tuple[FeeAmount, ...]


@dataclass(frozen=True)
class Span:
    """Days, both included, on which one amount holds, None when it is not known. No ``last``: no end."""

    first: date
    last: date | None
    amount: FeeAmount | None


@dataclass(frozen=True)
class FeeTold:
    """What an act costs in the days in which it can be done, span by span without a gap.

    ``fee`` is None when no fee of this table is named for it. ``stored`` is an amount that was kept without
    its source, by a program that had no such table.
    """

    fee: Fee | None
    spans: tuple[Span, ...]
    stored: int | None = None

    @property
    def yen(self) -> int | None:
        """The amount when it is one known number on every day; None otherwise."""
        if self.fee is None:
            return self.stored
        amounts = {span.amount.yen if span.amount else None for span in self.spans}
        return amounts.pop() if len(amounts) == 1 else None


@dataclass(frozen=True)
class FeeBook:
    """Fees by id. ``fee_table`` names where the office publishes all of them."""

    version: str
    fee_table: Text
    fees: Mapping[str, Fee]

    def on(self, fee_id: str, day: date) -> FeeAmount | None:
        """The amount for an act of this day; None when it is not known, or no such fee is."""
        fee = self.fees.get(fee_id)
        return next((one for one in fee.amounts if one.holds(day)), None) if fee else None

    def can_be_said(self, amount: FeeAmount | None, day: date) -> bool:
        """Whether it is known in yen for an act of this day: a share is not where its whole is not."""
        return amount is not None and (not amount.of or self.on(amount.of, day) is not None)

    def told(self, fee_id: str, first: date, last: date | None, stored: int | None = None) -> FeeTold:
        """What the fee is for an act done from ``first`` to ``last`` (None: at any time after)."""
        fee = self.fees.get(fee_id)
        spans = _spans(fee.amounts if fee else (), min(first, last or first), last)
        return FeeTold(fee, spans, stored)

    def of_rung(self, rung: Rung) -> FeeTold:
        """What a later way to act costs, besides the act itself."""
        first = rung.act_from or rung.due or date.min
        return self.told(rung.fee, first, rung.act_until or rung.due, rung.fee_jpy)


def _spans(amounts: Iterable[FeeAmount], first: date, last: date | None) -> tuple[Span, ...]:
    """The days from ``first`` to ``last`` cut where the amount changes."""
    spans: list[Span] = []
    day: date | None = first
    for amount in amounts:
        begin, end = amount.valid_from or date.min, amount.valid_to
        if day is None or (end and end < day) or (last and last < begin):
            continue
        if day < begin:
            spans.append(Span(day, begin - ONE_DAY, None))
        until = min((one for one in (end, last) if one), default=None)
        spans.append(Span(max(day, begin), until, amount))
        day = until + ONE_DAY if until and until not in (last, date.max) else None
    if day is not None and (last is None or day <= last):
        spans.append(Span(day, last, None))
    return tuple(spans)


def of_year(told: FeeTold, year: int) -> FeeTold:
    """The same with, of amounts by the year of the right, those of this year alone where the table has it."""
    return replace(told, spans=tuple(replace(one, amount=_of_year(one.amount, year)) for one in told.spans))


def _of_year(amount: FeeAmount | None, year: int) -> FeeAmount | None:
    rows = tuple(one for one in amount.by_year if one.first <= year <= one.last) if amount else ()
    return replace(amount, by_year=rows) if amount and rows else amount


# --- the file ---------------------------------------------------------------------------------------------


@cache
def jpo_fees() -> FeeBook:
    """The fees of the Japan Patent Office that come with this package."""
    return load_fees(FEES)


def load_fees(path: Path = FEES) -> FeeBook:
    """Read and check a file of fees. RuleError when any part of it cannot be used."""
    return read_fees(read_yaml(path), str(path))


_TOP_FIELDS = frozenset({"version", "fee_count", "fee_table", "sources", "fees"})
_FEE_FIELDS = frozenset({"id", "what", "laws", "article", "waived", "amounts"})
_AMOUNT_FIELDS = frozenset({"amount", "valid_from", "valid_to", "checked_on", "sources", "confidence"})
_YEAR_FIELDS = ("first", "last", "base", "per_claim")
_SHAPES = (
    frozenset({"base", "per_claim"}),
    frozenset({"base", "per_class"}),
    frozenset({"base", "per_claim", "per_class"}),
    frozenset({"by_law"}),
    frozenset({"by_year"}),
    frozenset({"percent", "of"}),
)


def read_fees(raw: object, file: str) -> FeeBook:
    """Check the parsed content of a file of fees. RuleError when any part of it cannot be used."""
    top = Part(raw, file, "-", _TOP_FIELDS, "fee")
    sources = top.mapping("sources")
    fees: dict[str, Fee] = {}
    for item in top.items("fees"):
        fee = _fee(Part(item, file, _id_of(item), _FEE_FIELDS, "fee"), sources)
        if fee.id in fees:
            raise top.error("fees", f"has {fee.id!r} twice; give each fee its own id")
        fees[fee.id] = fee
    if not fees or top.raw.get("fee_count") != len(fees):
        todo = f"must be the number of fees, and the file has {len(fees)}; was it cut off, or a fee added?"
        raise top.error("fee_count", todo)
    for fee in fees.values():
        _check_shares(fee, fees, Part({}, file, fee.id, _FEE_FIELDS, "fee"))
    return FeeBook(top.text("version"), top.bilingual("fee_table"), fees)


def _id_of(item: object) -> str:
    return str(item.get("id", "?")) if isinstance(item, dict) else "?"


def _fee(part: Part, sources: dict[str, Any]) -> Fee:
    laws = part.texts("laws")
    if not laws or set(laws) - set(get_args(Law)):
        raise part.error("laws", f"must name at least one of {', '.join(get_args(Law))}")
    if "amounts" not in part.raw:
        raise part.error("amounts", "must be there: a list, empty when nobody has read an amount")
    known: list[FeeAmount] = []
    before: tuple[date | None, date | None] | None = None
    for item in part.items("amounts"):
        one = Part(item, part.file, part.name, _AMOUNT_FIELDS, "fee")
        days = one.day("valid_from"), one.day("valid_to")
        _check_days(one, days, before)
        before = days
        if one.raw.get("amount") != _UNKNOWN:
            known.append(_amount(one, days, laws, sources))
    return Fee(
        id=part.text("id"),
        what=part.bilingual("what"),
        laws=laws,
        article=part.bilingual("article"),
        waived=part.bilingual("waived", required=False),
        amounts=tuple(known),
    )


def _check_days(
    part: Part, days: tuple[date | None, date | None], before: tuple[date | None, date | None] | None
) -> None:
    """The amounts of a fee stand in the order of their days and leave none out between them."""
    first, last = days
    if first and last and last < first:
        raise part.error("valid_to", "is before valid_from; the amount would never hold")
    if before is None:
        return
    ended = before[1]
    if ended is None or first is None or first <= ended:
        raise part.error("valid_from", "overlaps the amount before it; end that one the day before")
    if ended + ONE_DAY != first:
        todo = f"leaves out the days after {ended}; write an amount 'unknown' if nobody has read it"
        raise part.error("valid_from", todo)


def _amount(
    part: Part, days: tuple[date | None, date | None], laws: tuple[str, ...], sources: dict[str, Any]
) -> FeeAmount:
    checked = part.day("checked_on")
    if checked is None:
        raise part.error("checked_on", "must be the day as of which the amount was true")
    return FeeAmount(
        valid_from=days[0],
        valid_to=days[1],
        checked_on=checked,
        sources=part.sources(sources),
        confidence=part.one_of("confidence", _SURE_ENOUGH),
        **_shape(part, laws),
    )


def _shape(part: Part, laws: tuple[str, ...]) -> dict[str, Any]:
    value = part.raw.get("amount")
    if not isinstance(value, dict):
        return {"base": _yen(part, value)}
    if frozenset(value) not in _SHAPES:
        raise part.error(
            "amount",
            "must be yen, 'unknown', {base, per_claim, per_class}, {by_law}, {by_year} or {percent, of}",
        )
    if "of" in value:
        if not isinstance(value["of"], str):
            raise part.error("amount", "must name after `of` the id of the fee it is a share of")
        return {"base": 0, "percent": _yen(part, value["percent"]), "of": value["of"]}
    if "by_law" in value:
        by_law = value["by_law"]
        if not isinstance(by_law, dict) or set(by_law) != set(laws):
            raise part.error("amount", f"must have by_law an amount for each of {', '.join(laws)}")
        return {"base": 0, "by_law": {law: _yen(part, yen) for law, yen in by_law.items()}}
    if "by_year" in value:
        return {"base": 0, "by_year": _by_year(part, value["by_year"])}
    return {name: _yen(part, yen) for name, yen in value.items()}


def _by_year(part: Part, rows: object) -> tuple[YearAmount, ...]:
    """The amounts of a right's years, each year in one of them and none left out between them."""
    found: list[YearAmount] = []
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or not {"first", "last", "base"} <= set(row) <= set(_YEAR_FIELDS):
            raise part.error("amount", f"must have for its years {', '.join(_YEAR_FIELDS)}")
        one = YearAmount(**{name: _yen(part, number) for name, number in row.items()})
        if one.last < one.first or (found and one.first != found[-1].last + 1):
            raise part.error("amount", "must name the years in their order, without a gap")
        found.append(one)
    if not found:
        raise part.error("amount", "must have by_year a list of years with their amounts")
    return tuple(found)


def _yen(part: Part, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise part.error("amount", "must be a whole number of yen, not negative, or 'unknown'")
    return value


def _check_shares(fee: Fee, fees: Mapping[str, Fee], part: Part) -> None:
    """A share is of a fee that is there, for the same laws, and is no share itself."""
    for amount in fee.amounts:
        whole = fees.get(amount.of)
        if not amount.of:
            continue
        if whole is None:
            raise part.error("amount", f"is a share of {amount.of!r}, which is no fee of this file")
        if any(one.of for one in whole.amounts):
            raise part.error("amount", f"is a share of {amount.of!r}, which is a share itself")
        if set(fee.laws) - set(whole.laws):
            raise part.error("amount", f"is a share of {amount.of!r}, which is a fee of another law")
