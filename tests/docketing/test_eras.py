"""Days in Japanese eras, at the borders of each."""

from __future__ import annotations

from datetime import date

import pytest

from dossiers.docketing.eras import in_era


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
