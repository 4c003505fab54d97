"""Where the cases stood, day by day: a drawing of those behind, the numbers, and a file with all days."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from dossiers import clock
from dossiers.models import CoverageDay
from dossiers.refresh import freshness
from dossiers.views.coverage_chart import draw
from dossiers.views.standings_days import _behind
from tests import make

from . import docket

pytestmark = pytest.mark.django_db


def kept(days_ago: int, **standings: int) -> CoverageDay:
    whole = {**dict.fromkeys(freshness.STANDINGS, 0), **standings} if standings else {}
    values: dict[str, Any] = {"dispatched": 0, "accounted": 0, "cases": 100, "cases_not_confirmed": 0}
    return CoverageDay.objects.create(day=docket.days_ago(days_ago), standings=whole, **values)


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    make.case()
    return client


def test_a_day_with_everything_as_promised_is_flat_and_one_with_many_behind_is_high():
    days = [kept(1, today=40, promised=60), kept(2, promised=80, late=10, never=10)]
    calm, bad = draw(days, clock.office_today(), _behind).columns[::-1]
    assert [block.style for block in calm.blocks] == ["whole"]
    assert {block.style for block in bad.blocks} == {"behind", "unknown"}
    assert bad.height > 10 * calm.height


def test_parts_of_a_day_stand_upon_each_other():
    chart = draw([kept(1, late=30, not_answered=10, not_read=40)], clock.office_today(), _behind)
    lower, upper = chart.columns[0].blocks
    assert lower.y + lower.height == chart.base and upper.y + upper.height == lower.y
    assert lower.height == upper.height, "forty cases each"


def test_a_single_case_behind_is_still_to_be_seen():
    days = [kept(1, late=1, promised=99), kept(2, late=5000)]
    small = draw(days, clock.office_today(), _behind).columns[-1]
    assert small.height >= 4 and small.blocks[0].style == "behind"


def test_days_before_standings_were_kept_are_gaps_and_never_zeros(page):
    kept(1, promised=99, late=1)
    kept(2)
    answer = page.get("/freshness/")
    assert len(answer.context["chart"].columns) == 1
    assert [len(answer.context["days"])] == [2]
    without = answer.context["days"][1][1].cells
    assert {n for _name, n, _loud in without} == {None}


def test_what_is_behind_is_loud_in_the_numbers_and_what_is_not_is_quiet(page):
    kept(1, promised=98, late=1, never=1)
    cells = {str(name): (n, loud) for name, n, loud in page.get("/freshness/").context["days"][0][1].cells}
    assert cells["Late"] == (1, "soon") and cells["Never asked"] == (1, "danger")
    assert cells["Confirmed within the promise"] == (98, "") and cells["Answer not read"] == (0, "")


def test_the_file_has_every_day_there_is(page):
    for n in (1, 2, 200):
        kept(n, today=n)
    answer = page.get("/freshness/days.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 4 and rows[0][:3] == ["Office day", "Cases", "Confirmed today"]
    assert rows[-1][:3] == [docket.days_ago(200).isoformat(), "100", "200"]
