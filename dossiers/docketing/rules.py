"""The rules of time limits: read from a YAML file, checked field by field, immutable.

A file that says something unclear is refused whole, with the place and what to do about it: a
half-read rule would compute a wrong date in silence.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

from .data_file import Part, RuleError, Text, read_yaml
from .dates import Counting, Length, Period
from .facts import Law
from .fees import FeeBook, jpo_fees
from .results import Confidence, Duty, RungKind

JPO_RULES = Path(__file__).parent / "data" / "jpo.yaml"
ABROAD_RULES = Path(__file__).parent / "data" / "abroad.yaml"

LAWS: tuple[str, ...] = get_args(Law)
OFFICES = ("JPO", "USPTO", "EPO", "CNIPA", "KIPO")

RuleDuty = Literal["limit", "chance", "event", "none"]
"""What a rule says. ``limit``: an act is due, and missing it costs. ``chance``: one may act until then.
``event``: something is expected, nobody need act. ``none``: there is no time limit, and the rule says why."""

OF_DOCUMENTS = ("dispatch", "service")
OF_FACTS = ("filing", "actual_filing", "earliest_priority", "registration", "register", "expiry")
"""Base days that the office's data tell."""
ENTERED_ONLY = (
    *("first_filing", "disclosure", "exhibition", "approval", "gazette", "cancellation", "knowledge"),
    *("national_processing_reference", "national_document_filed", "appeal_filed", "withdrawal"),
    *("judgment_final", "notification"),
    *("mailing", "document_date", "notice_of_allowance", "grant"),
)
"""Base days that only a person can say."""
STARTS = (*OF_DOCUMENTS, *OF_FACTS, *ENTERED_ONLY)
NOWHERE = "none"
"""The start of a rule that says that there is no time limit."""


@dataclass(frozen=True)
class RungRule:
    """One way to act later.

    ``add`` lengthens the period (extensions: as one period from the original start). ``who`` limits
    it to residents or overseas parties. ``requested_by`` names the document that asks for it, when
    asking is enough for it. ``start`` says from which end a grace period runs: the ``raw`` one or the
    one ``rolled`` off closed days. A ``notice`` has no length: the office's own notice sets one. ``after`` is
    "grace" when it runs from the end of the grace period,
    "extension" when a late extension may also follow a period extended in time. ``valid_from`` is the
    first day after the end of a period to which it applies. ``fee`` is the id of its official fee, "" when
    none is named.
    """

    kind: RungKind
    add: tuple[Period, ...]
    who: str
    fee: str
    condition: Text
    article: Text
    requested_by: str | None
    start: str
    after: str
    valid_from: date | None = None


@dataclass(frozen=True)
class Rule:
    """One time limit: when it starts, how long it is, how it may be extended and what settles it.

    ``starts`` names its base day, ``codes`` the documents whose date that is. With ``auto`` it is docketed by
    itself from the office's data, else only for a person who says the base day. It holds for base days from
    ``valid_from`` to ``valid_to``. ``resident``/``overseas`` are the lengths by table, None when only the
    document, or the register, can say; ``shape``, ``first`` and ``short`` are those of `dates.Length`.
    ``printed`` is True for designated periods, where the notice says the length. ``needs`` and ``unless``
    name documents that must, or must not, be on file before the one that starts it (without one: at all).
    ``counting`` is how months are counted (that of the file, unless the rule names its own), ``relief`` what
    helps when everything else is missed. ``fee`` is the id of the official fee of the act itself, "" when
    none is named.
    """

    id: str
    version: str
    office: str
    laws: tuple[str, ...]
    title: Text
    duty: RuleDuty
    auto: bool
    starts: str
    codes: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    resident: tuple[Period, ...] | None
    overseas: tuple[Period, ...] | None
    shape: Literal["after", "opens", "before", "day"]
    first: tuple[Period, ...]
    short: bool
    counting: Counting
    printed: bool
    rolls: bool
    needs: tuple[str, ...]
    unless: tuple[str, ...]
    ladder: tuple[RungRule, ...]
    closed_by: tuple[str, ...]
    family: str
    at_appeal: bool
    article: Text
    sources: tuple[Text, ...]
    status: Confidence
    missed: Text
    relief: Text
    note: Text
    fee: str = ""

    def in_force(self, base: date) -> bool:
        """Whether the rule holds for a period that starts with ``base``."""
        return (self.valid_from is None or self.valid_from <= base) and (
            self.valid_to is None or base <= self.valid_to
        )

    def length(self, periods: tuple[Period, ...]) -> Length:
        """The whole length of the rule when ``periods`` (from the table or the notice) are counted."""
        return Length(self.shape, periods, self.first, self.short)

    @property
    def computable(self) -> bool:
        """Whether a length is known without a document or the register."""
        return self.resident is not None or self.overseas is not None

    @property
    def follows_register(self) -> bool:
        """Whether the register names its last day, and shows by the next one that it was met."""
        return self.auto and self.starts in ("register", "expiry")

    @property
    def plan_duty(self) -> Duty:
        """What a time limit docketed by this rule is for its holder."""
        return "chance" if self.duty == "chance" else "limit"


@dataclass(frozen=True)
class RuleBook:
    """Rules by id, and the version of the file, or files, they came from."""

    version: str
    rules: Mapping[str, Rule]

    def for_document(self, code: str, law: str) -> tuple[Rule, ...]:
        """The limits a document of this code starts under this law, in the order of the file."""
        return tuple(rule for rule in self._naming(code, law) if rule.auto and rule.duty == "limit")

    def chances_for(self, code: str, law: str) -> tuple[Rule, ...]:
        """The chances a document of this code opens under this law."""
        return tuple(rule for rule in self._naming(code, law) if rule.auto and rule.duty == "chance")

    def none_for(self, code: str, law: str) -> Rule | None:
        """The rule that says why a document of this code starts no time limit, if there is one."""
        return next((rule for rule in self._naming(code, law) if rule.duty == "none"), None)

    def by_start(self, starts: str, law: str, duty: RuleDuty = "limit") -> tuple[Rule, ...]:
        """The rules docketed by themselves from a day that no document gives, such as "filing"."""
        return self._of(
            lambda rule: rule.auto and not rule.codes and rule.starts == starts and rule.duty == duty, law
        )

    def events(self, law: str) -> tuple[Rule, ...]:
        """The rules of what is expected to happen by itself."""
        return self._of(lambda rule: rule.auto and rule.duty == "event", law)

    def offered(self, law: str, office: str = "") -> tuple[Rule, ...]:
        """The rules a person may start by hand from a day they enter: those whose length is known.

        ``office`` narrows them to one office ("JPO", "USPTO", "EPO", "CNIPA", "KIPO"); for offices abroad
        ``law`` is that of the sister case.
        """
        return self._of(
            lambda rule: rule.duty in ("limit", "chance") and rule.computable and office in ("", rule.office),
            law,
        )

    def _naming(self, code: str, law: str) -> tuple[Rule, ...]:
        return self._by_code.get((code, law), ())

    @cached_property
    def _by_code(self) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
        """The rules by each document and law they name: asked for every document of every case."""
        found: dict[tuple[str, str], tuple[Rule, ...]] = {}
        for rule in self.rules.values():
            for key in product(rule.codes, rule.laws):
                found[key] = (*found.get(key, ()), rule)
        return found

    def _of(self, wanted: Callable[[Rule], bool], law: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self._by_law.get(law, ()) if wanted(rule))

    @cached_property
    def _by_law(self) -> Mapping[str, tuple[Rule, ...]]:
        return {law: tuple(rule for rule in self.rules.values() if law in rule.laws) for law in LAWS}


@cache
def jpo_rules() -> RuleBook:
    """The rules of the Japan Patent Office that come with this package."""
    return load_rules(JPO_RULES)


@cache
def all_rules() -> RuleBook:
    """The rules of the Japan Patent Office and those for sister cases abroad."""
    return joined((jpo_rules(), load_rules(ABROAD_RULES)))


def joined(books: Iterable[RuleBook]) -> RuleBook:
    """Several rule books as one. RuleError when an id is in two of them."""
    rules: dict[str, Rule] = {}
    versions: list[str] = []
    for book in books:
        if both := rules.keys() & book.rules.keys():
            raise RuleError("-", min(both), "id", "is in two rule files; give each rule its own id")
        rules.update(book.rules)
        versions.append(book.version)
    return RuleBook("/".join(dict.fromkeys(versions)), rules)


@dataclass(frozen=True)
class RuleCount:
    """How many rules one office has under one law, by how sure they are and by what they say."""

    office: str
    law: str
    by_status: Mapping[str, int]
    by_duty: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_status.values())


def catalogue(book: RuleBook) -> tuple[RuleCount, ...]:
    """The figures of a rule book by office and law. A rule for several laws counts under each."""
    found = []
    for office in OFFICES:
        for law in LAWS:
            rules = [rule for rule in book.rules.values() if rule.office == office and law in rule.laws]
            if not rules:
                continue
            statuses = [rule.status for rule in rules]
            duties = [rule.duty for rule in rules]
            found.append(
                RuleCount(
                    office,
                    law,
                    {status: statuses.count(status) for status in get_args(Confidence)},
                    {duty: duties.count(duty) for duty in get_args(RuleDuty)},
                )
            )
    return tuple(found)


def load_rules(path: Path = JPO_RULES) -> RuleBook:
    """Read and check a rule file. RuleError when any part of it cannot be used."""
    return read_rules(read_yaml(path), str(path))


def read_rules(raw: object, file: str, fees: FeeBook | None = None) -> RuleBook:
    """Check the parsed content of a rule file. RuleError when any part of it cannot be used.

    ``fees`` are those that it may name (default: those of the package).
    """
    top = Part(raw, file, "-", _TOP_FIELDS)
    frame = _Frame(
        version=top.text("version"),
        counting=top.one_of("counting", get_args(Counting)),
        office=top.one_of("office", OFFICES, default="JPO"),
        sources=top.mapping("sources"),
        rungs=top.mapping("rungs"),
        fees=fees or jpo_fees(),
    )
    rules: dict[str, Rule] = {}
    for item in top.items("rules"):
        rule = _rule(Part(item, file, _id_of(item), _RULE_FIELDS), frame)
        if rule.id in rules:
            raise RuleError(file, rule.id, "id", "is used twice; give each rule its own id")
        rules[rule.id] = rule
    if not rules or top.raw.get("rule_count") != len(rules):
        todo = f"must be the number of rules, and the file has {len(rules)}; was it cut off, or a rule added?"
        raise top.error("rule_count", todo)
    return RuleBook(frame.version, rules)


@dataclass(frozen=True)
class _Frame:
    """What a rule file says once for all its rules."""

    version: str
    counting: Counting
    office: str
    sources: dict[str, Any]
    rungs: Mapping[str, Any]
    fees: FeeBook


_RULE_FIELDS = frozenset(
    {
        *("id", "office", "laws", "title", "duty", "auto", "starts", "codes", "valid_from", "valid_to"),
        *("period", "printed", "rolls", "needs", "unless", "ladder", "closed_by", "family", "at_appeal"),
        *("article", "sources", "status", "missed", "relief", "note", "counting", "fee"),
    }
)
_RUNG_FIELDS = frozenset(
    {
        *("kind", "add", "who", "fee", "condition", "article", "requested_by", "start", "after"),
        "valid_from",
    }
)
_TOP_FIELDS = frozenset(
    {"version", "law_text_as_of", "rule_count", "counting", "office", "sources", "rungs", "rules"}
)


def _id_of(item: object) -> str:
    return str(item.get("id", "?")) if isinstance(item, dict) else "?"


def _rule(part: Part, frame: _Frame) -> Rule:
    resident, overseas = _lengths(part)
    duty: RuleDuty = part.one_of("duty", get_args(RuleDuty), default="limit")
    shape = resident or overseas or Length("after")
    rule = Rule(
        id=part.text("id"),
        version=frame.version,
        office=part.one_of("office", OFFICES, default=frame.office),
        laws=part.texts("laws"),
        title=part.bilingual("title"),
        duty=duty,
        auto=part.flag("auto", default=duty != "none"),
        starts=part.one_of("starts", (*STARTS, NOWHERE)),
        codes=part.texts("codes"),
        valid_from=part.day("valid_from"),
        valid_to=part.day("valid_to"),
        resident=_counted(resident),
        overseas=_counted(overseas),
        shape=shape.shape,
        first=shape.first,
        short=shape.short,
        counting=part.one_of("counting", get_args(Counting), default=frame.counting),
        printed=part.flag("printed", default=False),
        rolls=part.flag("rolls", default=True),
        needs=part.texts("needs"),
        unless=part.texts("unless"),
        ladder=_ladder(part, frame),
        closed_by=part.texts("closed_by"),
        family=part.text("family", default="none" if duty in ("none", "event") else None),
        at_appeal=part.flag("at_appeal", default=False),
        article=part.bilingual("article"),
        sources=part.sources(frame.sources),
        status=part.one_of("status", get_args(Confidence)),
        missed=part.bilingual("missed", required=duty == "limit"),
        relief=part.bilingual("relief", required=False),
        note=part.bilingual("note", required=duty == "none"),
        fee=_fee(part, part.texts("laws"), frame.fees),
    )
    _check_whole(rule, part)
    return rule


def _counted(length: Length | None) -> tuple[Period, ...] | None:
    return None if length is None else length.periods


def _check_whole(rule: Rule, part: Part) -> None:
    _check_start(rule, part)
    _check_length(rule, part)
    if not rule.laws or set(rule.laws) - set(LAWS):
        raise part.error("laws", f"must name at least one of {', '.join(LAWS)}")
    if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
        raise part.error("valid_to", "is before valid_from; the rule would never hold")
    if rule.ladder and rule.shape != "after":
        raise part.error("ladder", "is for periods that run after a day; leave it out")


def _check_start(rule: Rule, part: Part) -> None:
    if (rule.duty == "none") != (rule.starts == NOWHERE):
        raise part.error("starts", "must be none when duty is none, and only then")
    if rule.duty == "none":
        if rule.auto:
            raise part.error("auto", "must be false or left out when duty is none")
        return
    if rule.codes and rule.starts not in (*OF_DOCUMENTS, "withdrawal"):
        raise part.error("starts", "must be dispatch or service when codes name documents")
    if rule.auto and not rule.codes and rule.starts not in OF_FACTS:
        raise part.error(
            "codes", f"must name the documents that start it: the office's data tell no {rule.starts}"
        )
    if rule.office != "JPO" and rule.auto:
        raise part.error("auto", "must be false: nothing is read from offices abroad")


def _check_length(rule: Rule, part: Part) -> None:
    if rule.status == "unsure" and rule.computable:
        raise part.error("status", "an unsure length must not be computed with; use period: document")
    if rule.shape == "opens":
        raise part.error("period", "is the day on which a window opens; a rule needs a last day: -6m-1d")
    if rule.duty == "none" and rule.computable:
        raise part.error("period", "must be none when duty is none")
    if rule.resident is None and rule.codes and rule.duty == "limit" and not rule.printed:
        raise part.error("printed", "must be true when the table has no length: only the document can say")


def _lengths(part: Part) -> tuple[Length | None, Length | None]:
    value = part.raw.get("period")
    if value in ("document", "given", "none"):
        return None, None
    if isinstance(value, str):
        length = part.length("period", value)
        return length, length
    if not isinstance(value, dict) or set(value) != {"resident", "overseas"}:
        raise part.error(
            "period", "must be a length, 'document', 'given', 'none', or both resident and overseas"
        )
    lengths = [
        None if value[who] == "document" else Length("after", part.periods(f"period.{who}", value[who]))
        for who in ("resident", "overseas")
    ]
    return lengths[0], lengths[1]


def _ladder(part: Part, frame: _Frame) -> tuple[RungRule, ...]:
    rungs = []
    for item in part.items("ladder"):
        if isinstance(item, str):
            if item not in frame.rungs:
                raise part.error("ladder", f"names {item!r}, which is not among the shared rungs")
            item = frame.rungs[item]
        rungs.append(_rung(Part(item, part.file, part.name, _RUNG_FIELDS), part.texts("laws"), frame.fees))
    return tuple(rungs)


def _rung(part: Part, laws: tuple[str, ...], fees: FeeBook) -> RungRule:
    requested_by = part.text("requested_by", default="")
    kind: RungKind = part.one_of("kind", get_args(RungKind))
    return RungRule(
        kind=kind,
        add=() if kind == "notice" else part.periods("add", part.raw.get("add")),
        who=part.one_of("who", ("all", "resident", "overseas"), default="all"),
        fee=_fee(part, laws, fees),
        condition=part.bilingual("condition"),
        article=part.bilingual("article"),
        requested_by=requested_by or None,
        start=part.one_of("start", ("raw", "rolled"), default="raw"),
        after=part.one_of("after", ("end", "grace", "extension"), default="end"),
        valid_from=part.day("valid_from"),
    )


def _fee(part: Part, laws: tuple[str, ...], fees: FeeBook) -> str:
    """The id of the fee that the part names, "" when it names none. RuleError when it cannot be that one."""
    name = part.text("fee", default="")
    if name and name not in fees.fees:
        raise part.error("fee", f"names {name!r}; add it to the table of fees, or leave it out")
    if name and set(laws).intersection(LAWS) - set(fees.fees[name].laws):
        raise part.error("fee", f"names {name!r}, which is a fee for {', '.join(fees.fees[name].laws)} alone")
    return name
