"""The office's 42 endpoints, one row each: 36 domestic ones and six of the One Portal Dossier (OPD).

Paths, checks, buckets, limits, the sandbox's routes, the quota page and the reference page derive from the
rows. Sources: handbook v1.4, Tables 1 to 4 (names, numbers, published limits); for the domestic rows the
office's OpenAPI description (paths, parameters); for the OPD rows several public clients that agree, for no
official text could be had: their paths and grammars are inferred and kept wide. Observed limits are the
highest counters seen in answers since the office doubled its domestic limits in 2026; those of domestic
document endpoints, whose answers carry no counter, follow from the same doubling. OPD has its published ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from apiclient.jpo.opd import CitationsAndClasses, DocumentList, Family, FamilyList
from apiclient.jpo.replies import (
    Citations,
    Divisionals,
    FixedAddress,
    NationalPhase,
    NumberReference,
    PeopleByName,
    PersonByCode,
    PriorityRights,
    Progress,
    Registration,
    Reply,
)
from apiclient.quota import DayRule, Policy

Law = Literal["patent", "design", "trademark"]
AnswerKind = Literal["json", "xml", "zip", "pdf"]

_FORBIDDEN = "\t,:;|"
_RESERVE_SHARE = 20  # one call in twenty is kept for people
_RESERVE_LEAST = 5
MOST_DOUBLED = 3  # handbook v2.0: a corporate user may have the limits of at most three APIs doubled


class BadArgument(ValueError):
    """An argument the endpoint cannot take; nothing has been sent."""


@dataclass(frozen=True)
class Parameter:
    """A value in the path, matched whole by `pattern`, or by what `by_kind` says for the value before it.

    `example` is an invented value that fits.
    """

    name: str
    name_ja: str
    pattern: str
    example: str
    by_kind: Mapping[str, str] = field(default_factory=dict)

    def check(self, value: str, before: str) -> None:
        """BadArgument unless `value` may stand here after `before`."""
        if any(character in _FORBIDDEN for character in value):
            raise BadArgument(f"the office takes no tab , : ; or | in the {self.name}: {value!r}")
        if not re.fullmatch(self.by_kind.get(before, self.pattern), value):
            raise BadArgument(f"this is no {self.name} the office would take: {value!r}")


@dataclass(frozen=True)
class Endpoint:
    """One of the office's APIs under one law, or one of OPD's, which are all under "patent".

    `answer` is what success looks like (document endpoints answer failures with JSON all the same); `reply`
    is the type of a JSON or XML answer. Limits are calls a day of one ID. `group`, "domestic" or "opd",
    shares one limit per minute. `raisable`: the office may raise the limit of an ID on request.
    """

    law: Law
    name: str
    path: str
    parameters: tuple[Parameter, ...]
    answer: AnswerKind
    reply: type[Reply] | None
    published_limit: int
    observed_limit: int
    handbook_table: int
    handbook_number: int
    title_ja: str
    title_en: str
    group: str = "domestic"

    @property
    def scope(self) -> str:
        """ "patent", "design", "trademark" or "opd": the first half of the bucket's name."""
        return "opd" if self.group == "opd" else self.law

    @property
    def bucket_name(self) -> str:
        """The office counts per endpoint and law."""
        return f"{self.scope}/{self.name}"

    @property
    def raisable(self) -> bool:
        """The office raises no limit of OPD (handbook v1.4 and v2.0)."""
        return self.group != "opd"

    @property
    def is_document(self) -> bool:
        """Success is a file, not data; such answers carry no counter."""
        return self.answer in {"zip", "pdf"}

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


_APPLICATION = Parameter("application number", "出願番号", r"[0-9]{10}", "2020123456")
_NUMBER = Parameter(
    "number",
    "番号",
    r"[0-9]{10}",
    "2020123456",
    {"application": r"[0-9]{10}", "publication": r"[0-9]{10}", "registration": r"[0-9]{7}"},
)
_BY_APPLICATION = (_APPLICATION,)
_BY_ANY_NUMBER = (
    Parameter("kind of number", "番号種別", "application|publication|registration", "application"),
    _NUMBER,
)
_BY_TWO_NUMBERS = (
    Parameter("kind of number", "番号種別", "application|registration", "application"),
    _NUMBER,
)
_BY_CODE = (Parameter("applicant code", "申請人コード", r"[0-9]{9}", "000900001"),)
# The whole name as registered; "." and ".." would be lost on the way, for they mean folders in an address.
_BY_NAME = (
    Parameter("applicant name", "申請人氏名・名称", r"(?!\.{1,2}$)[^\x00-\x1f\x7f]{1,1000}", "架空株式会社"),
)
_BY_PCT = (
    Parameter(
        "kind of number",
        "番号種別",
        "international_application|international_publication",
        "international_application",
    ),
    Parameter(
        "international number",
        "国際番号",
        r"[A-Z]{2}[0-9]{10}",
        "JP2019011858",
        {"international_application": r"[A-Z]{2}[0-9]{10}", "international_publication": r"WO[0-9]{10}"},
    ),
)
# DOCDB numbers with dots: office, number, kind. Wide, for the office's own grammar is not known.
_DOCDB = r"[A-Za-z]{2}\.[A-Za-z0-9/]{1,94}\.[A-Za-z0-9*]{1,2}"
_DOCDB_APPLICATION = Parameter("DOCDB application number", "出願番号（DOCDB形式）", _DOCDB, "JP.2020123456.A")
_BY_DOCDB = (_DOCDB_APPLICATION,)
_BY_ANY_DOCDB = (
    Parameter("kind of number", "番号種別", "application|publication", "application"),
    Parameter("DOCDB number", "番号（DOCDB形式）", _DOCDB, "JP.2020123456.A"),
)
_BY_DOCDB_AND_DOCUMENT = (
    _DOCDB_APPLICATION,
    Parameter(
        "document id", "書類ID", r"(?!\.{1,2}$)[A-Za-z0-9_.()&+-]{1,250}", "Written_Opinion_52600000476_JP"
    ),
)
_TABLES: dict[str, int] = {"patent": 1, "design": 2, "trademark": 3, "opd": 4}


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


def _opd(
    number: int,
    name: str,
    parameters: tuple[Parameter, ...],
    answer: AnswerKind,
    reply: type[Reply] | None,
    limit: int,
    title_ja: str,
    title_en: str,
) -> Endpoint:
    return Endpoint(
        law="patent",
        name=name,
        path=f"/opdapi/patent/v1/{name}",
        parameters=parameters,
        answer=answer,
        reply=reply,
        published_limit=limit,
        observed_limit=limit,
        handbook_table=_TABLES["opd"],
        handbook_number=number,
        title_ja=title_ja,
        title_en=title_en,
        group="opd",
    )


# fmt: off
ENDPOINTS: tuple[Endpoint, ...] = (
    _row("patent", 1, "app_progress", _BY_APPLICATION, Progress, (400, 800),
         "特許経過情報", "Patent status information"),
    _row("patent", 2, "app_progress_simple", _BY_APPLICATION, Progress, (400, 800),
         "シンプル版特許経過情報", "Simplified patent status information"),
    _row("patent", 3, "divisional_app_info", _BY_APPLICATION, Divisionals, (30, 60),
         "特許分割出願情報", "Divisional patent applications"),
    _row("patent", 4, "priority_right_app_info", _BY_APPLICATION, PriorityRights, (30, 60),
         "特許優先基礎出願情報", "Patent priority basic applications"),
    _row("patent", 5, "applicant_attorney_cd", _BY_CODE, PersonByCode, (200, 400),
         "特許申請人氏名・名称", "Patent applicant name by code"),
    _row("patent", 6, "applicant_attorney", _BY_NAME, PeopleByName, (200, 400),
         "特許申請人コード", "Patent applicant codes by name"),
    _row("patent", 7, "case_number_reference", _BY_ANY_NUMBER, NumberReference, (50, 100),
         "特許番号参照", "Patent reference to numbers"),
    _row("patent", 8, "app_doc_cont_opinion_amendment", _BY_APPLICATION, None, (100, 200),
         "特許申請書類", "Filed patent documents (opinions and amendments)"),
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
    _row("patent", 14, "pct_national_phase_application_number", _BY_PCT, NationalPhase, (200, 400),
         "PCT出願の日本国内移行後の出願番号", "Application number of a PCT national phase entry"),
    _row("design", 1, "app_progress", _BY_APPLICATION, Progress, (400, 800),
         "意匠経過情報", "Design status information"),
    _row("design", 2, "app_progress_simple", _BY_APPLICATION, Progress, (400, 800),
         "シンプル版意匠経過情報", "Simplified design status information"),
    _row("design", 3, "priority_right_app_info", _BY_APPLICATION, PriorityRights, (30, 60),
         "意匠優先基礎出願情報", "Design priority basic applications"),
    _row("design", 4, "applicant_attorney_cd", _BY_CODE, PersonByCode, (200, 400),
         "意匠申請人氏名・名称", "Design applicant name by code"),
    _row("design", 5, "applicant_attorney", _BY_NAME, PeopleByName, (200, 400),
         "意匠申請人コード", "Design applicant codes by name"),
    _row("design", 6, "case_number_reference", _BY_TWO_NUMBERS, NumberReference, (50, 100),
         "意匠番号参照", "Design reference to numbers"),
    _row("design", 7, "app_doc_cont_opinion_amendment", _BY_APPLICATION, None, (100, 200),
         "意匠申請書類", "Filed design documents (opinions and amendments)"),
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
    _row("trademark", 3, "priority_right_app_info", _BY_APPLICATION, PriorityRights, (30, 60),
         "商標優先基礎出願情報", "Trademark priority basic applications"),
    _row("trademark", 4, "applicant_attorney_cd", _BY_CODE, PersonByCode, (200, 400),
         "商標申請人氏名・名称", "Trademark applicant name by code"),
    _row("trademark", 5, "applicant_attorney", _BY_NAME, PeopleByName, (200, 400),
         "商標申請人コード", "Trademark applicant codes by name"),
    _row("trademark", 6, "case_number_reference", _BY_TWO_NUMBERS, NumberReference, (50, 100),
         "商標番号参照", "Trademark reference to numbers"),
    _row("trademark", 7, "app_doc_cont_opinion_amendment", _BY_APPLICATION, None, (100, 200),
         "商標申請書類", "Filed trademark documents (opinions and amendments)"),
    _row("trademark", 8, "app_doc_cont_refusal_reason_decision", _BY_APPLICATION, None, (100, 200),
         "商標発送書類", "Dispatched trademark documents"),
    _row("trademark", 9, "app_doc_cont_refusal_reason", _BY_APPLICATION, None, (100, 200),
         "商標拒絶理由通知書", "Notices of reasons for refusal (trademark)"),
    _row("trademark", 10, "registration_info", _BY_APPLICATION, Registration, (200, 400),
         "商標登録情報", "Trademark registration information"),
    _row("trademark", 11, "jpp_fixed_address", _BY_APPLICATION, FixedAddress, (200, 400),
         "商標J-PlatPat固定アドレス", "Trademark J-PlatPat fixed address"),
    _opd(1, "family", _BY_ANY_DOCDB, "xml", Family, 100,
         "OPDファミリー情報", "OPD patent family"),
    _opd(2, "family_list", _BY_ANY_DOCDB, "xml", FamilyList, 300,
         "OPDファミリー一覧情報", "OPD patent family list"),
    _opd(3, "global_doc_list", _BY_DOCDB, "xml", DocumentList, 300,
         "OPD書類一覧", "OPD document list"),
    _opd(4, "global_cite_class", _BY_DOCDB, "xml", CitationsAndClasses, 100,
         "OPD引用・分類情報", "OPD citations and classifications"),
    _opd(5, "global_doc_cont", _BY_DOCDB_AND_DOCUMENT, "pdf", None, 100,
         "OPD書類実体", "OPD document contents"),
    _opd(6, "jp_doc_cont", _BY_DOCDB_AND_DOCUMENT, "zip", None, 100,
         "OPD JP書類実体", "OPD contents of Japanese documents"),
)
# fmt: on
_BY_NAME_OF_BUCKET = {row.bucket_name: row for row in ENDPOINTS}


def endpoint(scope: str, name: str) -> Endpoint:
    """The row of `name` under a law or "opd"; LookupError if there is none (designs have no citations)."""
    return endpoint_named(f"{scope}/{name}")


def endpoint_named(bucket_name: str) -> Endpoint:
    """The row of "patent/app_progress", "opd/family" and so on; LookupError if there is none."""
    try:
        return _BY_NAME_OF_BUCKET[bucket_name]
    except KeyError:
        raise LookupError(f"there is no endpoint {bucket_name}") from None


def day_rule(limit: int) -> DayRule:
    """The rule for `limit` calls a day, with the usual reserve for people."""
    return DayRule(limit, min(limit // 2, max(_RESERVE_LEAST, limit // _RESERVE_SHARE)))


def policy(
    overrides: Mapping[str, int] | None = None,
    *,
    doubled: Collection[str] = (),
    information_provider: bool = False,
) -> Policy:
    """The limits as observed, with what the office granted this ID.

    `doubled` names at most three endpoints whose limit a corporate user had doubled; an information provider
    has five times the limit of the domestic document endpoints (handbook v2.0). `overrides` (bucket name →
    calls a day) come last. LookupError on a bucket that does not exist, for a misspelt one would be ignored;
    ValueError on more than three doubled or on a raise of OPD, which the office does not grant.
    """
    unknown = sorted({*(overrides or {}), *doubled} - set(_BY_NAME_OF_BUCKET))
    if unknown:
        raise LookupError(f"limits are given for unknown endpoints: {', '.join(unknown)}")
    if len(set(doubled)) > MOST_DOUBLED:
        raise ValueError(f"the office doubles the limits of at most {MOST_DOUBLED} endpoints")
    limits = {row.bucket_name: _granted(row, set(doubled), information_provider) for row in ENDPOINTS}
    for name, limit in (overrides or {}).items():
        row = _BY_NAME_OF_BUCKET[name]
        if not row.raisable and limit > row.published_limit:
            raise ValueError(f"the office raises no limit of OPD: {name} is {row.published_limit} a day")
        limits[name] = limit
    return Policy({name: day_rule(limit) for name, limit in limits.items()})


def _granted(row: Endpoint, doubled: set[str], information_provider: bool) -> int:
    if row.bucket_name in doubled and not row.raisable:
        raise ValueError(f"the office raises no limit of OPD: {row.bucket_name} cannot be doubled")
    limit = row.observed_limit * (2 if row.bucket_name in doubled else 1)
    if information_provider and row.is_document and row.raisable:
        limit = max(limit, 5 * row.observed_limit)
    return limit
