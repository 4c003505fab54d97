"""Comparing texts: whatever is shown, both texts can be read out of it, and much text takes no longer."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.documents.layout import plain
from dossiers.views import redline
from dossiers.views.redline import Redline, compare

WORDS = st.lists(
    st.sampled_from(["本体", "と、", "棚板", "を", "１", "12.5", "。", "\n", " ", "アルミ", "備える"]),
    max_size=40,
)


def told(result: Redline, *hows: str) -> str:
    stretches = ("".join(one.text for one in run.pieces if one.how in hows) for run in result.stretches)
    return "".join(stretches)


def bare(text: str) -> str:
    return "".join(plain(text).split())


def pieces(old: str, new: str) -> list[tuple[str, str]]:
    return [(one.how, one.text) for run in compare(old, new).stretches for one in run.pieces]


@given(WORDS.map("".join), WORDS.map("".join))
def test_both_texts_can_be_read_out_of_the_comparison(old, new):
    result = compare(old, new)
    assert bare(told(result, "same", "gone")) == bare(old)
    assert bare(told(result, "same", "new")) == bare(new)
    assert result.same == (bare(old) == bare(new))


def test_a_changed_word_of_a_claim_is_shown_as_that_word():
    old, new = (
        "本体と、３枚の木製の棚板と、を備える見本棚。",
        "本体と、５枚の金属製の棚板と、を備える見本棚。",
    )
    assert pieces(old, new) == [
        ("same", "本体と、"),
        ("gone", "３"),
        ("new", "５"),
        ("same", "枚の"),
        ("gone", "木製"),
        ("new", "金属製"),
        ("same", "の棚板と、を備える見本棚。"),
    ]


def test_width_spaces_and_line_ends_are_no_difference():
    result = compare("請求項１ に\n記載の棚", "請求項1に記載の　棚")
    assert result.same and not result.changes


def test_a_paragraph_written_anew_is_not_cut_into_confetti():
    old = "引用文献１には、折り畳み式の見本棚が記載されている。"
    new = "出願人は、昨年、新しい机を、三台、売り出した。"
    assert pieces(old, new) == [("gone", f"{old}\n"), ("new", new)]


def test_an_inserted_claim_leaves_the_others_alone():
    claims = ["【請求項１】\n見本棚。", "【請求項２】\n木製の、請求項１の見本棚。"]
    more = [claims[0], "【請求項２】\n脚のある、請求項１の見本棚。", claims[1].replace("項２", "項３", 1)]
    result = compare("\n".join(claims), "\n".join(more))
    assert "見本棚。" not in told(result, "gone")


def long_text(seed: int, size: int) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice("本体棚板脚、。ＡＢ１２をにので\n") for _ in range(size))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (long_text(1, 500_000), long_text(2, 500_000)),  # 500 pages that share nothing but their letters
        ("本の体" * 200_000, "棚の板" * 200_000 + "本体"),  # one line without an end
        ("本\n" * 200_000, "板\n本\n" * 100_000),
    ],
)
def test_what_is_too_much_is_shown_whole_and_said(old, new, monkeypatch):
    monkeypatch.setattr(redline, "_MOST_CELLS", 1_000_000)
    result = compare(old, new)
    assert result.coarse
    assert bare(told(result, "same", "gone")) == bare(old)
    assert bare(told(result, "same", "new")) == bare(new)


def test_few_changes_in_five_hundred_pages_are_found_as_such():
    old = long_text(3, 600_000)
    lines = old.split("\n")
    for at in range(0, len(lines), 997):
        lines[at] = f"変更：{lines[at]}"
    result = compare(old, "\n".join(lines))
    assert not result.coarse
    assert result.new == 3 * len(range(0, len(lines), 997)) and result.gone == 0


def test_what_is_beyond_the_longest_is_counted(monkeypatch):
    monkeypatch.setattr(redline, "LONGEST", 10)
    result = compare("あ" * 10 + "い" * 5, "あ" * 10)
    assert (result.left_out, result.changes, result.same) == (5, 0, False)
