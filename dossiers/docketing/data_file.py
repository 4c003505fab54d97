"""Files of rules and fees, read field by field: what is unclear is refused whole, with its place."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from .dates import Length, Period, parse_length, parse_periods


class RuleError(ValueError):
    """A rule file cannot be used. The message names file, rule (or fee), field and what to do."""

    def __init__(self, file: str, rule_id: str, field: str, todo: str, kind: str = "rule") -> None:
        super().__init__(f"{file}: {kind} {rule_id!r}, field {field!r}: {todo}")
        self.file, self.rule_id, self.field, self.todo = file, rule_id, field, todo


@dataclass(frozen=True)
class Text:
    """One text in both languages of the product."""

    ja: str
    en: str


def read_yaml(path: Path) -> object:
    """What the file says. RuleError when it is no YAML, or has a key twice."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506  (a safe loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise RuleError(str(path), "-", "-", f"the file cannot be read as YAML: {error}") from error


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a mapping that has one key twice: YAML would keep the last and drop the other in silence."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """The mapping as written. ConstructorError when a key is in it twice."""
        node = super().compose_mapping_node(anchor)
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice[0]!r} is written twice in one mapping", node.start_mark
            )
        return node


@dataclass(frozen=True)
class Part:
    """One mapping of the file, and where it stands, so that every complaint can say where.

    ``name`` is the id of the rule or fee that it belongs to, ``kind`` which of the two that is.
    """

    raw: Any
    file: str
    name: str
    fields: frozenset[str]
    kind: str = "rule"

    def __post_init__(self) -> None:
        if not isinstance(self.raw, dict):
            raise self.error("-", "must be a mapping of fields")
        if unknown := {str(key) for key in self.raw} - self.fields:
            raise self.error(min(unknown), f"is no field; known are {', '.join(sorted(self.fields))}")

    def error(self, field: str, todo: str) -> RuleError:
        return RuleError(self.file, self.name, field, todo, self.kind)

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

    def day(self, field: str) -> date | None:
        """A day written as a text: YAML reads a bare one as a date, which is taken as well."""
        value = self.raw.get(field)
        if value is None or type(value) is date:
            return value
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        raise self.error(field, 'must be a day such as "2025-07-11", or left out')

    def length(self, field: str, value: object) -> Length:
        if not isinstance(value, str):
            raise self.error(field, "must be a length such as 60d, 3m+2m, 2m>30d, -6m-1d or day")
        try:
            return parse_length(value)
        except ValueError as error:
            raise self.error(field, str(error)) from error

    def periods(self, field: str, value: object) -> tuple[Period, ...]:
        if not isinstance(value, str):
            raise self.error(field, "must be a length such as 60d, 3m, 2y or 3m+2m")
        try:
            return parse_periods(value)
        except ValueError as error:
            raise self.error(field, str(error)) from error

    def sources(self, known: dict[str, Any]) -> tuple[Text, ...]:
        """The words of the sources that the part names, which the file lists at its top."""
        names = self.texts("sources")
        if missing := [name for name in names if name not in known]:
            raise self.error("sources", f"names {missing[0]!r}; add it to the sources at the top of the file")
        if not names:
            raise self.error("sources", f"must name where the {self.kind} was read")
        listed = Part(known, self.file, "sources", frozenset(known))
        return tuple(listed.bilingual(name) for name in names)
