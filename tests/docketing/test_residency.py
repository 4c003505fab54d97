"""Who the applicants may be: what names, priorities and printed periods say, and when they say nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.docketing.facts import PriorityFact
from dossiers.docketing.residency import suggest_residency


def parties(*names: str, agents: tuple[str, ...] = ()):
    return [
        *({"name": name, "role": "applicant", "code": "", "order": 1} for name in names),
        *({"name": name, "role": "agent", "code": "", "order": 1} for name in agents),
    ]


JAPANESE = "架空電機株式会社"
KATAKANA = "カクウ・テクノロジーズ・インコーポレイテッド"
FROM_US = (PriorityFact(date(2022, 1, 10), "US", "63/000000"),)
FROM_JP = (PriorityFact(date(2022, 1, 10), "JP", "2022000001"),)


@pytest.mark.parametrize(
    ("names", "value"),
    [
        ((JAPANESE,), "resident"),
        (("国立大学法人架空大学",), "resident"),
        ((KATAKANA,), "overseas"),
        (("カクウ・ゲゼルシャフト・ミット・ベシュレンクテル・ハフツング",), "overseas"),
        (("カクウ ゲーエムベーハー",), "overseas"),
        (("KAKUU Devices GmbH",), "overseas"),
        (("Kakuu Co., Ltd.",), "overseas"),
        (("架空科技股▲ふん▼有限公司",), "overseas"),
        ((JAPANESE, KATAKANA), "mixed"),
        (("架空 太郎",), "unknown"),
        ((JAPANESE, "架空 太郎"), "unknown"),
        (("KAKUU",), "unknown"),
        ((), "unknown"),
        (("",), "unknown"),
    ],
)
def test_names_speak_as_far_as_they_do(names, value):
    found = suggest_residency(parties(*names, agents=("架空特許業務法人",)))
    assert found.value == value
    assert found.why_ja and found.why_en


def test_a_priority_from_abroad_speaks_for_overseas_and_never_against_a_name():
    assert suggest_residency(parties(KATAKANA), FROM_US).value == "overseas"
    korean = suggest_residency(parties("架空電子株式会社"), (PriorityFact(date(2022, 1, 10), "KR", "10-0"),))
    assert korean.value == "unknown", "Korean companies are called 株式会社 in Japanese, too"
    assert "KR" in korean.why_en and "株式会社" in korean.why_ja
    assert suggest_residency(parties("架空 太郎"), FROM_US).value == "unknown"
    assert suggest_residency(parties(JAPANESE), FROM_JP).value == "resident"
    assert suggest_residency(parties(JAPANESE), FROM_JP + FROM_US).value == "resident"


def test_the_period_the_office_printed_decides():
    sixty = "この通知書の発送の日から６０日以内に意見書を提出してください。"
    three = "この通知書の発送の日から３か月以内に意見書を提出してください。"
    assert suggest_residency(parties("架空 太郎"), texts=[sixty]).value == "resident"
    assert suggest_residency(parties("架空 太郎"), texts=[three]).value == "overseas"
    assert suggest_residency(parties(JAPANESE), texts=[three]).value == "overseas"
    assert suggest_residency(parties(JAPANESE), texts=[sixty, three]).value == "unknown"
    both = "発送の日から６０日(在外者にあっては３か月)以内"
    assert suggest_residency(parties(KATAKANA), texts=[both, ""]).value == "overseas", "by its name alone"


def test_an_international_application_speaks_for_neither():
    found = suggest_residency(parties(JAPANESE), international=True)
    assert found.value == "resident" and "neither" in found.why_en


@given(st.lists(st.text(max_size=30), max_size=4), st.lists(st.text(max_size=60), max_size=3))
def test_any_names_and_texts_get_an_answer_that_names_every_applicant(names, texts):
    found = suggest_residency(parties(*names), texts=texts)
    assert found.value in ("resident", "overseas", "mixed", "unknown")
    assert all(name in found.why_en and name in found.why_ja for name in names)
