"""The rules of time limits: read from a YAML file, checked field by field, immutable.

A file that says something unclear is refused whole, with the place and what to do about it: a
half-read rule would compute a wrong date in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml

from .dates import Period, parse_periods
from .facts import Law
from .results import Confidence, RungKind

JPO_RULES = Path(__file__).parent / "data" / "jpo.yaml"

LAWS: tuple[str, ...] = get_args(Law)
TRIGGERS = ("document", "filing", "register", "expiry")
BASES = ("dispatch", "service", "filing", "register", "expiry")


class RuleError(ValueError):
    """A rule file cannot be used. The message names file, rule, field and what to do."""

    def __init__(self, file: str, rule_id: str, field: str, todo: str) -> None:
        super().__init__(f"{file}: rule {rule_id!r}, field {field!r}: {todo}")
        self.file, self.rule_id, self.field, self.todo = file, rule_id, field, todo


@dataclass(frozen=True)
class Text:
    """One text in both languages of the product."""

    ja: str
    en: str


@dataclass(frozen=True)
class RungRule:
    """One way to act later.

    ``add`` lengthens the period (extensions: as one period from the original start). ``who`` limits
    it to residents or overseas parties. ``requested_by`` names the document that asks for it, when
    asking is enough for it. ``start`` says from which end a grace period runs: the ``raw`` one or the
    one ``rolled`` off closed days. ``after`` is "grace" when it runs from the end of the grace period,
    "extension" when a late extension may also follow a period extended in time.
    """

    kind: RungKind
    add: tuple[Period, ...]
    who: str
    fee_jpy: int | None
    condition: Text
    article: Text
    requested_by: str | None
    start: str
    after: str


@dataclass(frozen=True)
class Rule:
    """One time limit: when it starts, how long it is, how it may be extended and what settles it.

    ``resident``/``overseas`` are the lengths by table, None when only the document can say.
    ``printed`` is True for designated periods, where the notice says the length.
    """

    id: str
    version: str
    laws: tuple[str, ...]
    title: Text
    trigger: str
    codes: tuple[str, ...]
    base: str
    resident: tuple[Period, ...] | None
    overseas: tuple[Period, ...] | None
    printed: bool
    rolls: bool
    ladder: tuple[RungRule, ...]
    closed_by: tuple[str, ...]
    family: str
    at_appeal: bool
    article: Text
    sources: tuple[Text, ...]
    status: Confidence
    missed: Text
    note: Text


@dataclass(frozen=True)
class RuleBook:
    """All rules of one office, by id, with the version of the file they came from."""

    version: str
    rules: Mapping[str, Rule]

    def for_document(self, code: str, law: str) -> tuple[Rule, ...]:
        """The rules a document of this code starts under this law, in the order of the file."""
        return tuple(rule for rule in self.rules.values() if code in rule.codes and law in rule.laws)

    def by_trigger(self, trigger: str, law: str) -> tuple[Rule, ...]:
        """The rules started by something else than a document: "filing", "register" or "expiry"."""
        return tuple(rule for rule in self.rules.values() if rule.trigger == trigger and law in rule.laws)


@cache
def jpo_rules() -> RuleBook:
    """The rules of the Japan Patent Office that come with this package."""
    return load_rules(JPO_RULES)


def load_rules(path: Path = JPO_RULES) -> RuleBook:
    """Read and check a rule file. RuleError when any part of it cannot be used."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RuleError(str(path), "-", "-", f"the file cannot be read as YAML: {error}") from error
    return read_rules(raw, str(path))


def read_rules(raw: object, file: str) -> RuleBook:
    """Check the parsed content of a rule file. RuleError when any part of it cannot be used."""
    top = _Part(raw, file, "-", frozenset({"version", "law_text_as_of", "sources", "rungs", "rules"}))
    version = top.text("version")
    sources = top.mapping("sources")
    shared = top.mapping("rungs")
    rules: dict[str, Rule] = {}
    for item in top.items("rules"):
        rule = _rule(_Part(item, file, _id_of(item), _RULE_FIELDS), version, sources, shared)
        if rule.id in rules:
            raise RuleError(file, rule.id, "id", "is used twice; give each rule its own id")
        rules[rule.id] = rule
    return RuleBook(version, rules)


_RULE_FIELDS = frozenset(
    {
        *("id", "laws", "title", "trigger", "codes", "base", "period", "printed", "rolls", "ladder"),
        *("closed_by", "family", "at_appeal", "article", "sources", "status", "missed", "note"),
    }
)
_RUNG_FIELDS = frozenset(
    {"kind", "add", "who", "fee_jpy", "condition", "article", "requested_by", "start", "after"}
)


def _id_of(item: object) -> str:
    return str(item.get("id", "?")) if isinstance(item, dict) else "?"


@dataclass(frozen=True)
class _Part:
    """One mapping of the file, and where it stands, so that every complaint can say where."""

    raw: Any
    file: str
    rule_id: str
    fields: frozenset[str]

    def __post_init__(self) -> None:
        if not isinstance(self.raw, dict):
            raise RuleError(self.file, self.rule_id, "-", "must be a mapping of fields")
        if unknown := {str(key) for key in self.raw} - self.fields:
            raise RuleError(
                self.file,
                self.rule_id,
                min(unknown),
                f"is no field; known are {', '.join(sorted(self.fields))}",
            )

    def error(self, field: str, todo: str) -> RuleError:
        return RuleError(self.file, self.rule_id, field, todo)

    def text(self, field: str, default: str | None = None) -> str:
        value = self.raw.get(field, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.error(field, "must be a text; add it (quote it when it looks like a date or a number)")
        return value

    def one_of(self, field: str, allowed: tuple[str, ...], default: str | None = None) -> Any:
        value = self.text(field, default)
        if value not in allowed:
            raise self.error(field, f"is {value!r}; use one of {', '.join(allowed)}")
        return value

    def flag(self, field: str, default: bool) -> bool:
        value = self.raw.get(field, default)
        if not isinstance(value, bool):
            raise self.error(field, "must be true or false")
        return value

    def fee(self) -> int | None:
        value = self.raw.get("fee_jpy")
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise self.error("fee_jpy", "must be a number of yen, or left out when not known")
        return value

    def items(self, field: str) -> list[Any]:
        value = self.raw.get(field, [])
        if not isinstance(value, list):
            raise self.error(field, "must be a list")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        values = self.items(field)
        if not all(isinstance(value, str) and value for value in values):
            raise self.error(field, "must be a list of texts")
        return tuple(values)

    def mapping(self, field: str) -> dict[str, Any]:
        value = self.raw.get(field, {})
        if not isinstance(value, dict):
            raise self.error(field, "must be a mapping")
        return value

    def bilingual(self, field: str, required: bool = True) -> Text:
        value = self.raw.get(field)
        if value is None and not required:
            return Text("", "")
        if not isinstance(value, dict) or set(value) != {"ja", "en"}:
            raise self.error(field, "must have exactly the texts ja and en")
        if not all(isinstance(text, str) and text for text in value.values()):
            raise self.error(field, "must have a text in both ja and en")
        return Text(value["ja"], value["en"])

    def periods(self, field: str, value: object) -> tuple[Period, ...]:
        if not isinstance(value, str):
            raise self.error(field, "must be a length such as 60d, 3m, 2y or 3m+2m")
        try:
            return parse_periods(value)
        except ValueError as error:
            raise self.error(field, str(error)) from error


def _rule(part: _Part, version: str, sources: Mapping[str, Any], shared: Mapping[str, Any]) -> Rule:
    resident, overseas = _lengths(part)
    trigger = part.one_of("trigger", TRIGGERS)
    rule = Rule(
        id=part.text("id"),
        version=version,
        laws=part.texts("laws"),
        title=part.bilingual("title"),
        trigger=trigger,
        codes=part.texts("codes"),
        base=part.one_of("base", BASES),
        resident=resident,
        overseas=overseas,
        printed=part.flag("printed", default=False),
        rolls=part.flag("rolls", default=True),
        ladder=_ladder(part, shared),
        closed_by=part.texts("closed_by"),
        family=part.text("family"),
        at_appeal=part.flag("at_appeal", default=False),
        article=part.bilingual("article"),
        sources=_sources(part, sources),
        status=part.one_of("status", get_args(Confidence)),
        missed=part.bilingual("missed"),
        note=part.bilingual("note", required=False),
    )
    _check_whole(rule, part)
    return rule


def _check_whole(rule: Rule, part: _Part) -> None:
    if not rule.laws or set(rule.laws) - set(LAWS):
        raise part.error("laws", f"must name at least one of {', '.join(LAWS)}")
    if (rule.trigger == "document") != bool(rule.codes):
        raise part.error("codes", "must name the documents when trigger is document, and only then")
    if rule.trigger == "document" and rule.base not in ("dispatch", "service"):
        raise part.error("base", "must be dispatch or service when trigger is document")
    if rule.resident is None and rule.trigger == "document" and not rule.printed:
        raise part.error("printed", "must be true when the table has no length: only the document can say")
    if rule.status == "unsure" and rule.resident is not None:
        raise part.error("status", "an unsure length must not be computed with; use period: document")


def _lengths(part: _Part) -> tuple[tuple[Period, ...] | None, tuple[Period, ...] | None]:
    value = part.raw.get("period")
    if value in ("document", "given"):
        return None, None
    if isinstance(value, str):
        length = part.periods("period", value)
        return length, length
    if not isinstance(value, dict) or set(value) != {"resident", "overseas"}:
        raise part.error("period", "must be a length, 'document', 'given', or both resident and overseas")
    lengths = [
        None if value[who] == "document" else part.periods(f"period.{who}", value[who])
        for who in ("resident", "overseas")
    ]
    return lengths[0], lengths[1]


def _ladder(part: _Part, shared: Mapping[str, Any]) -> tuple[RungRule, ...]:
    rungs = []
    for item in part.items("ladder"):
        if isinstance(item, str):
            if item not in shared:
                raise part.error("ladder", f"names {item!r}, which is not among the shared rungs")
            item = shared[item]
        rungs.append(_rung(_Part(item, part.file, part.rule_id, _RUNG_FIELDS)))
    return tuple(rungs)


def _rung(part: _Part) -> RungRule:
    requested_by = part.text("requested_by", default="")
    return RungRule(
        kind=part.one_of("kind", get_args(RungKind)),
        add=part.periods("add", part.raw.get("add")),
        who=part.one_of("who", ("all", "resident", "overseas"), default="all"),
        fee_jpy=part.fee(),
        condition=part.bilingual("condition"),
        article=part.bilingual("article"),
        requested_by=requested_by or None,
        start=part.one_of("start", ("raw", "rolled"), default="raw"),
        after=part.one_of("after", ("end", "grace", "extension"), default="end"),
    )


def _sources(part: _Part, known: Mapping[str, Any]) -> tuple[Text, ...]:
    names = part.texts("sources")
    if missing := [name for name in names if name not in known]:
        raise part.error("sources", f"names {missing[0]!r}; add it to the sources at the top of the file")
    if not names:
        raise part.error("sources", "must name where the rule was read")
    listed = _Part(dict(known), part.file, "sources", frozenset(known))
    return tuple(listed.bilingual(name) for name in names)
