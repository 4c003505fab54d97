"""What a chat service is to us: what to fill in, and how one text is handed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dossiers.alerts.channels import addresses, post

Fields = Mapping[str, str]
_SHOWN = 4  # characters of a secret that tell it from another one
_SHORTEST_HINTED = 16


class Unfit(ValueError):
    """What was filled in does not open the service; `field` says where, `code` why."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


@dataclass(frozen=True)
class Field:
    """One thing to fill in. `label` and `help` are translated when shown.

    `address` names the group of `grammar` that holds an address or the name of a machine people choose: it is
    looked at as a webhook's is.
    """

    name: str
    label: Any
    help: Any
    grammar: str
    secret: bool = True
    required: bool = True
    address: str = ""
    example: str = ""
    usual: str = ""

    def read(self, typed: str) -> str:
        """What was typed, in its proper form; Unfit("missing", "not_so", and those of `addresses.read`)."""
        text = typed.strip()
        if not text:
            if self.required:
                raise Unfit(self.name, "missing")
            return ""
        match = re.fullmatch(self.grammar, text, re.ASCII)
        if match is None:
            raise Unfit(self.name, "not_so")
        if self.address:
            machine = match[self.address]
            try:
                addresses.read(machine if "://" in machine else f"https://{machine}/")
            except addresses.Refused as refused:
                raise Unfit(self.name, refused.code) from refused
        return text

    def hint(self, value: str) -> str:
        """Enough to recognise it by: a secret is never shown in full again."""
        if not self.secret or not value:
            return value
        return f"…{value[-_SHOWN:]}" if len(value) >= _SHORTEST_HINTED else "…"


@dataclass(frozen=True)
class Service:
    """One chat service. `send` hands a text over in one call; every failure comes back as an answer."""

    key: str
    label: str
    how: Any
    fields: tuple[Field, ...]
    send: Callable[[Fields, str], post.Answer]

    def read(self, typed: Fields, *, kept: Fields | None = None) -> dict[str, str]:
        """What was filled in, each as its field wants it; an empty secret keeps the one in `kept`."""
        known = kept or {}
        found = {}
        for field in self.fields:
            text = typed.get(field.name, "")
            keeps = field.secret and not text.strip() and known.get(field.name)
            found[field.name] = known[field.name] if keeps else field.read(text)
        return found

    def without_secrets(self, text: str, fields: Fields) -> str:
        """A service's answer may repeat what opens it."""
        for field in self.fields:
            if field.secret:
                for part in re.findall(r"[\w.-]{8,}", fields.get(field.name, "")):
                    text = text.replace(part, "…")
        return text


def parts(field: Field, value: str) -> dict[str, str]:
    """The named parts of a value that its field has taken."""
    match = re.fullmatch(field.grammar, value, re.ASCII)
    return {name: part or "" for name, part in match.groupdict().items()} if match else {}
