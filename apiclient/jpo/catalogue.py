"""The office's domestic endpoints, one row each; paths, checks, buckets and limits all derive from the rows.

Sources: handbook v1.4, Tables 1 to 3 (names, numbers, published limits) and the office's OpenAPI description
(paths, parameters). Observed limits are the highest counters seen in answers since the office doubled its
limits in 2026; those of document endpoints, whose answers carry no counter, follow from the same doubling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from apiclient.jpo.replies import (
    Citations,
    FixedAddress,
    NumberReference,
    Progress,
    Registration,
    Reply,
)
from apiclient.quota import DayRule, Policy

Law = Literal["patent", "design", "trademark"]

_FORBIDDEN = "\t,:;|"
_RESERVE_SHARE = 20  # one call in twenty is kept for people
_RESERVE_LEAST = 5


class BadArgument(ValueError):
    """An argument the endpoint cannot take; nothing has been sent."""


@dataclass(frozen=True)
class Parameter:
    """A value in the path, matched whole by `pattern`, or by what `by_kind` says for the value before it."""

    name: str
    pattern: str
    by_kind: Mapping[str, str] = field(default_factory=dict)

    def check(self, value: str, before: str) -> None:
        """BadArgument unless `value` may stand here after `before`."""
        if any(character in _FORBIDDEN for character in value):
            raise BadArgument(f"the office takes no tab , : ; or | in the {self.name}: {value!r}")
        if not re.fullmatch(self.by_kind.get(before, self.pattern), value):
            raise BadArgument(f"this is no {self.name} the office would take: {value!r}")


@dataclass(frozen=True)
class Endpoint:
    """One of the office's APIs under one law.

    `answer` is what success looks like: "json" (then `reply` is its type) or "zip". Limits are calls a day
    of one ID. `group` shares one limit per minute.
    """

    law: Law
    name: str
    path: str
    parameters: tuple[Parameter, ...]
    answer: Literal["json", "zip"]
    reply: type[Reply] | None
    published_limit: int
    observed_limit: int
    handbook_table: int
    handbook_number: int
    title_ja: str
    title_en: str
    group: str = "domestic"

    @property
    def bucket_name(self) -> str:
        """The office counts per endpoint and law."""
        return f"{self.law}/{self.name}"

    def url_path(self, *arguments: str) -> str:
        """The path to ask for `arguments`; BadArgument, before anything is sent, if they do not fit."""
        if len(arguments) != len(self.parameters):
            wanted = ", ".join(parameter.name for parameter in self.parameters)
            raise BadArgument(f"{self.bucket_name} takes {wanted}; {len(arguments)} given")
        before = ""
        for parameter, argument in zip(self.parameters, arguments, strict=True):
            parameter.check(argument, before)
            before = argument
        return "/".join([self.path, *(quote(argument, safe="") for argument in arguments)])


_APPLICATION = Parameter("application number", r"[0-9]{10}")
_NUMBER = Parameter(
    "number",
    r"[0-9]{10}",
    {"application": r"[0-9]{10}", "publication": r"[0-9]{10}", "registration": r"[0-9]{7}"},
)
_BY_APPLICATION = (_APPLICATION,)
_BY_ANY_NUMBER = (Parameter("kind of number", "application|publication|registration"), _NUMBER)
_BY_TWO_NUMBERS = (Parameter("kind of number", "application|registration"), _NUMBER)
_TABLES: dict[Law, int] = {"patent": 1, "design": 2, "trademark": 3}


def _row(
    law: Law,
    number: int,
    name: str,
    parameters: tuple[Parameter, ...],
    reply: type[Reply] | None,
    limits: tuple[int, int],
    title_ja: str,
    title_en: str,
) -> Endpoint:
    return Endpoint(
        law=law,
        name=name,
        path=f"/api/{law}/v1/{name}",
        parameters=parameters,
        answer="zip" if reply is None else "json",
        reply=reply,
        published_limit=limits[0],
        observed_limit=limits[1],
        handbook_table=_TABLES[law],
        handbook_number=number,
        title_ja=title_ja,
        title_en=title_en,
    )


# fmt: off
ENDPOINTS: tuple[Endpoint, ...] = (
    _row("patent", 1, "app_progress", _BY_APPLICATION, Progress, (400, 800),
         "特許経過情報", "Patent status information"),
    _row("patent", 2, "app_progress_simple", _BY_APPLICATION, Progress, (400, 800),
         "シンプル版特許経過情報", "Simplified patent status information"),
    _row("patent", 7, "case_number_reference", _BY_ANY_NUMBER, NumberReference, (50, 100),
         "特許番号参照", "Patent reference to numbers"),
    _row("patent", 9, "app_doc_cont_refusal_reason_decision", _BY_APPLICATION, None, (100, 200),
         "特許発送書類", "Dispatched patent documents"),
    _row("patent", 10, "app_doc_cont_refusal_reason", _BY_APPLICATION, None, (100, 200),
         "特許拒絶理由通知書", "Notices of reasons for refusal (patent)"),
    _row("patent", 11, "cite_doc_info", _BY_APPLICATION, Citations, (50, 100),
         "特許引用文献情報", "Cited documents (patent)"),
    _row("patent", 12, "registration_info", _BY_APPLICATION, Registration, (200, 400),
         "特許登録情報", "Patent registration information"),
    _row("patent", 13, "jpp_fixed_address", _BY_APPLICATION, FixedAddress, (200, 400),
         "特許J-PlatPat固定アドレス", "Patent J-PlatPat fixed address"),
    _row("design", 1, "app_progress", _BY_APPLICATION, Progress, (400, 800),
         "意匠経過情報", "Design status information"),
    _row("design", 2, "app_progress_simple", _BY_APPLICATION, Progress, (400, 800),
         "シンプル版意匠経過情報", "Simplified design status information"),
    _row("design", 6, "case_number_reference", _BY_TWO_NUMBERS, NumberReference, (50, 100),
         "意匠番号参照", "Design reference to numbers"),
    _row("design", 8, "app_doc_cont_refusal_reason_decision", _BY_APPLICATION, None, (100, 200),
         "意匠発送書類", "Dispatched design documents"),
    _row("design", 9, "app_doc_cont_refusal_reason", _BY_APPLICATION, None, (100, 200),
         "意匠拒絶理由通知書", "Notices of reasons for refusal (design)"),
    _row("design", 10, "registration_info", _BY_APPLICATION, Registration, (200, 400),
         "意匠登録情報", "Design registration information"),
    _row("design", 11, "jpp_fixed_address", _BY_APPLICATION, FixedAddress, (200, 400),
         "意匠J-PlatPat固定アドレス", "Design J-PlatPat fixed address"),
    _row("trademark", 1, "app_progress", _BY_APPLICATION, Progress, (400, 800),
         "商標経過情報", "Trademark status information"),
    _row("trademark", 2, "app_progress_simple", _BY_APPLICATION, Progress, (400, 800),
         "シンプル版商標経過情報", "Simplified trademark status information"),
    _row("trademark", 6, "case_number_reference", _BY_TWO_NUMBERS, NumberReference, (50, 100),
         "商標番号参照", "Trademark reference to numbers"),
    _row("trademark", 8, "app_doc_cont_refusal_reason_decision", _BY_APPLICATION, None, (100, 200),
         "商標発送書類", "Dispatched trademark documents"),
    _row("trademark", 9, "app_doc_cont_refusal_reason", _BY_APPLICATION, None, (100, 200),
         "商標拒絶理由通知書", "Notices of reasons for refusal (trademark)"),
    _row("trademark", 10, "registration_info", _BY_APPLICATION, Registration, (200, 400),
         "商標登録情報", "Trademark registration information"),
    _row("trademark", 11, "jpp_fixed_address", _BY_APPLICATION, FixedAddress, (200, 400),
         "商標J-PlatPat固定アドレス", "Trademark J-PlatPat fixed address"),
)
# fmt: on


def endpoint(law: str, name: str) -> Endpoint:
    """The row of `name` under `law`; LookupError if there is none (designs have no citations)."""
    for row in ENDPOINTS:
        if (row.law, row.name) == (law, name):
            return row
    raise LookupError(f"there is no endpoint {law}/{name}")


def day_rule(limit: int) -> DayRule:
    """The rule for `limit` calls a day, with the usual reserve for people."""
    return DayRule(limit, min(limit // 2, max(_RESERVE_LEAST, limit // _RESERVE_SHARE)))


def policy(overrides: Mapping[str, int] | None = None) -> Policy:
    """The limits as observed, with `overrides` (bucket name → calls a day) for what this ID was granted.

    LookupError on an override for a bucket that does not exist, for a misspelt one would be ignored.
    """
    limits = {row.bucket_name: row.observed_limit for row in ENDPOINTS}
    unknown = sorted(set(overrides or {}) - set(limits))
    if unknown:
        raise LookupError(f"limits are given for unknown endpoints: {', '.join(unknown)}")
    limits.update(overrides or {})
    return Policy({name: day_rule(limit) for name, limit in limits.items()})
