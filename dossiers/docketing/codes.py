"""Document codes of the JPO API: what a document is, who filed it, and what docketing does with it."""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from .rules import jpo_rules

CODES = Path(__file__).parent / "data" / "codes.tsv"

Side = Literal["office", "applicant", "third_party", "unknown"]
Treatment = Literal["limit", "own", "none", "review"]

WHY_NONE: dict[str, tuple[str, str]] = {
    "number_notice": ("番号の通知であり、期間を定めない", "a notice of a number; it sets no period"),
    "no_period_by_name": ("書類名が「期間無」", "its name says that it sets no period (期間無)"),
    "internal": ("特許庁内部の記録", "a record internal to the office"),
    "pre_appeal": ("審査前置の移管・解除の通知", "a notice of transfer to or from pre-appeal re-examination"),
    "zenchi_report": (
        "前置報告書。法定の応答期間はない（上申書は任意）",
        "report of pre-appeal re-examination; no statutory period to reply (a statement is optional)",
    ),
    "cited_copy": ("引用非特許文献の送付", "a copy of cited non-patent literature"),
    "access_code": ("アクセスコードの通知", "a notice of an access code"),
    "certificate": (
        "登録証・登録の通知。年金は登録日から数える",
        "a certificate or notice of registration; annuities run from the registration date",
    ),
    "receipt": ("納付の領収・登録の通知", "a receipt of payment or notice of its registration"),
    "panel": ("審判官の指定の通知", "a notice of the designation of administrative judges"),
    "conclusion": (
        "審理終結の通知。20日以内の審決は特許庁の義務",
        "conclusion of the trial examination; the 20 days to the decision are the office's own",
    ),
    "service_report": ("送達の報告", "a report of service"),
    "register_entry": ("登録原簿への登録の通知", "a notice of an entry in the register"),
    "priority_exchange": (
        "優先権書類の電子的交換の記録",
        "a record of the electronic exchange of priority documents",
    ),
    "inspection": ("閲覧・証明・交付の請求", "a request for inspection, certification or copies"),
    "ib_copy": ("国際事務局からの書類の写し", "a copy of a document from the International Bureau"),
    "no_separate_appeal": (
        "特許の補正却下に独立の不服申立てはなく、拒絶査定不服審判で争う（特許法53条3項）",
        "no separate appeal for patents; contested in the appeal against the refusal (Patent Act Art. 53(3))",
    ),
    "others_request": ("第三者による出願審査の請求", "a request for examination by a third party"),
    "third_party_formality": ("相手方・第三者の方式書類", "a formal paper of another party"),
    "ex_officio_translation": (
        "職権による翻訳文等の提出の記録",
        "an ex officio record of a translation or copy",
    ),
}
"""Why a document needs no time limit, in Japanese and English."""


@dataclass(frozen=True)
class CodeInfo:
    """What is known of one document code under one law.

    ``reason`` is a key of ``WHY_NONE`` when ``treatment`` is "none", a kind of review when it is
    "review". ``rule_ids`` are the rules the document starts. ``known`` is False for a code that is
    in no list: its names are empty.
    """

    code: str
    ja: str
    en: str
    side: Side
    treatment: Treatment
    reason: str
    rule_ids: tuple[str, ...]
    known: bool


@dataclass(frozen=True)
class _Row:
    ja: str
    en: str
    side: Side
    treatment: str
    laws: tuple[str, ...]


@lru_cache(maxsize=8192)
def lookup(code: str, law: str) -> CodeInfo:
    """What ``code`` is under ``law``. A code nobody knows is a review, never nothing."""
    row = _rows().get(code)
    if row is None:
        return CodeInfo(code, "", "", "unknown", "review", "unknown_document", (), known=False)
    rules = jpo_rules()
    limits, chances = rules.for_document(code, law), rules.chances_for(code, law)
    rule_ids = tuple(rule.id for rule in (*limits, *chances))
    treatment, reason = _treatment(row, law, bool(limits) or (bool(chances) and row.side == "office"))
    return CodeInfo(code, row.ja, row.en, row.side, treatment, reason, rule_ids, known=True)


def name_in(code: str, law: str, description: str, language: Literal["ja", "en"]) -> str:
    """What to call a document: in Japanese as the office described it, in English by its code."""
    known = lookup(code, law)
    if language == "en":
        return known.en or known.ja or description or code
    return description or known.ja or code


def _treatment(row: _Row, law: str, has_rule: bool) -> tuple[Treatment, str]:
    if has_rule:
        return "limit", ""
    kind, _, reason = row.treatment.partition(":")
    if kind == "own":
        return "own", ""
    if kind == "none" and (not row.laws or law in row.laws):
        return "none", reason
    if kind == "limit":
        # It sets a period under other laws; what it does under this one is in no rule.
        return "review", "period_may_run"
    return "review", reason if kind == "review" and reason else "unknown_document"


@cache
def _rows() -> dict[str, _Row]:
    with CODES.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return {row["code"]: _row(row) for row in table}


def _row(row: dict[str, str]) -> _Row:
    side: Side = row["side"]  # type: ignore[assignment]  # the file is checked by the tests
    return _Row(row["ja"], row["en"], side, row["treatment"], tuple(row["laws"].split()))
