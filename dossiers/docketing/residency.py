"""Who the applicants may be, resident or overseas, from what the office gives: a suggestion, never applied.

The office's data name applicants without their address. What is known are their names, the priority claimed
and the period that the office itself printed in a notice; each speaks, none is certain by itself, and where
they disagree nothing is suggested.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .facts import PriorityFact, Residency

Leaning = Literal["resident", "overseas", "unknown"]

JAPANESE_FORMS = (
    *("株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "相互会社", "特定目的会社"),
    *("一般社団法人", "公益社団法人", "一般財団法人", "公益財団法人", "国立大学法人", "公立大学法人"),
    *("学校法人", "医療法人", "宗教法人", "社会福祉法人", "特定非営利活動法人", "独立行政法人"),
    *("地方独立行政法人", "国立研究開発法人", "大学共同利用機関法人", "農業協同組合", "協業組合"),
)
"""Forms of Japanese law. Korean and some Chinese companies render theirs as 株式会社 too."""

FOREIGN_FORMS = (
    *("インコーポレイテッド", "インコーポレーテッド", "インコーポレーテツド", "コーポレーション"),
    *("コーポレイション", "リミテッド", "リミティド", "エルエルシー", "エルエルピー", "カンパニー"),
    *("ゲゼルシャフト", "ゲーエムベーハー", "アクチエンゲゼルシャフト", "アーゲー", "ソシエテ"),
    *(
        "アノニム",
        "エスアー",
        "エスピーエー",
        "ナームロゼフェンノートシャップ",
        "ナムローゼフェンノートシャップ",
    ),
    *(
        "ベスローテンフェンノートシャップ",
        "ビーブイ",
        "アクティエボラグ",
        "アクチボラゲット",
        "アクツィエボラゲット",
    ),
    *("オサケユイチア", "ピーティーワイ", "ピーエルシー", "ユニバーシティ", "ユニヴァーシティ"),
    *("ウニヴェルシテ", "有限公司", "股份有限公司"),
)
_LATIN = re.compile(
    r"\b(inc|corp|corporation|ltd|limited|llc|llp|lp|plc|gmbh|ag|kg|se|s\.?a\.?s?|s\.?p\.?a|b\.?v|n\.?v|oyj?|"
    r"ab|a/?s|pty|co|company|university)\b\.?\s*$",
    re.IGNORECASE,
)
_KATAKANA = re.compile(r"[ァ-ヶー]+")
_KANJI_OR_HIRAGANA = re.compile(r"[\u3041-\u3096\u4e00-\u9fff]")
_PRINTED = re.compile(r"発送の日から(\d+)(日|か月|月)以内")


@dataclass(frozen=True)
class Suggestion:
    """The residency that what is known speaks for; "unknown" where it does not agree. And why, in words."""

    value: Residency
    why_ja: str
    why_en: str


@dataclass(frozen=True)
class _Reason:
    value: Leaning
    ja: str
    en: str


def suggest_residency(
    parties: Sequence[Mapping[str, Any]],
    priorities: Sequence[PriorityFact] = (),
    texts: Sequence[str] = (),
    *,
    international: bool = False,
) -> Suggestion:
    """What the names, the priority and the printed periods say of the applicants.

    ``parties`` are mappings with "name" and "role"; ``texts`` the sentences in which notices print their
    period. A period that the office printed is its own view of the applicants and decides, unless another
    one says otherwise.
    """
    names = [str(party.get("name", "")) for party in parties if party.get("role") == "applicant"]
    each = [_of_name(name) for name in names]
    printed = [found for text in texts if (found := _of_text(text))]
    value = _combined(each)
    reasons = [*printed, *each]
    if printed:
        value = _agreed([one.value for one in printed])
    elif claimed := _of_priorities(priorities):
        reasons.append(claimed)
        value = "unknown" if value not in (claimed.value, "unknown") else value
    ja, en = [one.ja for one in reasons], [one.en for one in reasons]
    if international:
        ja.append("国際出願であることは、どちらの根拠にもならない")
        en.append("that it is an international application speaks for neither")
    if not names:
        ja.append("出願人が不明")
        en.append("no applicant is known")
    return Suggestion(value, "。".join(ja), "; ".join(en))


def _combined(each: Sequence[_Reason]) -> Residency:
    found = {one.value for one in each}
    if "unknown" in found or not found:
        return "unknown"
    return "mixed" if len(found) == 2 else _agreed([one.value for one in each])


def _agreed(values: Sequence[Leaning]) -> Leaning:
    return values[0] if len(set(values)) == 1 else "unknown"


def _of_name(name: str) -> _Reason:
    folded = unicodedata.normalize("NFKC", name).strip()
    packed = re.sub(r"[\s・=▲▼.,]", "", folded)
    if form := next(
        (form for form in JAPANESE_FORMS if packed.startswith(form) or packed.endswith(form)), ""
    ):
        return _Reason(
            "resident", f"{name}：日本の法人形態（{form}）", f"{name}: a Japanese legal form ({form})"
        )
    if form := _foreign_form(folded, packed):
        return _Reason(
            "overseas", f"{name}：外国の法人形態（{form}）", f"{name}: a foreign legal form ({form})"
        )
    if packed and _KATAKANA.fullmatch(packed.replace("、", "")):
        return _Reason("overseas", f"{name}：片仮名だけの名称", f"{name}: a name in katakana alone")
    if not _KANJI_OR_HIRAGANA.search(packed) and any(letter.isalpha() for letter in packed):
        return _Reason("unknown", f"{name}：国籍を示すものがない", f"{name}: nothing tells where it resides")
    return _Reason("unknown", f"{name}：名称からは分からない", f"{name}: the name does not tell")


def _foreign_form(folded: str, packed: str) -> str:
    if found := next((form for form in FOREIGN_FORMS if packed.endswith(form) and packed != form), ""):
        return found
    latin = _LATIN.search(folded)
    return latin.group(0).strip() if latin and folded.isascii() else ""


def _of_priorities(priorities: Sequence[PriorityFact]) -> _Reason | None:
    countries = sorted({one.country for one in priorities if one.country})
    abroad = [country for country in countries if country != "JP"]
    if not abroad or len(abroad) != len(countries):
        return None
    listed = "、".join(abroad)
    return _Reason("overseas", f"優先権主張の国：{listed}", f"priority claimed from {', '.join(abroad)}")


def _of_text(text: str) -> _Reason | None:
    """Responses are due in 60 or 40 days by residents and in three months by overseas parties."""
    found = _PRINTED.search(re.sub(r"\s", "", unicodedata.normalize("NFKC", text).replace("ヶ", "か")))
    if found is None or "在外" in text:  # a notice that prints both periods does not say whose it is
        return None
    printed = f"{found[1]}{found[2]}"
    value: Leaning | None = {
        "60日": "resident",
        "40日": "resident",
        "3月": "overseas",
        "3か月": "overseas",
    }.get(printed)  # type: ignore[assignment]
    if value is None:
        return None
    who = {"resident": ("在内者", "residents"), "overseas": ("在外者", "overseas parties")}[value]
    return _Reason(
        value,
        f"通知書に印字された期間が{who[0]}の{printed}",
        f"the notice prints the period of {who[1]} ({printed})",
    )
