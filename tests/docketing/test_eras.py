"""Days in Japanese eras, at the borders of each."""

from __future__ import annotations

from datetime import date

import pytest

from dossiers.docketing.eras import in_era, month_in_era, rewritten


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 11, 22), "令和8年11月22日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1872, 12, 31), "1872年12月31日"),
    ],
)
def test_each_era_begins_and_ends_on_its_day(day, written):
    assert in_era(day) == written


def test_a_month_is_of_the_era_of_its_day():
    assert (month_in_era(date(2019, 4, 30)), month_in_era(date(2019, 5, 1))) == ("平成31年4月", "令和元年5月")


def test_a_sentence_keeps_all_but_its_days():
    said = "末日 2026-11-22 から続く 2026-11-23（祝日）を除く。番号 51-2026-11-22-1、2026-02-30"
    assert rewritten(said, in_era) == (
        "末日 令和8年11月22日 から続く 令和8年11月23日（祝日）を除く。番号 51-2026-11-22-1、2026-02-30"
    )
